// Gauss-Legendre quadrature on short panels.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/special.hpp"

namespace cltv {

// The nodes from the middle outwards, a middle one once, and their weights, to the last bit as Boost.Math works them out.
// P. J. Davis, I. Polonsky in M. Abramowitz, I. A. Stegun: Handbook of Mathematical Functions (1964), table 25.4.
template <unsigned Nodes>
struct GaussRule;

template <>
struct GaussRule<3> {
    static constexpr double node[] = {
        0, 0.7745966692414834};
    static constexpr double weight[] = {
        0.88888888888888884, 0.55555555555555547};
};

template <>
struct GaussRule<4> {
    static constexpr double node[] = {
        0.33998104358485631, 0.86113631159405257};
    static constexpr double weight[] = {
        0.65214515486254609, 0.34785484513745385};
};

template <>
struct GaussRule<7> {
    static constexpr double node[] = {
        0, 0.40584515137739718, 0.74153118559939446, 0.94910791234275849};
    static constexpr double weight[] = {
        0.4179591836734694, 0.38183005050511892, 0.27970539148927664, 0.1294849661688697};
};

template <>
struct GaussRule<8> {
    static constexpr double node[] = {
        0.18343464249564981, 0.52553240991632899, 0.79666647741362684, 0.96028985649753629};
    static constexpr double weight[] = {
        0.36268378337836199, 0.31370664587788732, 0.22238103445337437, 0.10122853629037609};
};

template <>
struct GaussRule<10> {
    static constexpr double node[] = {
        0.14887433898163122, 0.43339539412924721, 0.67940956829902444, 0.86506336668898454, 0.97390652851717174};
    static constexpr double weight[] = {
        0.29552422471475287, 0.26926671930999635, 0.21908636251598204, 0.14945134915058059, 0.066671344308688138};
};

template <>
struct GaussRule<16> {
    static constexpr double node[] = {
        0.095012509837637441, 0.28160355077925892, 0.45801677765722737, 0.61787624440264377, 0.755404408355003,
        0.86563120238783176, 0.9445750230732326, 0.98940093499164994};
    static constexpr double weight[] = {
        0.18945061045506847, 0.18260341504492361, 0.16915651939500254, 0.14959598881657671, 0.12462897125553386,
        0.095158511682492786, 0.062253523938647873, 0.027152459411754121};
};

// Calls f(node, weight) for the integral over begin..begin + length.
template <unsigned Nodes, class Function>
inline void gauss_panel(double begin, double length, Function &&f) {
    constexpr const auto &node = GaussRule<Nodes>::node;
    constexpr const auto &weight = GaussRule<Nodes>::weight;
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
