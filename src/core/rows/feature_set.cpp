#include "core/rows/feature_set.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/base/hash.hpp"
#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

std::uint32_t place_in(std::uint32_t hash, std::uint32_t size) {
    return static_cast<std::uint32_t>((std::uint64_t{hash} * size) >> 32);
}

std::uint32_t hash_of_level(std::uint32_t column, const Text &text) {
    return static_cast<std::uint32_t>(hash_of(hashed(0, column + 1.0), text) >> 32);
}

std::uint32_t hash_of_numbers(const double *numbers, std::uint32_t n) {
    std::uint64_t hash = 0;
    for (std::uint32_t i = 0; i < n; ++i) hash = hashed(hash, numbers[i]);
    return static_cast<std::uint32_t>(hash >> 32);
}

// The place of a hash table where the entry that `is` recognises stands, or the free one where it belongs.
template <class Is>
FeaturePlace *find(FeaturePlace *index, std::uint32_t size, std::uint32_t hash, Is is) {
    FeaturePlace *place = index + place_in(hash, size);
    while (place->entry != 0 && !(place->hash == hash && is(place->entry - 1)))
        if (++place == index + size) place = index;
    return place;
}

void put(FeaturePlace *index, std::uint32_t size, std::uint32_t hash, std::uint32_t number) {
    *find(index, size, hash, [](std::uint32_t) { return false; }) = {hash, number + 1};
}

void fetch(const FeaturePlace *index, std::uint32_t size, std::uint32_t hash) {
    __builtin_prefetch(index + place_in(hash, size), 1);
}

// Builds a table of that many numbers. If an old one grows, its hashes are known and both tables are traversed from
// beginning to end; otherwise hash_of(number) gives them.
template <class HashOf>
void index_numbers(FeaturePlace *to, std::uint32_t to_size, const FeaturePlace *from, std::uint32_t from_size,
                   std::uint32_t numbers, HashOf hash_of) {
    if (from_size == to_size) {
        std::memcpy(static_cast<void *>(to), from, std::size_t{to_size} * sizeof(FeaturePlace));
        return;
    }
    std::memset(static_cast<void *>(to), 0, std::size_t{to_size} * sizeof(FeaturePlace));
    if (from_size == 0)
        for (std::uint32_t i = 0; i < numbers; ++i) put(to, to_size, hash_of(i), i);
    else
        for (std::uint32_t i = 0; i < from_size; ++i)
            if (from[i].entry != 0) put(to, to_size, from[i].hash, from[i].entry - 1);
}

struct Capacities {
    std::uint32_t rows, attributes, levels, text;
};

std::uint32_t power_of_two(std::uint64_t least) {
    std::uint64_t power = 4;
    while (power < least) power *= 2;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(power, std::uint64_t{1} << 31));
}

std::size_t bytes_of(const FeatureSet &head, Layout layout, const Capacities &capacity) {
    const std::size_t index = layout == Layout::sorted ? 0 : 2 * sizeof(FeaturePlace);
    return sizeof(FeatureSet) + head.schema_bytes + std::size_t{capacity.levels} * (sizeof(FeatureLevel) + index) +
           capacity.text + std::size_t{capacity.attributes} * (sizeof(double) * head.n_columns + index) +
           std::size_t{capacity.rows} * (sizeof(FeatureCount) + index);
}

// A set without rows that has the header and the schema of another.
FeatureSet *prepare(void *memory, const FeatureSet &head, Layout layout, const Capacities &capacity) {
    FeatureSet *const set = static_cast<FeatureSet *>(memory);
    std::memcpy(memory, &head, sizeof head);
    set->layout = layout;
    set->capacity = capacity.rows;
    set->attribute_capacity = capacity.attributes;
    set->level_capacity = capacity.levels;
    set->text_capacity = capacity.text;
    set->used = set->attribute_rows = set->levels = set->text_bytes = 0;
    return set;
}

