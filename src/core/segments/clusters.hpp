// Clusters of customers who are alike in several numbers: what their fits read and leave behind.
//
// Distances are Euclidean, between standardised numbers if so requested. k-means leaves k centres; a hierarchy leaves
// one for every distinct customer, each of whom is a cluster, and the mergers that turn them into one.
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

// The outcome of a fit. Without clusters: an attribute with a single value cannot be standardised, or there are fewer
// distinct customers than centres.
enum class ClusterStatus : std::uint8_t { fitted = 0, of_centres = 1, constant = 2, too_few = 3 };
constexpr int n_cluster_statuses = 4;
const char *status_word(ClusterStatus status);

constexpr std::uint32_t most_centres = 1000;   // of k-means
constexpr std::uint32_t most_leaves = 10000;   // of a hierarchy, which looks at every pair
constexpr std::uint32_t leaves_of_centres = 500;  // above that the leaves are so many centres of k-means

// Two branches become one: numbers below the number of leaves are leaves, the others earlier mergers.
struct Merger {
    std::uint32_t a, b;
    double height;
};

// A flat record: this head, then the mean and standard deviation of each attribute, the customers and the sum of
// squared distances of each centre, the centres, the mergers, and the attributes' names, each preceded by a byte with
// its length.
struct Clusters {
    std::int32_t length_word;
    std::uint16_t version;
    ClusterMethod method;
    ClusterStatus status;
    std::uint32_t n_features, n_centres, n_mergers, names_bytes;
    std::uint32_t column;       // the attribute that is constant
    std::uint32_t standardised;
    std::uint32_t distinct;     // distinct customers
    std::uint32_t wanted;       // the number of centres requested
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

    // The divisor of distances in the attribute.
    double scale(std::uint32_t feature) const { return standardised ? deviations()[feature] : 1; }
};
static_assert(sizeof(Clusters) == 56 && sizeof(Merger) == 16);

// What is wrong with a value that claims to be clusters, of the sizes that its head gives, in a sentence, or nullptr.
// Throws std::bad_alloc and Stopped.
const char *find_fault(const Clusters &clusters, Stop stop);

// The distinct customers of a set in some of its columns, ascending, without those for whom one of these is missing.
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
// The standardised numbers.
std::vector<double> standardised(const ClusterRows &rows, const Scaling &scaling, bool standardise);

// The result of a fit, to be written; the names of the attributes are up to the caller.
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

// The centre nearest to a point, the first among equals.
std::uint32_t nearest_centre(const Clusters &clusters, const double *values);

// The cluster of each leaf when a tree is cut into k, from 0: the largest first, among equals the one with the first
// leaf.
std::vector<std::uint32_t> cut(const Clusters &tree, std::uint32_t k);
// The same for one leaf, for queries customer by customer: one pass along the mergers, without sorting.
std::uint32_t cluster_of_leaf(const Clusters &tree, std::uint32_t leaf, std::uint32_t k);

// Clusters as they are reported: those of k-means, or those that a cut of a tree leaves.
struct ClusterSums {
    std::vector<double> customers, means;  // means by cluster, then attribute
};
ClusterSums sums_of(const Clusters &clusters, std::uint32_t k);

// The silhouette, how much closer customers are to their own cluster than to the next: the mean over customers of (b -
// a) / max(a, b), where a is the mean distance to the others in the own cluster and b that to the nearest other
// cluster; 0 for a customer who is alone (P. J. Rousseeuw, J. Comput. Appl. Math. 20 (1987) 53-65). NaN without two
// clusters. Above silhouette_rows distinct customers, about that many of them, drawn by a hash, stand for all.
constexpr std::size_t silhouette_rows = 10000;
double silhouette(const std::vector<double> &values, const std::vector<double> &counts, std::size_t p,
                  const std::vector<std::uint32_t> &labels, std::uint32_t k, Stop stop);

}  // namespace cltv
