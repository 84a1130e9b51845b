// Checks of a fit of a model of orders with four parameters, on customers who follow the model exactly.
#pragma once

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"

namespace cltv {

using FitFunction = Fit (*)(View<CustomerCount>, Stop);

// Tenures are spread evenly over 0..longest. Times are not rounded, so that hardly two customers share one.
inline std::vector<CustomerCount> customers_of(const OrdersFamily &orders, const double *parameters, int customers,
                                               double longest, std::uint64_t seed) {
    Random random(seed);
    std::vector<CustomerCount> base;
    for (int i = 0; i < customers; ++i) {
        const Traits traits = orders.draw(parameters, random);
        Customer customer = {0, 0, longest * (i + 1) / customers};
        while (true) {
            const double next = orders.next_purchase(traits, customer.frequency + 1, customer.recency, random);
            if (!(next <= customer.tenure)) break;
            ++customer.frequency;
            customer.recency = next;
        }
        base.push_back({customer, 1});
    }
    std::sort(base.begin(), base.end(), [](const CustomerCount &one, const CustomerCount &other) {
        return one.customer.frequency < other.customer.frequency;
    });
    return base;
}

// The log-likelihood is the sum of the customers' own; the gradient is zero and the covariance the inverse of the
// Hessian, both by differences of that sum in the logarithms of the parameters.
inline void expect_maximum(const OrdersFamily &orders, FitFunction fit, std::array<double, 4> truth) {
    constexpr double step = 1e-3;
    const std::vector<CustomerCount> base = customers_of(orders, truth.data(), 3000, 500, 1);
    const Fit found = fit({base.data(), base.size()}, never_stop);
    ASSERT_EQ(found.status, Status::converged);

    auto log_likelihood = [&](int i, double step_i, int j, double step_j) {
        double p[4], sum = 0;
        std::copy(found.parameters.begin(), found.parameters.end(), p);
        p[i] *= std::exp(step_i);
        p[j] *= std::exp(step_j);
        for (const CustomerCount &row : base) sum += row.count * orders.log_likelihood(p, row.customer);
        return sum;
    };
    EXPECT_NEAR(found.log_likelihood, log_likelihood(0, 0, 0, 0), 1e-10 * std::fabs(found.log_likelihood));
    Eigen::Matrix4d information;
    for (int i = 0; i < 4; ++i) {
        const double slope = (log_likelihood(i, step, i, 0) - log_likelihood(i, -step, i, 0)) / (2 * step);
        for (int j = 0; j < 4; ++j)
            information(i, j) = -(log_likelihood(i, step, j, step) - log_likelihood(i, step, j, -step) -
                                  log_likelihood(i, -step, j, step) + log_likelihood(i, -step, j, -step)) /
                                (4 * step * step);
        EXPECT_NEAR(slope, 0, 1e-4 * information(i, i)) << i;
    }
    const Eigen::Matrix4d covariance = information.inverse();
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j <= i; ++j)
            EXPECT_NEAR(found.covariance[covariance_index(i, j)] / (found.parameters[i] * found.parameters[j]),
                        covariance(i, j), 1e-3 * std::sqrt(covariance(i, i) * covariance(j, j)))
                << i << ' ' << j;
}

// The estimates lie within four standard errors of the truth.
inline void expect_recovery(const OrdersFamily &orders, FitFunction fit, std::array<double, 4> truth) {
    const std::vector<CustomerCount> base = customers_of(orders, truth.data(), 20000, 700, 2);
    const Fit found = fit({base.data(), base.size()}, never_stop);
    ASSERT_EQ(found.status, Status::converged);
    for (int i = 0; i < 4; ++i)
        EXPECT_NEAR(found.parameters[i], truth[i], 4 * std::sqrt(found.covariance[covariance_index(i, i)])) << i;
}

}  // namespace cltv
