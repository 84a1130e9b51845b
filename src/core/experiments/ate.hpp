// The average effect of a treatment that was not randomised, where everything that decided who got it is known.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

struct TreatmentEffect {
    double estimate, std_error;
    double difference;  // of the plain means
    double customers, treated;
    double auc;         // how well the attributes tell who is treated
    double outside;     // customers whose propensity score is beyond the limits, and held at them
};

// Propensity scores are kept this far away from 0 and 1.
constexpr double least_propensity = 0.01;

// The effect from a sorted set of responses without missing numbers, in which the offset of a row is the mark of
// treatment, 1 or 0. Doubly robust: right if either the outcomes or the propensity scores follow the attributes as the
// models say, which are linear and logistic regressions (J. M. Robins, A. Rotnitzky, L. P. Zhao, JASA 89 (1994)
// 846-866). Each model is fitted to other customers than those to whom it is applied (V. Chernozhukov et al.:
// Double/debiased machine learning, Econometrics Journal 21 (2018) C1-C68). Customers are dealt out to five folds by a
// hash of their numbers, equal customers evenly, `repeats` times, with the given seed and those that follow it. The
// estimate is the median over these deals; its variance is the median of the deals' variances, to each of which the
// squared distance of its estimate from the median is added. Throws Stopped, and std::domain_error where there are too
// few treated or untreated customers.
TreatmentEffect treatment_effect(const FeatureSet &set, int repeats, std::uint64_t seed, Stop stop);

}  // namespace cltv
