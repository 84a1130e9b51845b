// The effects of a decision by a score on groups of customers.
#include "core/validation/fairness.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pg/base/aggregate.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/response.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

void check_decisions(const FeatureSet &set) {
    const auto names = [&](std::uint32_t column, const char *name, FeatureKind kind) {
        return set.name(column) == Text{name, std::strlen(name)} && set.kind(column) == kind;
    };
    bool fits = set.targets == Targets::response && set.n_columns == 2 && set.n_attributes() == 2 &&
                names(0, fairness_group, FeatureKind::category) && names(1, fairness_score, FeatureKind::number);
    for (uint32 i = 0; fits && i < set.used; ++i) {
        const double *const known = set.attributes(static_cast<uint32>(set.rows()[i].row));
        const double actual = set.rows()[i].target[0];
        fits = (actual == 0 || actual == 1) && !std::isnan(known[0]) && !std::isnan(known[1]);
    }
    if (!fits)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the feature_base has no decisions by group"),
                        errhint("Make it with fairness_base(actual, score, grp).")));
}

}  // namespace

// (state, actual, score, grp [, weight])
CLTV_FUNCTION(cltv_fairness_base_accum) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return skip_customer(fcinfo, Targets::response);
    const double score = checked_response("score", PG_GETARG_FLOAT8(2));
    const double weight = PG_NARGS() > 4 ? checked_weight(PG_GETARG_FLOAT8(4)) : 1;
    const text *const group = PG_GETARG_TEXT_PP(3);
    const NamedPlace names[] = {{{fairness_group, std::strlen(fairness_group)}, 0}, {{fairness_score, std::strlen(fairness_score)}, 1}};
    const FeatureValue values[] = {
        {FeatureKind::category, 0, {VARDATA_ANY(group), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(group))}},
        {FeatureKind::number, score, {}}};
    const double target[] = {PG_GETARG_BOOL(1) ? 1.0 : 0.0, 0, 0};
    const RoleFeatures row = {Role::any, features_of(names, 2, values)};
    return add_customers(fcinfo, Targets::response, target, &row, 1, weight);
}

// (base, threshold)
CLTV_FUNCTION(cltv_fairness) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
        const double threshold = PG_GETARG_FLOAT8(1);
        if (std::isnan(threshold))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("threshold must be a number, not NaN"),
                            errhint("It is the score from which on customers are selected, such as 0.5.")));
        if (set.used > 0) {
            check_decisions(set);
            // Each level is a group.
            GroupDecisions *const groups =
                static_cast<GroupDecisions *>(MemoryContextAllocHuge(CurrentMemoryContext, set.levels * sizeof(GroupDecisions)));
            guarded([&] {
                const std::vector<GroupDecisions> all = decisions_by_group(set, threshold, interrupt_pending);
                std::copy(all.begin(), all.end(), groups);
            });
            for (uint32 i = 0; i < set.levels; ++i) groups[i].group.data = text_of(groups[i].group);
            context->max_calls = set.levels;
            context->user_fctx = groups;
        }
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const GroupDecisions &group = static_cast<const GroupDecisions *>(context->user_fctx)[context->call_cntr];
    constexpr int n_counts = 4;  // the group among them
    const double numbers[] = {group.selection_rate, group.selection_ratio, group.true_positive_rate, group.false_positive_rate,
                              group.precision,      group.calibration,     group.auc,                group.equal_opportunity_gap};
    constexpr int n = n_counts + sizeof numbers / sizeof *numbers;
    Datum columns[n] = {PointerGetDatum(cstring_to_text_with_len(group.group.data, static_cast<int>(group.group.size))),
                        Int64GetDatum(static_cast<int64>(group.customers)), Int64GetDatum(static_cast<int64>(group.positives)),
                        Int64GetDatum(static_cast<int64>(group.selected))};
    bool nulls[n] = {};
    for (int i = n_counts; i < n; ++i) {
        columns[i] = Float8GetDatum(numbers[i - n_counts]);
        nulls[i] = std::isnan(numbers[i - n_counts]);
    }
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
