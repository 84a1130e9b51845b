// The search for a maximum among the coordinates of a form and coefficients beside them, of attributes or of a calendar. What
// summit.hpp is for the form alone: the prior holds the form's coordinates only, and who gets lost may do so in a coefficient.
#pragma once

#include "core/base/numbers_only.hpp"

#include <functional>
#include <limits>
#include <vector>

#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"
#include "core/fit/summit.hpp"

namespace cltv {

// A place among the coordinates of a search: of the form, then of the coefficients.
struct Climbed {
    int form = 0;
    Eigen::VectorXd point;
    double value = -std::numeric_limits<double>::infinity();  // of the log-likelihood alone
    bool settled = false;
    Eigen::MatrixXd covariance;
    double error = std::numeric_limits<double>::infinity();  // the largest standard error of the form's coordinates
    int subject = -1;  // of the form's coordinates or, where the search got lost, of all of them
};

// Climbs surface(point), the log-likelihood in the coordinates of a form, the first n of them, and the coefficients, times
// the prior around `centre` on the form's coordinates to the power of a weight, from start.
Climbed climb_with_coefficients(const std::function<Surface<Eigen::Dynamic>(const Eigen::VectorXd &)> &surface, int form, int n,
                                const Eigen::VectorXd &start, const Eigen::VectorXd &centre, double weight, int &iterations);

// The choice among the ends of searches, of which the first is that of the form that customers have without coefficients:
// the highest that settled, of those as high as one another that with the fewest parameters; under the prior where the
// data hardly determine its parameters. climber.climb(form, point, weight) climbs on, climber.fit_at(climbed, status) is the model
// there, and lost(climbed) what is said where no search settled.
template <class Climber, class Lost>
Fit fit_of_ends(const std::vector<Climbed> &ends, double prior, Climber &climber, Lost &&lost) {
    const Climbed *best = nullptr;
    for (const Climbed &end : ends) {
        if (!end.settled) continue;
        const bool higher = best == nullptr || is_higher(end.value, best->value);
        const bool simpler = best != nullptr && !is_higher(best->value, end.value) && end.point.size() < best->point.size();
        if (higher || simpler) best = &end;
    }
    if (best == nullptr) return lost(ends.front());
    const double weight = prior * prior_weight(best->error);
    if (weight > 0) {
        const Climbed under_prior = climber.climb(best->form, best->point, weight);
        if (under_prior.settled) {
            Fit fit = climber.fit_at(under_prior, Status::weak);
            if (fit.usable()) fit.subject = best->subject;
            fit.prior = fit.usable();
            return fit;
        }
    }
    return climber.fit_at(*best, status_at(best->form, best->error));
}

}  // namespace cltv