// The same as a table with other capacities; false where the value would be too large. What stands after the last row
// of attributes, a row in the making, goes with it.
bool move(FeatureSet *&set, const Capacities &capacity, Allocate allocate) {
    const std::size_t bytes = bytes_of(*set, Layout::table, capacity);
    if (bytes > largest_growable_bytes) return false;
    void *const memory = allocate(bytes);
    if (memory == nullptr) return false;
    FeatureSet &from = *set, &to = *prepare(memory, from, Layout::table, capacity);
    const std::uint32_t n = from.n_columns;
    std::memcpy(to.schema(), from.schema(), from.schema_bytes);
    to.used = from.used;
    to.attribute_rows = from.attribute_rows;
    to.levels = from.levels;
    to.text_bytes = from.text_bytes;

    std::memcpy(to.levels_begin(), from.levels_begin(), from.levels * sizeof(FeatureLevel));
    index_numbers(to.level_index(), to.index_size(to.level_capacity), from.level_index(), from.index_size(from.level_capacity),
                  to.levels, [&](std::uint32_t i) { return to.level(i).hash; });
    std::memcpy(to.text_begin(), from.text_begin(), from.text_bytes);
    index_numbers(to.attribute_index(), to.index_size(to.attribute_capacity), from.attribute_index(),
                  from.index_size(from.attribute_capacity), to.attribute_rows,
                  [&](std::uint32_t i) { return hash_of_numbers(from.attributes(i), n); });
    const std::size_t made = from.attribute_rows + (from.attribute_rows < from.attribute_capacity ? 1 : 0);
    std::memcpy(to.attributes_begin(), from.attributes_begin(), made * n * sizeof(double));
    index_numbers(to.row_index(), to.index_size(to.capacity), from.row_index(), from.index_size(from.capacity), to.used,
                  [&](std::uint32_t i) { return hash_of(from.rows()[i]); });
    std::memcpy(static_cast<void *>(to.rows()), from.rows(), from.used * sizeof(FeatureCount));
    set = &to;
    return true;
}

Capacities capacities(const FeatureSet &set) {
    return {set.capacity, set.attribute_capacity, set.level_capacity, set.text_capacity};
}

// A table with room for that many more of everything.
bool with_room(FeatureSet *&set, const Capacities &more, Allocate allocate) {
    Capacities capacity = capacities(*set);
    bool moves = set->layout == Layout::sorted;
    if (moves)
        capacity = {power_of_two(set->capacity), power_of_two(set->attribute_capacity), power_of_two(set->level_capacity),
                    power_of_two(std::max<std::uint32_t>(set->text_capacity, 32))};
    const auto grow = [&](std::uint32_t &have, std::uint64_t want) {
        if (want <= have) return;
        have = power_of_two(want);
        moves = true;
    };
    grow(capacity.rows, std::uint64_t{set->used} + more.rows);
    grow(capacity.attributes, std::uint64_t{set->attribute_rows} + more.attributes);
    grow(capacity.levels, std::uint64_t{set->levels} + more.levels);
    grow(capacity.text, std::uint64_t{set->text_bytes} + more.text);
    return !moves || move(set, capacity, allocate);
}

// In a role that both have: the first name that only one of them has.
FeatureProblem difference(const FeatureSet &set, Role role, const Features &features) {
    const FeatureSet::Names &names = set.names_of[static_cast<int>(role)];
    NameBlock ours(set.names(role)), theirs(features.names());
    std::uint32_t i = 0, j = 0;
    while (i < names.n && j < features.n) {
        const Text our = ours.next(), their = theirs.next();
        ++i;
        ++j;
        const int order = compare(our, their);
        if (order != 0)
            return {order < 0 ? FeatureFault::missing_column : FeatureFault::other_column, role, order < 0 ? our : their};
    }
    if (i < names.n) return {FeatureFault::missing_column, role, ours.next()};
    return {FeatureFault::other_column, role, theirs.next()};
}

FeatureProblem check_schema(const FeatureSet &set, const RoleFeatures *roles, int n) {
    for (int r = 0, next = 0; r < n_roles; ++r) {
        const FeatureSet::Names &names = set.names_of[r];
        const Role role = static_cast<Role>(r);
        if (next == n || roles[next].role != role) {
            if (names.n > 0) return {FeatureFault::missing_role, role, {}};
            continue;
        }
        const Features &features = *roles[next++].features;
        if (names.n == 0) return {FeatureFault::other_role, role, {}};
        if (names.hash != features.names_hash || names.bytes != features.names_bytes || names.n != features.n ||
            std::memcmp(set.names(role), features.names(), names.bytes) != 0)
            return difference(set, role, features);
    }
    return {};
}

