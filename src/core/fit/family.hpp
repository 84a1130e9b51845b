// What a family of models offers to the functions that work for every family.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstring>
#include <limits>

#include "core/base/customer.hpp"
#include "core/base/draws.hpp"
#include "core/base/stop.hpp"
#include "core/fit/effects.hpp"
#include "core/fit/model.hpp"
#include "core/rows/calendar.hpp"
#include "core/rows/calendar_customers.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// One simulated customer's hidden traits; what they mean is up to the family.
struct Traits {
    double value[3];
};

// Computes the parameters of a customer from those of the model, given what the customer's attributes add to the linear
// predictors of the two sides of a form (see attribute_fit.hpp).
using Shift = void (*)(const double *p, double first, double second, double *own);

// A customer on the clock of a calendar: the times from the beginning of the first purchase's day to that of each day
// after, up to the n-th. Beyond it a day counts as 1.
struct DatedHistory {
    double frequency;
    std::uint32_t last, as_of;  // days after the first purchase
    std::uint32_t n;
    const double *times;  // of day 0, anything; n + 1 of them
    const double *leave_times = nullptr;  // the same on the clock of dropout; nullptr where that goes by days

    double time(std::uint32_t day) const { return times[day] - times[0]; }
    double leave_time(std::uint32_t day) const { return leave_times == nullptr ? day : leave_times[day] - leave_times[0]; }
};

// What models of purchases say about customers whose purchases follow a clock, and whose departures go by days or by a
// clock of their own.
struct DatedOrders {
    double (*log_likelihood)(const double *p, const DatedHistory &history);  // without the weights of purchases
    double (*log_odds_dead)(const double *p, const DatedHistory &history);
    double (*prob_no_purchase)(const double *p, const DatedHistory &history, double horizon);
    double (*expected_purchases)(const double *p, const DatedHistory &history, double horizon);
    double (*prob_alive_after)(const double *p, const DatedHistory &history, double horizon);
    double (*discounted_purchases)(const double *p, const DatedHistory &history, double horizon, double discount);
    double (*purchase_pmf)(const double *p, const DatedHistory &history, double horizon, double n);
};

// What models of purchases have in common. p: the parameters; times are in the unit of the parameters. A new customer
// is one with frequency, recency and tenure 0.
struct OrdersFamily {
    double (*log_likelihood)(const double *p, const Customer &customer) = nullptr;
    double (*prob_alive)(const double *p, const Customer &customer) = nullptr;
    double (*prob_dead)(const double *p, const Customer &customer) = nullptr;
    // P(no purchase within the horizon).
    double (*prob_no_purchase)(const double *p, const Customer &customer, double horizon) = nullptr;
    double (*expected_purchases)(const double *p, const Customer &customer, double horizon) = nullptr;
    // The integral over 0..horizon of e^(-discount s) dE[purchases by s]; discount per time unit.
    double (*discounted_purchases)(const double *p, const Customer &customer, double horizon, double discount) = nullptr;
    Traits (*draw)(const double *p, Random &random) = nullptr;
    // The time since the first purchase of repeat purchase number n >= 1, given that number n - 1 was at `now`;
    // infinity if the customer has left.
    double (*next_purchase)(const Traits &traits, double n, double now, Random &random) = nullptr;
    // P(alive still when the horizon ends).
    double (*prob_alive_after)(const double *p, const Customer &customer, double horizon) = nullptr;
    // P(exactly n purchases within the horizon).
    double (*purchase_pmf)(const double *p, const Customer &customer, double horizon, double n) = nullptr;
    Shift shift = nullptr;  // by what acts on purchases, and on dropout; nullptr without attributes, here as below
    // nullptr where customers leave only at purchases: the functions above then hold on the clock of a calendar.
    // Elsewhere the second of the traits is the time for which the customer stays.
    const DatedOrders *dated = nullptr;
    // Time is counted in opportunities to purchase, so times and horizons are whole numbers.
    bool discrete = false;
};

