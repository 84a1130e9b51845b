// The fits of survival models to customers with attributes, where it is known how long customers were observed, whether
// they left then, and from when on they were observed.
//
// Besides the attributes a set may have labels: "strata", each of which has hazards of its own, and "cluster", whose
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

// Fits a sorted set without missing numbers, with standard errors that are robust to departures from the model, or hold
// if the model is true: D. Y. Lin, L. J. Wei, J. American Statistical Association 84 (1989) 1074-1078. Throw Stopped,
// and std::domain_error where there are too many coefficients.
Fit fit_cox(const FeatureSet &set, Ties ties, bool robust, Stop stop);
Fit fit_lifetimes(const FeatureSet &set, LifetimeFamily family, Stop stop);

// The function of time with which the effect of an attribute may change: the share of the customers who have left
// before (from Kaplan and Meier's estimate), the time itself, its logarithm, or its rank.
enum class TimeScale { km, identity, log, rank };

// A test of whether the effect of an attribute, or of any of them, changes with time: for that column of the design, or
// -1 for all of them together.
struct ProportionalityTest {
    int column;
    double statistic;
    int df;
};

// The fit and its tests; no tests where the fit refuses.
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
