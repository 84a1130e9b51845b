// Contracts whose clock runs as a power of time: at the end of period t a customer has, in effect, been asked t^c
// times.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/gauss_panels.hpp"

namespace cltv {

// The share of the customers with `renewals` renewals behind them who make h more. Clock gives ln S as a function of
// how far the clock has advanced since, n = (renewals + h)^c - renewals^c.
//
// A Clock has log_share(n) for n up to `farthest`; log_share_late(log_ratio), the same as a function of the logarithm
// of the ratio of the two clock readings, for where the first is beyond `latest` or the second beyond `farthest`; and
// `tail`, the power of n with which the share eventually falls, infinite where it falls faster.
template <class Clock>
class PowerTime {
public:
    PowerTime(const Clock &clock, double power, double renewals)
        : clock_(clock), power_(power), renewals_(renewals), reading_(renewals == 0 ? 0 : std::pow(renewals, power)) {}

    double log_share(double h) const {
        if (h == 0) return 0;
        if (std::isinf(h)) return -std::numeric_limits<double>::infinity();
        if (reading_ > Clock::latest) return clock_.log_share_late(power_ * std::log1p(h / renewals_));
        const double n = renewals_ == 0 ? std::pow(h, power_) : reading_ * std::expm1(power_ * std::log1p(h / renewals_));
        return n <= Clock::farthest ? clock_.log_share(n) : log_share_far(std::log(renewals_ + h));
    }

    // The sum of the shares over h = 1..horizon, each divided by (1 + rate)^(h - 1). The horizon may be infinite, and
    // so may the sum. Relative error about 1e-13, plus that of log_share.
    double sum(double horizon, double rate) const;

private:
    double log_share_far(double log_t) const {
        return clock_.log_share(Clock::farthest) + clock_.log_share_late(power_ * log_t - std::log(Clock::farthest));
    }

    // As a function of u = ln h, for h that may be out of range itself.
    double log_share_at(double u) const {
        if (u < 700) return log_share(std::exp(u));
        if (reading_ > Clock::latest) return clock_.log_share_late(power_ * (u - std::log(renewals_)));
        const double n = std::exp(power_ * u) - reading_;
        return n <= Clock::farthest ? clock_.log_share(n) : log_share_far(u);
    }

    // The terms of sum(), and their integral over h from begin to end, both above 0.
    double term(double h, double discount) const { return std::exp(log_share(h) - discount * (h - 1)); }
    double integral(double begin, double end, double discount, double so_far) const;

    Clock clock_;
    double power_, renewals_, reading_;
};

// The first terms are added one by one, the others by the Euler-Maclaurin formula with central differences at both ends
// (Gauss-Encke; Jordan, Calculus of Finite Differences, 1947, section 128):
//
//   sum of f(h), h = m..n - 1 = integral of f from m - 1/2 to n - 1/2, minus [D - 17/240 D3 + ...]/24 between these places,
//
// where D, D3, ... are the differences of first, third, ... order there. As a function of complex t a share is analytic
// up to the rays at angles of +-pi/c, and no larger than 1 where the real part of t^c is positive, at angles up to
// pi/(2c). So differences of order 9 at t are about 9!/(t sin(pi/(2c)))^9, and the formula cannot see what is of size
// e^(-2 pi t sin(pi/(2c))). This tells where the formula may begin; the last difference must be small in addition.
template <class Clock>
double PowerTime<Clock>::sum(double horizon, double rate) const {
    constexpr double small_difference = 1e-14, negligible = 1e-17;
    constexpr int orders = 5, step = 32;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (horizon == 0) return 0;
    if (rate == 0 && std::isinf(horizon) && !(clock_.tail * power_ > 1)) return infinity;
    const double discount = std::log1p(rate);
    const auto correction = [&](double begin, double *last) {
        constexpr double coefficients[orders] = {1.0 / 24, -17.0 / 5760, 367.0 / 967680, -27859.0 / 464486400,
                                                 1295803.0 / 122624409600.0};
        double difference[2 * orders];
        for (int i = 0; i < 2 * orders; ++i) difference[i] = term(begin - orders + i, discount);
        double sum = 0;
        for (int order = 1; order < 2 * orders; ++order) {
            for (int i = 0; i < 2 * orders - order; ++i) difference[i] = difference[i + 1] - difference[i];
            if (order % 2 == 0) continue;
            const double part = coefficients[order / 2] * difference[orders - 1 - order / 2];
            sum += part;
            *last = std::fabs(part);
        }
        return sum;
    };

    // A share may fall steeply only at times below e^(709/c), because the clock's unit is at most 1e308.
    const double smooth = std::fmin(4 * power_, step + std::exp(710 / power_));
    double total = 0, h = 1, before = 0, last = 0;
    for (double next = std::fmax(step + 1, std::ceil(smooth - renewals_));; next += step) {
        for (; h < next; ++h) {
            const double here = term(h, discount);
            total += here;
            // The remaining terms add up to less than here/(1 + rate) + here/(1 + rate)^2 + ...
            if (h == horizon || here <= negligible * rate * total || here == 0) return total;
        }
        if (horizon - h < step) continue;
        before = correction(h, &last);
        if (last <= small_difference * total) break;
    }
    total += integral(h - 0.5, horizon + 0.5, discount, total) + before;
    return std::isinf(horizon) ? total : total - correction(horizon + 1, &last);
}

// In u = ln h, by panels on which no part of the integrand changes by more than e^8, and which are short enough for
// poles of the share at a distance of pi/c from the real line: sixteen nodes then keep 15 digits.
template <class Clock>
double PowerTime<Clock>::integral(double begin, double end, double discount, double so_far) const {
    constexpr double steepest = 8, negligible = 1e-17, infinity = std::numeric_limits<double>::infinity();
    // From there on the share is, to all digits, a power of time.
    const double last = std::log(end), straight = std::log(1e17 * clock_.scale()) / power_;
    double sum = 0, u = std::log(begin), share_here = log_share_at(u);
    while (u < last) {
        const double h = std::exp(u);
        double length = std::fmin(u > straight ? steepest : std::fmin(steepest, 4 / power_), last - u), share_there;
        for (;; length /= 2) {
            share_there = log_share_at(u + length);
            const bool slow = discount == 0 || discount * h * std::expm1(length) <= steepest;
            if (slow && share_here - share_there <= steepest) break;
            if (!(length > 1e-12)) return std::numeric_limits<double>::quiet_NaN();
        }
        gauss_panel<16>(u, length, [&](double v, double weight) {
            sum += weight * std::exp(v + log_share_at(v) - (discount == 0 ? 0 : discount * (std::exp(v) - 1)));
        });
        const double fall = (share_here - share_there) / length;
        u = length == last - u ? last : u + length;
        share_here = share_there;
        if (!(sum <= std::numeric_limits<double>::max())) return sum;

        const double there = std::exp(u), total = so_far + sum;
        if (discount > 0) {
            if (std::exp(share_here - discount * (there - 1)) <= negligible * discount * total) return sum;
            continue;
        }
        // The power with which the share falls approaches clock.tail * power. fall is the power in h, which is smaller
        // than that in t.
        const double exponent = std::fmin(fall, clock_.tail * power_);
        const double tail = exponent > 1 ? std::exp(u + share_here) / (exponent - 1) : infinity;
        if (tail <= negligible * total) return sum;
        if (std::isinf(last) && u > straight)
            return sum + std::exp((std::isinf(there) ? u : std::log(renewals_ + there)) + share_here) /
                             (clock_.tail * power_ - 1);
    }
    return sum;
}

}  // namespace cltv
