// Effects that are the same on purchases and on dropout: one coefficient, whose derivatives are those of both added up, and
// estimates where the likelihood of the customers is highest among all that are the same.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/families.hpp"
#include "core/purchases/orders_attributes.hpp"
#include "unit/fit/attribute_likelihood.hpp"
#include "unit/fit/attribute_shops.hpp"

namespace cltv {
namespace {

class SameEffects : public testing::TestWithParam<Example> {};

TEST_P(SameEffects, TheMaximumIsThatOfOneCoefficient) {
    const Family &family = *find_family(GetParam().name);
    const FeatureSet &set = simulated(family, GetParam(), 3).sorted();
    const Fit free = family.fit_attributes(set, 0, 0, never_stop), fit = family.fit_attributes(set, 0, {0, true}, never_stop);
    ASSERT_EQ(fit.status, Status::converged) << family.name;
    ASSERT_EQ(find_fault(view_of(fit), family), nullptr);
    EXPECT_TRUE(fit.same);
    EXPECT_FALSE(free.same);
    ASSERT_EQ(fit.parameters.size(), free.parameters.size());
    EXPECT_EQ(free_parameters(view_of(fit)), free_parameters(view_of(free)) - 2);
    EXPECT_LT(fit.log_likelihood, free.log_likelihood);

    // Friends, mail and z of purchases, then friends and mail of dropout.
    const Form &form = *family.find_form(fit.form);
    const std::size_t n = form.parameters.size;
    const auto covariance = [&](std::size_t i, std::size_t j) {
        return fit.covariance[static_cast<std::size_t>(covariance_index(static_cast<int>(i), static_cast<int>(j)))];
    };
    for (std::size_t level = 0; level < 2; ++level) {
        const std::size_t first = n + level, second = n + 3 + level;
        EXPECT_EQ(fit.parameters[first], fit.parameters[second]);
        for (std::size_t j = 0; j < fit.parameters.size(); ++j) EXPECT_NEAR(covariance(first, j), covariance(second, j), 1e-12 * std::fabs(covariance(second, j)));
    }
    const Design &design = *view_of(fit).design;
    EXPECT_NEAR(fit.log_likelihood, log_likelihood(set, form, design, fit.parameters), 1e-10 * std::fabs(fit.log_likelihood));
    for (std::size_t i = 0; i < n + 3; ++i) {
        const double step = 0.02 * std::sqrt(covariance(i, i));
        const auto moved = [&](double steps) {
            std::vector<double> p = fit.parameters;
            p[i] += steps * step;
            if (i == n || i == n + 1) p[i + 3] += steps * step;
            return log_likelihood(set, form, design, p);
        };
        const double slope = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / 12;
        const double curvature = 2 * moved(0) - moved(1) - moved(-1);
        EXPECT_GT(curvature, 0) << family.name << ' ' << i;
        EXPECT_NEAR(slope / curvature, 0, 1e-2) << family.name << ' ' << i;
    }

    // What says that it is, but is not.
    Fit forged = fit;
    forged.parameters[n] += 1;
    EXPECT_NE(find_fault(view_of(forged), family), nullptr);
    forged = fit;
    forged.design.clear();
    EXPECT_NE(find_fault(view_of(forged), family), nullptr);
}

TEST_P(SameEffects, APenaltyHoldsThemOnce) {
    const Family &family = *find_family(GetParam().name);
    const FeatureSet &set = simulated(family, GetParam(), 3).sorted();
    const Fit free = family.fit_attributes(set, 0, {0, true}, never_stop), held = family.fit_attributes(set, 0, {0.3, true}, never_stop);
    const Fit huge = family.fit_attributes(set, 0, {1e12, true}, never_stop);
    ASSERT_EQ(held.status, Status::penalised);
    ASSERT_EQ(find_fault(view_of(held), family), nullptr);
    const std::size_t n = family.find_form(held.form)->parameters.size;
    EXPECT_EQ(held.parameters[n], held.parameters[n + 3]);
    EXPECT_LT(std::fabs(held.parameters[n]), std::fabs(free.parameters[n]));
    EXPECT_LT(held.log_likelihood, free.log_likelihood);
    EXPECT_NEAR(held.log_likelihood, log_likelihood(set, *family.find_form(held.form), *view_of(held).design, held.parameters),
                1e-10 * std::fabs(held.log_likelihood));
    for (std::size_t i = n; i < huge.parameters.size(); ++i) EXPECT_NEAR(huge.parameters[i], 0, 1e-9);
}

std::vector<Example> with_dropout() {
    std::vector<Example> found;
    for (const Example &example : examples)
        if (find_family(example.name)->has_attributes_of(Role::dropout)) found.push_back(example);
    return found;
}

INSTANTIATE_TEST_SUITE_P(Families, SameEffects, testing::ValuesIn(with_dropout()),
                         [](const auto &info) { return std::string(info.param.name); });

}  // namespace
}  // namespace cltv
