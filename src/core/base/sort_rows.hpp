// Sorts the rows of a counted set, which is most of what a fit does besides its iterations.
//
// A key of 32 bits comes first: the columns side by side, each from its smallest number (or from 0) upwards and rounded
// down where they do not fit, so that a smaller key means a smaller row. Days and numbers of purchases fit whole, and
// then the radix sort of the keys settles the order. Rows that share a key are compared in full.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/row_numbers.hpp"
#include "core/base/stop.hpp"

namespace cltv {

// Polls once in a while; a loop calls it with its counter.
inline void poll_at(std::size_t i, Stop stop) {
    if ((i & 0x3FFF) == 0) poll(stop);
}

// Maps rows to keys in the order of the rows: row < other means key <= key of other.
template <class Row>
class RowKeys {
  public:
    static constexpr int columns = std::tuple_size_v<Numbers<Row>> - 1;

    RowKeys(const Row *slots, std::size_t size, Stop stop) {
        std::array<double, columns> largest{};
        std::array<bool, columns> whole;
        whole.fill(true);
        for (std::size_t i = 0; i < size; ++i) {
            poll_at(i, stop);
            const Numbers<Row> numbers = numbers_of(slots[i]);  // a free slot is all 0, which changes nothing
            for (int c = 0; c < columns; ++c) {
                least_[c] = std::min(least_[c], numbers[c]);
                largest[c] = std::max(largest[c], numbers[c]);
                whole[c] = whole[c] && is_small_whole(numbers[c]);
            }
        }
        // Once a column does not fit whole, no later one may have a say.
        for (int c = 0; c < columns && bits_ < key_bits; ++c) {
            const double range = largest[c] - least_[c];
            if (!std::isfinite(range)) break;
            int width = 0;
            while (width < key_bits && std::ldexp(1.0, width) <= range) ++width;
            scale_[c] = 1;
            if (!whole[c] || width > key_bits - bits_) {
                width = key_bits - bits_;
                scale_[c] = (std::ldexp(1.0, width) - 1) / range;
                if (!std::isfinite(scale_[c])) break;  // by a denormal number
            }
            width_[c] = width;
            bits_ += width;
        }
    }

    int bits() const { return bits_; }

    std::uint32_t operator()(const Row &row) const {
        const Numbers<Row> numbers = numbers_of(row);
        std::uint64_t key = 0;
        for (int c = 0; c < columns; ++c)
            if (width_[c] > 0) {
                const auto part = static_cast<std::uint64_t>((numbers[c] - least_[c]) * scale_[c]);
                key = (key << width_[c]) | std::min(part, (std::uint64_t{1} << width_[c]) - 1);
            }
        return static_cast<std::uint32_t>(key);
    }

  private:
    static constexpr int key_bits = 32;

    static bool is_small_whole(double x) {
        return std::abs(x) < 4294967296.0 && x == static_cast<double>(static_cast<std::int64_t>(x));
    }

    std::array<double, columns> least_{};
    std::array<double, columns> scale_{};
    std::array<int, columns> width_{};
    int bits_ = 0;
};

// Sorts by the high half, of which only the lowest `bits` bits are not 0.
inline void sort_by_key(std::vector<std::uint64_t> &entries, int bits, Stop stop) {
    constexpr int digit_bits = 11;
    if (entries.size() < 1 << digit_bits) {  // not worth the counters of a radix sort
        std::sort(entries.begin(), entries.end());
        return;
    }
    std::vector<std::uint64_t> other(entries.size());
    for (int shift = 32; shift < 32 + bits; shift += digit_bits) {
        std::array<std::uint32_t, 1 << digit_bits> at{};
        const auto digit = [shift](std::uint64_t entry) { return (entry >> shift) & ((1 << digit_bits) - 1); };
        for (const std::uint64_t entry : entries) ++at[digit(entry)];
        std::uint32_t before = 0;
        for (std::uint32_t &place : at) before += std::exchange(place, before);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            poll_at(i, stop);
            other[at[digit(entries[i])]++] = entries[i];
        }
        entries.swap(other);
    }
}

// Polls stop, and so may throw Stopped and leave rows in disorder.
template <class Row>
void sort_by_comparison(Row *first, Row *last, Stop stop) {
    std::size_t comparisons = 0;
    std::sort(first, last, [&comparisons, stop](const Row &a, const Row &b) {
        poll_at(++comparisons, stop);
        return columns_before(a, b);
    });
}

// Copies the rows among the slots (those with a count) to `rows`, ascending; counts of equal ones are added up.
// Returns how many there are.
template <class Row>
std::size_t copy_sorted(const Row *slots, std::size_t size, Row *rows, Stop stop) {
    const RowKeys<Row> key_of(slots, size, stop);
    std::vector<std::uint64_t> entries;  // key, then number of the slot
    entries.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        poll_at(i, stop);
        if (slots[i].count != 0) entries.push_back(std::uint64_t{key_of(slots[i])} << 32 | i);
    }
    sort_by_key(entries, key_of.bits(), stop);

    Row *end = rows;
    for (std::size_t i = 0; i < entries.size();) {
        poll_at(i, stop);
        Row *const run = end;
        const std::uint64_t key = entries[i] >> 32;
        do *end++ = slots[static_cast<std::uint32_t>(entries[i++])];
        while (i < entries.size() && entries[i] >> 32 == key);
        if (end - run == 1) continue;
        sort_by_comparison(run, end, stop);
        Row *kept = run;
        for (const Row *row = run + 1; row != end; ++row)
            if (same_columns(*kept, *row))
                kept->count += row->count;
            else
                *++kept = *row;
        end = kept + 1;
    }
    return end - rows;
}

}  // namespace cltv
