#include "core/shop/concentration.hpp"

#include <limits>

#include "core/base/double_double.hpp"
#include "core/rows/gain_curve.hpp"

namespace cltv {

double concentration(View<ScoredCount> values, Stop stop) {
    const GainTotals totals = gain_totals(values, stop);
    if (totals.actual.hi == 0) return std::numeric_limits<double>::quiet_NaN();
    return quotient(rank_sum(values, totals, stop), totals.actual * totals.customers);
}

double top_share(View<ScoredCount> values, double top, Stop stop) { return gain(values, top, stop); }

}  // namespace cltv
