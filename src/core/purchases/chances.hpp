// How customers leave at their purchases: at each with a probability of their own, beta-distributed over customers, or
// with one probability for all, or never, or at the first chance or never.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

#include "core/base/beta_lifetime.hpp"
#include "core/base/beta_mean.hpp"
#include "core/base/draws.hpp"
#include "core/base/shift.hpp"
#include "core/base/special.hpp"
#include "core/purchases/beta_geometric.hpp"
#include "core/purchases/rates.hpp"

namespace cltv {

// A way to leave, before a customer's first chance to do so or after surviving several (`after`), has
//     log_survival(n)   ln of the probability of surviving n chances,
//     log_odds_left(n)  ln of the odds that a customer who may have left at the last of n >= 1 chances has done so,
//                       before the silence since is looked at,
//     hazard(n)         the probability of leaving at the next chance after surviving n; stays(n) = 1 - hazard(n),
// and, for a customer who buys at the believed rate and leaves only at purchases,
//     events, discounted_events, prob_active.

// Probabilities ~ Beta(a, b).
struct BetaChances {
    static constexpr int n_parameters = 2;

    BetaChances(double a, double b) : a(a), b(b) {}
    explicit BetaChances(const double *p) : a(p[0]), b(p[1]) {}

    BetaChances after(double n) const { return BetaChances(a, b + n); }
    double log_survival(double n) const { return cltv::log_survival(a, b, n); }
    double log_odds_left(double n) const { return std::log(a / (b + (n - 1))); }
    double hazard(double n) const { return a / (a + b + n); }
    double stays(double n) const { return (b + n) / (a + b + n); }
    double draw(Random &random) const { return draw_beta(a, b, random); }

    static void shift(const double *p, double predictor, double *own) { shift_beta(p, predictor, own); }

    double events(const GammaBelief &rate, double h) const {
        return beta_geometric::expected_purchases(rate.m, a, b, h / rate.A);
    }
    double discounted_events(const GammaBelief &rate, double h, double discount) const {
        const double kappa = discount * rate.A;
        return kappa == 0 ? events(rate, h)
                          : beta_geometric::discounted_purchases(rate.m, a, b, h / rate.A, kappa);
    }
    double prob_active(const GammaBelief &rate, double h) const {
        return beta_geometric::prob_active(rate.m, a, b, h / rate.A);
    }

    // The means over p of the results given p.
    double events(const PointBelief &rate, double h) const {
        const double y = rate.rate * h;
        if (y == 0) return 0;
        if (std::isinf(y)) return a > 1 ? (a + b - 1) / (a - 1) : std::numeric_limits<double>::infinity();
        return beta_mean(a, b, -std::log(y), 1, [=](const Logistic &logistic) {
            const double waits = y * logistic.p;
            // Switches before p becomes subnormal and loses digits.
            return waits > 1e-280 ? std::log(-std::expm1(-waits)) - logistic.log_p : std::log(y);
        });
    }
    double discounted_events(const PointBelief &rate, double h, double discount) const {
        if (discount == 0) return events(rate, h);
        if (h == 0) return 0;
        const double lambda = rate.rate, bend = std::log(std::fmax(discount, 1 / h) / lambda);
        return lambda * beta_mean(a, b, bend, 1, [=](const Logistic &logistic) {
                   const double fall = discount + lambda * logistic.p;
                   return std::log(-std::expm1(-fall * h) / fall);
               });
    }
    double prob_active(const PointBelief &rate, double h) const {
        const double y = rate.rate * h;
        if (y == 0) return 1;
        if (std::isinf(y)) return 0;
        return as_probability(
            beta_mean(a, b, -std::log(y), y, [=](const Logistic &logistic) { return -y * logistic.p; }));
    }

    double a, b;
};

// The same probability p for all: the limit as a and b go to infinity with a/(a + b) fixed.
struct OneChance {
    static constexpr int n_parameters = 1;

    explicit OneChance(const double *p) : p(p[0]) {}

