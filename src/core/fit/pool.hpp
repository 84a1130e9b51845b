// Small segments: each has parameters of its own, but those of a shop's segments resemble one another. Their logarithms
// are normal over the segments; mean and spread come from all of them, and a segment's own customers move it away from
// the mean as far as they can tell. So a large segment keeps its own fit, a small one leans on the others, and one
// without customers is as the mean says.
//
// The mean and the spread are found by expectation and maximisation (Dempster, Laird & Rubin 1977), where the posterior
// of a segment is taken for normal around its mode (Laplace's approximation; Tierney & Kadane 1986, JASA 81, 82-86).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"

namespace cltv {

// How the logarithms of the parameters, less `offset` (0, or 1 for a q that is above 1), are distributed over segments.
template <int N>
struct Spread {
    using Vector = Eigen::Matrix<double, N, 1>;
    using Matrix = Eigen::Matrix<double, N, N>;
    Vector mean, offset;
    Matrix covariance;
};

// What a model of the kind that pool_segments makes says of the spread.
template <int N>
Spread<N> spread_of(const ModelView &prior, const typename Spread<N>::Vector &offset) {
    Spread<N> spread;
    spread.offset = offset;
    typename Spread<N>::Vector slope;
    for (int i = 0; i < N; ++i) {
        slope(i) = prior.parameters[i] - offset(i);
        spread.mean(i) = std::log(slope(i));
    }
    for (int i = 0; i < N; ++i)
        for (int j = 0; j < N; ++j)
            spread.covariance(i, j) = prior.covariance[covariance_index(i, j)] / (slope(i) * slope(j));
    return spread;
}

// The prior that segments make: likelihoods[s](theta) -> Surface<N>, customers of each. common: the mean to begin with,
// and what the prior of any fit says of sizes (summit.hpp) holds the mean where the segments do not tell it. alone: the
// fit of a single segment. Throws Stopped. Compiled in pool.cpp, for N = 2 to 4.
template <int N>
Fit pool_segments(const std::vector<SmoothFunction<N>> &likelihoods, double customers, const typename Spread<N>::Vector &offset,
                  const typename Spread<N>::Vector &size, const typename Spread<N>::Vector &common, Stop stop);

// The fit of a segment under such a prior. Compiled there, too.
template <int N>
Fit fit_segment(SmoothFunction<N> log_likelihood, const Spread<N> &spread, double customers);

}  // namespace cltv
