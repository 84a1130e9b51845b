#include "core/rows/gain_curve.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/base/sort_rows.hpp"

namespace cltv {

GainTotals gain_totals(View<ScoredCount> rows, Stop stop) {
    GainTotals totals{};
    double largest = 0;
    for (std::size_t i = 0; i < rows.size; ++i) {
        poll_at(i, stop);
        largest = std::max(largest, std::abs(rows[i].scored.actual));
    }
    totals.scale = scale_for(largest);
    for (std::size_t i = 0; i < rows.size; ++i) {
        poll_at(i, stop);
        totals.customers += rows[i].count;
        totals.actual = totals.actual + two_product(rows[i].scored.actual * totals.scale, rows[i].count);
    }
    return totals;
}

DoubleDouble rank_sum(View<ScoredCount> rows, const GainTotals &totals, Stop stop) {
    DoubleDouble all{};
    double below = 0;
    for (std::size_t i = 0; i < rows.size;) {
        const double predicted = rows[i].scored.predicted;
        double tied = 0;
        DoubleDouble actual{};
        do {
            poll_at(i, stop);
            tied += rows[i].count;
            actual = actual + two_product(rows[i].scored.actual * totals.scale, rows[i].count);
        } while (++i < rows.size && rows[i].scored.predicted == predicted);
        all = all + actual * (2 * below + tied - totals.customers);
        below += tied;
    }
    return all;
}

std::vector<ScoredCount> perfectly_ranked(View<ScoredCount> rows, Stop stop) {
    std::vector<ScoredCount> ranked;
    ranked.reserve(rows.size);
    for (std::size_t i = 0; i < rows.size; ++i) {
        poll_at(i, stop);
        ranked.push_back({{rows[i].scored.actual, rows[i].scored.actual}, rows[i].count});
    }
    sort_by_actual(ranked, stop);
    return ranked;
}

double gain(View<ScoredCount> rows, double q, Stop stop) {
    const GainTotals totals = gain_totals(rows, stop);
    if (!(totals.actual.hi > 0)) return std::numeric_limits<double>::quiet_NaN();
    DoubleDouble made{};
    double missing = q * totals.customers;
    for (std::size_t i = rows.size; i > 0 && missing > 0;) {
        const double predicted = rows[i - 1].scored.predicted;
        double tied = 0;
        DoubleDouble actual{};
        do {
            poll_at(i, stop);
            --i;
            tied += rows[i].count;
            actual = actual + two_product(rows[i].scored.actual * totals.scale, rows[i].count);
        } while (i > 0 && rows[i - 1].scored.predicted == predicted);
        made = made + actual * std::min(missing / tied, 1.0);
        missing -= tied;
    }
    return quotient(made, totals.actual);
}

}  // namespace cltv
