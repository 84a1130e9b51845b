#include "core/survival/survival_curve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/random.hpp"
#include "unit/survival/lung.hpp"

namespace cltv {
namespace {

struct Seen {
    double time;
    bool left;
    double weight = 1, entered = 0;
};

std::vector<SurvivalCount> rows_of(const std::vector<Seen> &customers) {
    std::vector<SurvivalCount> marks, rows;
    for (const Seen &c : customers) {
        marks.push_back({c.time, static_cast<double>(c.left ? Mark::left : Mark::censored), c.weight});
        if (c.entered > 0) marks.push_back({c.entered, static_cast<double>(Mark::entered), c.weight});
    }
    rows.resize(marks.size());
    rows.resize(copy_sorted(marks.data(), marks.size(), rows.data(), never_stop));
    return rows;
}

View<SurvivalCount> view(const std::vector<SurvivalCount> &rows) { return {rows.data(), rows.size()}; }

SurvivalCurve curve_of(const std::vector<Seen> &customers) {
    return SurvivalCurve(view(rows_of(customers)), never_stop);
}

std::vector<Seen> patients() {
    std::vector<Seen> seen;
    for (const Patient &p : lung) seen.push_back({static_cast<double>(p.days), p.died == 1});
    return seen;
}

// The figures of R's survival 3.5-3 are the expected ones of this test and of those below.
TEST(SurvivalCurve, LungIsAsPublished) {
    const SurvivalCurve curve = curve_of(patients());
    const auto expect = [&](double time, double survival, double std_error, double hazard) {
        EXPECT_NEAR(curve.at(time).survival, survival, 1e-13) << time;
        EXPECT_NEAR(curve.at(time).std_error(), std_error, 1e-13) << time;
        EXPECT_NEAR(curve.at(time).hazard, hazard, 1e-13) << time;
    };
    expect(100, .86396896764524, .022710230434162, .145654228634000);
    expect(365, .40924162446006, .035823638172038, .888324574368183);
    expect(883, .05034556807081, .022848048916084, 2.889267462521800);
    EXPECT_EQ(curve.at(100).time, 95);
    EXPECT_EQ(curve.at(4).survival, 1);
    EXPECT_EQ(curve.at(5).at_risk, 228);
    EXPECT_EQ(curve.steps().back().time, 1022);

    EXPECT_EQ(curve.quantile(.25), 170);
    EXPECT_EQ(curve.quantile(.5), 310);
    EXPECT_EQ(curve.quantile(.75), 550);
    const SurvivalCurve::Mean mean = curve.restricted_mean(365);
    EXPECT_NEAR(mean.mean, 263.221866482007, 1e-11);
    EXPECT_NEAR(mean.std_error, 7.798859086314, 1e-11);
}

TEST(SurvivalCurve, IntervalsAreAsPublished) {
    const SurvivalCurve curve = curve_of(patients());
    const struct {
        IntervalScale scale;
        double time, lower, upper;
    } bounds[] = {{IntervalScale::log, 5, .98707341674051, 1},
                  {IntervalScale::log, 365, .34472158179583, .4858376035473},
                  {IntervalScale::log, 1022, .02068546019898, .1225341955166},
                  {IntervalScale::log_log, 5, .96927703621889, .9993810114387},
                  {IntervalScale::log_log, 365, .33871426908832, .4783807676469},
                  {IntervalScale::log_log, 1022, .01786617109285, .1086621760309},
                  {IntervalScale::plain, 5, .987036574146309, 1},
                  {IntervalScale::plain, 365, .339028583847676, .47945466507245}};
    for (const auto &b : bounds) {
        const ConfidenceInterval interval = survival_interval(curve.at(b.time), .95, b.scale);
        EXPECT_NEAR(interval.lower, b.lower, 1e-12);
        EXPECT_NEAR(interval.upper, b.upper, 1e-12);
    }
    const struct {
        IntervalScale scale;
        double p, lower, upper;
    } times[] = {{IntervalScale::log, .25, 145, 197},     {IntervalScale::log, .5, 285, 363},
                 {IntervalScale::log, .75, 460, 654},     {IntervalScale::log_log, .25, 144, 194},
                 {IntervalScale::log_log, .5, 284, 361}, {IntervalScale::log_log, .75, 457, 643}};
    for (const auto &t : times) {
        const ConfidenceInterval interval = curve.quantile_interval(t.p, .95, t.scale);
        EXPECT_EQ(interval.lower, t.lower);
        EXPECT_EQ(interval.upper, t.upper);
    }
}

TEST(SurvivalCurve, CustomersEnterLate) {
    const SurvivalCurve curve = curve_of(
        {{4, true}, {5, true, 1, 2}, {6, false, 1, 1}, {6, true}, {8, true, 1, 5}, {9, false, 1, 3}});
    const double at_risk[] = {5, 4, 4, 2, 1}, survival[] = {.8, .6, .45, .225, .225},
                 hazard[] = {.2, .45, .7, 1.2, 1.2},
                 std_error[] = {.178885438, .219089023, .209463601, .190476376, .190476376};
    ASSERT_EQ(curve.steps().size(), 5u);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(curve.steps()[i].at_risk, at_risk[i]);
        EXPECT_NEAR(curve.steps()[i].survival, survival[i], 1e-15);
        EXPECT_NEAR(curve.steps()[i].hazard, hazard[i], 1e-15);
        EXPECT_NEAR(curve.steps()[i].std_error(), std_error[i], 1e-9);
    }
    // Who enters at a time is not at risk at that time.
    EXPECT_EQ(curve_of({{3, true}, {5, false, 1, 3}}).steps()[0].at_risk, 1);
}

TEST(SurvivalCurve, EndsAreKnownOrNot) {
    const SurvivalCurve all_left = curve_of({{1, true}, {2, true}}), one_there = curve_of({{1, true}, {2, false}}),
                        nobody_left = curve_of({{0, false}, {7, false}});
    EXPECT_TRUE(all_left.is_known_at(1e9));
    EXPECT_EQ(all_left.at(1e9).survival, 0);
    EXPECT_TRUE(std::isnan(all_left.at(2).std_error()));
    EXPECT_TRUE(std::isnan(survival_interval(all_left.at(2), .95, IntervalScale::log).lower));
    EXPECT_TRUE(one_there.is_known_at(2));
    EXPECT_FALSE(one_there.is_known_at(2.1));
    EXPECT_TRUE(std::isnan(one_there.restricted_mean(3).mean));
    EXPECT_NEAR(all_left.restricted_mean(10).mean, 1.5, 1e-15);
    EXPECT_NEAR(all_left.restricted_mean(.5).mean, .5, 1e-15);
    EXPECT_EQ(all_left.restricted_mean(.5).std_error, 0);
    EXPECT_EQ(nobody_left.at(7).survival, 1);
    EXPECT_TRUE(std::isnan(nobody_left.quantile(.01)));
    EXPECT_EQ(nobody_left.restricted_mean(7).mean, 7);
    EXPECT_EQ(survival_interval(nobody_left.at(7), .95, IntervalScale::log_log).lower, 1);
    EXPECT_FALSE(SurvivalCurve({nullptr, 0}, never_stop).is_known_at(0));
}

TEST(SurvivalCurve, QuantilesOfATieAreItsMiddle) {
    const SurvivalCurve all_left = curve_of({{1, true}, {2, true}, {3, true}, {4, true}});
    EXPECT_EQ(all_left.quantile(.25), 1.5);
    EXPECT_EQ(all_left.quantile(.75), 3.5);
    EXPECT_EQ(all_left.quantile(.99), 4);
    EXPECT_EQ(curve_of({{1, true}, {2, true}, {3, false}, {4, false}}).quantile(.5), 3);
    EXPECT_TRUE(std::isnan(curve_of({{1, true}, {2, true}, {3, false}, {4, false}}).quantile(.75)));
}

TEST(SurvivalCurve, WeightsAreCustomers) {
    const SurvivalCurve weighted = curve_of({{0, true, 3}, {2, false, 2}, {2, true, 2}, {5, false, 4, 1}}),
                        alike = curve_of({{0, true}, {0, true}, {0, true}, {2, false}, {2, false}, {2, true}, {2, true},
                                          {5, false, 1, 1}, {5, false, 1, 1}, {5, false, 1, 1}, {5, false, 1, 1}});
    ASSERT_EQ(weighted.steps().size(), alike.steps().size());
    for (std::size_t i = 0; i < alike.steps().size(); ++i) {
        EXPECT_EQ(weighted.steps()[i].survival, alike.steps()[i].survival);
        EXPECT_EQ(weighted.steps()[i].variance, alike.steps()[i].variance);
        EXPECT_EQ(weighted.steps()[i].at_risk, alike.steps()[i].at_risk);
    }
}

TEST(SurvivalCurve, FaultsAreFound) {
    const auto fault = [](const std::vector<SurvivalCount> &rows) { return find_fault(view(rows)) != nullptr; };
    EXPECT_FALSE(fault({}));
    EXPECT_FALSE(fault(rows_of({{3, true, .1}, {5, true, .2, 1}, {9, false, .7, 2}})));
    EXPECT_TRUE(fault({{1, 0, 1}}));                           // entered and never left
    EXPECT_TRUE(fault({{5, 1, 1}, {7, 0, 1}}));                // left before entering
    EXPECT_TRUE(fault({{5, 0, 1}, {5, 1, 1}}));                // at once
    EXPECT_TRUE(fault({{2, 0, 1}, {3, 1, 1}, {4, 0, 1}, {9, 2, 1}, {9, 0, 1}}));
    EXPECT_EQ(survival_customers(view(rows_of({{3, true, 2, 1}, {5, false, 3}}))), 5);
}

// Of 1,000 samples with truncation and censoring, 95 % intervals of S(10) = e^-1 should cover it about 950 times.
TEST(SurvivalCurve, IntervalsCover) {
    for (const IntervalScale scale : {IntervalScale::log_log, IntervalScale::log}) {
        int covered = 0;
        Random random(7);
        const auto draw = [&random](double mean) { return -mean * std::log(draw_uniform(random)); };
        for (int sample = 0; sample < 1000; ++sample) {
            std::vector<Seen> seen;
            while (seen.size() < 200) {
                const double time = draw(10), entered = seen.size() % 3 == 0 ? draw(3) : 0,
                             censored = entered + draw(30);
                if (entered < time) seen.push_back({std::min(time, censored), time <= censored, 1, entered});
            }
            const ConfidenceInterval interval = survival_interval(curve_of(seen).at(10), .95, scale);
            covered += interval.lower <= std::exp(-1.0) && std::exp(-1.0) <= interval.upper;
        }
        EXPECT_GE(covered, 930);
        EXPECT_LE(covered, 970);
    }
}

}  // namespace
}  // namespace cltv
