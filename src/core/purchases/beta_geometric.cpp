#include "core/purchases/beta_geometric.hpp"

#include <cmath>
#include <limits>

#include "core/base/beta_mean.hpp"
#include "core/base/hyp2f1.hpp"
#include "core/base/special.hpp"
#include "core/purchases/beta_geometric_discounting.hpp"
#include "core/purchases/discounting.hpp"

namespace cltv::beta_geometric {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// By [FHL, eq. 10] the expected purchases within y are
//     C/(a - 1) [1 - (1 - z)^m 2F1(m, g; C; z)],  C = a + g - 1, z = y/(1 + y).
// Euler's transformation turns this into C/(a - 1) [1 - (1 - z)^(a - 1) 2F1(C - m, a - 1; C; z)], where all terms of
// the series but the first, 1, have a factor a - 1, so it is
//     C phi - (1 - z)^(a - 1) sum over n >= 1 of (C - m)_n (a)_(n-1) / ((C + 1)_(n-1) n!) z^n,
//     phi = (1 - (1 - z)^(a - 1))/(a - 1),
// smooth through a = 1 and C = 0, and free of the overflow of 2F1 itself for frequent buyers.
bool by_euler_series(double m, double a, double g, double y, double &expected) {
    constexpr int max_terms = 300;
    constexpr double max_cancellation = 50;
    const double C = a + g - 1, h = C - m, z = y / (1 + y), log_scale = std::log1p(y);
    const double risen = std::expm1((1 - a) * log_scale), phi = a == 1 ? log_scale : -risen / (a - 1);

    double term = h * z, sum = term, magnitude = std::fabs(term);
    for (double n = 1;; ++n) {
        const double ratio = (h + n) * (a + (n - 1)) / ((a + g + (n - 1)) * (n + 1)) * z, size = std::fabs(ratio);
        if (size < 1 && std::fabs(term * ratio) <= 1e-17 * (1 - (z > size ? z : size)) * magnitude) break;
        if (n == max_terms) return false;
        term *= ratio;
        sum += term;
        magnitude += std::fabs(term);
    }
    // Above 1/2 the power is computed from its distance to 1.
    const double power = risen > -0.5 ? 1 + risen : std::exp((1 - a) * log_scale);
    expected = C * phi - power * sum;
    return std::fabs(C * phi) + power * magnitude < max_cancellation * expected;
}

// The same as a sum of positive terms. A customer who never left would buy N times, N negative binomial (m, z). Of n
// possible purchases the first is made, and each further one if the customer survived the ones before, so E = sum over
// n of P(N = n) g_n with g_n = sum over j < n of E[(1 - p)^j] = sum of (g)_j/(a + g)_j.
bool by_negative_binomial(double m, double a, double g, double y, double &expected) {
    constexpr int max_terms = 300;
    const double z = y / (1 + y);
    double probability = std::exp(-m * std::log1p(y));
    if (!(probability > 1e-290)) return false;
    double survival = 1, purchases = 0, sum = 0;
    for (int n = 0; n < max_terms; ++n) {
        const double ratio = z * (m + n) / (n + 1);
        probability *= ratio;
        purchases += survival;
        survival *= (g + n) / (a + g + n);
        const double term = probability * purchases;
        sum += term;
        // Beyond this term, terms grow by at most ratio (n + 2)/(n + 1).
        const double bound = ratio * (n + 2) / (n + 1);
        if (bound < 1 && term <= 1e-17 * (1 - std::fmax(z, bound)) * sum) {
            expected = sum;
            return true;
        }
    }
    return false;
}

// The rate s units ahead is the mean of lambda e^(-lambda p s) over the posteriors,
//     m 2F1(m + 1, a; a + g; -s) = m (1 + s)^-a 2F1(a + g - m - 1, a; a + g; s/(1 + s)).
bool discounted_by_path(double m, double a, double g, double y, double kappa, double &discounted) {
    Hyp2f1Path path(a + g - m - 1, a, a + g);
    if (!path.usable()) return false;
    discounted = m * discounted_integral([&](double s) { return std::exp(-a * std::log1p(s)) * path(1 / (1 + s)); },
                                         m + 1, y, kappa);
    return !std::isnan(discounted);
}

// The expected purchases for parameters at which no series settles: a customer with traits lambda and p makes (1 -
// e^(-lambda p y))/p of them, whose mean over lambda is (1 - (1 + y p)^-m)/p.
double by_quadrature(double m, double a, double g, double y) {
    return beta_mean(a, g, -std::log1p(y), m + 1, [=](const Logistic &logistic) {
        const double waits = m * std::log1p(y * logistic.p);
        // Switches before p becomes subnormal and loses digits.
        return waits > 1e-280 ? std::log(-std::expm1(-waits)) - logistic.log_p : std::log(m * y);
    });
}

}  // namespace

double discounted_purchases(double m, double a, double g, double y, double kappa) {
    double discounted;
    if (std::isinf(y) && discounted_for_ever(m, a, g, kappa, discounted)) return discounted;
    if (discounted_along_path(m, a, g, y, kappa, discounted) || discounted_by_path(m, a, g, y, kappa, discounted))
        return discounted;
    return m * discounted_integral([&](double s) { return hyp2f1(m + 1, a, g, -s); }, m + 1, y, kappa);
}

double expected_purchases(double m, double a, double g, double y) {
    if (y == 0) return 0;
    if (std::isinf(y)) return a > 1 ? (a + g - 1) / (a - 1) : infinity;  // the mean of 1/p
    double expected;
    if (by_euler_series(m, a, g, y, expected) || by_negative_binomial(m, a, g, y, expected) ||
        discounted_by_path(m, a, g, y, 0, expected))
        return expected;
    return by_quadrature(m, a, g, y);
}

// E[(1 + p y)^-m].
double prob_active(double m, double a, double g, double y) {
    return std::isinf(y) ? 0 : as_probability(hyp2f1(m, a, g, -y));
}

}  // namespace cltv::beta_geometric
