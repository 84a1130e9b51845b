// Discounted purchases: integrals of a purchase rate against e^(-discount s).
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/gauss_panels.hpp"

namespace cltv {

// The integral over 0..horizon of e^(-discount s) rate(s) ds; the horizon may be infinite if discount > 0. The rate is
// a mixture of falling exponentials e^(-mu s) and falls no faster than (1 + s)^-fastest, fastest >= 1. It is called at
// ascending s.
//
// In the first panel such an integrand falls by a factor of e^3 at most, and its singularity at s = -1 is far away.
// From there on the integral is in ln s, where e^(-mu s) s is the same curve, shifted, for every mu, without a
// singularity in the strip within pi/2 of the real axis, and bounded there: so equal panels serve all mixtures. Ten
// Gauss-Legendre nodes make either kind of panel accurate to about 1e-13.
//
// NaN where that takes too many panels, because nobody can interrupt them and a rate may cost a quadrature.
template <class Rate>
double discounted_integral(Rate &&rate, double fastest, double horizon, double discount) {
    constexpr double longest_first = 1.25, first_fall = 3, growth = 3.5, negligible = 1e-17;
    constexpr int max_panels = 160;  // from any time to 1e86 times as much

    const auto panel = [&](double begin, double end, auto &&time, auto &&jacobian) {
        // The rule lists the nodes from the middle outwards; the rate wants them in order.
        constexpr const auto &node = GaussRule<10>::node;
        constexpr const auto &weight = GaussRule<10>::weight;
        double sum = 0;
        for (int i = -5; i < 5; ++i) {
            const std::size_t k = i < 0 ? static_cast<std::size_t>(-i - 1) : static_cast<std::size_t>(i);
            const double s = time((begin + end) / 2 + (end - begin) / 2 * (i < 0 ? -node[k] : node[k]));
            sum += weight[k] * std::exp(-discount * s) * jacobian(s) * rate(s);
        }
        return sum * (end - begin) / 2;
    };
    if (std::isinf(discount)) return 0;  // whatever is to come is worth nothing
    double end = std::min({horizon, longest_first, first_fall / (fastest + discount)});
    double sum = panel(0, end, [](double s) { return s; }, [](double) { return 1.0; });
    for (int panels = 0; end < horizon; ++panels) {
        if (panels == max_panels) return std::numeric_limits<double>::quiet_NaN();
        const double begin = end;
        end = horizon > begin * growth * 1.1 ? begin * growth : horizon;
        const double part = panel(
            0, std::log(end / begin), [=](double w) { return begin * std::exp(w); }, [](double s) { return s; });
        sum += part;
        if (!(part > negligible * sum) && !(discount * begin <= 1)) break;
        if (!std::isfinite(sum)) break;
    }
    return sum;
}

}  // namespace cltv
