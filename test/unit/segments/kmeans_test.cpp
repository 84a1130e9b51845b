// Clusters against searches that know no tricks: Lloyd's steps without bounds, mergers by looking at all pairs.
#include "core/segments/hclust.hpp"
#include "core/segments/kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace cltv;

bool never() { return false; }
bool at_once() { return true; }

ClusterRows rows_of(std::size_t n, std::size_t p, unsigned seed, bool whole_counts = false) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    ClusterRows rows;
    rows.n = n;
    rows.p = p;
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < p; ++j) rows.values.push_back(uniform(random) + (i % 3 == j % 3 ? 1.5 : 0));
        rows.counts.push_back(whole_counts ? 1 + static_cast<double>(random() % 4) : 1);
    }
    rows.customers = std::accumulate(rows.counts.begin(), rows.counts.end(), 0.0);
    return rows;
}

double squared(const double *a, const double *b, std::size_t p) {
    double sum = 0;
    for (std::size_t j = 0; j < p; ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

// The sum of squared distances of everybody to the nearest of the centres, and how far these are from the means of theirs.
struct Fixed {
    double within, shift;
    std::vector<double> sizes;
};
Fixed look_at(const ClusterRows &rows, const FittedClusters &fitted) {
    const std::size_t k = fitted.sizes.size(), p = rows.p;
    Fixed fixed{0, 0, std::vector<double>(k)};
    std::vector<double> sums(k * p);
    for (std::size_t i = 0; i < rows.n; ++i) {
        std::size_t best = 0;
        for (std::size_t c = 1; c < k; ++c)
            if (squared(rows.row(i), fitted.centres.data() + c * p, p) < squared(rows.row(i), fitted.centres.data() + best * p, p)) best = c;
        fixed.within += rows.counts[i] * squared(rows.row(i), fitted.centres.data() + best * p, p);
        fixed.sizes[best] += rows.counts[i];
        for (std::size_t j = 0; j < p; ++j) sums[best * p + j] += rows.counts[i] * rows.row(i)[j];
    }
    for (std::size_t c = 0; c < k; ++c)
        for (std::size_t j = 0; j < p; ++j)
            fixed.shift = std::max(fixed.shift, std::abs(sums[c * p + j] / fixed.sizes[c] - fitted.centres[c * p + j]));
    return fixed;
}

TEST(KMeans, EndsWhereNobodyMoves) {
    for (unsigned seed = 1; seed <= 40; ++seed)
        for (const std::size_t p : {1, 2, 5, 9, 11}) {
            const ClusterRows rows = rows_of(seed <= 36 ? 20 * seed : 12000, p, seed, seed % 2 == 0);
            KMeans settings;
            settings.k = 1 + seed % 9;
            settings.starts = seed <= 36 ? 3 : 1;
            settings.seed = seed;
            settings.standardise = false;
            const FittedClusters fitted = fit_kmeans(rows, settings, never);
            const Fixed fixed = look_at(rows, fitted);
            const double within = std::accumulate(fitted.within.begin(), fitted.within.end(), 0.0);
            EXPECT_NEAR(within, fixed.within, 1e-9 * fixed.within + 1e-12);
            EXPECT_LT(fixed.shift, 1e-9);
            EXPECT_EQ(fixed.sizes, fitted.sizes);
            EXPECT_TRUE(std::is_sorted(fitted.sizes.rbegin(), fitted.sizes.rend()));
        }
}

TEST(KMeans, EveryCustomerIsAClusterAtTheMost) {
    ClusterRows rows = rows_of(12, 2, 5);
    KMeans settings;
    settings.k = 12;
    settings.standardise = false;
    const FittedClusters fitted = fit_kmeans(rows, settings, never);
    EXPECT_NEAR(std::accumulate(fitted.within.begin(), fitted.within.end(), 0.0), 0, 1e-20);
    for (const double size : fitted.sizes) EXPECT_EQ(size, 1);
}

// All k! assignments.
TEST(KMeans, MatchIsTheBestAssignment) {
    for (unsigned seed = 1; seed <= 30; ++seed) {
        KMeans settings;
        settings.k = 2 + seed % 5;
        settings.standardise = seed % 2 == 0;
        const FittedClusters old = fit_kmeans(rows_of(200, 3, seed), settings, never);
        FittedClusters fitted = fit_kmeans(rows_of(220, 3, seed + 1000), settings, never);
        std::vector<double> memory((old.bytes(6) + 7) / 8);
        Clusters &before = *reinterpret_cast<Clusters *>(memory.data());
        old.write(before, "\1a\1b\1c", 6);
        ASSERT_EQ(find_fault(before, never), nullptr);
        const auto cost = [&](const FittedClusters &one, const std::vector<std::size_t> &order) {
            double sum = 0;
            for (std::size_t c = 0; c < order.size(); ++c)
                for (std::size_t j = 0; j < 3; ++j) {
                    const double d = (one.centres[order[c] * 3 + j] - old.centres[c * 3 + j]) / (one.standardised ? one.scaling.deviation[j] : 1);
                    sum += d * d;
                }
            return sum;
        };
        std::vector<std::size_t> order(settings.k), same(settings.k);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::iota(same.begin(), same.end(), std::size_t{0});
        double least = 1e300;
        do least = std::min(least, cost(fitted, order));
        while (std::next_permutation(order.begin(), order.end()));
        match_labels(fitted, before);
        EXPECT_NEAR(cost(fitted, same), least, 1e-9 * least);
    }
}

// The two nearest of all pairs, distances from the definition of each method.
std::vector<double> naive_heights(const ClusterRows &rows, ClusterMethod method) {
    std::vector<std::vector<std::size_t>> clusters;
    for (std::size_t i = 0; i < rows.n; ++i) clusters.push_back({i});
    const auto distance = [&](const std::vector<std::size_t> &a, const std::vector<std::size_t> &b) {
        double least = 1e300, most = 0, sum = 0, pairs = 0, na = 0, nb = 0;
        std::vector<double> mean_a(rows.p), mean_b(rows.p);
        for (const std::size_t i : a) na += rows.counts[i];
        for (const std::size_t i : b) nb += rows.counts[i];
        for (const std::size_t i : a)
            for (std::size_t j = 0; j < rows.p; ++j) mean_a[j] += rows.counts[i] * rows.row(i)[j] / na;
        for (const std::size_t i : b)
            for (std::size_t j = 0; j < rows.p; ++j) mean_b[j] += rows.counts[i] * rows.row(i)[j] / nb;
        for (const std::size_t i : a)
            for (const std::size_t j : b) {
                const double d = std::sqrt(squared(rows.row(i), rows.row(j), rows.p)), w = rows.counts[i] * rows.counts[j];
                least = std::min(least, d);
                most = std::max(most, d);
                sum += w * d;
                pairs += w;
            }
        switch (method) {
            case ClusterMethod::single: return least;
            case ClusterMethod::complete: return most;
            case ClusterMethod::average: return sum / pairs;
            default: return std::sqrt(2 * na * nb / (na + nb) * squared(mean_a.data(), mean_b.data(), rows.p));
        }
    };
    std::vector<double> heights;
    while (clusters.size() > 1) {
        std::size_t a = 0, b = 1;
        double least = 1e300;
        for (std::size_t i = 0; i < clusters.size(); ++i)
            for (std::size_t j = i + 1; j < clusters.size(); ++j)
                if (const double d = distance(clusters[i], clusters[j]); d < least) {
                    least = d;
                    a = i;
                    b = j;
                }
        heights.push_back(least);
        clusters[a].insert(clusters[a].end(), clusters[b].begin(), clusters[b].end());
        clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(b));
    }
    return heights;
}

TEST(Hierarchy, HeightsAreThoseOfAllPairs) {
    for (const ClusterMethod method : {ClusterMethod::ward, ClusterMethod::single, ClusterMethod::complete, ClusterMethod::average})
        for (unsigned seed = 1; seed <= 12; ++seed) {
            const ClusterRows rows = rows_of(2 + 3 * seed, 1 + seed % 4, seed, seed % 2 == 0);
            const FittedClusters tree = fit_hierarchy(rows, method, false, never);
            const std::vector<double> heights = naive_heights(rows, method);
            ASSERT_EQ(tree.mergers.size(), heights.size());
            for (std::size_t i = 0; i < heights.size(); ++i) EXPECT_NEAR(tree.mergers[i].height, heights[i], 1e-9 * heights[i]);
            std::vector<double> memory((tree.bytes(8) + 7) / 8);
            Clusters &stored = *reinterpret_cast<Clusters *>(memory.data());
            tree.write(stored, "\1a\1b\1c\1d", 2 * rows.p);
            EXPECT_EQ(find_fault(stored, never), nullptr);
            for (std::uint32_t k = 1; k <= rows.n; ++k) {
                const std::vector<std::uint32_t> labels = cut(stored, k);
                EXPECT_EQ(*std::max_element(labels.begin(), labels.end()) + 1, k);
                const ClusterSums sums = sums_of(stored, k);
                EXPECT_TRUE(std::is_sorted(sums.customers.rbegin(), sums.customers.rend()));
            }
        }
}

TEST(Clusters, HeedsStop) {
    const ClusterRows rows = rows_of(300, 2, 3);
    EXPECT_THROW(fit_kmeans(rows, KMeans{}, at_once), Stopped);
    EXPECT_THROW(fit_hierarchy(rows, ClusterMethod::ward, true, at_once), Stopped);
    EXPECT_THROW(choose_k(rows, 3, KMeans{}, at_once), Stopped);
}

}  // namespace
