#include "model/bgnbd.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <limits>

#include "model/beta_geometric.hpp"
#include "model/draws.hpp"
#include "model/maximum_likelihood.hpp"
#include "model/special.hpp"

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
    return prob_dead(parameters, c) + prob_alive(parameters, c) * waiting;
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
    const Parameters p(parameters);
    return prob_alive(parameters, c) * beta_geometric::purchase_pmf(p.r + c.frequency, p.a, p.b + c.frequency,
                                                                    horizon / (p.alpha + c.tenure), n) +
           (n == 0 ? prob_dead(parameters, c) : 0);
}

const OrdersFamily orders = {log_likelihood, prob_alive,    prob_dead,        prob_no_purchase, expected_purchases,
                             discounted_purchases, draw,    next_purchase,    prob_alive_after, purchase_pmf};

// Sums over the customers of one frequency x, whose likelihoods are e^u1 + e^u2 (alive, dead) up to common factors:
//   u1 = -(r + x) ln(alpha + T),  u2 = ln(a/(b + x - 1)) - (r + x) ln(alpha + t_x).
// The derivatives of ln(e^u1 + e^u2) are those of u1 and u2 averaged with the weights 1 - w and w, w = P(dead), plus, in
// the second order, w(1 - w) times the outer product of d = grad(u2 - u1) = (lambda, delta, 1/a, -1/(b + x - 1)).
struct FrequencySums {
    double count = 0;
    double value = 0;                                           // ln(e^u1 + e^u2)
    double log_T = 0;                                           // ln(alpha + T)
    double inverse = 0, inverse2 = 0;                           // averages of 1/(alpha + t) and of its square
    double dead = 0, dead_lambda = 0;                           // w and w lambda
    double v = 0, v_l = 0, v_ll = 0, v_d = 0, v_ld = 0, v_dd = 0;  // w(1 - w) times 1, lambda, lambda^2, delta, ...

    void add(const Parameters &p, const CustomerCount *first, const CustomerCount *last);
};

void FrequencySums::add(const Parameters &p, const CustomerCount *first, const CustomerCount *last) {
    const double x = first->customer.frequency, m = p.r + x;
    const double log_ratio = x > 0 ? std::log(p.a / (p.b + x - 1)) : -infinity;
    for (const CustomerCount *row = first; row != last; ++row) {
        const double n = row->count, T = p.alpha + row->customer.tenure, inverse_T = 1 / T, ln_T = std::log(T);
        count += n;
        log_T += n * ln_T;
        value -= n * m * ln_T;
        inverse += n * inverse_T;
        inverse2 += n * inverse_T * inverse_T;
        if (x == 0) continue;

        const double inverse_t = 1 / (p.alpha + row->customer.recency);
        const double lambda = std::log1p((row->customer.tenure - row->customer.recency) * inverse_t);
        const double delta = m * (inverse_T - inverse_t);
        const double log_odds = log_ratio + m * lambda, odds = std::exp(log_odds);
        const bool certain = odds > 1e300;
        const double w = certain ? 1 : odds / (1 + odds);
        const double nw = n * w, weight = certain ? 0 : nw / (1 + odds);
        value += n * (certain ? log_odds : std::log1p(odds));
        inverse += nw * (inverse_t - inverse_T);
        inverse2 += nw * (inverse_t - inverse_T) * (inverse_t + inverse_T);
        dead += nw;
        dead_lambda += nw * lambda;
        v += weight;
        v_l += weight * lambda;
        v_ll += weight * lambda * lambda;
        v_d += weight * delta;
        v_ld += weight * lambda * delta;
        v_dd += weight * delta * delta;
    }
}

