// Customer lifetime value.
#include <cmath>

#include "core/purchases/recalled_orders.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/fit/rows_memo.hpp"
#include "pg/rows/contract_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr double days_per_year = 365;

double margin_argument(FunctionCallInfo fcinfo, int number) {
    return amount_argument(fcinfo, number, "margin", "Margin is a share of the revenue, from 0 to 1: 0.3 for 30 %.", 1);
}

// Discounting by the year needs times in days, and an opportunity is seldom a day.
[[noreturn]] void raise_discrete(const StoredModel &model) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("cltv_predict cannot discount purchases of a model of kind %s", family_of(model).name),
                    errdetail("It counts opportunities, and how long one takes is unknown."),
                    errhint("Give the length of an opportunity in days: cltv_predict(..., days_per_unit => 365).")));
    pg_unreachable();
}

double days_argument(FunctionCallInfo fcinfo, int number) {
    const double days = PG_GETARG_FLOAT8(number);
    if (unlikely(!(days > 0 && std::isfinite(days))))
        raise_out_of_range(
            "days_per_unit", days,
            "Give the length of the model's unit of time in days: 7 for weeks, 365 for opportunities once a year.");
    return days;
}

// Whether one of the arguments is NULL that must not be; monetary_value, days_per_unit, first_value and attributes may
// be.
bool any_null(FunctionCallInfo fcinfo) {
    for (const int argument : {0, 1, 2, 3, 4, 6, 7, 8})
        if (PG_ARGISNULL(argument)) return true;
    return false;
}

// A product in which 0 times infinity is 0.
double times(double x, double y) { return x == 0 || y == 0 ? 0 : x * y; }

}  // namespace

// (orders_model, spend_model, frequency, recency, tenure, monetary_value, horizon, discount_rate, margin,
// days_per_unit, first_value, purchases, dropout, spend): margin times the expected spend per purchase times the
// discounted purchases within the horizon; times are in units of days_per_unit days, and the discount rate is annual.
// Spend and purchases are independent in these models (Fader, Hardie & Lee 2005, "RFM and CLV", J. Marketing Research
// 42, 415-430).
CLTV_FUNCTION(cltv_predict) {
    if (any_null(fcinfo)) PG_RETURN_NULL();
    RowsMemo &rows = rows_memo(fcinfo);
    const StoredModel *orders_model = &model_of_rows(fcinfo, 0, rows), *spend_model = model_argument(fcinfo, 1);
    const OrdersFamily &orders = any_orders_family(*orders_model);
    if (PG_ARGISNULL(9) && orders.discrete) raise_discrete(*orders_model);
    const double days_per_unit = PG_ARGISNULL(9) ? 1 : days_argument(fcinfo, 9);
    const SpendFamily &spends = any_spend_family(*spend_model);
    const Customer customer = customer_arguments(fcinfo, 2, orders);
    const Spend spend = spend_arguments(fcinfo, 2, 5, 10, spends);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(6), orders);
    const double discount_rate = amount_argument(
        fcinfo, 7, "discount_rate", "The discount rate is a share per year, from 0 up: 0.1 for 10 % a year.");
    const double margin = margin_argument(fcinfo, 8);
    double own[most_form_parameters], own_spend[most_form_parameters];
    const double *const parameters = customer_parameters(fcinfo, *orders_model, 11, {Role::purchases, Role::dropout}, own);
    const double *const spend_parameters = customer_parameters(fcinfo, *spend_model, 13, {Role::spend}, own_spend);
    if (parameters == nullptr || spend_parameters == nullptr) PG_RETURN_NULL();

    const double discount = std::log1p(discount_rate) * days_per_unit / days_per_year;
    const double purchases =
        predicted([&] { return recalled_discounted(orders, parameters, customer, horizon, discount, rows.memo); });
    const double mean = expected_spend(spends, spend_parameters, spend);
    if (std::isinf(mean) && margin > 0 && purchases > 0) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(times(times(margin, mean), purchases));
}

// (model, periods, margin_per_period, horizon, discount_rate [, churn]): the margin times the discounted periods for
// which the customer renews. P. S. Fader, B. G. S. Hardie: Customer-Base Valuation in a Contractual Setting. Marketing
// Science 29 (2010) 85-93.
CLTV_FUNCTION(cltv_predict_contract) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const ContractFamily &family = any_contract_family(*model);
    const double periods = checked_periods(PG_GETARG_FLOAT8(1));
    const double margin =
        amount_argument(fcinfo, 2, "margin_per_period", "Give what a period of the contract earns, 0 or more.");
    const double horizon = checked_whole_horizon(PG_GETARG_FLOAT8(3));
    const double discount_rate = amount_argument(
        fcinfo, 4, "discount_rate", "The discount rate is a share per period, from 0 up: 0.008 for 0.8 % a month.");
    double own[most_form_parameters];
    const double *const parameters = customer_parameters(fcinfo, *model, 5, {Role::churn}, own);
    if (parameters == nullptr) PG_RETURN_NULL();
    const double renewed = predicted(
        [&] { return family.discounted_periods(parameters, periods, horizon, discount_rate); });
    PG_RETURN_FLOAT8(times(margin, renewed));
}

// (avg_order_value, purchase_frequency, lifespan, margin, acquisition_cost)
CLTV_FUNCTION(cltv_simple) {
    const double avg_order_value =
        amount_argument(fcinfo, 0, "avg_order_value", "Give the mean revenue of an order, 0 or more.");
    const double purchase_frequency =
        amount_argument(fcinfo, 1, "purchase_frequency", "Give the number of orders per unit of time, 0 or more.");
    const double lifespan = amount_argument(fcinfo, 2, "lifespan",
                                            "Give the time that a customer stays, in the unit of purchase_frequency.");
    const double margin = margin_argument(fcinfo, 3);
    const double acquisition_cost =
        amount_argument(fcinfo, 4, "acquisition_cost", "Give what it costs to win a customer, 0 or more.");
    const double value = avg_order_value * purchase_frequency * lifespan * margin - acquisition_cost;
    if (unlikely(!std::isfinite(value)))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("the lifetime value is out of the range of double precision"),
                        errhint("Check the units of avg_order_value, purchase_frequency and lifespan.")));
    PG_RETURN_FLOAT8(value);
}
