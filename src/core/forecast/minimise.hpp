// The search for a minimum of a smooth function of a few variables whose second derivatives are not known.
#pragma once

#include "core/base/numbers_only.hpp"

#include <limits>

#include "core/base/eigen.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/stop.hpp"

namespace cltv {

struct Minimum {
    Eigen::VectorXd point;
    double value = std::numeric_limits<double>::infinity();
    int iterations = 0;
};

// BFGS with a line search by halving. f(x, gradient) gives the value and the gradient, or infinity where x is not allowed.
// J. Nocedal, S. Wright: Numerical Optimization, 2006, chapter 6.
Minimum minimise(FunctionRef<double(const Eigen::VectorXd &, Eigen::VectorXd &)> f, const Eigen::VectorXd &start, int most,
                 double tolerance, Stop stop);

// The same of a function that only tells its value: the gradient is by central differences, and the search along the line asks
// for values alone.
Minimum minimise_by_differences(FunctionRef<double(const Eigen::VectorXd &)> value, const Eigen::VectorXd &start, int most,
                                double tolerance, Stop stop);

}  // namespace cltv
