// k-means: k centres with the least sum of squared distances of the customers to the nearest of them.
//
// Starts: k-means++ (D. Arthur, S. Vassilvitskii, SODA 2007), greedy as its authors' code was: of some candidates the one
// that lowers the sum most. Draws are hashes of the seed over the distinct customers in ascending order, so that neither
// their order nor the workers have a say. Then Lloyd's steps until nobody moves, with the bounds of G. Hamerly (SDM 2010),
// which leave out most distances (kmeans.cpp). Above start_rows distinct customers the starts are compared on about so many of them,
// drawn by a hash, and the best goes on with all (P. S. Bradley, U. M. Fayyad, ICML 1998).
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

// Clusters in the order of their customers, the largest first, of equals the one whose centre is smaller. Throws Stopped
// and std::overflow_error.
FittedClusters fit_kmeans(const ClusterRows &rows, const KMeans &settings, Stop stop);

// Gives the clusters the places of those of an earlier fit, of as many and with the same attributes, to which they are
// nearest: so that the sum of the squared distances is least (H. W. Kuhn, Naval Research Logistics 2 (1955) 83-97).
void match_labels(FittedClusters &fitted, const Clusters &before);

// What 1 to most_k clusters leave of the distances.
struct ClusterChoice {
    std::uint32_t k;
    double within, silhouette;
};
std::vector<ClusterChoice> choose_k(const ClusterRows &rows, std::uint32_t most_k, const KMeans &settings, Stop stop);

}  // namespace cltv
