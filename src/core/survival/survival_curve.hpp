// How long customers stay, where some are still there: the product-limit estimate of their survival (E. L. Kaplan, P.
// Meier: Nonparametric estimation from incomplete observations, J. American Statistical Association 53 (1958) 457-481)
// and what follows from it.
//
// At each time t at which d of the n customers at risk leave, S(t) = S(t-) (1 - d/n). At risk are those who are known
// to have been there just before t: those who left or were last seen at t or later, and were first seen before t. Those
// who are lost from sight at t are at risk at t: they leave the risk set after the departures of that time.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/interval.hpp"
#include "core/rows/counted_set.hpp"

namespace cltv {

// What happened at a time. Stored in databases: numbers are never reused, and their order is that of the rows.
enum class Mark { entered = 0, left = 1, censored = 2 };
constexpr int n_marks = 3;

// A number of customers came under observation, left, or were last seen at a time. Customers who were observed from
// time 0 on have no entry. A customer is two rows at most, and equal rows are one: there are no more rows than times,
// however many customers.
struct SurvivalCount {
    double time;
    double mark;
    double count;
};

using SurvivalSet = CountedSet<SurvivalCount>;

// A time at which somebody left or was last seen, and the estimates from then on.
struct SurvivalStep {
    double time;
    double at_risk;   // just before
    double left;      // at this time
    double censored;  // at this time
    double survival;
    double variance;  // of ln S: the sum of d/(n(n - d)) (M. Greenwood 1926); infinite once S is 0
    double hazard;    // cumulative: the sum of d/n (W. Nelson 1969, O. Aalen 1978)

    double std_error() const;  // of the survival; NaN where it is 0
};

// The scale on which an interval of a survival is normal. Its bounds stay within 0..1.
enum class IntervalScale {
    log_log,  // ln(-ln S), on which the bounds themselves never leave 0..1
    log,      // ln S
    plain     // S
};

ConfidenceInterval survival_interval(const SurvivalStep &step, double level, IntervalScale scale);

// The customers of sorted rows, without the marks of those who entered.
double survival_customers(View<SurvivalCount> rows);

// What is wrong with sorted rows, in a sentence, or nullptr: at some time more leave than are there.
const char *find_fault(View<SurvivalCount> rows);

class SurvivalCurve {
public:
    // From sorted rows. Throws Stopped.
    SurvivalCurve(View<SurvivalCount> rows, Stop stop);

    const std::vector<SurvivalStep> &steps() const { return steps_; }

    // S is known up to the last time at which a customer was seen, and from the time on at which it is 0.
    bool is_known_at(double time) const;

    // The last step at or before a time; if there is none, the one before all steps, whose survival is 1.
    const SurvivalStep &at(double time) const;

    // The first time at which no more than 1 - p of the customers are left, and the interval within which the bounds of
    // S reach 1 - p (R. Brookmeyer, J. Crowley: A confidence interval for the median survival time, Biometrics 38
    // (1982) 29-41). Where S is exactly 1 - p for a while, the middle of that while. NaN where it is not reached.
    double quantile(double p) const;
    ConfidenceInterval quantile_interval(double p, double level, IntervalScale scale) const;

    // The mean time up to the horizon, the area under S (J. O. Irwin 1949), and its standard error: the square root of
    // the sum of A(t)^2 d/(n(n - d)) over the departures, where A(t) is the area from t to the horizon (Kaplan & Meier
    // 1958, 2.3). NaN where S is not known up to the horizon.
    struct Mean {
        double mean, std_error;
    };
    Mean restricted_mean(double horizon) const;

private:
    template <class Bound>
    double first_below(double target, Bound &&bound) const;

    std::vector<SurvivalStep> steps_;
};

}  // namespace cltv
