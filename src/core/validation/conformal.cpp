#include "core/validation/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/sort_rows.hpp"

namespace cltv {

HeldOutErrors::HeldOutErrors(const std::vector<ScoredCount> &rows, Stop stop) {
    const std::size_t n = rows.size();
    const std::size_t bins = std::clamp<std::size_t>(n / fewest, 1, most_bins);
    std::size_t at = 0;
    for (std::size_t bin = 0; bin < bins && at < n; ++bin) {
        std::size_t end = bin + 1 == bins ? n : std::max(at + 1, n * (bin + 1) / bins);
        while (end < n && rows[end].scored.predicted == rows[end - 1].scored.predicted) ++end;
        first.push_back(rows[at].scored.predicted);
        errors.emplace_back();
        for (; at < end; ++at) {
            poll_at(at, stop);
            errors.back().push_back(rows[at].scored.actual - rows[at].scored.predicted);
            any_negative = any_negative || rows[at].scored.actual < 0;
        }
        std::sort(errors.back().begin(), errors.back().end());
    }
}

HeldOutErrors::Interval HeldOutErrors::around(double estimate, double level) const {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    if (first.empty()) return {unknown, unknown};
    const auto after = std::upper_bound(first.begin(), first.end(), estimate);
    const std::vector<double> &sorted = errors[after == first.begin() ? 0 : static_cast<std::size_t>(after - first.begin()) - 1];
    // Among n errors and the one to come, each rank is equally likely for the latter; rounded outwards, so that the
    // level is kept.
    const double places = static_cast<double>(sorted.size()) + 1, tail = (1 - level) / 2;
    const double below = std::floor(places * tail * (1 + 1e-12)), above = std::ceil(places * (1 - tail) * (1 - 1e-12));
    double lower = below >= 1 ? estimate + sorted[static_cast<std::size_t>(below) - 1] : unknown;
    double upper = above < places ? estimate + sorted[static_cast<std::size_t>(above) - 1] : unknown;
    if (!any_negative) {
        lower = lower >= 0 ? lower : 0;
        upper = upper < 0 ? 0 : upper;
    }
    return {lower, upper};
}

}  // namespace cltv
