#include "core/experiments/experiment.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/boost_policy.hpp"
#include "core/base/gauss_panels.hpp"
#include "core/base/special.hpp"
#include "core/fit/interval.hpp"

namespace cltv {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

DoubleDouble times(DoubleDouble a, DoubleDouble b) {
    const DoubleDouble product = two_product(a.hi, b.hi);
    return fast_two_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

// The sum of (a - mean a)(b - mean b). A sum of squares that is no more than the rounding of 106 bits is 0.
double centred(DoubleDouble ab, DoubleDouble a, DoubleDouble b, double n) {
    constexpr double rounding = 1e-28;
    const DoubleDouble all = ab * n, means = times(a, b);
    const double difference = (all + DoubleDouble{-means.hi, -means.lo}).hi;
    return std::fabs(difference) <= rounding * std::fabs(means.hi) ? 0 : difference / n;
}

struct Moments {
    double n, y, z;          // means
    double yy, zz, yz;       // centred sums of squares and products
    DoubleDouble sum_y, sum_z;
};

Moments moments_of(const VariantSums &variant) {
    Moments m;
    m.n = static_cast<double>(variant.customers);
    m.sum_y = variant.y.value();
    m.sum_z = variant.z.value();
    m.y = m.sum_y.hi / m.n;
    m.z = m.sum_z.hi / m.n;
    m.yy = std::fmax(0, centred(variant.yy.value(), m.sum_y, m.sum_y, m.n));
    m.zz = std::fmax(0, centred(variant.zz.value(), m.sum_z, m.sum_z, m.n));
    m.yz = centred(variant.yz.value(), m.sum_y, m.sum_z, m.n);
    return m;
}

// The estimate for one arm as it would be at the covariate mean of both arms, its variance, and the degrees of freedom
// of the variance.
struct Arm {
    double mean, variance, df;
};

Arm plain_arm(const Moments &m) { return {m.y, m.yy / (m.n - 1) / m.n, m.n - 1}; }

// A ratio of sums, by the delta method.
Arm ratio_arm(const Moments &m) {
    const double ratio = m.sum_y.hi / m.sum_z.hi;
    const double square = std::fmax(0, m.yy - 2 * ratio * m.yz + ratio * ratio * m.zz);
    return {ratio, square / (m.n - 1) / m.n / (m.z * m.z), m.n - 1};
}

// CUPED: y - theta (x - mean x), with the mean over both arms. A. Deng, Y. Xu, R. Kohavi, T. Walker: Improving the
// sensitivity of online controlled experiments by utilizing pre-experiment data, WSDM 2013.
Arm cuped_arm(const Moments &m, double theta, double mean_z) {
    const double square = std::fmax(0, m.yy - 2 * theta * m.yz + theta * theta * m.zz);
    return {m.y - theta * (m.z - mean_z), square / (m.n - 1) / m.n, m.n - 1};
}

// A regression within the arm, evaluated at the mean of both. W. Lin: Agnostic notes on regression adjustments to
// experimental data, Annals of Applied Statistics 7 (2013) 295-318.
Arm lin_arm(const Moments &m, double mean_z) {
    const double slope = m.zz > 0 ? m.yz / m.zz : 0;
    const double left = std::fmax(0, m.yy - slope * m.yz) / (m.n - 2);
    const double away = m.z - mean_z;
    return {m.y - slope * away, left * (1 / m.n + (m.zz > 0 ? away * away / m.zz : 0)), m.n - 2};
}

struct Pair {
    Arm control, treated;
    double common;      // the variance that both means share, which matters for their ratio
    double difference;  // the variance of the difference alone
    double variance() const { return control.variance + treated.variance + difference; }
    // B. L. Welch 1938, F. E. Satterthwaite 1946
    double df() const {
        const double a = control.variance, b = treated.variance, all = a + b;
        return all > 0 ? all * all / (a * a / control.df + b * b / treated.df) : control.df + treated.df;
    }
};

Pair pair_of(const Moments &control, const Moments &treated, Companion companion, TestMethod method) {
    if (companion == Companion::denominator) return {ratio_arm(control), ratio_arm(treated), 0, 0};
    if (method == TestMethod::welch) return {plain_arm(control), plain_arm(treated), 0, 0};
    const double n = control.n + treated.n, mean_z = (control.n * control.z + treated.n * treated.z) / n;
    // Of both arms together.
    const double apart = control.n * treated.n / n * (treated.z - control.z);
    const double zz = control.zz + treated.zz + apart * (treated.z - control.z);
    const double yz = control.yz + treated.yz + apart * (treated.y - control.y);
    const double variance_of_mean = zz / (n - 1) / n;
    if (method == TestMethod::cuped) {
        const double theta = zz > 0 ? yz / zz : 0;
        return {cuped_arm(control, theta, mean_z), cuped_arm(treated, theta, mean_z), theta * theta * variance_of_mean, 0};
    }
    // The mean of the covariate varies from sample to sample too: where the slopes differ, so does the difference.
    const double control_slope = control.zz > 0 ? control.yz / control.zz : 0;
    const double more = (treated.zz > 0 ? treated.yz / treated.zz : 0) - control_slope;
    return {lin_arm(control, mean_z), lin_arm(treated, mean_z), control_slope * control_slope * variance_of_mean,
            more * more * variance_of_mean};
}

// Holm's method (1979): the smallest p-value first, each times the number of those that are left, never decreasing.
void adjust_by_holm(std::vector<VariantTest> &tests) {
    std::vector<std::size_t> order(tests.size() - 1);
    std::iota(order.begin(), order.end(), std::size_t{1});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return tests[a].p_value < tests[b].p_value; });
    double largest = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        largest = std::fmax(largest, std::fmin(1, static_cast<double>(order.size() - i) * tests[order[i]].p_value));
        tests[order[i]].p_adjusted = largest;
    }
}

}  // namespace

