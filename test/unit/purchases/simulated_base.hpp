// Bases of simulated customers, for the tests of the fits.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/customer.hpp"
#include "core/base/random.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv {

// Customers observed over tenures spread evenly over half..full span, at whole times, sorted by frequency.
inline std::vector<CustomerCount> simulated_customers(const OrdersFamily &orders, const double *p, int n, double span,
                                                      Random &random) {
    std::vector<CustomerCount> rows;
    for (int i = 0; i < n; ++i) {
        const double tenure = std::ceil(span * (0.5 + 0.5 * draw_uniform(random)));
        const Traits traits = orders.draw(p, random);
        double now = 0, frequency = 0, recency = 0;
        for (double k = 1; (now = orders.next_purchase(traits, k, now, random)) <= tenure; ++k) {
            frequency = k;
            recency = now;
        }
        rows.push_back({{frequency, recency, tenure}, 1});
    }
    std::sort(rows.begin(), rows.end(), [](const CustomerCount &one, const CustomerCount &other) {
        return one.customer.frequency < other.customer.frequency;
    });
    return rows;
}

inline std::vector<SpendCount> simulated_spends(const SpendFamily &spend, const double *p, int n, Random &random) {
    std::vector<SpendCount> rows;
    for (int i = 0; i < n; ++i) {
        const Traits traits = spend.draw(p, random);
        const double frequency = 1 + i * 8 / n;
        double total = 0;
        for (int k = 0; k < frequency; ++k) total += spend.next_spend(traits, random);
        rows.push_back({{frequency, total / frequency}, 1});
    }
    return rows;
}

// A gradient and Hessian against central differences of the values and of the gradients.
template <int N, class LogLikelihood>
void expect_derivatives(LogLikelihood &&log_likelihood, const double *p) {
    double gradient[N], hessian[N * N], up[N], down[N], unused[N * N];
    log_likelihood(p, gradient, hessian);
    for (int i = 0; i < N; ++i) {
        double there[N];
        std::copy(p, p + N, there);
        const double step = 1e-4 * p[i];
        there[i] = p[i] + step;
        const double above = log_likelihood(there, up, unused);
        there[i] = p[i] - step;
        const double below = log_likelihood(there, down, unused);
        const double slope = (above - below) / (2 * step);
        EXPECT_NEAR(gradient[i], slope, 1e-5 * std::fabs(slope) + 1e-4 * std::sqrt(std::fabs(hessian[i * N + i]))) << i;
        for (int j = 0; j < N; ++j) {
            const double bend = (up[j] - down[j]) / (2 * step);
            const double size = std::sqrt(std::fabs(hessian[i * N + i] * hessian[j * N + j]));
            EXPECT_NEAR(hessian[i * N + j], bend, 1e-5 * size) << i << ' ' << j;
        }
    }
}

// Every true parameter within so many standard errors of the fitted one.
inline void expect_recovered(const Fit &fit, const double *p, int n_parameters, double errors) {
    ASSERT_EQ(fit.status, Status::converged);
    for (int i = 0; i < n_parameters; ++i)
        EXPECT_NEAR(fit.parameters[i], p[i], errors * std::sqrt(fit.covariance[covariance_index(i, i)])) << i;
}

}  // namespace cltv
