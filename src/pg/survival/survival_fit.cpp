// Models of survival with attributes: survival_feature_base, cox_fit, aft_fit, and tests of these models.
#include "core/survival/survival_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/special.hpp"
#include "core/fit/baseline.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/choice_argument.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/survival_time.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// The state ------------------------------------------------------------------------------------------------------------

// A label of a customer: its name, and the number of its argument.
struct LabelArgument {
    const char *name;
    int argument;
};

// (state, time, event, x, ...): a customer with what the other arguments say, -1 for those that are absent. Labels come
// in the order of their names.
template <int n>
Datum add_survivor(FunctionCallInfo fcinfo, int weight_at, int entered_at, const LabelArgument (&labels)[n]) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return skip_customer(fcinfo, Targets::survival);
    const double time = checked_time("time", PG_GETARG_FLOAT8(1));
    const double weight = weight_at < 0 ? 1 : checked_weight(PG_GETARG_FLOAT8(weight_at));
    const double entered = entered_at < 0 ? 0 : checked_entry(PG_GETARG_FLOAT8(entered_at), time);
    const double target[] = {time, PG_GETARG_BOOL(2) ? 1.0 : 0.0, entered};
    RoleFeatures roles[2] = {{Role::any, features_argument(fcinfo, 3)}, {Role::label, nullptr}};
    NamedPlace names[n];
    FeatureValue values[n];
    int given = 0;
    for (const LabelArgument &label : labels) {
        if (label.argument < 0) continue;
        const text *const value = PG_GETARG_TEXT_PP(label.argument);
        values[given] = {FeatureKind::category, 0, {VARDATA_ANY(value), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value))}};
        names[given] = {{label.name, std::strlen(label.name)}, given};
        ++given;
    }
    if (given > 0) roles[1].features = features_of(names, given, values);
    return add_customers(fcinfo, Targets::survival, target, roles, given > 0 ? 2 : 1, weight);
}

// Words that a fit is told ------------------------------------------------------------------------------------------------

struct NamedTies {
    const char *name;
    Ties ties;
};
constexpr NamedTies all_ties[] = {{"efron", Ties::efron}, {"breslow", Ties::breslow}};

Ties ties_argument(FunctionCallInfo fcinfo, int argument) {
    if (PG_NARGS() <= argument) return Ties::efron;
    return choice_argument(fcinfo, argument, all_ties, [](const NamedTies &one) { return one.name; }, "ties",
                           "Use efron, or breslow, which counts those who leave at the same time as more at risk.").ties;
}

struct NamedTimeScale {
    const char *name;
    TimeScale scale;
};
constexpr NamedTimeScale time_scales[] = {
    {"km", TimeScale::km}, {"identity", TimeScale::identity}, {"rank", TimeScale::rank}, {"log", TimeScale::log}};

struct NamedDistribution {
    const char *name;
    const Family *family;
};
const NamedDistribution distributions[] = {{"weibull", &aft_weibull::family},
                                           {"exponential", &aft_exponential::family},
                                           {"lognormal", &aft_lognormal::family},
                                           {"loglogistic", &aft_loglogistic::family}};
const char *name_of_distribution(const NamedDistribution &one) { return one.name; }
constexpr char distribution_hint[] = "Use weibull, exponential, lognormal or loglogistic.";

const Family &distribution_argument(FunctionCallInfo fcinfo, int argument) {
    return *choice_argument(fcinfo, argument, distributions, name_of_distribution, "family", distribution_hint).family;
}

// The family with which all rows of a base are labelled; nullptr where they have no such label.
const Family *labelled_family(const FeatureSet &set) {
    const int column = label_column(set, family_label);
    if (column < 0) return nullptr;
    Text word{};
    for (uint32 row = 0; row < set.attribute_rows; ++row) {
        const double level = set.attributes(row)[column];
        const Text here = std::isnan(level) ? Text{"NULL", 4} : set.level_text(static_cast<uint32>(level));
        if (row > 0 && !(here == word))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("family must be the same for all rows"),
                            errdetail("It is \"%s\" in one row and \"%s\" in another.", text_of(word), text_of(here)),
                            errhint("Fit each family by a query, or an aggregate, of its own.")));
        word = here;
    }
    if (set.attribute_rows == 0) return nullptr;
    for (const NamedDistribution &one : distributions)
        if (std::strlen(one.name) == word.size && pg_strncasecmp(one.name, word.data, word.size) == 0) return one.family;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown family \"%s\"", text_of(word)),
                    errhint("%s", distribution_hint)));
    pg_unreachable();
}

// Fits --------------------------------------------------------------------------------------------------------------------

const FeatureSet &checked_base(FunctionCallInfo fcinfo, const Family &family) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    check_features(family, set);
    if (set.used > 0 && set.n_attributes() == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the customers of the feature_base have no attributes"),
                        errhint("Make the base with survival_feature_base(time, event, features(...)).")));
    return set;
}

// fit(set, stop) -> Fit.
template <class FitSet>
Datum fit_survival(FunctionCallInfo fcinfo, const Family &family, const FeatureSet &set, FitSet &&fit) {
    if (set.used == 0) PG_RETURN_NULL();
    StoredModel *model;
    guarded([&] { model = store(family, with_skipped(fit(set, interrupt_pending), set)); });
    report(fcinfo, family, *model);
    PG_RETURN_POINTER(model);
}

