// Checks of the limits of a family of purchases: that its own formulas approach them, and that a fit ends at one exactly
// where the likelihood does not rise from it into the family.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "core/fit/family.hpp"
#include "core/fit/summit.hpp"

namespace cltv {

// What a model says of customers, in a row.
inline std::vector<double> answers(const OrdersFamily &orders, const double *p, const std::vector<Customer> &customers) {
    const double horizon = orders.discrete ? 12 : 50;
    std::vector<double> all;
    for (const Customer &c : customers) {
        all.push_back(orders.log_likelihood(p, c));
        all.push_back(orders.prob_alive(p, c));
        all.push_back(orders.prob_no_purchase(p, c, horizon));
        all.push_back(orders.prob_alive_after(p, c, horizon));
        all.push_back(orders.expected_purchases(p, c, horizon));
        all.push_back(orders.discounted_purchases(p, c, horizon, .01));
        all.push_back(orders.purchase_pmf(p, c, horizon, 2));
    }
    return all;
}

// The family differs from its limit by c phi + d phi^2 + ..., phi being the spread that vanishes: at a tenth of phi there
// is a tenth of the difference, but for 0.09 d phi^2. d grows as the square of the chances that a customer had, or as c
// does: 200 (1 + |c|) bounds it here.
inline void expect_first_order(const OrdersFamily &limit, const double *p, const OrdersFamily &orders,
                               const std::function<std::vector<double>(double phi)> &within,
                               const std::vector<Customer> &customers) {
    constexpr double phi = 1e-4, d = 200, rounding = 1e-10;
    const std::vector<double> there = answers(limit, p, customers), near = answers(orders, within(phi).data(), customers),
                              nearer = answers(orders, within(phi / 10).data(), customers);
    for (std::size_t i = 0; i < there.size(); ++i) {
        const double difference = near[i] - there[i];
        EXPECT_NEAR(nearer[i] - there[i], difference / 10,
                    0.09 * d * phi * (phi + std::fabs(difference)) + rounding * std::fmax(1, std::fabs(there[i])))
            << "number " << i % 7 << " of customer " << i / 7;
    }
}

inline double log_likelihood_of(const OrdersFamily &orders, const double *p, View<CustomerCount> base) {
    double sum = 0;
    for (const CustomerCount &row : base) sum += row.count * orders.log_likelihood(p, row.customer);
    return sum;
}

// The greatest log-likelihood of a form, by steps along the axes of log parameters (log odds of shares) and along what a
// round of them gained: none of the code of the fits.
inline double greatest_log_likelihood(const Form &form, std::vector<double> p, View<CustomerCount> base) {
    const std::size_t n = p.size();
    const auto coordinate = [&](std::size_t i) {
        return form.parameters[i].domain == Domain::share ? std::log(p[i] / (1 - p[i])) : std::log(p[i]);
    };
    std::vector<double> here(n);
    for (std::size_t i = 0; i < n; ++i) here[i] = coordinate(i);
    const auto value = [&](const std::vector<double> &at) {
        std::vector<double> natural(n);
        for (std::size_t i = 0; i < n; ++i)
            natural[i] = form.parameters[i].domain == Domain::share ? 1 / (1 + std::exp(-at[i])) : std::exp(at[i]);
        const double sum = log_likelihood_of(*form.orders, natural.data(), base);
        return std::isnan(sum) ? -HUGE_VAL : sum;
    };
    double best = value(here);
    const auto climb_along = [&](const std::vector<double> &direction, double step) {
        for (int turn = 0; turn < 2; ++turn, step = -step)
            for (bool rises = true; rises; step *= 2) {
                std::vector<double> there = here;
                for (std::size_t i = 0; i < n; ++i) there[i] += step * direction[i];
                const double reached = value(there);
                rises = reached > best && std::fabs(step) < 30;
                if (rises) {
                    here = there;
                    best = reached;
                }
            }
    };
    for (double step = 0.5; step > 1e-5; step /= 2)
        for (int round = 0; round < 4; ++round) {
            const std::vector<double> before = here;
            for (std::size_t i = 0; i < n; ++i) {
                std::vector<double> axis(n, 0);
                axis[i] = 1;
                climb_along(axis, step);
            }
            std::vector<double> gained(n);
            for (std::size_t i = 0; i < n; ++i) gained[i] = here[i] - before[i];
            if (before != here) climb_along(gained, 1);
        }
    return best;
}

// The fit is as high as the likelihood is anywhere, and at a limit exactly if that is as high as the inside of the family.
// Two maxima count as the same where they differ by no more than fits hold for nothing.
inline void expect_found(const Family &family, const Fit &fit, int limit, const double *truth, View<CustomerCount> base,
                         const std::function<std::vector<double>(double phi)> &within) {
    constexpr double nothing = 0.01, search = 1e-3;
    const Form &form = *family.find_form(limit);
    ASSERT_TRUE(fit.usable());
    const double at_limit =
        greatest_log_likelihood(form, std::vector<double>(truth, truth + form.parameters.size), base);
    double inside = -HUGE_VAL;
    for (const double phi : {1e-3, 0.03}) inside = std::fmax(inside, greatest_log_likelihood(family, within(phi), base));
    EXPECT_GE(fit.log_likelihood, std::fmax(at_limit, inside) - nothing - search);
    if (fit.form == limit) {
        EXPECT_NEAR(fit.log_likelihood, at_limit, search);
    } else if (fit.status == Status::converged) {
        EXPECT_GT(fit.log_likelihood, at_limit + nothing - search);
    }
}

}  // namespace cltv
