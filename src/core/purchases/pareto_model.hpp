// Pareto/NBD, and everything that it becomes as customers grow alike: rates of purchase and rates of departure, each
// GammaRates or OneRate. Without departures, or with departures at once, the model is that of beta_geometric_model.hpp.
//
// P. S. Fader, B. G. S. Hardie: A Note on Deriving the Pareto/NBD Model and Related Expressions (2005); below [FH].
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>
#include <type_traits>

#include "core/base/memo.hpp"
#include "core/base/draws.hpp"
#include "core/base/special.hpp"
#include "core/fit/family.hpp"
#include "core/purchases/dated_pareto_model.hpp"
#include "core/purchases/races.hpp"
#include "core/purchases/rates.hpp"

namespace cltv {

template <class Rates, class Departures>
class ParetoModel {
public:
    static constexpr int n_parameters = Rates::n_parameters + Departures::n_parameters;

    // ln L of one customer [FH, eq. 15], with factors arranged so that no two large terms cancel. Without a repeat
    // purchase it is ln(1 - P(purchase before T, and before leaving)), with the two processes of purchases and
    // departures exchanged.
    static double log_likelihood(const double *p, const Customer &c) {
        const ParetoModel model(p);
        if (c.frequency == 0) {
            const double purchase = prob_first(model.rates_.after(0, 0), model.departures_.after(0, 0), c.tenure);
            if (purchase < 0.5) return std::log1p(-purchase);
        }
        return model.rates_.log_density(c.frequency, c.tenure) + model.departures_.log_density(0, c.tenure) +
               log1p_exp(model.log_odds_dead(c));
    }

    template <class Recall>
    static double prob_alive(const double *p, const Customer &c, Recall &recall) {
        return 1 / (1 + ParetoModel(p).odds_dead(c, recall));
    }
    static double prob_alive(const double *p, const Customer &c) {
        NoMemo none;
        return prob_alive(p, c, none);
    }

    template <class Recall>
    static double prob_dead(const double *p, const Customer &c, Recall &recall) {
        return 1 / (1 + 1 / ParetoModel(p).odds_dead(c, recall));
    }
    static double prob_dead(const double *p, const Customer &c) {
        NoMemo none;
        return prob_dead(p, c, none);
    }

    // An active customer makes no purchase within the horizon by waiting that long, or by leaving first. What such a
    // customer will do depends on frequency and tenure, not on recency: a memo can recall it, here and below.
    template <class Recall>
    static double prob_no_purchase(const double *p, const Customer &c, double horizon, Recall &recall) {
        const ParetoModel model(p);
        const double silent = recall(c.frequency, c.tenure, horizon, [&] {
            const auto rate = model.rate_now(c);
            const auto departure = model.departure_now(c);
            return std::exp(rate.log_silence(horizon) + departure.log_silence(horizon)) +
                   prob_first(departure, rate, horizon);
        });
        const double odds = model.odds_dead(c, recall);
        return prob_left_or_silent(1 / (1 + 1 / odds), 1 / (1 + odds), silent);
    }
    static double prob_no_purchase(const double *p, const Customer &c, double horizon) {
        NoMemo none;
        return prob_no_purchase(p, c, horizon, none);
    }

    // An active customer buys at the mean rate, reduced t units ahead by the probability of staying that long [FH, eq.
    // 22].
    template <class Recall>
    static double expected_purchases(const double *p, const Customer &c, double horizon, Recall &recall) {
        const ParetoModel model(p);
        const double purchases = recall(c.frequency, c.tenure, horizon, [&] {
            return model.rate_now(c).mean() * model.departure_now(c).time_left(horizon);
        });
        return if_alive(p, c, purchases, recall);
    }
    static double expected_purchases(const double *p, const Customer &c, double horizon) {
        NoMemo none;
        return expected_purchases(p, c, horizon, none);
    }

    // P. S. Fader, B. G. S. Hardie, K. L. Lee: RFM and CLV, J. Marketing Research 42 (2005) 415-430, eq. 2, as an
    // integral.
    template <class Recall>
    static double discounted_purchases(const double *p, const Customer &c, double horizon, double discount, Recall &recall) {
        if (horizon == 0) return 0;
        if (discount == 0) return expected_purchases(p, c, horizon, recall);
        const ParetoModel model(p);
        const double purchases = recall(c.frequency, c.tenure, horizon, [&] {
            return model.rate_now(c).mean() * model.departure_now(c).discounted_time_left(horizon, discount);
        });
        return if_alive(p, c, purchases, recall);
    }
    static double discounted_purchases(const double *p, const Customer &c, double horizon, double discount) {
        NoMemo none;
        return discounted_purchases(p, c, horizon, discount, none);
    }

