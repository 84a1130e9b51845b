#include "core/survival/logrank.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "unit/survival/lung.hpp"

namespace cltv {
namespace {

ChiSquaredTest test(const std::vector<SurvivalRow> &rows) {
    std::vector<SurvivalRow> sorted(rows.size());
    sorted.resize(copy_sorted(rows.data(), rows.size(), sorted.data(), never_stop));
    return logrank_test({sorted.data(), sorted.size()}, never_stop);
}

template <class Group, class Stratum>
std::vector<SurvivalRow> patients(Group group, Stratum stratum) {
    std::vector<SurvivalRow> rows;
    for (const Patient &p : lung)
        if (group(p) >= 0 && stratum(p) >= 0)
            rows.push_back({static_cast<double>(stratum(p)), static_cast<double>(p.days), static_cast<double>(p.died),
                            static_cast<double>(group(p)), 1});
    return rows;
}

int sex(const Patient &p) { return p.sex - 1; }
int ecog(const Patient &p) { return p.ecog; }
int all(const Patient &) { return 0; }

// Against R's survdiff.
TEST(Logrank, LungIsAsPublished) {
    const ChiSquaredTest by_sex = test(patients(sex, all));
    EXPECT_NEAR(by_sex.statistic, 10.32674195489, 1e-10);
    EXPECT_EQ(by_sex.df, 1);
    EXPECT_NEAR(by_sex.p_value, .0013111645203555, 1e-14);
    const ChiSquaredTest by_ecog = test(patients(ecog, all));
    EXPECT_EQ(by_ecog.df, 3);
    EXPECT_NEAR(by_ecog.statistic, 21.962131682476, 1e-10);
    EXPECT_NEAR(by_ecog.p_value, 6.6425353558002e-05, 1e-16);
    const ChiSquaredTest within_ecog = test(patients(sex, ecog));
    EXPECT_EQ(within_ecog.df, 1);
    EXPECT_NEAR(within_ecog.statistic, 10.795059633496, 1e-10);
}

TEST(Logrank, OrderAndNumbersOfGroupsDoNotMatter) {
    std::vector<SurvivalRow> rows = patients(ecog, sex);
    const ChiSquaredTest straight = test(rows);
    std::reverse(rows.begin(), rows.end());
    EXPECT_EQ(test(rows).statistic, straight.statistic);
    for (SurvivalRow &row : rows) row.compared = 3 - row.compared;
    EXPECT_NEAR(test(rows).statistic, straight.statistic, 1e-12);
}

TEST(Logrank, NothingToCompare) {
    for (const ChiSquaredTest &none : {test({{0, 1, 1, 0, 5}, {0, 2, 0, 0, 5}}),  // one group
                                       test({{0, 1, 0, 0, 5}, {0, 2, 0, 1, 5}}),  // nobody left
                                       test({{0, 1, 1, 0, 5}, {1, 2, 1, 1, 5}}),  // each in its stratum
                                       test({})}) {
        EXPECT_EQ(none.df, 0);
        EXPECT_TRUE(std::isnan(none.statistic) && std::isnan(none.p_value));
    }
    // A group that was gone before anybody left says nothing.
    EXPECT_EQ(test({{0, 1, 0, 0, 5}, {0, 2, 1, 1, 5}, {0, 3, 1, 2, 5}}).df, 1);
}

TEST(Logrank, GroupsAreFew) {
    std::vector<SurvivalRow> rows;
    for (int i = 0; i <= most_groups; ++i) rows.push_back({0, 1, 1, static_cast<double>(i), 1});
    EXPECT_THROW(test(rows), std::domain_error);
    rows.pop_back();
    EXPECT_EQ(test(rows).df, 0);  // all at once
}

}  // namespace
}  // namespace cltv
