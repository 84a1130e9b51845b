// A sum kept as the unevaluated pair hi + lo of two doubles (106 bits): adding in any order, or in parts, gives the
// same pair as long as the exact sum fits in it. If no amount but 0 is smaller than `least`, it fits while the total
// stays below 2^52 x least: 45 trillion for amounts of a cent and more. Error-free transformations: T. J. Dekker,
// Numer. Math. 18 (1971) 224-242; D. E. Knuth, TAOCP vol. 2, 4.2.2.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

namespace cltv {

struct DoubleDouble {
    double hi;  // the sum rounded to a double
    double lo;  // what the rounding left, at most half a unit in the last place of hi
};

// a + b exactly, in two doubles. Not exact if it overflows: hi is then infinite.
inline DoubleDouble two_sum(double a, double b) {
    const double sum = a + b;
    const double b_part = sum - a;
    return {sum, (a - (sum - b_part)) + (b - b_part)};
}

// The same for |a| >= |b| or a = 0.
inline DoubleDouble fast_two_sum(double a, double b) {
    const double sum = a + b;
    return {sum, b - (sum - a)};
}

inline DoubleDouble operator+(DoubleDouble x, double y) {
    const DoubleDouble sum = two_sum(x.hi, y);
    return fast_two_sum(sum.hi, sum.lo + x.lo);
}

inline DoubleDouble operator+(DoubleDouble x, DoubleDouble y) {
    const DoubleDouble high = two_sum(x.hi, y.hi);
    const DoubleDouble low = two_sum(x.lo, y.lo);
    const DoubleDouble sum = fast_two_sum(high.hi, high.lo + low.hi);
    return fast_two_sum(sum.hi, sum.lo + low.lo);
}

// a x b exactly, in two doubles, unless it overflows or its last bits fall below the smallest double.
inline DoubleDouble two_product(double a, double b) {
    const double product = a * b;
    return {product, std::fma(a, b, -product)};
}

inline DoubleDouble operator*(DoubleDouble x, double y) {
    const DoubleDouble product = two_product(x.hi, y);
    return fast_two_sum(product.hi, product.lo + x.lo * y);
}

// x / y as one double, with an error of at most one unit in the last place.
inline double quotient(DoubleDouble x, DoubleDouble y) {
    const double nearly = x.hi / y.hi;
    return nearly + (x + y * -nearly).hi / y.hi;
}

// A pair that a sum of finite numbers can have produced: finite, rounded as promised, and without a negative zero.
inline bool is_normal_pair(DoubleDouble x) {
    return std::isfinite(x.hi) && std::isfinite(x.lo) && x.hi + x.lo == x.hi &&
           !(x.hi == 0 && (x.lo != 0 || std::signbit(x.hi))) && !(x.lo == 0 && std::signbit(x.lo));
}

}  // namespace cltv
