#include "core/rows/feature_columns.hpp"

#include <cstring>

namespace cltv {

FeatureSet *without_columns(const FeatureSet &set, const bool *leaves, void (*pause)(), Allocate allocate) {
    constexpr std::uint32_t between_pauses = 1 << 14;
    const auto numbers = [&](std::uint32_t n) {
        return static_cast<std::uint32_t *>(allocate((std::size_t{n} + 1) * sizeof(std::uint32_t)));
    };
    std::uint32_t *const place = numbers(set.n_columns), *const levels = numbers(set.levels), *const attributes = numbers(set.attribute_rows);
    auto *const values = static_cast<double *>(allocate((std::size_t{set.n_columns} + 1) * sizeof(double)));
    auto *const block = static_cast<char *>(allocate(set.schema_bytes + 1));
    if (place == nullptr || levels == nullptr || attributes == nullptr || values == nullptr || block == nullptr) return nullptr;

    FeatureSet::Names names_of[n_roles] = {};
    const char *names[n_roles];
    std::uint32_t stay = 0, column = 0;
    char *at = block;
    for (int r = 0; r < n_roles; ++r) {
        names[r] = at;
        std::uint64_t hash = 0;
        NameBlock all(set.names(static_cast<Role>(r)));
        for (std::uint32_t i = 0; i < set.names_of[r].n; ++i, ++column) {
            const Text name = all.next();
            if (leaves[column]) continue;
            place[column] = stay++;
            *at++ = static_cast<char>(name.size);
            std::memcpy(at, name.data, name.size);
            at += name.size;
            hash = hash_of(hash, name);
            ++names_of[r].n;
        }
        names_of[r].bytes = static_cast<std::uint32_t>(at - names[r]);
        names_of[r].hash = static_cast<std::uint32_t>(hash >> 32);
    }
    FeatureSet *rest = start_feature_set(set.targets, names_of, names, allocate);
    if (rest == nullptr) return nullptr;
    rest->skipped = set.skipped;
    for (std::uint32_t c = 0; c < set.n_columns; ++c)
        if (!leaves[c]) rest->set_kind(place[c], set.kind(c));
    for (std::uint32_t i = 0; i < set.levels; ++i) {
        if (i % between_pauses == 0) pause();
        const std::uint32_t own = set.level(i).column;
        if (!leaves[own] && !add_level(rest, place[own], set.level_text(i), levels[i], allocate)) return nullptr;
    }
    for (std::uint32_t i = 0; i < set.attribute_rows; ++i) {
        if (i % between_pauses == 0) pause();
        for (std::uint32_t c = 0; c < set.n_columns; ++c) {
            if (leaves[c]) continue;
            const double value = set.attributes(i)[c];
            values[place[c]] =
                set.kind(c) == FeatureKind::category && value == value ? levels[static_cast<std::uint32_t>(value)] : value;
        }
        if (!add_attributes(rest, values, attributes[i], allocate)) return nullptr;
    }
    for (std::uint32_t i = 0; i < set.used; ++i) {
        if (i % between_pauses == 0) pause();
        FeatureCount row = set.rows()[i];
        row.row = attributes[static_cast<std::uint32_t>(row.row)];
        if (!add_row(rest, row, allocate)) return nullptr;
    }
    return rest;
}

}  // namespace cltv