FeatureProblem full() { return {FeatureFault::full, Role::any, {}}; }

// The kind of a column when a value of another kind comes; false where they do not go together.
bool settle_kind(FeatureSet &set, std::uint32_t column, FeatureKind kind) {
    const FeatureKind so_far = set.kind(column);
    if (kind == FeatureKind::null || so_far == kind) return true;
    if (so_far != FeatureKind::null) return false;
    set.set_kind(column, kind);
    return true;
}

}  // namespace

const char *role_name(Role role) {
    switch (role) {
        case Role::purchases: return "purchases";
        case Role::dropout: return "dropout";
        case Role::spend: return "spend";
        case Role::churn: return "churn";
        case Role::label: return "label";
        default: return nullptr;
    }
}

const char *targets_name(Targets targets) {
    switch (targets) {
        case Targets::orders: return "orders";
        case Targets::spend: return "spend";
        case Targets::contracts: return "contracts";
        case Targets::survival: return "survival";
        case Targets::response: return "response";
    }
    return nullptr;
}

Role FeatureSet::role(std::uint32_t column) const {
    int r = 0;
    for (; column >= names_of[r].n; ++r) column -= names_of[r].n;
    return static_cast<Role>(r);
}

Text FeatureSet::name(std::uint32_t column) const {
    NameBlock names(schema() + n_columns);
    Text name = names.next();
    while (column-- > 0) name = names.next();
    return name;
}

FeatureSet *start_feature_set(Targets targets, const FeatureSet::Names *names_of, const char *const *names,
                              Allocate allocate) {
    FeatureSet head{};
    head.version = FeatureSet::current_version;
    head.targets = targets;
    std::size_t names_bytes = 0;
    for (int r = 0; r < n_roles; ++r) {
        head.names_of[r] = names_of[r];
        head.n_columns += names_of[r].n;
        names_bytes += names_of[r].bytes;
    }
    head.schema_bytes = static_cast<std::uint32_t>(padded(head.n_columns + names_bytes));
    constexpr std::uint32_t few = 4;
    const Capacities capacity = {few, few, few, 32};
    void *const memory = allocate(bytes_of(head, Layout::table, capacity));
    if (memory == nullptr) return nullptr;
    FeatureSet *const set = prepare(memory, head, Layout::table, capacity);
    std::memset(set->schema(), 0, set->schema_bytes);
    char *at = set->schema() + set->n_columns;
    for (int r = 0; r < n_roles; ++r)
        if (names_of[r].n > 0) at = static_cast<char *>(std::memcpy(at, names[r], names_of[r].bytes)) + names_of[r].bytes;
    for (FeaturePlace *const index : {set->level_index(), set->attribute_index(), set->row_index()})
        std::memset(static_cast<void *>(index), 0, set->index_size(few) * sizeof(FeaturePlace));
    return set;
}

FeatureSet *start_feature_set(Targets targets, const RoleFeatures *roles, int n, Allocate allocate) {
    FeatureSet::Names names_of[n_roles] = {};
    const char *names[n_roles] = {};
    for (int i = 0; i < n; ++i) {
        const Features &features = *roles[i].features;
        names_of[static_cast<int>(roles[i].role)] = {features.n, features.names_bytes, features.names_hash};
        names[static_cast<int>(roles[i].role)] = features.names();
    }
    return start_feature_set(targets, names_of, names, allocate);
}