// What models of spend per purchase have in common.
struct SpendFamily {
    double (*log_likelihood)(const double *p, const Spend &spend) = nullptr;
    double (*population_mean)(const double *p) = nullptr;
    // For a customer with frequency 0: the population's mean, or what the first purchase says.
    double (*expected_spend)(const double *p, const Spend &spend) = nullptr;
    Traits (*draw)(const double *p, Random &random) = nullptr;
    double (*next_spend)(const Traits &traits, Random &random) = nullptr;
    Shift shift = nullptr;  // by what acts on spend
    // Amounts may be negative, and free purchases have a likelihood.
    bool any_sign = false;
};

// What models of contracts have in common: the firm sees when a customer leaves. A customer is active after a number of
// renewals; expected and discounted periods are those renewed for at the next `horizon` decisions.
struct ContractFamily {
    double (*log_likelihood)(const double *p, const Contract &contract) = nullptr;
    double (*survival)(const double *p, double periods) = nullptr;
    double (*churn)(const double *p, double renewals) = nullptr;  // at the next decision
    // Of those who had the chance to renew for a period, 1 or above, the share that did: survival(t)/survival(t - 1).
    double (*retention)(const double *p, double period) = nullptr;
    double (*expected_periods)(const double *p, double renewals, double horizon) = nullptr;
    // The next decision counts in full, the one after it divided by 1 + rate, and so on.
    double (*discounted_periods)(const double *p, double renewals, double horizon, double rate) = nullptr;
    Shift shift = nullptr;  // by what acts on churn
};

// What models of survival have in common: how long customers stay, given their attributes. A model without a
// distribution assumes none, and carries the baseline of its customers.
struct SurvivalFamily {
    int distribution;  // see survival/aft.hpp; none: -1

    bool has_baseline() const { return distribution < 0; }
};

// What models that learn a response from attributes have in common. p: the parameters before the coefficients. The
// predictors are those of the attributes with an intercept: of whether there is a response and of how large it is,
// where the model has both. Trees and nets have no coefficients and no such functions: see trees.hpp and net.hpp.
struct LearningFamily {
    double (*mean)(const double *p, double first, double second);
    // The quantile of the response; nullptr where the model does not give one.
    double (*quantile)(const double *p, double first, double second, double share);
    bool of_both;  // attributes act on purchases (whether) and on spend (how much)
    bool of_trees = false;
    bool of_net = false;
};

// The range of a parameter: a share is above 0 and below 1, a number whole and from 1 to 50, a power above 1 and below
// 2, a user's choice 0 or above.
enum class Domain { positive, real, share, number, power, choice };
constexpr double most_number = 50;

constexpr unsigned bit(ParameterState state) { return 1u << static_cast<unsigned>(state); }

struct Parameter {
    const char *name;
    Domain domain = Domain::positive;
    unsigned other_states = 0;  // bits of the states, besides estimated, at which the formulas hold
};

// A parameter of the family whose value a limit determines: 0 or infinity.
struct LimitValue {
    const char *name;
    double value;
};

// A model is of one form of its family: within the family, or at one of its limits, where formulas of their own hold
// for the remaining parameters (r and alpha where nobody leaves; a/(a + b) where everybody leaves alike). A model
// stores only their values and covariance, in this order.
struct Form {
    const char *limit = nullptr;     // "nobody leaves"; nullptr within
    const char *sentence = nullptr;  // what that says about the customers, in an analyst's words
    View<Parameter> parameters{};
    View<LimitValue> limit_values{};  // the family's parameters that are known; the others are not identified
    const OrdersFamily *orders = nullptr;  // exactly one of the five
    const SpendFamily *spend = nullptr;
    const ContractFamily *contract = nullptr;
    const SurvivalFamily *survival = nullptr;
    const LearningFamily *learning = nullptr;
    bool penalised = false;  // its parameters maximise a penalised likelihood, and have no errors

    Shift shift() const {
        return orders ? orders->shift : spend ? spend->shift : contract ? contract->shift : nullptr;
    }
};