Datum fit_lifetimes_of(FunctionCallInfo fcinfo, const Family &family) {
    const FeatureSet &set = checked_base(fcinfo, family);
    for (uint32 i = 0; i < set.used; ++i)
        if (set.rows()[i].target[0] == 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time 0 has no logarithm"),
                            errdetail("Under a model of accelerated failure times nobody leaves at once."),
                            errhint("Write greatest(time, 0.5), half the unit of the times, or leave these customers out.")));
    const auto distribution = static_cast<LifetimeFamily>(family.survival->distribution);
    return fit_survival(fcinfo, family, set,
                        [=](const FeatureSet &rows, Stop stop) { return fit_lifetimes(rows, distribution, stop); });
}

}  // namespace

// (state, time, event, x)
CLTV_FUNCTION(cltv_survival_feature_base_accum) {
    return add_survivor(fcinfo, -1, -1, {{strata_label, -1}});
}

// (state, time, event, x, weight [, entered])
CLTV_FUNCTION(cltv_survival_feature_base_accum_weight) {
    return add_survivor(fcinfo, 4, PG_NARGS() > 5 ? 5 : -1, {{strata_label, -1}});
}

// (state, time, event, x, strata [, weight [, entered]])
CLTV_FUNCTION(cltv_survival_feature_base_accum_strata) {
    return add_survivor(fcinfo, PG_NARGS() > 5 ? 5 : -1, PG_NARGS() > 6 ? 6 : -1, {{strata_label, 4}});
}

// (state, time, event, x, strata, weight, entered, cluster)
CLTV_FUNCTION(cltv_survival_feature_base_accum_cluster) {
    return add_survivor(fcinfo, 5, 6, {{cluster_label, 7}, {strata_label, 4}});
}

// (state, time, event, x, family [, weight [, entered]])
CLTV_FUNCTION(cltv_survival_feature_base_accum_family) {
    return add_survivor(fcinfo, PG_NARGS() > 5 ? 5 : -1, PG_NARGS() > 6 ? 6 : -1, {{family_label, 4}});
}

// (base [, ties [, robust]])
CLTV_FUNCTION(cltv_cox_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const Ties ties = ties_argument(fcinfo, 1);
    const bool robust = PG_NARGS() > 2 && PG_GETARG_BOOL(2);
    return fit_survival(fcinfo, cox::family, checked_base(fcinfo, cox::family),
                        [=](const FeatureSet &set, Stop stop) { return fit_cox(set, ties, robust, stop); });
}

// (base): Weibull's, or the family that the rows name.
CLTV_FUNCTION(cltv_aft_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    const Family *const named = labelled_family(set);
    return fit_lifetimes_of(fcinfo, named != nullptr ? *named : aft_weibull::family);
}

// (base, family)
CLTV_FUNCTION(cltv_aft_fit_family) { return fit_lifetimes_of(fcinfo, distribution_argument(fcinfo, 1)); }

// (base, transform, ties) -> rows (name, statistic, df, p_value), the last of them for all attributes together
CLTV_FUNCTION(cltv_proportional_hazards_test) {
    struct Row {
        const char *name;
        double statistic, p_value;
        int df;
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const FeatureSet &set = checked_base(fcinfo, cox::family);
        const TimeScale scale = choice_argument(fcinfo, 1, time_scales, [](const NamedTimeScale &one) { return one.name; },
                                                "transform", "Use km, identity, rank or log.").scale;
        const Ties ties = ties_argument(fcinfo, 2);
        if (scale == TimeScale::log)
            for (uint32 i = 0; i < set.used; ++i)
                if (set.rows()[i].target[0] == 0)
                    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time 0 has no logarithm"),
                                    errhint("Use another transform, such as km.")));
        Row *rows = nullptr;
        if (set.used > 0) {
            rows = static_cast<Row *>(palloc((set.n_attributes() + 1) * sizeof(Row)));
            StoredModel *model = nullptr;
            guarded([&] {
                const ProportionalityTests result = test_proportionality(set, ties, scale, interrupt_pending);
                model = store(cox::family, result.fit);
                for (const ProportionalityTest &test : result.tests) {
                    const double statistic = std::fmax(0.0, test.statistic);
                    rows[context->max_calls++] = {nullptr, statistic,
                                                  gamma_q(test.df / 2.0, statistic / 2), test.df};
                }
            });
            report(cox::family, *model);
            for (uint32 i = 0; i < context->max_calls; ++i)
                rows[i].name = i < set.n_attributes() ? text_of(set.name(i)) : "GLOBAL";
        }
        context->user_fctx = rows;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Row &row = static_cast<const Row *>(context->user_fctx)[context->call_cntr];
    Datum columns[4] = {CStringGetTextDatum(row.name), Float8GetDatum(row.statistic), Int64GetDatum(row.df),
                        Float8GetDatum(row.p_value)};
    bool nulls[4] = {false, std::isnan(row.statistic), false, std::isnan(row.p_value)};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

// (model) -> (statistic, df, p_value): the likelihood ratio test that no attribute has an effect.
CLTV_FUNCTION(cltv_lr_test_survival) {
    const StoredModel &model = *model_argument(fcinfo, 0);
    survival_family(model);  // or an error
    if (!model.is_usable()) PG_RETURN_NULL();
    const double statistic = std::fmax(0.0, 2 * (model.log_likelihood - model.baseline()->null_log_likelihood));
    const int df = model.n_attribute_coefficients();
    double p_value = std::numeric_limits<double>::quiet_NaN();
    guarded([&] { p_value = gamma_q(df / 2.0, statistic / 2); });
    return row_or_error(fcinfo, {number(statistic), count(df), number(p_value)});
}
