// Clusters beside what they are by definition: all partitions of a few customers, and mergers found by looking at all pairs.
#include "core/segments/clusters.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/base/random.hpp"
#include "core/segments/hclust.hpp"
#include "core/segments/kmeans.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

using Point = std::vector<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();

// Round about so many centres.
std::vector<Point> points(int n, int centres, std::uint64_t seed, double from = 0) {
    Random random(seed);
    std::vector<Point> all;
    for (int i = 0; i < n; ++i) all.push_back({from + 8.0 * (i % centres) + draw_normal(random), 3 * draw_normal(random)});
    return all;
}

ClusterRows rows_of(const std::vector<Point> &all, bool backwards = false) {
    Shop shop;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Point &p = all[backwards ? all.size() - 1 - i : i];
        shop.add(Targets::response, {0, 0}, {{Role::any, features({number("a", p[0]), number("b", p[1])})}});
    }
    return cluster_rows(shop.sorted(), {0, 1}, never_stop);
}

// As a value; names of two attributes.
struct Written {
    std::vector<double> bytes;

    explicit Written(const FittedClusters &fitted) {
        const char names[] = {1, 'a', 1, 'b'};
        bytes.resize(fitted.bytes(sizeof names) / sizeof(double));
        fitted.write(*reinterpret_cast<Clusters *>(bytes.data()), names, sizeof names);
    }
    const Clusters &operator*() const { return *reinterpret_cast<const Clusters *>(bytes.data()); }
    const Clusters *operator->() const { return &**this; }
};

double sum(const std::vector<double> &numbers) { return std::accumulate(numbers.begin(), numbers.end(), 0.0); }

double square(const Clusters &clusters, const Point &p, std::uint32_t c) {
    double sum = 0;
    for (std::uint32_t d = 0; d < 2; ++d) {
        const double distance = (p[d] - clusters.centre(c)[d]) / clusters.scale(d);
        sum += distance * distance;
    }
    return sum;
}

// The partition of a few points with the least sum of squares within, by trying all of them.
double least_within(const std::vector<Point> &all, int k, const Clusters &scales) {
    double least = infinity;
    std::vector<int> label(all.size());
    for (;;) {
        double within = 0;
        for (int c = 0; c < k; ++c)
            for (std::uint32_t d = 0; d < 2; ++d) {
                double n = 0, total = 0, squares = 0;
                for (std::size_t i = 0; i < all.size(); ++i) {
                    if (label[i] != c) continue;
                    const double x = all[i][d] / scales.scale(d);
                    n += 1;
                    total += x;
                    squares += x * x;
                }
                if (n > 0) within += squares - total * total / n;
            }
        least = std::min(least, within);
        std::size_t i = 0;
        while (i < label.size() && ++label[i] == k) label[i++] = 0;
        if (i == label.size()) return least;
    }
}

KMeans settings(std::uint32_t k, int starts = 10) {
    KMeans settings;
    settings.k = k;
    settings.starts = starts;
    return settings;
}

TEST(KMeans, FindsTheBestOfAllPartitions) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const std::vector<Point> all = points(9, 3, seed);
        const FittedClusters fitted = fit_kmeans(rows_of(all), settings(3, 50), never_stop);
        ASSERT_EQ(fitted.status, ClusterStatus::fitted);
        EXPECT_NEAR(sum(fitted.within), least_within(all, 3, *Written(fitted)), 1e-9) << seed;
    }
}

