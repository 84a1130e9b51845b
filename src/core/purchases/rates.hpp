// How often customers buy: at rates that are gamma-distributed over customers, or all at the same. The same describes
// how long customers stay, where departures come at a rate.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

#include "core/base/logit_beta.hpp"
#include "core/base/draws.hpp"
#include "core/base/special.hpp"
#include "core/purchases/discounted_stay.hpp"
#include "core/purchases/discounting.hpp"

namespace cltv {

// The integral of e^(-rate s) over 0..h, which may be infinite.
inline double exponential_integral(double rate, double h) {
    return rate == 0 ? h : -std::expm1(-rate * h) / rate;
}

// The belief about a rate: Gamma(shape m, rate A). The number N(h) of events within h is then negative binomial.
struct GammaBelief {
    double m, A;

    double mean() const { return m / A; }

    // ln E[e^(-rate t)] = ln P(no event within t).
    double log_silence(double t) const { return -m * std::log1p(t / A); }

    // The integral of P(no event within t) over 0..h; smooth through m = 1.
    double time_left(double h) const {
        const double v = std::log1p(h / A);
        return h == 0 ? 0 : m == 1 ? A * v : A * (-std::expm1((1 - m) * v) / (m - 1));
    }
    double discounted_time_left(double h, double discount) const {
        double stay;
        if (discounted_stay(m, h / A, discount * A, stay)) return A * stay;
        return A * discounted_integral([&](double s) { return std::exp(-m * std::log1p(s)); }, m + 1, h / A,
                                       discount * A);
    }

    // P(N(h) = n): with z = h/(A + h), Gamma(m + n)/(Gamma(m) n!) z^n (1 - z)^m.
    double pmf(double h, double n) const {
        if (n == 0) return std::exp(log_silence(h));
        if (h == 0 || std::isinf(h)) return 0;
        return std::exp(LogitBeta(n, m).log_density(std::log(h / A * (m / n)))) / n;
    }

    // P(N(h) >= n) = I_z(n, m), the regularised incomplete beta function. Boost takes z or 1 - z, whichever is given
    // exactly; below 1/2 that should be z.
    double tail(double h, double n) const {
        if (std::isinf(h)) return 1;
        const double y = h / A, rest = 1 / (1 + y), z = y * rest;
        return z < 0.5 ? ibeta(n, m, z) : ibetac(m, n, rest);
    }

    // Expected events of a customer who leaves after each with probability p: (1 - E[e^(-rate p h)])/p.
    double events(double p, double h) const {
        if (p == 0 || h == 0) return mean() * h;
        const double waits = -log_silence(p * h);
        return waits > 1e-280 ? -std::expm1(-waits) / p : mean() * h;
    }
    // The integral of e^(-discount s) E[rate e^(-rate p s)] over 0..h.
    double discounted_events(double p, double h, double discount) const {
        if (p == 0) return mean() * exponential_integral(discount, h);
        const double unit = A / p;
        return m / p * discounted_integral([&](double s) { return std::exp(-(m + 1) * std::log1p(s)); }, m + 1,
                                           h / unit, discount * unit);
    }
};

// The same for a known rate.
struct PointBelief {
    double rate;

    double mean() const { return rate; }
    double log_silence(double t) const { return -rate * t; }
    double time_left(double h) const { return exponential_integral(rate, h); }
    double discounted_time_left(double h, double discount) const { return exponential_integral(rate + discount, h); }

    double pmf(double h, double n) const {
        const double expected = rate * h;
        if (n == 0) return std::exp(-expected);
        if (expected == 0 || std::isinf(expected)) return 0;
        // d/dx of the regularised gamma function P(n, x) is x^(n-1) e^-x/Gamma(n).
        return expected / n * gamma_p_derivative(n, expected);
    }
    double tail(double h, double n) const {
        return std::isinf(h) ? 1 : gamma_p(n, rate * h);
    }

    double events(double p, double h) const {
        return p == 0 || h == 0 ? rate * h : -std::expm1(-rate * p * h) / p;
    }
    double discounted_events(double p, double h, double discount) const {
        return rate * exponential_integral(rate * p + discount, h);
    }
};

// Rates over customers, Gamma(r, rate alpha).
struct GammaRates {
    static constexpr int n_parameters = 2;
    using Belief = GammaBelief;

    explicit GammaRates(const double *p) : r(p[0]), alpha(p[1]) {}

    // The belief about a customer who bought x times within t.
    Belief after(double x, double t) const { return {r + x, alpha + t}; }

    // ln of the density of x purchases at certain times within t, ln (r)_x alpha^r/(alpha + t)^(r + x), arranged so that
    // no two large terms cancel.
    double log_density(double x, double t) const {
        return log_rising(r, x) - r * std::log1p(t / alpha) - x * std::log(alpha + t);
    }
    double draw(Random &random) const { return draw_gamma(r, random) / alpha; }

    // Multiplies the rates of all customers by e^predictor.
    static void shift(const double *p, double predictor, double *own) {
        own[0] = p[0];
        own[1] = p[1] * std::exp(-predictor);
    }

    double r, alpha;
};

// One rate for all: the limit as r and alpha go to infinity with r/alpha fixed.
struct OneRate {
    static constexpr int n_parameters = 1;
    using Belief = PointBelief;

    explicit OneRate(const double *p) : rate(p[0]) {}

    Belief after(double, double) const { return {rate}; }
    double log_density(double x, double t) const { return x * std::log(rate) - rate * t; }
    double draw(Random &) const { return rate; }
    static void shift(const double *p, double predictor, double *own) { own[0] = p[0] * std::exp(predictor); }

    double rate;
};

}  // namespace cltv
