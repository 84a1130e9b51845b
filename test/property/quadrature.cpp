#include <cmath>
#include <utility>
#include <vector>

#include "core/base/beta_lifetime.hpp"
#include "core/base/beta_mean.hpp"
#include "core/base/gauss_panels.hpp"
#include "core/base/logit_beta.hpp"
#include "core/purchases/discounting.hpp"
#include "property.hpp"

namespace cltv::property {

namespace {

// A rule of n nodes is exact for polynomials up to the degree 2n - 1, here a power of the distance to a point.
template <unsigned Nodes>
void check_panel(double begin, double length, double origin, int degree) {
    double sum = 0, size = 0, before = begin;
    gauss_panel<Nodes>(begin, length, [&](double node, double weight) {
        EXPECT_TRUE(weight > 0 && node >= before && node <= begin + length) << node << " after " << before;
        before = node;
        sum += weight * std::pow(node - origin, degree);
        size += weight * std::pow(std::fabs(node - origin), degree);
    });
    const double power = degree + 1, low = begin - origin, high = begin + length - origin;
    const double ends = (std::pow(std::fabs(high), power) + std::pow(std::fabs(low), power)) / power;
    // Where the panel is next to the origin, the distances to it are rounded.
    const double distance = std::fmax(std::fabs(low), std::fabs(high)), error = 1e-13 * (1 + degree / distance);
    EXPECT_NEAR(sum, (std::pow(high, power) - std::pow(low, power)) / power, error * (size + ends)) << Nodes;
}

double log_sum(double x, double y) { return x > y ? x + log1p_exp(y - x) : y + log1p_exp(x - y); }

}  // namespace

void gauss_panels(Source &source) {
    const double begin = source.between(-2, 2), length = source.log_uniform(1e-3, 4), origin = source.between(-2, 2);
    SCOPED_TRACE(testing::Message() << begin << ' ' << length << ' ' << origin);
    check_panel<3>(begin, length, origin, source.number(0, 5));
    check_panel<7>(begin, length, origin, source.number(0, 13));
    check_panel<10>(begin, length, origin, source.number(0, 19));
}

// A normal density from its top, or from where it falls, either way; the parts are the whole.
void log_concave_integrals(Source &source) {
    const double top = source.between(-50, 50), width = source.log_uniform(1e-3, 1e3), sign = source.chance(0.5) ? 1 : -1;
    const double away = source.chance(0.5) ? 0 : source.between(0, 4) * width;  // where the integral begins
    const double length = source.chance(0.2) ? infinity : width * source.log_uniform(1e-3, 30);
    const double begin = top + sign * away, middle = begin + sign * std::fmin(length, width) * source.uniform();
    const double end = begin + sign * length;
    SCOPED_TRACE(testing::Message() << "top " << top << ", width " << width << ", from " << begin << " to " << end);
    const auto f = [=](double x) { return -0.5 * ((x - top) / width) * ((x - top) / width); };
    const auto slope = [=](double x) { return -(x - top) / (width * width); };
    const auto reach = [](double) { return 2.0; };
    const double whole = log_concave_integral(f, slope, begin, end, reach);
    const double from = away / width, to = std::fabs(end - top) / width, root = std::sqrt(0.5);
    const double exact = width * std::sqrt(std::acos(-1) / 2) * (std::erfc(from * root) - std::erfc(to * root));
    // Beside a far begin or end the length of the range is rounded.
    const double rounding = std::fabs(top) * 1e-15 / std::fmin(length, width);
    expect_close(whole, exact, 3e-12 + 4 * rounding + 2e-15 / std::erfc(from * root));
    const double parts =
        log_concave_integral(f, slope, begin, middle, reach) + log_concave_integral(f, slope, middle, end, reach);
    expect_close(parts, whole, 3e-12 + 4 * rounding);
}

// Mixtures of exponentials have a closed form. They rise with the horizon and fall with the discount.
void discounted_integrals(Source &source) {
    const double fastest = source.log_uniform(1, 1e4), discount = source.log_uniform(1e-7, 1e3);
    std::vector<std::pair<double, double>> terms(static_cast<std::size_t>(source.number(1, 4)));  // weight, rate
    for (auto &[weight, rate] : terms) {
        weight = source.log_uniform(1e-3, 1);
        rate = source.log_uniform(1e-8, fastest);
    }
    const double horizon = source.chance(0.1) ? infinity : source.log_uniform(1e-4, 1e8);
    SCOPED_TRACE(testing::Message() << "fastest " << fastest << ", discount " << discount << ", horizon " << horizon);
    double asked = 0;
    const auto f = [&](double s) {
        EXPECT_GE(s, asked);
        asked = s;
        double sum = 0;
        for (const auto &[weight, rate] : terms) sum += weight * std::exp(-rate * s);
        return sum;
    };
    const auto exact = [&](double until, double rate_of_discount) {
        double sum = 0;
        for (const auto &[weight, rate] : terms)
            sum += weight * -std::expm1(-(rate + rate_of_discount) * until) / (rate + rate_of_discount);
        return sum;
    };
    const double value = discounted_integral(f, fastest, horizon, discount);
    expect_close(value, exact(horizon, discount), 1e-12);
    asked = 0;
    EXPECT_LE(discounted_integral(f, fastest, horizon / 2, discount), value * (1 + 1e-12));
    asked = 0;
    EXPECT_LE(discounted_integral(f, fastest, horizon, 2 * discount), value * (1 + 1e-12));
    asked = 0;
    EXPECT_EQ(discounted_integral(f, fastest, horizon, infinity), 0);
    if (std::isinf(horizon)) return;
    asked = 0;
    expect_close(discounted_integral(f, fastest, horizon, 0), exact(horizon, 0), 1e-12);
}

// Moments are ratios of rising factorials.
void beta_means(Source &source) {
    const double a = source.parameter(), b = source.parameter(), x = source.count(100), y = source.count(100);
    SCOPED_TRACE(testing::Message() << a << ' ' << b << ' ' << x << ' ' << y);
    const double moment = log_beta_moment(a, b, x, y);
    const double mean = beta_mean(a, b, 0, std::fmax(x, y),
                                  [=](const Logistic &logistic) { return x * logistic.log_p + y * logistic.log_q; });
    if (moment > -700) expect_close(mean, std::exp(moment), 1e-11);
    // 1 = E[P + (1 - P)]
    expect_close(beta_mean(a, b, 0, 1, [](const Logistic &logistic) { return log_sum(logistic.log_p, logistic.log_q); }),
                 1, 1e-11);

    // The density of the logit of P, from its top.
    const LogitBeta logit(a, b);
    const double d = source.between(-20, 20);
    const Logistic there(logit.top() + d), at_top(logit.top());
    const double fall = a * (there.log_p - at_top.log_p) + b * (there.log_q - at_top.log_q);
    const double size = a * std::fabs(there.log_p) + b * std::fabs(there.log_q);
    EXPECT_NEAR(logit.log_density(d) - logit.log_density(0), fall, 1e-14 * size + 1e-14);

    const double v = source.between(-800, 800);
    const Logistic logistic(v);
    EXPECT_TRUE(is_probability(logistic.p) && is_probability(logistic.q));
    EXPECT_NEAR(logistic.p + logistic.q, 1, 1e-15);
    EXPECT_NEAR(logistic.log_p - logistic.log_q, v, 1e-14 * std::fabs(v));
    if (logistic.log_p > -700) expect_close(std::exp(logistic.log_p), logistic.p, 1e-12);
    if (logistic.log_q > -700) expect_close(std::exp(logistic.log_q), logistic.q, 1e-12);
}

}  // namespace cltv::property
