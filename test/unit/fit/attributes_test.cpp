// Attributes in the families of all topics, by what every family says of one customer: the fit's likelihood is that of its
// customers, its estimates are where that is highest, its covariance is what that says, and what was put in is found.
#include <cmath>
#include <string>
#include <vector>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/contracts/bdw.hpp"
#include "core/families.hpp"
#include "core/rows/design.hpp"
#include "unit/fit/attribute_likelihood.hpp"
#include "unit/fit/attribute_shops.hpp"

namespace cltv {
namespace {

class Attributes : public testing::TestWithParam<Example> {};

TEST_P(Attributes, TheMaximumIsThatOfTheCustomers) {
    const Family &family = *find_family(GetParam().name);
    const FeatureSet &set = simulated(family, GetParam(), 3).sorted();
    const Fit fit = family.fit_attributes(set, 0, 0, never_stop);
    ASSERT_TRUE(fit.usable()) << static_cast<int>(fit.status);
    ASSERT_EQ(fit.form, 0);
    ASSERT_EQ(find_fault(view_of(fit), family), nullptr);
    const Design &design = *view_of(fit).design;
    const auto at = [&](const std::vector<double> &p) { return log_likelihood(set, family, design, p); };
    EXPECT_NEAR(fit.log_likelihood, at(fit.parameters), 1e-10 * std::fabs(fit.log_likelihood));

    // In steps of a twentieth of a standard error.
    const int n = static_cast<int>(fit.parameters.size());
    std::vector<double> error(fit.parameters.size());
    for (int i = 0; i < n; ++i) error[i] = std::sqrt(fit.covariance[covariance_index(i, i)]);
    Eigen::MatrixXd curvature(n, n);
    const double step = 0.05;
    const auto moved = [&](int i, double si, int j, double sj) {
        std::vector<double> p = fit.parameters;
        p[i] += si * step * error[i];
        p[j] += sj * step * error[j];
        return at(p);
    };
    for (int i = 0; i < n; ++i) {
        const double up = moved(i, 1, i, 0), down = moved(i, -1, i, 0);
        // Central differences of fourth order: the third derivative of the likelihood is no zero.
        const double slope = (8 * (up - down) - (moved(i, 2, i, 0) - moved(i, -2, i, 0))) / (12 * step);
        EXPECT_NEAR(slope, 0, 1e-4) << family.name << " parameter " << i;
        for (int j = 0; j <= i; ++j) {
            const double cross = i == j ? (16 * (up + down) - (moved(i, 2, i, 0) + moved(i, -2, i, 0)) - 30 * at(fit.parameters)) / 12
                                        : (moved(i, 1, j, 1) - moved(i, 1, j, -1) - moved(i, -1, j, 1) + moved(i, -1, j, -1)) / 4;
            curvature(i, j) = curvature(j, i) = -cross / (step * step);
        }
    }
    const Eigen::MatrixXd covariance = curvature.inverse();
    for (int i = 0; i < n; ++i)
        for (int j = 0; j <= i; ++j)
            EXPECT_NEAR(covariance(i, j), fit.covariance[covariance_index(i, j)] / (error[i] * error[j]), 0.02)
                << family.name << " " << i << " " << j;
}

// In 40 shops each coefficient's 95 % interval holds the truth 38 times, give or take three: all of them together hold it
// in 93 to 97 % of the cases but for chance. 0.90 and 0.99 are three standard deviations away for 160 of them.
TEST_P(Attributes, FindsWhatWasPutIn) {
    const Example &example = GetParam();
    const Family &family = *find_family(example.name);
    const auto [within, tried] = recovered(family, example, 40);
    EXPECT_GE(tried, 100);
    EXPECT_GE(within, 0.90 * tried);
    EXPECT_LE(within, 0.99 * tried);
    std::printf("%s: %d of %d intervals hold the truth\n", example.name, within, tried);
}

INSTANTIATE_TEST_SUITE_P(Families, Attributes, testing::ValuesIn(examples),
                         [](const auto &info) { return std::string(info.param.name); });

TEST(AllFamilies, SayWhatTheirAttributesActOn) {
    for (const Family *family : all_families()) {
        EXPECT_EQ(family->attributes.size > 0, family->fit_attributes != nullptr) << family->name;
        EXPECT_TRUE(family->attributes.size == 0 || family->shift() != nullptr) << family->name;
    }
}

TEST(AttributeStatuses, AShopThatTellsNothingHasAStatus) {
    // One price, nobody back, nobody left: nothing that attributes could explain.
    const auto status = [](const char *name, Targets targets, Role role, auto numbers) {
        const Family &family = *find_family(name);
        Shop shop;
        for (int i = 0; i < 300; ++i) shop.add(targets, numbers(i), {{role, known(i).features()}});
        const Fit fit = family.fit_attributes(shop.sorted(), 1, 0, never_stop);
        EXPECT_FALSE(fit.usable());
        EXPECT_EQ(find_fault(view_of(fit), family), nullptr);
        return fit.status;
    };
    using Numbers = std::vector<double>;
    EXPECT_EQ(status("gg", Targets::spend, Role::spend, [](int i) { return Numbers{1.0 + i % 3, 20}; }),
              Status::identical_customers);
    EXPECT_EQ(status("lognormal", Targets::spend, Role::spend, [](int i) { return Numbers{1.0 + i % 3, 0}; }),
              Status::identical_customers);
    EXPECT_EQ(status("sbg", Targets::contracts, Role::churn, [](int i) { return Numbers{1.0 + i % 4, 0}; }),
              Status::nobody_churned);
    EXPECT_EQ(status("geometric", Targets::contracts, Role::churn, [](int i) { return Numbers{1.0 + i % 4, 0}; }),
              Status::nobody_churned);
    EXPECT_EQ(status("nbd", Targets::orders, Role::purchases, [](int i) { return Numbers{0, 0, 10.0 + i % 7}; }),
              Status::no_repeat_purchases);
}

// The clock of contracts is searched beside a typical time: derivatives follow, and the maximum is the same wherever it is.
TEST(Attributes, AClockMayBeScaledByATypicalTime) {
    Random random(3);
    Shop shop;
    for (int i = 0; i < 400; ++i)
        shop.add(Targets::contracts, {std::floor(20 + 30 * draw_uniform(random)), i % 3 == 0 ? 0.0 : 1.0},
                 {{Role::churn, known(i).features()}});
    const FeatureSet &set = shop.sorted();
    const auto plain = bdw::attribute_search(set, never_stop), scaled = bdw::attribute_search(set, never_stop, std::log(30));
    for (const int form : {0, 1}) {
        const int n = plain->form(form).size;
        Eigen::VectorXd at = Eigen::VectorXd::Zero(n + 3), beside;
        at(0) = -3, at(n - 1) = std::log(1.7);
        if (n == 3) at(1) = 3;
        at.tail(3) << 0.2, -0.1, 0.15;
        beside = at;
        beside(0) += 0.7 * std::log(30);
        if (n == 3) beside(1) -= 0.7 * std::log(30);
        const double value = attribute_surface(set, *plain, form, at, never_stop).value;
        const Surface<Eigen::Dynamic> here = attribute_surface(set, *scaled, form, beside, never_stop);
        EXPECT_NEAR(here.value / value, 1, 1e-13);
        constexpr double step = 1e-4;
        for (int i = 0; i < n + 3; ++i) {
            Eigen::VectorXd up = beside, down = beside;
            up(i) += step, down(i) -= step;
            const auto above = attribute_surface(set, *scaled, form, up, never_stop);
            const auto below = attribute_surface(set, *scaled, form, down, never_stop);
            EXPECT_NEAR((above.value - below.value) / (2 * step), here.gradient(i), 1e-5 * here.gradient.norm()) << form << i;
            for (int j = 0; j < n + 3; ++j)
                EXPECT_NEAR((above.gradient(j) - below.gradient(j)) / (2 * step), here.hessian(i, j), 1e-5 * here.hessian.norm())
                    << form << ' ' << i << ' ' << j;
        }
    }
}

}  // namespace
}  // namespace cltv
