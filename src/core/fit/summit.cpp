#include "core/fit/summit.hpp"

#include <Eigen/LU>

#include "core/fit/logarithms.hpp"

namespace cltv {

template <int N>
Summit climb(SmoothFunction<N> log_likelihood, const Eigen::Matrix<double, N, 1> &start, const Eigen::Matrix<double, N, 1> &size,
             double weight, int &iterations) {
    using Vector = Eigen::Matrix<double, N, 1>;
    using Matrix = Eigen::Matrix<double, N, N>;
    constexpr double max_log_ratio = 16.1;  // ln 10^7
    const Vector centre = size.array().log(), first = start.array().log();
    const double precision = weight * prior_precision;
    const auto surface = [&](const Vector &rho) {
        const Vector theta = rho.array().exp();
        Surface<N> here = in_logarithms<N>(log_likelihood(theta), theta);
        if (weight == 0) return here;
        const Vector distance = rho - centre;
        here.value -= precision / 2 * distance.squaredNorm();
        here.gradient -= precision * distance;
        here.hessian.diagonal().array() -= precision;
        return here;
    };
    const Ascent<N> ascent = newton_ascent<N>(surface, first, centre, max_log_ratio);
    iterations += ascent.iterations;

    Summit summit;
    for (int i = 0; i < N; ++i) summit.theta.push_back(std::exp(ascent.point(i)));
    const double value = ascent.surface.value + precision / 2 * (ascent.point - centre).squaredNorm();
    if (!std::isfinite(value)) return summit;
    summit.value = value;
    summit.settled = ascent.settled && !ascent.escaped;
    if (!summit.settled) return summit;
    const Matrix covariance = (-ascent.surface.hessian).inverse();
    summit.covariance = covariance;
    summit.error = std::sqrt(covariance.diagonal().maxCoeff(&summit.subject));
    summit.settled = std::isfinite(summit.error);
    return summit;
}

#define CLTV_CLIMB(N)                                                                                           \
    template Summit climb<N>(SmoothFunction<N>, const Eigen::Matrix<double, N, 1> &, const Eigen::Matrix<double, N, 1> &, \
                             double, int &);
CLTV_CLIMB(1)
CLTV_CLIMB(2)
CLTV_CLIMB(3)
CLTV_CLIMB(4)
#undef CLTV_CLIMB

}  // namespace cltv
