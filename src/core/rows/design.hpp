// How attributes enter a model: which there are, and their coefficients. A fitted model carries its design, so that it
// can predict for new rows of attributes on its own.
//
// A number has one coefficient. A category is coded by reference: each level except the most frequent one has a
// coefficient, which compares it with that one. Levels with fewer than min_level customers are joined in a level of
// their own, (other), if together they have that many, and otherwise in the reference; so are levels that a fit has not
// seen. A missing category is a level like any other.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/rows/feature_set.hpp"
#include "core/rows/features.hpp"

namespace cltv {

// The number of customers that a level needs for a coefficient of its own.
constexpr double min_level = 30;

// A level of a category. A null pointer stands for a missing value, which is the last in the order of levels.
inline bool is_unknown(const Text &level) { return level.data == nullptr; }
inline int compare_levels(const Text &a, const Text &b) {
    if (is_unknown(a) || is_unknown(b)) return static_cast<int>(is_unknown(a)) - static_cast<int>(is_unknown(b));
    return compare(a, b);
}

// An attribute, to be written into a design. levels[0] is the reference; the others ascend and have a coefficient each.
struct DesignColumn {
    Role role;
    FeatureKind kind;  // number or category
    bool has_other;
    Text name;
    std::uint32_t n_levels;
    const Text *levels;

    std::uint32_t n_coefficients() const { return kind == FeatureKind::number ? 1 : n_levels - 1 + (has_other ? 1 : 0); }
};

// A flat record: its columns one after the other, by role and name. Read them by DesignReader.
struct Design {
    std::uint32_t bytes;  // of the whole, a multiple of 8
    std::uint16_t n_columns;
    std::uint16_t n_coefficients;
};

// What is wrong with columns that claim to be a design, in a sentence, or nullptr.
const char *find_fault(const DesignColumn *columns, std::size_t n);
constexpr std::uint32_t most_coefficients = 500;

std::size_t design_bytes(const DesignColumn *columns, std::size_t n);
void write_design(const DesignColumn *columns, std::size_t n, void *memory);

// A column as it lies in a design.
class StoredColumn {
public:
    explicit StoredColumn(const char *at) : at_(at) { std::memcpy(&head_, at, sizeof head_); }

    Role role() const { return static_cast<Role>(head_.role); }
    FeatureKind kind() const { return static_cast<FeatureKind>(head_.kind); }
    bool has_other() const { return head_.has_other != 0; }
    Text name() const { return {texts(), head_.name_size}; }
    std::uint32_t first_coefficient() const { return head_.first_coefficient; }
    std::uint32_t n_coefficients() const {
        return kind() == FeatureKind::number ? 1 : head_.n_levels - 1 + head_.has_other;
    }
    std::uint32_t n_levels() const { return head_.n_levels; }  // including the reference, which is the first
    Text level(std::uint32_t number) const {
        Place place;
        std::memcpy(&place, at_ + sizeof head_ + number * sizeof place, sizeof place);
        return place.begin == unknown_level ? Text{nullptr, 0} : Text{texts() + place.begin, place.size};
    }
    // The coefficient of a level, within the column; -1 for the reference.
    int coefficient_of(const Text &level) const;

    StoredColumn next() const { return StoredColumn(at_ + head_.bytes); }

private:
    friend void write_design(const DesignColumn *, std::size_t, void *);
    static constexpr std::uint32_t unknown_level = 0xffffffff;
    struct Place {
        std::uint32_t begin, size;
    };
    struct Head {
        std::uint32_t bytes, first_coefficient, n_levels;
        std::uint8_t role, kind, has_other, name_size;
    };
    const char *texts() const { return at_ + sizeof head_ + head_.n_levels * sizeof(Place); }

    const char *at_;
    Head head_;
};

inline StoredColumn first_column(const Design &design) { return StoredColumn(reinterpret_cast<const char *>(&design + 1)); }

// The column that a coefficient belongs to.
StoredColumn column_of_coefficient(const Design &design, std::uint32_t coefficient);
StoredColumn column_of(const Design &design, std::uint32_t number);

bool has_role(const Design &design, Role role);

// Why a row of attributes does not match a design.
enum class MatchFault { none, missing, kind };
struct Match {
    MatchFault fault = MatchFault::none;
    Text column{};
    bool unknown = false;  // a number is missing, and so is what follows from it
    double sum = 0;        // of the coefficients times the values
};

// The linear predictor of a role. features must have at least the design's columns.
Match linear_predictor(const Design &design, const double *coefficients, Role role, const Features &features);

}  // namespace cltv
