#include "core/fit/climbed.hpp"

#include <cmath>

#include "core/fit/matrices.hpp"

namespace cltv {

Climbed climb_with_coefficients(const std::function<Surface<Eigen::Dynamic>(const Eigen::VectorXd &)> &surface, int form, int n,
                                const Eigen::VectorXd &start, const Eigen::VectorXd &centre, double weight, int &iterations) {
    using Vector = Eigen::VectorXd;
    const double precision = weight * prior_precision;
    const auto posterior = [&](const Vector &point) {
        Surface<Eigen::Dynamic> here = surface(point);
        const Vector distance = point.head(n) - centre.head(n);
        here.value -= precision / 2 * distance.squaredNorm();
        here.gradient.head(n) -= precision * distance;
        here.hessian.diagonal().head(n).array() -= precision;
        return here;
    };
    constexpr double max_log_ratio = 16.1;  // ln 10^7
    const Ascent<Eigen::Dynamic> ascent = newton_ascent<Eigen::Dynamic>(posterior, start, centre, max_log_ratio);
    iterations += ascent.iterations;

    Climbed climbed;
    climbed.form = form;
    climbed.point = ascent.point;
    const double value = ascent.surface.value + precision / 2 * (ascent.point.head(n) - centre.head(n)).squaredNorm();
    if (!std::isfinite(value)) return climbed;
    climbed.value = value;
    climbed.settled = ascent.settled && !ascent.escaped;
    if (climbed.settled) {
        climbed.covariance = inverse_of(-ascent.surface.hessian);
        climbed.error = std::sqrt(climbed.covariance.diagonal().head(n).maxCoeff(&climbed.subject));
        climbed.settled = std::isfinite(climbed.error);
    } else if (ascent.escaped) {
        (ascent.point - centre).cwiseAbs().maxCoeff(&climbed.subject);
    } else if (ascent.surface.hessian.allFinite()) {
        climbed.subject = flattest_of(ascent.surface.hessian).coordinate;
    }
    return climbed;
}

}  // namespace cltv
