#include <cmath>

#include "core/contracts/sbg.hpp"
#include "core/fit/family.hpp"
#include "property.hpp"

namespace cltv::property {

namespace {
constexpr double slack = 1 + 1e-10;
}

// Expected spend lies between what the customer spent so far and what the population spends.
void spends(Source &source) {
    for (const Family *family : all_families()) {
        if (family->spend == nullptr) continue;
        const bool logarithms = family->kind == Kind::lognormal, real = family->parameters[0].domain == Domain::real;
        double p[4];
        for (double &parameter : p) parameter = logarithms ? source.log_uniform(1e-3, 3) : source.log_uniform(1e-3, 1e4);
        if (real && source.chance(0.5)) p[0] = -p[0];
        const double frequency = std::floor(source.log_uniform(1, 10001));
        Spend customer{frequency, source.log_uniform(1e-2, 1e6)};
        if (family->spend->any_sign && source.chance(0.5)) customer.monetary_value = -customer.monetary_value;
        SCOPED_TRACE(testing::Message() << family->name << ' ' << p[0] << ' ' << p[1] << ' ' << p[2] << ", "
                                        << frequency << " times " << customer.monetary_value);
        EXPECT_TRUE(std::isfinite(family->spend->log_likelihood(p, customer)));
        const double mean = family->spend->population_mean(p), expected = family->spend->expected_spend(p, customer);
        if (!family->spend->any_sign) {
            EXPECT_GT(mean, 0);
            EXPECT_GT(expected, 0);
        }
        // A mean of few lognormal purchases is more often too low than too high, so that more than it is expected.
        if (std::isinf(mean) || logarithms) continue;
        const double least = std::fmin(mean, customer.monetary_value), most = std::fmax(mean, customer.monetary_value);
        const double slip = 1e-10 * std::fmax(std::fabs(least), std::fabs(most));
        EXPECT_GE(expected, least - slip);
        EXPECT_LE(expected, most + slip);
    }
}

void contracts(Source &source) {
    for (const Family *family : all_families()) {
        if (family->contract == nullptr) continue;
        const ContractFamily &contract = *family->contract;
        double p[4];
        for (double &parameter : p) parameter = source.log_uniform(1e-3, 1e4);
        if (family->parameters[0].domain == Domain::share) p[0] /= 1 + p[0];
        const double renewals = source.count(1000), rate = source.log_uniform(1e-4, 1);
        SCOPED_TRACE(testing::Message() << family->name << ' ' << p[0] << ' ' << p[1] << ", renewals " << renewals
                                        << ", rate " << rate);
        for (const double churned : {0.0, 1.0})
            EXPECT_TRUE(std::isfinite(contract.log_likelihood(p, {renewals + churned, churned})));
        EXPECT_EQ(contract.survival(p, 0), 1);

        double expected = 0, discounted = 0, survival = contract.survival(p, renewals), discount = 1, share = 1;
        for (double period = 1; period <= 20; ++period, discount /= 1 + rate) {
            const double churn = contract.churn(p, renewals + period - 1);
            const double next = contract.survival(p, renewals + period);
            EXPECT_TRUE(is_probability(churn) && is_probability(next));
            EXPECT_NEAR(next, survival * (1 - churn), 1e-11 * survival + 1e-300);
            if (family->kind == Kind::sbg || family->kind == Kind::bdw) {
                EXPECT_NEAR(contract.retention(p, renewals + period), 1 - churn, 1e-15);
            }
            survival = next;
            share *= contract.retention(p, renewals + period);
            expected += share;
            discounted += discount * share;
            expect_close(contract.expected_periods(p, renewals, period), expected, 1e-9);
            expect_close(contract.discounted_periods(p, renewals, period, rate), discounted, 1e-9);
        }
        EXPECT_EQ(contract.expected_periods(p, renewals, 0), 0);
        const double most = contract.expected_periods(p, renewals, 1e5);
        EXPECT_GE(contract.expected_periods(p, renewals, infinity) * slack, most);
        const double all = contract.discounted_periods(p, renewals, infinity, rate);
        const double some = contract.discounted_periods(p, renewals, 1000, rate);
        EXPECT_TRUE(std::isfinite(all) && all * slack >= some) << all << " after " << some;
    }
}

}  // namespace cltv::property
