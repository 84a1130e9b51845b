// The ridge of attributes in the families of all topics: the estimates are where the likelihood of the customers less the
// penalty is highest, by what every family says of one customer; a huge penalty leaves the fit without attributes.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/contracts/contract_attributes.hpp"
#include "core/families.hpp"
#include "core/purchases/orders_attributes.hpp"
#include "core/rows/design.hpp"
#include "core/spend/spend_attributes.hpp"
#include "unit/fit/attribute_likelihood.hpp"
#include "unit/fit/attribute_shops.hpp"

namespace cltv {
namespace {

// The variance of what each coefficient stands before: friends, mail and z by role, and those of dropout.
std::vector<double> variances(const Family &family, int customers) {
    double friends = 0, mail = 0, z = 0, square = 0;
    for (int i = 0; i < customers; ++i) {
        const Known k = known(i);
        friends += k.channel == 1;
        mail += k.channel == 2;
        z += k.z;
        square += k.z * k.z;
    }
    friends /= customers, mail /= customers, z /= customers, square /= customers;
    std::vector<double> variances = {friends * (1 - friends), mail * (1 - mail), square - z * z};
    if (family.has_attributes_of(Role::dropout)) variances.insert(variances.end(), {variances[0], variances[1]});
    return variances;
}

Fit without_attributes(const Family &family, const FeatureSet &set) {
    const auto fitted = [](const auto &rows, auto fit) { return fit({rows.data(), rows.size()}, 0, never_stop); };
    return family.orders  ? fitted(pooled_customers(set, never_stop), family.fit_orders)
           : family.spend ? fitted(spends::pooled_spends(set, never_stop), family.fit_spend)
                          : fitted(pooled_contracts(set, never_stop), family.fit_contract);
}

class Penalty : public testing::TestWithParam<Example> {};

TEST_P(Penalty, TheMaximumIsThatOfThePenalisedLikelihood) {
    const Family &family = *find_family(GetParam().name);
    const int customers = GetParam().customers;
    const FeatureSet &set = simulated(family, GetParam(), 3).sorted();
    const Fit free = family.fit_attributes(set, 0, 0, never_stop);
    const std::vector<double> variance = variances(family, customers);
    double held_before = INFINITY;
    for (const double penalty : {0.01, 0.3}) {
        const Fit fit = family.fit_attributes(set, 0, penalty, never_stop);
        ASSERT_EQ(fit.status, Status::penalised);
        ASSERT_EQ(find_fault(view_of(fit), family), nullptr);
        EXPECT_EQ(fit.penalty, penalty);
        EXPECT_TRUE(fit.covariance.empty());
        const Form &form = *family.find_form(fit.form);
        const std::size_t n_form = form.parameters.size;
        ASSERT_EQ(fit.parameters.size(), n_form + variance.size());
        const Design &design = *view_of(fit).design;
        const auto held = [&](const std::vector<double> &p) {
            double sum = 0;
            for (std::size_t i = 0; i < variance.size(); ++i) sum += variance[i] * p[n_form + i] * p[n_form + i];
            return sum;
        };
        const auto at = [&](const std::vector<double> &p) {
            return log_likelihood(set, form, design, p) - customers * penalty / 2 * held(p);
        };
        EXPECT_NEAR(fit.log_likelihood, log_likelihood(set, form, design, fit.parameters),
                    1e-10 * std::fabs(fit.log_likelihood));
        EXPECT_LT(fit.log_likelihood, free.log_likelihood);
        EXPECT_LT(held(fit.parameters), held_before);
        held_before = held(fit.parameters);
        for (std::size_t i = 0; i < fit.parameters.size(); ++i) {
            const double step = i < n_form ? 2e-3 * fit.parameters[i] : 2e-3 / std::sqrt(variance[i - n_form]);
            const auto moved = [&](double steps) {
                std::vector<double> p = fit.parameters;
                p[i] += steps * step;
                return at(p);
            };
            const double slope = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / 12;
            const double curvature = 2 * at(fit.parameters) - moved(1) - moved(-1);
            EXPECT_GT(curvature, 0) << family.name << ' ' << i;
            EXPECT_NEAR(slope / curvature, 0, 1e-2) << family.name << ' ' << i;  // in steps of 0.002
        }
    }
}

TEST_P(Penalty, AHugeOneLeavesTheFitWithoutAttributes) {
    const Family &family = *find_family(GetParam().name);
    const FeatureSet &set = simulated(family, GetParam(), 3).sorted();
    const Fit fit = family.fit_attributes(set, 0, 1e12, never_stop);
    ASSERT_EQ(fit.status, Status::penalised);
    const std::size_t n_form = family.find_form(fit.form)->parameters.size;
    for (std::size_t i = n_form; i < fit.parameters.size(); ++i) EXPECT_NEAR(fit.parameters[i], 0, 1e-9);

    const Fit plain = without_attributes(family, set);
    ASSERT_EQ(plain.form, fit.form);
    for (std::size_t i = 0; i < n_form; ++i)
        EXPECT_NEAR(fit.parameters[i] / plain.parameters[i], 1, 1e-6) << family.name << ' ' << i;
    EXPECT_NEAR(fit.log_likelihood, plain.log_likelihood, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Families, Penalty, testing::ValuesIn(examples),
                         [](const auto &info) { return std::string(info.param.name); });

// What runs away without a penalty, and what follows from another attribute, has a maximum under one; what has one value has
// none to hold.
TEST(Penalty, HoldsWhatTheDataDoNotTell) {
    const Example &example = examples[1];
    ASSERT_STREQ(example.name, "bgnbd");
    const FeatureSet &set = simulated(bgnbd::family, example, 3).sorted();
    Shop shop, twice, constant;
    for (std::uint32_t i = 0; i < set.used; ++i) {
        const double *const t = set.rows()[i].target;
        const Customer customer = {t[0], t[1], t[2]};
        shop.add(customer, features({category("came_back", t[0] > 0 ? "yes" : "no")}), nullptr);
        twice.add(customer, features({number("age", i % 31), number("twice", 2 * (i % 31) + 1)}), nullptr);
        constant.add(customer, features({number("one", 1)}), nullptr);
    }
    const auto fit = [](Shop &one, double penalty) { return bgnbd::family.fit_attributes(one.sorted(), 1, penalty, never_stop); };
    EXPECT_EQ(fit(shop, 0).status, Status::separated);
    EXPECT_EQ(fit(shop, 0.01).status, Status::penalised);
    EXPECT_EQ(fit(twice, 0).status, Status::collinear);
    const Fit shared = fit(twice, 0.01);
    ASSERT_EQ(shared.status, Status::penalised);
    const std::size_t n = shared.parameters.size();
    EXPECT_NEAR(shared.parameters[n - 2] / (2 * shared.parameters[n - 1]), 1, 1e-6);  // each as much, in standard deviations
    EXPECT_EQ(fit(constant, 0.01).status, Status::constant);
}

}  // namespace
}  // namespace cltv
