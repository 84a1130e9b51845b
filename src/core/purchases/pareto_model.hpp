// Pareto/NBD, and all that it becomes as customers grow alike: rates of purchase and rates of departure, each GammaRates
// or OneRate. Without departures, or with departures at once, the model is that of beta_geometric_model.hpp.
//
// P. S. Fader, B. G. S. Hardie: A Note on Deriving the Pareto/NBD Model and Related Expressions (2005); below [FH].
#pragma once

#include "core/base/numbers_only.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <cmath>
#include <limits>

#include "core/base/random.hpp"
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

    // ln L of one customer [FH, eq. 15], its factors arranged so that no two large terms cancel. Without a repeat
    // purchase it is ln(1 - P(purchase before T, and before leaving)): the two processes of purchases and departures
    // exchanged.
    static double log_likelihood(const double *p, const Customer &c) {
        const ParetoModel model(p);
        if (c.frequency == 0) {
            const double purchase = prob_first(model.rates_.after(0, 0), model.departures_.after(0, 0), c.tenure);
            if (purchase < 0.5) return std::log1p(-purchase);
        }
        return model.rates_.log_density(c.frequency, c.tenure) + model.departures_.log_density(0, c.tenure) +
               log1p_exp(model.log_odds_dead(c));
    }

    static double prob_alive(const double *p, const Customer &c) {
        return 1 / (1 + std::exp(ParetoModel(p).log_odds_dead(c)));
    }

    static double prob_dead(const double *p, const Customer &c) {
        return 1 / (1 + std::exp(-ParetoModel(p).log_odds_dead(c)));
    }

    // An active customer makes no purchase within the horizon by waiting so long, or by leaving first.
    static double prob_no_purchase(const double *p, const Customer &c, double horizon) {
        const ParetoModel model(p);
        const auto rate = model.rate_now(c);
        const auto departure = model.departure_now(c);
        const double waiting = std::exp(rate.log_silence(horizon) + departure.log_silence(horizon));
        return prob_left_or_silent(prob_dead(p, c), prob_alive(p, c),
                                   waiting + prob_first(departure, rate, horizon));
    }

    // An active customer buys at the mean rate, reduced t units ahead by the probability to stay so long [FH, eq. 22].
    static double expected_purchases(const double *p, const Customer &c, double horizon) {
        const ParetoModel model(p);
        return if_alive(p, c, model.rate_now(c).mean() * model.departure_now(c).time_left(horizon));
    }

    // P. S. Fader, B. G. S. Hardie, K. L. Lee: RFM and CLV, J. Marketing Research 42 (2005) 415-430, eq. 2, as an
    // integral.
    static double discounted_purchases(const double *p, const Customer &c, double horizon, double discount) {
        if (horizon == 0) return 0;
        if (discount == 0) return expected_purchases(p, c, horizon);
        const ParetoModel model(p);
        return if_alive(p, c,
                        model.rate_now(c).mean() * model.departure_now(c).discounted_time_left(horizon, discount));
    }

    // The rate of purchases and the time that the customer stays.
    static Traits draw(const double *p, Random &random) {
        const ParetoModel model(p);
        const double lambda = model.rates_.draw(random), mu = model.departures_.draw(random);
        return {{lambda, boost::random::exponential_distribution<double>(1)(random) / mu, 0}};
    }

    static double next_purchase(const Traits &traits, double, double now, Random &random) {
        const double lambda = traits.value[0], stay = traits.value[1];
        const double next = now + boost::random::exponential_distribution<double>(1)(random) / lambda;
        return next <= stay ? next : std::numeric_limits<double>::infinity();
    }

    static double prob_alive_after(const double *p, const Customer &c, double horizon) {
        return prob_alive(p, c) * std::exp(ParetoModel(p).departure_now(c).log_silence(horizon));
    }

    static double purchase_pmf(const double *p, const Customer &c, double horizon, double n) {
        if (n == 0) return prob_no_purchase(p, c, horizon);
        if (horizon == 0) return 0;
        const ParetoModel model(p);
        return prob_alive(p, c) *
               as_probability(prob_purchases(model.rate_now(c), model.departure_now(c), horizon, n));
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

    // ln of the odds that the customer has left [FH, eq. 18].
    double log_odds_dead(const Customer &c) const {
        const double silence = c.tenure - c.recency;
        if (silence == 0) return -std::numeric_limits<double>::infinity();
        const auto rate = rates_.after(c.frequency, c.recency);
        const auto departure = departures_.after(0, c.recency);
        return std::log(prob_first(departure, rate, silence)) - rate.log_silence(silence) -
               departure.log_silence(silence);
    }

    // prob_alive times something positive; infinite however unlikely it is that the customer is active.
    static double if_alive(const double *p, const Customer &c, double purchases) {
        return std::isinf(purchases) ? purchases : prob_alive(p, c) * purchases;
    }

    Rates rates_;
    Departures departures_;
};

}  // namespace cltv
