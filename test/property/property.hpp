// Properties: what must hold for any arguments in a function's domain, as checks that take their arguments from a
// Source. The unit tests run each over seeded pseudo-random numbers, the fuzzers of test/fuzz over the bytes that they
// find to lead into new code.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace cltv::property {

constexpr double infinity = std::numeric_limits<double>::infinity();

class Source {
public:
    explicit Source(std::uint64_t seed) : random_(seed) {}

    // Zeros follow the last byte.
    Source(const std::uint8_t *bytes, std::size_t size) : bytes_(bytes), left_(size), fuzzed_(true) {}

    double uniform() {  // 0 <= u < 1
        if (!fuzzed_) return static_cast<double>(random_() >> 11) * 0x1p-53;
        std::uint32_t bits = 0;
        for (int i = 0; i < 4 && left_ > 0; ++i, --left_) bits |= std::uint32_t{*bytes_++} << 8 * i;
        return bits * 0x1p-32;
    }

    bool chance(double probability) { return uniform() < probability; }
    double between(double low, double high) { return low + (high - low) * uniform(); }
    double log_uniform(double low, double high) { return low * std::pow(high / low, uniform()); }
    double whole(double low, double high) { return std::floor(between(low, high + 1)); }
    int number(int low, int high) { return static_cast<int>(whole(low, high)); }

    // A whole number, small ones as likely as large ones.
    double count(double high) { return std::floor(log_uniform(1, high + 2)) - 1; }

    // Of a model: 1e-3 to 1e4, sometimes 1 or next to it, where most closed forms are singular.
    double parameter() {
        const double kind = uniform();
        if (kind < 0.9) return log_uniform(1e-3, 1e4);
        if (kind < 0.95) return 1;
        const double distance = log_uniform(1e-15, 1e-3);
        return chance(0.5) ? 1 + distance : 1 - distance;
    }

private:
    std::mt19937_64 random_;
    const std::uint8_t *bytes_ = nullptr;
    std::size_t left_ = 0;
    bool fuzzed_ = false;
};

// Equal but for a relative error; infinities and zeros exactly. A value below all normal numbers has few digits.
inline void expect_close(double value, double expected, double error) {
    if (std::isfinite(expected)) {
        EXPECT_NEAR(value, expected, error * std::fabs(expected) + 1e-300);
    } else {
        EXPECT_EQ(value, expected);
    }
}

inline bool is_probability(double value) { return value >= 0 && value <= 1; }

// special.cpp
void rising_factorials(Source &source);
void gamma_functions(Source &source);
// hyp2f1.cpp
void hypergeometric_function(Source &source);
void hypergeometric_path(Source &source);
// quadrature.cpp
void gauss_panels(Source &source);
void log_concave_integrals(Source &source);
void discounted_integrals(Source &source);
void beta_means(Source &source);
// lifetime.cpp
void beta_lifetimes(Source &source);
void beta_geometric_purchases(Source &source);
// orders.cpp
void alive_or_dead(Source &source);
void silence(Source &source);
void expected_purchases(Source &source);
void discounted_purchases(Source &source);
void numbers_of_purchases(Source &source);
// spend_and_contracts.cpp
void spends(Source &source);
void contracts(Source &source);
// rows.cpp
void counted_sets(Source &source);
void double_doubles(Source &source);
void rfm_scores(Source &source);
// measures.cpp
void rankings(Source &source);
void regressions(Source &source);
void measures_of_customers(Source &source);
void scores_and_tiers(Source &source);
// history.cpp
void purchase_histories(Source &source);
void forged_histories(Source &source);
// fits.cpp
void newton_ascents(Source &source);
void maximum_likelihoods(Source &source);
void two_term_likelihoods(Source &source);
void fits(Source &source);
// models.cpp
void intervals(Source &source);
void model_faults(Source &source);
void simulated_orders(Source &source);

struct Property {
    const char *name;
    void (*check)(Source &source);
    int cases;  // of a unit test
};

inline const Property properties[] = {
    {"rising_factorials", rising_factorials, 3000},
    {"gamma_functions", gamma_functions, 20000},
    {"hypergeometric_function", hypergeometric_function, 10000},
    {"hypergeometric_path", hypergeometric_path, 3000},
    {"gauss_panels", gauss_panels, 5000},
    {"log_concave_integrals", log_concave_integrals, 10000},
    {"discounted_integrals", discounted_integrals, 5000},
    {"beta_means", beta_means, 1000},
    {"beta_lifetimes", beta_lifetimes, 5000},
    {"beta_geometric_purchases", beta_geometric_purchases, 3000},
    {"alive_or_dead", alive_or_dead, 8000},
    {"silence", silence, 8000},
    {"expected_purchases", expected_purchases, 8000},
    {"discounted_purchases", discounted_purchases, 800},
    {"numbers_of_purchases", numbers_of_purchases, 800},
    {"spends", spends, 5000},
    {"contracts", contracts, 2000},
    {"counted_sets", counted_sets, 3000},
    {"double_doubles", double_doubles, 10000},
    {"rfm_scores", rfm_scores, 10000},
    {"rankings", rankings, 5000},
    {"regressions", regressions, 5000},
    {"measures_of_customers", measures_of_customers, 5000},
    {"scores_and_tiers", scores_and_tiers, 2000},
    {"purchase_histories", purchase_histories, 5000},
    {"forged_histories", forged_histories, 20000},
    {"newton_ascents", newton_ascents, 2000},
    {"maximum_likelihoods", maximum_likelihoods, 2000},
    {"two_term_likelihoods", two_term_likelihoods, 1000},
    {"fits", fits, 300},
    {"intervals", intervals, 10000},
    {"model_faults", model_faults, 10000},
    {"simulated_orders", simulated_orders, 2000},
};

}  // namespace cltv::property
