#include "model/concentration.hpp"

#include <limits>

#include "model/gain_curve.hpp"

namespace cltv {

double concentration(View<ScoredCount> values, Stop stop) {
    const GainTotals totals = gain_totals(values, stop);
    if (totals.actual.hi == 0) return std::numeric_limits<double>::quiet_NaN();
    return rank_sum(values, totals, stop).hi / totals.actual.hi / totals.customers;
}

double top_share(View<ScoredCount> values, double top, Stop stop) { return gain(values, top, stop); }

}  // namespace cltv
