// Standard errors from the second derivatives of a likelihood at its maximum.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/eigen.hpp"
#include "core/base/function_ref.hpp"

namespace cltv {

// The inverse of the second derivatives of minus a log-likelihood, by central differences with the given steps; NaN
// throughout where the point is no maximum.
Eigen::MatrixXd inverse_curvature(FunctionRef<double(const Eigen::VectorXd &)> minus_log_likelihood, const Eigen::VectorXd &x,
                                  const Eigen::VectorXd &reach);

}  // namespace cltv
