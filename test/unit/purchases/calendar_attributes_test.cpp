#include "core/base/random.hpp"
#include "core/purchases/calendar_attributes.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/families.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/dated_pareto.hpp"
#include "core/purchases/mbgnbd.hpp"
#include "core/purchases/nbd.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "unit/purchases/dated_shop.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

constexpr double parameters[] = {1.3, 55, 0.8, 3.5}, season[] = {0.4, -0.3, 0.9};
constexpr double friends = 0.6, older = 0.04, mail_leaves = 0.7;
const char *const channels[] = {"ads", "friends", "mail"};

// Customers with attributes who purchase evenly on the clock.
struct DatedShop {
    Shop shop;
    std::vector<CalendarRow> days;
    CalendarCustomers purchase_days() const { return {{days.data(), days.size()}, as_of}; }
};

DatedShop simulated(const Family &family, const double *p, int customers, const Calendar &calendar, const double *gamma,
                    unsigned seed) {
    const CalendarClock clock(calendar, first_day, 901, gamma);
    Random random(seed);
    DatedShop made;
    std::vector<double> purchases(901);
    for (int i = 0; i < customers; ++i) {
        const int channel = i % 3;
        const double age = i * 7919 % 21 - 10;
        double own[4];
        family.orders->shift(p, friends * (channel == 1) + older * age, mail_leaves * (channel == 2), own);
        const CalendarRow row = simulated_customer(*family.orders, own, first_of(i), clock, random, purchases);
        made.shop.add({row.frequency, row.recency, row.tenure},
                      features({number("age", age), category("channel", channels[channel])}),
                      family.has_attributes_of(Role::dropout) ? features({category("channel", channels[channel])}) : nullptr);
    }
    made.days = sorted_days({}, purchases);
    return made;
}

// Against differences of the value and of the gradient, in every form.
void check_derivatives(const PurchaseSearch &search, const DatedSearch &dated) {
    const Made calendar(true);
    const DatedShop shop = simulated(bgnbd::family, parameters, 150, *calendar, season, 7);
    const FeatureSet &set = shop.shop.sorted();
    const auto attributes = calendar_attributes(shop.purchase_days(), set, *calendar, search, dated, never_stop);
    for (const AttributeStart &start : attributes->starts()) {
        const AttributeForm form = attributes->form(start.form);
        if (form.size == 0) continue;
        const int first = 3, second = form.sides[1].location < 0 ? 0 : 2, all = form.size + first + second + 3;
        Eigen::VectorXd at = Eigen::VectorXd::Zero(all);
        for (int i = 0; i < form.size; ++i) at(i) = std::log(start.theta[i]) + 0.1;
        if (const int a = form.sides[1].location; form.sides[1].pair) at(a) = std::log(start.theta[a] / start.theta[a + 1]);
        for (int i = 0; i < all - form.size; ++i) at(form.size + i) = 0.05 * (i % 3 + 1) * (i % 2 == 0 ? 1 : -1);
        const auto surface = [&](const Eigen::VectorXd &point) {
            return attribute_surface(set, *attributes, start.form, point, never_stop);
        };
        const Surface<Eigen::Dynamic> here = surface(at);
        ASSERT_TRUE(std::isfinite(here.value)) << start.form;
        for (int i = 0; i < all; ++i) {
            const double step = 1e-5;
            Eigen::VectorXd up = at, down = at;
            up(i) += step;
            down(i) -= step;
            const Surface<Eigen::Dynamic> above = surface(up), below = surface(down);
            EXPECT_NEAR(here.gradient(i), (above.value - below.value) / (2 * step), 1e-5 * std::fabs(here.gradient(i)) + 2e-5)
                << start.form << " " << i;
            for (int j = 0; j < all; ++j) {
                const double slope = (above.gradient(j) - below.gradient(j)) / (2 * step);
                EXPECT_NEAR(here.hessian(i, j), slope, 1e-6 * std::fmax(std::fabs(slope), 1)) << start.form << " " << i << " " << j;
            }
        }
    }
}

TEST(CalendarAttributes, DerivativesOfBgNbd) { check_derivatives(chance_search<0>(), dated_search<0>()); }
TEST(CalendarAttributes, DerivativesOfMbgNbd) { check_derivatives(chance_search<1>(), dated_search<1>()); }
TEST(CalendarAttributes, DerivativesOfParetoNbd) { check_derivatives(time_search(), dated_time_search()); }

