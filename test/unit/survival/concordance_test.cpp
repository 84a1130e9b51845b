#include "core/survival/concordance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/random.hpp"
#include "unit/survival/lung.hpp"

namespace cltv {
namespace {

double measured(const std::vector<SurvivalRow> &rows) {
    std::vector<SurvivalRow> sorted(rows.size());
    sorted.resize(copy_sorted(rows.data(), rows.size(), sorted.data(), never_stop));
    return concordance({sorted.data(), sorted.size()}, never_stop);
}

double by_pairs(const std::vector<SurvivalRow> &rows) {
    double pairs = 0, concordant = 0;
    for (const SurvivalRow &a : rows)
        for (const SurvivalRow &b : rows) {
            if (a.left == 0 || !(a.time < b.time || (a.time == b.time && b.left == 0))) continue;
            pairs += a.count * b.count;
            concordant += a.count * b.count * (a.compared > b.compared ? 1 : a.compared == b.compared ? .5 : 0);
        }
    return concordant / pairs;
}

// The score is the linear predictor of Cox's model with the coefficients that R's coxph prints.
TEST(Concordance, LungIsAsPublished) {
    std::vector<SurvivalRow> rows;
    for (const Patient &p : lung)
        if (p.ecog >= 0)
            rows.push_back({0, static_cast<double>(p.days), static_cast<double>(p.died),
                            .01106676456 * p.age - .55261239570 * p.sex + .46372847537 * p.ecog, 1});
    EXPECT_NEAR(measured(rows), .637135493, 5e-10);
}

TEST(Concordance, IsTheShareOfPairs) {
    Random random(3);
    for (int sample = 0; sample < 200; ++sample) {
        const int n = 1 + sample % 50;
        std::vector<SurvivalRow> rows;
        for (int i = 0; i < n; ++i)
            rows.push_back({0, std::floor(8 * draw_uniform(random)), std::floor(2 * draw_uniform(random)),
                            std::floor(6 * draw_uniform(random)) - 3, std::floor(1 + 3 * draw_uniform(random))});
        const double expected = by_pairs(rows), actual = measured(rows);
        if (std::isnan(expected))
            EXPECT_TRUE(std::isnan(actual));
        else
            EXPECT_EQ(actual, expected);
    }
    EXPECT_TRUE(std::isnan(measured({})));
}

}  // namespace
}  // namespace cltv
