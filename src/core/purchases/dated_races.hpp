// The probability of n purchases before a departure, where purchases follow a clock whose pace changes, and departures
// go by days or by a clock of their own.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/gauss_panels.hpp"
#include "core/base/logit_beta.hpp"
#include "core/base/special.hpp"
#include "core/purchases/rates.hpp"

namespace cltv {

// ln P(N(t) = n), n >= 1, for events at a rate with the given belief, with its first two derivatives in t, slope and
// (by absolute value) bend; a singularity is no closer than 1/pull.
class GammaCount {
public:
    GammaCount(const GammaBelief &belief, double n)
        : m_(belief.m), A_(belief.A), n_(n), odds_(n, belief.m), log_n_(std::log(n)), log_top_(std::log(A_) + odds_.top()) {}

    double log_pmf(double t) const { return odds_.log_density(std::log(t) - log_top_) - log_n_; }
    double slope(double t) const { return n_ / t - (m_ + n_) / (A_ + t); }
    double bend(double t) const { return n_ / (t * t) + (m_ + n_) / ((A_ + t) * (A_ + t)); }
    double pull(double t) const { return 1 / (A_ + t); }

private:
    double m_, A_, n_;
    LogitBeta odds_;
    double log_n_, log_top_;
};

// Relative to the likeliest time, with Stirling's remainder, as in races.cpp.
class PointCount {
public:
    PointCount(const PointBelief &belief, double n)
        : rate_(belief.rate), n_(n), log_top_(std::log(n / rate_)),
          log_height_(-0.5 * (log_two_pi + std::log(n)) - stirling_remainder(n)) {}

    double log_pmf(double t) const {
        const double d = std::log(t) - log_top_;
        return log_height_ - n_ * (std::expm1(d) - d);
    }
    double slope(double t) const { return n_ / t - rate_; }
    double bend(double t) const { return n_ / (t * t); }
    double pull(double) const { return 0; }

private:
    static constexpr double log_two_pi = 1.83787706640934548356;
    double rate_, n_, log_top_, log_height_;
};

inline GammaCount count_of(const GammaBelief &belief, double n) { return {belief, n}; }
inline PointCount count_of(const PointBelief &belief, double n) { return {belief, n}; }

// ln of the density of a departure, with the same derivatives.
class GammaDeparture {
public:
    explicit GammaDeparture(const GammaBelief &belief) : s_(belief.m), B_(belief.A), log_hazard_(std::log(s_ / B_)) {}
    double log_density(double u) const { return log_hazard_ - (s_ + 1) * std::log1p(u / B_); }
    double slope(double u) const { return -(s_ + 1) / (B_ + u); }
    double bend(double u) const { return (s_ + 1) / ((B_ + u) * (B_ + u)); }
    double pull(double u) const { return 1 / (B_ + u); }
    double unit() const { return B_; }

private:
    double s_, B_, log_hazard_;
};

class PointDeparture {
public:
    explicit PointDeparture(const PointBelief &belief) : rate_(belief.rate), log_hazard_(std::log(rate_)) {}
    double log_density(double u) const { return log_hazard_ - rate_ * u; }
    double slope(double) const { return -rate_; }
    double bend(double) const { return 0; }
    double pull(double) const { return 0; }
    double unit() const { return 1 / rate_; }

private:
    double rate_, log_hazard_;
};

inline GammaDeparture departure_of(const GammaBelief &belief) { return GammaDeparture(belief); }
inline PointDeparture departure_of(const PointBelief &belief) { return PointDeparture(belief); }

// A stretch of days of one pace ahead: from..to days, with the readings at its beginning of the clocks of purchases and
// of dropout.
struct PacedDays {
    double from, to, clock, pace, left, leave_pace;
};

// The integral over such a stretch of P(N(clock) = n) times the daily density of the departure. Panels are as long as
// ten Gauss nodes keep the digits of e^f: the slope of f times the length is at most 5.5, a bend is like that of a
// normal density within two of its standard deviations, and no singularity is within two lengths. At the clock's 0 the
// integrand is a power with a whole exponent, so there is no singularity; it is approached from above.
template <class Count, class Departure>
double count_and_depart(const Count &count, const Departure &departure, const PacedDays &days) {
    constexpr double reach = 5.5, reach_3 = 0.06, reach_7 = 2, negligible = 1e-18;
    constexpr int most_panels = 100000;
    const double pace = days.pace, leave_pace = days.leave_pace;
    const auto clock = [&](double u) { return days.clock + pace * (u - days.from); };
    const auto left = [&](double u) { return days.left + leave_pace * (u - days.from); };
    const auto slope = [&](double u) { return pace * count.slope(clock(u)) + leave_pace * departure.slope(left(u)); };
    const auto log_f = [&](double u) { return count.log_pmf(clock(u)) + departure.log_density(left(u)); };
    // How fast f changes at u, and how close a singularity may be.
    struct Change {
        double steep, power;
        double length(double apart) const { return reach / (steep + apart * power); }
    };
    const auto change = [&](double u) -> Change {
        const double bend = pace * pace * count.bend(clock(u)) + leave_pace * leave_pace * departure.bend(left(u));
        return {std::fabs(slope(u)) + reach / 2 * std::sqrt(bend),
                std::fmax(pace * count.pull(clock(u)), leave_pace * departure.pull(left(u)))};
    };
    double sum = 0;
    const auto add = [&](double begin, double length, const Change &at) {
        const auto visit = [&](double u, double weight) { sum += weight * std::exp(log_f(u)); };
        if (length * (at.steep + 3 * at.power) <= reach_3)
            gauss_panel<3>(begin, length, visit);
        else if (length * (at.steep + 7 * at.power) <= reach_7)
            gauss_panel<7>(begin, length, visit);
        else
            gauss_panel<10>(begin, length, visit);
    };

    double from = days.from;
    int panels = 0;
    if (days.clock == 0) {
        const double top = std::isinf(days.to) ? from + departure.unit() : days.to;
        for (double end = top; end > from;) {
            const Change at = change(end);
            const double rest = end - from, length = std::fmin(rest, at.length(20));
            add(end - length, length, at);
            if (length == rest || ++panels > most_panels) break;
            end -= length;
            if (slope(end) > 0 && (end - from) * std::exp(log_f(end)) <= negligible * sum) break;
        }
        from = top;
    }
    while (from < days.to) {
        const Change at = change(from);
        const double rest = days.to - from, length = std::fmin(rest, at.length(10));
        add(from, length, at);
        from = length < rest ? from + length : days.to;
        if (++panels > most_panels || std::isinf(from)) break;
        // A falling integrand stays below its present value.
        const double ahead = std::isinf(rest) ? from : days.to - from;
        if (slope(from) < 0 && ahead * std::exp(log_f(from)) <= negligible * sum) break;
    }
    return leave_pace * sum;
}

}  // namespace cltv
