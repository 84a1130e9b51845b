#include "core/validation/fairness.hpp"

#include <cmath>
#include <limits>

#include "core/rows/scored.hpp"
#include "core/validation/ranking_metrics.hpp"

namespace cltv {

std::vector<GroupDecisions> decisions_by_group(const FeatureSet &set, double threshold, Stop stop) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    // The names of the attributes are in byte order.
    constexpr std::uint32_t group_column = 0, score_column = 1;
    std::vector<std::vector<ScoredCount>> scored(set.levels);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        const double *const known = set.attributes(static_cast<std::uint32_t>(row.row));
        scored[static_cast<std::uint32_t>(known[group_column])].push_back({{known[score_column], row.target[0]}, row.count});
    }

    std::vector<GroupDecisions> groups;
    for (std::uint32_t level = 0; level < set.levels; ++level) {
        sort_scored(scored[level], stop);
        GroupDecisions here;
        here.group = set.level_text(level);
        double found = 0, total_score = 0;
        bool are_chances = true;
        for (std::size_t i = 0; i < scored[level].size(); ++i) {
            poll_at(i, stop);
            const auto &[row, n] = scored[level][i];
            const double selected = row.predicted >= threshold ? n : 0;
            here.customers += n;
            here.positives += row.actual * n;
            here.selected += selected;
            found += row.actual * selected;
            total_score += row.predicted * n;
            are_chances = are_chances && row.predicted >= 0 && row.predicted <= 1;
        }
        const auto share = [&](double part, double all) { return here.customers < fewest_of_a_group ? none : part / all; };
        here.selection_rate = share(here.selected, here.customers);
        here.true_positive_rate = here.positives > 0 ? share(found, here.positives) : none;
        const double negatives = here.customers - here.positives;
        here.false_positive_rate = negatives > 0 ? share(here.selected - found, negatives) : none;
        here.precision = here.selected > 0 ? share(found, here.selected) : none;
        here.calibration = are_chances ? share(total_score - here.positives, here.customers) : none;
        here.auc = here.customers < fewest_of_a_group ? none : auc({scored[level].data(), scored[level].size()}, stop);
        groups.push_back(here);
    }

    // fmax leaves NaN out.
    double highest_rate = none, highest_true_positive_rate = none;
    for (const GroupDecisions &group : groups) {
        highest_rate = std::fmax(highest_rate, group.selection_rate);
        highest_true_positive_rate = std::fmax(highest_true_positive_rate, group.true_positive_rate);
    }
    for (GroupDecisions &group : groups) {
        group.selection_ratio = highest_rate > 0 ? group.selection_rate / highest_rate : none;
        group.equal_opportunity_gap = highest_true_positive_rate - group.true_positive_rate;
    }
    return groups;
}

}  // namespace cltv
