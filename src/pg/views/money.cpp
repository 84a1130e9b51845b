// Amounts of money without the noise of binary fractions: the result of going through numeric and back, by plain
// arithmetic where that gives the same.

#include "core/base/decimal_rounding.hpp"

#include "pg/base/postgres.hpp"

namespace {

Datum as_numeric(double amount) { return DirectFunctionCall1(float8_numeric, Float8GetDatum(amount)); }

}  // namespace

// cltv_money(amount, digits)
CLTV_FUNCTION(cltv_money) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const double amount = PG_GETARG_FLOAT8(0);
    if (PG_ARGISNULL(1) || !(std::fabs(amount) < 1e11)) PG_RETURN_FLOAT8(amount);
    const int32 digits = PG_GETARG_INT32(1);
    double rounded;
    if (cltv::round_decimal(amount, digits, rounded)) PG_RETURN_FLOAT8(rounded);
    return DirectFunctionCall1(numeric_float8, DirectFunctionCall2(numeric_round, as_numeric(amount), Int32GetDatum(digits)));
}

// cltv_money_digits(amount)
CLTV_FUNCTION(cltv_money_digits) {
    const double amount = PG_GETARG_FLOAT8(0);
    if (!(std::fabs(amount) < 1e11)) PG_RETURN_NULL();
    const int digits = cltv::decimal_digits(amount);
    if (digits >= 0) PG_RETURN_INT32(digits);
    return DirectFunctionCall1(numeric_scale, DirectFunctionCall1(numeric_trim_scale, as_numeric(amount)));
}
