// The fit of a family of purchases in continuous time: the maximum of the likelihood within the family or at one of its
// limits, where customers are alike or nobody leaves.
//
// Rates and chances that differ between customers have two parameters each, which go to infinity together where
// customers are alike, or vanish where nobody leaves. In the mean and the spread of a distribution the likelihood is
// smooth up to and including spread 0, and the maximum may be there: then the limit is the model. A search in the
// family's own parameters would follow a ridge towards such a maximum for ever, so limits are searched with formulas of
// their own and the likelihoods are compared.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"
#include "core/purchases/beta_geometric_model.hpp"
#include "core/purchases/beta_geometric_terms.hpp"
#include "core/purchases/pareto_model.hpp"
#include "core/purchases/pareto_terms.hpp"
#include "core/purchases/purchase_search.hpp"
#include "core/purchases/two_term_likelihood.hpp"

namespace cltv {

template <class Terms>
SearchedForm searched(bool odds = false) {
    return {Terms::n_first, Terms::n_last, odds,
            [](const double *theta, const TwoTermBase &base, TwoTermRange blocks, TwoTermTable &table, Stop stop) {
                return two_term_likelihood(Terms(theta), base, blocks, table, stop);
            }};
}

// Limits by the same numbers, from 1 on, with what each says about the customers in an analyst's words.
namespace purchase_limits {

inline constexpr Parameter gamma_rates[] = {{"r"}, {"alpha"}}, one_rate[] = {{"lambda"}};
inline constexpr Parameter gamma_chance[] = {{"r"}, {"alpha"}, {"p", Domain::share}}, gamma_death[] = {{"r"}, {"alpha"}, {"mu"}};
inline constexpr Parameter gamma_once[] = {{"r"}, {"alpha"}, {"share", Domain::share}};
inline constexpr Parameter rate_once[] = {{"lambda"}, {"share", Domain::share}};
inline constexpr Parameter rate_beta[] = {{"lambda"}, {"a"}, {"b"}}, rate_gamma[] = {{"lambda"}, {"s"}, {"beta"}};
inline constexpr Parameter rate_chance[] = {{"lambda"}, {"p", Domain::share}}, rate_death[] = {{"lambda"}, {"mu"}};

constexpr Form form(const char *limit, const char *sentence, View<Parameter> parameters, const OrdersFamily &orders) {
    Form form;
    form.limit = limit;
    form.sentence = sentence;
    form.parameters = parameters;
    form.orders = &orders;
    return form;
}

template <int first_chances>
inline constexpr Form chance_limits[] = {
    form("nobody leaves",
         "In these data no customer who ordered before looks lost: long silences are those of customers who order seldom.",
         view_of(gamma_rates), BetaGeometricModel<GammaRates, NeverLeaves, first_chances>::orders),
    form("one leaving rate", "All customers are equally likely to leave: the data show no difference between them.",
         view_of(gamma_chance), BetaGeometricModel<GammaRates, OneChance, first_chances>::orders),
    form("at once or never", "A share of the customers leaves at the first chance to do so; the others stay for good.",
         view_of(gamma_once), BetaGeometricModel<GammaRates, AtOnceOrNever, first_chances>::orders),
    form("one purchase rate",
         "All customers order at the same pace while they stay: the data show no difference between them.",
         view_of(rate_beta), BetaGeometricModel<OneRate, BetaChances, first_chances>::orders),
    form("one purchase rate, nobody leaves",
         "All customers order at the same pace and none looks lost: those who ordered more were lucky or have been customers longer.",
         view_of(one_rate), BetaGeometricModel<OneRate, NeverLeaves, first_chances>::orders),
    form("one purchase rate, one leaving rate",
         "All customers order at the same pace while they stay, and all are equally likely to leave.",
         view_of(rate_chance), BetaGeometricModel<OneRate, OneChance, first_chances>::orders),
    form("one purchase rate, at once or never",
         "All customers order at the same pace; a share leaves at the first chance to do so, the others stay for good.",
         view_of(rate_once), BetaGeometricModel<OneRate, AtOnceOrNever, first_chances>::orders)};

// Where departures come in time: nobody leaves, or some leave at once as in MBG/NBD.
inline constexpr Form time_limits[] = {
    chance_limits<1>[0],
    form(chance_limits<1>[1].limit, chance_limits<1>[1].sentence, view_of(gamma_death),
         ParetoModel<GammaRates, OneRate>::orders),
    chance_limits<1>[2],
    form(chance_limits<1>[3].limit, chance_limits<1>[3].sentence, view_of(rate_gamma),
         ParetoModel<OneRate, GammaRates>::orders),
    chance_limits<1>[4],
    form(chance_limits<1>[5].limit, chance_limits<1>[5].sentence, view_of(rate_death),
         ParetoModel<OneRate, OneRate>::orders),
    chance_limits<1>[6]};

}  // namespace purchase_limits

template <int first_chances>
PurchaseSearch chance_search() {
    return {{searched<BetaGeometricTerms<GammaRates, BetaChances, first_chances>>(),
             searched<BetaGeometricTerms<GammaRates, NeverLeaves, first_chances>>(),
             searched<BetaGeometricTerms<GammaRates, OneChance, first_chances>>(true),
             searched<BetaGeometricTerms<GammaRates, AtOnceOrNever, first_chances>>(true),
             searched<BetaGeometricTerms<OneRate, BetaChances, first_chances>>(),
             searched<BetaGeometricTerms<OneRate, NeverLeaves, first_chances>>(),
             searched<BetaGeometricTerms<OneRate, OneChance, first_chances>>(true),
             searched<BetaGeometricTerms<OneRate, AtOnceOrNever, first_chances>>(true)},
            false};
}

inline PurchaseSearch time_search() {
    return {{searched<ParetoTerms<GammaRates, GammaRates>>(),
             searched<BetaGeometricTerms<GammaRates, NeverLeaves, 1>>(),
             searched<ParetoTerms<GammaRates, OneRate>>(),
             searched<BetaGeometricTerms<GammaRates, AtOnceOrNever, 1>>(true),
             searched<ParetoTerms<OneRate, GammaRates>>(),
             searched<BetaGeometricTerms<OneRate, NeverLeaves, 1>>(),
             searched<ParetoTerms<OneRate, OneRate>>(),
             searched<BetaGeometricTerms<OneRate, AtOnceOrNever, 1>>(true)},
            true};
}

}  // namespace cltv
