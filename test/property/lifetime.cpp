#include <cmath>

#include "core/base/beta_lifetime.hpp"
#include "core/purchases/beta_geometric.hpp"
#include "core/purchases/chances.hpp"
#include "property.hpp"

namespace cltv::property {

// Those who stayed for m periods are Beta(a, b + m): survival is a product, expectations follow from one another.
void beta_lifetimes(Source &source) {
    const double a = source.parameter(), b = source.parameter(), m = source.count(1e6), n = source.count(1e6);
    const double x = source.count(1000), y = source.count(1000), rate = source.log_uniform(1e-9, 10);
    SCOPED_TRACE(testing::Message() << a << ' ' << b << ", m " << m << ", n " << n << ", x " << x << ", y " << y
                                    << ", rate " << rate);
    const double whole = log_survival(a, b, m + n), until_m = log_survival(a, b, m), after_m = log_survival(a, b + m, n);
    EXPECT_NEAR(whole, until_m + after_m, 1e-12 * std::fabs(whole));
    EXPECT_TRUE(whole <= until_m * (1 - 1e-12) && until_m <= 0 && log_survival(a, b, 0) == 0);
    EXPECT_EQ(log_survival(a, b, infinity), -infinity);
    if (b >= 32) {
        EXPECT_NEAR(log_survival_far(a, b, m), until_m, 1e-12 * std::fabs(until_m) + 1e-13 * a);
    }

    // E[P^x (1 - P)^y] = E[P^(x+1) (1 - P)^y] + E[P^x (1 - P)^(y+1)]
    const double moment = log_beta_moment(a, b, x, y);
    const double with_p = log_beta_moment(a, b, x + 1, y) - moment, with_q = log_beta_moment(a, b, x, y + 1) - moment;
    EXPECT_NEAR(std::exp(with_p) + std::exp(with_q), 1, 1e-12 * (1 + std::fabs(moment)));
    EXPECT_NEAR(log_beta_moment(a, b, 0, y), log_survival(a, b, y), 1e-13 * std::fabs(log_survival(a, b, y)));

    const double renewing = b / (a + b), expected = expected_periods(a, b, n + 1);
    expect_close(expected, renewing * (1 + expected_periods(a, b + 1, n)), 1e-12);
    EXPECT_TRUE(expected * (1 + 1e-12) >= renewing && expected <= (n + 1) * (1 + 1e-12)) << expected;
    EXPECT_GE(expected_periods(a, b, infinity) * (1 + 1e-12), expected);
    EXPECT_TRUE(expected_periods(a, b, 0) == 0 && !std::signbit(expected_periods(a, b, 0)));

    const double discounted = discounted_periods(a, b, n + 1, rate), all = discounted_periods(a, b, infinity, rate);
    expect_close(discounted, renewing * (1 + discounted_periods(a, b + 1, n, rate) / (1 + rate)), 1e-11);
    expect_close(all, renewing * (1 + discounted_periods(a, b + 1, infinity, rate) / (1 + rate)), 1e-11);
    EXPECT_TRUE(discounted <= expected * (1 + 1e-11) && discounted <= all * (1 + 1e-11)) << discounted << ' ' << all;
    EXPECT_LE(all, renewing * (1 + rate) / rate * (1 + 1e-11));
    EXPECT_EQ(discounted_periods(a, b, n + 1, 0), expected);
    EXPECT_LE(discounted_periods(a, b, n + 1, 2 * rate), discounted * (1 + 1e-11));
}

// An active customer buys m y times if nobody ever left.
void beta_geometric_purchases(Source &source) {
    namespace model = beta_geometric;
    constexpr double slack = 1 + 1e-10;
    const double m = source.parameter(), a = source.parameter(), g = source.parameter();
    const double y = source.log_uniform(1e-6, 1e6), kappa = source.log_uniform(1e-8, 1e3), n = source.count(10000);
    SCOPED_TRACE(testing::Message() << "m " << m << ", a " << a << ", g " << g << ", y " << y << ", kappa " << kappa
                                    << ", n " << n);
    const double expected = model::expected_purchases(m, a, g, y), sooner = model::expected_purchases(m, a, g, y / 2);
    const double active = model::prob_active(m, a, g, y), none = purchase_pmf(GammaBelief{m, 1}, BetaChances(a, g), y, 0);
    EXPECT_TRUE(expected >= sooner / slack && expected <= m * y * slack) << expected << " after " << sooner;
    EXPECT_GE(model::expected_purchases(m, a, g, infinity) * slack, expected);
    EXPECT_EQ(model::expected_purchases(m, a, g, 0), 0);
    // Whoever made no purchase is active still; and no purchase is less likely than one or more are expected.
    EXPECT_TRUE(is_probability(active) && is_probability(none) && none <= active * slack) << none << ' ' << active;
    EXPECT_GE(expected * slack, 1 - none - 1e-15);
    EXPECT_LE(active, model::prob_active(m, a, g, y / 2) * slack);

    const double discounted = model::discounted_purchases(m, a, g, y, kappa);
    EXPECT_TRUE(discounted >= expected * std::exp(-kappa * y) / slack && discounted <= expected * slack) << discounted;
    EXPECT_GE(model::discounted_purchases(m, a, g, infinity, kappa) * slack, discounted);

    const double probability = purchase_pmf(GammaBelief{m, 1}, BetaChances(a, g), y, n);
    EXPECT_TRUE(is_probability(probability)) << probability;
    EXPECT_LE(n * probability, expected * slack);
    EXPECT_TRUE(is_probability(purchase_pmf(GammaBelief{m, 1}, BetaChances(a, g), infinity, n)));
}

}  // namespace cltv::property
