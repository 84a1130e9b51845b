#include "core/segments/clusters.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

#include "core/base/hash.hpp"
#include "core/base/sort_rows.hpp"

namespace cltv {

const char *method_name(ClusterMethod method) {
    constexpr const char *names[] = {"kmeans", "ward", "single", "complete", "average"};
    return names[static_cast<int>(method)];
}

const char *status_word(ClusterStatus status) {
    constexpr const char *words[] = {"fitted", "fitted to centres", "constant", "too few"};
    return words[static_cast<int>(status)];
}

namespace {

// For each merger the number of leaves below it and the first of them; empty where the mergers make no tree.
struct Branch {
    std::uint32_t first, leaves;
    bool used;
};

std::vector<Branch> branches_of(const Clusters &tree) {
    const std::uint32_t n = tree.n_centres;
    std::vector<Branch> branches(n + tree.n_mergers);
    for (std::uint32_t i = 0; i < n; ++i) branches[i] = {i, 1, false};
    for (std::uint32_t i = 0; i < tree.n_mergers; ++i) {
        const Merger &merger = tree.mergers()[i];
        if (merger.a >= n + i || merger.b >= n + i || merger.a == merger.b) return {};
        Branch &a = branches[merger.a], &b = branches[merger.b];
        if (a.used || b.used || a.first > b.first) return {};
        a.used = b.used = true;
        branches[n + i] = {a.first, a.leaves + b.leaves, false};
    }
    return branches;
}

bool all_finite(const double *numbers, std::size_t n, double least) {
    for (std::size_t i = 0; i < n; ++i)
        if (!(numbers[i] >= least && numbers[i] <= std::numeric_limits<double>::max())) return false;
    return true;
}

double squared_distance(const Clusters &clusters, const double *a, const double *b) {
    double sum = 0;
    for (std::uint32_t j = 0; j < clusters.n_features; ++j) {
        const double d = (a[j] - b[j]) / clusters.scale(j);
        sum += d * d;
    }
    return sum;
}

}  // namespace

const char *find_fault(const Clusters &clusters, Stop stop) {
    constexpr double lowest = std::numeric_limits<double>::lowest();
    if (static_cast<int>(clusters.method) >= n_cluster_methods) return "The method is unknown.";
    if (static_cast<int>(clusters.status) >= n_cluster_statuses) return "The status is unknown.";
    if (clusters.n_features == 0 || clusters.n_features > static_cast<std::uint32_t>(Features::most))
        return "Clusters have 1 to 1600 attributes.";
    if (clusters.standardised > 1) return "Numbers are standardised or not.";
    const double heads[] = {clusters.customers, clusters.skipped};
    if (!all_finite(heads, 2, 0)) return "A number of customers is not a finite number from 0 up.";
    const bool refused = clusters.status == ClusterStatus::constant || clusters.status == ClusterStatus::too_few;
    if (clusters.column >= clusters.n_features || (clusters.column > 0 && clusters.status != ClusterStatus::constant))
        return "Only an attribute that there is can be constant.";
    if (refused != (clusters.n_centres == 0)) return "A fit has clusters where it did not refuse, and only there.";
    if (clusters.status == ClusterStatus::of_centres && !clusters.is_tree()) return "Only a tree is fitted to centres.";
    if (clusters.n_centres > (clusters.is_tree() ? most_leaves : most_centres)) return "There are too many centres.";
    if (clusters.n_mergers != (clusters.is_tree() && !refused ? clusters.n_centres - 1 : 0))
        return "A tree has a merger less than leaves, and k-means has none.";
    NameBlock names(clusters.names());
    Text before{nullptr, 0};
    std::size_t bytes = 0;
    for (std::uint32_t i = 0; i < clusters.n_features; ++i) {
        if (bytes >= clusters.names_bytes) return "An attribute has no name.";
        const Text name = names.next();
        bytes += 1 + name.size;
        if (name.size == 0 || bytes > clusters.names_bytes) return "An attribute has no name.";
        if (i > 0 && !(before < name)) return "Attributes must be in the order of their names, each once.";
        before = name;
    }
    if (bytes != clusters.names_bytes) return "There are more names than attributes.";
    if (!all_finite(clusters.means(), clusters.n_features, lowest) || !all_finite(clusters.deviations(), clusters.n_features, 0))
        return "A mean or a standard deviation is not a finite number.";
    if (clusters.standardised && !refused)
        for (std::uint32_t i = 0; i < clusters.n_features; ++i)
            if (!(clusters.deviations()[i] > 0)) return "What is standardised has a standard deviation above 0.";
    for (std::uint32_t i = 0; i < clusters.n_centres; ++i)
        if (!(clusters.sizes()[i] > 0)) return "A cluster has no customers.";
    if (!all_finite(clusters.sizes(), clusters.n_centres, 0) || !all_finite(clusters.within(), clusters.n_centres, 0) ||
        !all_finite(clusters.centres(), std::size_t{clusters.n_centres} * clusters.n_features, lowest))
        return "A number of a cluster is not finite, or negative.";
    poll(stop);
    double height = 0;
    for (std::uint32_t i = 0; i < clusters.n_mergers; ++i) {
        const Merger &merger = clusters.mergers()[i];
        if (!(merger.height >= height && merger.height <= std::numeric_limits<double>::max()))
            return "Heights of mergers must not fall.";
        height = merger.height;
    }
    if (clusters.n_mergers > 0 && branches_of(clusters).empty())
        return "The mergers must make a tree, the branch with the first leaf first.";
    return nullptr;
}

ClusterRows cluster_rows(const FeatureSet &set, const std::vector<std::uint32_t> &columns, Stop stop) {
    const std::size_t p = columns.size();
    std::vector<double> weight(set.attribute_rows);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        weight[static_cast<std::size_t>(set.rows()[i].row)] += set.rows()[i].count;
    }
    ClusterRows rows;
    rows.p = p;
    rows.skipped = set.skipped;
    rows.values.reserve(std::size_t{set.attribute_rows} * p);
    rows.counts.reserve(set.attribute_rows);
    std::vector<double> values(p);
    bool ascends = true;
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        if (weight[row] == 0) continue;  // a part of the set has no customer there
        const double *const all = set.attributes(row);
        bool known = true;
        for (std::size_t j = 0; j < p; ++j) {
            values[j] = all[columns[j]];
            known = known && values[j] == values[j];
        }
        if (!known) {
            rows.skipped += weight[row];
            continue;
        }
        rows.customers += weight[row];
        if (!rows.counts.empty()) {
            const double *const last = rows.values.data() + rows.values.size() - p;
            if (std::equal(values.begin(), values.end(), last)) {
                rows.counts.back() += weight[row];
                continue;
            }
            ascends = ascends && std::lexicographical_compare(last, last + p, values.begin(), values.end());
        }
        rows.values.insert(rows.values.end(), values.begin(), values.end());
        rows.counts.push_back(weight[row]);
    }
    rows.n = rows.counts.size();
    if (ascends) return rows;
    // Other columns come before these in the set, so rows are sorted again and those that are equal now are joined.
    std::vector<std::uint32_t> order(rows.n);
    std::iota(order.begin(), order.end(), 0);
    sort_by_comparison(
        order.data(), order.data() + order.size(),
        [&](std::uint32_t a, std::uint32_t b) {
            return std::lexicographical_compare(rows.row(a), rows.row(a) + p, rows.row(b), rows.row(b) + p);
        },
        stop);
    ClusterRows sorted;
    sorted.p = p;
    sorted.customers = rows.customers;
    sorted.skipped = rows.skipped;
    for (const std::uint32_t i : order) {
        if (!sorted.counts.empty() && std::equal(rows.row(i), rows.row(i) + p, sorted.values.end() - static_cast<std::ptrdiff_t>(p))) {
            sorted.counts.back() += rows.counts[i];
            continue;
        }
        sorted.values.insert(sorted.values.end(), rows.row(i), rows.row(i) + p);
        sorted.counts.push_back(rows.counts[i]);
    }
    sorted.n = sorted.counts.size();
    return sorted;
}

