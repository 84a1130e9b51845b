#include "core/fit/model.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace cltv {

Fit refused(Status status, double customers, int subject, int iterations) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Fit fit{};
    fit.status = status;
    fit.subject = subject;
    fit.iterations = iterations;
    fit.customers = customers;
    fit.log_likelihood = none;
    std::fill(std::begin(fit.parameters), std::end(fit.parameters), none);
    std::fill(std::begin(fit.covariance), std::end(fit.covariance), none);
    return fit;
}

Fit given(const double *parameters, int n_parameters) {
    Fit fit = refused(Status::given, 0);
    std::copy(parameters, parameters + n_parameters, fit.parameters);
    return fit;
}

const char *find_fault(const Fit &fit, int n_parameters) {
    const int n_covariance = n_covariances(n_parameters);
    const auto absent = [](double value) { return std::isnan(value); };
    const auto whole = [](double value) { return std::isfinite(value); };
    const double *const covariance_end = fit.covariance + n_covariance;

    if (fit.status > Status::nobody_churned) return "The status is unknown.";
    const bool names_parameter = fit.status == Status::runaway || fit.status == Status::ridge;
    if (names_parameter ? fit.subject < 0 || fit.subject >= n_parameters : fit.subject != -1)
        return "The status speaks of a parameter that the model does not have.";
    if (fit.iterations < 0) return "The number of iterations is negative.";
    if (!whole(fit.customers) || fit.customers < 0) return "The number of customers is not a number from 0 up.";

    for (int i = 0; i < n_parameters; ++i) {
        const double parameter = fit.parameters[i];
        if (usable(fit.status) ? !(parameter > 0 && whole(parameter)) : !absent(parameter))
            return usable(fit.status) ? "Every parameter must be a finite number above 0."
                                      : "A model without a usable fit has no parameters.";
    }
    if (fit.status != Status::converged) {
        if (!absent(fit.log_likelihood) || !std::all_of(fit.covariance, covariance_end, absent))
            return "Only a converged fit has a log-likelihood and a covariance.";
        if (fit.status == Status::given && (fit.customers != 0 || fit.iterations != 0))
            return "A model that was given, not fitted, has no customers and no iterations.";
        return nullptr;
    }
    if (!whole(fit.log_likelihood)) return "A converged fit has a finite log-likelihood.";
    if (!(fit.customers > 0)) return "A converged fit has customers.";
    if (!std::all_of(fit.covariance, covariance_end, whole)) return "A converged fit has a finite covariance.";
    for (int i = 0; i < n_parameters; ++i)
        for (int j = 0; j <= i; ++j) {
            const double ii = fit.covariance[covariance_index(i, i)], jj = fit.covariance[covariance_index(j, j)];
            const double ij = fit.covariance[covariance_index(i, j)];
            if (!(ii > 0 && jj > 0 && std::fabs(ij) <= std::sqrt(ii) * std::sqrt(jj) * (1 + 1e-9)))
                return "The covariance is not that of any parameters.";
        }
    return nullptr;
}

}  // namespace cltv
