// Buyers whose gaps between purchases are more regular than chance: BG/CNBD-k and MBG/CNBD-k. Events come at a
// customer's rate lambda as in BG/NBD, but only every k-th of them is a purchase, so gaps are Erlang(k, lambda); the
// rest is as in beta_geometric_model.hpp, which is the model for k = 1.
//
// M. Platzer, T. Reutterer: Ticking Away the Moments. Marketing Science 35 (2016) 779-799; below [PR]. T. Reutterer,
// M. Platzer, N. Schroeder: Leveraging Purchase Regularity for Predicting Customer Behavior the Easy Way. Int. J. of
// Research in Marketing 38 (2021) 194-215; below [RPS].
//
// The future is exact, where [RPS, eq. 13] has an approximation: the number of events since the last purchase, 0 to k -
// 1, is a state that nobody sees (a phase). Given the phase j, lambda is Gamma(r + kx + j, alpha + T), the number N of
// events within h is negative binomial, and floor((j + N)/k) of them are chances to buy. The weight of phase j is the
// share of the term with j events in P(no purchase since the last).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

#include "core/base/draws.hpp"
#include "core/base/special.hpp"
#include "core/fit/family.hpp"
#include "core/purchases/beta_geometric_model.hpp"
#include "core/purchases/chances.hpp"
#include "core/purchases/phases.hpp"
#include "core/purchases/rates.hpp"

namespace cltv {

// The parameters are those of rates and chances, and k.
template <class Rates, class Chances, int first_chances>
class ErlangModel {
public:
    using Irregular = BetaGeometricModel<Rates, Chances, first_chances>;  // k = 1
    using Belief = typename Rates::Belief;
    static constexpr int place_of_k = Irregular::n_parameters;

    // From frequency, recency and tenure alone. Like that of BG/NBD it says no more about the purchases between the
    // first and the last than that they are there: it is the density of all times with the gaps' part, prod gap^(k -
    // 1)/Gamma(k), replaced by its mean over evenly scattered purchases, recency^((k - 1) x) Gamma(x)/Gamma(kx). So it
    // is comparable with BG/NBD's, and across different k.
    static double log_likelihood(const double *p, const Customer &c) {
        if (p[place_of_k] == 1) return Irregular::log_likelihood(p, c);
        const ErlangModel model(p);
        const double log_silence = model.log_silence(c);
        if (first_chances == 1 && c.frequency == 0 && model.chances_.hazard(0) > 0) {
            const double stays = model.chances_.stays(0), purchase = stays * -std::expm1(log_silence);
            return purchase < 0.5 ? std::log1p(-purchase)
                                  : std::log(model.chances_.hazard(0) + stays * std::exp(log_silence));
        }
        const double n = n_chances(c), odds = n == 0 ? -std::numeric_limits<double>::infinity() : model.chances_.log_odds_left(n);
        const double greater = std::fmax(log_silence, odds), less = std::fmin(log_silence, odds);
        return model.rates_.log_density(model.events(c), c.recency) + log_even_gaps(c.frequency, model.k_, c.recency) +
               model.chances_.log_survival(n) + greater + std::log1p(std::exp(less - greater));
    }

    static double prob_alive(const double *p, const Customer &c) {
        if (p[place_of_k] == 1) return Irregular::prob_alive(p, c);
        const ErlangModel model(p);
        return 1 / (1 + std::exp(model.log_odds_dead(c, model.phases_now(c))));
    }

    static double prob_dead(const double *p, const Customer &c) {
        if (p[place_of_k] == 1) return Irregular::prob_dead(p, c);
        const ErlangModel model(p);
        return 1 / (1 + std::exp(-model.log_odds_dead(c, model.phases_now(c))));
    }

    static double prob_no_purchase(const double *p, const Customer &c, double horizon) {
        if (p[place_of_k] == 1) return Irregular::prob_no_purchase(p, c, horizon);
        const ErlangModel model(p);
        const Phases<Belief> phases = model.phases_now(c);
        const double odds = model.log_odds_dead(c, phases);
        return prob_left_or_silent(1 / (1 + std::exp(-odds)), 1 / (1 + std::exp(odds)), phases.silence(horizon));
    }

