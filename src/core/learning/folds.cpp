#include "core/learning/folds.hpp"

#include <cmath>
#include <cstring>

namespace cltv {

namespace {

// Rounds to 24 binary digits.
double rounded(double number) {
    constexpr int dropped = 28;
    std::uint64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    bits = (bits + (std::uint64_t{1} << (dropped - 1))) & ~((std::uint64_t{1} << dropped) - 1);
    std::memcpy(&number, &bits, sizeof bits);
    return number;
}

// What is left of numbers that cancelled one another is smaller than this, relative to them.
constexpr double nothing_beside_1 = 0x1p-40;

std::uint64_t hashed_number(std::uint64_t hash, double number, double nothing) {
    return hashed(hash, std::fabs(number) < nothing ? 0.0 : rounded(number));
}

// Fits exactly in a double.
std::uint64_t unit_of(std::uint64_t hash) { return hashed(hash, 1) >> 11; }

}  // namespace

FoldUnits::FoldUnits(const FeatureSet &set, int cluster_column, Stop stop)
    : units_(set.attribute_rows), clustered_(cluster_column >= 0) {
    const std::uint32_t first = clustered_ ? static_cast<std::uint32_t>(cluster_column) : 0,
                        last = clustered_ ? first + 1 : set.n_attributes();
    const auto is_level = [&](std::uint32_t column, double value) {
        return set.kind(column) == FeatureKind::category && value == value;
    };
    std::vector<double> nothing(last);
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        for (std::uint32_t column = first; column < last; ++column) {
            const double size = std::fabs(set.attributes(row)[column]);
            if (size > nothing[column]) nothing[column] = size;
        }
    }
    for (double &size : nothing) size *= nothing_beside_1;
    // Levels enter by their text: their numbers depend on which levels there are.
    std::vector<std::uint64_t> levels(set.levels);
    for (std::uint32_t i = 0; i < set.levels; ++i) levels[i] = hash_of(0, set.level_text(i)) >> 11;
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        std::uint64_t hash = 0;
        for (std::uint32_t column = first; column < last; ++column) {
            const double value = set.attributes(row)[column];
            hash = is_level(column, value) ? hashed(hash, static_cast<double>(levels[static_cast<std::uint32_t>(value)]))
                                           : hashed_number(hash, value, nothing[column]);
        }
        units_[row] = unit_of(hash);
    }
    for (std::uint32_t i = 0; i < set.used; ++i)
        for (int t = 0; t < 2; ++t) nothing_[t] = std::fmax(nothing_[t], std::fabs(set.rows()[i].target[t]));
    for (double &size : nothing_) size *= nothing_beside_1;
}

std::uint64_t FoldUnits::of_targets(std::uint32_t row, double first, double second) const {
    const std::uint64_t unit = units_[row];
    if (clustered_) return unit;
    return unit_of(hashed_number(hashed_number(hashed(0, static_cast<double>(unit)), first, nothing_[0]), second, nothing_[1]));
}

}  // namespace cltv
