// The revenue to come, from known customers and from those still to be won.
//
// Existing customers: the sum of E[purchases in the period] times E[spend per purchase]. New ones: the sum over the
// weeks ahead of the customers expected to be won, each with a first purchase and repeat purchases by the model of
// orders, E X(t - s) by day t for a customer who came on day s: the convolution of D. M. McCarthy, P. S. Fader:
// Customer-Based Corporate Valuation for Publicly Traded Noncontractual Firms, J. Marketing Research 55 (2018) 617-635.
//
// The variance of a total has these parts, treated as independent: the parameters of the model of orders, by the delta
// method, which act on both kinds of customers alike; the mean of spend, which is common to all; each customer's
// purchases about their expectation, from their distribution, and what each purchase brings; the number of customers
// won, which scatters from week to week; and its level, which is known up to now and wanders from then on. The total is
// normal where purchases may bring losses; otherwise it is 0 if nobody buys, and gamma distributed if somebody does.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/clock_times.hpp"
#include "core/fit/family.hpp"
#include "core/forecast/patterns.hpp"
#include "core/rows/calendar.hpp"

namespace cltv {

// A customer by day numbers; NaN where the value of the purchases is unknown. pattern: that of the attributes.
struct KnownCustomer {
    double frequency, recency, tenure, monetary_value, first_value;
    int pattern = 0;
};

struct RevenueQuestion {
    Day as_of;
    std::vector<double> ends;     // of the periods, in days after as_of: whole numbers, each above the one before
    std::vector<double> weights;  // of the periods in one sum; empty: each period is a row
    double cost;                  // of a new customer, taken off what they bring
    double net;                   // what is left of revenue after refunds, as a share
    double level;                 // of the intervals
    DayRange clock;               // as AheadOnClock wants it
    bool losses = true;           // a purchase may bring less than nothing, such as a profit
};

struct RevenueAhead {
    double existing_customers;  // still alive when the period ends
    double new_customers;       // won in the period
    double existing_purchases, new_purchases;
    double existing_revenue, new_revenue, revenue;
    double lower, upper;
    double weighted_new_customers;  // new customers times the weights of their periods
};

// A row for each period, or one row of them all where they have weights. spend may be nullptr: customers then spend the
// mean over all of them. A design is that of a model with attributes, whose customers have patterns; new customers have
// those of the last year. Numbers that cannot be determined are NaN: all of them without whole weeks, the bounds
// without a covariance. Throws Stopped.
struct RevenueModels {
    const OrdersFamily &orders;
    ModelView model;
    const SpendFamily *spend = nullptr;
    const double *spend_parameters = nullptr;
    const Design *design = nullptr, *spend_design = nullptr;
    int n_form = 0, n_spend_form = 0;  // parameters before those of the design
};
std::vector<RevenueAhead> revenue_ahead(const RevenueModels &models, std::vector<KnownCustomer> customers, const std::vector<Pattern> &patterns,
                                        const RevenueQuestion &question, Stop stop);

// New customers in each whole week up to as_of, the newest last.
std::vector<double> weekly_newcomers(const std::vector<KnownCustomer> &customers);

}  // namespace cltv
