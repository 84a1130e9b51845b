// Intervals from the errors of customers held out.
#include "core/validation/conformal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace cltv {
namespace {

bool never() { return false; }

// Errors that grow with the prediction and are skewed, and a model that is wrong by half.
std::vector<ScoredCount> customers(std::size_t n, unsigned seed) {
    std::mt19937_64 engine(seed);
    std::vector<ScoredCount> rows;
    for (std::size_t i = 0; i < n; ++i) {
        const double u = std::generate_canonical<double, 53>(engine), v = std::generate_canonical<double, 53>(engine);
        const double mean = 1 + 99 * u;
        rows.push_back({{1.5 * mean, v < 0.4 ? 0 : -mean * std::log(1 - (v - 0.4) / 0.6)}, 1});
    }
    sort_scored(rows, never);
    return rows;
}

TEST(Conformal, CoversWhatTheLevelSaysHoweverWrongTheModel) {
    const HeldOutErrors held_out(customers(20000, 1), never);
    const std::vector<ScoredCount> others = customers(20000, 2);
    for (const double level : {0.5, 0.8, 0.95}) {
        double covered = 0, of_low = 0, covered_of_low = 0;
        for (const ScoredCount &other : others) {
            const HeldOutErrors::Interval interval = held_out.around(other.scored.predicted, level);
            const bool here = interval.lower <= other.scored.actual && other.scored.actual <= interval.upper;
            covered += here;
            if (other.scored.predicted < 30) {
                ++of_low;
                covered_of_low += here;
            }
        }
        const double standard_error = std::sqrt(level * (1 - level) / 20000);
        // Where outcomes are 0 with a point's weight, more than the level is covered.
        EXPECT_GT(covered / 20000, level - 4 * standard_error) << level;
        EXPECT_GT(covered_of_low / of_low, level - 4 * std::sqrt(level * (1 - level) / of_low)) << level;
    }
}

TEST(Conformal, TheEndsAreErrorsOfTheMiddle) {
    // One bin: errors 1 to 199 of the prediction 1000.
    std::vector<ScoredCount> rows;
    for (int i = 1; i <= 199; ++i) rows.push_back({{1000, 1000.0 + i}, 1});
    const HeldOutErrors held_out(rows, never);
    ASSERT_EQ(held_out.errors.size(), 1u);
    // 200 places: a tenth of them is 20 on either side.
    const HeldOutErrors::Interval interval = held_out.around(5000, 0.8);
    EXPECT_EQ(interval.lower, 5020);
    EXPECT_EQ(interval.upper, 5180);
    // 200 places hold a hundredth on each side, not a thousandth; outcomes were never negative.
    EXPECT_EQ(held_out.around(5000, 0.98).upper, 5198);
    EXPECT_TRUE(std::isnan(held_out.around(5000, 0.998).upper));
    EXPECT_EQ(held_out.around(5000, 0.998).lower, 0);
    rows.insert(rows.begin(), {{-3, -4}, 1});
    EXPECT_TRUE(std::isnan(HeldOutErrors(rows, never).around(5000, 0.998).lower));
}

TEST(Conformal, BinsPartPredictionsAndNeverEqualOnes) {
    std::vector<ScoredCount> rows;
    for (int i = 0; i < 10000; ++i) rows.push_back({{std::floor(i / 4000.0), 0}, 1});
    const HeldOutErrors held_out(rows, never);
    EXPECT_EQ(held_out.first, (std::vector<double>{0, 1, 2}));
    EXPECT_EQ(held_out.errors[0].size(), 4000u);
    EXPECT_EQ(held_out.errors[2].size(), 2000u);
    EXPECT_TRUE(std::isnan(HeldOutErrors({}, never).around(1, 0.8).upper));
}

}  // namespace
}  // namespace cltv