double two_sided_p(double t, double df) {
    const double square = t * t;
    // P(|T| > t) = I_{df/(df + t^2)}(df/2, 1/2); Abramowitz & Stegun 26.7.1
    if (!(df <= 1e15)) return 2 * normal_probability(-std::fabs(t));
    return square < df ? ibetac(0.5, df / 2, square / (df + square))
                       : ibeta(df / 2, 0.5, df / (df + square));
}

double student_quantile(double level, double df) {
    using Student = boost::math::students_t_distribution<double, BoostPolicy>;
    return boost::math::quantile(boost::math::complement(Student(df), (1 - level) / 2));
}

double always_valid_reach(double n, double sigma, double alpha, double rho) {
    const double spread = n * rho * rho;
    return sigma * std::sqrt(2 * (spread + 1) / (n * spread) * std::log(std::sqrt(spread + 1) / alpha));
}

double narrowest_rho(double n, double alpha) {
    const double twice = -2 * std::log(alpha);
    return std::sqrt((twice + std::log(1 + twice)) / n);
}

double prob_beta_greater(double b1, double b2, double a1, double a2) {
    const auto deviation = [](double p, double q) { return std::sqrt(p / (p + q) * (q / (p + q)) / (p + q + 1)); };
    // Integrates over the narrower of the two distributions, on whose scale the other is smooth: P(B > A) = 1 - P(A >
    // B).
    if (deviation(a1, a2) < deviation(b1, b2)) return 1 - prob_beta_greater(a1, a2, b1, b2);
    constexpr double panels_a_deviation = 2, widest = 40;  // an exponential tail of e^-40
    const double mean = b1 / (b1 + b2), step = deviation(b1, b2) / panels_a_deviation;
    const double begin = std::fmax(0, mean - widest * panels_a_deviation * step);
    const double end = std::fmin(1, mean + widest * panels_a_deviation * step);
    const int panels = static_cast<int>(std::ceil((end - begin) / step));
    double sum = 0, whole = 0;
    for (int i = 0; i < panels; ++i) {
        const double length = (end - begin) / panels;
        gauss_panel<10>(begin + i * length, length, [&](double x, double weight) {
            const double density = ibeta_derivative(b1, b2, x);
            whole += weight * density;
            if (density > 0) sum += weight * density * ibeta(a1, a2, x);
        });
    }
    // Rounding changes the scale of the density and of its integral alike.
    return sum / whole;
}

