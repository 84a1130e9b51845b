// Bandits that look at the customer: what an arm brings is linear in attributes, and Thompson sampling draws from what is believed
// of it for this customer. S. Agrawal, N. Goyal: Thompson Sampling for Contextual Bandits with Linear Payoffs, ICML (2013), with a
// model of each arm of its own (L. Li, W. Chu, J. Langford, R. E. Schapire, WWW 2010) and the variance of its rewards estimated.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/model.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

constexpr char linear_bandit_arm[] = "arm";

struct ArmFit {
    Text arm;
    Fit fit;  // of the family of linear models: intercept, sigma, coefficients
};

// Of a sorted set with the label linear_bandit_arm, whose targets are rewards; in the order of the arms. What is believed of an arm
// is normal: in standard deviations of the attributes of all customers its slopes are 0 and its intercept the mean reward of all
// arms, each known as well as one reward tells; its rewards add to that. Their variance is the arm's own, held by one reward with the
// variance of all. So an arm without a reward is believed to be like all, and known badly. Attributes need not be distinguishable, but one
// that all customers share is refused (Status::constant).
std::vector<ArmFit> fit_arms(const FeatureSet &set, Stop stop);

// The variance of what a linear model expects of a customer: g'Cg, g the derivatives of the expectation by the parameters, C the
// model's covariance. The customer's attributes match the design and are known.
double variance_of_mean(const ModelView &model, const Features &customer);

}  // namespace cltv
