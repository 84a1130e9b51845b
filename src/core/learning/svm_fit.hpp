// The linear support vector machine with squared hinge loss, and probabilities from it by Platt's scaling.
//
// The decision f = b + w'x for customers with the sign s minimises w'w/2 + cost sum max(0, 1 - s f)^2. With many more
// customers than attributes this is fastest in b and w themselves: the loss is quadratic between the points where
// customers come to the margin or leave it, so Newton's method ends after a few steps (S. S. Keerthi, D. DeCoste: A
// modified finite Newton method for fast solution of large scale linear SVMs, JMLR 6 (2005) 341-361). The dual
// coordinate descent of liblinear (C.-J. Hsieh et al., ICML 2008) leads to the same point, but takes thousands of
// passes over the customers at the usual cost of 1.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>

#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// Fits a sorted set of yes and no without missing numbers. As in libsvm, the decisions that are scaled are those of the
// customers of each of five folds by a fit to the others. Throws Stopped, and std::domain_error where there are too
// many coefficients.
Fit fit_svm(const FeatureSet &set, double cost, std::uint64_t seed, Stop stop);

namespace svm { extern const Family family; }

}  // namespace cltv
