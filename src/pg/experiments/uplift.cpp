// How well a score ranks customers by the effect of a treatment.
#include "core/experiments/uplift.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/fit/interval.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/response.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// The argument, sorted, if it was made by uplift_base; nullptr where it has no customers.
const FeatureSet *uplift_argument(FunctionCallInfo fcinfo, int number) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, number));
    if (set.used == 0) return nullptr;
    const auto names = [&](std::uint32_t column, const char *name) {
        return set.name(column) == Text{name, std::strlen(name)} && set.kind(column) == FeatureKind::number;
    };
    bool fits = set.targets == Targets::response && set.n_columns == 2 && set.n_attributes() == 2 && names(0, uplift_score) &&
                names(1, uplift_treated);
    bool treated = false, control = false;
    for (uint32 i = 0; fits && i < set.used; ++i) {
        const double *const known = set.attributes(static_cast<uint32>(set.rows()[i].row));
        fits = !std::isnan(known[0]) && (known[1] == 0 || known[1] == 1) && std::fabs(set.rows()[i].target[0]) <= largest_outcome;
        treated = treated || known[1] == 1;
        control = control || known[1] == 0;
    }
    if (!fits)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the feature_base has no outcomes of treated customers"),
                        errhint("Make it with uplift_base(outcome, treated, score).")));
    if (!treated || !control)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no customer was %s", treated ? "left untreated" : "treated"),
                        errhint("The effect of a treatment is measured against customers without it, chosen at random.")));
    return &set;
}

}  // namespace

// (state, outcome, treated, score [, weight])
CLTV_FUNCTION(cltv_uplift_base_accum) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return skip_customer(fcinfo, Targets::response);
    const double outcome = checked_response("outcome", PG_GETARG_FLOAT8(1));
    if (unlikely(std::fabs(outcome) > largest_outcome))
        raise_out_of_range("outcome", outcome, "Outcomes are numbers within 1e100, such as money or 0 and 1.");
    const double score = checked_response("score", PG_GETARG_FLOAT8(3));
    const double weight = PG_NARGS() > 4 ? checked_weight(PG_GETARG_FLOAT8(4)) : 1;
    const NamedPlace names[] = {{{uplift_score, std::strlen(uplift_score)}, 0}, {{uplift_treated, std::strlen(uplift_treated)}, 1}};
    const FeatureValue values[] = {{FeatureKind::number, score, {}}, {FeatureKind::number, PG_GETARG_BOOL(2) ? 1.0 : 0.0, {}}};
    const double target[] = {outcome, 0, 0};
    const RoleFeatures row = {Role::any, features_of(names, 2, values)};
    return add_customers(fcinfo, Targets::response, target, &row, 1, weight);
}

// (base, level)
CLTV_FUNCTION(cltv_qini) {
    const FeatureSet *const set = uplift_argument(fcinfo, 0);
    const double level = level_argument(fcinfo, 1);
    if (set == nullptr) PG_RETURN_NULL();
    Qini found;
    ConfidenceInterval interval;
    guarded([&] {
        found = qini(by_score(*set, interrupt_pending), interrupt_pending);
        interval = normal_interval(found.qini, found.std_error, level);
    });
    return row_or_error(fcinfo, {number(found.qini), number(found.std_error), number(interval.lower), number(interval.upper),
                                 number(found.auuc), number(found.treated_auc), count(found.customers)});
}

// (base, bins, level)
CLTV_FUNCTION(cltv_uplift_table) {
    struct Results {
        double reach;
        UpliftBin bins[FLEXIBLE_ARRAY_MEMBER];
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const FeatureSet *const set = uplift_argument(fcinfo, 0);
        const int32 bins = PG_GETARG_INT32(1);
        constexpr int32 most_bins = 1000;
        if (bins < 1 || bins > most_bins) raise_out_of_range("bins", bins, "It is a number of rows from 1 to 1000.");
        const double level = level_argument(fcinfo, 2);
        if (set != nullptr) {
            Results *const results = static_cast<Results *>(palloc(offsetof(Results, bins) + bins * sizeof(UpliftBin)));
            uint64 n = 0;
            guarded([&] {
                const std::vector<UpliftBin> all = uplift_bins(by_score(*set, interrupt_pending), bins, interrupt_pending);
                std::copy(all.begin(), all.end(), results->bins);
                n = all.size();
                results->reach = normal_quantile(level);
            });
            context->max_calls = n;
            context->user_fctx = results;
        }
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Results &results = *static_cast<const Results *>(context->user_fctx);
    const UpliftBin &bin = results.bins[context->call_cntr];
    const double reach = results.reach * bin.std_error, all_reach = results.reach * bin.all_std_error;
    const Column columns[] = {
        count(bin.bin),           count(bin.customers),         number(bin.highest),          number(bin.lowest),
        count(bin.treated),       count(bin.control),           number(bin.treated_mean),     number(bin.control_mean),
        number(bin.uplift),       number(bin.std_error),        number(bin.uplift - reach),   number(bin.uplift + reach),
        number(bin.all_uplift),   number(bin.all_uplift - all_reach), number(bin.all_uplift + all_reach)};
    constexpr int n = sizeof columns / sizeof *columns;
    Datum values[n];
    bool nulls[n] = {};
    for (int i = 0; i < n; ++i) {
        nulls[i] = std::isnan(columns[i].value);
        values[i] = nulls[i] ? Datum{0}
                    : columns[i].type == INT8OID ? Int64GetDatum(static_cast<int64>(columns[i].value))
                                                 : Float8GetDatum(columns[i].value);
    }
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
}

// (uplift, value, cost)
CLTV_FUNCTION(cltv_treat_worth) {
    const double uplift = PG_GETARG_FLOAT8(0), value = PG_GETARG_FLOAT8(1), cost = PG_GETARG_FLOAT8(2);
    if (unlikely(!std::isfinite(uplift))) raise_out_of_range("uplift", uplift, "It is what a treatment adds to the outcome of one customer.");
    if (unlikely(!std::isfinite(value))) raise_out_of_range("value", value, "It is money per unit of the outcome.");
    if (unlikely(!std::isfinite(cost) || cost < 0)) raise_out_of_range("cost", cost, "It is money per treatment, 0 or more.");
    PG_RETURN_BOOL(uplift * value > cost);
}
