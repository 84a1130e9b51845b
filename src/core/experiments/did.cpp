#include "core/experiments/did.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

#include "core/base/sort_rows.hpp"
#include "core/base/too_large.hpp"
#include "core/experiments/experiment.hpp"

namespace cltv {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// A panel of units by periods: an outcome each, or NaN, and the period from which on a unit is treated, infinity for
// never.
struct Panel {
    std::vector<double> periods, first;
    std::vector<double> outcomes;
    std::size_t units() const { return first.size(); }
    double at(std::size_t unit, std::size_t period) const { return outcomes[unit * periods.size() + period]; }
};

std::string name_of(const FeatureSet &set, std::uint32_t level) {
    const Text text = set.level_text(level);
    return std::string(text.data, std::min<std::size_t>(text.size, 60));
}

Panel panel_of(const FeatureSet &set, Stop stop) {
    constexpr std::uint32_t first_column = 0, period_column = 1, unit_column = 2;
    Panel panel;
    for (std::uint32_t i = 0; i < set.attribute_rows; ++i) {
        poll_at(i, stop);
        panel.periods.push_back(set.attributes(i)[period_column]);
    }
    std::sort(panel.periods.begin(), panel.periods.end());
    panel.periods.erase(std::unique(panel.periods.begin(), panel.periods.end()), panel.periods.end());
    const std::size_t periods = panel.periods.size();
    // Each level is a unit, because there is no other category.
    constexpr double most_outcomes = 1 << 27;
    if (static_cast<double>(set.levels) * static_cast<double>(periods) > most_outcomes)
        throw TooLarge("too many units and periods for one comparison: take fewer of either, such as months for days");
    panel.first.assign(set.levels, none);
    panel.outcomes.assign(std::size_t{set.levels} * periods, none);
    const double last = periods > 0 ? panel.periods.back() : 0;
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        const double *const known = set.attributes(static_cast<std::uint32_t>(row.row));
        const auto unit = static_cast<std::uint32_t>(known[unit_column]);
        const double first = std::isnan(known[first_column]) || known[first_column] > last
                                 ? std::numeric_limits<double>::infinity() : known[first_column];
        if (!std::isnan(panel.first[unit]) && panel.first[unit] != first)
            throw std::domain_error("unit \"" + name_of(set, unit) + "\" is treated from two periods on");
        panel.first[unit] = first;
        const auto period = static_cast<std::size_t>(
            std::lower_bound(panel.periods.begin(), panel.periods.end(), known[period_column]) - panel.periods.begin());
        double &outcome = panel.outcomes[unit * periods + period];
        if (!std::isnan(outcome) || row.count != 1)
            throw std::domain_error("unit \"" + name_of(set, unit) + "\" has two outcomes in one period: add up its rows first");
        outcome = row.target[0];
    }
    return panel;
}

// An effect of one cohort in one period.
struct GroupTime {
    double cohort;
    double size;  // units of the cohort
    std::size_t base, period;
    double estimate, std_error;
    double df;  // Satterthwaite's
};

// Fills in the effect and, where that is wanted, adds each unit's contribution to the error, times a weight. False
// where either side has nobody who was seen in both periods.
bool compare(const Panel &panel, GroupTime &effect, DidControls controls, double weight, std::vector<double> *influence, Stop stop) {
    const double later = panel.periods[std::max(effect.base, effect.period)];
    struct Side {
        double n = 0, sum = 0, square = 0;
        double mean() const { return sum / n; }
    } sides[2];
    const auto each_change = [&](auto &&visit) {
        for (std::size_t unit = 0; unit < panel.units(); ++unit) {
            poll_at(unit, stop);
            const double first = panel.first[unit];
            const bool treated = first == effect.cohort;
            if (!treated && !(std::isinf(first) || (controls == DidControls::not_yet && first > later))) continue;
            const double change = panel.at(unit, effect.period) - panel.at(unit, effect.base);
            if (!std::isnan(change)) visit(unit, treated, change);
        }
    };
    each_change([&](std::size_t, bool treated, double change) {
        ++sides[treated].n;
        sides[treated].sum += change;
    });
    if (sides[0].n == 0 || sides[1].n == 0) return false;
    // Changes lie closer to their own mean than to the true one, by a factor of (n - 1)/n, which counts where cohorts
    // are a handful of shops; a cohort of one says nothing about its error.
    each_change([&](std::size_t unit, bool treated, double change) {
        const double n = sides[treated].n, away = n > 1 ? (change - sides[treated].mean()) / std::sqrt(n * (n - 1)) : none;
        sides[treated].square += away * away;
        if (influence != nullptr) (*influence)[unit] += weight * (treated ? away : -away);
    });
    effect.estimate = sides[1].mean() - sides[0].mean();
    const double a = sides[0].square, b = sides[1].square;
    effect.std_error = std::sqrt(a + b);
    effect.df = a + b > 0 ? (a + b) * (a + b) / (a * a / (sides[0].n - 1) + b * b / (sides[1].n - 1)) : 1;
    return true;
}

// quantile: half the width of the interval in standard errors.
DidEffect with_interval(DidEffect effect, double quantile) {
    const double reach = quantile * effect.std_error;
    effect.lower = effect.estimate - reach;
    effect.upper = effect.estimate + reach;
    return effect;
}

