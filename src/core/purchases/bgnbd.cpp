#include "core/purchases/bgnbd.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <limits>
#include <memory>

#include "core/base/random.hpp"
#include "core/base/special.hpp"
#include "core/purchases/beta_geometric.hpp"
#include "core/purchases/beta_geometric_terms.hpp"

namespace cltv::bgnbd {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// p = (r, alpha, a, b) as named in [FHL].
struct Parameters {
    explicit Parameters(const double *p) : r(p[0]), alpha(p[1]), a(p[2]), b(p[3]) {}
    double r, alpha, a, b;
};

// ln of the odds that the customer has left: the ratio of the two terms of the likelihood [FHL, eq. 4 and 7],
// a/(b + x - 1) ((alpha + T)/(alpha + t_x))^(r + x); -infinity for x = 0, where BG/NBD knows no departure.
double log_odds_dead(const Parameters &p, const Customer &c) {
    if (c.frequency == 0) return -infinity;
    return std::log(p.a / (p.b + (c.frequency - 1))) +
           (p.r + c.frequency) * std::log1p((c.tenure - c.recency) / (p.alpha + c.recency));
}

double prob_alive(const double *parameters, const Customer &c) {
    return 1 / (1 + std::exp(log_odds_dead(Parameters(parameters), c)));
}

double prob_dead(const double *parameters, const Customer &c) {
    return 1 / (1 + std::exp(-log_odds_dead(Parameters(parameters), c)));
}

// An active customer stays away for a horizon t with probability ((alpha + T)/(alpha + T + t))^(r + x): departures only
// happen at purchases.
double prob_no_purchase(const double *parameters, const Customer &c, double horizon) {
    const Parameters p(parameters);
    const double waiting = std::exp(-(p.r + c.frequency) * std::log1p(horizon / (p.alpha + c.tenure)));
    return prob_left_or_silent(prob_dead(parameters, c), prob_alive(parameters, c), waiting);
}

// ln L of one customer [FHL, eq. 6], with its four factors arranged so that no two large terms cancel.
double log_likelihood(const double *parameters, const Customer &c) {
    const Parameters p(parameters);
    const double x = c.frequency;
    return log_rising(p.r, x) - p.r * std::log1p(c.tenure / p.alpha) - x * std::log(p.alpha + c.tenure) +
           log_rising(p.b, x) - log_rising(p.a + p.b, x) + (x > 0 ? log1p_exp(log_odds_dead(p, c)) : 0.0);
}

double expected_purchases(const double *parameters, const Customer &c, double horizon) {
    const Parameters p(parameters);
    const double if_alive =
        beta_geometric::expected_purchases(p.r + c.frequency, p.a, p.b + c.frequency, horizon / (p.alpha + c.tenure));
    // Infinite however unlikely it is that the customer is active.
    return std::isinf(if_alive) ? if_alive : prob_alive(parameters, c) * if_alive;
}

double discounted_purchases(const double *parameters, const Customer &c, double horizon, double discount) {
    if (horizon == 0) return 0;
    const Parameters p(parameters);
    const double pace = p.alpha + c.tenure, kappa = discount * pace;
    if (kappa == 0) return expected_purchases(parameters, c, horizon);
    return prob_alive(parameters, c) *
           beta_geometric::discounted_purchases(p.r + c.frequency, p.a, p.b + c.frequency, horizon / pace, kappa);
}

Traits draw(const double *parameters, Random &random) {
    const Parameters p(parameters);
    const double lambda = draw_gamma(p.r, random) / p.alpha;
    return {{lambda, draw_beta(p.a, p.b, random), 0}};
}

double next_purchase(const Traits &traits, double n, double now, Random &random) {
    const double lambda = traits.value[0], leave = traits.value[1];
    // Nobody leaves at the first purchase, number 0.
    if (n > 1 && boost::random::uniform_01<double>()(random) < leave) return infinity;
    return now + boost::random::exponential_distribution<double>(1)(random) / lambda;
}

double prob_alive_after(const double *parameters, const Customer &c, double horizon) {
    const Parameters p(parameters);
    return prob_alive(parameters, c) * beta_geometric::prob_active(p.r + c.frequency, p.a, p.b + c.frequency,
                                                                   horizon / (p.alpha + c.tenure));
}

double purchase_pmf(const double *parameters, const Customer &c, double horizon, double n) {
    if (n == 0) return prob_no_purchase(parameters, c, horizon);
    const Parameters p(parameters);
    return prob_alive(parameters, c) * beta_geometric::purchase_pmf(p.r + c.frequency, p.a, p.b + c.frequency,
                                                                    horizon / (p.alpha + c.tenure), n);
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

// Only repeat purchases are chances to leave.
using Terms = BetaGeometricTerms<0>;

}  // namespace

double log_likelihood(View<CustomerCount> base, const double *parameters, double *gradient, double *hessian, Stop stop) {
    const auto table = std::make_unique<TwoTermTable>();
    const Surface<4> here = two_term_likelihood(Terms(parameters), TwoTermBase(base, stop), *table, stop);
    Eigen::Map<Eigen::Vector4d>{gradient} = here.gradient;
    Eigen::Map<Eigen::Matrix4d>{hessian} = here.hessian;
    return here.value;
}

const Family family = [] {
    Family f;
    f.kind = Kind::bgnbd;
    f.name = "bgnbd";
    f.title = "BG/NBD";
    f.parameters = view_of(parameters);
    f.orders = &orders;
    return f;
}();

// The starts: many customers leave, few do, customers are much alike. Each has the mean rate of purchases of the base.
Fit fit(View<CustomerCount> base, Stop stop) {
    return fit_two_terms<Terms>(base, false, {{0.5, 0.5, 1, 2}, {1, 1, 0.5, 5}, {3, 3, 3, 3}}, stop);
}

}  // namespace cltv::bgnbd
