#include "core/survival/concordance.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/base/double_double.hpp"
#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

// Sums of counts over ranks, any prefix in time logarithmic in their number (P. M. Fenwick, Software: Practice and
// Experience 24 (1994) 327-336).
class RunningCounts {
public:
    explicit RunningCounts(std::size_t ranks) : sums_(ranks + 1) {}
    void add(std::size_t rank, double count) {
        for (++rank; rank < sums_.size(); rank += rank & (~rank + 1)) sums_[rank] += count;
    }
    // The sum over the ranks below this one.
    double below(std::size_t rank) const {
        double sum = 0;
        for (; rank > 0; rank -= rank & (~rank + 1)) sum += sums_[rank];
        return sum;
    }

private:
    std::vector<double> sums_;
};

}  // namespace

double concordance(View<SurvivalRow> rows, Stop stop) {
    std::vector<double> scores;
    scores.reserve(rows.size);
    for (const SurvivalRow &row : rows) scores.push_back(row.compared);
    sort_by_key(scores, ordered_bits, stop);
    scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
    const auto rank = [&scores](const SurvivalRow &row) {
        return static_cast<std::size_t>(std::lower_bound(scores.begin(), scores.end(), row.compared) - scores.begin());
    };

    // From the last time backwards: customers who were passed already stayed longer.
    RunningCounts longer(scores.size());
    DoubleDouble pairs{}, concordant{};
    double all = 0;
    for (std::size_t end = rows.size; end > 0;) {
        std::size_t begin = end;
        while (begin > 0 && rows[begin - 1].time == rows[end - 1].time) --begin;
        const auto add = [&](double left) {
            for (std::size_t i = begin; i < end; ++i)
                if (rows[i].left == left) {
                    longer.add(rank(rows[i]), rows[i].count);
                    all += rows[i].count;
                }
        };
        add(0);
        for (std::size_t i = begin; i < end; ++i) {
            poll_at(i, stop);
            if (rows[i].left == 0) continue;
            const double lower = longer.below(rank(rows[i])), not_higher = longer.below(rank(rows[i]) + 1);
            pairs = pairs + rows[i].count * all;
            concordant = concordant + rows[i].count * ((lower + not_higher) / 2);
        }
        add(1);
        end = begin;
    }
    return pairs.hi > 0 ? concordant.hi / pairs.hi : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace cltv
