// Penalised maximum likelihood: the mean log-likelihood over customers less penalty (alpha |b|_1 + (1 - alpha)/2
// |b|_2^2), where b is in standard deviations of the attributes, including the levels of a category, and without the
// intercept (J. Friedman, T. Hastie, R. Tibshirani: Regularization paths for generalized linear models via coordinate
// descent, J. Statistical Software 33 (2010) 1-22). alpha 0 is the ridge, 1 the lasso, which drops attributes.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/stop.hpp"
#include "core/learning/response.hpp"

namespace cltv {

struct Penalty {
    double size = 0, alpha = 0;
};

struct ElasticNet {
    Eigen::VectorXd point;
    double value = 0;  // what is maximised
    int iterations = 0;
    bool settled = false;
};

// The maximum, from a start. spread: the standard deviation of each coordinate, 0 for those that are not penalised.
// Newton's quadratic is maximised by coordinate descent, and exactly where the signs are known, so the result has all
// digits. Throws Stopped.
ElasticNet fit_elastic_net(const ResponseLikelihood &likelihood, double customers, const Eigen::VectorXd &spread,
                           const Eigen::VectorXd &start, const Penalty &penalty, Stop stop);

// The least penalty, for alpha above 0, under which all penalised coordinates are 0, from the derivatives at that
// point.
double least_penalty_of_none(const ResponseLikelihood &likelihood, double customers, const Eigen::VectorXd &spread,
                             const Eigen::VectorXd &none, double alpha);

}  // namespace cltv
