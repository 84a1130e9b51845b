// The error of qini, held against a bootstrap, and how often its interval holds the truth.
#include "core/experiments/uplift.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/random.hpp"

namespace cltv {
namespace {

bool never() { return false; }

std::vector<ScoredOutcome> sorted(std::vector<ScoredOutcome> rows) {
    std::stable_sort(rows.begin(), rows.end(), [](const auto &a, const auto &b) { return a.score > b.score; });
    return rows;
}

// A treatment that adds 0.2 times the score to the chance of buying. Scores of ten levels, or all different.
std::vector<ScoredOutcome> customers(int n, double share_treated, bool ties, Random &random) {
    std::vector<ScoredOutcome> rows;
    for (int i = 0; i < n; ++i) {
        const double u = draw_uniform(random), score = ties ? std::floor(10 * u) / 10 : u;
        const bool treated = draw_uniform(random) < share_treated;
        const double bought = draw_uniform(random) < 0.1 + (treated ? 0.2 * score : 0) ? 1 : 0;
        rows.push_back({score, bought * (1 + 9 * draw_uniform(random)), treated, 1});
    }
    return sorted(rows);
}

TEST(Uplift, TheErrorOfQiniIsThatOfABootstrap) {
    Random random(20);
    for (const bool ties : {false, true})
        for (const double share : {0.5, 0.8}) {
            const std::vector<ScoredOutcome> rows = customers(2000, share, ties, random);
            const double std_error = qini(rows, never).std_error;
            double sum = 0, squares = 0;
            constexpr int draws = 1000;
            for (int b = 0; b < draws; ++b) {
                std::vector<ScoredOutcome> drawn;
                for (std::size_t i = 0; i < rows.size(); ++i)
                    drawn.push_back(rows[static_cast<std::size_t>(draw_uniform(random) * static_cast<double>(rows.size()))]);
                const double q = qini(sorted(drawn), never).qini;
                sum += q;
                squares += q * q;
            }
            const double bootstrap = std::sqrt(squares / draws - sum / draws * (sum / draws));
            EXPECT_NEAR(std_error / bootstrap, 1, 0.08) << "ties " << ties << ", treated " << share;
        }
}

// The truth is that of a large sample, a customer.
TEST(Uplift, IntervalsHoldTheTruth) {
    Random random(21);
    constexpr int n = 2000, large = 2000000, times = 1000;
    const double truth = qini(customers(large, 0.6, true, random), never).qini / large;
    int held = 0;
    for (int i = 0; i < times; ++i) {
        const Qini found = qini(customers(n, 0.6, true, random), never);
        held += std::fabs(found.qini / n - truth) <= 1.959963984540054 * found.std_error / n;
    }
    EXPECT_GE(held, 930);
    EXPECT_LE(held, 970);
}

// Rows that are counted are so many customers.
TEST(Uplift, CountsAreCustomers) {
    Random random(22);
    std::vector<ScoredOutcome> rows = customers(300, 0.5, true, random), counted = rows, each;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        counted[i].count = 1 + static_cast<double>(i % 3);
        for (int c = 0; c < counted[i].count; ++c) each.push_back(rows[i]);
    }
    const Qini one = qini(counted, never), other = qini(each, never);
    EXPECT_NEAR(one.qini, other.qini, 1e-9);
    EXPECT_NEAR(one.std_error, other.std_error, 1e-9);
    EXPECT_EQ(one.treated_auc, other.treated_auc);
    const std::vector<UpliftBin> bins = uplift_bins(counted, 5, never), of_each = uplift_bins(each, 5, never);
    ASSERT_EQ(bins.size(), of_each.size());
    for (std::size_t i = 0; i < bins.size(); ++i) {
        EXPECT_NEAR(bins[i].uplift, of_each[i].uplift, 1e-12);
        EXPECT_NEAR(bins[i].std_error, of_each[i].std_error, 1e-12);
        EXPECT_NEAR(bins[i].all_std_error, of_each[i].all_std_error, 1e-12);
    }
}

}  // namespace
}  // namespace cltv
