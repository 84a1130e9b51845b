#include "core/rows/feature_rows.hpp"

#include <limits>

namespace cltv {

FeatureSet *of_rows(const FeatureSet &set, const bool *stays, void (*pause)(), Allocate allocate) {
    constexpr std::uint32_t between_pauses = 1 << 14;
    constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    const auto numbers = [&](std::uint32_t n) {
        auto *const all = static_cast<std::uint32_t *>(allocate((std::size_t{n} + 1) * sizeof(std::uint32_t)));
        for (std::uint32_t i = 0; all != nullptr && i < n; ++i) all[i] = none;
        return all;
    };
    // Levels and rows of attributes that no remaining customer has are dropped: they are added when the first customer
    // with them comes.
    std::uint32_t *const levels = numbers(set.levels), *const attributes = numbers(set.attribute_rows);
    auto *const values = static_cast<double *>(allocate((std::size_t{set.n_columns} + 1) * sizeof(double)));
    if (levels == nullptr || attributes == nullptr || values == nullptr) return nullptr;

    const char *names[n_roles];
    for (int r = 0; r < n_roles; ++r) names[r] = set.names(static_cast<Role>(r));
    FeatureSet *some = start_feature_set(set.targets, set.names_of, names, allocate);
    if (some == nullptr) return nullptr;
    for (std::uint32_t c = 0; c < set.n_columns; ++c) some->set_kind(c, set.kind(c));
    for (std::uint32_t i = 0; i < set.used; ++i) {
        if (i % between_pauses == 0) pause();
        if (!stays[i]) continue;
        FeatureCount row = set.rows()[i];
        std::uint32_t &own = attributes[static_cast<std::uint32_t>(row.row)];
        if (own == none) {
            const double *const known = set.attributes(static_cast<std::uint32_t>(row.row));
            for (std::uint32_t c = 0; c < set.n_columns; ++c) {
                values[c] = known[c];
                if (set.kind(c) != FeatureKind::category || known[c] != known[c]) continue;
                std::uint32_t &level = levels[static_cast<std::uint32_t>(known[c])];
                if (level == none && !add_level(some, c, set.level_text(static_cast<std::uint32_t>(known[c])), level, allocate))
                    return nullptr;
                values[c] = level;
            }
            if (!add_attributes(some, values, own, allocate)) return nullptr;
        }
        row.row = own;
        if (!add_row(some, row, allocate)) return nullptr;
    }
    return some;
}

}  // namespace cltv
