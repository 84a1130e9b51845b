// Gauss-Legendre quadrature on short panels, with nodes in ascending order.
#pragma once

#include "model/numbers_only.hpp"

#include <boost/math/quadrature/gauss.hpp>

#include "model/special.hpp"

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

}  // namespace cltv
