// The SQL type score_base: what came of predictions, equal pairs counted. It is the state of the aggregates that judge
// predictions and concentration. Read it by
// of_sorted_rows.
#pragma once

#include <cmath>
#include <vector>

#include "model/scored.hpp"
#include "pg/counted_set.hpp"

namespace cltv::pg {

using ScoreBase = CountedSet<ScoredCount>;

[[noreturn]] void raise_not_finite(const char *name, double value);
[[noreturn]] void raise_bad_top(double top);
[[noreturn]] void raise_two_tops(double one, double other);
[[noreturn]] void raise_not_whole(double count);

// Adding 0 makes 0 of -0, which equal pairs need to be the same bits.
inline double checked_finite(const char *name, double value) {
    if (unlikely(!std::isfinite(value))) raise_not_finite(name, value);
    return value + 0.0;
}

// A share of the customers, above 0; in a score_base 0 stands for none.
inline bool is_top(double top) { return top > 0 && top <= 1; }

template <>
struct BaseType<ScoredCount> {
    static constexpr const char *name = "score_base";
    static constexpr const char *beside = "top";
    static double merged_beside(double one, double other) {
        if (unlikely(one != 0 && other != 0 && one != other)) raise_two_tops(one, other);
        return one != 0 ? one : other;
    }
    static const char *fault_beside(double top) {
        return top == 0 || is_top(top) ? nullptr : "The share top is 0 for none, or above 0 and at most 1.";
    }
    static ScoredCount checked(const Numbers<ScoredCount> &numbers) {
        if (numbers[2] != std::floor(numbers[2])) raise_not_whole(numbers[2]);
        return {{checked_finite("predicted", numbers[0]), checked_finite("actual", numbers[1])}, numbers[2]};
    }
};

// What compute makes of the sorted rows. It runs guarded, and its result is plain data.
template <class Compute>
auto of_sorted_rows(const ScoreBase *base, Compute &&compute) {
    decltype(compute(View<ScoredCount>{})) result;
    guarded([&] {
        std::vector<ScoredCount> storage;
        result = compute(sorted_rows(*base, storage, interrupt_pending));
    });
    return result;
}

// The top that the rows were given with, or the usual one.
inline double top_of(const ScoreBase *base, double usual) { return base->beside != 0 ? base->beside : usual; }

}  // namespace cltv::pg
