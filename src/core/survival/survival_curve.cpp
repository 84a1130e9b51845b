#include "core/survival/survival_curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/double_double.hpp"
#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool is(const SurvivalCount &row, Mark mark) { return row.mark == static_cast<double>(mark); }

// Calls visit(time, at risk, left, censored) for each time at which somebody leaves or is last seen. Counts that enter
// and leave cancel, so they are summed in twice the precision of a double.
template <class Visit>
void for_each_time(View<SurvivalCount> rows, Visit &&visit) {
    DoubleDouble at_risk{};
    for (const SurvivalCount &row : rows) at_risk = at_risk + (is(row, Mark::entered) ? -row.count : row.count);
    for (std::size_t i = 0; i < rows.size;) {
        const double time = rows[i].time;
        double count[n_marks] = {};
        for (; i < rows.size && rows[i].time == time; ++i) count[static_cast<int>(rows[i].mark)] += rows[i].count;
        const double entered = count[0], left = count[1], censored = count[2];
        if (left + censored > 0) visit(time, at_risk.hi, left, censored);
        at_risk = at_risk + -left + -censored + entered;
    }
}

const SurvivalStep &before_all() {
    static constexpr SurvivalStep step = {0, 0, 0, 0, 1, 0, 0};
    return step;
}

}  // namespace

double SurvivalStep::std_error() const { return survival == 0 ? nan : survival * std::sqrt(variance); }

ConfidenceInterval survival_interval(const SurvivalStep &step, double level, IntervalScale scale) {
    const double s = step.survival;
    if (s == 1) return {1, 1, 1};
    if (s == 0) return {nan, 0, nan};
    const double reach = normal_quantile(level) * std::sqrt(step.variance);
    switch (scale) {
        case IntervalScale::log_log: {
            const double hazard = -std::log(s), spread = std::exp(reach / hazard);
            return {std::exp(-hazard * spread), s, std::exp(-hazard / spread)};
        }
        case IntervalScale::log: return {s * std::exp(-reach), s, std::min(1.0, s * std::exp(reach))};
        default: return {std::max(0.0, s * (1 - reach)), s, std::min(1.0, s * (1 + reach))};
    }
}

double survival_customers(View<SurvivalCount> rows) {
    double customers = 0;
    for (const SurvivalCount &row : rows)
        if (!is(row, Mark::entered)) customers += row.count;
    return customers;
}

const char *find_fault(View<SurvivalCount> rows) {
    // Weights that are not whole have been rounded, each sum of them separately.
    const double rounding = 1e-9 * survival_customers(rows);
    double entered = 0, there = 0;
    bool good = true;
    for_each_time(rows, [&](double, double at_risk, double left, double censored) {
        good = good && left + censored <= at_risk + rounding;
    });
    for (const SurvivalCount &row : rows) (is(row, Mark::entered) ? entered : there) += row.count;
    return good && entered <= there + rounding ? nullptr : "At some time more customers leave than have entered.";
}

SurvivalCurve::SurvivalCurve(View<SurvivalCount> rows, Stop stop) {
    double survival = 1, variance = 0, hazard = 0;
    for_each_time(rows, [&](double time, double counted, double left, double censored) {
        poll_at(steps_.size(), stop);
        const double at_risk = std::max(counted, left + censored);
        survival *= (at_risk - left) / at_risk;
        variance += left / (at_risk * (at_risk - left));
        hazard += left / at_risk;
        steps_.push_back({time, at_risk, left, censored, survival, variance, hazard});
    });
}

bool SurvivalCurve::is_known_at(double time) const {
    return !steps_.empty() && (time <= steps_.back().time || steps_.back().survival == 0);
}

const SurvivalStep &SurvivalCurve::at(double time) const {
    const auto after = std::upper_bound(steps_.begin(), steps_.end(), time,
                                        [](double t, const SurvivalStep &step) { return t < step.time; });
    return after == steps_.begin() ? before_all() : *(after - 1);
}

// The first time at which the bound, a falling number for each step, is no more than the target.
template <class Bound>
double SurvivalCurve::first_below(double target, Bound &&bound) const {
    constexpr double tie = 1e-9;  // the rounding of products of ratios
    auto step = steps_.begin();
    while (step != steps_.end() && !(bound(*step) <= target + tie)) ++step;
    if (step == steps_.end()) return nan;
    if (bound(*step) < target - tie) return step->time;
    auto end = step;
    while (end != steps_.end() && !(bound(*end) < target - tie)) ++end;
    return (step->time + (end == steps_.end() ? steps_.back().time : end->time)) / 2;
}

double SurvivalCurve::quantile(double p) const {
    return first_below(1 - p, [](const SurvivalStep &step) { return step.survival; });
}

ConfidenceInterval SurvivalCurve::quantile_interval(double p, double level, IntervalScale scale) const {
    return {first_below(1 - p, [=](const SurvivalStep &step) { return survival_interval(step, level, scale).lower; }),
            quantile(p),
            first_below(1 - p, [=](const SurvivalStep &step) { return survival_interval(step, level, scale).upper; })};
}

SurvivalCurve::Mean SurvivalCurve::restricted_mean(double horizon) const {
    if (!is_known_at(horizon)) return {nan, nan};
    // From the horizon backwards: the area to the right of each step.
    double area = 0, variance = 0, until = horizon;
    for (std::size_t i = steps_.size(); i-- > 0;) {
        const SurvivalStep &step = steps_[i];
        if (step.time >= horizon) continue;
        area += step.survival * (until - step.time);
        until = step.time;
        if (step.survival > 0) variance += area * area * step.left / (step.at_risk * (step.at_risk - step.left));
    }
    return {area + until, std::sqrt(variance)};
}

}  // namespace cltv
