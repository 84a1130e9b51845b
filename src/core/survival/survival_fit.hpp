// The fits of models of survival to customers with attributes: of whom it is known how long they were seen, whether they
// left then, and from when on they were seen.
//
// Beside the attributes a set may have labels: "strata", each of which has hazards of its own, and "cluster", whose
// customers, or rows of one customer, are not independent of one another.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/regression.hpp"
#include "core/rows/feature_set.hpp"
#include "core/survival/aft.hpp"
#include "core/survival/cox.hpp"

namespace cltv {

// The labels, in the order of their names.
constexpr char cluster_label[] = "cluster", family_label[] = "family", strata_label[] = "strata";

// Fits of a sorted set without missing numbers, with standard errors robust to departures from the model, or as if the
// model were true: D. Y. Lin, L. J. Wei, J. American Statistical Association 84 (1989) 1074-1078. Throw Stopped, and
// std::domain_error where there are too many coefficients.
Fit fit_cox(const FeatureSet &set, Ties ties, bool robust, Stop stop);
Fit fit_lifetimes(const FeatureSet &set, LifetimeFamily family, Stop stop);

// The time by which the effect of an attribute is tried to change: the share of the customers who have left before
// (Kaplan and Meier's), the time itself, its logarithm, or its rank.
enum class TimeScale { km, identity, log, rank };

// A test whether the effect of an attribute, or of any of them, changes with time: of the column of the design, -1 for
// all of them together.
struct ProportionalityTest {
    int column;
    double statistic;
    int df;
};

// The fit and its tests; none where the fit refuses.
struct ProportionalityTests {
    Fit fit;
    std::vector<ProportionalityTest> tests;
};
ProportionalityTests test_proportionality(const FeatureSet &set, Ties ties, TimeScale scale, Stop stop);

namespace cox { extern const Family family; }
namespace aft_exponential { extern const Family family; }
namespace aft_weibull { extern const Family family; }
namespace aft_lognormal { extern const Family family; }
namespace aft_loglogistic { extern const Family family; }

}  // namespace cltv
