// A set of distinct rows with a count each: what a base holds.
//
// There are two layouts. A table is an open-addressing hash table with linear probing: rows are added in place, and a
// slot whose count is 0 is free. The slots at the end of a large table are a waiting line, in which a row stays while
// the processor fetches the place where it belongs, so that a table larger than the cache is nearly as fast as a small
// one. A sorted set has its rows in ascending order and no free slots: the same bytes for the same rows, whatever order
// they came in. Readers accept both: they walk over all slots, skip the free ones and add up equal rows.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "core/base/customer.hpp"
#include "core/base/hash.hpp"
#include "core/base/row_numbers.hpp"
#include "core/base/sort_rows.hpp"
#include "core/base/stop.hpp"
#include "core/rows/growable.hpp"

namespace cltv {

template <class Row>
std::uint32_t hash_of(const Row &row) {
    const Numbers<Row> numbers = numbers_of(row);
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i + 1 < numbers.size(); ++i) hash = hashed(hash, numbers[i]);
    return static_cast<std::uint32_t>(hash >> 32);
}

enum class Layout : std::uint16_t { table = 0, sorted = 1 };

template <class RowType>
struct CountedSet : Growable<CountedSet<RowType>, RowType> {
    using Base = Growable<CountedSet, RowType>;
    using typename Base::Row;
    using Base::largest_capacity, Base::rows;
    static constexpr std::uint32_t line_length = 16;           // rows that wait for memory
    static constexpr std::uint32_t capacity_with_line = 4096;  // a smaller table stays in the cache

    std::int32_t length_word = 0;
    std::uint16_t version = Base::current_version;
    Layout layout = Layout::sorted;
    std::uint32_t used = 0;      // rows, without those in the waiting line
    std::uint32_t capacity = 0;  // slots; a sorted set has as many as rows
    double beside = 0;           // what the rows do not say: without_spend of a spend_base, as_of of a metrics_base
    std::uint32_t waiting = 0;   // slots at the end of a table that are its waiting line
    std::uint32_t next = 0;      // slot of the waiting line whose turn it is

    // The number of rows that a table of that many slots takes: three quarters, or seven eighths where it cannot grow.
    static constexpr std::uint32_t limit(std::uint32_t capacity) {
        return capacity - capacity / (capacity < largest_capacity() ? 4 : 8);
    }

    // The rows of the largest table and of its waiting line.
    static constexpr std::uint32_t largest_rows() { return limit(largest_capacity()) + line_length; }

    // Makes an empty table in raw memory; the caller must zero the slots.
    static CountedSet &start_table(void *memory, std::uint32_t capacity) {
        CountedSet &table = Base::start(memory, capacity);
        table.layout = Layout::table;
        if (capacity >= capacity_with_line) table.waiting = line_length;
        return table;
    }

    bool is_full() const { return used >= limit(capacity); }

    // An upper bound on the number of rows: equal rows may be both in the waiting line and in the table.
    std::uint32_t most_rows() const { return used + waiting; }

    // The slot where the search for a row begins. The hash is scaled to the number of places: no power of two is
    // needed, and a walk over a table meets its rows in the order of their places in a larger one.
    Row *place_of(const Row &row) { return rows() + ((std::uint64_t{hash_of(row)} * (capacity - waiting)) >> 32); }

    // The slot that holds the row, or the free one where it belongs. There is always a free slot.
    Row *slot_of(const Row &row) {
        Row *const end = rows() + (capacity - waiting);
        Row *slot = place_of(row);
        while (slot->count != 0 && !same_columns(*slot, row))
            if (++slot == end) slot = rows();
        return slot;
    }

    // Puts a row into its free slot; the table must not be full.
    void occupy(Row *slot, const Row &row) {
        *slot = row;
        ++used;
    }

    // Adds a row to a table that is not full.
    void add(const Row &row) {
        Row *slot = slot_of(row);
        if (slot->count != 0)
            slot->count += row.count;
        else
            occupy(slot, row);
    }

    // Puts the row at the end of the waiting line and returns the one whose turn it is; a row with count 0 stands for
    // none.
    Row exchange_waiting(const Row &row) {
        Row *const place = place_of(row);
        __builtin_prefetch(place, 1);
        __builtin_prefetch(place + 1, 1);
        Row *const slot = rows() + (capacity - waiting) + next;
        next = (next + 1) % line_length;
        const Row due = *slot;
        *slot = row;
        return due;
    }
};

// The rows in ascending order: in place if they are sorted already, otherwise in storage.
template <class Row>
View<Row> sorted_rows(const CountedSet<Row> &set, std::vector<Row> &storage, Stop stop) {
    if (set.layout == Layout::sorted) return {set.rows(), set.used};
    storage.resize(set.most_rows());
    storage.resize(copy_sorted(set.rows(), set.capacity, storage.data(), stop));
    return {storage.data(), storage.size()};
}

// The sum of the counts; exact while it is whole and below 2^53, and always the same for the same sorted rows.
template <class Row>
double total_count(View<Row> rows) {
    double total = 0;
    for (const Row &row : rows) total += row.count;
    return total;
}

}  // namespace cltv
