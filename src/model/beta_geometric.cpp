#include "model/beta_geometric.hpp"

#include <boost/math/special_functions/beta.hpp>
#include <cmath>

#include "model/hyp2f1.hpp"
#include "model/special.hpp"

namespace cltv::beta_geometric {

namespace {

// The purchases N of a customer who never leaves are negative binomial: with z = y/(1 + y),
// P(N = n) = Gamma(m + n)/(Gamma(m) n!) z^n (1 - z)^m and P(N >= n) = I_z(n, m), the regularised incomplete beta
// function. Boost takes z or 1 - z, whichever is given exactly; below 1/2 that should be z.
double negative_binomial_pmf(double m, double y, double n) {
    if (n == 0) return std::exp(-m * std::log1p(y));
    const double rest = 1 / (1 + y), z = y * rest;
    const double density = z < 0.5 ? boost::math::ibeta_derivative(n + 1, m, z, BoostPolicy())
                                   : boost::math::ibeta_derivative(m, n + 1, rest, BoostPolicy());
    return density * rest / (m + n);
}

double negative_binomial_tail(double m, double y, double n) {
    const double rest = 1 / (1 + y), z = y * rest;
    return z < 0.5 ? boost::math::ibeta(n, m, z, BoostPolicy()) : boost::math::ibetac(m, n, rest, BoostPolicy());
}

}  // namespace

// Either there were n occasions and the customer survived all n, or there were n or more and the customer left at the
// n-th: P(N = n) e_n + P(N >= n) (e_(n-1) - e_n), where e_n = E[(1 - p)^n] = (g)_n/(a + g)_n.
double purchase_pmf(double m, double a, double g, double y, double n) {
    if (n == 0) return negative_binomial_pmf(m, y, 0);
    if (y == 0) return 0;
    const double survived_before = std::exp(log_rising(g, n - 1) - log_rising(a + g, n - 1));
    const double leaves = a / (a + g + n - 1), stays = (g + n - 1) / (a + g + n - 1);
    if (std::isinf(y)) return survived_before * leaves;
    return survived_before * (stays * negative_binomial_pmf(m, y, n) + leaves * negative_binomial_tail(m, y, n));
}

// E[e_N] = E[(1 + p y)^-m].
double prob_active(double m, double a, double g, double y) {
    return std::isinf(y) ? 0 : hyp2f1(m, a, a + g, -y);
}

}  // namespace cltv::beta_geometric