bool add_level(FeatureSet *&set, std::uint32_t column, const Text &text, std::uint32_t &number, Allocate allocate) {
    const std::uint32_t hash = hash_of_level(column, text);
    const auto place = [&] {
        return find(set->level_index(), set->index_size(set->level_capacity), hash, [&](std::uint32_t i) {
            const FeatureLevel &level = set->level(i);
            return level.column == column && set->level_text(i) == text;
        });
    };
    if (set->layout == Layout::table) {
        const std::uint32_t found = place()->entry;
        if (found != 0) {
            number = found - 1;
            return true;
        }
    }
    if (text.size > largest_growable_bytes) return false;
    if (!with_room(set, {0, 0, 1, static_cast<std::uint32_t>(text.size)}, allocate)) return false;
    FeaturePlace *const free = place();
    if (free->entry != 0) {  // the set was sorted
        number = free->entry - 1;
        return true;
    }
    if (text.size > 0) std::memcpy(set->text_begin() + set->text_bytes, text.data, text.size);
    set->levels_begin()[set->levels] = {hash, column, set->text_bytes, static_cast<std::uint32_t>(text.size)};
    set->text_bytes += static_cast<std::uint32_t>(text.size);
    number = set->levels++;
    *free = {hash, number + 1};
    return true;
}

namespace {

// The number of the row of attributes that stands after the last one; it becomes the last unless there is an equal one.
std::uint32_t keep_attributes(FeatureSet &set, std::uint32_t hash) {
    const std::uint32_t n = set.n_columns, number = set.attribute_rows;
    const double *const made = set.attributes(number);
    FeaturePlace *const place =
        find(set.attribute_index(), set.index_size(set.attribute_capacity), hash,
             [&](std::uint32_t i) { return std::memcmp(set.attributes(i), made, n * sizeof(double)) == 0; });
    if (place->entry != 0) return place->entry - 1;
    *place = {hash, number + 1};
    return set.attribute_rows++;
}

std::uint32_t keep_attributes(FeatureSet &set) {
    return keep_attributes(set, hash_of_numbers(set.attributes(set.attribute_rows), set.n_columns));
}

// Adds a customer to a table that has room.
void keep_row(FeatureSet &set, const FeatureCount &row) {
    const std::uint32_t hash = hash_of(row);
    FeaturePlace *const place = find(set.row_index(), set.index_size(set.capacity), hash,
                                     [&](std::uint32_t i) { return same_columns(set.rows()[i], row); });
    if (place->entry != 0) {
        set.rows()[place->entry - 1].count += row.count;
        return;
    }
    *place = {hash, set.used + 1};
    set.rows()[set.used++] = row;
}

}  // namespace

bool add_attributes(FeatureSet *&set, const double *values, std::uint32_t &number, Allocate allocate) {
    if (!with_room(set, {0, 1, 0, 0}, allocate)) return false;
    std::memcpy(set->attributes_begin() + std::size_t{set->attribute_rows} * set->n_columns, values,
                set->n_columns * sizeof(double));
    number = keep_attributes(*set);
    return true;
}

bool add_row(FeatureSet *&set, const FeatureCount &row, Allocate allocate) {
    if (!with_room(set, {1, 0, 0, 0}, allocate)) return false;
    keep_row(*set, row);
    return true;
}

namespace {

// Replaces a bare set by an empty one with columns; false where there is none.
bool dress(FeatureSet *&set, FeatureSet *with_columns) {
    if (with_columns == nullptr) return false;
    with_columns->skipped = set->skipped;
    set = with_columns;
    return true;
}

}  // namespace

FeatureProblem add(FeatureSet *&set, const RoleFeatures *roles, int n, const double *target, double count,
                   Allocate allocate) {
    if (set->is_bare() && !dress(set, start_feature_set(set->targets, roles, n, allocate))) return full();
    if (const FeatureProblem problem = check_schema(*set, roles, n); problem.fault != FeatureFault::none) return problem;
    if (!with_room(set, {1, 1, 0, 0}, allocate)) return full();
    double *made = set->attributes_begin() + std::size_t{set->attribute_rows} * set->n_columns;
    std::uint32_t column = 0;
    for (int r = 0; r < n; ++r) {
        const Features &features = *roles[r].features;
        for (int i = 0; i < features.n; ++i, ++column) {
            const FeatureKind kind = features.kind(i);
            if (!settle_kind(*set, column, kind)) return {FeatureFault::other_kind, roles[r].role, set->name(column)};
            double value = unknown;
            if (kind == FeatureKind::number) {
                value = features.number(i);
            } else if (kind == FeatureKind::category) {
                std::uint32_t level = none;
                if (!add_level(set, column, features.text(i), level, allocate)) return full();
                made = set->attributes_begin() + std::size_t{set->attribute_rows} * set->n_columns;
                value = level;
            }
            made[column] = value;
        }
    }
    // Both places are requested at once, as if no other customer had these attributes.
    const std::uint32_t hash = hash_of_numbers(made, set->n_columns);
    FeatureCount row = {static_cast<double>(set->attribute_rows), {}, count};
    for (int i = 0; i < n_targets(set->targets); ++i) row.target[i] = target[i];
    fetch(set->attribute_index(), set->index_size(set->attribute_capacity), hash);
    fetch(set->row_index(), set->index_size(set->capacity), hash_of(row));
    row.row = keep_attributes(*set, hash);
    keep_row(*set, row);
    return {};
}

