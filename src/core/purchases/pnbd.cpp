#include "core/purchases/pnbd.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <cmath>
#include <limits>

#include "core/base/gauss_panels.hpp"
#include "core/base/logit_beta.hpp"
#include "core/base/random.hpp"
#include "core/base/special.hpp"
#include "core/purchases/discounting.hpp"
#include "core/purchases/two_term_likelihood.hpp"

namespace cltv::pnbd {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// p = (r, alpha, s, beta) as named in [FH].
struct Parameters {
    explicit Parameters(const double *p) : r(p[0]), alpha(p[1]), s(p[2]), beta(p[3]) {}
    double r, alpha, s, beta;
};

// The probability that a customer with lambda ~ Gamma(m, rate A) and mu ~ Gamma(s, rate B) leaves within h, and before
// the next purchase:
//     s times the integral over 0..h of (1 + t/A)^-m (1 + t/B)^-s dt/(B + t),
// which is what A_0 in [FH, eq. 16] stands for. h may be infinite.
//
// In w = ln(1 + t/c), c = min(A, B), d = max(A, B), the integrand is e^((p - m - s) w) D^-p, where
// D = (d + t)/d = 1 - c/d + (c/d) e^w and p = m if B <= A, else p = s + 1 with a further factor c/d: smooth through
// A = B, concave in its logarithm, and without a singularity closer to the real line than i pi. So a few panels do, and
// all that is added up is positive.
double prob_leaves_first(double m, double s, double A, double B, double h) {
    // Beyond, e^w overflows; 1 - c/d is nothing beside it.
    constexpr double far = 700;
    const bool leaves_fast = B <= A;
    const double c = leaves_fast ? B : A, d = leaves_fast ? A : B;
    const double p = leaves_fast ? m : s + 1, power = leaves_fast ? -s : 1 - m;
    const double share = c / d, rest = (d - c) / d, turn = std::log(rest / share);

    auto growth = [&](double w) { return share * std::exp(std::fmin(w, far)); };
    const double integral = log_concave_integral(
        [&](double w) { return power * w - p * (std::log(rest + growth(w)) + std::fmax(w - far, 0)); },
        [&](double w) { return power - p * (1 - rest / (rest + growth(w))); }, 0, std::log1p(h / c),
        [&](double w) { return std::fmax(2.0, w - turn); });
    return s * (leaves_fast ? 1 : share) * integral;
}

// The probability that such a customer makes n >= 1 purchases within h, and then leaves or not:
//     P(N(h) = n) (1 + h/B)^-s + s times the integral over 0..h of P(N(t) = n) (1 + t/B)^-s dt/(B + t)
// with the negative binomial P(N(t) = n) = (m)_n/n! (1 + A/t)^-n (1 + t/A)^-m. The integrand is concave in its
// logarithm as a function of v = ln t, and rises up to the root of a quadratic equation.
double prob_purchases(double m, double s, double A, double B, double h, double n) {
    // P(N(t) = n) is 1/n times the density of the odds t/A under Beta(n, m).
    const LogitBeta odds(n, m);
    const double log_n = std::log(n), log_B = std::log(B), log_top = std::log(A) + odds.top();
    auto log_pmf = [&](double v) { return odds.log_density(v - log_top) - log_n; };
    auto f = [&](double v) {
        const double u = v - log_B;
        return log_pmf(v) + (u < 0 ? u : -s * u) - (1 + s) * std::log1p(std::exp(-std::fabs(u)));
    };
    auto slope = [&](double v) {
        const double x = std::exp(v) / A, y = std::exp(v) / B;
        return n / (1 + x) - m / (1 + 1 / x) + 1 / (1 + y) - s / (1 + 1 / y);
    };
    // Its root, in units of the greater of A and B.
    const double unit = std::fmax(A, B), a = A / unit, b = B / unit, square = (m + s) * (n + 1) * a * b;
    const double q = (n - s) * a + (1 - m) * b, root = std::hypot(q, 2 * std::sqrt(square));
    const double top = q > 0 ? (q + root) / (2 * (m + s)) : 2 * (n + 1) * a * b / (root - q);

    const double first = std::log(std::fmin(A, B)), last = std::log(unit), end = std::log(h);
    const double start = std::fmin(std::log(top) + last, end);
    // Around the top the integrand may go like t^(n+1) e^-(t/scale) or e^-(scale/t), which is doubly exponential in v.
    const double early = std::fmin(first, start), late = std::fmax(last, start);
    const double leaves =
        log_concave_integral(f, slope, start, -infinity, [&](double v) { return std::fmax(1.0, early - v); }) +
        log_concave_integral(f, slope, start, end, [&](double v) { return std::fmax(1.0, v - late); });
    const double stays = std::isinf(h) ? 0 : std::exp(log_pmf(end) - s * std::log1p(h / B));
    return stays + s * leaves;
}

// ln of the odds that the customer has left [FH, eq. 18].
double log_odds_dead(const Parameters &p, const Customer &c) {
    const double m = p.r + c.frequency, A = p.alpha + c.recency, B = p.beta + c.recency, silence = c.tenure - c.recency;
    if (silence == 0) return -infinity;
    return m * std::log1p(silence / A) + p.s * std::log1p(silence / B) +
           std::log(prob_leaves_first(m, p.s, A, B, silence));
}

double prob_alive(const double *parameters, const Customer &c) {
    return 1 / (1 + std::exp(log_odds_dead(Parameters(parameters), c)));
}

double prob_dead(const double *parameters, const Customer &c) {
    return 1 / (1 + std::exp(-log_odds_dead(Parameters(parameters), c)));
}

// An active customer makes no purchase within the horizon by waiting so long, or by leaving first.
double prob_no_purchase(const double *parameters, const Customer &c, double horizon) {
    const Parameters p(parameters);
    const double m = p.r + c.frequency, A = p.alpha + c.tenure, B = p.beta + c.tenure;
    const double waiting = std::exp(-m * std::log1p(horizon / A) - p.s * std::log1p(horizon / B));
    const double silent = waiting + prob_leaves_first(m, p.s, A, B, horizon);
    return prob_left_or_silent(prob_dead(parameters, c), prob_alive(parameters, c), silent);
}

// ln L of one customer [FH, eq. 15], its factors arranged so that no two large terms cancel. Without a repeat purchase
// it is ln(1 - P(purchase before T, and before leaving)): the two processes of purchases and departures exchanged.
double log_likelihood(const double *parameters, const Customer &c) {
    const Parameters p(parameters);
    const double x = c.frequency;
    if (x == 0) {
        const double purchase = prob_leaves_first(p.s, p.r, p.beta, p.alpha, c.tenure);
        if (purchase < 0.5) return std::log1p(-purchase);
    }
    return log_rising(p.r, x) - p.r * std::log1p(c.tenure / p.alpha) - x * std::log(p.alpha + c.tenure) -
           p.s * std::log1p(c.tenure / p.beta) + log1p_exp(log_odds_dead(p, c));
}

// prob_alive times something positive, possibly infinite.
double if_alive(const double *parameters, const Customer &c, double purchases) {
    return std::isinf(purchases) ? infinity : prob_alive(parameters, c) * purchases;
}

// An active customer buys at the mean rate m/(alpha + T), reduced s units ahead by the mean of e^(-mu s), which is
// (1 + s/(beta + T))^-s [FH, eq. 22]. Its integral is smooth through s = 1.
double expected_purchases(const double *parameters, const Customer &c, double horizon) {
    const Parameters p(parameters);
    const double pace = p.beta + c.tenure, v = std::log1p(horizon / pace);
    const double time = horizon == 0 ? 0 : p.s == 1 ? v : -std::expm1((1 - p.s) * v) / (p.s - 1);
    return if_alive(parameters, c, (p.r + c.frequency) / (p.alpha + c.tenure) * pace * time);
}

// P. S. Fader, B. G. S. Hardie, K. L. Lee: RFM and CLV, J. Marketing Research 42 (2005) 415-430, eq. 2, as an integral.
double discounted_purchases(const double *parameters, const Customer &c, double horizon, double discount) {
    if (horizon == 0) return 0;
    if (discount == 0) return expected_purchases(parameters, c, horizon);
    const Parameters p(parameters);
    const double pace = p.beta + c.tenure;
    const double time = discounted_integral([&](double s) { return std::exp(-p.s * std::log1p(s / pace)); },
                                            (p.s + 1) / pace, horizon, discount);
    return if_alive(parameters, c, (p.r + c.frequency) / (p.alpha + c.tenure) * time);
}

// The rate of purchases and the time that the customer stays.
Traits draw(const double *parameters, Random &random) {
    const Parameters p(parameters);
    const double lambda = draw_gamma(p.r, random) / p.alpha, mu = draw_gamma(p.s, random) / p.beta;
    return {{lambda, boost::random::exponential_distribution<double>(1)(random) / mu, 0}};
}

double next_purchase(const Traits &traits, double, double now, Random &random) {
    const double lambda = traits.value[0], stay = traits.value[1];
    const double next = now + boost::random::exponential_distribution<double>(1)(random) / lambda;
    return next <= stay ? next : infinity;
}

double prob_alive_after(const double *parameters, const Customer &c, double horizon) {
    const Parameters p(parameters);
    return prob_alive(parameters, c) * std::exp(-p.s * std::log1p(horizon / (p.beta + c.tenure)));
}

double purchase_pmf(const double *parameters, const Customer &c, double horizon, double n) {
    if (n == 0) return prob_no_purchase(parameters, c, horizon);
    if (horizon == 0) return 0;
    const Parameters p(parameters);
    return prob_alive(parameters, c) *
           as_probability(prob_purchases(p.r + c.frequency, p.s, p.alpha + c.tenure, p.beta + c.tenure, horizon, n));
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

constexpr Parameter parameters[] = {{"r"}, {"alpha"}, {"s"}, {"beta"}};

// A time t with what the integrands there are made of: A = ln(alpha + t), a = 1/(alpha + t), B and b likewise.
struct Instant {
    Instant(const Parameters &p, double t)
        : t(t), A(std::log(p.alpha + t)), a(1 / (p.alpha + t)), B(std::log(p.beta + t)), b(1 / (p.beta + t)) {}
    double t, A, a, B, b;
};

// Moments of (A, a, B, b), as differences from those of an instant, under a density that is not normalised.
struct Moments {
    double mass = 0, first[4] = {}, second[10] = {};

    void add(double weight, const double *difference) {
        mass += weight;
        for (int i = 0, k = 0; i < 4; ++i) {
            const double weighted = weight * difference[i];
            first[i] += weighted;
            for (int j = 0; j <= i; ++j, ++k) second[k] += weighted * difference[j];
        }
    }
};

// ln of the integral of factor (alpha + t)^-m (beta + t)^-n, whose moments over its range are given as differences from
// `here` and whose value there is e^reference. The derivatives of ln of an integral of e^f are the mean of grad f and
// the mean of f's Hessian plus the covariance of grad f; here grad f = (-A, -m a, -B, -n b) but for those of the
// factor.
LogTerm log_integral_of(const Moments &moments, const Instant &here, double reference, double m, double n) {
    const double unit = 1 / moments.mass, scale[4] = {-1, -m, -1, -n}, at[4] = {here.A, here.a, here.B, here.b};
    double mean[4];
    LogTerm term;
    term.value = reference + std::log(moments.mass);
    for (int i = 0, k = 0; i < 4; ++i) {
        mean[i] = unit * moments.first[i];
        term.gradient[i] = scale[i] * (at[i] + mean[i]);
        for (int j = 0; j <= i; ++j, ++k)
            term.hessian[k] = scale[i] * scale[j] * (unit * moments.second[k] - mean[i] * mean[j]);
    }
    const double square_a = unit * moments.second[2] + (2 * mean[1] + here.a) * here.a;
    const double square_b = unit * moments.second[9] + (2 * mean[3] + here.b) * here.b;
    term.hessian[1] -= here.a + mean[1];
    term.hessian[2] += m * square_a;
    term.hessian[8] -= here.b + mean[3];
    term.hessian[9] += n * square_b;
    return term;
}

// The likelihood [FH, eq. 14] is, but for common = (r)_x alpha^r beta^s and with m = r + x,
//     (alpha + T)^-m (beta + T)^-s + s times the integral over t_x..T of (alpha + t)^-m (beta + t)^-(s+1) dt.
// Partial integration from T to any later time E splits it into a term of t_x and one of T without a difference:
//     left(t_x) = s times the integral over t_x..E of (alpha + t)^-m (beta + t)^-(s+1) dt,
//     stayed(T) = (alpha + E)^-m (beta + E)^-s + m times the integral over T..E of (alpha + t)^-(m+1) (beta + t)^-s dt.
// E is the last of a block's times, and each integral goes on from that of the next later time.
class Terms {
public:
    explicit Terms(const double *parameters)
        : p_(parameters), log_alpha_(std::log(p_.alpha)), log_beta_(std::log(p_.beta)), rising_r_(p_.r) {}

    LogTerm common(double x) {
        rising_r_.advance(x);
        const double a = 1 / p_.alpha, b = 1 / p_.beta;
        return {rising_r_.value() + p_.r * log_alpha_ + p_.s * log_beta_,
                {rising_r_.first() + log_alpha_, p_.r * a, log_beta_, p_.s * b},
                {rising_r_.second(), a, -p_.r * a * a, 0, 0, 0, 0, 0, b, -p_.s * b * b}};
    }

    void tabulate(double x, View<double> times, TwoTermTable &table, Stop stop) const {
        constexpr std::size_t times_between_polls = 256;
        const double m = p_.r + x;
        const std::size_t last = times.size - 1;
        const Instant end(p_, times[last]);
        table.left[last] = LogTerm::zero();
        table.stayed[last] = {-m * end.A - p_.s * end.B,
                              {-end.A, -m * end.a, -end.B, -p_.s * end.b},
                              {0, -end.a, m * end.a * end.a, 0, 0, 0, 0, 0, -end.b, p_.s * end.b * end.b}};
        for (std::size_t i = last; i-- > 0;) {
            if (i % times_between_polls == 0) poll(stop);
            add_interval(m, times[i], times[i + 1], table.left[i], table.stayed[i]);
            table.left[i] = table.left[i] + table.left[i + 1];
            table.stayed[i] = table.stayed[i] + table.stayed[i + 1];
        }
    }

private:
    // The two integrals over begin..end.
    void add_interval(double m, double begin, double end, LogTerm &left, LogTerm &stayed) const {
        constexpr double negligible = 1e-18;
        const Instant here(p_, begin);
        Moments leaving, buying;
        for (double from = begin; from < end;) {
            const double a = 1 / (p_.alpha + from), b = 1 / (p_.beta + from);
            // Rules of n nodes are good to 13 digits where the integrand's logarithm, and n powers of the time, change
            // by no more than this: a power's derivative of order 2n is what they miss.
            constexpr double reach_3 = 0.06, reach_7 = 2, reach_10 = 5.5;
            const double steepness = m * a + (p_.s + 1) * b, power = std::fmax(a, b);
            const double rest = end - from, most = reach_10 / (steepness + 10 * power);
            const double length = std::fmin(rest, most), mass_before = leaving.mass;
            auto node = [&](double t, double weight) {
                const double later = t - begin, node_a = 1 / (p_.alpha + t), node_b = 1 / (p_.beta + t);
                const double difference[4] = {std::log1p(later * here.a), -later * here.a * node_a,
                                              std::log1p(later * here.b), -later * here.b * node_b};
                const double silent = weight * std::exp(-m * difference[0] - p_.s * difference[2]);
                leaving.add(silent * p_.s * node_b, difference);
                buying.add(silent * m * node_a, difference);
            };
            if (length * (steepness + 3 * power) <= reach_3)
                gauss_panel<3>(from, length, node);
            else if (length * (steepness + 7 * power) <= reach_7)
                gauss_panel<7>(from, length, node);
            else
                gauss_panel<10>(from, length, node);
            from = rest > length * (1 + 1e-12) ? from + length : end;
            if (leaving.mass - mass_before <= negligible * leaving.mass) break;
        }
        const double reference = -m * here.A - p_.s * here.B;
        left = log_integral_of(leaving, here, reference, m, p_.s + 1);
        left.gradient[2] += 1 / p_.s;
        left.hessian[5] -= 1 / (p_.s * p_.s);
        stayed = log_integral_of(buying, here, reference, m + 1, p_.s);
        stayed.gradient[0] += 1 / m;
        stayed.hessian[0] -= 1 / (m * m);
    }

    Parameters p_;
    double log_alpha_, log_beta_;
    RisingLog rising_r_;
};

}  // namespace

const Family family = [] {
    Family f;
    f.kind = Kind::pnbd;
    f.name = "pnbd";
    f.title = "Pareto/NBD";
    f.parameters = view_of(parameters);
    f.orders = &orders;
    return f;
}();

// The starts: many customers leave soon, few do, customers are much alike. Each has the mean rate of purchases of the
// base.
Fit fit(View<CustomerCount> base, Stop stop) {
    return fit_two_terms<Terms>(base, true, {{0.5, 0.5, 0.5, 0.5}, {1, 1, 0.5, 2}, {3, 3, 3, 3}}, stop);
}

}  // namespace cltv::pnbd
