#include "core/base/beta_mean.hpp"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace cltv {

double log_integral(FunctionRef<double(double)> f, double low, double high) {
    constexpr double agreement = 1e-10, negligible = -38, edge = 34;
    constexpr int max_halvings = 6, mode_bits = 16;
    constexpr int max_points = 2000;  // several times what parameters of 1e-3 to 1e4 take

    std::uintmax_t evaluations = 100;
    const std::pair<double, double> mode =
        boost::math::tools::brent_find_minima([&](double v) { return -f(v); }, low, high, mode_bits, evaluations);
    const double v0 = mode.first, top = -mode.second;
    if (!std::isfinite(top)) return top;

    // The unit is the distance at which f has fallen by 1 or 2, but no more than that of the bends.
    double unit = 1;
    while (unit > 1e-9 && std::max(top - f(v0 - unit), top - f(v0 + unit)) > 2) unit /= 2;
    const auto reach = [&](double sign, double farthest) {
        double distance = unit;
        while (distance < farthest && top - f(v0 + sign * distance) < edge) distance *= 2;
        return std::min(distance, std::max(farthest, unit));
    };
    const double left = v0 - reach(-1, v0 - low), right = v0 + reach(1, high - v0);

    const auto side = [&](double first, double step) {
        double sum = 0, u = first;
        for (int i = 0; i < max_points; ++i, u += step) {
            const double stretch = std::exp((u - right) / unit), squeeze = std::exp((left - u) / unit);
            const double exponent = f(u + unit * (stretch - squeeze)) - top, jacobian = 1 + stretch + squeeze;
            const double term = std::exp(exponent) * jacobian;
            sum += term;
            if (!(exponent > negligible) && !(term > 1e-17 * sum)) return sum;
        }
        return std::numeric_limits<double>::quiet_NaN();
    };
    double step = unit / 2;
    double sum = side(v0, step) + side(v0 - step, -step);
    for (int halving = 0; halving < max_halvings; ++halving) {
        const double finer = sum + side(v0 + step / 2, step) + side(v0 - step / 2, -step);
        const bool settled = std::fabs(finer - 2 * sum) <= agreement * finer;
        sum = finer;
        step /= 2;
        if (settled) return top + std::log(sum * step);
        if (std::isnan(sum)) break;
    }
    return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace cltv