FeatureProblem merge(FeatureSet *&set, const FeatureSet &other, void (*pause)(), Allocate allocate) {
    constexpr std::uint32_t between_pauses = 1 << 14;
    if (set->targets != other.targets) return {FeatureFault::other_targets, Role::any, {}};
    if (set->is_bare() && !other.is_bare()) {
        const char *names[n_roles];
        for (int r = 0; r < n_roles; ++r) names[r] = other.names(static_cast<Role>(r));
        if (!dress(set, start_feature_set(other.targets, other.names_of, names, allocate))) return full();
    }
    set->skipped += other.skipped;
    if (other.is_bare()) return {};
    for (int r = 0; r < n_roles; ++r) {
        const Role role = static_cast<Role>(r);
        const FeatureSet::Names &ours = set->names_of[r], &theirs = other.names_of[r];
        if (theirs.n == 0 && ours.n > 0) return {FeatureFault::missing_role, role, {}};
        if (theirs.n > 0 && ours.n == 0) return {FeatureFault::other_role, role, {}};
        NameBlock our(set->names(role)), their(other.names(role));
        for (std::uint32_t i = 0; i < std::max(ours.n, theirs.n); ++i) {
            if (i == ours.n) return {FeatureFault::other_column, role, their.next()};
            if (i == theirs.n) return {FeatureFault::missing_column, role, our.next()};
            const Text ours_name = our.next(), theirs_name = their.next();
            const int order = compare(ours_name, theirs_name);
            if (order < 0) return {FeatureFault::missing_column, role, ours_name};
            if (order > 0) return {FeatureFault::other_column, role, theirs_name};
        }
    }
    for (std::uint32_t i = 0; i < set->n_columns; ++i)
        if (!settle_kind(*set, i, other.kind(i))) return {FeatureFault::other_kind, set->role(i), set->name(i)};

    if (!with_room(set, {other.used, 1, 0, 0}, allocate)) return full();
    // Translates their numbers into ours.
    auto *const levels = static_cast<std::uint32_t *>(allocate((std::size_t{other.levels} + 1) * sizeof(std::uint32_t)));
    auto *const attributes =
        static_cast<std::uint32_t *>(allocate((std::size_t{other.attribute_rows} + 1) * sizeof(std::uint32_t)));
    if (levels == nullptr || attributes == nullptr) return full();
    for (std::uint32_t i = 0; i < other.levels; ++i) {
        if (i % between_pauses == 0) pause();
        if (!add_level(set, other.level(i).column, other.level_text(i), levels[i], allocate)) return full();
    }
    for (std::uint32_t i = 0; i < other.attribute_rows; ++i) {
        if (i % between_pauses == 0) pause();
        if (!with_room(set, {0, 1, 0, 0}, allocate)) return full();
        const double *const from = other.attributes(i);
        double *const made = set->attributes_begin() + std::size_t{set->attribute_rows} * set->n_columns;
        for (std::uint32_t c = 0; c < set->n_columns; ++c)
            made[c] = other.kind(c) == FeatureKind::category && from[c] == from[c] ? levels[static_cast<std::uint32_t>(from[c])]
                                                                                   : from[c];
        attributes[i] = keep_attributes(*set);
    }
    for (std::uint32_t i = 0; i < other.used; ++i) {
        if (i % between_pauses == 0) pause();
        FeatureCount row = other.rows()[i];
        row.row = attributes[static_cast<std::uint32_t>(row.row)];
        if (!add_row(set, row, allocate)) return full();
    }
    return {};
}

