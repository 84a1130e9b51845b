// Difference in differences: the aggregates whose value is a feature_base, and the effects.
#include "core/experiments/did.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>

#include "pg/base/aggregate.hpp"
#include "pg/base/choice_argument.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/response.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

FeatureValue category(const text *word) {
    return {FeatureKind::category, 0, {VARDATA_ANY(word), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(word))}};
}

FeatureValue numeral(double value) { return {FeatureKind::number, value, {}}; }

// The names must be in byte order.
Datum add_outcome_of(FunctionCallInfo fcinfo, std::initializer_list<const char *> names, const FeatureValue *values) {
    const double target[] = {checked_response("outcome", PG_GETARG_FLOAT8(1)), 0, 0};
    NamedPlace places[3];
    int n = 0;
    for (const char *name : names) {
        places[n] = {{name, std::strlen(name)}, n};
        ++n;
    }
    const RoleFeatures row = {Role::any, features_of(places, n, values)};
    return add_customers(fcinfo, Targets::response, target, &row, 1, 1);
}

enum class DidForm { none, two_periods, cohorts };

DidForm form_of(const FeatureSet &set) {
    if (set.targets != Targets::response || set.n_attributes() != set.n_columns) return DidForm::none;
    const auto is = [&](std::uint32_t column, const char *name, FeatureKind kind) {
        return set.name(column) == Text{name, std::strlen(name)} &&
               (set.kind(column) == kind || (name == did_first && set.kind(column) == FeatureKind::null));
    };
    DidForm form = DidForm::none;
    if ((set.n_columns == 2 && is(0, did_post, FeatureKind::number) && is(1, did_treated, FeatureKind::number)) ||
        (set.n_columns == 3 && is(0, did_cluster, FeatureKind::category) && is(1, did_post, FeatureKind::number) &&
         is(2, did_treated, FeatureKind::number)))
        form = DidForm::two_periods;
    else if (set.n_columns == 3 && is(0, did_first, FeatureKind::number) && is(1, did_period, FeatureKind::number) &&
             is(2, did_unit, FeatureKind::category))
        form = DidForm::cohorts;
    // A base that was read from text may lack what the aggregates always provide.
    for (uint32 i = 0; i < set.attribute_rows; ++i)
        for (uint32 column = 0; column < set.n_columns; ++column)
            if (std::isnan(set.attributes(i)[column]) && !(form == DidForm::cohorts && column == 0)) return DidForm::none;
    return form;
}

struct NamedControls {
    const char *name;
    DidControls controls;
};
constexpr NamedControls all_controls[] = {{"never", DidControls::never}, {"not yet", DidControls::not_yet}};

struct NamedBy {
    const char *name;
    DidBy by;
};
constexpr NamedBy all_by[] = {{"cohort", DidBy::cohort}, {"relative", DidBy::relative}, {"all", DidBy::all}};

}  // namespace

// (state, outcome, treated, post [, cluster])
CLTV_FUNCTION(cltv_did_base_accum) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return skip_customer(fcinfo, Targets::response);
    const FeatureValue treated = numeral(PG_GETARG_BOOL(2) ? 1 : 0), post = numeral(PG_GETARG_BOOL(3) ? 1 : 0);
    if (PG_NARGS() == 4) {
        const FeatureValue values[] = {post, treated};
        return add_outcome_of(fcinfo, {did_post, did_treated}, values);
    }
    const FeatureValue values[] = {category(PG_GETARG_TEXT_PP(4)), post, treated};
    return add_outcome_of(fcinfo, {did_cluster, did_post, did_treated}, values);
}

// (state, outcome, unit, period, first_treated)
CLTV_FUNCTION(cltv_did_base_accum_cohorts) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3)) return skip_customer(fcinfo, Targets::response);
    const FeatureValue never = {FeatureKind::null, 0, {}};
    const FeatureValue values[] = {PG_ARGISNULL(4) ? never : numeral(PG_GETARG_INT32(4)), numeral(PG_GETARG_INT32(3)),
                                   category(PG_GETARG_TEXT_PP(2))};
    return add_outcome_of(fcinfo, {did_first, did_period, did_unit}, values);
}

// (base, level, controls, by)
CLTV_FUNCTION(cltv_did_effects) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
        const double level = level_argument(fcinfo, 1);
        const DidControls controls =
            choice_argument(fcinfo, 2, all_controls, [](const NamedControls &one) { return one.name; }, "controls",
                            "Use never for units that are never treated, or not yet for those not treated yet.").controls;
        const DidBy by = choice_argument(fcinfo, 3, all_by, [](const NamedBy &one) { return one.name; }, "by",
                                         "Use cohort, relative or all.").by;
        if (set.used > 0) {
            const DidForm form = form_of(set);
            if (form == DidForm::none)
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the feature_base has no differences in differences"),
                                errhint("Make it with did_base(outcome, treated, post) or did_base(outcome, unit, period, "
                                        "first_treated).")));
            DidEffect *effects = nullptr;
            if (form == DidForm::two_periods) {
                effects = static_cast<DidEffect *>(palloc(sizeof(DidEffect)));
                guarded([&] { *effects = did_of_two_periods(set, level, interrupt_pending); });
                if (std::isnan(effects->estimate))
                    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                    errmsg("one of the four groups is empty"),
                                    errdetail("Treated and others are needed, before and after.")));
                context->max_calls = 1;
            } else {
                // At most one row per cohort and period.
                const Size most = Size{set.attribute_rows} + 1;
                effects = static_cast<DidEffect *>(MemoryContextAllocHuge(CurrentMemoryContext, most * sizeof(DidEffect)));
                guarded([&] {
                    const std::vector<DidEffect> all = did_of_cohorts(set, controls, by, level, interrupt_pending);
                    context->max_calls = std::min(all.size(), most);
                    std::copy(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(context->max_calls), effects);
                });
            }
            context->user_fctx = effects;
        }
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const DidEffect &effect = static_cast<const DidEffect *>(context->user_fctx)[context->call_cntr];
    const double whole[] = {effect.cohort, effect.period, effect.relative};
    const double numbers[] = {effect.estimate, effect.std_error, effect.lower, effect.upper};
    constexpr int n_whole = sizeof whole / sizeof *whole, n = n_whole + sizeof numbers / sizeof *numbers;
    Datum columns[n];
    bool nulls[n];
    for (int i = 0; i < n; ++i) {
        const double value = i < n_whole ? whole[i] : numbers[i - n_whole];
        nulls[i] = std::isnan(value);
        columns[i] = i >= n_whole ? Float8GetDatum(value) : nulls[i] ? Datum{0} : Int64GetDatum(static_cast<int64>(value));
    }
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