// A family is the form within itself.
struct Family : Form {
    Kind kind{};
    const char *name = nullptr;     // as in NAME_fit
    const char *title = nullptr;    // as people write it
    const char *fitted_by = nullptr;  // the function that fits it, where that is not NAME_fit
    const char *meaning = nullptr;  // what the parameters describe
    const char *source = nullptr;   // who published it
    // Fits a sorted base of the topic's type. prior: the weight of the prior that holds what the base hardly
    // determines, 1 as documented, 0 for plain maximum likelihood. Throws Stopped.
    Fit (*fit_orders)(View<CustomerCount> base, double prior, Stop stop) = nullptr;
    Fit (*fit_spend)(View<SpendCount> base, double prior, Stop stop) = nullptr;
    // The same for customers with the days of their purchases; nullptr where there is no calendar.
    Fit (*fit_calendar)(const CalendarCustomers &customers, const Calendar &calendar, double prior, Stop stop) = nullptr;
    Fit (*fit_contract)(View<ContractCount> base, double prior, Stop stop) = nullptr;
    // What customer attributes may act on, and the fit with them; none and nullptr where the family takes no
    // attributes.
    View<Role> attributes{};
    Fit (*fit_attributes)(const FeatureSet &set, double prior, Effects effects, Stop stop) = nullptr;
    // With both a calendar and attributes; the customers of `days` are those of the set.
    Fit (*fit_calendar_attributes)(const CalendarCustomers &days, const FeatureSet &set, const Calendar &calendar, double prior,
                                   Effects effects, Stop stop) = nullptr;
    // The fit at a k from least_k to most_k; nullptr where there is no k: see regular_fit.hpp. Throws Stopped.
    Fit (*fit_regular)(View<CustomerCount> base, int least_k, int most_k, const double *log_gaps, Stop stop) = nullptr;
    bool has_prior = true;  // false: the fit ignores the weight
    // The prior that segments (each a sorted base) make, and the fit of a segment under it; nullptr where there are
    // none. See pool.hpp. Throw Stopped.
    Fit (*pool_orders)(View<View<CustomerCount>> segments, Stop stop) = nullptr;
    Fit (*fit_orders_pooled)(View<CustomerCount> base, const ModelView &prior, Stop stop) = nullptr;
    Fit (*pool_spend)(View<View<SpendCount>> segments, Stop stop) = nullptr;
    Fit (*fit_spend_pooled)(View<SpendCount> base, const ModelView &prior, Stop stop) = nullptr;
    View<Form> limits{};    // forms 1, 2, ...; stored in databases: the order stays, new ones come last

    // Whether the choice of the best family compares it. A family in opportunities counts time in another way than the
    // others; one with a number k fits many times, and hardly determines k without the gaps between purchases.
    bool is_compared() const { return !(orders != nullptr && orders->discrete) && fit_regular == nullptr; }

    bool has_attributes_of(Role role) const {
        for (const Role one : attributes)
            if (one == role) return true;
        return false;
    }

    const Form *find_form(int number) const {
        if (number == 0) return this;
        return number > 0 && static_cast<std::size_t>(number) <= limits.size ? &limits[number - 1] : nullptr;
    }
};

// What a reader of a model sees: f(name, index, value) for the family's parameters, then for those that only the form
// has. index is the place among the form's parameters, or -1 where the limit determines the value: 0, infinity or,
// where it is not identified, NaN.
template <class Function>
void for_each_parameter(const Family &family, const Form &form, Function &&f) {
    const auto place = [](const auto &list, const char *name) {
        for (std::size_t i = 0; i < list.size; ++i)
            if (std::strcmp(list[i].name, name) == 0) return static_cast<int>(i);
        return -1;
    };
    for (const Parameter &parameter : family.parameters) {
        const int index = place(form.parameters, parameter.name), known = place(form.limit_values, parameter.name);
        f(parameter.name, index, known >= 0 ? form.limit_values[known].value : std::numeric_limits<double>::quiet_NaN());
    }
    for (std::size_t i = 0; i < form.parameters.size; ++i)
        if (place(family.parameters, form.parameters[i].name) < 0)
            f(form.parameters[i].name, static_cast<int>(i), std::numeric_limits<double>::quiet_NaN());
}

// The families of orders, spend and contracts, whose functions have the same signatures.
View<const Family *> all_families();
// Any family, including those of survival and learning; nullptr where there is none.
const Family *find_family(Kind kind);
const Family *find_family(const char *name);

}  // namespace cltv
