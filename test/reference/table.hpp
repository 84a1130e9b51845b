// Random inputs, the same on every platform, and the tables' rows.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "quadrature.hpp"

namespace reference {

class Draws {
public:
    explicit Draws(std::uint64_t seed) : random_(seed) {}
    double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
    double uniform(double low, double high) { return brief(low + (high - low) * uniform()); }
    double log_uniform(double low, double high) {
        return brief(std::exp(std::log(low) + (std::log(high) - std::log(low)) * uniform()));
    }
    int below(int n) { return static_cast<int>(uniform() * n); }
    bool chance(double p) { return uniform() < p; }
    double sign() { return chance(0.5) ? 1 : -1; }

    // Five digits keep the tables small.
    static double brief(double value) {
        char text[32];
        std::snprintf(text, sizeof text, "%.5g", value);
        return std::strtod(text, nullptr);
    }

private:
    std::mt19937_64 random_;
};

// A parameter; sometimes an end of the box or 1.
inline double draw_parameter(Draws &draw) {
    constexpr double special[] = {1e-3, 1e4, 1};
    return draw.chance(0.2) ? special[draw.below(3)] : draw.log_uniform(1e-3, 1e4);
}

// A number of purchases, often a likely one.
inline double draw_purchases(Draws &draw, const Real &expected) {
    constexpr double some[] = {1, 2, 5, 20, 200};
    const double most = expected < 10000 ? static_cast<double>(expected) : 10000;
    const double likely = std::round(most * draw.log_uniform(0.3, 3));
    return draw.chance(0.5) ? some[draw.below(5)] : std::fmax(likely, 1);
}

// The least digits that read back as the same double.
inline void print_input(double value) {
    char text[40];
    for (int digits = 1; digits <= 17; ++digits) {
        std::snprintf(text, sizeof text, "%.*g", digits, value);
        if (std::strtod(text, nullptr) == value) break;
    }
    std::printf("%s\t", text);
}

// Zero below the doubles with all their digits.
inline void print_result(const Real &value, char end) {
    std::printf("%.17g%c", value < 1e-307 && value > -1e-307 ? 0.0 : static_cast<double>(value), end);
}

// The rows number part, part + parts, part + 2 parts, ...: each table may be computed in parts.
struct Part {
    int part, parts;
    bool holds(int row) const { return row % parts == part; }
};

inline void print_header(const Part &part, const char *columns) {
    if (part.part == 0) std::printf("# %s\n", columns);
}

void hyp2f1_table(Part part);
void bgnbd_table(bool modified, Part part);
void discounted_table(bool modified, Part part);
void pnbd_table(Part part);
void calendar_table(Part part);
void calendar_dropout_table(Part part);
void limits_table(Part part);
void gg_limits_table(Part part);
void bgbb_table(Part part);
void bgbb_limits_table(Part part);
void sbg_table(Part part);
void geometric_table(Part part);
void gg_table(Part part);
void lognormal_table(Part part);
void own_table(Part part);

}  // namespace reference
