// How many customers look alike in attributes that others may know.
#include "core/privacy/anonymity.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pg/base/aggregate.hpp"
#include "pg/base/guard.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"

using namespace cltv;
using namespace cltv::pg;

extern "C" {
Datum cltv_features_in(PG_FUNCTION_ARGS);
Datum cltv_features_out(PG_FUNCTION_ARGS);
}

namespace {

bool is_named(const FeatureSet &set, std::uint32_t column, const char *name) { return set.name(column) == Text{name, std::strlen(name)}; }

// The groups of a base, in the caller's memory context, and their number.
AlikeCustomers *groups_argument(FunctionCallInfo fcinfo, bool needs_sensitive, uint32 &n) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    n = 0;
    if (set.used == 0) return nullptr;
    const std::uint32_t columns = set.n_attributes();
    bool fits = set.targets == Targets::response && set.n_columns == columns && columns >= 1 && columns <= 2 &&
                is_named(set, 0, anonymity_group) && set.kind(0) == FeatureKind::category &&
                (columns == 1 || (is_named(set, 1, anonymity_sensitive) && set.kind(1) != FeatureKind::number));
    for (uint32 i = 0; fits && i < set.used; ++i) fits = !std::isnan(set.attributes(static_cast<uint32>(set.rows()[i].row))[0]);
    if (!fits || (needs_sensitive && columns < 2))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the feature_base has no attributes that are to be alike%s", fits ? " beside a sensitive one" : ""),
                        errhint("Make it with anonymity_base(attributes%s).", needs_sensitive ? ", sensitive" : " [, sensitive]")));
    AlikeCustomers *const groups =
        static_cast<AlikeCustomers *>(MemoryContextAllocHuge(CurrentMemoryContext, set.levels * sizeof(AlikeCustomers)));
    uint32 found = 0;
    guarded([&] {
        const std::vector<AlikeCustomers> all = alike_customers(set, interrupt_pending);
        std::copy(all.begin(), all.end(), groups);
        found = static_cast<uint32>(all.size());
    });
    n = found;
    return groups;
}

}  // namespace

// (state, attributes [, sensitive])
CLTV_FUNCTION(cltv_anonymity_base_accum) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return skip_customer(fcinfo, Targets::response);
    // Equal rows of attributes have the same text, which has a word for a missing value: missing is a value here.
    const char *const text_of_row = DatumGetCString(DirectFunctionCall1(cltv_features_out, PG_GETARG_DATUM(1)));
    const bool is_sensitive = PG_NARGS() > 2;
    // A customer whose sensitive value is missing counts all the same.
    const text *const sensitive = is_sensitive && !PG_ARGISNULL(2) ? PG_GETARG_TEXT_PP(2) : nullptr;
    const NamedPlace names[] = {{{anonymity_group, std::strlen(anonymity_group)}, 0},
                                {{anonymity_sensitive, std::strlen(anonymity_sensitive)}, 1}};
    const FeatureValue values[] = {
        {FeatureKind::category, 0, {text_of_row, std::strlen(text_of_row)}},
        sensitive == nullptr ? FeatureValue{FeatureKind::null, 0, {nullptr, 0}}
                             : FeatureValue{FeatureKind::category, 0, {VARDATA_ANY(sensitive), VARSIZE_ANY_EXHDR(sensitive)}}};
    const double target[] = {0, 0, 0};
    const RoleFeatures row = {Role::any, features_of(names, is_sensitive ? 2 : 1, values)};
    return add_customers(fcinfo, Targets::response, target, &row, 1, 1);
}

// (base)
CLTV_FUNCTION(cltv_k_anonymity) {
    uint32 n;
    const AlikeCustomers *const groups = groups_argument(fcinfo, false, n);
    if (n == 0) PG_RETURN_NULL();
    PG_RETURN_INT64(static_cast<int64>(groups[0].customers));
}

// (base)
CLTV_FUNCTION(cltv_l_diversity) {
    uint32 n;
    const AlikeCustomers *const groups = groups_argument(fcinfo, true, n);
    if (n == 0) PG_RETURN_NULL();
    double fewest = groups[0].sensitive_values;
    for (uint32 i = 1; i < n; ++i) fewest = std::min(fewest, groups[i].sensitive_values);
    PG_RETURN_INT64(static_cast<int64>(fewest));
}

// (base, below)
CLTV_FUNCTION(cltv_k_anonymity_table) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        uint32 n = 0;
        const AlikeCustomers *const groups = PG_ARGISNULL(0) ? nullptr : groups_argument(fcinfo, false, n);
        if (!PG_ARGISNULL(1)) {
            const int64 below = PG_GETARG_INT64(1);
            uint32 shown = 0;
            while (shown < n && groups[shown].customers < static_cast<double>(below)) ++shown;
            n = shown;
        }
        context->max_calls = n;
        context->user_fctx = const_cast<AlikeCustomers *>(groups);
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const AlikeCustomers &group = static_cast<const AlikeCustomers *>(context->user_fctx)[context->call_cntr];
    Datum columns[] = {DirectFunctionCall1(cltv_features_in, CStringGetDatum(text_of(group.attributes))),
                       Int64GetDatum(static_cast<int64>(group.customers)), Int64GetDatum(static_cast<int64>(group.sensitive_values))};
    bool nulls[] = {false, false, group.sensitive_values == 0};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