// Where no coefficient does anything, it is the fit's likelihood without them.
TEST(CalendarAttributes, WithoutEffectItIsTheModelItself) {
    const Made calendar(true);
    const DatedShop shop = simulated(bgnbd::family, parameters, 400, *calendar, season, 3);
    const FeatureSet &set = shop.shop.sorted();
    std::vector<CalendarRow> rows = shop.days;
    for (std::uint32_t i = 0; i < set.used; ++i) {
        const FeatureCount &row = set.rows()[i];
        rows.push_back({row.target[0], row.target[1], row.target[2], row.count});
    }
    std::vector<CalendarRow> sorted(rows.size());
    sorted.resize(copy_sorted(rows.data(), rows.size(), sorted.data(), never_stop));
    const DatedBase base({{sorted.data(), sorted.size()}, as_of}, *calendar, never_stop);
    for (const bool timed : {false, true}) {
        const PurchaseSearch search = timed ? time_search() : chance_search<0>();
        const DatedSearch dated = timed ? dated_time_search() : dated_search<0>();
        const auto attributes = calendar_attributes(shop.purchase_days(), set, *calendar, search, dated, never_stop);
        const double theta[] = {1.3, 55, 0.8, timed ? 250 : 3.5}, gamma[] = {0.2, -0.1, 0.15};
        Eigen::VectorXd at = Eigen::VectorXd::Zero(4 + 5 + 3);
        at.head(4) << std::log(1.3), std::log(55), timed ? std::log(0.8) : std::log(0.8 / 3.5), std::log(timed ? 250 : 4.3);
        at.tail(3) << gamma[0], gamma[1], gamma[2];
        const Surface<Eigen::Dynamic> with = attribute_surface(set, *attributes, 0, at, never_stop);
        const Surface<Eigen::Dynamic> without = dated_surface(dated.forms[0], theta, gamma, base, never_stop);
        EXPECT_NEAR(with.value, without.value, 1e-11 * std::fabs(without.value));
        for (int i = 0; i < 3; ++i) {
            EXPECT_NEAR(with.gradient(9 + i), without.gradient(4 + i), 1e-10 * std::fabs(without.gradient(4 + i)) + 1e-9);
            for (int j = 0; j < 3; ++j)
                EXPECT_NEAR(with.hessian(9 + i, 9 + j), without.hessian(4 + i, 4 + j), 1e-9 * without.hessian.bottomRows(3).norm() + 1e-8);
        }
    }
}

// 95 % intervals over shops, by the truth of each coefficient. Purchases are seldom enough for those that fall on the day of
// another, and are none, to matter little.
TEST(CalendarAttributes, FindsWhatWasPutIn) {
    const Made calendar;
    constexpr double seldom[] = {1.3, 250, 0.8, 3.5};
    for (const Family *family : {&nbd::family, &bgnbd::family, &mbgnbd::family}) {
        int within = 0, tried = 0;
        for (unsigned seed = 1; seed <= 8; ++seed) {
            const DatedShop shop = simulated(*family, seldom, 1500, *calendar, season, seed);
            const Fit fit = family->fit_calendar_attributes(shop.purchase_days(), shop.shop.sorted(), *calendar, 1, 0, never_stop);
            ASSERT_EQ(fit.status, Status::converged) << family->name << seed;
            EXPECT_EQ(find_fault(view_of(fit), *family), nullptr);
            const std::size_t n = family->parameters.size;
            std::vector<double> truth(seldom, seldom + n);
            truth.insert(truth.end(), {older, friends, 0});
            if (n == 4) truth.insert(truth.end(), {0, mail_leaves});
            truth.insert(truth.end(), season, season + 3);
            ASSERT_EQ(fit.parameters.size(), truth.size());
            for (std::size_t i = n; i < truth.size(); ++i) {
                const double error = std::sqrt(fit.covariance[covariance_index(static_cast<int>(i), static_cast<int>(i))]);
                within += std::fabs(fit.parameters[i] - truth[i]) <= 1.959964 * error;
                EXPECT_LT(std::fabs(fit.parameters[i] - truth[i]), 4 * error) << family->name << seed << " " << i;
                ++tried;
            }
        }
        // 0.95 of them, less three standard errors of a share.
        EXPECT_GE(within, tried * (0.95 - 3 * std::sqrt(0.95 * 0.05 / tried))) << family->name << tried;
    }
}

TEST(CalendarAttributes, NamesWhatRunsAwayOrTellsNothing) {
    // Nobody was there before the first sale.
    const Made calendar;
    Shop shop;
    for (int i = 0; i < 60; ++i) {
        const auto *a = features({number("age", i * 7 % 11)});
        shop.add(i < 30 ? Customer{0, 0, static_cast<double>(i % 20 + 1)} : Customer{1, 1.0 + i % 3, 60}, a, nullptr);
    }
    std::vector<CalendarRow> rows = {CalendarRow::of_day(57, 10), CalendarRow::of_day(58, 10), CalendarRow::of_day(59, 10)};
    std::vector<CalendarRow> sorted(rows.size());
    sorted.resize(copy_sorted(rows.data(), rows.size(), sorted.data(), never_stop));
    const Fit fit =
        bgnbd::family.fit_calendar_attributes({{sorted.data(), sorted.size()}, first_day + 80}, shop.sorted(), *calendar, 1, 0, never_stop);
    EXPECT_EQ(fit.status, Status::constant);
    EXPECT_EQ(fit.subject, 1 + 2);
    EXPECT_FALSE(fit.usable());
    EXPECT_EQ(find_fault(view_of(fit), bgnbd::family), nullptr);
}

}  // namespace
}  // namespace cltv