Scaling scaling_of(const ClusterRows &rows, Stop stop) {
    Scaling scaling;
    scaling.mean.assign(rows.p, 0);
    scaling.deviation.assign(rows.p, 0);
    if (rows.n == 0) return scaling;
    std::vector<double> compensation(rows.p);
    for (std::size_t i = 0; i < rows.n; ++i) {
        poll_at(i, stop);
        const double share = rows.counts[i] / rows.customers;
        for (std::size_t j = 0; j < rows.p; ++j) scaling.mean[j] += share * rows.row(i)[j];
    }
    // Corrected by the square of the sum that rounding leaves (T. F. Chan, G. H. Golub, R. J. LeVeque, The American
    // Statistician 37 (1983) 242-247).
    for (std::size_t i = 0; i < rows.n; ++i) {
        poll_at(i, stop);
        for (std::size_t j = 0; j < rows.p; ++j) {
            const double distance = rows.row(i)[j] - scaling.mean[j];
            compensation[j] += rows.counts[i] * distance;
            scaling.deviation[j] += rows.counts[i] * distance * distance;
        }
    }
    const double freedom = rows.customers > 1 ? rows.customers - 1 : rows.customers;
    for (std::size_t j = 0; j < rows.p; ++j) {
        double &deviation = scaling.deviation[j];
        deviation = std::sqrt(std::max(0.0, deviation - compensation[j] * compensation[j] / rows.customers) / freedom);
        if (!std::isfinite(deviation) || !std::isfinite(scaling.mean[j]))
            throw std::overflow_error("the squares of an attribute are out of range: give it in a larger unit");
        bool constant = true;
        for (std::size_t i = 1; i < rows.n && constant; ++i) constant = rows.row(i)[j] == rows.row(0)[j];
        if (constant) deviation = 0;
        if (deviation == 0 && scaling.constant < 0) scaling.constant = static_cast<int>(j);
    }
    return scaling;
}

