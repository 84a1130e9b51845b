// Customers with attributes: what the fits of models with attributes read. Numbers of a customer that a model explains
// (the targets), beside a row of attributes, equal ones counted. The same state serves every model with attributes; how
// many targets there are and what they mean is given by their kind.
//
// All in one piece of raw memory, as a counted set is (counted_set.hpp), with four parts that grow each by itself: a
// dictionary of the levels of categories, the bytes of these, the distinct rows of attributes, and the rows of targets,
// which name theirs by its number. There are far fewer distinct rows of attributes than customers in most shops, and then
// ten attributes cost no more memory than none.
//
// Two layouts, as counted sets have them. In a table, levels and rows stand as they came, and three hash tables of their
// numbers find them: these stay small where rows are long, so that to look for one costs little, and they know the hashes,
// so that to grow looks at no row. In a sorted set levels are ordered by their bytes and all rows ascend: the same bytes
// for the same customers, whatever order they came in.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/customer.hpp"
#include "core/base/row_numbers.hpp"
#include "core/base/stop.hpp"
#include "core/rows/counted_set.hpp"
#include "core/rows/features.hpp"

namespace cltv {

// What attributes act on; labels act on nothing, but tell a fit where a customer belongs. Stored in databases: numbers are
// never reused.
enum class Role : std::uint8_t { any = 0, purchases = 1, dropout = 2, spend = 3, churn = 4, label = 5 };
constexpr int n_roles = 6;
// nullptr where there is nothing to tell apart.
const char *role_name(Role role);

// What is to be explained. Stored in databases: numbers are never reused.
enum class Targets : std::uint8_t {
    orders = 1,    // frequency, recency, tenure
    spend = 2,     // frequency, monetary_value
    contracts = 3,  // periods, churned
    survival = 4,   // time, left, entered
    response = 5    // what is to be learnt, and the offset of its predictor
};
constexpr int most_targets = 3;
constexpr int n_targets(Targets targets) {
    return targets == Targets::orders || targets == Targets::survival ? 3 : 2;
}
// nullptr where there is no such kind.
const char *targets_name(Targets targets);

// A customer: the number of its row of attributes, its targets (0 where the kind has fewer), and how many there are.
struct FeatureCount {
    double row;
    double target[most_targets];
    double count;
};

// A row of attributes of one role, on its way in. A role that has none is not among them.
struct RoleFeatures {
    Role role;
    const Features *features;
};

struct FeatureLevel {
    std::uint32_t hash, column, begin, size;
};

// A place of a hash table: the number of what stands there plus 1, 0 where it is free.
struct FeaturePlace {
    std::uint32_t hash, entry;
};

// What may be wrong with a row that is to be added.
enum class FeatureFault {
    none,
    missing_role,    // the set's customers have attributes of the role, this row has none
    other_role,      // the other way round
    missing_column,  // the set has the column, this row has not
    other_column,    // the other way round
    other_kind,      // a number in one row and a category in another
    other_targets,   // what is to be explained is something else
    full             // no value can be larger
};

struct FeatureProblem {
    FeatureFault fault = FeatureFault::none;
    Role role = Role::any;
    Text column{};  // in the memory of the set or of the row
};

// Where memory comes from: raw, aligned for doubles, or nullptr where a value cannot be so large.
using Allocate = void *(*)(std::size_t bytes);

struct FeatureSet {
    std::int32_t length_word;
    std::uint16_t version;
    Layout layout;
    Targets targets;
    std::uint8_t unused[7];  // which a compiler for 32 bits would not leave
    double skipped;          // rows of which a number, or all attributes, were not known
    std::uint32_t n_columns;
    std::uint32_t schema_bytes;  // a multiple of 8
    std::uint32_t used, capacity;
    std::uint32_t attribute_rows, attribute_capacity;
    std::uint32_t levels, level_capacity;
    std::uint32_t text_bytes, text_capacity;
    struct Names {
        std::uint32_t n, bytes, hash;
    } names_of[n_roles];

    static constexpr std::uint16_t current_version = 1;

    // No row has told yet what the attributes are: there were none, or all were skipped.
    bool is_bare() const { return n_columns == 0 && used == 0; }

    std::size_t bytes() const {
        return static_cast<std::size_t>(reinterpret_cast<const char *>(rows() + capacity) -
                                        reinterpret_cast<const char *>(this));
    }

