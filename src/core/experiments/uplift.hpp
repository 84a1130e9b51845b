// How well a score ranks customers by the effect of a treatment, judged on customers of whom some were treated at
// random.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The names of the attributes in a set of responses, in byte order; the outcome is the response.
inline constexpr char uplift_score[] = "score", uplift_treated[] = "treated";

// Sums of squares of outcomes stay finite below this.
constexpr double largest_outcome = 1e100;

// A number of equal customers.
struct ScoredOutcome {
    double score, outcome;
    bool treated;
    double count;
};

// Sorted by score, the highest first; equal scores in the order of the set, which is sorted.
std::vector<ScoredOutcome> by_score(const FeatureSet &set, Stop stop);

// Among the k customers with the highest scores let N_t be treated, with outcomes summing to Y_t, and N_c untreated,
// with Y_c: the treatment has gained Q(k) = Y_t - Y_c N_t / N_c (Y_t while N_c is 0). Customers with equal scores enter
// at once. auuc is the area below Q over the share k / n, by trapezoids; qini is what it exceeds that of a score that
// ranks nothing by, Q(n) / 2. N. J. Radcliffe: Using control groups to target on predicted lift, Direct Marketing
// Analytics Journal 1 (2007) 14-21.
struct Qini {
    double customers = 0;
    double qini, std_error;  // with the customers as a sample; NaN for one
    double auuc;
    double treated_auc;      // of the score in telling treated from untreated: 1/2 where treatment was random
};

// Both kinds of customers must be there. Throws Stopped.
Qini qini(const std::vector<ScoredOutcome> &rows, Stop stop);

// Customers of neighbouring scores, compared by Welch's test. NaN where an arm has nobody; the errors, where one has
// fewer than two.
struct UpliftBin {
    int bin;
    double customers = 0;
    double highest, lowest;  // scores
    double treated = 0, control = 0;
    double treated_mean, control_mean, uplift, std_error;
    double all_uplift, all_std_error;  // of this bin and those before it
};

// Bins of equal numbers of customers, as far as ties allow: tied customers go where the middle of them does. No bin is
// empty.
std::vector<UpliftBin> uplift_bins(const std::vector<ScoredOutcome> &rows, int bins, Stop stop);

}  // namespace cltv
