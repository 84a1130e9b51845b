#include "core/privacy/contributions.hpp"

#include <algorithm>
#include <cmath>

namespace cltv {

double contribution_step(double width) {
    int exponent;
    std::frexp(width, &exponent);  // width < 2^exponent
    return std::ldexp(1, exponent - contribution_step_bits);
}

std::int64_t clipped_total(const FeatureSet &set, double lower, double upper, double centre, double step, Stop stop) {
    std::vector<double> of_customer(set.levels);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        of_customer[static_cast<std::uint32_t>(set.attributes(static_cast<std::uint32_t>(row.row))[0])] += row.target[0] * row.count;
    }
    std::int64_t total = 0;
    for (const double value : of_customer) {
        // A sum that overflowed with values of both signs is NaN: it is taken to be in the middle of the bounds.
        const double within = std::isnan(value) ? lower + (upper - lower) / 2 : std::fmin(std::fmax(value, lower), upper);
        total += static_cast<std::int64_t>(std::nearbyint((within - centre) / step));
    }
    return total;
}

std::vector<std::int64_t> customers_by_bin(const FeatureSet &set, const std::vector<Text> &bins, Stop stop) {
    constexpr std::uint32_t bin_column = 0, customer_column = 1;
    struct Chosen {
        double rows = 0;
        std::uint32_t bin = 0;
    };
    std::vector<Chosen> of_customer(set.levels);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        const double *const known = set.attributes(static_cast<std::uint32_t>(row.row));
        Chosen &chosen = of_customer[static_cast<std::uint32_t>(known[customer_column])];
        const auto bin = static_cast<std::uint32_t>(known[bin_column]);
        if (row.count > chosen.rows || (row.count == chosen.rows && bin < chosen.bin)) chosen = {row.count, bin};
    }
    std::vector<std::int64_t> of_level(set.levels);
    for (const Chosen &chosen : of_customer)
        if (chosen.rows > 0) ++of_level[chosen.bin];
    // Levels are in the order of their columns, then in byte order.
    std::uint32_t last = 0;
    while (last < set.levels && set.level(last).column == bin_column) ++last;
    std::vector<std::int64_t> counts;
    for (const Text &bin : bins) {
        std::uint32_t low = 0, high = last;
        while (low < high) {
            const std::uint32_t middle = low + (high - low) / 2;
            if (set.level_text(middle) < bin) low = middle + 1;
            else high = middle;
        }
        counts.push_back(low < last && set.level_text(low) == bin ? of_level[low] : 0);
    }
    return counts;
}

}  // namespace cltv
