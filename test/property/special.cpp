#include "core/base/special.hpp"

#include <cmath>

#include "property.hpp"

namespace cltv::property {

// (a)_(m + n) = (a)_m (a + m)_n, and the derivatives of its logarithm are sums of inverses.
void rising_factorials(Source &source) {
    const double a = source.log_uniform(1e-8, 1e8), m = source.count(2000), n = source.count(2000);
    SCOPED_TRACE(testing::Message() << a << ' ' << m << ' ' << n);
    const double whole = log_rising(a, m + n), first = log_rising(a, m), rest = log_rising(a + m, n);
    // A log-gamma of a large argument is rounded as such, whatever is taken away from it.
    const double size = std::fabs(log_gamma(a + m + n)) + std::fabs(log_gamma(a)) + std::fabs(first) + std::fabs(rest);
    EXPECT_NEAR(whole, first + rest, 4e-15 * size);
    EXPECT_EQ(log_rising(a, 0), 0);
    EXPECT_NEAR(log_rising(a, 1), std::log(a), 1e-15 * std::fabs(std::log(a)));

    RisingLog walk(a);
    double to_first = 0, to_second = 0;
    for (double i = 0; i < m + n; ++i) {
        to_first += 1 / (a + i);
        to_second -= 1 / ((a + i) * (a + i));
    }
    walk.advance(m);
    EXPECT_NEAR(walk.value(), first, 4e-15 * size);
    walk.advance(m + n);
    EXPECT_NEAR(walk.value(), whole, 1e-14 * size);
    EXPECT_NEAR(walk.first(), to_first, 1e-11 * to_first + 1e-14 * std::log1p(a));
    EXPECT_NEAR(walk.second(), to_second, -1e-11 * to_second + 1e-15 / a);
}

void gamma_functions(Source &source) {
    const double a = source.log_uniform(1e-8, 1e12), x = source.between(-800, 800);
    SCOPED_TRACE(testing::Message() << a << ' ' << x);
    // DLMF 5.11(ii): below its first term, and above the first two; without it the function is the log-gamma.
    const double remainder = stirling_remainder(a);
    if (a >= 1) {
        EXPECT_LE(remainder, 1 / (12 * a) + 1e-15 * a);
        EXPECT_GE(remainder, (1 - 1 / (30 * a * a)) / (12 * a) - 1e-14 * std::fmin(a, 12));
    }
    const double log_gamma_a = (a - 0.5) * std::log(a) - a + 0.91893853320467274178 + remainder;
    EXPECT_NEAR(log_gamma(a), log_gamma_a, 1e-14 * (1 + a * (1 + std::fabs(std::log(a)))));
    EXPECT_NEAR(digamma(a + 1), digamma(a) + 1 / a, 1e-14 * (1 + std::fabs(digamma(a))));
    EXPECT_NEAR(trigamma(a + 1), trigamma(a) - 1 / (a * a), 1e-14 * trigamma(a));

    EXPECT_GE(log1p_exp(x), std::fmax(x, 0));
    EXPECT_NEAR(log1p_exp(x) - log1p_exp(-x), x, 1e-15 * std::fabs(x));

    EXPECT_EQ(as_probability(1 + 1e-12 * source.uniform()), 1);
    EXPECT_TRUE(std::isnan(as_probability(a + 2)) && std::isnan(as_probability(std::nan(""))));
    const double probability = source.uniform();
    EXPECT_EQ(as_probability(probability), probability);
}

}  // namespace cltv::property
