// A sum that is the same for any order of its terms and for any way of merging parts, whatever the terms are: each is
// cut at fixed powers of 2 into integers, which are added exactly. The bins follow the largest term; what lies below
// the last bin, at least 96 bits below that term's first bit, is dropped from every term alike, so what is kept does
// not depend on when the largest term came. After J. Demmel, H. D. Nguyen: Parallel Reproducible Summation, IEEE Trans.
// Computers 64 (2015) 2060-2070, with integers in place of their floating-point bins. A double-double
// (core/base/double_double.hpp) has no room for squares of money over many rows.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/base/double_double.hpp"

namespace cltv {

struct BinnedSum {
    static constexpr int bins = 5, bits = 24;
    static constexpr int lowest_exponent = -1104;       // of bin 0, a multiple of bits below the smallest double's
    static constexpr int last_bin = (1024 - lowest_exponent) / bits;
    static constexpr std::int64_t most_terms = std::int64_t{1} << 37;  // two terms each of below 2^24 in a bin leave room

    std::int64_t part[bins] = {};  // part[i] counts units of 2^(bits (top - i) + lowest_exponent)
    std::int64_t top = 0;

    // Adds a finite number.
    void add(double term) {
        std::uint64_t word;
        std::memcpy(&word, &term, sizeof word);
        const int exponent = static_cast<int>(word >> 52 & 0x7FF);
        const std::uint64_t mantissa = (word & ((UINT64_C(1) << 52) - 1)) | (exponent != 0 ? UINT64_C(1) << 52 : 0);
        if (mantissa == 0) return;
        const int place = (exponent != 0 ? exponent : 1) - 1075 - lowest_exponent;
        const int lowest = place / bits, shift = place % bits;
        constexpr std::uint64_t mask = (UINT64_C(1) << bits) - 1;
        const std::uint64_t rest = mantissa >> (bits - shift);
        const std::uint64_t digits[4] = {mantissa << shift & mask, rest & mask, rest >> bits & mask, rest >> 2 * bits};
        int highest = 3;
        while (digits[highest] == 0) --highest;
        if (lowest + highest > top) raise_to(lowest + highest);
        const bool negative = word >> 63 != 0;
        for (int i = std::max(0, static_cast<int>(top) - lowest - (bins - 1)); i <= highest; ++i) {
            const auto digit = static_cast<std::int64_t>(digits[i]);
            part[top - lowest - i] += negative ? -digit : digit;
        }
    }

    // Adds a b exactly; the square and the rounding error must be below the largest double.
    void add_product(double a, double b) {
        const DoubleDouble product = two_product(a, b);
        add(product.hi);
        add(product.lo);
    }

    void add(const BinnedSum &other) {
        if (other.top > top) raise_to(static_cast<int>(other.top));
        for (std::int64_t i = 0, to = top - other.top; to < bins; ++i, ++to) part[to] += other.part[i];
    }

    // The first 106 bits. The digits are balanced first, so that nothing cancels.
    DoubleDouble value() const {
        constexpr std::int64_t unit = std::int64_t{1} << bits;
        std::int64_t digits[bins], carry = 0;
        for (int i = bins; i-- > 1;) {
            const std::int64_t all = part[i] + carry;
            std::int64_t digit = all & (unit - 1);
            if (digit >= unit / 2) digit -= unit;
            digits[i] = digit;
            carry = (all - digit) / unit;
        }
        digits[0] = part[0] + carry;
        // Of more bits than a double has.
        const std::int64_t low = digits[0] & (unit - 1), high = digits[0] - low;
        const auto scaled = [this](std::int64_t digit, int i) {
            return std::ldexp(static_cast<double>(digit), bits * (static_cast<int>(top) - i) + lowest_exponent);
        };
        DoubleDouble sum = {scaled(high, 0), 0};
        sum = sum + scaled(low, 0);
        for (int i = 1; i < bins; ++i) sum = sum + scaled(digits[i], i);
        return sum;
    }

    // Whether this many terms can have made the sum.
    bool is_sum_of(std::int64_t terms) const {
        if (top < 0 || top > last_bin) return false;
        return std::all_of(part, part + bins, [terms](std::int64_t each) {
            return each <= terms << (bits + 1) && each >= -(terms << (bits + 1));
        });
    }

private:
    void raise_to(int bin) {
        const std::int64_t by = bin - top;
        for (int i = bins; i-- > 0;) part[i] = i >= by ? part[i - by] : 0;
        top = bin;
    }
};

}  // namespace cltv