// Above start_rows, too: each centre is the mean of those who are nearest to it, whatever the bounds left out.
TEST(KMeans, IsAFixedPointWhateverTheOrder) {
    for (const int n : {300, 40000}) {
        const std::vector<Point> all = points(n, 4, 3);
        const FittedClusters fitted = fit_kmeans(rows_of(all), settings(4), never_stop);
        const Written clusters(fitted);
        EXPECT_EQ(clusters.bytes, Written(fit_kmeans(rows_of(all, true), settings(4), never_stop)).bytes);
        EXPECT_EQ(find_fault(*clusters, never_stop), nullptr);
        std::vector<double> size(4), total(8), within(4);
        for (const Point &p : all) {
            const std::uint32_t c = nearest_centre(*clusters, p.data());
            for (std::uint32_t other = 0; other < 4; ++other) ASSERT_LE(square(*clusters, p, c), square(*clusters, p, other));
            size[c] += 1;
            for (std::uint32_t d = 0; d < 2; ++d) total[2 * c + d] += p[d];
            within[c] += square(*clusters, p, c);
        }
        for (std::uint32_t c = 0; c < 4; ++c) {
            EXPECT_EQ(size[c], clusters->sizes()[c]);
            EXPECT_LE(size[c], c > 0 ? size[c - 1] : size[c]);
            EXPECT_NEAR(within[c], clusters->within()[c], 1e-9 * within[c]);
            for (std::uint32_t d = 0; d < 2; ++d) EXPECT_NEAR(total[2 * c + d] / size[c], clusters->centre(c)[d], 1e-9);
        }
    }
}

// A billion away distances have half their digits, and the clusters are the same.
TEST(KMeans, DoesNotMindWhereZeroIs) {
    const FittedClusters here = fit_kmeans(rows_of(points(2000, 4, 9)), settings(4), never_stop);
    const FittedClusters far = fit_kmeans(rows_of(points(2000, 4, 9, 1073741824)), settings(4), never_stop);
    EXPECT_EQ(here.sizes, far.sizes);
    EXPECT_NEAR(sum(here.within) / sum(far.within), 1, 1e-6);
}

// As many clusters as customers, many of them equal, and grids on which distances are: none is left without customers.
TEST(KMeans, LeavesNoClusterEmpty) {
    std::vector<Point> all;
    for (int i = 0; i < 120; ++i) all.push_back({static_cast<double>(i % 4), static_cast<double>(i % 5 > 2)});
    for (std::uint32_t k = 1; k <= 8; ++k) {
        const FittedClusters fitted = fit_kmeans(rows_of(all), settings(k, 3), never_stop);
        ASSERT_EQ(fitted.status, ClusterStatus::fitted);
        ASSERT_EQ(fitted.sizes.size(), k);
        EXPECT_EQ(sum(fitted.sizes), 120);
        for (const double size : fitted.sizes) EXPECT_GT(size, 0);
    }
    EXPECT_NEAR(sum(fit_kmeans(rows_of(all), settings(8, 3), never_stop).within), 0, 1e-12);
    EXPECT_EQ(fit_kmeans(rows_of(all), settings(9), never_stop).status, ClusterStatus::too_few);
}

