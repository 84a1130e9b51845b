#include "core/validation/ranking_metrics.hpp"

#include <cstddef>
#include <limits>
#include <vector>

#include "core/base/double_double.hpp"
#include "core/base/sort_rows.hpp"
#include "core/rows/gain_curve.hpp"

namespace cltv {

double auc(View<ScoredCount> rows, Stop stop) {
    DoubleDouble twice_wins{};  // pairs in which the label has the higher score, plus half of those with equal scores
    double with_label = 0, without_label = 0;
    for (std::size_t i = 0; i < rows.size;) {
        const double score = rows[i].scored.predicted;
        double tied_with = 0, tied_without = 0;
        do {
            poll_at(i, stop);
            (rows[i].scored.actual != 0 ? tied_with : tied_without) += rows[i].count;
        } while (++i < rows.size && rows[i].scored.predicted == score);
        twice_wins = twice_wins + two_product(tied_with, 2 * without_label + tied_without);
        with_label += tied_with;
        without_label += tied_without;
    }
    if (with_label == 0 || without_label == 0) return std::numeric_limits<double>::quiet_NaN();
    return twice_wins.hi / (2 * with_label * without_label);
}

double gini(View<ScoredCount> rows, Stop stop) {
    const GainTotals totals = gain_totals(rows, stop);
    const std::vector<ScoredCount> perfect = perfectly_ranked(rows, stop);
    // Equal values leave nothing to rank; the sum over them may differ from 0 by rounding.
    if (perfect.empty() || perfect.front().scored.actual == perfect.back().scored.actual)
        return std::numeric_limits<double>::quiet_NaN();
    return quotient(rank_sum(rows, totals, stop), rank_sum({perfect.data(), perfect.size()}, totals, stop));
}

double lift(View<ScoredCount> rows, double top, Stop stop) { return gain(rows, top, stop) / top; }

}  // namespace cltv
