// Difference in differences: the effect of a change on those it affected, against others, without randomisation.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The attributes of the rows of a set of responses: of two periods, cluster (a category, or none of the name), post and treated
// (0 or 1); of many, first (the period from which on a unit is treated, NaN: never), period and unit (a category).
inline constexpr char did_cluster[] = "cluster", did_post[] = "post", did_treated[] = "treated";
inline constexpr char did_first[] = "first", did_period[] = "period", did_unit[] = "unit";

struct DidEffect {
    double cohort, period, relative;  // NaN where it is a mean over them
    double estimate, std_error, lower, upper;
};

enum class DidControls { never, not_yet };
enum class DidBy { cohort, relative, all };

// Two periods: the interaction of a regression on treated and post, errors robust to whatever rows of a cluster share, with the
// factor of CR1 and Student's t of (clusters - 1). Without clusters each row is one. NaN where a cell has nobody.
DidEffect did_of_two_periods(const FeatureSet &set, double level, Stop stop);

// Staggered adoption: effects by cohort and period, each a comparison of changes since a period before the cohort was treated.
// B. Callaway, P. H. C. Sant'Anna: Difference-in-differences with multiple time periods, Journal of Econometrics 225 (2021)
// 200-230, without covariates: equations (2.8) and (2.9), and section 3 for the means. Throws std::domain_error for a unit that
// has two outcomes in a period, or is treated from two periods on, or where nobody can be compared with.
std::vector<DidEffect> did_of_cohorts(const FeatureSet &set, DidControls controls, DidBy by, double level, Stop stop);

}  // namespace cltv