    // The rate of purchases and the time that the customer stays.
    static Traits draw(const double *p, Random &random) {
        const ParetoModel model(p);
        const double lambda = model.rates_.draw(random), mu = model.departures_.draw(random);
        return {{lambda, draw_exponential(random) / mu, 0}};
    }

    static double next_purchase(const Traits &traits, double, double now, Random &random) {
        const double lambda = traits.value[0], stay = traits.value[1];
        const double next = now + draw_exponential(random) / lambda;
        return next <= stay ? next : std::numeric_limits<double>::infinity();
    }

    template <class Recall>
    static double prob_alive_after(const double *p, const Customer &c, double horizon, Recall &recall) {
        return prob_alive(p, c, recall) * std::exp(ParetoModel(p).departure_now(c).log_silence(horizon));
    }
    static double prob_alive_after(const double *p, const Customer &c, double horizon) {
        NoMemo none;
        return prob_alive_after(p, c, horizon, none);
    }

    template <class Recall>
    static double purchase_pmf(const double *p, const Customer &c, double horizon, double n, Recall &recall) {
        if (n == 0) return prob_no_purchase(p, c, horizon, recall);
        if (horizon == 0) return 0;
        const ParetoModel model(p);
        const double buys = recall(c.frequency, c.tenure, horizon, [&] {
            return as_probability(prob_purchases(model.rate_now(c), model.departure_now(c), horizon, n));
        });
        return prob_alive(p, c, recall) * buys;
    }
    static double purchase_pmf(const double *p, const Customer &c, double horizon, double n) {
        NoMemo none;
        return purchase_pmf(p, c, horizon, n, none);
    }

    static void shift(const double *p, double purchases, double dropout, double *own) {
        Rates::shift(p, purchases, own);
        Departures::shift(p + Rates::n_parameters, dropout, own + Rates::n_parameters);
    }

    static constexpr OrdersFamily orders = {log_likelihood,     prob_alive,           prob_dead, prob_no_purchase,
                                            expected_purchases, discounted_purchases, draw,      next_purchase,
                                            prob_alive_after,   purchase_pmf,         shift,
                                            &DatedPareto<Rates, Departures>::orders};

private:
    explicit ParetoModel(const double *p) : rates_(p), departures_(p + Rates::n_parameters) {}

    auto rate_now(const Customer &c) const { return rates_.after(c.frequency, c.tenure); }
    auto departure_now(const Customer &c) const { return departures_.after(0, c.tenure); }

    // The odds that the customer has left [FH, eq. 18]: P(left within the silence, before any purchase) over P(silent
    // and still active). The former is P(left before any purchase) as of the last purchase less the same as of the end
    // of the silence. Each depends on frequency and one time, so a memo can recall it.
    template <class Recall>
    double odds_dead(const Customer &c, Recall &recall) const {
        const double silence = c.tenure - c.recency;
        if (silence == 0) return 0;
        const auto rate = rates_.after(c.frequency, c.recency);
        const auto departure = departures_.after(0, c.recency);
        const double log_silent = rate.log_silence(silence) + departure.log_silence(silence);
        return prob_left(c, log_silent, recall) * std::exp(-log_silent);
    }
    double log_odds_dead(const Customer &c) const {
        const double silence = c.tenure - c.recency;
        if (silence == 0) return -std::numeric_limits<double>::infinity();
        const auto rate = rates_.after(c.frequency, c.recency);
        const auto departure = departures_.after(0, c.recency);
        NoMemo none;
        const double log_silent = rate.log_silence(silence) + departure.log_silence(silence);
        return std::log(prob_left(c, log_silent, none)) - log_silent;
    }

    // P(leaves within the silence and before a purchase) as of the last purchase.
    template <class Recall>
    double prob_left(const Customer &c, double log_silent, Recall &recall) const {
        const double silence = c.tenure - c.recency;
        const auto rate = rates_.after(c.frequency, c.recency);
        const auto departure = departures_.after(0, c.recency);
        if constexpr (std::is_same_v<Rates, GammaRates> && std::is_same_v<Departures, GammaRates>) {
            constexpr double least_rest = 0.2;
            double soon;
            if (prob_first_soon(departure, rate, silence, soon)) return soon;
            const auto ever = [&](double time) {
                return recall(c.frequency, time, -1, [&] {
                    return prob_first_ever(departures_.after(0, time), rates_.after(c.frequency, time));
                });
            };
            const double all = ever(c.recency), rest = all - std::exp(log_silent) * ever(c.tenure);
            if (rest > least_rest * all) return rest;
        }
        return prob_first(departure, rate, silence);
    }

    // prob_alive times a positive number; infinite if that is, however unlikely it is that the customer is active.
    template <class Recall>
    static double if_alive(const double *p, const Customer &c, double purchases, Recall &recall) {
        return std::isinf(purchases) ? purchases : prob_alive(p, c, recall) * purchases;
    }

    Rates rates_;
    Departures departures_;
};

}  // namespace cltv
