// A set of distinct rows with a count each: what a base holds. It lives in one piece of raw memory that may be copied
// byte by byte, so that it can be the state of an aggregate and a stored value at once.
//
// Two layouts. A table is an open-addressing hash table with linear probing: rows are added in place, and a slot whose
// count is 0 is free. A sorted set has its rows in ascending order and no free slot: the same bytes for the same rows,
// whatever order they came in. Readers accept both: they walk over all slots and skip the free ones.
#pragma once

#include "model/numbers_only.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "model/customer.hpp"
#include "model/stop.hpp"

namespace cltv {

// A row as plain numbers: its columns, then its count.
template <class Row>
using Numbers = std::array<double, sizeof(Row) / sizeof(double)>;

template <class Row>
Numbers<Row> numbers_of(const Row &row) {
    static_assert(std::is_trivially_copyable_v<Row> && sizeof(Numbers<Row>) == sizeof(Row));
    Numbers<Row> numbers;
    std::memcpy(&numbers, &row, sizeof row);
    return numbers;
}

template <class Row>
Row row_of(const Numbers<Row> &numbers) {
    Row row;
    std::memcpy(&row, &numbers, sizeof row);
    return row;
}

// Of the columns only, not of the count. Columns are neither NaN nor -0, so that equal numbers have equal bits.
template <class Row>
bool same_columns(const Row &a, const Row &b) {
    const Numbers<Row> left = numbers_of(a), right = numbers_of(b);
    bool same = true;
    for (std::size_t i = 0; i + 1 < left.size(); ++i) same &= left[i] == right[i];
    return same;
}

template <class Row>
bool columns_before(const Row &a, const Row &b) {
    const Numbers<Row> left = numbers_of(a), right = numbers_of(b);
    for (std::size_t i = 0; i + 2 < left.size(); ++i)
        if (left[i] != right[i]) return left[i] < right[i];
    return left[left.size() - 2] < right[left.size() - 2];
}

// Whole numbers leave the low bits of a double empty: each round folds the high half onto the low one before it
// multiplies (by 2^64 over the golden ratio), and the caller takes the high half, which depends on all bits.
template <class Row>
std::uint32_t hash_of(const Row &row) {
    const Numbers<Row> numbers = numbers_of(row);
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i + 1 < numbers.size(); ++i) {
        std::uint64_t bits;
        std::memcpy(&bits, &numbers[i], sizeof bits);
        hash ^= bits;
        hash = (hash ^ (hash >> 32)) * UINT64_C(0x9E3779B97F4A7C15);
    }
    return static_cast<std::uint32_t>(hash >> 32);
}

enum class Layout : std::uint16_t { table = 0, sorted = 1 };

template <class Row>
struct CountedSet {
    static constexpr std::uint16_t current_version = 1;
    static constexpr std::size_t smallest_bytes = 256;
    static constexpr std::size_t largest_bytes = (std::size_t{1} << 30) - 1;  // of a value in PostgreSQL

    std::int32_t length_word;  // belongs to the server, which finds the size of a value here
    std::uint16_t version;
    Layout layout;
    std::uint32_t used;
    std::uint32_t capacity;  // slots; a sorted set has as many as rows
    double left_out;         // customers seen who make no row: without_spend of a spend_base
    std::uint64_t reserved;  // 0

    Row *slots() { return reinterpret_cast<Row *>(this + 1); }
    const Row *slots() const { return reinterpret_cast<const Row *>(this + 1); }

    static constexpr std::size_t bytes(std::size_t capacity) { return sizeof(CountedSet) + capacity * sizeof(Row); }
    static constexpr std::uint32_t largest_capacity = (largest_bytes - sizeof(CountedSet)) / sizeof(Row);

    // Rows that a table of so many slots takes: three quarters of them, or seven eighths where it cannot grow.
    static constexpr std::uint32_t limit(std::uint32_t capacity) {
        return capacity - capacity / (capacity < largest_capacity ? 4 : 8);
    }

    // Slots of a table with room for so many rows, if a table can have it. Sizes in bytes are powers of two, which is
    // what allocators hand out anyway.
    static std::uint32_t capacity_for(std::uint64_t rows) {
        for (std::size_t size = smallest_bytes; size < largest_bytes; size *= 2) {
            const auto capacity = static_cast<std::uint32_t>((size - sizeof(CountedSet)) / sizeof(Row));
            if (rows <= limit(capacity)) return capacity;
        }
        return largest_capacity;
    }

    // Makes an empty set of zeroed memory.
    void prepare(Layout wanted, std::uint32_t slots) {
        version = current_version;
        layout = wanted;
        capacity = slots;
    }

    bool is_full() const { return used >= limit(capacity); }

    // The slot of a table that holds the row, or the free one where it belongs. There is always a free slot.
    Row *slot_of(const Row &row) {
        // The hash scaled to the capacity: no power of two needed, and a walk over a table meets its rows in the order
        // of their places in a larger one.
        std::uint64_t at = (std::uint64_t{hash_of(row)} * capacity) >> 32;
        Row *slot = slots() + at;
        while (slot->count != 0 && !same_columns(*slot, row))
            slot = ++at < capacity ? slot + 1 : slots() + (at = 0);
        return slot;
    }

    // Puts a row into its free slot of a table that is not full.
    void occupy(Row *slot, const Row &row) {
        *slot = row;
        ++used;
    }
};

// Polls stop, and so may throw Stopped and leave rows in disorder.
template <class Row>
void sort_rows(Row *rows, std::size_t size, Stop stop) {
    std::uint32_t comparisons = 0;
    std::sort(rows, rows + size, [&comparisons, stop](const Row &a, const Row &b) {
        if ((++comparisons & 0xFFFF) == 0) poll(stop);
        return columns_before(a, b);
    });
}

// Copies the rows, ascending, to room for set.used of them.
template <class Row>
void copy_sorted(const CountedSet<Row> &set, Row *rows, Stop stop) {
    const Row *slots = set.slots();
    std::copy_if(slots, slots + set.capacity, rows, [](const Row &row) { return row.count != 0; });
    if (set.layout != Layout::sorted) sort_rows(rows, set.used, stop);
}

// The rows, ascending: in place if they are sorted already, else in storage.
template <class Row>
View<Row> sorted_rows(const CountedSet<Row> &set, std::vector<Row> &storage, Stop stop) {
    if (set.layout == Layout::sorted) return {set.slots(), set.used};
    storage.resize(set.used);
    copy_sorted(set, storage.data(), stop);
    return {storage.data(), storage.size()};
}

// Sum of the counts; exact while it is whole and below 2^53, and the same for the same sorted rows always.
template <class Row>
double total_count(View<Row> rows) {
    double total = 0;
    for (const Row &row : rows) total += row.count;
    return total;
}

}  // namespace cltv
