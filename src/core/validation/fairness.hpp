// The effects of a decision by a score on groups of customers, side by side. None of these numbers is a verdict: which
// of them ought to be equal depends on what is decided, and where groups differ in the outcome they cannot all be (J.
// Kleinberg, S. Mullainathan, M. Raghavan: Inherent Trade-Offs in the Fair Determination of Risk Scores, ITCS 2017).
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The names of the attributes in a set of responses; the outcome is the response.
inline constexpr char fairness_group[] = "group", fairness_score[] = "score";

// With fewer customers than this, rates are chance.
constexpr double fewest_of_a_group = 30;

// Rates are NaN where their denominator is 0, and everything but the counts is NaN in a group of too few.
struct GroupDecisions {
    Text group;
    double customers = 0, positives = 0;  // and those of them with the outcome
    double selected = 0;                  // with a score of the threshold or above
    double selection_rate, selection_ratio;   // the latter to the highest rate of all groups
    double true_positive_rate, false_positive_rate, precision;
    double calibration;                   // the mean score less the share with the outcome, where all scores are within 0..1
    double auc;
    double equal_opportunity_gap;         // how much below the highest true positive rate of all groups
};

// In byte order of the groups. Throws Stopped.
std::vector<GroupDecisions> decisions_by_group(const FeatureSet &set, double threshold, Stop stop);

}  // namespace cltv