// The mean of effects weighted by the sizes of their cohorts, which are sample quantities too.
DidEffect mean_of(const Panel &panel, std::vector<GroupTime> &effects, DidControls controls, double level, Stop stop) {
    double all = 0, mean = 0, square = 0;
    double fewest = std::numeric_limits<double>::infinity();  // degrees of freedom, over all of them
    for (const GroupTime &effect : effects) {
        all += effect.size;
        fewest = std::fmin(fewest, effect.df);
    }
    std::vector<double> influence(panel.units());
    for (GroupTime &effect : effects) {
        mean += effect.size / all * effect.estimate;
        compare(panel, effect, controls, effect.size / all, &influence, stop);
    }
    // One more unit of a cohort draws the mean towards its effect; around the mean these draws add up to nothing.
    std::map<double, double> draws;
    for (const GroupTime &effect : effects) draws[effect.cohort] += (effect.estimate - mean) / all;
    for (std::size_t unit = 0; unit < panel.units(); ++unit) {
        poll_at(unit, stop);
        const auto drawn = draws.find(panel.first[unit]);
        const double each = influence[unit] + (drawn != draws.end() ? drawn->second : 0);
        square += each * each;
    }
    return with_interval({none, none, none, mean, std::sqrt(square), none, none},
                         std::isnan(square) ? none : student_quantile(level, fewest));
}

}  // namespace

DidEffect did_of_two_periods(const FeatureSet &set, double level, Stop stop) {
    const bool clustered = set.n_columns == 3;
    const std::uint32_t post_column = clustered, treated_column = post_column + 1;
    struct Cell {
        double n = 0, sum = 0;
    } cells[2][2];
    const auto each_row = [&](auto &&visit) {
        for (std::uint32_t i = 0; i < set.used; ++i) {
            poll_at(i, stop);
            const FeatureCount &row = set.rows()[i];
            const double *const known = set.attributes(static_cast<std::uint32_t>(row.row));
            visit(row, known, known[treated_column] != 0, known[post_column] != 0);
        }
    };
    each_row([&](const FeatureCount &row, const double *, bool treated, bool post) {
        cells[treated][post].n += row.count;
        cells[treated][post].sum += row.count * row.target[0];
    });
    const auto mean = [&](bool treated, bool post) { return cells[treated][post].sum / cells[treated][post].n; };
    DidEffect effect = {none, none, none, mean(true, true) - mean(true, false) - (mean(false, true) - mean(false, false)),
                        none, none, none};
    double rows = 0, clusters = 0, square = 0;
    std::vector<double> scores(clustered ? set.levels : 0);
    each_row([&](const FeatureCount &row, const double *known, bool treated, bool post) {
        const Cell &cell = cells[treated][post];
        const double score = (treated == post ? 1 : -1) * (row.target[0] - cell.sum / cell.n) / cell.n;
        rows += row.count;
        if (clustered)
            scores[static_cast<std::uint32_t>(known[0])] += row.count * score;
        else
            square += row.count * score * score;
    });
    for (double score : scores) square += score * score;
    clusters = clustered ? static_cast<double>(set.levels) : rows;
    constexpr double coefficients = 4;
    if (std::isnan(effect.estimate) || rows <= coefficients || clusters < 2) return effect;
    const double factor = clustered ? clusters / (clusters - 1) * (rows - 1) / (rows - coefficients) : rows / (rows - coefficients);
    effect.std_error = std::sqrt(factor * square);
    const double reach = student_quantile(level, clustered ? clusters - 1 : rows - coefficients) * effect.std_error;
    effect.lower = effect.estimate - reach;
    effect.upper = effect.estimate + reach;
    return effect;
}

std::vector<DidEffect> did_of_cohorts(const FeatureSet &set, DidControls controls, DidBy by, double level, Stop stop) {
    const Panel panel = panel_of(set, stop);
    std::map<double, double> cohorts;  // and the number of their units
    double never = 0;
    for (double first : panel.first) std::isinf(first) ? ++never : ++cohorts[first];
    if (cohorts.empty()) throw std::domain_error("no unit is treated in the given periods");
    if (controls == DidControls::never && never == 0)
        throw std::domain_error("no unit is never treated: compare with those not yet treated, controls => 'not yet'");

    std::vector<GroupTime> all;
    for (const auto &[cohort, size] : cohorts) {
        // The last period before treatment. A cohort without one was treated throughout, and tells nothing.
        const auto treated_at = static_cast<std::size_t>(
            std::lower_bound(panel.periods.begin(), panel.periods.end(), cohort) - panel.periods.begin());
        if (treated_at == 0) continue;
        for (std::size_t period = 1; period < panel.periods.size(); ++period) {
            // Before treatment: the change since the period before, which ought to be none.
            GroupTime effect = {cohort, size, period < treated_at ? period - 1 : treated_at - 1, period, none, none, none};
            if (compare(panel, effect, controls, 0, nullptr, stop)) all.push_back(effect);
        }
    }

    std::vector<DidEffect> effects;
    std::map<double, std::vector<GroupTime>> groups;
    for (const GroupTime &one : all) {
        const double period = panel.periods[one.period], relative = period - one.cohort;
        if (by == DidBy::cohort)
            effects.push_back(with_interval({one.cohort, period, relative, one.estimate, one.std_error, none, none},
                                            std::isnan(one.std_error) ? none : student_quantile(level, one.df)));
        else if (by == DidBy::relative || relative >= 0)
            groups[by == DidBy::relative ? relative : 0].push_back(one);
    }
    for (auto &[relative, members] : groups) {
        effects.push_back(mean_of(panel, members, controls, level, stop));
        if (by == DidBy::relative) effects.back().relative = relative;
    }
    return effects;
}

}  // namespace cltv