    OneChance after(double) const { return *this; }
    double log_survival(double n) const { return n == 0 ? 0 : n * std::log1p(-p); }
    double log_odds_left(double) const { return std::log(p) - std::log1p(-p); }
    double hazard(double) const { return p; }
    double stays(double) const { return 1 - p; }
    double draw(Random &) const { return p; }
    static void shift(const double *p, double predictor, double *own) { shift_share(p, predictor, own); }

    template <class Belief>
    double events(const Belief &rate, double h) const { return rate.events(p, h); }
    template <class Belief>
    double discounted_events(const Belief &rate, double h, double discount) const {
        return discount == 0 ? rate.events(p, h) : rate.discounted_events(p, h, discount);
    }
    template <class Belief>
    double prob_active(const Belief &rate, double h) const { return std::exp(rate.log_silence(p * h)); }

    double p;
};

// Nobody leaves: the limit as a/(a + b) goes to 0.
struct NeverLeaves {
    static constexpr int n_parameters = 0;

    explicit NeverLeaves(const double *) {}

    NeverLeaves after(double) const { return *this; }
    double log_survival(double) const { return 0; }
    double log_odds_left(double) const { return -std::numeric_limits<double>::infinity(); }
    double hazard(double) const { return 0; }
    double stays(double) const { return 1; }
    double draw(Random &) const { return 0; }
    static void shift(const double *, double, double *) {}

    template <class Belief>
    double events(const Belief &rate, double h) const { return rate.events(0, h); }
    template <class Belief>
    double discounted_events(const Belief &rate, double h, double discount) const {
        return discount == 0 ? rate.events(0, h) : rate.discounted_events(0, h, discount);
    }
    template <class Belief>
    double prob_active(const Belief &, double) const { return 1; }
};

// A share of the customers leaves at the first chance, the others never do: the limit as a and b go to 0 with a/(a + b)
// fixed.
struct AtOnceOrNever {
    static constexpr int n_parameters = 1;

    explicit AtOnceOrNever(const double *p) : share(p[0]) {}

    AtOnceOrNever after(double n) const { return n == 0 ? *this : AtOnceOrNever(); }
    double log_survival(double n) const { return n == 0 ? 0 : std::log1p(-share); }
    double log_odds_left(double n) const {
        return n == 1 ? std::log(share) - std::log1p(-share) : -std::numeric_limits<double>::infinity();
    }
    double hazard(double n) const { return n == 0 ? share : 0; }
    double stays(double n) const { return n == 0 ? 1 - share : 1; }
    double draw(Random &random) const { return draw_uniform(random) < share ? 1 : 0; }
    static void shift(const double *p, double predictor, double *own) { shift_share(p, predictor, own); }

    template <class Belief>
    double events(const Belief &rate, double h) const { return mean(rate.events(1, h), rate.events(0, h)); }
    template <class Belief>
    double discounted_events(const Belief &rate, double h, double discount) const {
        if (discount == 0) return events(rate, h);
        return mean(share == 0 ? 0 : rate.discounted_events(1, h, discount), rate.discounted_events(0, h, discount));
    }
    template <class Belief>
    double prob_active(const Belief &rate, double h) const {
        return mean(std::exp(rate.log_silence(h)), 1);
    }

    double share;

private:
    AtOnceOrNever() : share(0) {}
    double mean(double leaves, double stays) const { return share * leaves + (1 - share) * stays; }
};

// P(exactly n purchases within h) for an active customer. Either there were n occasions and the customer survived all
// n, or there were n or more and the customer left at the n-th: P(N = n) e_n + P(N >= n) (e_(n-1) - e_n) with e_n =
// E[(1 - p)^n].
template <class Belief, class Chances>
double purchase_pmf(const Belief &rate, const Chances &chances, double h, double n) {
    if (n == 0) return rate.pmf(h, 0);
    if (h == 0) return 0;
    const double survived_before = std::exp(chances.log_survival(n - 1)), leaves = chances.hazard(n - 1);
    const double stays = chances.stays(n - 1) * rate.pmf(h, n);
    return as_probability(survived_before * (stays + (leaves == 0 ? 0 : leaves * rate.tail(h, n))));
}

}  // namespace cltv
