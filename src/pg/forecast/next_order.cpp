// next_order, next_order_interval: when a customer orders next.
#include "core/forecast/next_order.hpp"

#include <cmath>

#include "pg/base/guard.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/fit/calendar_time.hpp"
#include "pg/fit/prediction_args.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/history/purchase_history.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

const OrdersFamily &family_in_days(const StoredModel &model) {
    const OrdersFamily &orders = dated_orders_family(model);
    if (orders.discrete)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("a model of kind %s counts opportunities, not days", family_of(model).name),
                        errhint("churn_prob(model, ...) tells how probable silence is over so many opportunities.")));
    return orders;
}

// (model, frequency, recency, tenure, as_of, ..., purchases, dropout): the waiting time of one customer until the next
// order.
struct Waiting {
    explicit Waiting(FunctionCallInfo fcinfo) : dated(DatedModel::of_rows(fcinfo, 0)), family(family_in_days(dated.model())) {
        const StoredModel &model = dated.model();
        customer = customer_arguments(fcinfo, 1, family);
        as_of = as_of_argument(fcinfo, 4);
        known = dated.take_customer_or_none(fcinfo, 6);
        if (!known || model.calendar() == nullptr) return;
        days = days_of(customer, as_of);
        longest = model.calendar()->repeats() ? longest_dated_wait : model.calendar()->last - as_of + 1.0;
        dated.reach(days.first, as_of, std::fmax(longest, 0));
    }

    // The date by which an order has come with this probability; false where it never does.
    bool by(double prob, Datum &date) const {
        const bool has_days = dated.model().calendar() != nullptr;
        const double wait = predicted([&] {
            return days_until_order(prob, longest, [&](double horizon) {
                return has_days ? dated.prob_no_purchase(days, horizon) : family.prob_no_purchase(dated.parameters(), customer, horizon);
            });
        });
        if (std::isinf(wait)) return false;
        if (as_of + wait >= DATE_END_JULIAN)
            ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("the day of the next order is out of range for type date"),
                            errhint("Give the day on which the customer was seen last as as_of.")));
        date = DateADTGetDatum(date_of(as_of + static_cast<Day>(wait)));
        return true;
    }

    DatedModel &dated;
    const OrdersFamily &family;
    Customer customer;
    Day as_of;
    HistoryDays days{};
    double longest = longest_wait;
    bool known;
};

bool any_null(FunctionCallInfo fcinfo, int n) {
    for (int i = 0; i < n; ++i)
        if (PG_ARGISNULL(i)) return true;
    return false;
}

}  // namespace

// (model, frequency, recency, tenure, as_of, prob, purchases, dropout)
CLTV_FUNCTION(cltv_next_order) {
    if (any_null(fcinfo, 6)) PG_RETURN_NULL();
    const double prob = PG_GETARG_FLOAT8(5);
    if (!(prob > 0 && prob < 1))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("prob %s is not between 0 and 1", float8out_internal(prob)),
                        errhint("It is the probability of an order by that day: 0.5 for the day by which an order is as likely as not.")));
    const Waiting waiting(fcinfo);
    Datum date;
    if (!waiting.known || !waiting.by(prob, date)) PG_RETURN_NULL();
    PG_RETURN_DATUM(date);
}

// (model, frequency, recency, tenure, as_of, level, purchases, dropout) -> (lower, median, upper)
CLTV_FUNCTION(cltv_next_order_interval) {
    if (any_null(fcinfo, 6)) PG_RETURN_NULL();
    const double level = level_argument(fcinfo, 5);
    const Waiting waiting(fcinfo);
    Datum dates[3] = {};
    bool nulls[3] = {true, true, true};
    const double probs[] = {(1 - level) / 2, 0.5, (1 + level) / 2};
    for (int i = 0; waiting.known && i < 3; ++i) nulls[i] = !waiting.by(probs[i], dates[i]);
    TupleDesc row_type;
    get_call_result_type(fcinfo, nullptr, &row_type);
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row_type), dates, nulls)));
}