std::size_t sorted_bytes(const FeatureSet &set) {
    return bytes_of(set, Layout::sorted,
                    {set.used, set.attribute_rows, set.levels, static_cast<std::uint32_t>(padded(set.text_bytes))});
}

FeatureSet *copy_sorted(const FeatureSet &set, void *memory, Stop stop) {
    FeatureSet &sorted = *prepare(memory, set, Layout::sorted,
                                  {set.used, set.attribute_rows, set.levels, static_cast<std::uint32_t>(padded(set.text_bytes))});
    std::memcpy(sorted.schema(), set.schema(), set.schema_bytes);

    const auto counted = [](std::uint32_t size) {
        std::vector<std::uint32_t> numbers(size);
        for (std::uint32_t i = 0; i < size; ++i) numbers[i] = i;
        return numbers;
    };
    std::vector<std::uint32_t> order = counted(set.levels), rank(set.levels);
    sort_by_comparison(
        order.data(), order.data() + order.size(),
        [&](std::uint32_t a, std::uint32_t b) {
            const FeatureLevel &left = set.level(a), &right = set.level(b);
            return left.column != right.column ? left.column < right.column : set.level_text(a) < set.level_text(b);
        },
        stop);
    for (const std::uint32_t from : order) {
        const Text text = set.level_text(from);
        FeatureLevel &level = sorted.levels_begin()[sorted.levels];
        level = set.level(from);
        level.begin = sorted.text_bytes;
        if (text.size > 0) std::memcpy(sorted.text_begin() + sorted.text_bytes, text.data, text.size);
        sorted.text_bytes += level.size;
        rank[from] = sorted.levels++;
    }
    std::memset(sorted.text_begin() + sorted.text_bytes, 0, sorted.text_capacity - sorted.text_bytes);

    const std::uint32_t n = set.n_columns;
    // Levels by their new numbers.
    const auto numbered = [&](double value, std::uint32_t column) {
        return set.kind(column) == FeatureKind::category && value == value ? rank[static_cast<std::uint32_t>(value)] : value;
    };
    // The first two columns are kept beside the number: most rows are distinguished without a look elsewhere.
    struct Entry {
        std::uint64_t first, second;
        std::uint32_t number;
    };
    std::vector<Entry> entries(set.attribute_rows);
    for (std::uint32_t i = 0; i < set.attribute_rows; ++i) {
        poll_at(i, stop);
        const double *const row = set.attributes(i);
        entries[i] = {n > 0 ? ordered_bits(numbered(row[0], 0)) : 0, n > 1 ? ordered_bits(numbered(row[1], 1)) : 0, i};
    }
    sort_by_comparison(
        entries.data(), entries.data() + entries.size(),
        [&](const Entry &a, const Entry &b) {
            if (a.first != b.first) return a.first < b.first;
            if (a.second != b.second) return a.second < b.second;
            const double *left = set.attributes(a.number), *right = set.attributes(b.number);
            for (std::uint32_t c = 2; c < n; ++c) {
                const std::uint64_t one = ordered_bits(numbered(left[c], c)), other = ordered_bits(numbered(right[c], c));
                if (one != other) return one < other;
            }
            return false;
        },
        stop);
    constexpr std::size_t ahead = 8;
    std::vector<std::uint32_t> place(set.attribute_rows);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        poll_at(i, stop);
        if (i + ahead < entries.size()) {
            const double *const next = set.attributes(entries[i + ahead].number);
            for (std::uint32_t c = 0; c < n; c += 8) __builtin_prefetch(next + c);
        }
        const double *const from = set.attributes(entries[i].number);
        double *const to = sorted.attributes_begin() + i * n;
        for (std::uint32_t c = 0; c < n; ++c) to[c] = numbered(from[c], c);
        place[entries[i].number] = static_cast<std::uint32_t>(i);
    }
    sorted.attribute_rows = set.attribute_rows;

    std::vector<FeatureCount> rows(set.rows(), set.rows() + set.used);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        poll_at(i, stop);
        rows[i].row = place[static_cast<std::uint32_t>(rows[i].row)];
    }
    sorted.used = static_cast<std::uint32_t>(copy_sorted(rows.data(), rows.size(), sorted.rows(), stop));
    return &sorted;
}

}  // namespace cltv
