// How customers take opportunities to purchase: each with a probability of its own, beta-distributed over customers, or
// all with the same, or some always and the others never.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

#include "core/base/beta_lifetime.hpp"
#include "core/base/draws.hpp"
#include "core/base/shift.hpp"

namespace cltv {

// A belief about a customer's probability of taking an opportunity has
//     hit(n), miss(n)                the probability of taking or missing the next opportunity after n more misses,
//     log_hits(n), log_misses(n)     ln of the probability of taking, or of missing, the next n,
//     after(hits, misses)            the belief after that many more of both.

// Probabilities ~ Beta(a, b).
struct BetaTries {
    static constexpr int n_parameters = 2;

    BetaTries(double a, double b) : a(a), b(b) {}
    explicit BetaTries(const double *p) : a(p[0]), b(p[1]) {}

    BetaTries after(double hits, double misses) const { return BetaTries(a + hits, b + misses); }
    double hit(double n) const { return a / (a + b + n); }
    double miss(double n) const { return (b + n) / (a + b + n); }
    double log_hits(double n) const { return log_survival(b, a, n); }
    double log_misses(double n) const { return log_survival(a, b, n); }
    double draw(Random &random) const { return draw_beta(a, b, random); }
    static void shift(const double *p, double predictor, double *own) { shift_beta(p, predictor, own); }

    double a, b;
};

// The same probability p for all: the limit as a and b go to infinity with a/(a + b) fixed.
struct OneTry {
    static constexpr int n_parameters = 1;

    explicit OneTry(const double *p) : p(p[0]) {}

    OneTry after(double, double) const { return *this; }
    double hit(double) const { return p; }
    double miss(double) const { return 1 - p; }
    double log_hits(double n) const { return n == 0 ? 0 : n * std::log(p); }
    double log_misses(double n) const { return n == 0 ? 0 : n * std::log1p(-p); }
    double draw(Random &) const { return p; }
    static void shift(const double *p, double predictor, double *own) { shift_share(p, predictor, own); }

    double p;
};

// A share of the customers takes every opportunity, the others take none: the limit as a and b go to 0 with a/(a + b)
// fixed. A customer who does both is impossible; the limit gives such a customer's future as Beta(hits, misses).
struct AlwaysOrNever {
    static constexpr int n_parameters = 1;

    explicit AlwaysOrNever(const double *p) : AlwaysOrNever(p[0], 0, 0) {}
    AlwaysOrNever(double share, double hits, double misses) : share(share), hits(hits), misses(misses) {}

    AlwaysOrNever after(double more_hits, double more_misses) const {
        return AlwaysOrNever(share, hits + more_hits, misses + more_misses);
    }
    double hit(double n) const { return is_new(n) ? share : hits / (hits + misses + n); }
    double miss(double n) const { return is_new(n) ? 1 - share : (misses + n) / (hits + misses + n); }
    double log_hits(double n) const { return log_all(n, hits, misses, share); }
    double log_misses(double n) const { return log_all(n, misses, hits, 1 - share); }
    double draw(Random &random) const { return draw_uniform(random) < share ? 1 : 0; }
    static void shift(const double *p, double predictor, double *own) { shift_share(p, predictor, own); }

    double share, hits, misses;

private:
    bool is_new(double n) const { return hits + misses + n == 0; }

    // ln of the probability of n more of one kind, after `same` of that kind and `other` of the other.
    static double log_all(double n, double same, double other, double of_new) {
        if (n == 0) return 0;
        if (other == 0) return same == 0 ? std::log(of_new) : 0;
        return same == 0 ? -std::numeric_limits<double>::infinity() : log_survival(other, same, n);
    }
};

// All take every opportunity.
struct Always : AlwaysOrNever {
    static constexpr int n_parameters = 0;

    explicit Always(const double *) : AlwaysOrNever(1, 0, 0) {}
    static void shift(const double *, double, double *) {}
};

}  // namespace cltv
