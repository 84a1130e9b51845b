// Bandits: which of several offers to make next, given the rewards of earlier ones so far. The rewards of an arm are
// kept as sums, as the outcomes of a variant are, so rewards may come late and in any order.
//
// Thompson sampling chooses each arm as often as it is probably the best. W. R. Thompson: On the likelihood that one
// unknown probability exceeds another in view of the evidence of two samples, Biometrika 25 (1933) 285-294; O.
// Chapelle, L. Li: An Empirical Evaluation of Thompson Sampling, NIPS 24 (2011). Old rewards may weigh less, after A.
// Garivier, E. Moulines: On Upper-Confidence Bound Policies for Switching Bandit Problems, ALT (2011).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/experiments/experiment.hpp"
#include "core/rows/features.hpp"

namespace cltv {

// The posterior of an arm's mean reward. For rewards that are 0 or 1: Beta(a, b), from a uniform prior. Otherwise:
// normal with mean a and standard deviation b, as if the arm had brought one more reward, with the mean and the
// variance of all arms (a unit-information prior: R. E. Kass, L. Wasserman, Journal of the American Statistical
// Association 90 (1995) 928-934).
struct ArmPosterior {
    bool is_share;
    double a, b;
    double trials;  // the total weight of its rewards
    double mean;    // of its rewards; NaN without one
};

// In the order of the arms. The base must have no companion, or weights.
std::vector<ArmPosterior> arm_posteriors(const ExperimentBase &bandit);

// Which of the arms, given one after the other, has the highest draw. The draw of an arm depends only on the seed, its
// name and its posterior.
class ThompsonDraw {
public:
    explicit ThompsonDraw(std::int64_t seed);
    bool is_best(const Text &name, const ArmPosterior &arm);  // of those given so far

private:
    std::uint64_t start_;
    double highest_;
};

std::uint32_t thompson_choice(const ExperimentBase &bandit, std::int64_t seed);

// The probability that each arm is the best, which is how often Thompson sampling chooses it: the integral of the
// density of its mean times the distribution functions of all others, by Gauss panels whose width follows the spread of
// every arm. It takes about 200 k^2 evaluations of these functions for k arms.
std::vector<double> probabilities_best(const std::vector<ArmPosterior> &arms, Stop stop);

}  // namespace cltv
