// Confidence intervals of positive quantities.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/special.hpp"
#include "core/fit/model.hpp"

namespace cltv {

struct ConfidenceInterval {
    double lower, estimate, upper;
};

// That a standard normal deviate is below z.
inline double normal_probability(double z) { return erfc(-z / std::sqrt(2.0)) / 2; }

// Half the width, in standard errors, of a normal interval that covers with probability `level`, 0 < level < 1.
inline double normal_quantile(double level) {
    return std::sqrt(2.0) * erf_inv(level);
}

// estimate e^(+-k s/estimate): normal on the logarithmic scale, where likelihoods of positive parameters are closer to
// normal and an interval never reaches below 0. Bounds are NaN where the standard error is.
inline ConfidenceInterval log_normal_interval(double estimate, double std_error, double level) {
    if (estimate == 0 && !std::isnan(std_error)) return {0, 0, 0};
    const double spread = std::exp(normal_quantile(level) * std_error / estimate);
    return {estimate / spread, estimate, estimate * spread};
}

// Normal on the scale of ln(share/(1 - share)), where an interval never leaves 0..1.
inline ConfidenceInterval logit_normal_interval(double share, double std_error, double level) {
    const double odds = share / (1 - share);
    const double spread = std::exp(normal_quantile(level) * std_error / (share * (1 - share)));
    const auto share_of = [](double bound) { return std::isinf(bound) ? 1 : bound / (1 + bound); };
    return {share_of(odds / spread), share, share_of(odds * spread)};
}

// estimate +- k s, for a parameter of either sign.
inline ConfidenceInterval normal_interval(double estimate, double std_error, double level) {
    const double reach = normal_quantile(level) * std_error;
    return {estimate - reach, estimate, estimate + reach};
}

// The variance of a function of a fit's parameters by the delta method: g'Cg with the covariance C of the estimated
// parameters and the gradient g. The gradient comes from central differences of 1e-5 of each parameter (of a hundredth
// of its standard error, where that is larger), whose error of about 1e-10 is far below that of the method. NaN without
// a covariance.
template <class Function>
double delta_variance(Function &&f, const ModelView &model) {
    constexpr double step = 1e-5;
    const int n = model.n_parameters;
    const double *const parameters = model.parameters, *const covariance = model.covariance;
    if (covariance == nullptr) return std::numeric_limits<double>::quiet_NaN();
    const double estimate = f(parameters);
    std::vector<double> moved(parameters, parameters + n), gradient(moved.size());
    for (int i = 0; i < n; ++i) {
        if (model.states[i] != ParameterState::estimated) continue;
        const double std_error = std::sqrt(covariance[covariance_index(i, i)]);
        const double reach = step * std::fmax(std::fabs(parameters[i]), 0.01 * std_error);
        if (reach == 0) continue;  // known exactly
        moved[i] = parameters[i] + reach;
        const double above = f(moved.data());
        moved[i] = parameters[i] - reach;
        const double below = f(moved.data());
        moved[i] = parameters[i];
        // A share may be close to 1, beyond which there is nothing.
        gradient[i] = std::isnan(above) ? (estimate - below) / reach : (above - below) / (2 * reach);
    }
    double variance = 0;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
            if (gradient[i] != 0 && gradient[j] != 0)
                variance += gradient[i] * covariance[covariance_index(i, j)] * gradient[j];
    return std::max(variance, 0.0);
}

// The interval of a function of a fit's parameters by the delta method: normal if the function may have any sign,
// otherwise on the logarithmic scale. Bounds are NaN without a covariance.
template <class Function>
ConfidenceInterval delta_interval(Function &&f, const ModelView &model, double level, bool any_sign = false) {
    const double estimate = f(model.parameters), std_error = std::sqrt(delta_variance(f, model));
    if (model.covariance == nullptr) return log_normal_interval(estimate, std_error, level);
    return any_sign ? normal_interval(estimate, std_error, level) : log_normal_interval(estimate, std_error, level);
}

}  // namespace cltv
