// Statistics of products that are bought together, and of customers by what they bought first.
#include "core/shop/association.hpp"

#include <cstring>

#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/result.hpp"

extern "C" {
#include "utils/array.h"
}

using namespace cltv;
using namespace cltv::pg;

// (both, first, second, all)
CLTV_FUNCTION(cltv_association) {
    const int64 both = PG_GETARG_INT64(0), first = PG_GETARG_INT64(1), second = PG_GETARG_INT64(2), all = PG_GETARG_INT64(3);
    constexpr int64 most = INT64CONST(1) << 53;  // what a double counts to
    if (both < 0 || first < both || second < both || all < 1 || all > most || first > all || second > all ||
        first + second - both > all)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%lld with both, %lld with the first and %lld with the second of %lld do not fit together",
                               static_cast<long long>(both), static_cast<long long>(first), static_cast<long long>(second),
                               static_cast<long long>(all)),
                        errdetail("Those with both are among those with each, and all of them among all, who are 1 to 2^53."),
                        errhint("Give numbers of customers or of orders: both, first, second, all.")));
    Association result{};
    guarded([&] {
        result = association(static_cast<double>(both), static_cast<double>(first), static_cast<double>(second),
                             static_cast<double>(all));
    });
    return row_or_error(fcinfo, {number(result.support), number(result.confidence), number(result.lift), number(result.llr),
                                 number(result.p_value)});
}

// (k, n, level)
CLTV_FUNCTION(cltv_share_interval) {
    const int64 k = PG_GETARG_INT64(0), n = PG_GETARG_INT64(1);
    const double level = level_argument(fcinfo, 2);
    if (k < 0 || k > n || n < 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%lld of %lld is not a valid share", static_cast<long long>(k), static_cast<long long>(n)),
                        errhint("Give a count, and the total that it is out of.")));
    ConfidenceInterval interval{};
    guarded([&] { interval = wilson_interval(static_cast<double>(k), static_cast<double>(n), level); });
    return row_or_error(fcinfo, {number(interval.lower), number(interval.upper)});
}

// (mean, deviation, n, level)
CLTV_FUNCTION(cltv_mean_interval) {
    const double level = level_argument(fcinfo, 3);
    ConfidenceInterval interval{};
    guarded([&] {
        interval = student_interval(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), static_cast<double>(PG_GETARG_INT64(2)), level);
    });
    return row_or_error(fcinfo, {number(interval.lower), number(interval.upper)});
}

// (ids)
CLTV_FUNCTION(cltv_pairs) {
    struct Pairs {
        uint32 n, first, second;
        int32 ids[FLEXIBLE_ARRAY_MEMBER];
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const ArrayType *const array = PG_GETARG_ARRAYTYPE_P(0);
        const int n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
        const int32 *const ids = reinterpret_cast<const int32 *>(ARR_DATA_PTR(array));
        bool fits = ARR_NDIM(array) <= 1 && !array_contains_nulls(const_cast<ArrayType *>(array)) && ARR_ELEMTYPE(array) == INT4OID;
        for (int i = 0; fits && i < n; ++i) fits = ids[i] >= 0;
        if (!fits)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("pairs are of a list of whole numbers from 0 on"),
                            errhint("Give an array of one dimension without NULLs.")));
        Pairs *const pairs = static_cast<Pairs *>(
            MemoryContextAlloc(context->multi_call_memory_ctx, offsetof(Pairs, ids) + (n + 1) * sizeof(int32)));
        pairs->n = static_cast<uint32>(n);
        pairs->first = 0;
        pairs->second = 1;
        std::memcpy(pairs->ids, ids, n * sizeof(int32));
        context->user_fctx = pairs;
    }
    context = SRF_PERCALL_SETUP();
    Pairs &pairs = *static_cast<Pairs *>(context->user_fctx);
    if (pairs.second >= pairs.n && ++pairs.first < pairs.n) pairs.second = pairs.first + 1;
    if (pairs.second >= pairs.n) SRF_RETURN_DONE(context);
    const int64 pair = (static_cast<int64>(pairs.ids[pairs.first]) << 32) + pairs.ids[pairs.second++];
    SRF_RETURN_NEXT(context, Int64GetDatum(pair));
}
