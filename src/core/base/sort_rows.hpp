// The sorting routines: by keys, by comparison, and for the rows of a counted set, whose sorting is most of what a fit
// does besides its iterations.
//
// The key of such a row has 32 bits: the columns side by side, each counted from its smallest number (or from 0) and
// rounded down where it does not fit, so that a smaller key means a smaller row. Days and numbers of purchases fit
// whole, and then the radix sort of the keys settles the order. Rows that share a key are compared in full.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
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
        // Once a column does not fit whole, no later one may take part.
        int bits = 0;
        for (int c = 0; c < columns && bits < key_bits; ++c) {
            const double range = largest[c] - least_[c];
            if (!std::isfinite(range)) break;
            int width = 0;
            while (width < key_bits && std::ldexp(1.0, width) <= range) ++width;
            scale_[c] = 1;
            if (!whole[c] || width > key_bits - bits) {
                width = key_bits - bits;
                scale_[c] = (std::ldexp(1.0, width) - 1) / range;
                if (!std::isfinite(scale_[c])) break;  // by a denormal number
            }
            width_[c] = width;
            bits += width;
        }
    }

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
};

// Maps numbers other than NaN and -0 to unsigned integers in the same order: negative numbers have all bits inverted,
// the others their sign bit.
inline std::uint64_t ordered_bits(double x) {
    std::uint64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

// Sorts by unsigned integers; equal ones stay in their order. A radix sort, whose time does not depend on how the keys
// are distributed. Digits that all keys share cost nothing: small whole numbers differ in only two or three digits.
template <class Item, class KeyOf>
void sort_by_key(std::vector<Item> &items, KeyOf key_of, Stop stop) {
    constexpr int digit_bits = 11;
    constexpr std::size_t digit_values = std::size_t{1} << digit_bits;
    using Key = decltype(key_of(items[0]));
    constexpr int digits = (8 * sizeof(Key) + digit_bits - 1) / digit_bits;
    const auto digit = [](Key key, int place) { return key >> (place * digit_bits) & (digit_values - 1); };

    std::size_t sorted = items.empty() ? 0 : 1;
    for (; sorted < items.size() && key_of(items[sorted - 1]) <= key_of(items[sorted]); ++sorted) poll_at(sorted, stop);
    if (sorted == items.size()) return;
    if (items.size() < digit_values) {  // not worth the counters
        std::stable_sort(items.begin(), items.end(),
                         [key_of](const Item &a, const Item &b) { return key_of(a) < key_of(b); });
        return;
    }
    std::vector<std::array<std::uint32_t, digit_values>> places(digits);
    for (std::size_t i = 0; i < items.size(); ++i) {
        poll_at(i, stop);
        const Key key = key_of(items[i]);
        for (int place = 0; place < digits; ++place) ++places[place][digit(key, place)];
    }
    // This memory is untouched: filling it at once would take a long time without a poll.
    const std::unique_ptr<Item[]> other(new Item[items.size()]);
    Item *from = items.data(), *to = other.get();
    for (int place = 0; place < digits; ++place) {
        std::array<std::uint32_t, digit_values> &at = places[place];
        if (at[digit(key_of(from[0]), place)] == items.size()) continue;
        std::uint32_t before = 0;
        for (std::uint32_t &first : at) before += std::exchange(first, before);
        for (std::size_t i = 0; i < items.size(); ++i) {
            poll_at(i, stop);
            to[at[digit(key_of(from[i]), place)]++] = from[i];
        }
        std::swap(from, to);
    }
    if (from == items.data()) return;
    for (std::size_t i = 0; i < items.size(); ++i) {
        poll_at(i, stop);
        items[i] = from[i];
    }
}

// Polls stop, and so may throw Stopped and leave items lost or duplicated.
template <class Item, class Before>
void sort_by_comparison(Item *first, Item *last, Before before, Stop stop) {
    std::size_t comparisons = 0;
    std::sort(first, last, [&comparisons, before, stop](const Item &a, const Item &b) {
        poll_at(++comparisons, stop);
        return before(a, b);
    });
}

// Copies the occupied slots (those with a count) to `rows`, ascending, adding up the counts of equal rows. Returns how
// many rows there are.
template <class Row>
std::size_t copy_sorted(const Row *slots, std::size_t size, Row *rows, Stop stop) {
    const RowKeys<Row> key_of(slots, size, stop);
    std::vector<std::uint64_t> entries;  // key, then number of the slot
    entries.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        poll_at(i, stop);
        if (slots[i].count != 0) entries.push_back(std::uint64_t{key_of(slots[i])} << 32 | i);
    }
    sort_by_key(entries, [](std::uint64_t entry) { return static_cast<std::uint32_t>(entry >> 32); }, stop);

    constexpr std::size_t ahead = 16;  // rows that are on their way from memory
    Row *end = rows;
    for (std::size_t i = 0; i < entries.size();) {
        poll_at(i, stop);
        Row *const run = end;
        const std::uint64_t key = entries[i] >> 32;
        do {
            if (i + ahead < entries.size()) __builtin_prefetch(slots + static_cast<std::uint32_t>(entries[i + ahead]));
            *end++ = slots[static_cast<std::uint32_t>(entries[i++])];
        } while (i < entries.size() && entries[i] >> 32 == key);
        if (end - run == 1) continue;
        sort_by_comparison(run, end, columns_before<Row>, stop);
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
