#include "core/base/random.hpp"
#include "core/spend/gg.hpp"

#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "unit/base/reference_table.hpp"
#include "unit/purchases/simulated_base.hpp"

namespace cltv {
namespace {

using Parameters = std::array<double, 3>;
const SpendFamily &spend = *gg::family.spend;

TEST(Gg, AgreesWithTheReference) {
    WorstError likelihood("log_likelihood"), expected("expected_spend");
    for (const ReferenceRow &row : reference_table("gg", 7)) {
        likelihood.add(spend.log_likelihood(row.data(), {row[3], row[4]}), row[5], row);
        expected.add(spend.expected_spend(row.data(), {row[3], row[4]}), row[6], row);
    }
    likelihood.expect_below(1e-11);
    expected.expect_below(1e-12);
}

TEST(Gg, LimitsAgreeWithTheReference) {
    WorstError likelihood("log_likelihood"), mean("population_mean");
    for (const ReferenceRow &row : reference_table("gg_limits", 7)) {
        const SpendFamily &limit = *gg::family.find_form(static_cast<int>(row[0]))->spend;
        likelihood.add(limit.log_likelihood(row.data() + 1, {row[3], row[4]}), row[5], row);
        mean.add(limit.population_mean(row.data() + 1), row[6], row);
    }
    likelihood.expect_below(1e-11);
    mean.expect_below(1e-12);
}

// Fader & Hardie (2013): the CDNOW parameters have a mean of 36.08 (p v/(q - 1) of the rounded parameters).
TEST(Gg, PopulationMean) {
    const double cdnow[] = {6.25, 3.74, 15.44};
    EXPECT_NEAR(spend.population_mean(cdnow), 6.25 * 15.44 / 2.74, 1e-12);
    const double without[] = {6.25, 0.9, 15.44};
    EXPECT_TRUE(std::isinf(spend.population_mean(without)));
}

TEST(Gg, DerivativesOfTheLikelihood) {
    Random random(7);
    for (const Parameters &truth : {Parameters{6.25, 3.74, 15.44}, Parameters{0.7, 12, 400}}) {
        const double *const p = truth.data();
        const std::vector<SpendCount> base = simulated_spends(spend, p, 500, random);
        const auto log_likelihood = [&](const double *at, double *gradient, double *hessian) {
            return gg::log_likelihood({base.data(), base.size()}, at, gradient, hessian, never_stop);
        };
        expect_derivatives<3>(log_likelihood, p);
        const double elsewhere[] = {p[0] * 1.5, p[1] * 0.8, p[2] * 2};
        expect_derivatives<3>(log_likelihood, elsewhere);

        double sum = 0, gradient[3], hessian[9];
        for (const SpendCount &row : base) sum += spend.log_likelihood(p, row.spend);
        EXPECT_NEAR(log_likelihood(p, gradient, hessian) / sum, 1, 1e-11);
    }
}

TEST(Gg, FitRecoversItsParameters) {
    Random random(8);
    const double p[] = {6.25, 3.74, 15.44};
    const std::vector<SpendCount> base = simulated_spends(spend, p, 20000, random);
    const Fit fit = gg::fit({base.data(), base.size()}, 1, never_stop);
    expect_recovered(fit, p, 3, 4);
    double gradient[3], hessian[9];
    gg::log_likelihood({base.data(), base.size()}, fit.parameters.data(), gradient, hessian, never_stop);
    for (int i = 0; i < 3; ++i) EXPECT_LT(std::fabs(gradient[i] * fit.parameters[i]), 1e-5) << i;
}

}  // namespace
}  // namespace cltv