    // The schema: for each column its kind, so far as it is known, then their names, role by role. The columns of all
    // roles are counted in this order.
    FeatureKind kind(std::uint32_t column) const { return static_cast<FeatureKind>(schema()[column]); }
    void set_kind(std::uint32_t column, FeatureKind kind) { schema()[column] = static_cast<char>(kind); }
    const char *names(Role role) const {
        const char *names = schema() + n_columns;
        for (int r = 0; r < static_cast<int>(role); ++r) names += names_of[r].bytes;
        return names;
    }
    // Columns that have coefficients: labels are the last.
    std::uint32_t n_attributes() const { return n_columns - names_of[static_cast<int>(Role::label)].n; }
    // The column's role and name; not for hot loops.
    Role role(std::uint32_t column) const;
    Text name(std::uint32_t column) const;

    // The value of an attribute: a number, NaN where it is not known, or the number of a level.
    const double *attributes(std::uint32_t row) const { return attributes_begin() + std::size_t{row} * n_columns; }
    const FeatureLevel &level(std::uint32_t number) const { return levels_begin()[number]; }
    Text level_text(std::uint32_t number) const { return {text_begin() + level(number).begin, level(number).size}; }

    // So many as are used.
    const FeatureCount *rows() const { return reinterpret_cast<const FeatureCount *>(row_index() + index_size(capacity)); }
    FeatureCount *rows() { return reinterpret_cast<FeatureCount *>(row_index() + index_size(capacity)); }

    // Parts of the memory.
    const char *schema() const { return reinterpret_cast<const char *>(this + 1); }
    char *schema() { return reinterpret_cast<char *>(this + 1); }
    const FeatureLevel *levels_begin() const { return reinterpret_cast<const FeatureLevel *>(schema() + schema_bytes); }
    FeatureLevel *levels_begin() { return reinterpret_cast<FeatureLevel *>(schema() + schema_bytes); }
    const FeaturePlace *level_index() const { return reinterpret_cast<const FeaturePlace *>(levels_begin() + level_capacity); }
    FeaturePlace *level_index() { return reinterpret_cast<FeaturePlace *>(levels_begin() + level_capacity); }
    const char *text_begin() const { return reinterpret_cast<const char *>(level_index() + index_size(level_capacity)); }
    char *text_begin() { return reinterpret_cast<char *>(level_index() + index_size(level_capacity)); }
    const FeaturePlace *attribute_index() const { return reinterpret_cast<const FeaturePlace *>(text_begin() + text_capacity); }
    FeaturePlace *attribute_index() { return reinterpret_cast<FeaturePlace *>(text_begin() + text_capacity); }
    const double *attributes_begin() const { return reinterpret_cast<const double *>(attribute_index() + index_size(attribute_capacity)); }
    double *attributes_begin() { return reinterpret_cast<double *>(attribute_index() + index_size(attribute_capacity)); }
    const double *attributes_end() const { return attributes_begin() + std::size_t{attribute_capacity} * n_columns; }
    double *attributes_end() { return attributes_begin() + std::size_t{attribute_capacity} * n_columns; }
    const FeaturePlace *row_index() const { return reinterpret_cast<const FeaturePlace *>(attributes_end()); }
    FeaturePlace *row_index() { return reinterpret_cast<FeaturePlace *>(attributes_end()); }

    // A hash table has twice as many places as there may be numbers: half of them are free.
    std::uint32_t index_size(std::uint32_t capacity_) const { return layout == Layout::sorted ? 0 : 2 * capacity_; }
};
static_assert(sizeof(FeatureSet) == 136);

constexpr std::size_t padded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

// An empty table for customers with attributes of these names; nullptr as Allocate says.
FeatureSet *start_feature_set(Targets targets, const FeatureSet::Names *names_of, const char *const *names,
                              Allocate allocate);
FeatureSet *start_feature_set(Targets targets, const RoleFeatures *roles, int n, Allocate allocate);

// Adds a customer. `set` becomes the set with it: the same memory, or other where that was bare, full or sorted.
FeatureProblem add(FeatureSet *&set, const RoleFeatures *roles, int n, const double *target, double count,
                   Allocate allocate);

// Adds all customers of another set, and what it skipped. `pause` is called once in a while.
FeatureProblem merge(FeatureSet *&set, const FeatureSet &other, void (*pause)(), Allocate allocate);

// The parts of add, for those who read a set from outside into a table. False where no value can be so large.
bool add_level(FeatureSet *&set, std::uint32_t column, const Text &text, std::uint32_t &number, Allocate allocate);
bool add_attributes(FeatureSet *&set, const double *values, std::uint32_t &number, Allocate allocate);
bool add_row(FeatureSet *&set, const FeatureCount &row, Allocate allocate);

// What a sorted copy takes, and makes it there. Throws Stopped.
std::size_t sorted_bytes(const FeatureSet &set);
FeatureSet *copy_sorted(const FeatureSet &set, void *memory, Stop stop);

}  // namespace cltv
