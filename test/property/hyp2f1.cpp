#include "core/base/hyp2f1.hpp"

#include <cmath>

#include "property.hpp"

namespace cltv::property {

namespace {

constexpr double error = 2e-11;  // two functions, each to 1e-12, and a power of up to e^700 times 1e-16

bool is_normal(double value) { return value > 1e-300 && value < 1e300; }

}  // namespace

// Euler's and Pfaff's transformations (DLMF 15.8.1), a contiguous relation (15.5.11), the symmetry in a and b.
void hypergeometric_function(Source &source) {
    double a = source.parameter();
    const double b = source.parameter(), rest = source.parameter(), c = b + rest;
    if (source.chance(0.3)) a = -a;
    const double z = source.chance(0.5) ? -source.log_uniform(1e-6, 1e9) : 1 - source.log_uniform(1e-9, 1);
    SCOPED_TRACE(testing::Message() << a << ' ' << b << ' ' << c << ' ' << z);
    const double value = hyp2f1(a, b, rest, z), log_1mz = std::log1p(-z);
    EXPECT_FALSE(std::isnan(value));
    EXPECT_GE(value, 0);
    EXPECT_EQ(hyp2f1(a, b, rest, 0), 1);
    // The mean of (1 - zP)^-a lies between its values at P = 0 and P = 1.
    const double end = std::exp(-a * log_1mz);
    EXPECT_GE(value, std::fmin(1, end) * (1 - error));
    EXPECT_LE(value, std::fmax(1, end) * (1 + error));
    // Outside of the domain there is none.
    EXPECT_TRUE(std::isnan(hyp2f1(a, b, 0, z)) && std::isnan(hyp2f1(a, -b, rest, z)) && std::isnan(hyp2f1(a, b, rest, 1)));

    if (!is_normal(value)) return;
    // The differences of parameters are rounded.
    const double rounding = 4e-16 * (c / b + (std::fabs(a) + c) * (1 + std::fabs(log_1mz)));
    const double euler = hyp2f1(c - a, rest, b, z), euler_power = (rest - a) * log_1mz;
    if (is_normal(euler) && std::fabs(euler_power) < 700)
        expect_close(std::exp(euler_power) * euler, value, error + rounding);
    const double pfaff = hyp2f1(c - a, b, rest, z / (z - 1)), pfaff_power = -b * log_1mz;
    // z/(z - 1) next to 1 is rounded, by 1e-16 of what it lacks times |z|.
    if (is_normal(pfaff) && std::fabs(pfaff_power) < 700 && z > -1e6)
        expect_close(std::exp(pfaff_power) * pfaff, value,
                     error + rounding + 2e-16 * (std::fabs(a) + 2 * c) * (1 + std::fabs(z)));
    if (a > 0 && a < c) expect_close(hyp2f1(b, a, c - a, z), value, error);
    const double next_a = hyp2f1(a + 1, b, rest, z), both_next = hyp2f1(a + 1, b + 1, rest, z) * (b * z / c);
    if (std::isfinite(next_a) && std::isfinite(both_next)) {
        EXPECT_NEAR(value - next_a + both_next, 0, error * (value + next_a + std::fabs(both_next)));
    }
    double series;
    if (z >= 0 && hyp2f1_series(a, b, c, z, series)) expect_close(series, value, error);
}

void hypergeometric_path(Source &source) {
    const double a = source.chance(0.3) ? -8 * source.uniform() : source.parameter();
    const double b = source.parameter(), rest = source.chance(0.2) ? 1e-3 : source.parameter(), c = b + rest;
    Hyp2f1Path path(a, b, c);
    if (!path.usable()) return;
    double gap = 1;
    for (int i = 0; i < 8; ++i) {
        gap *= source.log_uniform(1e-2, 1);
        SCOPED_TRACE(testing::Message() << a << ' ' << b << ' ' << c << ", gap " << gap);
        const double value = hyp2f1(a, b, rest, 1 - gap);
        // 1 - gap is rounded; the path is not.
        const double rounding = (std::fabs(a) + std::fabs(c - a - b)) * 1e-16 / gap;
        if (is_normal(value)) expect_close(path(gap), value, error + 2 * rounding);
    }
}

}  // namespace cltv::property
