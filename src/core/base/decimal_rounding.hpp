// Rounds a double to a number of decimal digits as if through its shortest decimal of 15 digits, without writing that
// out.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

namespace cltv {

// Rounds amount to `digits` decimal places, halves away from zero, and gives the nearest double; false where the amount
// is too close to a half, or too large, for plain arithmetic to decide.
//
// A double times 10^digits is off by half an ulp, and 15 digits are off from the double by half a unit of the
// fifteenth: together by less than 5.2e-15 of the product. Where the product is further than that from a half, every
// number within the error rounds to the same whole number, which is exact below 2^53. Its quotient by a power of ten up
// to 10^22, which is exact as well, is correctly rounded by IEEE 754, as is the result of reading the decimal.
inline bool round_decimal(double amount, int digits, double &rounded) {
    static constexpr double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    if (digits < 0 || digits > 9) return false;
    const double scaled = std::fabs(amount) * powers[digits];
    if (!(scaled < 1e14)) return false;
    const double floor = std::floor(scaled);
    const double beyond = scaled - floor;
    if (std::fabs(beyond - 0.5) <= 6e-15 * scaled) return false;
    const double whole = beyond > 0.5 ? floor + 1 : floor;
    rounded = whole == 0 ? 0 : std::copysign(whole / powers[digits], amount);
    return true;
}

// The number of decimal places of an amount's shortest decimal; -1 where it has more than six, or where the amount is
// too large for plain arithmetic to decide. An amount that is the double closest to a decimal of 15 digits has that
// decimal.
inline int decimal_digits(double amount) {
    static constexpr double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    if (!(std::fabs(amount) < 1e8)) return -1;
    for (int digits = 0; digits <= 6; ++digits)
        if (std::rint(amount * powers[digits]) / powers[digits] == amount) return digits;
    return -1;
}

}  // namespace cltv
