// The sum of amounts as a pair of doubles, in a type of fixed length: the same for any order of the rows.
#include <cmath>

#include "core/base/double_double.hpp"
#include "core/history/purchase_history.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/scan.hpp"
#include "pg/history/purchase_history.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr const char *type_name = "exact_sum";

DoubleDouble *sum_argument(FunctionCallInfo fcinfo, int n) {
    return PG_ARGISNULL(n) ? nullptr : reinterpret_cast<DoubleDouble *>(PG_GETARG_POINTER(n));
}

DoubleDouble *new_sum(DoubleDouble value) {
    auto *sum = static_cast<DoubleDouble *>(palloc(sizeof(DoubleDouble)));
    *sum = value;
    return sum;
}

void check_range(DoubleDouble sum) {
    if (unlikely(!std::isfinite(sum.hi)))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("the sum of the amounts is out of range"),
                        errhint("Look for amounts near 1e308.")));
}

}  // namespace

CLTV_FUNCTION(cltv_exact_sum_add) {
    check_in_aggregate(fcinfo);
    DoubleDouble *sum = sum_argument(fcinfo, 0);
    if (!PG_ARGISNULL(1)) {
        const double amount = PG_GETARG_FLOAT8(1);
        if (unlikely(!std::isfinite(amount))) refuse_amount(amount);
        if (sum == nullptr) PG_RETURN_POINTER(new_sum({amount + 0.0, 0}));  // -0 becomes 0
        *sum = *sum + amount;
        check_range(*sum);
    }
    if (sum == nullptr) PG_RETURN_NULL();
    PG_RETURN_POINTER(sum);
}

// Updates its first argument, never its second.
CLTV_FUNCTION(cltv_exact_sum_combine) {
    check_in_aggregate(fcinfo);
    DoubleDouble *sum = sum_argument(fcinfo, 0);
    const DoubleDouble *other = sum_argument(fcinfo, 1);
    if (other != nullptr) {
        if (sum == nullptr) PG_RETURN_POINTER(new_sum(*other));
        *sum = *sum + *other;
        check_range(*sum);
    }
    if (sum == nullptr) PG_RETURN_NULL();
    PG_RETURN_POINTER(sum);
}

CLTV_FUNCTION(cltv_exact_sum_final) {
    const DoubleDouble *sum = sum_argument(fcinfo, 0);
    if (sum == nullptr) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(sum->hi);
}

CLTV_FUNCTION(cltv_exact_sum_in) {
    Scanner scanner(PG_GETARG_CSTRING(0), type_name);
    const DoubleDouble sum = scan_pair(scanner);
    scanner.end();
    if (!is_normal_pair(sum)) scanner.fail("The numbers are not a normalised pair.");
    PG_RETURN_POINTER(new_sum(sum));
}

CLTV_FUNCTION(cltv_exact_sum_out) {
    const DoubleDouble *sum = sum_argument(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    append_pair(&out, *sum);
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_exact_sum_recv) {
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    DoubleDouble sum;
    receive_numbers(in, std::tie(sum.hi, sum.lo));
    check_binary(is_normal_pair(sum), type_name, "The numbers are not a normalised pair.");
    PG_RETURN_POINTER(new_sum(sum));
}

CLTV_FUNCTION(cltv_exact_sum_send) {
    const DoubleDouble *sum = sum_argument(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    send_numbers(&out, std::tie(sum->hi, sum->lo));
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}
