// Clusters of customers who are alike in some numbers: what fits of them read, and what they leave.
//
// Distances are Euclidean, of the numbers in standard deviations where they are standardised. k-means leaves k centres;
// a hierarchy leaves one for every distinct customer, which is a cluster of its own, and the mergers that make one of all.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// Stored in databases: numbers are never reused.
enum class ClusterMethod : std::uint8_t { kmeans = 0, ward = 1, single = 2, complete = 3, average = 4 };
constexpr int n_cluster_methods = 5;
const char *method_name(ClusterMethod method);

// What became of a fit. Without clusters: an attribute that has one value cannot be standardised; k centres need as many
// distinct customers.
enum class ClusterStatus : std::uint8_t { fitted = 0, of_centres = 1, constant = 2, too_few = 3 };
constexpr int n_cluster_statuses = 4;
const char *status_word(ClusterStatus status);

constexpr std::uint32_t most_centres = 1000;   // of k-means
constexpr std::uint32_t most_leaves = 10000;   // of a hierarchy: it looks at every pair
constexpr std::uint32_t leaves_of_centres = 500;  // above that the leaves are so many centres of k-means

// Two become one: numbers below the leaves' are leaves, the others earlier mergers.
struct Merger {
    std::uint32_t a, b;
    double height;
};

// Flat: this head, then the mean and the standard deviation of each attribute, the customers and the sum of squared
// distances of each centre, the centres, the mergers, and the attributes' names, each a byte that is its length before it.
struct Clusters {
    std::int32_t length_word;
    std::uint16_t version;
    ClusterMethod method;
    ClusterStatus status;
    std::uint32_t n_features, n_centres, n_mergers, names_bytes;
    std::uint32_t column;       // the attribute that is constant
    std::uint32_t standardised;
    std::uint32_t distinct;     // customers that were distinguished
    std::uint32_t wanted;       // centres that were asked for
    double customers, skipped;

    static constexpr std::uint16_t current_version = 1;
    static std::size_t bytes(std::size_t features, std::size_t centres, std::size_t mergers, std::size_t names_bytes) {
        return sizeof(Clusters) + sizeof(double) * (2 * features + 2 * centres + centres * features) +
               sizeof(Merger) * mergers + padded(names_bytes);
    }
    std::size_t bytes() const { return bytes(n_features, n_centres, n_mergers, names_bytes); }
    bool is_tree() const { return method != ClusterMethod::kmeans; }

    const double *means() const { return reinterpret_cast<const double *>(this + 1); }
    const double *deviations() const { return means() + n_features; }
    const double *sizes() const { return deviations() + n_features; }
    const double *within() const { return sizes() + n_centres; }
    const double *centres() const { return within() + n_centres; }
    const double *centre(std::uint32_t i) const { return centres() + std::size_t{i} * n_features; }
    const Merger *mergers() const {
        return reinterpret_cast<const Merger *>(centres() + std::size_t{n_centres} * n_features);
    }
    const char *names() const { return reinterpret_cast<const char *>(mergers() + n_mergers); }

    double *means() { return reinterpret_cast<double *>(this + 1); }
    double *deviations() { return means() + n_features; }
    double *sizes() { return deviations() + n_features; }
    double *within() { return sizes() + n_centres; }
    double *centres() { return within() + n_centres; }
    double *centre(std::uint32_t i) { return centres() + std::size_t{i} * n_features; }
    Merger *mergers() { return reinterpret_cast<Merger *>(centres() + std::size_t{n_centres} * n_features); }
    char *names() { return reinterpret_cast<char *>(mergers() + n_mergers); }

    // What a distance in the attribute is divided by.
    double scale(std::uint32_t feature) const { return standardised ? deviations()[feature] : 1; }
};
static_assert(sizeof(Clusters) == 56 && sizeof(Merger) == 16);

// What is wrong with a value that claims to be clusters, of the sizes that its head says, in a sentence, or nullptr. Throws
// std::bad_alloc and Stopped.
const char *find_fault(const Clusters &clusters, Stop stop);

// The distinct customers of a set in some of its columns, ascending, those of whom one of these is not known left out.
struct ClusterRows {
    std::size_t n = 0, p = 0;
    std::vector<double> values;  // by row
    std::vector<double> counts;
    double customers = 0, skipped = 0;
    const double *row(std::size_t i) const { return values.data() + i * p; }
};
ClusterRows cluster_rows(const FeatureSet &set, const std::vector<std::uint32_t> &columns, Stop stop);

// The mean and the standard deviation (over n - 1, as R's scale has it) of each column. Throws std::overflow_error.
struct Scaling {
    std::vector<double> mean, deviation;
    int constant = -1;  // the first column with one value
};
Scaling scaling_of(const ClusterRows &rows, Stop stop);
// The numbers in standard deviations from their mean.
std::vector<double> standardised(const ClusterRows &rows, const Scaling &scaling, bool standardise);

// What a fit leaves, to be written; the names of the attributes are the caller's.
struct FittedClusters {
    ClusterMethod method = ClusterMethod::kmeans;
    ClusterStatus status = ClusterStatus::fitted;
    std::uint32_t column = 0, distinct = 0, wanted = 0;
    bool standardised = true;
    double customers = 0, skipped = 0;
    Scaling scaling;
    std::vector<double> sizes, within, centres;
    std::vector<Merger> mergers;

    std::size_t bytes(std::size_t names_bytes) const {
        return Clusters::bytes(scaling.mean.size(), sizes.size(), mergers.size(), names_bytes);
    }
    void write(Clusters &clusters, const char *names, std::size_t names_bytes) const;
};

// The centre that is nearest to so many numbers, the first of equals.
std::uint32_t nearest_centre(const Clusters &clusters, const double *values);

// The cluster of each leaf where a tree is cut into k, from 0: the largest first, of equals the one with the first leaf.
std::vector<std::uint32_t> cut(const Clusters &tree, std::uint32_t k);
// The same of one leaf, for who asks customer by customer: once along the mergers, without sorting.
std::uint32_t cluster_of_leaf(const Clusters &tree, std::uint32_t leaf, std::uint32_t k);

// Clusters as they are told: of k-means its own, of a tree those that a cut leaves.
struct ClusterSums {
    std::vector<double> customers, means;  // means by cluster, then attribute
};
ClusterSums sums_of(const Clusters &clusters, std::uint32_t k);

// How much nearer customers are to their own cluster than to the next: the mean over customers of (b - a) / max(a, b) with
// the mean distances a to the others of the own and b to those of the nearest other cluster; 0 where one is alone
// (P. J. Rousseeuw, J. Comput. Appl. Math. 20 (1987) 53-65). NaN without two clusters. Above silhouette_rows distinct
// customers about so many of them, drawn by a hash, stand for all.
constexpr std::size_t silhouette_rows = 10000;
double silhouette(const std::vector<double> &values, const std::vector<double> &counts, std::size_t p,
                  const std::vector<std::uint32_t> &labels, std::uint32_t k, Stop stop);

}  // namespace cltv
