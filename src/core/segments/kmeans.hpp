// k-means: the k centres with the least sum of squared distances from the customers to the nearest of them.
//
// Starts: k-means++ (D. Arthur, S. Vassilvitskii, SODA 2007), greedy as in its authors' code: among several candidates
// the one that lowers the sum most. Draws are hashes of the seed over the distinct customers in ascending order, so
// neither the order of rows nor the workers matter. Then Lloyd's algorithm until nobody moves, with the bounds of G.
// Hamerly (SDM 2010), which save most distances (kmeans.cpp). Above start_rows distinct customers the starts are
// compared on a sample of about that many, drawn by a hash, and the best goes on with all (P. S. Bradley, U. M. Fayyad,
// ICML 1998).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>

#include "core/segments/clusters.hpp"

namespace cltv {

constexpr std::size_t start_rows = 10000;

struct KMeans {
    std::uint32_t k = 5;
    std::uint64_t seed = 1;
    int starts = 10;
    bool standardise = true;
    bool to_the_end = true;  // else, where starts are compared on a draw, the others only go to the nearest centre
};

// Clusters in descending order of size; among equals the one whose centre is smaller comes first. Throws Stopped and
// std::overflow_error.
FittedClusters fit_kmeans(const ClusterRows &rows, const KMeans &settings, Stop stop);

// Gives the clusters the places of the nearest ones of an earlier fit, which must have as many and the same attributes:
// the assignment of the least sum of squared distances (H. W. Kuhn, Naval Research Logistics 2 (1955) 83-97).
void match_labels(FittedClusters &fitted, const Clusters &before);

// The sums of squared distances that 1 to most_k clusters leave.
struct ClusterChoice {
    std::uint32_t k;
    double within, silhouette;
};
std::vector<ClusterChoice> choose_k(const ClusterRows &rows, std::uint32_t most_k, const KMeans &settings, Stop stop);

}  // namespace cltv
