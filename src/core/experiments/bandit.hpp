// Bandits: which of several offers to make next, from the rewards of earlier ones so far. Rewards of an arm are sums, as the
// outcomes of a variant are, so that rewards may come late and in any order.
//
// Thompson sampling: each arm is chosen as often as it is probably the best. W. R. Thompson: On the likelihood that one unknown
// probability exceeds another in view of the evidence of two samples, Biometrika 25 (1933) 285-294; O. Chapelle, L. Li: An Empirical
// Evaluation of Thompson Sampling, NIPS 24 (2011). Old rewards may weigh less, after A. Garivier, E. Moulines: On Upper-Confidence
// Bound Policies for Switching Bandit Problems, ALT (2011).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/experiments/experiment.hpp"
#include "core/rows/features.hpp"

namespace cltv {

// What is believed of an arm's mean reward. Of rewards 0 and 1: Beta(a, b), from a uniform prior. Else: normal with mean a and
// standard deviation b, as if the arm had brought one more reward, of the mean of all arms and their variance (a prior of the
// information of one reward: R. E. Kass, L. Wasserman, Journal of the American Statistical Association 90 (1995) 928-934).
struct ArmPosterior {
    bool is_share;
    double a, b;
    double trials;  // what its rewards weigh
    double mean;    // of its rewards; NaN without one
};

// In the order of the arms. With no companion, or weights.
std::vector<ArmPosterior> arm_posteriors(const ExperimentBase &bandit);

// Which of arms, told one after the other, has the highest draw. The draw of an arm depends on the seed, its name and its posterior
// alone.
class ThompsonDraw {
public:
    explicit ThompsonDraw(std::int64_t seed);
    bool is_best(const Text &name, const ArmPosterior &arm);  // of those told so far

private:
    std::uint64_t start_;
    double highest_;
};

std::uint32_t thompson_choice(const ExperimentBase &bandit, std::int64_t seed);

// The probability of each arm to be the best, which is how often Thompson sampling chooses it: the integral of the density of its
// mean times the distribution functions of all others, by Gauss panels at the spread of every arm. About 200 k^2 evaluations of
// these functions for k arms.
std::vector<double> probabilities_best(const std::vector<ArmPosterior> &arms, Stop stop);

}  // namespace cltv
