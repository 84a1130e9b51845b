// Which maximum a fit takes: the one within a family, at a limit, or one that a prior holds.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/eigen.hpp"
#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"

namespace cltv {

// Up to this standard error of a log parameter a maximum stands so clear of all limits that they need no look.
constexpr double clear_error = 1.5;
// Beyond this standard error (a 95% interval of a factor of 350 to either side) the data do not determine the
// parameter. There the prior comes in; it has its full weight at twice this error.
constexpr double weak_error = 3;
// Whether a log-likelihood is higher than another by more than rounding, and by enough to matter.
inline bool is_higher(double value, double other) {
    return value > other + std::fmax(0.01, 1e-12 * std::fabs(other)) || (value > other && std::isinf(other));
}
// The prior: the logarithm of each parameter is normal around its natural size (1 for shapes and odds; for times the
// mean time between purchases or the mean tenure) with a standard deviation of ln 1000. It says how large a shop's
// parameters are, give or take a factor of a thousand.
constexpr double prior_precision = 1 / (6.907755 * 6.907755);

// Where the search for the maximum of one form ended. theta holds positive numbers; those whose bit is set in odds are
// odds, and the form's parameter is the probability.
struct Summit {
    int form = 0;
    unsigned odds = 0;
    std::vector<double> theta;
    double value = -std::numeric_limits<double>::infinity();  // of the log-likelihood alone
    Eigen::MatrixXd covariance;                               // of the logarithms of theta
    bool settled = false;
    double error = std::numeric_limits<double>::infinity();  // the largest standard error of a logarithm
    int subject = 0;                                          // the parameter that has it
};

// Climbs from start: log_likelihood(theta) times the prior around `size`, to the power of a weight. Compiled in
// summit.cpp, for N = 1 to 4.
template <int N>
Summit climb(SmoothFunction<N> log_likelihood, const Eigen::Matrix<double, N, 1> &start, const Eigen::Matrix<double, N, 1> &size,
             double weight, int &iterations);

// Among the settled limits the highest; among equally high ones that with the fewest parameters; nullptr if there is
// none.
inline const Summit *best_limit(const std::vector<Summit> &limits) {
    const Summit *best = nullptr;
    for (const Summit &summit : limits) {
        if (!summit.settled) continue;
        const bool higher = best == nullptr || is_higher(summit.value, best->value);
        const bool simpler = best != nullptr && !is_higher(best->value, summit.value) &&
                             summit.theta.size() < best->theta.size();
        if (higher || simpler) best = &summit;
    }
    return best;
}

// How much of the prior a maximum needs, given the largest standard error of its logarithms: 0 where the data speak for
// themselves.
inline double prior_weight(double error) {
    const double share = std::fmin(std::fmax(error / weak_error - 1, 0), 1);
    return share * share * (3 - 2 * share);
}

// The status of a settled maximum without the prior.
inline Status status_at(int form, double error) {
    return error > weak_error ? Status::weak : form == 0 ? Status::converged : Status::boundary;
}

// The model at a summit.
inline Fit fit_at(const Summit &summit, Status status, double count, int iterations) {
    Fit fit = refused(status, count, status == Status::weak ? summit.subject : -1, iterations);
    fit.form = summit.form;
    fit.log_likelihood = summit.value;
    const int n = static_cast<int>(summit.theta.size());
    std::vector<double> slopes;  // of the parameters, in the logarithms of theta
    for (int i = 0; i < n; ++i) {
        const double theta = summit.theta[i], p = theta / (1 + theta);
        const bool odds = (summit.odds >> i & 1) != 0;
        fit.parameters.push_back(odds ? p : theta);
        fit.states.push_back(ParameterState::estimated);
        slopes.push_back(odds ? p / (1 + theta) : theta);
        for (int j = 0; j <= i; ++j) fit.covariance.push_back(slopes[i] * slopes[j] * summit.covariance(i, j));
    }
    return fit;
}

// The verdict, given the best summit within the family, the limits, and the highest end of all searches, settled or
// not: a limit as high as the best within is the maximum. climb_on(summit, weight) climbs on from a summit under the
// prior.
template <class ClimbOn>
Fit fit_of(const Summit &inside, const std::vector<Summit> &limits, const Summit &highest, double prior, double count,
           int &iterations, ClimbOn &&climb_on) {
    const Summit *const limit = best_limit(limits);
    const Summit &chosen = limit == nullptr || is_higher(inside.value, limit->value) ? inside : *limit;
    const auto plain = [&](const Summit &summit) {
        if (!summit.settled) return refused(Status::not_converged, count, -1, iterations);
        return fit_at(summit, status_at(summit.form, summit.error), count, iterations);
    };
    // An end that no search could settle but that is higher than all that did is held by the prior.
    const bool unsettled = is_higher(highest.value, chosen.value);
    const Summit &held = unsettled ? highest : chosen;
    const double weight = prior * (unsettled ? 1 : prior_weight(held.error));
    // The likelihood is nowhere a number: there is no place to climb on from.
    if (weight == 0 || held.theta.empty()) return plain(chosen);
    const Summit under_prior = climb_on(held, weight);
    if (!under_prior.settled) return plain(chosen);
    Fit fit = fit_at(under_prior, Status::weak, count, iterations);
    if (held.settled) fit.subject = held.subject;
    fit.prior = true;
    return fit;
}

}  // namespace cltv
