#include "core/rows/scored.hpp"

#include <algorithm>
#include <cstddef>

#include "core/base/row_numbers.hpp"
#include "core/base/sort_rows.hpp"

namespace cltv {

void sort_by_actual(std::vector<ScoredCount> &rows, Stop stop) {
    sort_by_key(rows, [](const ScoredCount &row) { return ordered_bits(row.scored.actual); }, stop);
}

void sort_scored(std::vector<ScoredCount> &rows, Stop stop) {
    std::size_t polls = 0;
    if (std::is_sorted(rows.begin(), rows.end(), [&polls, stop](const ScoredCount &a, const ScoredCount &b) {
            poll_at(++polls, stop);
            return columns_before(a, b);
        }))
        return;
    sort_by_actual(rows, stop);
    sort_by_key(rows, [](const ScoredCount &row) { return ordered_bits(row.scored.predicted); }, stop);
}

}  // namespace cltv
