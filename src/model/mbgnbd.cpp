#include "model/mbgnbd.hpp"

#include <cmath>

#include "model/bgnbd.hpp"
#include "model/special.hpp"
#include "model/two_term_likelihood.hpp"

namespace cltv::mbgnbd {

namespace {

// p = (r, alpha, a, b) as named in [BDF].
struct Parameters {
    explicit Parameters(const double *p) : r(p[0]), alpha(p[1]), a(p[2]), b(p[3]) {}
    double r, alpha, a, b;
};

// Those of the BG/NBD model that a customer follows after surviving the first purchase.
struct Survivor {
    explicit Survivor(const double *p) : parameters{p[0], p[1], p[2], p[3] + 1} {}
    double parameters[4];
};

const OrdersFamily &survivors() { return *bgnbd::family.orders; }

// ln of the odds that the customer has left, the ratio of the likelihood's two terms [BDF, eq. 3]:
// a/(b + x) ((alpha + T)/(alpha + t_x))^(r + x).
double log_odds_dead(const Parameters &p, const Customer &c) {
    return std::log(p.a / (p.b + c.frequency)) +
           (p.r + c.frequency) * std::log1p((c.tenure - c.recency) / (p.alpha + c.recency));
}

double prob_alive(const double *parameters, const Customer &c) {
    return 1 / (1 + std::exp(log_odds_dead(Parameters(parameters), c)));
}

double prob_dead(const double *parameters, const Customer &c) {
    return 1 / (1 + std::exp(-log_odds_dead(Parameters(parameters), c)));
}

// Departures only happen at purchases: an active customer stays away as one who never leaves.
double prob_no_purchase(const double *parameters, const Customer &c, double horizon) {
    const Parameters p(parameters);
    const double waiting = std::exp(-(p.r + c.frequency) * std::log1p(horizon / (p.alpha + c.tenure)));
    return prob_dead(parameters, c) + prob_alive(parameters, c) * waiting;
}

// A repeat purchase proves that the first one was survived. Without one the likelihood is
// 1 - b/(a + b) [1 - (alpha/(alpha + T))^r].
double log_likelihood(const double *parameters, const Customer &c) {
    const Parameters p(parameters);
    if (c.frequency == 0)
        return std::log1p(p.b / (p.a + p.b) * std::expm1(-p.r * std::log1p(c.tenure / p.alpha)));
    return survivors().log_likelihood(Survivor(parameters).parameters, c) - std::log1p(p.a / p.b);
}

// BG/NBD takes a customer without repeat purchase for active; here that is in doubt.
double survival(const double *parameters, const Customer &c) {
    return c.frequency == 0 ? prob_alive(parameters, c) : 1;
}

double expected_purchases(const double *parameters, const Customer &c, double horizon) {
    return survival(parameters, c) * survivors().expected_purchases(Survivor(parameters).parameters, c, horizon);
}

double discounted_purchases(const double *parameters, const Customer &c, double horizon, double discount) {
    return survival(parameters, c) *
           survivors().discounted_purchases(Survivor(parameters).parameters, c, horizon, discount);
}

Traits draw(const double *parameters, Random &random) { return survivors().draw(parameters, random); }

// Purchase n + 1 of BG/NBD is the one before which a customer may leave for the n-th time.
double next_purchase(const Traits &traits, double n, double now, Random &random) {
    return survivors().next_purchase(traits, n + 1, now, random);
}

double prob_alive_after(const double *parameters, const Customer &c, double horizon) {
    return survival(parameters, c) * survivors().prob_alive_after(Survivor(parameters).parameters, c, horizon);
}

double purchase_pmf(const double *parameters, const Customer &c, double horizon, double n) {
    return survival(parameters, c) * survivors().purchase_pmf(Survivor(parameters).parameters, c, horizon, n) +
           (n == 0 && c.frequency == 0 ? prob_dead(parameters, c) : 0);
}

const OrdersFamily orders = {log_likelihood, prob_alive,    prob_dead,        prob_no_purchase, expected_purchases,
                             discounted_purchases, draw,    next_purchase,    prob_alive_after, purchase_pmf};

// The likelihood's two terms [BDF, eq. 2]:
//   left:   a/(b + x) (alpha + t_x)^-(r + x),
//   stayed: (alpha + T)^-(r + x),
//   common: (r)_x alpha^r (b)_(x+1)/(a + b)_(x+1).
class Terms {
public:
    explicit Terms(const double *parameters)
        : p_(parameters), log_alpha_(std::log(p_.alpha)), rising_r_(p_.r), rising_b_(p_.b), rising_ab_(p_.a + p_.b) {}

    LogTerm common(double x) {
        rising_r_.advance(x);
        rising_b_.advance(x + 1);
        rising_ab_.advance(x + 1);
        const double to_a = -rising_ab_.first(), to_b = rising_b_.first() - rising_ab_.first();
        const double to_ab = -rising_ab_.second(), to_bb = rising_b_.second() - rising_ab_.second();
        return {rising_r_.value() + p_.r * log_alpha_ + rising_b_.value() - rising_ab_.value(),
                {rising_r_.first() + log_alpha_, p_.r / p_.alpha, to_a, to_b},
                {rising_r_.second(), 1 / p_.alpha, -p_.r / (p_.alpha * p_.alpha), 0, 0, to_ab, 0, 0, to_ab, to_bb}};
    }

    void tabulate(double x, View<double> times, TwoTermTable &table, Stop) const {
        const double m = p_.r + x, to_a = 1 / p_.a, to_b = -1 / (p_.b + x), log_ratio = std::log(p_.a / (p_.b + x));
        for (std::size_t i = 0; i < times.size; ++i) {
            const double pace = p_.alpha + times[i], log_pace = std::log(pace), inverse = 1 / pace;
            const double curved = m * inverse * inverse;
            table.stayed[i] = {-m * log_pace, {-log_pace, -m * inverse, 0, 0}, {0, -inverse, curved}};
            table.left[i] = {log_ratio - m * log_pace,
                             {-log_pace, -m * inverse, to_a, to_b},
                             {0, -inverse, curved, 0, 0, -to_a * to_a, 0, 0, 0, to_b * to_b}};
        }
    }

private:
    Parameters p_;
    double log_alpha_;
    RisingLog rising_r_, rising_b_, rising_ab_;
};

}  // namespace

const Family family = {Kind::mbgnbd, "mbgnbd", 4, {"r", "alpha", "a", "b"}, &orders, nullptr};

// The starts: many customers leave, few do, customers are much alike. Each has the mean rate of purchases of the base.
Fit fit(View<CustomerCount> base, Stop stop) {
    return fit_two_terms<Terms>(base, false, {{0.5, 0.5, 1, 2}, {1, 1, 0.5, 5}, {3, 3, 3, 3}}, stop);
}

}  // namespace cltv::mbgnbd
