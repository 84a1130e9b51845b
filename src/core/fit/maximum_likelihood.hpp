// What every fit shares: the search in log parameters, the verdict on where it ended, standard errors.
#pragma once

#include "core/base/numbers_only.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "core/base/eigen.hpp"
#include "core/fit/logarithms.hpp"
#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"

namespace cltv {

// Fits a model with positive parameters. log_likelihood gives value, gradient and Hessian in the natural parameters;
// scale holds each parameter's natural size (1 for shapes, a typical time or amount for the others); starts are tried
// in turn until one settles.
//
// The verdict: a parameter that leaves scale x 10^+-7 has run away; a search that ends where the standard error of a
// log parameter exceeds 3 (a 95% interval of a factor of 350 to either side) sits on a ridge and does not know its
// parameters. Both are refused, with the parameter named. So is a maximum below the end of an earlier search that was
// refused: it is none of the whole.
template <int N, class LogLikelihood>
Fit maximum_likelihood(LogLikelihood &&log_likelihood, const Eigen::Matrix<double, N, 1> &scale, double customers,
                       std::initializer_list<Eigen::Matrix<double, N, 1>> starts) {
    using Vector = Eigen::Matrix<double, N, 1>;
    using Matrix = Eigen::Matrix<double, N, N>;
    constexpr double max_log_ratio = 16.1;  // ln 10^7
    constexpr double max_log_error = 3;

    const Vector centre = scale.array().log();
    auto surface = [&](const Vector &rho) {
        const Vector theta = rho.array().exp();
        return in_logarithms<N>(log_likelihood(theta), theta);
    };

    Fit refusal = refused(Status::not_converged, customers);
    double refused_value = -std::numeric_limits<double>::infinity();
    int iterations = 0;
    for (const Vector &start : starts) {
        const Ascent<N> ascent =
            newton_ascent<N>(surface, Vector(centre + start.array().log().matrix()), centre, max_log_ratio);
        iterations += ascent.iterations;

        int subject = -1;
        Status status = Status::not_converged;
        Matrix log_covariance;
        if (ascent.escaped) {
            (ascent.point - centre).cwiseAbs().maxCoeff(&subject);
            status = Status::runaway;
        } else if (ascent.settled) {
            log_covariance = (-ascent.surface.hessian).inverse();
            const double error = std::sqrt(log_covariance.diagonal().maxCoeff(&subject));
            status = error <= max_log_error ? Status::converged : Status::ridge;
        } else if (ascent.surface.hessian.allFinite()) {
            // Rounding may have ended the search on the ridge.
            const Eigen::SelfAdjointEigenSolver<Matrix> eigen(ascent.surface.hessian);
            int flattest;
            if (eigen.eigenvalues().cwiseAbs().minCoeff(&flattest) < 1 / (max_log_error * max_log_error)) {
                eigen.eigenvectors().col(flattest).cwiseAbs().maxCoeff(&subject);
                status = Status::ridge;
            }
        }
        const double value = std::isnan(ascent.surface.value) ? refused_value : ascent.surface.value;
        const double tie = std::fmax(0.01, 1e-12 * std::fabs(value));
        if (status != Status::converged) {
            if (value > refused_value + tie || std::isinf(refused_value)) {
                refusal = refused(status, customers, subject);
                refused_value = value;
            }
            continue;
        }
        if (value < refused_value - tie) continue;

        Fit fit = refused(Status::converged, customers);
        fit.iterations = iterations;
        fit.log_likelihood = ascent.surface.value;
        // At the maximum the gradient vanishes, so that the observed information in the natural parameters is the one
        // in their logarithms divided by theta theta'.
        const Vector theta = ascent.point.array().exp();
        const int n = static_cast<int>(theta.size());
        fit.parameters.assign(theta.data(), theta.data() + n);
        fit.states.assign(fit.parameters.size(), ParameterState::estimated);
        for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j) fit.covariance.push_back(theta(i) * theta(j) * log_covariance(i, j));
        return fit;
    }
    refusal.iterations = iterations;
    return refusal;
}

}  // namespace cltv
