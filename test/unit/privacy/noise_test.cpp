#include "core/privacy/noise.hpp"

#include <gtest/gtest.h>

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <random>
#include <tuple>
#include <vector>

using namespace cltv;

namespace {

std::uint64_t of_engine(void *state) { return (*static_cast<std::mt19937_64 *>(state))(); }

constexpr int n_draws = 1000000;

// How likely so large a distance between counts and probabilities is: Pearson's chi-squared, tails together.
template <class Draw, class Probability>
double chi_squared_p(std::uint64_t seed, int last, Draw &&draw, Probability &&probability) {
    std::mt19937_64 engine(seed);
    const RandomBits bits = {of_engine, &engine};
    std::vector<double> counts(2 * last + 1);
    for (int i = 0; i < n_draws; ++i) {
        const std::int64_t y = draw(bits);
        ++counts[y < -last ? 0 : y > last ? 2 * last : y + last];
    }
    double distance = 0, inner = 0;
    for (int y = -last + 1; y < last; ++y) inner += probability(y);
    for (int y = -last; y <= last; ++y) {
        const double expected = n_draws * (std::abs(y) == last ? (1 - inner) / 2 : probability(y));
        distance += (counts[y + last] - expected) * (counts[y + last] - expected) / expected;
    }
    return boost::math::gamma_q(last, distance / 2);  // of 2 last degrees of freedom
}

double laplace_probability(double epsilon, int y) {
    return std::tanh(epsilon / 2) * std::exp(-epsilon * std::abs(y));
}

struct GaussianProbability {
    double sigma, all = 0;
    explicit GaussianProbability(double sigma_) : sigma(sigma_) {
        for (int y = -2000; y <= 2000; ++y) all += density(y);
    }
    double density(double y) const { return std::exp(-y * y / (2 * sigma * sigma)); }
    double operator()(int y) const { return density(y) / all; }
};

}  // namespace

// R: (exp(1) - 1) / (exp(1) + 1) and so on, by Rmpfr.
TEST(Noise, LaplaceHasItsProbabilities) {
    EXPECT_NEAR(laplace_probability(1, 0), .462117157260009758502, 1e-15);
    EXPECT_NEAR(laplace_probability(1, 1), .170003401568547919902, 1e-15);
    std::mt19937_64 engine(7);
    const RandomBits bits = {of_engine, &engine};
    double zeros = 0, ones = 0, squares = 0, fourths = 0;
    for (int i = 0; i < n_draws; ++i) {
        const auto y = static_cast<double>(draw_noise({1, 0, 1}, bits));
        zeros += y == 0;
        ones += y == 1;
        squares += y * y;
        fourths += y * y * y * y;
    }
    const double root = std::sqrt(n_draws);
    EXPECT_NEAR(zeros / n_draws, .462117157260009758502, 4 * .5 / root);
    EXPECT_NEAR(ones / n_draws, .170003401568547919902, 4 * .38 / root);
    const double variance = squares / n_draws;
    EXPECT_NEAR(variance, 1.84134718841558, 4 * std::sqrt(fourths / n_draws - variance * variance) / root);
}

TEST(Noise, LaplaceByChiSquared) {
    for (const auto &[epsilon, sensitivity, last] : {std::tuple{1.0, 1, 8}, {0.1, 1, 60}, {3.0, 1, 3}, {1.0, 5, 40}, {0.0123, 1, 300}, {2.5, 1000, 2000}}) {
        const double p = chi_squared_p(
            11, last, [&, e = epsilon, n = sensitivity](RandomBits bits) { return draw_noise({e, 0, n}, bits); },
            [e = epsilon / sensitivity](int y) { return laplace_probability(e, y); });
        EXPECT_GT(p, 1e-3) << epsilon << ' ' << sensitivity;
        EXPECT_LT(p, 1 - 1e-6) << epsilon << ' ' << sensitivity;
    }
}

// The test finds what is a hundredth off.
TEST(Noise, ChiSquaredFindsAnotherNoise) {
    EXPECT_LT(chi_squared_p(
                  11, 8, [](RandomBits bits) { return draw_noise({1.01, 0, 1}, bits); },
                  [](int y) { return laplace_probability(1, y); }),
              1e-6);
}

TEST(Noise, GaussianByChiSquared) {
    for (const auto &[sigma, last] : {std::pair{0.3, 1}, {1.0, 4}, {3.7306316348159414, 13}, {40.0, 130}}) {
        const GaussianProbability probability(sigma);
        const double p = chi_squared_p(
            13, last, [s = sigma](RandomBits bits) { return discrete_gaussian(s, bits); }, probability);
        EXPECT_GT(p, 1e-3) << sigma;
    }
}

// R: uniroot of the difference of pnorm, to 1e-15.
TEST(Noise, SigmaIsThatOfBalleAndWang) {
    EXPECT_NEAR(analytic_gaussian_sigma(1, 1e-5), 3.7306316348159414, 1e-11);
    // Always below the classic one, sqrt(2 ln(1.25 / delta)) / epsilon
    EXPECT_LT(analytic_gaussian_sigma(1, 1e-5), 4.844805262605389);
    for (const double epsilon : {least_epsilon, 0.1, 3.0, largest_epsilon})
        for (const double delta : {least_delta, 1e-5, largest_delta}) {
            const double sigma = gaussian_sigma({epsilon, delta, 1});
            if (sigma < 1000) {
                EXPECT_LE(discrete_gaussian_delta(sigma, 1, epsilon), delta) << epsilon << ' ' << delta;
                EXPECT_LE(discrete_gaussian_delta(gaussian_sigma({epsilon, delta, 3}), 3, epsilon), delta) << epsilon << ' ' << delta;
            }
            EXPECT_LT(sigma, 1.2 * analytic_gaussian_sigma(epsilon, delta) + 0.1) << epsilon << ' ' << delta;
            EXPECT_GT(gaussian_sigma({epsilon, delta, largest_sensitivity}), analytic_gaussian_sigma(epsilon, delta) * largest_sensitivity);
        }
}

// What the largest of all arguments makes stays within 64 bits, and within a thousand standard deviations.
TEST(Noise, ExtremesAreNumbers) {
    std::mt19937_64 engine(17);
    const RandomBits bits = {of_engine, &engine};
    for (const double epsilon : {least_epsilon, largest_epsilon})
        for (const double delta : {0.0, least_delta, largest_delta}) {
            const Privacy privacy = {epsilon, delta, largest_sensitivity};
            const double scale = delta > 0 ? gaussian_sigma(privacy) : largest_sensitivity / epsilon;
            double sum = 0, largest = 0;
            for (int i = 0; i < 200; ++i) {
                const auto y = static_cast<double>(draw_noise(privacy, bits));
                sum += std::fabs(y);
                largest = std::fmax(largest, std::fabs(y));
            }
            EXPECT_LT(largest, 1000 * scale);
            EXPECT_NEAR(sum / 200 / scale, delta > 0 ? .7979 : 1, .35) << epsilon << ' ' << delta;
        }
}
