// The silence of a process, of purchases or of departures, given the belief about its rate.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

#include "core/purchases/rates.hpp"

namespace cltv {

// ln(1 + x) for x >= 0. A fit of customers who all differ mostly needs it near 0, where the series of 2 atanh(x/(2 +
// x)) is accurate to the last digit in a third of the library's time.
inline double log_one_plus(double x) {
    constexpr double near = 0.0625;  // z^12/13 is 1e-19 there
    if (!(x <= near)) return std::log1p(x);
    const double z = x / (2 + x), square = z * z;
    return z * (2 + square * (2.0 / 3 + square * (2.0 / 5 + square * (2.0 / 7 + square * (2.0 / 9 + square * (2.0 / 11))))));
}

// How the silence of one process goes on: P(no event up to t) is e^(-size potential(t)) up to a constant, and the
// derivatives of its logarithm in the process's two parameters are -potential and -size slope(t). hazard(t) is that of
// an event.
struct GammaSilence {
    static constexpr bool has_slope = true;
    double size, scale;

    double potential(double t) const { return std::log(scale + t); }
    double slope(double t) const { return 1 / (scale + t); }
    // The increase of potential and slope from a time at which the slope is `here` to `later` units later.
    static double gained(double here, double later) { return log_one_plus(later * here); }
    static double fallen(double here, double later) { return 1 / (1 + later * here); }  // e^-gained
    static double slope_gained(double here, double later, double there) { return -later * here * there; }
    double hazard(double there) const { return size * there; }
    double steepness(double there) const { return size * there; }
    static double steepness_by_size(double there) { return there; }
    double next_size() const { return size + 1; }  // that of the silence times the hazard
};

// At a known rate: e^(-rate t), and no second parameter.
struct PointSilence {
    static constexpr bool has_slope = false;
    double size;

    double potential(double t) const { return t; }
    double slope(double) const { return 0; }
    static double gained(double, double later) { return later; }
    static double fallen(double, double later) { return std::exp(-later); }
    static double slope_gained(double, double, double) { return 0; }
    double hazard(double) const { return size; }
    double steepness(double) const { return size; }
    static double steepness_by_size(double) { return 1; }
    double next_size() const { return size; }
};

inline GammaSilence silence_of(const GammaBelief &belief) { return {belief.m, belief.A}; }
inline PointSilence silence_of(const PointBelief &belief) { return {belief.rate}; }

}  // namespace cltv
