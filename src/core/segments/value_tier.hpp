// Tiers of customers by value, High, Medium and Low, by cumulative share of the customers or of their revenue.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <vector>

#include "core/base/double_double.hpp"
#include "core/base/sort_rows.hpp"
#include "core/base/stop.hpp"

namespace cltv {

// Cumulative: 0 <= high < medium <= 1.
struct TierShares {
    double high;
    double medium;
};

enum class Tier { low, medium, high };

// The values that bound the tiers; equal values are always in one tier.
struct TierCuts {
    double high;    // values above it are High
    double medium;  // values above this, but not above high, are Medium

    Tier tier(double value) const { return value > high ? Tier::high : value > medium ? Tier::medium : Tier::low; }
};

namespace detail {

// The number of largest values that make up at most a share of the customers. The quotient decides, not the product: it
// rounds to the share itself where the share is k / count in decimals, as 7 of 100 are 0.07.
inline std::size_t places_of_share(double share, std::size_t count) {
    const double customers = static_cast<double>(count);
    auto places = static_cast<std::size_t>(share * customers);
    if (places > 0 && static_cast<double>(places) / customers > share) --places;
    if (places < count && static_cast<double>(places + 1) / customers <= share) ++places;
    return places;
}

// The largest value that has no place left.
inline double customers_cut(double *values, std::size_t count, double share) {
    const std::size_t places = places_of_share(share, count);
    if (places >= count) return -std::numeric_limits<double>::infinity();
    double *const cut = values + (count - 1 - places);
    std::nth_element(values, cut, values + count);
    return *cut;
}

// Among values above 0 in descending order, the first that has no room in the share after the larger ones; 0 if all
// have room. Sums of positive numbers that are rounded decimals are accurate to a few units of 2^-53, which is less
// than the slack: a customer before whom the share is exactly reached is beyond it.
inline double revenue_cut(const std::vector<double> &descending, double total, double share) {
    const double reached = share * (1 - 0x1p-50);
    DoubleDouble larger{};
    for (auto value = descending.begin(); value != descending.end();) {
        if (larger.hi / total >= reached) return *value;
        const double group = *value;
        while (value != descending.end() && *value == group) larger = larger + *value++;
    }
    return 0;
}

}  // namespace detail

// A customer is in a tier if those of at least the same value make up no more than the share of all: in SQL,
// cume_dist() OVER (ORDER BY value DESC) <= share. A group of equal customers across the bound belongs to the tier
// below, as in rfm_score, so a crowd of small customers is never High. Reorders the values, which must be finite.
inline TierCuts tiers_by_customers(double *values, std::size_t count, TierShares shares, Stop stop) {
    TierCuts cuts{};
    poll(stop);
    cuts.high = detail::customers_cut(values, count, shares.high);
    poll(stop);
    cuts.medium = detail::customers_cut(values, count, shares.medium);
    return cuts;
}

// ABC analysis. A customer is in a tier if the revenue of all larger ones together is less than the share of the total:
// the fewest customers that bring in at least the share. So the one across the bound belongs to the tier above, and the
// largest customer is High however much they bring in. Values of 0 or below bring in nothing and are Low; the total is
// that of the others. The values must be finite; throws std::overflow_error for a total beyond float8.
inline TierCuts tiers_by_revenue(const double *values, std::size_t count, TierShares shares, Stop stop) {
    std::vector<double> earners;
    std::copy_if(values, values + count, std::back_inserter(earners), [](double value) { return value > 0; });
    sort_by_comparison(earners.data(), earners.data() + earners.size(), std::greater<double>(), stop);
    DoubleDouble total{};
    for (const double value : earners) total = total + value;
    if (!std::isfinite(total.hi)) throw std::overflow_error("the sum of the values is out of range");
    poll(stop);
    return {detail::revenue_cut(earners, total.hi, shares.high), detail::revenue_cut(earners, total.hi, shares.medium)};
}

}  // namespace cltv
