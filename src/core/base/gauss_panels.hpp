// Gauss-Legendre quadrature on short panels.
#pragma once

#include "core/base/numbers_only.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/special.hpp"

namespace cltv {

// Calls f(node, weight) for the integral over begin..begin + length.
template <unsigned Nodes, class Function>
inline void gauss_panel(double begin, double length, Function &&f) {
    using Rule = boost::math::quadrature::gauss<double, Nodes, BoostPolicy>;
    // Boost lists the nodes from the middle outwards, a middle one once.
    const auto &node = Rule::abscissa();
    const auto &weight = Rule::weights();
    const double half = length / 2, middle = begin + half;
    for (unsigned i = Nodes / 2 + Nodes % 2; i-- > Nodes % 2;) f(middle - half * node[i], half * weight[i]);
    for (unsigned i = 0; i < Nodes / 2 + Nodes % 2; ++i) f(middle + half * node[i], half * weight[i]);
}

// The integral of e^f from begin to end (either may be the larger, end infinite; the result is positive) for an f that
// is concave, with its slope given, and analytic around the real line. reach(x) is how long a panel may be that starts
// at x and leads towards end: 2 where f has a singularity next to x at a distance of pi, more where it is farther away.
// The integral is not far from its largest values at begin. Relative error about 1e-13, as f's own. NaN where f is so
// steep that the numbers between begin and end are too coarse for it, or is none.
template <class LogIntegrand, class Slope, class Reach>
double log_concave_integral(LogIntegrand &&f, Slope &&slope, double begin, double end, Reach &&reach) {
    // Ten nodes keep their digits as long as the integrand changes by no more than about e^6.
    constexpr double steepest = 6, slack = 1.2, negligible = 1e-17, flat = 1e-300;
    constexpr int max_panels = 10000;  // a few milliseconds, and ten times what parameters of 1e-300 take
    const double sign = end < begin ? -1 : 1;
    double sum = 0, here = begin, slope_here = sign * slope(begin);
    for (int panel = 0; here != end; ++panel) {
        if (panel == max_panels) return std::numeric_limits<double>::quiet_NaN();
        const double left = std::fabs(end - here);
        double length = std::min({reach(here), left, steepest / std::fmax(std::fabs(slope_here), flat)});
        // A slope that falls all the way is steepest at one of the ends.
        double slope_there = sign * slope(here + sign * length);
        while (std::fabs(slope_there) * length > slack * steepest) {
            length = std::fmax(length / 2, steepest / std::fabs(slope_there));
            slope_there = sign * slope(here + sign * length);
        }
        gauss_panel<10>(std::fmin(here, here + sign * length), length,
                        [&](double x, double weight) { sum += weight * std::exp(f(x)); });
        here = left > length * (1 + 1e-12) ? here + sign * length : end;
        slope_here = slope_there;
        // From here on it falls at least as fast as it does now.
        if (here != end && slope_here < 0 && std::exp(f(here)) <= -slope_here * negligible * sum) break;
    }
    return sum;
}

}  // namespace cltv
