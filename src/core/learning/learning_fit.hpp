// The fits of models that learn a response from attributes of customers: generalised linear models, and the
// zero-inflated lognormal of what customers will spend, who mostly spend nothing (X. Wang, T. Liu, J. Miao: A deep
// probabilistic model for customer lifetime value prediction, arXiv 1912.07753, 2019, with linear predictors).
//
// Targets of a set: the response, and the offset of its predictor. Beside the attributes a set may have the label
// "cluster", whose customers are not independent of one another.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/regression.hpp"
#include "core/learning/elastic_net.hpp"
#include "core/learning/response.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

constexpr char response_cluster_label[] = "cluster";

// Above this standard deviation of the logarithm of what customers spend, its mean depends on a few of them: at 3 it is
// 90 times the median.
constexpr double heaviest_sigma = 3;

// What is to be learnt, and how.
struct Learning {
    Response response = Response::normal;
    double power = 0;  // of Tweedie's distribution, above 1 and below 2
    bool robust = false;
    Penalty penalty{};  // size 0: none; negative binomial counts have none
};

// Fits a sorted set without missing numbers. Standard errors hold if the model is true, or are robust: sandwich
// estimates, multiplied by n/(n - k) for customers (HC1; J. G. MacKinnon, H. White, J. Econometrics 29 (1985) 305-325)
// and by G/(G - 1) (n - 1)/(n - k) for clusters. A penalised fit has no errors. Throw Stopped, and std::domain_error
// where there are too many coefficients.
Fit fit_response(const FeatureSet &set, const Learning &learning, Stop stop);
Fit fit_zero_inflated(const FeatureSet &set, bool robust, const Penalty &penalty, Stop stop);

// How well a fit under each of several penalties, the largest first, predicts customers that it has not seen: those of
// each fold, by a fit to the others. The deviance is the mean over customers of 2 (ln f at its largest for y, less ln
// f), at shape 1. Customers of a cluster are in one fold.
struct PenaltyStep {
    double penalty, deviance, std_error;
    int coefficients;  // that are not 0, of the fit to all
};
struct PenaltyPath {
    Fit fit;  // the refusal, if there are no steps
    std::vector<PenaltyStep> steps;
};
PenaltyPath try_penalties(const FeatureSet &set, const Learning &learning, int folds, std::uint64_t seed, Stop stop);

namespace linear { extern const Family family; }
namespace logistic { extern const Family family; }
namespace poisson { extern const Family family; }
namespace negbinom { extern const Family family; }
namespace gamma { extern const Family family; }
namespace tweedie { extern const Family family; }
namespace ziln { extern const Family family; }

}  // namespace cltv
