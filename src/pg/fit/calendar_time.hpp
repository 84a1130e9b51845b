// Predictions by models of orders, with or without a calendar, for a customer whose purchase_history is known: days are
// given by date, not by number, so a calendar knows what they weigh.
#pragma once

#include <initializer_list>

#include "core/fit/clock_times.hpp"
#include "core/fit/family.hpp"
#include "core/fit/interval.hpp"
#include "pg/base/postgres.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/cltv_model.hpp"

namespace cltv::pg {

// The family of a model of orders, with or without a calendar, for callers who know the days of the purchases.
const OrdersFamily &dated_orders_family(const StoredModel &model);

// A discounted number of purchases, the integral over 0..horizon of e^(-discount s) dE[purchases by s] with s in days,
// as a sum of the purchases expected within several times on the clock, each with its coefficient.
struct DiscountSum {
    static constexpr int nodes = 8, panels = 5, n = nodes * panels + 1;
    double times[n], coefficients[n];
};

// The first and the last day of a customer who is given by numbers as of a day; raises 22023 where these are not
// numbers of days, each with at most one purchase.
HistoryDays days_of(const Customer &customer, Day as_of);

// A model and its clock, kept for all rows of a call that have the same one.
class DatedModel {
public:
    // The model argument, and its clock between two days, both of which a calendar that ends must cover.
    static DatedModel &of_rows(FunctionCallInfo fcinfo, int argument);

    const StoredModel &model() const { return *model_; }
    // Raises an error for a model of opportunities, which has no days.
    const OrdersFamily &family() const;

    // Whether predictions can be made for the customer whose attributes are the arguments from `first` on, if the call
    // has that many: the fit did not refuse, and no number that it needs is NULL. Raises errors as CustomerAttributes
    // does, and where the model has attributes and there are no such arguments.
    bool take_customer(FunctionCallInfo fcinfo, int first);
    // The same, where arguments that are all NULL count as attributes that were left out.
    bool take_customer_or_none(FunctionCallInfo fcinfo, int first);

    // The parameters of the customer that was taken last.
    const double *parameters() const { return parameters_; }

    // Extends the clock from `first` to `horizon` days after as_of; raises 22023 where a calendar ends before.
    void reach(Day first, Day as_of, double horizon);

    // Predictions. The model must be usable, and the clock must reach far enough. NaN where no digit is left.
    double log_likelihood(const HistoryDays &days) const;  // without the weights of purchases
    double prob_alive(const HistoryDays &days) const;
    double prob_dead(const HistoryDays &days) const;
    double prob_no_purchase(const HistoryDays &days, double horizon) const;
    double expected_purchases(const HistoryDays &days, double horizon) const;
    double prob_alive_after(const HistoryDays &days, double horizon) const;
    double purchase_pmf(const HistoryDays &days, double horizon, double n) const;
    // The interval of expected_purchases from the fit's covariance. prepare_interval must come first, outside the
    // guard.
    void prepare_interval();
    ConfidenceInterval expected_purchases_interval(const HistoryDays &days, double horizon, double level,
                                                   const CustomerAttributes &attributes) const;
    // Discounted by e^(-discount) per day. prepare_discount must come first, outside the guard.
    void prepare_discount(Day as_of, double horizon, double discount);
    double discounted_purchases(const HistoryDays &days, double horizon, double discount) const;

    ClockTimes clock() const { return {begin_, n_, times_, ahead_at_most_, leave_times_}; }

    // The weight of a day.
    double weight(Day day) const { return times_ == nullptr ? 1 : weights_[day - begin_]; }

private:
    // Whether there is a clock, and customers leave by days, not by it.
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

    // The sum that was prepared last.
    Day sum_as_of_;
    double sum_horizon_, sum_discount_;
    DiscountSum *sum_;
};

}  // namespace cltv::pg
