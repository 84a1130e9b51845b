// Customer lifetime value from a purchase history, on the days of a calendar.
#include <cmath>

#include "pg/base/guard.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/calendar_time.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/history/purchase_history.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr double days_per_year = 365;

}  // namespace

// (orders_model, spend_model, history, as_of, horizon, discount_rate, margin, purchases, dropout, spend): as from
// frequency, recency and tenure, see cltv.cpp; spend is taken from the history.
CLTV_FUNCTION(cltv_predict_history) {
    for (int argument = 0; argument < 7; ++argument)
        if (PG_ARGISNULL(argument)) PG_RETURN_NULL();
    DatedModel &dated = DatedModel::of_rows(fcinfo, 0);
    dated.family();  // or an error
    const StoredModel &spend_model = *model_argument(fcinfo, 1);
    const SpendFamily &spends = any_spend_family(spend_model);
    const PurchaseHistory &history = *history_argument(fcinfo, 2);
    const Day as_of = as_of_argument(fcinfo, 3);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(4));
    const double discount_rate = amount_argument(
        fcinfo, 5, "discount_rate", "The discount rate is a share per year, from 0 up: 0.1 for 10 % a year.");
    const double margin =
        amount_argument(fcinfo, 6, "margin", "Margin is a share of the revenue, from 0 to 1: 0.3 for 30 %.", 1);
    if (history.is_empty()) PG_RETURN_NULL();
    check_as_of(history, as_of);
    double own_spend[most_form_parameters];
    const bool known = dated.take_customer_or_none(fcinfo, 7);
    const double *const spend_parameters = customer_parameters(fcinfo, spend_model, 9, {Role::spend}, own_spend);
    if (history.used == 0 || !known || spend_parameters == nullptr) PG_RETURN_NULL();

    const RfmSummary summary = summarise(history, as_of);
    Spend spend{0, 0, 0};
    if (summary.has_monetary_value) {
        spend.frequency = static_cast<double>(summary.frequency);
        spend.monetary_value = checked_spend("monetary_value", summary.monetary_value, spends.any_sign);
    }
    if (summary.has_first_value) spend.first_value = checked_spend("first_value", summary.first_value, spends.any_sign);

    dated.reach(summary.first_order, as_of, horizon);
    const HistoryDays days = {static_cast<double>(summary.frequency), summary.first_order, summary.last_order, as_of};
    const double discount = std::log1p(discount_rate) / days_per_year;
    dated.prepare_discount(as_of, horizon, discount);
    const double purchases = predicted([&] { return dated.discounted_purchases(days, horizon, discount); });
    const double mean = expected_spend(spends, spend_parameters, spend);
    if (std::isinf(mean) && margin > 0 && purchases > 0) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(margin == 0 || mean == 0 || purchases == 0 ? 0 : margin * mean * purchases);
}
