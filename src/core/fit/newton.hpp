// Maximisation by damped Newton steps with exact first and second derivatives.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/eigen.hpp"
#include "core/base/function_ref.hpp"

namespace cltv {

// A function of N variables at a point, with its derivatives; N may be Eigen::Dynamic, here and below.
template <int N>
struct Surface {
    double value;
    Eigen::Matrix<double, N, 1> gradient;
    Eigen::Matrix<double, N, N> hessian;
};

// A function that gives such a surface at any point.
template <int N>
using SmoothFunction = FunctionRef<Surface<N>(const Eigen::Matrix<double, N, 1> &)>;

template <int N>
struct Ascent {
    Eigen::Matrix<double, N, 1> point;
    Surface<N> surface;
    int iterations;
    bool settled;  // the gradient is zero to working accuracy and the Hessian negative definite
    bool escaped;  // the point left the box
};

// Maximises f from start inside the box |point - centre| <= radius. A step is Newton's with the Hessian's eigenvalues
// made negative (Nocedal & Wright 2006, section 3.4), no longer than max_step in any coordinate, and halved until f
// rises enough (Armijo). Compiled in newton.cpp, for N = 1 to 4 and Eigen::Dynamic, because eigenvalues take a compiler
// seconds.
template <int N>
Ascent<N> newton_ascent(SmoothFunction<N> f, const Eigen::Matrix<double, N, 1> &start, const Eigen::Matrix<double, N, 1> &centre,
                        double radius, int max_iterations = 100);

}  // namespace cltv
