// How well a score ranks customers by what a treatment does to them, judged on customers of whom some were treated at random.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The attributes of the rows of a set of responses: the outcome is the response. Their names ascend by their bytes.
inline constexpr char uplift_score[] = "score", uplift_treated[] = "treated";

// Sums of squares of outcomes stay finite below this.
constexpr double largest_outcome = 1e100;

// So many equal customers.
struct ScoredOutcome {
    double score, outcome;
    bool treated;
    double count;
};

// By the score, the highest first; equal ones in the order of the set, which is sorted.
std::vector<ScoredOutcome> by_score(const FeatureSet &set, Stop stop);

// Of the k customers with the highest scores, N_t treated with outcomes Y_t and N_c others with Y_c, the treatment has made
// Q(k) = Y_t - Y_c N_t / N_c (Y_t while N_c is 0). Customers of equal scores come in at once. The area below Q over the share
// k / n, by trapezoids, is auuc; qini is what it is above that of a score that ranks nothing, Q(n) / 2. N. J. Radcliffe: Using
// control groups to target on predicted lift, Direct Marketing Analytics Journal 1 (2007) 14-21.
struct Qini {
    double customers = 0;
    double qini, std_error;  // of the customers as a sample; NaN for one
    double auuc;
    double treated_auc;      // of the score, telling the treated from the others: a half where they were drawn
};

// Both kinds of customers are there. Throws Stopped.
Qini qini(const std::vector<ScoredOutcome> &rows, Stop stop);

// Customers of neighbouring scores, by Welch. NaN where an arm has nobody; errors where one has fewer than two.
struct UpliftBin {
    int bin;
    double customers = 0;
    double highest, lowest;  // scores
    double treated = 0, control = 0;
    double treated_mean, control_mean, uplift, std_error;
    double all_uplift, all_std_error;  // of this bin and those before it
};

// So many bins of equal numbers of customers, as far as ties allow: these stand where their middle does. No bin is empty.
std::vector<UpliftBin> uplift_bins(const std::vector<ScoredOutcome> &rows, int bins, Stop stop);

}  // namespace cltv
