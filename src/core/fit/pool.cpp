#include "core/fit/pool.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <limits>

#include "core/fit/logarithms.hpp"
#include "core/fit/matrices.hpp"
#include "core/fit/summit.hpp"

namespace cltv {

namespace {

// Segments that differ by less, in a logarithm, are alike.
constexpr double least_sd = 1e-3;
constexpr int max_rounds = 100;
// From so many segments on they tell which parameters go together.
constexpr std::size_t enough_for_correlations = 5;

template <int N>
struct Mode {
    typename Spread<N>::Vector point;
    typename Spread<N>::Matrix covariance;
    double log_likelihood = -std::numeric_limits<double>::infinity();
    int iterations = 0;
    bool settled = false;
};

template <int N>
typename Spread<N>::Vector natural(const Spread<N> &spread, const typename Spread<N>::Vector &point) {
    return point.array().exp().matrix() + spread.offset;
}

// The mode of a segment's posterior. log_likelihood: of the natural parameters, with derivatives.
template <int N>
Mode<N> mode_of(SmoothFunction<N> log_likelihood, const Spread<N> &spread, const typename Spread<N>::Vector &start) {
    using Vector = typename Spread<N>::Vector;
    using Matrix = typename Spread<N>::Matrix;
    constexpr double radius = 32.2;  // twice that of a fit
    const Matrix precision = spread.covariance.inverse();
    const auto surface = [&](const Vector &point) {
        Surface<N> here = in_logarithms<N>(log_likelihood(natural(spread, point)), Vector(point.array().exp()));
        const Vector distance = point - spread.mean, pull = precision * distance;
        here.value -= distance.dot(pull) / 2;
        here.gradient -= pull;
        here.hessian -= precision;
        return here;
    };
    const Ascent<N> ascent = newton_ascent<N>(surface, start, spread.mean, radius);
    Mode<N> mode;
    mode.point = ascent.point;
    mode.iterations = ascent.iterations;
    const Vector distance = ascent.point - spread.mean;
    mode.log_likelihood = ascent.surface.value + distance.dot(precision * distance) / 2;
    mode.settled = ascent.settled && !ascent.escaped && std::isfinite(mode.log_likelihood);
    if (mode.settled) mode.covariance = (-ascent.surface.hessian).inverse();
    return mode;
}

// ln of the likelihood of a segment over all that its parameters may be, by Laplace's approximation.
template <int N>
double log_marginal(const Mode<N> &mode, const Spread<N> &spread) {
    const typename Spread<N>::Vector distance = mode.point - spread.mean;
    return mode.log_likelihood - distance.dot(spread.covariance.inverse() * distance) / 2 +
           (std::log(mode.covariance.determinant()) - std::log(spread.covariance.determinant())) / 2;
}

// With no direction of less spread than least_sd.
template <int N>
typename Spread<N>::Matrix floored(const typename Spread<N>::Matrix &covariance) {
    const Spectrum<N> spectrum = spectrum_of<N>(covariance);
    return spectrum.vectors * spectrum.values.cwiseMax(least_sd * least_sd).asDiagonal() * spectrum.vectors.transpose();
}

// A model of the natural parameters, with the covariance of their logarithms times their sizes.
template <int N>
Fit fit_at(const Spread<N> &spread, const typename Spread<N>::Vector &point,
           const typename Spread<N>::Matrix &covariance, Status status, double customers, int iterations) {
    Fit fit = refused(status, customers, -1, iterations);
    fit.prior = true;
    const typename Spread<N>::Vector theta = natural(spread, point), slope = point.array().exp();
    for (int i = 0; i < N; ++i) {
        fit.parameters.push_back(theta(i));
        fit.states.push_back(ParameterState::estimated);
        for (int j = 0; j <= i; ++j) fit.covariance.push_back(slope(i) * slope(j) * covariance(i, j));
    }
    return fit;
}

}  // namespace

template <int N>
Fit pool_segments(const std::vector<SmoothFunction<N>> &likelihoods, double customers, const typename Spread<N>::Vector &offset,
                  const typename Spread<N>::Vector &size, const typename Spread<N>::Vector &common, Stop stop) {
    using Vector = typename Spread<N>::Vector;
    using Matrix = typename Spread<N>::Matrix;
    const std::size_t n = likelihoods.size();
    const Vector centre = size.array().log();

    // What all have in common, as if they were one.
    Spread<N> spread{common, offset, Matrix::Identity() / prior_precision};
    const auto all = [&](const Vector &theta) {
        Surface<N> sum{0, Vector::Zero(), Matrix::Zero()};
        for (const SmoothFunction<N> &likelihood : likelihoods) {
            poll(stop);
            const Surface<N> one = likelihood(theta);
            sum.value += one.value;
            sum.gradient += one.gradient;
            sum.hessian += one.hessian;
        }
        return sum;
    };
    spread.mean = centre;
    const Mode<N> together = mode_of<N>(all, spread, common);
    int iterations = together.iterations;
    if (!together.settled) return refused(Status::not_converged, customers, -1, iterations);
    if (n == 1) {
        Fit fit = fit_at<N>(spread, together.point, Matrix::Zero(), Status::pooled_of_one, customers, iterations);
        fit.log_likelihood = together.log_likelihood;
        return fit;
    }

    spread.mean = together.point;
    spread.covariance = Matrix::Identity() * 0.25;
    std::vector<Mode<N>> modes(n);
    for (Mode<N> &mode : modes) mode.point = spread.mean;
    double marginal = -std::numeric_limits<double>::infinity();
    for (int round = 0; round < max_rounds; ++round) {
        double here = 0;
        Vector sum = Vector::Zero();
        for (std::size_t s = 0; s < n; ++s) {
            poll(stop);
            modes[s] = mode_of<N>(likelihoods[s], spread, modes[s].point);
            iterations += modes[s].iterations;
            if (!modes[s].settled) return refused(Status::not_converged, customers, -1, iterations);
            here += log_marginal(modes[s], spread);
            sum += modes[s].point;
        }
        const bool settled = std::fabs(here - marginal) < 1e-6 * n;
        marginal = here;
        if (settled) break;
        const Matrix precision = spread.covariance.inverse();
        spread.mean = (precision * double(n) + Matrix::Identity() * prior_precision)
                          .ldlt()
                          .solve(Vector(precision * sum + prior_precision * centre));
        Matrix covariance = Matrix::Zero();
        for (const Mode<N> &mode : modes) {
            const Vector distance = mode.point - spread.mean;
            covariance += distance * distance.transpose() + mode.covariance;
        }
        covariance /= double(n);
        if (n < enough_for_correlations) covariance = Matrix(covariance.diagonal().asDiagonal());
        spread.covariance = floored<N>(covariance);
    }
    // By Akaike's measure: as many units of log-likelihood as there are spreads.
    const bool alike = marginal - together.log_likelihood <= N;
    Fit fit = alike ? fit_at<N>(spread, together.point, Matrix::Identity() * (least_sd * least_sd),
                                Status::no_differences, customers, iterations)
                    : fit_at<N>(spread, spread.mean, spread.covariance, Status::prior, customers, iterations);
    fit.log_likelihood = alike ? together.log_likelihood : marginal;
    return fit;
}

template <int N>
Fit fit_segment(SmoothFunction<N> log_likelihood, const Spread<N> &spread, double customers) {
    using Vector = typename Spread<N>::Vector;
    using Matrix = typename Spread<N>::Matrix;
    if (spread.covariance.isZero(0)) {  // pooled of one
        Fit fit = fit_at<N>(spread, spread.mean, Matrix::Zero(), Status::pooled, customers, 0);
        fit.log_likelihood = log_likelihood(natural(spread, spread.mean)).value;
        return fit;
    }
    const Mode<N> mode = mode_of<N>(log_likelihood, spread, Vector(spread.mean));
    if (!mode.settled) return refused(Status::not_converged, customers, -1, mode.iterations);
    Fit fit = fit_at<N>(spread, mode.point, mode.covariance, Status::pooled, customers, mode.iterations);
    fit.log_likelihood = mode.log_likelihood;
    return fit;
}

#define CLTV_POOL(N)                                                                                                  \
    template Fit pool_segments<N>(const std::vector<SmoothFunction<N>> &, double, const Spread<N>::Vector &,          \
                                  const Spread<N>::Vector &, const Spread<N>::Vector &, Stop);                        \
    template Fit fit_segment<N>(SmoothFunction<N>, const Spread<N> &, double);
CLTV_POOL(2)
CLTV_POOL(3)
CLTV_POOL(4)
#undef CLTV_POOL

}  // namespace cltv