std::vector<double> standardised(const ClusterRows &rows, const Scaling &scaling, bool standardise) {
    std::vector<double> values = rows.values;
    for (std::size_t i = 0; i < rows.n; ++i)
        for (std::size_t j = 0; j < rows.p; ++j) {
            double &value = values[i * rows.p + j];
            value -= scaling.mean[j];
            if (standardise) value /= scaling.deviation[j];
        }
    return values;
}

void FittedClusters::write(Clusters &clusters, const char *names, std::size_t names_bytes) const {
    std::memset(static_cast<void *>(&clusters), 0, bytes(names_bytes));
    clusters.version = Clusters::current_version;
    clusters.method = method;
    clusters.status = status;
    clusters.n_features = static_cast<std::uint32_t>(scaling.mean.size());
    clusters.n_centres = static_cast<std::uint32_t>(sizes.size());
    clusters.n_mergers = static_cast<std::uint32_t>(mergers.size());
    clusters.names_bytes = static_cast<std::uint32_t>(names_bytes);
    clusters.column = column;
    clusters.standardised = standardised;
    clusters.distinct = distinct;
    clusters.wanted = wanted;
    clusters.customers = customers;
    clusters.skipped = skipped;
    std::copy(scaling.mean.begin(), scaling.mean.end(), clusters.means());
    std::copy(scaling.deviation.begin(), scaling.deviation.end(), clusters.deviations());
    std::copy(sizes.begin(), sizes.end(), clusters.sizes());
    std::copy(within.begin(), within.end(), clusters.within());
    std::copy(centres.begin(), centres.end(), clusters.centres());
    std::copy(mergers.begin(), mergers.end(), clusters.mergers());
    std::memcpy(clusters.names(), names, names_bytes);
}

