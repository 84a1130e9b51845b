// Hierarchical clusters: each distinct customer is one, and the two that are nearest become one, until all are.
//
// Distances between clusters after a merger by G. N. Lance and W. T. Williams (The Computer Journal 9 (1967) 373-380), of
// Ward's method on squares, whose root is the height (F. Murtagh, P. Legendre, J. Classification 31 (2014) 274-295: Ward.D2
// of R). Who is nearest is found along chains of nearest neighbours (F. Murtagh, The Computer Journal 26 (1983) 354-359),
// which takes time and memory of the square of the distinct customers; equal customers are one cluster of them to begin with.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/segments/clusters.hpp"

namespace cltv {

// Throws Stopped, std::bad_alloc and std::overflow_error.
FittedClusters fit_hierarchy(const ClusterRows &rows, ClusterMethod method, bool standardise, Stop stop);

}  // namespace cltv