TEST(KMeans, MatchKeepsLabelsWhateverThePermutation) {
    const FittedClusters fitted = fit_kmeans(rows_of(points(500, 5, 4)), settings(5), never_stop);
    std::vector<std::uint32_t> order = {0, 1, 2, 3, 4};
    do {
        FittedClusters earlier = fitted;
        for (std::uint32_t c = 0; c < 5; ++c)
            for (std::uint32_t d = 0; d < 2; ++d) earlier.centres[2 * c + d] = fitted.centres[2 * order[c] + d] + 0.01;
        FittedClusters matched = fitted;
        match_labels(matched, *Written(earlier));
        for (std::uint32_t c = 0; c < 5; ++c) {
            ASSERT_EQ(matched.centres[2 * c], fitted.centres[2 * order[c]]);
            ASSERT_EQ(matched.sizes[c], fitted.sizes[order[c]]);
            ASSERT_EQ(matched.within[c], fitted.within[order[c]]);
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

// Not each cluster the nearest in turn, but the sum that is least: of all permutations.
TEST(KMeans, MatchIsTheBestAssignment) {
    Random random(11);
    for (int trial = 0; trial < 200; ++trial) {
        FittedClusters fitted = fit_kmeans(rows_of(points(60, 5, 12)), settings(5), never_stop), earlier = fitted;
        for (double &x : earlier.centres) x = 40 * draw_uniform(random);
        const auto cost = [&](const std::vector<double> &centres, const std::vector<std::uint32_t> &order) {
            double total = 0;
            for (std::uint32_t c = 0; c < 5; ++c)
                for (std::uint32_t d = 0; d < 2; ++d) {
                    const double distance = (centres[2 * order[c] + d] - earlier.centres[2 * c + d]) / fitted.scaling.deviation[d];
                    total += distance * distance;
                }
            return total;
        };
        std::vector<std::uint32_t> order = {0, 1, 2, 3, 4};
        const std::vector<std::uint32_t> same = order;
        double least = infinity;
        do least = std::min(least, cost(fitted.centres, order));
        while (std::next_permutation(order.begin(), order.end()));
        match_labels(fitted, *Written(earlier));
        ASSERT_NEAR(cost(fitted.centres, same), least, 1e-9 * least);
    }
}

// Weights are repeated customers; one who is alone has 0.
TEST(Silhouette, IsItsDefinition) {
    const std::vector<Point> all = points(60, 3, 5);
    std::vector<double> values, counts;
    std::vector<std::uint32_t> labels, label_of;
    std::vector<Point> repeated;
    for (std::size_t i = 0; i < all.size(); ++i) {
        values.insert(values.end(), all[i].begin(), all[i].end());
        counts.push_back(static_cast<double>(1 + i % 3));
        labels.push_back(i == 0 ? 3 : static_cast<std::uint32_t>(i % 3));
        for (std::size_t j = 0; j <= i % 3; ++j) {
            repeated.push_back(all[i]);
            label_of.push_back(labels[i]);
        }
    }
    double total = 0;
    for (std::size_t i = 0; i < repeated.size(); ++i) {
        double apart[4] = {}, n[4] = {};
        for (std::size_t j = 0; j < repeated.size(); ++j) {
            if (i == j) continue;
            apart[label_of[j]] += std::hypot(repeated[i][0] - repeated[j][0], repeated[i][1] - repeated[j][1]);
            n[label_of[j]] += 1;
        }
        const std::uint32_t own = label_of[i];
        if (n[own] == 0) continue;
        const double a = apart[own] / n[own];
        double b = infinity;
        for (std::uint32_t c = 0; c < 4; ++c)
            if (c != own) b = std::min(b, apart[c] / n[c]);
        total += (b - a) / std::max(a, b);
    }
    EXPECT_NEAR(silhouette(values, counts, 2, labels, 4, never_stop), total / static_cast<double>(repeated.size()), 1e-12);
    EXPECT_TRUE(std::isnan(silhouette(values, counts, 2, std::vector<std::uint32_t>(60, 0), 1, never_stop)));
}

double apart(const std::vector<Point> &a, const std::vector<Point> &b, ClusterMethod method) {
    const double n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
    if (method == ClusterMethod::ward) {
        double squares = 0;
        for (std::size_t d = 0; d < 2; ++d) {
            double mean = 0, other = 0;
            for (const Point &p : a) mean += p[d] / n;
            for (const Point &p : b) other += p[d] / m;
            squares += (mean - other) * (mean - other);
        }
        return std::sqrt(2 * n * m / (n + m) * squares);
    }
    double least = infinity, most = 0, total = 0;
    for (const Point &p : a)
        for (const Point &q : b) {
            const double distance = std::hypot(p[0] - q[0], p[1] - q[1]);
            least = std::min(least, distance);
            most = std::max(most, distance);
            total += distance;
        }
    return method == ClusterMethod::single ? least : method == ClusterMethod::complete ? most : total / (n * m);
}

// The nearest two of all that are left, until there is one.
std::vector<double> plain_heights(const std::vector<Point> &all, ClusterMethod method) {
    std::vector<std::vector<Point>> parts;
    for (const Point &p : all) parts.push_back({p});
    std::vector<double> heights;
    while (parts.size() > 1) {
        std::size_t first = 0, second = 1;
        double least = infinity;
        for (std::size_t i = 0; i < parts.size(); ++i)
            for (std::size_t j = i + 1; j < parts.size(); ++j)
                if (const double distance = apart(parts[i], parts[j], method); distance < least) {
                    least = distance;
                    first = i;
                    second = j;
                }
        heights.push_back(least);
        parts[first].insert(parts[first].end(), parts[second].begin(), parts[second].end());
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(second));
    }
    return heights;
}

constexpr ClusterMethod methods[] = {ClusterMethod::ward, ClusterMethod::single, ClusterMethod::complete, ClusterMethod::average};

TEST(Hierarchy, MergesTheNearestTwo) {
    for (const ClusterMethod method : methods)
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            std::vector<Point> all = points(40, 3, seed);
            for (int i = 0; i < 10; ++i) all.push_back(all[static_cast<std::size_t>(i % 4)]);  // some are several customers
            const Written tree(fit_hierarchy(rows_of(all), method, false, never_stop));
            std::vector<double> wanted = plain_heights(all, method);
            wanted.erase(wanted.begin(), wanted.begin() + 10);  // those who are equal, at 0
            ASSERT_EQ(tree->n_mergers, wanted.size());
            for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(tree->mergers()[i].height, wanted[i], 1e-9);
        }
}

void expect_cuts(const Clusters &tree, double customers) {
    EXPECT_EQ(find_fault(tree, never_stop), nullptr);
    for (std::uint32_t k = 1; k <= tree.n_centres; ++k) {
        const std::vector<std::uint32_t> label = cut(tree, k);
        std::vector<double> size(k);
        for (std::uint32_t leaf = 0; leaf < tree.n_centres; ++leaf) {
            ASSERT_LT(label[leaf], k);
            size[label[leaf]] += tree.sizes()[leaf];
            EXPECT_EQ(cluster_of_leaf(tree, leaf, k), label[leaf]);
        }
        EXPECT_GT(size.back(), 0);
        EXPECT_TRUE(std::is_sorted(size.rbegin(), size.rend()));
        EXPECT_EQ(sum(size), customers);
        EXPECT_EQ(sums_of(tree, k).customers, size);
    }
}

TEST(Hierarchy, IsCutIntoAnyNumber) {
    for (const ClusterMethod method : methods) {
        const std::vector<Point> all = points(40, 3, 6);
        const Written tree(fit_hierarchy(rows_of(all), method, true, never_stop));
        expect_cuts(*tree, 40);
        EXPECT_EQ(tree.bytes, Written(fit_hierarchy(rows_of(all, true), method, true, never_stop)).bytes);
    }
}

// On a grid most distances are equal, and rounding may put a merger below those that it is made of.
TEST(Hierarchy, StandsTies) {
    std::vector<Point> all;
    for (int i = 0; i < 49; ++i) all.push_back({0.1 * (i % 7), 0.1 * (i / 7)});
    for (const ClusterMethod method : methods) {
        const Written tree(fit_hierarchy(rows_of(all), method, false, never_stop));
        expect_cuts(*tree, 49);
        EXPECT_EQ(tree.bytes, Written(fit_hierarchy(rows_of(all, true), method, false, never_stop)).bytes);
    }
}

TEST(Hierarchy, IsOverCentresOfMany) {
    const FittedClusters fitted = fit_hierarchy(rows_of(points(10500, 3, 7)), ClusterMethod::ward, true, never_stop);
    EXPECT_EQ(fitted.status, ClusterStatus::of_centres);
    EXPECT_EQ(fitted.sizes.size(), leaves_of_centres);
    EXPECT_EQ(sum(fitted.sizes), 10500);
    expect_cuts(*Written(fitted), 10500);
}

bool stop_at_once() { return true; }

TEST(Clusters, AreStopped) {
    const ClusterRows rows = rows_of(points(3000, 3, 8));
    EXPECT_THROW(fit_kmeans(rows, settings(5), stop_at_once), Stopped);
    EXPECT_THROW(choose_k(rows, 3, settings(5), stop_at_once), Stopped);
    for (const ClusterMethod method : methods) EXPECT_THROW(fit_hierarchy(rows, method, true, stop_at_once), Stopped);
}

}  // namespace
}  // namespace cltv
