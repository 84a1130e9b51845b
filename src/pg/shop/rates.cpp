// Everyday rates of marketing: churn, retention, cost of acquisition, and value at a constant retention.
#include <cmath>

#include "core/shop/rates.hpp"
#include "pg/base/number_argument.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

const char *shown(double value) { return float8out_internal(value); }

double count_argument(FunctionCallInfo fcinfo, int number, const char *name) {
    return amount_argument(fcinfo, number, name, "Give a number of customers, 0 or more.");
}

double cac_argument(FunctionCallInfo fcinfo, int number) {
    return amount_argument(fcinfo, number, "cac", "Give what it costs to win a customer, 0 or more, as cac() says.");
}

double rate_argument(FunctionCallInfo fcinfo, int number, const char *name) {
    return amount_argument(fcinfo, number, name, "Give a share of the customers, from 0 to 1: 0.05 for 5 %.", 1);
}

double margin_argument(FunctionCallInfo fcinfo, int number) {
    return amount_argument(fcinfo, number, "margin_per_period", "Give what a customer earns in a period, 0 or more.");
}

// A finite number of periods must be whole: what part of a period earns is undefined.
double periods_argument(FunctionCallInfo fcinfo, int number) {
    const double periods = PG_GETARG_FLOAT8(number);
    if (unlikely(!(periods >= 0 && (std::isinf(periods) || periods == std::floor(periods)))))
        raise_out_of_range("periods", periods, "Give a whole number of periods, 0 or more, or 'infinity'.");
    return periods;
}

// A quotient of checked numbers. The hint says what a divisor of 0 means and what to do about it.
double quotient(double dividend, double divisor, const char *divisor_name, const char *hint) {
    if (unlikely(divisor == 0))
        ereport(ERROR, (errcode(ERRCODE_DIVISION_BY_ZERO), errmsg("division by zero: %s is 0", divisor_name),
                        errhint("%s", hint)));
    const double result = dividend / divisor;
    if (unlikely(std::isinf(result)))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("%s divided by %s %s is out of the range of double precision", shown(dividend),
                               divisor_name, shown(divisor)),
                        errhint("Check the units of the arguments.")));
    return result;
}

double start_quotient(double dividend, double customers_at_start) {
    return quotient(dividend, customers_at_start, "customers_at_start",
                    "Without customers at the start there is nobody to stay or leave: leave such periods out, or give "
                    "nullif(customers_at_start, 0) to get NULL.");
}

}  // namespace

// (customers_at_start, customers_lost)
CLTV_FUNCTION(cltv_churn_rate) {
    const double customers_at_start = count_argument(fcinfo, 0, "customers_at_start");
    const double customers_lost = count_argument(fcinfo, 1, "customers_lost");
    const double rate = start_quotient(customers_lost, customers_at_start);
    if (unlikely(customers_lost > customers_at_start))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("customers_lost %s is more than customers_at_start %s", shown(customers_lost),
                               shown(customers_at_start)),
                        errhint("Count as lost only those who were customers at the start of the period, not those won "
                                "within it.")));
    PG_RETURN_FLOAT8(rate);
}

// (customers_at_start, customers_at_end, new_customers)
CLTV_FUNCTION(cltv_retention_rate) {
    const double customers_at_start = count_argument(fcinfo, 0, "customers_at_start");
    const double customers_at_end = count_argument(fcinfo, 1, "customers_at_end");
    const double new_customers = count_argument(fcinfo, 2, "new_customers");
    const double stayed = customers_at_end - new_customers;
    const double rate = start_quotient(stayed, customers_at_start);
    if (unlikely(stayed < 0))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("new_customers %s is more than customers_at_end %s", shown(new_customers),
                               shown(customers_at_end)),
                        errhint("Count as new only those customers won in the period who remain at its end.")));
    if (unlikely(stayed > customers_at_start))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("customers_at_end %s without new_customers %s is more than customers_at_start %s",
                               shown(customers_at_end), shown(new_customers), shown(customers_at_start)),
                        errhint("Count as new all customers at the end who were not customers at the start.")));
    PG_RETURN_FLOAT8(rate);
}

// (churn_rate)
CLTV_FUNCTION(cltv_lifespan) {
    PG_RETURN_FLOAT8(quotient(1, rate_argument(fcinfo, 0, "churn_rate"), "churn_rate",
                              "If nobody leaves, customers stay for ever: measure churn over a longer time or more "
                              "customers, or give nullif(churn_rate, 0) to get NULL."));
}

// (spend, new_customers)
CLTV_FUNCTION(cltv_cac) {
    const double spend = amount_argument(fcinfo, 0, "spend", "Give what marketing and sales cost, 0 or more.");
    PG_RETURN_FLOAT8(quotient(spend, count_argument(fcinfo, 1, "new_customers"), "new_customers",
                              "Without new customers there is no cost per customer: use a longer period, or "
                              "give nullif(new_customers, 0) to get NULL."));
}

// (ltv, cac)
CLTV_FUNCTION(cltv_ltv_cac_ratio) {
    const double ltv = PG_GETARG_FLOAT8(0);
    if (unlikely(!std::isfinite(ltv))) raise_out_of_range("ltv", ltv, "Give a finite lifetime value.");
    PG_RETURN_FLOAT8(quotient(ltv, cac_argument(fcinfo, 1), "cac",
                              "Customers who cost nothing to win have no such ratio: leave them out, or give "
                              "nullif(cac, 0) to get NULL."));
}

// (cac, margin_per_period)
CLTV_FUNCTION(cltv_cac_payback) {
    const double cac = cac_argument(fcinfo, 0);
    PG_RETURN_FLOAT8(quotient(cac, margin_argument(fcinfo, 1), "margin_per_period",
                              "Without a margin the cost of acquisition is never earned back: leave such customers "
                              "out, or give nullif(margin_per_period, 0) to get NULL."));
}

// (margin_per_period, retention_rate, discount_rate, periods). A margin of 0 gives 0 even if the sum is infinite.
CLTV_FUNCTION(cltv_retention) {
    const double margin = margin_argument(fcinfo, 0);
    const double retention = rate_argument(fcinfo, 1, "retention_rate");
    const double discount = amount_argument(
        fcinfo, 2, "discount_rate", "The discount rate is a share per period, from 0 up: 0.01 for 1 % a month.");
    const double periods = periods_argument(fcinfo, 3);
    if (margin == 0) PG_RETURN_FLOAT8(0);
    const double value = margin * discounted_retention(retention, discount, periods);
    const bool for_ever = retention == 1 && discount == 0 && std::isinf(periods);
    if (unlikely(std::isinf(value) && !for_ever))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("the lifetime value is out of the range of double precision"),
                        errhint("Check margin_per_period %s and the number of periods.", shown(margin))));
    PG_RETURN_FLOAT8(value);
}
