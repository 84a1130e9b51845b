// BG/NBD and MBG/NBD, and everything that they become as customers grow alike: rates of purchase (GammaRates, OneRate)
// combined with ways to leave (BetaChances, OneChance, NeverLeaves, AtOnceOrNever). Customers buy at their rate and may
// leave at every repeat purchase and, if first_chances is 1 rather than 0, at the first one.
//
// P. S. Fader, B. G. S. Hardie, K. L. Lee: "Counting Your Customers" the Easy Way. Marketing Science 24 (2005) 275-284;
// below [FHL]. E. P. Batislam, M. Denizel, A. Filiztekin: Empirical validation and comparison of models for customer
// base analysis. Int. J. of Research in Marketing 24 (2007) 201-209; below [BDF].
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

#include "core/base/memo.hpp"
#include "core/base/draws.hpp"
#include "core/base/special.hpp"
#include "core/fit/family.hpp"
#include "core/purchases/chances.hpp"
#include "core/purchases/rates.hpp"

namespace cltv {

template <class Rates, class Chances, int first_chances>
class BetaGeometricModel {
public:
    static constexpr int n_parameters = Rates::n_parameters + Chances::n_parameters;

    static double log_likelihood(const double *p, const Customer &c) {
        const BetaGeometricModel model(p);
        // With no chance to leave, or with several: the two terms of [FHL, eq. 6], with factors arranged so that no two
        // large terms cancel. With the first chance only, P(no purchase) = 1 - P(survived) P(purchase).
        if (first_chances == 1 && c.frequency == 0 && model.chances_.hazard(0) > 0) {
            const double log_silent = model.rates_.log_density(0, c.tenure);
            const double stays = model.chances_.stays(0), purchase = stays * -std::expm1(log_silent);
            return purchase < 0.5 ? std::log1p(-purchase)
                                  : std::log(model.chances_.hazard(0) + stays * std::exp(log_silent));
        }
        return model.rates_.log_density(c.frequency, c.tenure) + model.chances_.log_survival(n_chances(c)) +
               log1p_exp(model.log_odds_dead(c));
    }

    static double prob_alive(const double *p, const Customer &c) {
        return 1 / (1 + std::exp(BetaGeometricModel(p).log_odds_dead(c)));
    }

    static double prob_dead(const double *p, const Customer &c) {
        return 1 / (1 + std::exp(-BetaGeometricModel(p).log_odds_dead(c)));
    }

    // Customers leave only at purchases: without one, an active customer waits just as one who never leaves.
    static double prob_no_purchase(const double *p, const Customer &c, double horizon) {
        const double waiting = std::exp(BetaGeometricModel(p).rate_now(c).log_silence(horizon));
        return prob_left_or_silent(prob_dead(p, c), prob_alive(p, c), waiting);
    }

    // What an active customer will do depends on frequency and tenure, not on recency: a memo can recall it.
    template <class Recall>
    static double expected_purchases(const double *p, const Customer &c, double horizon, Recall &recall) {
        const BetaGeometricModel model(p);
        return if_alive(p, c, recall(c.frequency, c.tenure, horizon, [&] {
            return model.chances_now(c).events(model.rate_now(c), horizon);
        }));
    }
    static double expected_purchases(const double *p, const Customer &c, double horizon) {
        NoMemo none;
        return expected_purchases(p, c, horizon, none);
    }

    template <class Recall>
    static double discounted_purchases(const double *p, const Customer &c, double horizon, double discount, Recall &recall) {
        if (horizon == 0) return 0;
        const BetaGeometricModel model(p);
        return if_alive(p, c, recall(c.frequency, c.tenure, horizon, [&] {
            return model.chances_now(c).discounted_events(model.rate_now(c), horizon, discount);
        }));
    }
    static double discounted_purchases(const double *p, const Customer &c, double horizon, double discount) {
        NoMemo none;
        return discounted_purchases(p, c, horizon, discount, none);
    }

    static Traits draw(const double *p, Random &random) {
        const BetaGeometricModel model(p);
        const double lambda = model.rates_.draw(random);
        return {{lambda, model.chances_.draw(random), 0}};
    }

    static double next_purchase(const Traits &traits, double n, double now, Random &random) {
        const double lambda = traits.value[0], leave = traits.value[1];
        if (n + first_chances > 1 && draw_uniform(random) < leave)
            return std::numeric_limits<double>::infinity();
        return now + draw_exponential(random) / lambda;
    }

    template <class Recall>
    static double prob_alive_after(const double *p, const Customer &c, double horizon, Recall &recall) {
        const BetaGeometricModel model(p);
        return prob_alive(p, c) * recall(c.frequency, c.tenure, horizon, [&] {
                   return model.chances_now(c).prob_active(model.rate_now(c), horizon);
               });
    }
    static double prob_alive_after(const double *p, const Customer &c, double horizon) {
        NoMemo none;
        return prob_alive_after(p, c, horizon, none);
    }

    template <class Recall>
    static double purchase_pmf(const double *p, const Customer &c, double horizon, double n, Recall &recall) {
        if (n == 0) return prob_no_purchase(p, c, horizon);
        if (horizon == 0) return 0;
        const BetaGeometricModel model(p);
        return prob_alive(p, c) * recall(c.frequency, c.tenure, horizon, [&] {
                   return cltv::purchase_pmf(model.rate_now(c), model.chances_now(c), horizon, n);
               });
    }
    static double purchase_pmf(const double *p, const Customer &c, double horizon, double n) {
        NoMemo none;
        return purchase_pmf(p, c, horizon, n, none);
    }

    static void shift(const double *p, double purchases, double dropout, double *own) {
        Rates::shift(p, purchases, own);
        Chances::shift(p + Rates::n_parameters, dropout, own + Rates::n_parameters);
    }

    static constexpr OrdersFamily orders = {log_likelihood,     prob_alive,           prob_dead, prob_no_purchase,
                                            expected_purchases, discounted_purchases, draw,      next_purchase,
                                            prob_alive_after,   purchase_pmf,         shift};

private:
    explicit BetaGeometricModel(const double *p) : rates_(p), chances_(p + Rates::n_parameters) {}

    static double n_chances(const Customer &c) { return c.frequency + first_chances; }

    auto rate_now(const Customer &c) const { return rates_.after(c.frequency, c.tenure); }
    auto chances_now(const Customer &c) const { return chances_.after(n_chances(c)); }

    // ln of the odds that the customer has left, the ratio of the two terms of the likelihood [FHL, eq. 4 and 7; BDF,
    // eq. 3]: the odds of leaving at the last chance over the probability of the silence since, if active.
    double log_odds_dead(const Customer &c) const {
        const double n = n_chances(c);
        if (n == 0) return -std::numeric_limits<double>::infinity();
        return chances_.log_odds_left(n) -
               rates_.after(c.frequency, c.recency).log_silence(c.tenure - c.recency);
    }

    // prob_alive times a positive number; infinite if that is, however unlikely it is that the customer is active.
    static double if_alive(const double *p, const Customer &c, double purchases) {
        return std::isinf(purchases) ? purchases : prob_alive(p, c) * purchases;
    }

    Rates rates_;
    Chances chances_;
};

}  // namespace cltv
