// Models of orders, with a calendar or without, asked about a customer whose purchase_history is known: days are told, not
// counted, so that a calendar knows what they weigh.
#pragma once

#include <initializer_list>

#include "core/fit/clock_times.hpp"
#include "core/fit/family.hpp"
#include "core/fit/interval.hpp"
#include "pg/base/postgres.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/cltv_model.hpp"

namespace cltv::pg {

// The family of a model of orders, with a calendar or without, for who knows the days of the purchases.
const OrdersFamily &dated_orders_family(const StoredModel &model);

// A discounted number of purchases, the integral over 0..horizon of e^(-discount s) dE[purchases by s] with s in days, as a sum:
// of those expected within times on the clock, each with its coefficient.
struct DiscountSum {
    static constexpr int nodes = 8, panels = 5, n = nodes * panels + 1;
    double times[n], coefficients[n];
};

// The first and the last day of a customer who is known by numbers as of a day; raises 22023 where these are not of days, each with
// one purchase at most.
HistoryDays days_of(const Customer &customer, Day as_of);

// A model and its clock, kept for all rows of a call that have the same one.
class DatedModel {
public:
    // The model that an argument is, and its clock from a day to another, which a calendar that ends must reach.
    static DatedModel &of_rows(FunctionCallInfo fcinfo, int argument);

    const StoredModel &model() const { return *model_; }
    // Models of opportunities have no days.
    const OrdersFamily &family() const;

    // Whether predictions can be made of the customer whose attributes are arguments from `first` on, if there are so many:
    // the fit did not refuse, and no number that it needs is NULL. Raises as CustomerAttributes does, and where the model has
    // attributes and there are no such arguments.
    bool take_customer(FunctionCallInfo fcinfo, int first);
    // The same where arguments that are all NULL are attributes that were left out.
    bool take_customer_or_none(FunctionCallInfo fcinfo, int first);

    // Of the customer that was taken last.
    const double *parameters() const { return parameters_; }

    // Makes the clock go from the one day to so many days after the other; raises 22023 where a calendar ends before.
    void reach(Day first, Day as_of, double horizon);

    // Predictions; the model is usable, and the clock reaches as far as is asked. NaN where no digit is left.
    double log_likelihood(const HistoryDays &days) const;  // without the weights of purchases
    double prob_alive(const HistoryDays &days) const;
    double prob_dead(const HistoryDays &days) const;
    double prob_no_purchase(const HistoryDays &days, double horizon) const;
    double expected_purchases(const HistoryDays &days, double horizon) const;
    double prob_alive_after(const HistoryDays &days, double horizon) const;
    double purchase_pmf(const HistoryDays &days, double horizon, double n) const;
    // What the fit's covariance says of expected_purchases. prepare_interval comes first, outside of what is kept from
    // throwing.
    void prepare_interval();
    ConfidenceInterval expected_purchases_interval(const HistoryDays &days, double horizon, double level,
                                                   const CustomerAttributes &attributes) const;
    // Discounted by e^(-discount) a day. prepare_discount comes first, outside of what is kept from throwing.
    void prepare_discount(Day as_of, double horizon, double discount);
    double discounted_purchases(const HistoryDays &days, double horizon, double discount) const;

    ClockTimes clock() const { return {begin_, n_, times_, ahead_at_most_, leave_times_}; }

    // The weight of a day.
    double weight(Day day) const { return times_ == nullptr ? 1 : weights_[day - begin_]; }

private:
    // Whether there is a clock, and customers leave by days beside it.
    bool leaves_in_time() const;
    void prepare_sum(Day as_of, double horizon, double discount);

    Size raw_size_;
    char *raw_;  // the argument as it came
    const StoredModel *model_;
    MemoryContext context_;
    Day begin_;
    uint32 n_;  // days of the clock
    Day anchor_;  // where the clock stands at 0, so that its times do not depend on which days it knows
    uint32 ahead_at_most_;
    double *weights_, *times_;
    double *leave_times_;  // of the clock of dropout; nullptr where the calendar does not act on that
    double *slopes_;  // of the times in each of the model's coefficients, and then room for other times; nullptr before
    const double *parameters_;  // of the customer
    double own_[most_form_parameters];

    // The last sum that was asked for.
    Day sum_as_of_;
    double sum_horizon_, sum_discount_;
    DiscountSum *sum_;
};

}  // namespace cltv::pg
