// Hierarchical clusters: each distinct customer starts as one, and the two nearest are joined until one is left.
//
// Distances between clusters after a merger follow G. N. Lance and W. T. Williams (The Computer Journal 9 (1967)
// 373-380); for Ward's method they are of squares, whose root is the height (F. Murtagh, P. Legendre, J. Classification
// 31 (2014) 274-295: Ward.D2 in R). The nearest pair is found along chains of nearest neighbours (F. Murtagh, The
// Computer Journal 26 (1983) 354-359), which takes time and memory proportional to the square of the number of distinct
// customers; equal customers start as one cluster.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/segments/clusters.hpp"

namespace cltv {

// Throws Stopped, std::bad_alloc and std::overflow_error.
FittedClusters fit_hierarchy(const ClusterRows &rows, ClusterMethod method, bool standardise, Stop stop);

}  // namespace cltv
