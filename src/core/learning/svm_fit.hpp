// The linear support vector machine with squared hinge loss, and the probabilities that Platt's scaling makes of it.
//
// The decision f = b + w'x of customers with the sign s minimises w'w/2 + cost sum max(0, 1 - s f)^2. With many more
// customers than attributes this is quickest in b and w themselves: the loss is quadratic between the places where
// customers come to the margin or leave it, so that Newton's steps end after a few (S. S. Keerthi, D. DeCoste: A modified
// finite Newton method for fast solution of large scale linear SVMs, JMLR 6 (2005) 341-361). The dual coordinate descent
// of liblinear (C.-J. Hsieh et al., ICML 2008) leads to the same point, in thousands of passes over the customers at the usual
// cost of 1.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>

#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// Of a sorted set of yes and no without missing numbers. The decisions that are scaled are, as in libsvm, those of customers
// of each of five folds by a fit to the others. Throws Stopped, and std::domain_error where there are too many coefficients.
Fit fit_svm(const FeatureSet &set, double cost, std::uint64_t seed, Stop stop);

namespace svm { extern const Family family; }

}  // namespace cltv
