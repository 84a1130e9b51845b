// Likelihoods of positive parameters as functions of their logarithms, in which fits search.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/fit/newton.hpp"

namespace cltv {

// A model's log-likelihood in its own parameters becomes one in their logarithms: with theta = e^rho,
// dL/drho_i = theta_i dL/dtheta_i and d2L/drho_i drho_j = theta_i theta_j d2L/dtheta_i dtheta_j + [i = j] dL/drho_i.
template <int N>
Surface<N> in_logarithms(Surface<N> natural, const Eigen::Matrix<double, N, 1> &theta) {
    natural.gradient = natural.gradient.cwiseProduct(theta).eval();
    natural.hessian = (theta.asDiagonal() * natural.hessian * theta.asDiagonal()).eval();
    natural.hessian.diagonal() += natural.gradient;
    return natural;
}

}  // namespace cltv
