// What a likelihood says of its own maximum: standard errors by its second derivatives.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/eigen.hpp"
#include "core/base/function_ref.hpp"

namespace cltv {

// The inverse of the second derivatives of minus a log-likelihood, by central differences of so much in each variable; NaN
// throughout where they are no maximum's.
Eigen::MatrixXd inverse_curvature(FunctionRef<double(const Eigen::VectorXd &)> minus_log_likelihood, const Eigen::VectorXd &x,
                                  const Eigen::VectorXd &reach);

}  // namespace cltv