    static double expected_purchases(const double *p, const Customer &c, double horizon) {
        if (p[place_of_k] == 1) return Irregular::expected_purchases(p, c, horizon);
        const ErlangModel model(p);
        const Phases<Belief> phases = model.phases_now(c);
        return model.if_alive(c, phases, purchases_ahead(phases, model.chances_now(c), horizon));
    }

    static double discounted_purchases(const double *p, const Customer &c, double horizon, double discount) {
        if (p[place_of_k] == 1) return Irregular::discounted_purchases(p, c, horizon, discount);
        if (horizon == 0) return 0;
        const ErlangModel model(p);
        const Phases<Belief> phases = model.phases_now(c);
        return model.if_alive(c, phases, discounted_ahead(phases, model.chances_now(c), horizon, discount));
    }

    static Traits draw(const double *p, Random &random) {
        Traits traits = Irregular::draw(p, random);
        traits.value[2] = p[place_of_k];
        return traits;
    }

    static double next_purchase(const Traits &traits, double n, double now, Random &random) {
        const double lambda = traits.value[0], leave = traits.value[1], k = traits.value[2];
        if (k == 1) return Irregular::next_purchase(traits, n, now, random);
        if (n + first_chances > 1 && draw_uniform(random) < leave)
            return std::numeric_limits<double>::infinity();
        return now + draw_gamma(k, random) / lambda;
    }

    static double prob_alive_after(const double *p, const Customer &c, double horizon) {
        if (p[place_of_k] == 1) return Irregular::prob_alive_after(p, c, horizon);
        const ErlangModel model(p);
        const Phases<Belief> phases = model.phases_now(c);
        return model.if_alive(c, phases, active_ahead(phases, model.chances_now(c), horizon));
    }

    static double purchase_pmf(const double *p, const Customer &c, double horizon, double n) {
        if (p[place_of_k] == 1) return Irregular::purchase_pmf(p, c, horizon, n);
        if (n == 0) return prob_no_purchase(p, c, horizon);
        if (horizon == 0) return 0;
        const ErlangModel model(p);
        const Phases<Belief> phases = model.phases_now(c);
        return model.if_alive(c, phases, cltv::purchase_pmf(phases, model.chances_now(c), horizon, n));
    }

    static constexpr OrdersFamily orders = {log_likelihood,     prob_alive,           prob_dead, prob_no_purchase,
                                            expected_purchases, discounted_purchases, draw,      next_purchase,
                                            prob_alive_after,   purchase_pmf};

private:
    explicit ErlangModel(const double *p) : rates_(p), chances_(p + Rates::n_parameters), k_(p[place_of_k]) {}

    static double n_chances(const Customer &c) { return c.frequency + first_chances; }

    // The events that have certainly come.
    double events(const Customer &c) const { return k_ * c.frequency; }

    Phases<Belief> phases_now(const Customer &c) const {
        const double silent = c.tenure - c.recency, log_none = rates_.after(events(c), c.recency).log_silence(silent);
        return Phases<Belief>(rates_.after(events(c), c.tenure), k_, silent, log_none);
    }
    auto chances_now(const Customer &c) const { return chances_.after(n_chances(c)); }

    // ln P(no purchase since the last), accurate even where that is almost certain.
    double log_silence(const Customer &c) const {
        constexpr double near = 1e-3;
        const double log_silence = phases_now(c).log_silence;
        return log_silence < -near ? log_silence
                                   : std::log1p(-rates_.after(events(c), c.recency).tail(c.tenure - c.recency, k_));
    }

    double log_odds_dead(const Customer &c, const Phases<Belief> &phases) const {
        const double n = n_chances(c);
        return n == 0 ? -std::numeric_limits<double>::infinity() : chances_.log_odds_left(n) - phases.log_silence;
    }

    double if_alive(const Customer &c, const Phases<Belief> &phases, double what) const {
        return std::isinf(what) ? what : what / (1 + std::exp(log_odds_dead(c, phases)));
    }

    Rates rates_;
    Chances chances_;
    double k_;
};

}  // namespace cltv
