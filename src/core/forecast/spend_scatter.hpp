// The variance of what purchases bring: within customers and between them.
#pragma once

#include "core/base/numbers_only.hpp"

#include <limits>
#include <vector>

#include "core/forecast/revenue.hpp"

namespace cltv {

// Variances relative to the squared mean or, where amounts may be negative, absolute: within, about a customer's own
// mean, and between the means of customers. The first purchase and the mean of the others are independent given the
// customer's mean, so the expectation of their product is the square of that mean, and their difference contains only
// what is within.
struct SpendScatter {
    bool relative = true;
    double within = 0, between = 0;
    double first_mean = std::numeric_limits<double>::quiet_NaN(), repeat_mean = first_mean;  // of a first purchase, of any other
    double mean_variance = 0;  // of the overall mean, relative to its square

    SpendScatter(const std::vector<KnownCustomer> &customers, bool any_sign);

    // The variance of a customer's own mean that remains after this many purchases.
    double of_mean(double purchases) const { return between > 0 && within > 0 ? 1 / (1 / between + purchases / within) : 0; }
    // The weight of the overall mean in what a customer is expected to spend.
    double share_of_all(double purchases) const { return between > 0 ? within / (within + purchases * between) : 1; }

    // The variance of the revenue of a customer with weighted sums `plain`, sum w E[N], and `squares`, sum w^2 E[N], of the
    // purchases expected in periods, whose variance is squares + kappa plain^2, after n purchases; a purchase brings `square`
    // on its square's average.
    double variance(double plain, double squares, double kappa, double n, double square) const {
        const double unit = relative ? square : 1, own = of_mean(n), of_purchases = squares + kappa * plain * plain;
        return square * of_purchases + unit * (own * (of_purchases + plain * plain) + squares * within * (relative ? 1 + own : 1));
    }
};

}  // namespace cltv
