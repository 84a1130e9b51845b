// The search for a maximum among the coordinates of a form together with coefficients, of attributes or of a calendar.
// It is to these what summit.hpp is to the form alone: the prior holds the form's coordinates only, and a search may
// run away in a coefficient.
#pragma once

#include "core/base/numbers_only.hpp"

#include <functional>
#include <limits>
#include <vector>

#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"
#include "core/fit/summit.hpp"

namespace cltv {

// A place among the coordinates of a search: first those of the form, then the coefficients.
struct Climbed {
    int form = 0;
    Eigen::VectorXd point;
    double value = -std::numeric_limits<double>::infinity();  // of the log-likelihood alone
    bool settled = false;
    Eigen::MatrixXd covariance;
    double error = std::numeric_limits<double>::infinity();  // the largest standard error of the form's coordinates
    int subject = -1;  // among the form's coordinates or, where the search got lost, among all of them
};

// Climbs from start: surface(point) is the log-likelihood in the n coordinates of a form, which come first, and the
// coefficients; it is multiplied by the prior around `centre` on the form's coordinates, to the power of a weight.
Climbed climb_with_coefficients(const std::function<Surface<Eigen::Dynamic>(const Eigen::VectorXd &)> &surface, int form, int n,
                                const Eigen::VectorXd &start, const Eigen::VectorXd &centre, double weight, int &iterations);

// Chooses among the ends of searches, of which the first is that of the form that customers have without coefficients:
// the highest that settled, and among equally high ones that with the fewest parameters; under the prior where the data
// hardly determine its parameters. climber.climb(form, point, weight) climbs on, climber.fit_at(climbed, status) is the
// model there, and lost(climbed) is the verdict where no search settled.
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
