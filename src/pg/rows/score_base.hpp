// The SQL type score_base: predictions with their outcomes, a pair per customer, in order of arrival. It is the state
// of the aggregates that judge rankings, errors and concentration.
#pragma once

#include <cmath>
#include <vector>

#include "core/base/sort_rows.hpp"
#include "core/rows/scored.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/postgres.hpp"
#include "pg/rows/growable.hpp"

namespace cltv::pg {

struct ScoreBase : Growable<ScoreBase, Scored> {
    int32 length_word = 0;
    uint16 version = current_version;
    uint16 reserved = 0;
    uint32 used = 0;
    uint32 capacity = 0;
    double top = 0;  // the share of customers that was asked for, 0 for none
};

// Raises 22023 with the argument's name. Adding 0 turns -0 into 0, which sorting by bits needs.
[[noreturn]] void raise_not_finite(const char *name, double value);
inline double checked_finite(const char *name, double value) {
    if (unlikely(!std::isfinite(value))) raise_not_finite(name, value);
    return value + 0.0;
}

// The state of a transition function with one more pair.
ScoreBase *with_pair(FunctionCallInfo fcinfo, const Scored &scored);

// The result of compute for the rows, sorted by prediction, then by actual value. It runs guarded, and its result is
// plain data.
template <class Compute>
auto of_sorted_rows(const ScoreBase *base, Compute &&compute) {
    decltype(compute(View<ScoredCount>{})) result;
    guarded([&] {
        std::vector<ScoredCount> rows;
        rows.reserve(base->used);
        for (uint32 i = 0; i < base->used; ++i) {
            poll_at(i, interrupt_pending);
            rows.push_back({base->rows()[i], 1});
        }
        sort_scored(rows, interrupt_pending);
        result = compute(View<ScoredCount>{rows.data(), rows.size()});
    });
    return result;
}

// The top that the rows were given with, or the usual one.
inline double top_of(const ScoreBase *base, double usual) { return base->top != 0 ? base->top : usual; }

}  // namespace cltv::pg
