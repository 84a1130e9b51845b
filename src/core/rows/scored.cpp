#include "core/rows/scored.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

constexpr int digit_bits = 11;
constexpr std::size_t digit_values = std::size_t{1} << digit_bits;
constexpr int digits = (64 + digit_bits - 1) / digit_bits;

// Unsigned integers in the order of the numbers: negative ones have all bits turned, the others their sign.
std::uint64_t ordered_bits(double x) {
    std::uint64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

std::size_t digit(std::uint64_t bits, int place) { return bits >> (place * digit_bits) & (digit_values - 1); }

bool is_sorted_by(const std::vector<ScoredCount> &rows, double Scored::*column, Stop stop) {
    for (std::size_t i = 1; i < rows.size(); ++i) {
        poll_at(i, stop);
        if (rows[i].scored.*column < rows[i - 1].scored.*column) return false;
    }
    return true;
}

// A stable radix sort, whose time does not depend on how the numbers lie. Digits that all numbers share cost nothing:
// small whole numbers have but two or three others.
void sort_by(std::vector<ScoredCount> &rows, double Scored::*column, Stop stop) {
    if (is_sorted_by(rows, column, stop)) return;
    if (rows.size() < digit_values) {  // not worth the counters
        std::stable_sort(rows.begin(), rows.end(), [column](const ScoredCount &a, const ScoredCount &b) {
            return a.scored.*column < b.scored.*column;
        });
        return;
    }
    std::vector<std::array<std::uint32_t, digit_values>> places(digits);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        poll_at(i, stop);
        const std::uint64_t bits = ordered_bits(rows[i].scored.*column);
        for (int place = 0; place < digits; ++place) ++places[place][digit(bits, place)];
    }
    // Memory that nobody has touched yet: to fill it at once would be a long while without a poll.
    const std::unique_ptr<ScoredCount[]> other(new ScoredCount[rows.size()]);
    ScoredCount *from = rows.data(), *to = other.get();
    for (int place = 0; place < digits; ++place) {
        std::array<std::uint32_t, digit_values> &at = places[place];
        if (at[digit(ordered_bits(from[0].scored.*column), place)] == rows.size()) continue;
        std::uint32_t before = 0;
        for (std::uint32_t &first : at) before += std::exchange(first, before);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            poll_at(i, stop);
            to[at[digit(ordered_bits(from[i].scored.*column), place)]++] = from[i];
        }
        std::swap(from, to);
    }
    if (from == rows.data()) return;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        poll_at(i, stop);
        rows[i] = from[i];
    }
}

}  // namespace

void sort_by_actual(std::vector<ScoredCount> &rows, Stop stop) { sort_by(rows, &Scored::actual, stop); }

void sort_scored(std::vector<ScoredCount> &rows, Stop stop) {
    std::size_t polls = 0;
    if (std::is_sorted(rows.begin(), rows.end(), [&polls, stop](const ScoredCount &a, const ScoredCount &b) {
            poll_at(++polls, stop);
            return columns_before(a, b);
        }))
        return;
    sort_by(rows, &Scored::actual, stop);
    sort_by(rows, &Scored::predicted, stop);
}

}  // namespace cltv
