// Confidence intervals of positive quantities.
#pragma once

#include "core/base/numbers_only.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <algorithm>
#include <cmath>

#include "core/base/special.hpp"
#include "core/fit/model.hpp"

namespace cltv {

struct ConfidenceInterval {
    double lower, estimate, upper;
};

// Half the width, in standard errors, of a normal interval that covers with probability `level`, 0 < level < 1.
inline double normal_quantile(double level) {
    return std::sqrt(2.0) * boost::math::erf_inv(level, BoostPolicy());
}

// estimate e^(+-k s/estimate): normal on the logarithmic scale, on which likelihoods of positive parameters are closer
// to normal and where an interval never reaches below 0. Bounds are NaN where the standard error is.
inline ConfidenceInterval log_normal_interval(double estimate, double std_error, double level) {
    if (estimate == 0 && !std::isnan(std_error)) return {0, 0, 0};
    const double spread = std::exp(normal_quantile(level) * std_error / estimate);
    return {estimate / spread, estimate, estimate * spread};
}

// The interval of a positive function of the parameters by the delta method: its variance is g'Cg with the covariance C
// of the parameters and the gradient g, here by central differences of 1e-5 of each parameter, whose error of about
// 1e-10 is far below that of the method.
template <class Function>
ConfidenceInterval delta_interval(Function &&f, const double *parameters, const double *covariance, int n, double level) {
    constexpr double step = 1e-5;
    double moved[max_parameters], gradient[max_parameters];
    std::copy(parameters, parameters + n, moved);
    for (int i = 0; i < n; ++i) {
        moved[i] = parameters[i] * (1 + step);
        const double above = f(moved);
        moved[i] = parameters[i] * (1 - step);
        const double below = f(moved);
        moved[i] = parameters[i];
        gradient[i] = (above - below) / (2 * step * parameters[i]);
    }
    double variance = 0;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) variance += gradient[i] * covariance[covariance_index(i, j)] * gradient[j];
    return log_normal_interval(f(parameters), std::sqrt(std::max(variance, 0.0)), level);
}

}  // namespace cltv
