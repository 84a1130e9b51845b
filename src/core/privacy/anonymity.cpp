#include "core/privacy/anonymity.hpp"

#include <algorithm>
#include <cmath>

namespace cltv {

std::vector<AlikeCustomers> alike_customers(const FeatureSet &set, Stop stop) {
    // The names of the attributes are in byte order, and the levels of all columns are numbered together.
    constexpr std::uint32_t group_column = 0, sensitive_column = 1;
    constexpr std::uint32_t unknown = UINT32_MAX;  // a sensitive value of its own, and the number of no level
    const bool is_sensitive = set.n_attributes() > 1;
    std::vector<AlikeCustomers> of_level(set.levels);
    std::vector<std::uint64_t> pairs;  // a group and a value that is in it
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        const double *const known = set.attributes(static_cast<std::uint32_t>(row.row));
        const auto group = static_cast<std::uint32_t>(known[group_column]);
        of_level[group].customers += row.count;
        if (!is_sensitive) continue;
        const double sensitive = known[sensitive_column];
        pairs.push_back(std::uint64_t{group} << 32 | (std::isnan(sensitive) ? unknown : static_cast<std::uint32_t>(sensitive)));
    }
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    for (const std::uint64_t pair : pairs) ++of_level[pair >> 32].sensitive_values;

    std::vector<AlikeCustomers> groups;
    for (std::uint32_t level = 0; level < set.levels; ++level) {
        if (of_level[level].customers == 0) continue;  // a sensitive value
        groups.push_back(of_level[level]);
        groups.back().attributes = set.level_text(level);
    }
    // Levels are ordered by their bytes.
    std::stable_sort(groups.begin(), groups.end(),
                     [](const AlikeCustomers &a, const AlikeCustomers &b) { return a.customers < b.customers; });
    return groups;
}

}  // namespace cltv
