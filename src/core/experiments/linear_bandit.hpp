// Contextual bandits: the mean reward of an arm is linear in the customer's attributes, and Thompson sampling draws
// from its posterior for this customer. S. Agrawal, N. Goyal: Thompson Sampling for Contextual Bandits with Linear
// Payoffs, ICML (2013), with a model for each arm (L. Li, W. Chu, J. Langford, R. E. Schapire, WWW 2010) and an
// estimated variance of its rewards.
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

// Fits each arm of a sorted set with the label linear_bandit_arm, whose targets are rewards; in the order of the arms.
// The prior of an arm is normal: in standard deviations of the attributes of all customers its slopes are 0 and its
// intercept is the mean reward of all arms, each with the information of one reward. The variance of its rewards is the
// arm's own, shrunk towards the variance of all by the weight of one reward. So an arm without a reward is believed to
// be like all, with great uncertainty. Attributes may be collinear, but one that all customers share is refused
// (Status::constant).
std::vector<ArmFit> fit_arms(const FeatureSet &set, Stop stop);

// The variance of the expectation that a linear model has for a customer: g'Cg, where g is the gradient of the
// expectation in the parameters and C the model's covariance. The customer's attributes must match the design and be
// known.
double variance_of_mean(const ModelView &model, const Features &customer);

}  // namespace cltv
