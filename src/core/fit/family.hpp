// What a family of models offers to the functions that work for every family.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>

#include "core/base/customer.hpp"
#include "core/base/random.hpp"
#include "core/fit/model.hpp"

namespace cltv {

// One simulated customer's hidden traits; what they mean is the family's business.
struct Traits {
    double value[3];
};

// What models of purchases have in common. p: the parameters; times in the unit of the parameters. A new customer is
// one with frequency, recency and tenure 0.
struct OrdersFamily {
    double (*log_likelihood)(const double *p, const Customer &customer);
    double (*prob_alive)(const double *p, const Customer &customer);
    double (*prob_dead)(const double *p, const Customer &customer);
    // P(no purchase within the horizon).
    double (*prob_no_purchase)(const double *p, const Customer &customer, double horizon);
    double (*expected_purchases)(const double *p, const Customer &customer, double horizon);
    // The integral over 0..horizon of e^(-discount s) dE[purchases by s]; discount per time unit.
    double (*discounted_purchases)(const double *p, const Customer &customer, double horizon, double discount);
    Traits (*draw)(const double *p, Random &random);
    // The time since the first purchase of the repeat purchase number n >= 1, given that number n - 1 was at `now`;
    // infinity when the customer has gone.
    double (*next_purchase)(const Traits &traits, double n, double now, Random &random);
    // P(alive still when the horizon ends).
    double (*prob_alive_after)(const double *p, const Customer &customer, double horizon);
    // P(exactly n purchases within the horizon).
    double (*purchase_pmf)(const double *p, const Customer &customer, double horizon, double n);
    // Time is counted in opportunities to purchase, which are whole numbers as horizons are.
    bool discrete = false;
};

// What models of spend per purchase have in common.
struct SpendFamily {
    double (*log_likelihood)(const double *p, const Spend &spend);
    double (*population_mean)(const double *p);
    double (*expected_spend)(const double *p, const Spend &spend);
    Traits (*draw)(const double *p, Random &random);
    double (*next_spend)(const Traits &traits, Random &random);
};

// What models of contracts have in common, which customers end before the eyes of the firm. A customer is active after
// so many renewals; expected and discounted periods are those renewed for at the next `horizon` decisions.
struct ContractFamily {
    double (*log_likelihood)(const double *p, const Contract &contract);
    double (*survival)(const double *p, double periods);
    double (*churn)(const double *p, double renewals);  // at the next decision
    double (*expected_periods)(const double *p, double renewals, double horizon);
    // The next decision counts in full, the one after it divided by 1 + rate, and so on.
    double (*discounted_periods)(const double *p, double renewals, double horizon, double rate);
};

struct Family {
    Kind kind;
    const char *name;
    int n_parameters;
    const char *parameter_names[max_parameters];
    const OrdersFamily *orders;  // exactly one of the three
    const SpendFamily *spend;
    const ContractFamily *contract = nullptr;
};

// The list of families; nullptr where there is none.
View<const Family *const> all_families();
const Family *find_family(Kind kind);
const Family *find_family(const char *name);

}  // namespace cltv
