#include "core/segments/hclust.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>

#include "core/segments/kmeans.hpp"

namespace cltv {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The distances between all pairs: the lower triangle.
class Triangle {
public:
    // This memory is untouched: filling it at once would take a long time without a poll.
    explicit Triangle(std::size_t n) : distances_(new double[n * (n - 1) / 2]) {}
    double &at(std::size_t a, std::size_t b) { return a > b ? distances_[a * (a - 1) / 2 + b] : distances_[b * (b - 1) / 2 + a]; }

private:
    const std::unique_ptr<double[]> distances_;
};

// The distance from a third cluster of c customers to the merger of two clusters of a and b.
double merged_distance(ClusterMethod method, double to_a, double to_b, double between, double a, double b, double c) {
    switch (method) {
        case ClusterMethod::single: return std::min(to_a, to_b);
        case ClusterMethod::complete: return std::max(to_a, to_b);
        case ClusterMethod::average: return a / (a + b) * to_a + b / (a + b) * to_b;
        default: return std::max(0.0, ((a + c) * to_a + (b + c) * to_b - c * between) / (a + b + c));
    }
}

std::vector<Merger> merge_all(const std::vector<double> &values, const std::vector<double> &counts, std::size_t p,
                              ClusterMethod method, Stop stop) {
    const std::size_t n = counts.size();
    const bool ward = method == ClusterMethod::ward;
    Triangle distance(n);
    for (std::size_t a = 1; a < n; ++a) {
        poll(stop);
        for (std::size_t b = 0; b < a; ++b) {
            double square = 0;
            for (std::size_t j = 0; j < p; ++j) {
                const double d = values[a * p + j] - values[b * p + j];
                square += d * d;
            }
            if (!std::isfinite(square))
                throw std::overflow_error("the squared distances are out of range: standardise, or give larger units");
            // Two clusters, each of equal customers.
            distance.at(a, b) = ward ? 2 * counts[a] * counts[b] / (counts[a] + counts[b]) * square : std::sqrt(square);
        }
    }
    // A cluster is identified by its first leaf.
    std::vector<Merger> found;
    found.reserve(n);
    std::vector<double> size = counts;
    std::vector<std::uint32_t> left(n), chain;
    std::iota(left.begin(), left.end(), 0);
    while (left.size() > 1) {
        poll(stop);
        if (chain.empty()) chain.push_back(left.front());
        const std::uint32_t last = chain.back();
        // Among equals the one before it in the chain, so that chains end; otherwise the first.
        std::uint32_t nearest = chain.size() > 1 ? chain[chain.size() - 2] : last;
        double least = chain.size() > 1 ? distance.at(last, nearest) : infinity;
        for (const std::uint32_t other : left)
            if (other != last && distance.at(last, other) < least) {
                least = distance.at(last, other);
                nearest = other;
            }
        if (nearest == last) throw std::overflow_error("the squared distances are out of range: standardise, or give larger units");
        if (chain.size() < 2 || nearest != chain[chain.size() - 2]) {
            chain.push_back(nearest);
            continue;
        }
        chain.resize(chain.size() - 2);
        const std::uint32_t a = std::min(last, nearest), b = std::max(last, nearest);
        for (const std::uint32_t other : left)
            if (other != a && other != b)
                distance.at(other, a) =
                    merged_distance(method, distance.at(other, a), distance.at(other, b), least, size[a], size[b], size[other]);
        size[a] += size[b];
        left.erase(std::lower_bound(left.begin(), left.end(), b));
        found.push_back({a, b, ward ? std::sqrt(least) : least});
    }
    // By height; then the numbers of branches replace first leaves.
    std::stable_sort(found.begin(), found.end(), [](const Merger &a, const Merger &b) { return a.height < b.height; });
    std::vector<std::uint32_t> parent(2 * n - 1), first(2 * n - 1);
    std::iota(parent.begin(), parent.end(), 0);
    std::iota(first.begin(), first.end(), 0);
    const auto root = [&](std::uint32_t at) {
        while (parent[at] != at) at = parent[at] = parent[parent[at]];
        return at;
    };
    for (std::size_t i = 0; i < found.size(); ++i) {
        std::uint32_t a = root(found[i].a), b = root(found[i].b);
        if (first[a] > first[b]) std::swap(a, b);
        const std::uint32_t branch = static_cast<std::uint32_t>(n + i);
        parent[a] = parent[b] = branch;
        first[branch] = first[a];
        found[i].a = a;
        found[i].b = b;
    }
    return found;
}

}  // namespace

FittedClusters fit_hierarchy(const ClusterRows &rows, ClusterMethod method, bool standardise, Stop stop) {
    FittedClusters fitted;
    if (rows.n > most_leaves) {
        KMeans settings;
        settings.k = leaves_of_centres;
        settings.starts = 1;
        settings.to_the_end = false;  // of so many centres steps with all would be minutes, and the tree much the same
        settings.standardise = standardise;
        fitted = fit_kmeans(rows, settings, stop);
        if (fitted.status == ClusterStatus::fitted) fitted.status = ClusterStatus::of_centres;
    } else {
        fitted.standardised = standardise;
        fitted.distinct = static_cast<std::uint32_t>(rows.n);
        fitted.customers = rows.customers;
        fitted.skipped = rows.skipped;
        fitted.scaling = scaling_of(rows, stop);
        if (rows.n < 2) {
            fitted.status = ClusterStatus::too_few;
        } else if (standardise && fitted.scaling.constant >= 0) {
            fitted.status = ClusterStatus::constant;
            fitted.column = static_cast<std::uint32_t>(fitted.scaling.constant);
        } else {
            fitted.sizes = rows.counts;
            fitted.within.assign(rows.n, 0);
            fitted.centres = rows.values;
        }
    }
    fitted.method = method;
    fitted.wanted = 2;
    if (fitted.sizes.empty()) return fitted;
    ClusterRows leaves;
    leaves.n = fitted.sizes.size();
    leaves.p = rows.p;
    leaves.values = fitted.centres;
    fitted.mergers = merge_all(standardised(leaves, fitted.scaling, standardise), fitted.sizes, rows.p, method, stop);
    return fitted;
}

}  // namespace cltv