// Log-likelihood, gradient and Hessian over a base sorted by frequency.
Surface<4> surface(const Eigen::Vector4d &theta, View<CustomerCount> base, Stop stop) {
    enum { r, alpha, a, b };
    constexpr std::ptrdiff_t rows_between_polls = 4096;
    const Parameters p(theta.data());
    const double log_alpha = std::log(p.alpha);
    RisingLog rising_r(p.r), rising_b(p.b), rising_ab(p.a + p.b);
    Surface<4> total{0, Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
    Eigen::Vector4d &g = total.gradient;
    Eigen::Matrix4d &H = total.hessian;

    for (const CustomerCount *first = base.begin(); first != base.end();) {
        const double x = first->customer.frequency, m = p.r + x;
        FrequencySums s;
        while (first != base.end() && first->customer.frequency == x) {
            poll(stop);
            const CustomerCount *limit = first + std::min(rows_between_polls, base.end() - first);
            const CustomerCount *last = first;
            while (last != limit && last->customer.frequency == x) ++last;
            s.add(p, first, last);
            first = last;
        }
        rising_r.advance(x);
        rising_b.advance(x);
        rising_ab.advance(x);

        const double n = s.count, to_a = 1 / p.a, to_b = x > 0 ? -1 / (p.b + x - 1) : 0;
        total.value += s.value + n * (rising_r.value() + p.r * log_alpha + rising_b.value() - rising_ab.value());
        g(r) += n * (rising_r.first() + log_alpha) - s.log_T + s.dead_lambda;
        g(alpha) += n * p.r / p.alpha - m * s.inverse;
        g(a) += s.dead * to_a - n * rising_ab.first();
        g(b) += s.dead * to_b + n * (rising_b.first() - rising_ab.first());

        H(r, r) += n * rising_r.second() + s.v_ll;
        H(alpha, r) += n / p.alpha - s.inverse + s.v_ld;
        H(alpha, alpha) += m * s.inverse2 - n * p.r / (p.alpha * p.alpha) + s.v_dd;
        H(a, r) += s.v_l * to_a;
        H(b, r) += s.v_l * to_b;
        H(a, alpha) += s.v_d * to_a;
        H(b, alpha) += s.v_d * to_b;
        H(a, a) += (s.v - s.dead) * to_a * to_a - n * rising_ab.second();
        H(b, a) += s.v * to_a * to_b - n * rising_ab.second();
        H(b, b) += (s.v + s.dead) * to_b * to_b + n * (rising_b.second() - rising_ab.second());
    }
    H = H.selfadjointView<Eigen::Lower>();
    return total;
}

}  // namespace

double log_likelihood(View<CustomerCount> base, const double *parameters, double *gradient, double *hessian,
                      Stop stop) {
    const Surface<4> here = surface(Eigen::Map<const Eigen::Vector4d>(parameters), base, stop);
    Eigen::Map<Eigen::Vector4d>{gradient} = here.gradient;
    Eigen::Map<Eigen::Matrix4d>{hessian} = here.hessian;
    return here.value;
}

const Family family = {Kind::bgnbd, "bgnbd", 4, {"r", "alpha", "a", "b"}, &orders, nullptr};

Fit fit(View<CustomerCount> base, Stop stop) {
    double customers = 0, purchases = 0, time = 0;
    for (const CustomerCount &row : base) {
        customers += row.count;
        purchases += row.count * row.customer.frequency;
        time += row.count * row.customer.tenure;
    }
    if (customers < min_customers) return refused(Status::too_few_customers, customers);
    if (purchases == 0) return refused(Status::no_repeat_purchases, customers);
    if (base.size == 1) return refused(Status::identical_customers, customers);

    // Times are measured in mean tenures, so that the search does not depend on their unit. Starts: many customers
    // leave, few do, customers are much alike; each has the mean rate of purchases of the base.
    const Eigen::Vector4d scale(1, time / customers, 1, 1);
    const double rate = purchases / customers;
    return maximum_likelihood<4>([&](const Eigen::Vector4d &theta) { return surface(theta, base, stop); }, scale,
                                 customers,
                                 {Eigen::Vector4d(0.5, 0.5 / rate, 1, 2), Eigen::Vector4d(1, 1 / rate, 0.5, 5),
                                  Eigen::Vector4d(3, 3 / rate, 3, 3)});
}

}  // namespace cltv::bgnbd
