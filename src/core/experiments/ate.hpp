// What a treatment did on average where nobody drew lots, but all that decided who got it is known.
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
    double outside;     // customers whose chance of treatment is beyond what is believed, and held to it
};

// Chances of treatment are held to this far from 0 and 1.
constexpr double least_propensity = 0.01;

// Of a sorted set of responses with the mark of treatment, 1 or 0, in the place of the offset, without missing numbers. Doubly robust:
// right if either the outcomes or the chances of treatment follow the attributes as the models have it, lines and logistic
// regression (J. M. Robins, A. Rotnitzky, L. P. Zhao, JASA 89 (1994) 846-866), each fitted to other customers than those to whom it
// is applied (V. Chernozhukov et al.: Double/debiased machine learning, Econometrics Journal 21 (2018) C1-C68). Customers are dealt
// out to five parts by a hash of their numbers, equal ones evenly, as many times as repeats says, by the seed and those after it;
// the estimate is the median over these deals, and its variance that of what each says, its squared distance from the median
// added. Throws Stopped, and std::domain_error where too few are treated or are not.
TreatmentEffect treatment_effect(const FeatureSet &set, int repeats, std::uint64_t seed, Stop stop);

}  // namespace cltv
