// Whether two things happen to the same customers, or in the same orders, more often than by chance.
//
// T. Dunning: Accurate Methods for the Statistics of Surprise and Coincidence, Computational Linguistics 19 (1993) 61-74.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

#include "core/base/special.hpp"
#include "core/fit/interval.hpp"

namespace cltv {

struct Association {
    double support;     // share of all with both
    double confidence;  // the share who have the second too, among those with the first
    double lift;        // confidence over the share of all with the second
    double llr;         // the log-likelihood ratio G^2 against independence, 0 or more
    double p_value;     // of an llr this large if both are independent: chi-squared with one degree of freedom
};

// `both` have both, `first` and `second` have one or the other, out of `all`: whole numbers, both <= first, second <=
// all and first + second - both <= all.
inline Association association(double both, double first, double second, double all) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Association result{both / all, first > 0 ? both / first : none, none, 0, 1};
    if (first > 0 && second > 0) result.lift = result.confidence / (second / all);
    // Each of the four cells differs from its expectation under independence by the same amount. 2 k ln(k/e) summed
    // over the cells is 2 e h((k - e)/e) with h(x) = (1 + x) ln(1 + x) - x, whose terms are all positive: nothing
    // cancels near independence.
    const double off = both - first * (second / all);
    const auto part = [](double expected, double difference) {
        if (!(expected > 0)) return 0.0;
        const double x = difference / expected;
        if (std::fabs(x) < 1e-4) return expected * x * x * (0.5 - x / 6 + x * x / 12);
        return expected * (x <= -1 ? 1 : (1 + x) * std::log1p(x) - x);
    };
    const double rest = all - first, others = all - second;
    result.llr = 2 * (part(first * (second / all), off) + part(first * (others / all), -off) + part(rest * (second / all), -off) +
                      part(rest * (others / all), off));
    result.p_value = erfc(std::sqrt(result.llr / 2));
    return result;
}

// Wilson's interval of a share, given k of n. E. B. Wilson, Journal of the American Statistical Association 22 (1927)
// 209-212.
inline ConfidenceInterval wilson_interval(double k, double n, double level) {
    const double z = normal_quantile(level), share = k / n, z2 = z * z;
    const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    const double reach = z / (1 + z2 / n) * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
    return {k == 0 ? 0 : std::fmax(0, centre - reach), share, k == n ? 1 : std::fmin(1, centre + reach)};
}

// Student's interval of the mean of n numbers; its bounds are NaN for a single one.
inline ConfidenceInterval student_interval(double mean, double deviation, double n, double level) {
    if (!(n > 1)) return {std::numeric_limits<double>::quiet_NaN(), mean, std::numeric_limits<double>::quiet_NaN()};
    // P(|T| > t) = I_{df/(df + t^2)}(df/2, 1/2); Abramowitz & Stegun 26.7.1
    const double df = n - 1, x = ibeta_inv(df / 2, 0.5, 1 - level);
    const double reach = std::sqrt(df * (1 - x) / x) * deviation / std::sqrt(n);
    return {mean - reach, mean, mean + reach};
}

}  // namespace cltv
