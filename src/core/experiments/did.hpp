// Difference in differences: the effect of a change on the units that it affected, compared with others, without
// randomisation.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The names of the attributes in a set of responses. For two periods: cluster (a category, which may be missing), post
// and treated (0 or 1). For many: first (the period from which on a unit is treated; NaN: never), period and unit (a
// category).
inline constexpr char did_cluster[] = "cluster", did_post[] = "post", did_treated[] = "treated";
inline constexpr char did_first[] = "first", did_period[] = "period", did_unit[] = "unit";

struct DidEffect {
    double cohort, period, relative;  // NaN where the effect is a mean over them
    double estimate, std_error, lower, upper;
};

enum class DidControls { never, not_yet };
enum class DidBy { cohort, relative, all };

// Two periods: the interaction in a regression on treated and post. Errors are robust to whatever rows of a cluster
// share (CR1), with Student's t of (clusters - 1) degrees of freedom. Without clusters each row is its own. NaN where a
// cell has nobody.
DidEffect did_of_two_periods(const FeatureSet &set, double level, Stop stop);

// Staggered adoption: effects by cohort and period, each a comparison of changes since a period before the cohort was
// treated. B. Callaway, P. H. C. Sant'Anna: Difference-in-differences with multiple time periods, Journal of
// Econometrics 225 (2021) 200-230, without covariates: equations (2.8) and (2.9), and section 3 for the means. Throws
// std::domain_error for a unit that has two outcomes in a period or two periods of first treatment, and where there is
// nobody to compare with.
std::vector<DidEffect> did_of_cohorts(const FeatureSet &set, DidControls controls, DidBy by, double level, Stop stop);

}  // namespace cltv