std::vector<VariantTest> test_variants(const ExperimentBase &base, std::uint32_t control, const TestOptions &options, Stop stop) {
    const auto untested = [](std::uint32_t variant, double customers, double mean) {
        return VariantTest{variant, customers, mean, none, none, none, none, none, none, none, none, none, none, none, none, none};
    };
    const Moments before = moments_of(base.rows()[control]);
    const auto mean_of = [&](const Moments &m) {
        return base.companion == Companion::denominator ? ratio_arm(m).mean : m.y;
    };
    std::vector<VariantTest> tests = {untested(control, before.n, mean_of(before))};
    const double alpha = 1 - options.level;
    for (std::uint32_t i = 0; i < base.used; ++i) {
        if (i == control) continue;
        poll(stop);
        const Moments after = moments_of(base.rows()[i]);
        VariantTest test = untested(i, after.n, mean_of(after));
        const Pair pair = pair_of(before, after, base.companion, options.method);
        test.difference = pair.treated.mean - pair.control.mean;
        test.std_error = std::sqrt(pair.variance());
        tests.push_back(test);
        if (!(test.std_error > 0)) continue;
        VariantTest &found = tests.back();
        const double reach = student_quantile(options.level, pair.df());
        found.lower = test.difference - reach * test.std_error;
        found.upper = test.difference + reach * test.std_error;
        found.p_value = two_sided_p(test.difference / test.std_error, pair.df());
        if (pair.control.mean > 0) {
            // The delta method on treated / control.
            const double base_mean = pair.control.mean, ratio = pair.treated.mean / base_mean;
            found.relative = test.difference / base_mean;
            const double error = std::sqrt(pair.treated.variance + ratio * ratio * pair.control.variance + pair.difference +
                                           found.relative * found.relative * pair.common) / base_mean;
            found.relative_lower = found.relative - reach * error;
            found.relative_upper = found.relative + reach * error;
        }
        if (options.method != TestMethod::welch) {
            const double plain = plain_arm(before).variance + plain_arm(after).variance;
            found.variance_reduction = 1 - pair.variance() / plain;
        }
        // A customer's share of the difference is a pseudo-outcome with the variance n se^2: section 3 of the paper.
        const double n = before.n + after.n;
        const double always = always_valid_reach(n, test.std_error * std::sqrt(n), alpha, narrowest_rho(options.planned, alpha));
        found.lower_always = test.difference - always;
        found.upper_always = test.difference + always;
        if (base.zero_one != 0 && base.companion != Companion::denominator && options.method == TestMethod::welch)
            found.prob_better = prob_beta_greater(1 + after.sum_y.hi, 1 + after.n - after.sum_y.hi, 1 + before.sum_y.hi,
                                                  1 + before.n - before.sum_y.hi);
        else
            found.prob_better = normal_probability(test.difference / test.std_error);
    }
    adjust_by_holm(tests);
    return tests;
}

MismatchTest mismatch_test(const std::vector<double> &customers, const std::vector<double> &shares) {
    const double all = std::accumulate(customers.begin(), customers.end(), 0.0);
    const double whole = std::accumulate(shares.begin(), shares.end(), 0.0);
    double chi2 = 0;
    for (std::size_t i = 0; i < customers.size(); ++i) {
        const double expected = all * (shares[i] / whole), away = customers[i] - expected;
        chi2 += away * away / expected;
    }
    const double df = static_cast<double>(customers.size()) - 1;
    return {chi2, df, chi2 > 0 ? gamma_q(df / 2, chi2 / 2) : 1};
}

namespace {

// (two-sided z of the level + z of the power)^2
double effort(double power, double level) {
    const double z = normal_quantile(level) + normal_quantile(2 * power - 1);
    return z * z;
}

}  // namespace

double sample_size(double baseline, double lift, double power, double level, double sd) {
    const double raised = baseline + lift;
    const double variances = std::isnan(sd) ? baseline * (1 - baseline) + raised * (1 - raised) : 2 * sd * sd;
    return effort(power, level) * variances / (lift * lift);
}

double detectable_effect(double baseline, double customers, double power, double level, double sd) {
    const double work = effort(power, level);
    if (!std::isnan(sd)) return sd * std::sqrt(2 * work / customers);
    // (n + w) d^2 - w (1 - 2p) d - 2 w p(1 - p) = 0
    const double a = customers + work, half = work * (1 - 2 * baseline) / 2, c = 2 * work * baseline * (1 - baseline);
    const double lift = (half + std::sqrt(half * half + a * c)) / a;
    return baseline + lift <= 1 ? lift : none;
}

}  // namespace cltv
