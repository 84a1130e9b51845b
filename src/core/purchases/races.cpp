#include "core/purchases/races.hpp"

#include <cmath>
#include <limits>

#include "core/base/gauss_panels.hpp"
#include "core/base/logit_beta.hpp"
#include "core/base/special.hpp"

namespace cltv {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The integral over 0..h of (1 + t/scale)^-power e^(-rate t) dt/scale. In w = ln(1 + t/scale) the integrand is e^((1 -
// power) w - rate scale (e^w - 1)): log-concave, and an entire function of w whose size a quarter of a turn off the
// real line changes no faster than e^w does on it.
double damped_power_integral(double power, double scale, double rate, double h) {
    const double y = rate * scale, turn = -std::log(y);
    return log_concave_integral([&](double w) { return (1 - power) * w - y * std::expm1(w); },
                                [&](double w) { return (1 - power) - y * std::exp(w); }, 0, std::log1p(h / scale),
                                [&](double w) { return std::fmax(1.0, turn - w); });
}

// The integral of e^f over the logarithm v of the time, up to `end`: f is concave with the slope given. It may bend
// within one unit between `early` and `late`; outside of these it behaves like a power of the time or its exponential.
// v is counted from where n purchases are likeliest, because f is as steep as n there and beyond: the rounding of a
// logarithm of days or years would cost n times its last digit, that of a distance costs only in proportion to the
// distance.
template <class LogIntegrand, class Slope>
double integral_over_log_time(const LogIntegrand &f, const Slope &slope, double top, double early, double late,
                              double end) {
    const double start = std::fmin(top, end);
    early = std::fmin(early, start);
    late = std::fmax(late, start);
    return log_concave_integral(f, slope, start, -infinity, [&](double v) { return std::fmax(1.0, early - v); }) +
           log_concave_integral(f, slope, start, end, [&](double v) { return std::fmax(1.0, v - late); });
}

// The zero of a falling function, to about 1e-3, between or beyond the given bounds.
template <class Function>
double falling_root(const Function &f, double low, double high) {
    for (double step = 1; f(low) < 0 && step < 1e4; step *= 2) low -= step;
    for (double step = 1; f(high) > 0 && step < 1e4; step *= 2) high += step;
    while (high - low > 1e-3) {
        const double middle = (low + high) / 2;
        if (middle == low || middle == high) break;
        (f(middle) > 0 ? low : high) = middle;
    }
    return (low + high) / 2;
}

// The integral over 0..V of v^n/V^n g(v), g(v) = (1 - v)^(p - 1) (1 - rho v)^-q, from the power series of g, whose
// coefficients follow from (1 - v)(1 - rho v) g' = (q rho (1 - v) - (p - 1)(1 - rho v)) g. False where that takes many
// terms or cancels.
bool by_power_series(double n, double p, double q, double rho, double V, double &integral) {
    constexpr int max_terms = 90;
    constexpr double max_cancellation = 30;
    const double here = q * rho - (p - 1), before = rho * (p - q);
    double last = 0, c = 1, power = V, sum = V / (n + 1), magnitude = sum;
    for (int k = 0; k < max_terms; ++k) {
        const double unit = 1.0 / (k + 1), next = (here + (1 + rho) * k) * unit * c + (before - rho * k) * unit * last;
        last = c;
        c = next;
        power *= V;
        const double term = c * power / (n + k + 2), size = std::fabs(term);
        sum += term;
        magnitude += size;
        if (k > 2 && size <= 1e-17 * magnitude) {
            integral = sum;
            return magnitude < max_cancellation * sum;
        }
    }
    return false;
}

// The integral over 0..1 of p (1 - v)^(p - 1) (1 - rho v)^-q, which is 2F1(q, 1; p + 1; rho), for p >= q: by its
// series, whose terms are positive, or, where that takes too many, by Gauss's continued fraction (DLMF 15.7.1), with as
// many terms as the limit of its tails requires. False for a rho close to 1.
bool all_time(double p, double q, double rho, double &value) {
    constexpr int max_terms = 150;
    constexpr double few_terms = 0.6, fast_start = 0.3, largest_rho = 0.995, log_precision = 38;
    if (rho < few_terms || rho * q < fast_start * (p + 1)) {
        const double enough = 1e-17 * (1 - rho);
        double term = 1, sum = 1, above = q * rho, below = p + 1;
        for (int n = 0; n < max_terms; ++n, above += rho, below += 1) {
            term *= above / below;
            sum += term;
            if (term <= enough) {
                value = sum;
                return true;
            }
        }
    }
    if (rho > largest_rho) return false;
    const double root = std::sqrt(1 - rho), c = p + 1;
    double tail = (1 + root) / 2;
    for (double n = std::ceil(log_precision / std::log((1 + root) / (1 - root)) / 2) + 1; n > 0; --n) {
        const double odd = c + 2 * n - 1;  // terms 2 n + 1 and 2 n
        tail = 1 - rho * ((q + n) * (c + n - 1) / (odd * (odd + 1))) / tail;
        tail = 1 - rho * (n * (c - q + n - 1) / ((odd - 1) * odd)) / tail;
    }
    value = 1 / (1 - rho * (q / c) / tail);
    return true;
}

}  // namespace

// See prob_first.
bool prob_first_soon(const GammaBelief &event, const GammaBelief &other, double h, double &probability) {
    constexpr double short_share = 0.4, shortest_power = 0.3;
    const double m = other.m, A = other.A, s = event.m, B = event.A;
    const bool leaves_fast = B <= A;
    const double c = leaves_fast ? B : A, d = leaves_fast ? A : B, both = m + s, V = h / (c + h);
    double within;
    if (!(V <= short_share && both * V <= shortest_power &&
          by_power_series(0, both, leaves_fast ? m : s + 1, (d - c) / d, V, within)))
        return false;
    probability = (leaves_fast ? s : s * c / d) * within;
    return true;
}

double prob_first_ever(const GammaBelief &event, const GammaBelief &other) {
    const double m = other.m, A = other.A, s = event.m, B = event.A, both = m + s;
    const bool leaves_fast = B <= A;
    const double c = leaves_fast ? B : A, d = leaves_fast ? A : B;
    double all;
    if (!all_time(both, leaves_fast ? m : s + 1, (d - c) / d, all)) return std::numeric_limits<double>::quiet_NaN();
    return (leaves_fast ? s : s * c / d) / both * all;
}

// s times the integral over 0..h of (1 + t/A)^-m (1 + t/B)^-s dt/(B + t), for an event at a rate ~ Gamma(s, B) and the
// other at one ~ Gamma(m, A): the role of A_0 in P. S. Fader, B. G. S. Hardie: A Note on Deriving the Pareto/NBD Model,
// eq. 16.
//
// In v = t/(c + t), c = min(A, B), d = max(A, B), it is s times the integral of (1 - v)^(m + s - 1) (1 - rho v)^-q dv,
// where rho = 1 - c/d and q = m if B <= A, otherwise q = s + 1 and there is a factor c/d: a power series for a short
// time, and for a longer one the difference between all time from now on and all time from h on.
//
// Otherwise, in w = ln(1 + t/c), the integrand is e^((p - m - s) w) D^-p, where D = (d + t)/d = 1 - c/d + (c/d) e^w and
// p = m if B <= A, otherwise p = s + 1 with a further factor c/d: smooth through A = B, log-concave, and without a
// singularity closer to the real line than i pi. So a few panels are enough, and everything that is added up is
// positive.
double prob_first(const GammaBelief &event, const GammaBelief &other, double h) {
    // Beyond this e^w overflows, and 1 - c/d is negligible beside it.
    constexpr double far = 700;
    const double m = other.m, A = other.A, s = event.m, B = event.A;
    const bool leaves_fast = B <= A;
    const double c = leaves_fast ? B : A, d = leaves_fast ? A : B;
    {
        constexpr double short_share = 0.4, short_power = 2, least_rest = 0.2;
        const double q = leaves_fast ? m : s + 1, both = m + s, V = h / (c + h), factor = leaves_fast ? s : s * c / d;
        double within, from_now, from_then = 0;
        if (V <= short_share && both * V <= short_power && by_power_series(0, both, q, (d - c) / d, V, within))
            return factor * within;
        const double silent = std::exp(-m * std::log1p(h / A) - s * std::log1p(h / B));
        if (all_time(both, q, (d - c) / d, from_now) &&
            (silent < 1e-20 || all_time(both, q, (d - c) / (d + h), from_then))) {
            // The factor at that time, where there is one: (c + h)/(d + h) over c/d.
            const double then = leaves_fast ? 1 : (1 + h / c) / (1 + h / d);
            const double rest = from_now - (silent < 1e-20 ? 0 : silent * then * from_then);
            if (rest > least_rest * from_now) return factor / both * rest;
        }
    }
    const double p = leaves_fast ? m : s + 1, power = leaves_fast ? -s : 1 - m;
    const double share = c / d, rest = (d - c) / d, turn = std::log(rest / share);

    auto growth = [&](double w) { return share * std::exp(std::fmin(w, far)); };
    const double integral = log_concave_integral(
        [&](double w) {
            // ln D from D - 1, because a large p needs the digits of that.
            return power * w - p * (std::log1p(share * std::expm1(std::fmin(w, far))) + std::fmax(w - far, 0));
        },
        [&](double w) { return power - p * (1 - rest / (rest + growth(w))); }, 0, std::log1p(h / c),
        [&](double w) { return std::fmax(2.0, w - turn); });
    return s * (leaves_fast ? 1 : share) * integral;
}

double prob_first(const GammaBelief &event, const PointBelief &other, double h) {
    return event.m * damped_power_integral(event.m + 1, event.A, other.rate, h);
}

double prob_first(const PointBelief &event, const GammaBelief &other, double h) {
    return event.rate * other.A * damped_power_integral(other.m, other.A, event.rate, h);
}

double prob_first(const PointBelief &event, const PointBelief &other, double h) {
    return event.rate * exponential_integral(event.rate + other.rate, h);
}

namespace {

// The integral over 0..h of P(N(t) = n) times the density of the departure, over P(N(h) = n), by power series in the v
// of prob_first: (t/A)^n (1 + t/A)^-(m + n) is v^n (1 - v)^m where A <= B, otherwise (B/A)^n v^n (1 - v)^m (1 - rho
// v)^-(m + n). False for a long h.
bool leaves_after(const GammaBelief &purchase, const GammaBelief &departure, double h, double n, double &share) {
    constexpr double short_share = 0.65, short_power = 12, most_purchases = 100;
    const double m = purchase.m, A = purchase.A, s = departure.m, B = departure.A;
    const bool leaves_fast = B < A;
    const double c = std::fmin(A, B), d = std::fmax(A, B), V = h / (c + h);
    double within;
    if (!(V <= short_share && (m + s) * V <= short_power && n <= most_purchases)) return false;
    if (!by_power_series(n, m + s, leaves_fast ? m + n : s + 1, (d - c) / d, V, within)) return false;
    const double active = std::log1p(h / A), stays = std::log1p(h / B);
    share = s * within * (leaves_fast ? std::exp(m * active + n * (active - stays)) : std::exp(m * active) * c / d);
    return std::isfinite(share);
}

}  // namespace

// P(N(h) = n) P(no departure within h), plus the integral over 0..h of P(N(t) = n) times the density of the departure.
// In v, which is ln t up to a constant, the integrand is log-concave and rises up to the root of a quadratic equation.
double prob_purchases(const GammaBelief &purchase, const GammaBelief &departure, double h, double n) {
    double share;
    if (leaves_after(purchase, departure, h, n, share))
        return purchase.pmf(h, n) * (std::exp(departure.log_silence(h)) + share);
    const double m = purchase.m, A = purchase.A, s = departure.m, B = departure.A;
    // P(N(t) = n) is 1/n times the density of the odds t/A under Beta(n, m).
    const LogitBeta odds(n, m);
    const double log_n = std::log(n), likeliest = A * (n / m), on_departure = std::log(likeliest / B);
    auto log_pmf = [&](double v) { return odds.log_density(v) - log_n; };
    auto f = [&](double v) {
        const double u = v + on_departure;
        return log_pmf(v) + (u < 0 ? u : -s * u) - (1 + s) * std::log1p(std::exp(-std::fabs(u)));
    };
    auto slope = [&](double v) {
        const double x = std::exp(v) * (n / m), y = std::exp(v) * (likeliest / B);
        return n / (1 + x) - m / (1 + 1 / x) + 1 / (1 + y) - s / (1 + 1 / y);
    };
    // That root, in units of the greater of A and B.
    const double unit = std::fmax(A, B), a = A / unit, b = B / unit, square = (m + s) * (n + 1) * a * b;
    const double q = (n - s) * a + (1 - m) * b, root = std::hypot(q, 2 * std::sqrt(square));
    const double top = q > 0 ? (q + root) / (2 * (m + s)) : 2 * (n + 1) * a * b / (root - q);

    // Around the maximum the integrand may behave like t^(n+1) e^-(t/scale) or e^-(scale/t), which is doubly
    // exponential in v.
    const double end = std::log(h / likeliest);
    const double leaves = integral_over_log_time(f, slope, std::log(top * (unit / likeliest)), std::log(std::fmin(A, B) / likeliest),
                                                 std::log(unit / likeliest), end);
    const double stays = std::isinf(h) ? 0 : std::exp(log_pmf(end) - s * std::log1p(h / B));
    return stays + s * leaves;
}

double prob_purchases(const GammaBelief &purchase, const PointBelief &departure, double h, double n) {
    const double m = purchase.m, A = purchase.A, mu = departure.rate;
    const LogitBeta odds(n, m);
    const double log_n = std::log(n), likeliest = A * (n / m), left = mu * likeliest;
    auto log_pmf = [&](double v) { return odds.log_density(v) - log_n; };
    auto f = [&](double v) { return log_pmf(v) + v - left * std::exp(v); };
    auto slope = [&](double v) {
        const double x = std::exp(v) * (n / m);
        return n / (1 + x) - m / (1 + 1 / x) + 1 - left * std::exp(v);
    };
    const double first = -odds.top(), second = -std::log(left), end = std::log(h / likeliest);
    const double early = std::fmin(first, second), late = std::fmax(first, second);
    const double leaves = integral_over_log_time(f, slope, falling_root(slope, early, late), early, late, end);
    return std::exp(log_pmf(end) - mu * h) * (std::isinf(h) ? 0 : 1) + left * leaves;
}

double prob_purchases(const PointBelief &purchase, const GammaBelief &departure, double h, double n) {
    const double lambda = purchase.rate, s = departure.m, B = departure.A;
    // ln of a Poisson probability is that of a gamma density, whose maximum follows from Stirling's remainder.
    constexpr double log_two_pi = 1.83787706640934548356;
    const double log_height = -0.5 * (log_two_pi + std::log(n)) - stirling_remainder(n), likeliest = n / lambda;
    auto log_pmf = [&](double v) { return log_height - n * (std::expm1(v) - v); };
    const double on_departure = std::log(likeliest / B);
    auto f = [&](double v) {
        const double u = v + on_departure;
        return log_pmf(v) + (u < 0 ? u : -s * u) - (1 + s) * std::log1p(std::exp(-std::fabs(u)));
    };
    auto slope = [&](double v) {
        const double y = std::exp(v) * (likeliest / B);
        return n * (1 - std::exp(v)) + 1 / (1 + y) - s / (1 + 1 / y);
    };
    const double early = std::fmin(0, -on_departure), late = std::fmax(0, -on_departure), end = std::log(h / likeliest);
    const double leaves = integral_over_log_time(f, slope, falling_root(slope, early, late), early, late, end);
    const double stays = std::isinf(h) ? 0 : std::exp(log_pmf(end) - s * std::log1p(h / B));
    return stays + s * leaves;
}

// Given n purchases and no departure before them, what remains of the two processes is one with the sum of their rates.
double prob_purchases(const PointBelief &purchase, const PointBelief &departure, double h, double n) {
    const double both = purchase.rate + departure.rate, share = purchase.rate / both;
    const double before = std::exp(n * std::log(share));
    if (std::isinf(h)) return before * (departure.rate / both);
    return purchase.pmf(h, n) * std::exp(-departure.rate * h) +
           before * (departure.rate / both) * gamma_p(n + 1, both * h);
}

}  // namespace cltv