std::uint32_t nearest_centre(const Clusters &clusters, const double *values) {
    std::uint32_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::uint32_t i = 0; i < clusters.n_centres; ++i) {
        const double distance = squared_distance(clusters, values, clusters.centre(i));
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

std::vector<std::uint32_t> cut(const Clusters &tree, std::uint32_t k) {
    const std::uint32_t n = tree.n_centres, kept = n - k;  // mergers below the cut
    std::vector<std::uint32_t> parent(n + kept);
    std::iota(parent.begin(), parent.end(), 0);
    std::vector<double> customers(tree.sizes(), tree.sizes() + n);
    std::vector<std::uint32_t> first(n);
    std::iota(first.begin(), first.end(), 0);
    customers.resize(n + kept);
    first.resize(n + kept);
    for (std::uint32_t i = 0; i < kept; ++i) {
        const Merger &merger = tree.mergers()[i];
        parent[merger.a] = parent[merger.b] = n + i;
        customers[n + i] = customers[merger.a] + customers[merger.b];
        first[n + i] = first[merger.a];
    }
    for (std::uint32_t i = n + kept; i-- > 0;) parent[i] = parent[parent[i]];
    std::vector<std::uint32_t> tops;
    for (std::uint32_t i = 0; i < n + kept; ++i)
        if (parent[i] == i) tops.push_back(i);
    std::sort(tops.begin(), tops.end(), [&](std::uint32_t a, std::uint32_t b) {
        return customers[a] != customers[b] ? customers[a] > customers[b] : first[a] < first[b];
    });
    std::vector<std::uint32_t> rank(n + kept);
    for (std::uint32_t i = 0; i < tops.size(); ++i) rank[tops[i]] = i;
    std::vector<std::uint32_t> labels(n);
    for (std::uint32_t i = 0; i < n; ++i) labels[i] = rank[parent[i]];
    return labels;
}

std::uint32_t cluster_of_leaf(const Clusters &tree, std::uint32_t leaf, std::uint32_t k) {
    const std::uint32_t n = tree.n_centres, kept = n - k;  // mergers below the cut
    struct Branch {
        double customers;
        std::uint32_t first;
    };
    std::vector<Branch> branches(kept);
    const auto branch = [&](std::uint32_t at) { return at < n ? Branch{tree.sizes()[at], at} : branches[at - n]; };
    std::uint32_t top = leaf;
    for (std::uint32_t i = 0; i < kept; ++i) {
        const Merger &merger = tree.mergers()[i];
        const Branch a = branch(merger.a);
        branches[i] = {a.customers + branch(merger.b).customers, a.first};
        if (merger.a == top || merger.b == top) top = n + i;
    }
    // The clusters that the cut leaves are the branches that mergers above the cut join.
    const Branch own = branch(top);
    std::uint32_t before = 0;
    for (std::uint32_t i = kept; i < tree.n_mergers; ++i)
        for (const std::uint32_t other : {tree.mergers()[i].a, tree.mergers()[i].b}) {
            if (other >= n + kept) continue;
            const Branch its = branch(other);
            before += its.customers != own.customers ? its.customers > own.customers : its.first < own.first;
        }
    return before;
}

ClusterSums sums_of(const Clusters &clusters, std::uint32_t k) {
    const std::uint32_t p = clusters.n_features;
    ClusterSums sums;
    sums.customers.assign(k, 0);
    sums.means.assign(std::size_t{k} * p, 0);
    if (!clusters.is_tree()) {
        std::copy(clusters.sizes(), clusters.sizes() + k, sums.customers.begin());
        std::copy(clusters.centres(), clusters.centres() + std::size_t{k} * p, sums.means.begin());
        return sums;
    }
    const std::vector<std::uint32_t> labels = cut(clusters, k);
    for (std::uint32_t i = 0; i < clusters.n_centres; ++i) sums.customers[labels[i]] += clusters.sizes()[i];
    for (std::uint32_t i = 0; i < clusters.n_centres; ++i)
        for (std::uint32_t j = 0; j < p; ++j)
            sums.means[std::size_t{labels[i]} * p + j] +=
                clusters.sizes()[i] / sums.customers[labels[i]] * clusters.centre(i)[j];
    return sums;
}

double silhouette(const std::vector<double> &values, const std::vector<double> &counts, std::size_t p,
                  const std::vector<std::uint32_t> &labels, std::uint32_t k, Stop stop) {
    std::vector<std::size_t> drawn;
    const double share = static_cast<double>(silhouette_rows) / static_cast<double>(std::max<std::size_t>(counts.size(), 1));
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (share >= 1 || static_cast<double>(hashed(hashed(0, static_cast<double>(i)), 1) >> 11) * 0x1p-53 < share)
            drawn.push_back(i);
    std::vector<double> customers(k);
    for (const std::size_t i : drawn) customers[labels[i]] += counts[i];
    if (std::count_if(customers.begin(), customers.end(), [](double n) { return n > 0; }) < 2)
        return std::numeric_limits<double>::quiet_NaN();
    double sum = 0, total = 0;
    std::vector<double> distance(k);
    for (const std::size_t i : drawn) {
        poll(stop);
        std::fill(distance.begin(), distance.end(), 0);
        const double *const own = values.data() + i * p;
        for (const std::size_t other : drawn) {
            const double *const its = values.data() + other * p;
            double square = 0;
            for (std::size_t j = 0; j < p; ++j) square += (own[j] - its[j]) * (own[j] - its[j]);
            distance[labels[other]] += counts[other] * std::sqrt(square);
        }
        total += counts[i];
        const std::uint32_t label = labels[i];
        if (!(customers[label] > 1)) continue;  // alone
        const double a = distance[label] / (customers[label] - 1);
        double b = std::numeric_limits<double>::infinity();
        for (std::uint32_t c = 0; c < k; ++c)
            if (c != label && customers[c] > 0) b = std::min(b, distance[c] / customers[c]);
        if (std::max(a, b) > 0) sum += counts[i] * (b - a) / std::max(a, b);
    }
    return sum / total;
}

}  // namespace cltv
