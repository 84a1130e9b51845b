// Rounding a double to so many decimal digits as if through its shortest decimal of 15 digits, without writing that down.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

namespace cltv {

// amount rounded to digits behind the point, halves away from zero, as the nearest double; false where that is too close
// to a half, or too large, to be decided by plain arithmetic.
//
// A double times 10^digits is off by half an ulp, and 15 digits are off from the double by half a unit of the fifteenth:
// together by less than 5.2e-15 of the product. Where it is further than that from a half, both sides of the doubt round
// to one whole number, which is exact below 2^53; its quotient by a power of ten up to 10^22, exact as well, is
// correctly rounded by IEEE 754, and so is what reading the decimal gives.
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

// How many digits behind the point the shortest decimal of an amount has; -1 where it has more than six, or the amount
// is too large for that to be decided by plain arithmetic. An amount that is the double next to a decimal of 15 digits has
// that decimal.
inline int decimal_digits(double amount) {
    static constexpr double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    if (!(std::fabs(amount) < 1e8)) return -1;
    for (int digits = 0; digits <= 6; ++digits)
        if (std::rint(amount * powers[digits]) / powers[digits] == amount) return digits;
    return -1;
}

}  // namespace cltv
