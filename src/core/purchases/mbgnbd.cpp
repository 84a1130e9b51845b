#include "core/purchases/mbgnbd.hpp"

#include <cmath>

#include "core/base/special.hpp"
#include "core/purchases/beta_geometric_terms.hpp"
#include "core/purchases/bgnbd.hpp"

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

// The first purchase is a chance to leave, too.
using Terms = BetaGeometricTerms<1>;

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
    return prob_left_or_silent(prob_dead(parameters, c), prob_alive(parameters, c), waiting);
}

// A repeat purchase proves that the first one was survived. Without one the likelihood is (a + b S)/(a + b) with
// S = (alpha/(alpha + T))^r, the probability to buy nothing if active.
double log_likelihood(const double *parameters, const Customer &c) {
    const Parameters p(parameters);
    if (c.frequency == 0) {
        const double log_silent = -p.r * std::log1p(c.tenure / p.alpha);
        const double purchase = p.b / (p.a + p.b) * -std::expm1(log_silent);
        return purchase < 0.5 ? std::log1p(-purchase)
                              : std::log((p.a + p.b * std::exp(log_silent)) / (p.a + p.b));
    }
    return survivors().log_likelihood(Survivor(parameters).parameters, c) - std::log1p(p.a / p.b);
}

// BG/NBD takes a customer without repeat purchase for active; here that is in doubt.
double survival(const double *parameters, const Customer &c) {
    return c.frequency == 0 ? prob_alive(parameters, c) : 1;
}

double expected_purchases(const double *parameters, const Customer &c, double horizon) {
    const double if_survived = survivors().expected_purchases(Survivor(parameters).parameters, c, horizon);
    // Infinite however unlikely it is that the customer survived.
    return std::isinf(if_survived) ? if_survived : survival(parameters, c) * if_survived;
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
    if (n == 0) return prob_no_purchase(parameters, c, horizon);
    return survival(parameters, c) * survivors().purchase_pmf(Survivor(parameters).parameters, c, horizon, n);
}

constexpr OrdersFamily orders = [] {
    OrdersFamily f;
    f.log_likelihood = log_likelihood;
    f.prob_alive = prob_alive;
    f.prob_dead = prob_dead;
    f.prob_no_purchase = prob_no_purchase;
    f.expected_purchases = expected_purchases;
    f.discounted_purchases = discounted_purchases;
    f.draw = draw;
    f.next_purchase = next_purchase;
    f.prob_alive_after = prob_alive_after;
    f.purchase_pmf = purchase_pmf;
    return f;
}();

constexpr Parameter parameters[] = {{"r"}, {"alpha"}, {"a"}, {"b"}};

}  // namespace

const Family family = [] {
    Family f;
    f.kind = Kind::mbgnbd;
    f.name = "mbgnbd";
    f.title = "MBG/NBD";
    f.parameters = view_of(parameters);
    f.orders = &orders;
    return f;
}();

// The starts: many customers leave, few do, customers are much alike. Each has the mean rate of purchases of the base.
Fit fit(View<CustomerCount> base, Stop stop) {
    return fit_two_terms<Terms>(base, false, {{0.5, 0.5, 1, 2}, {1, 1, 0.5, 5}, {3, 3, 3, 3}}, stop);
}

}  // namespace cltv::mbgnbd
