// The fit of BG/CNBD-k and MBG/CNBD-k: purchase_fit.hpp for each k, of which that with the highest likelihood is taken.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/purchases/erlang_model.hpp"
#include "core/purchases/erlang_terms.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "core/purchases/purchase_search.hpp"

namespace cltv {

// The largest k that a fit tries unless told otherwise.
constexpr int usual_most_k = 12;

// Customers as histories give them: with the sum of the logarithms of the gaps between purchases.
struct RegularCount {
    Customer customer;
    double log_gaps;
    double count;
};

// A type as an argument.
template <class T>
struct Type {
    using type = T;
};

// The search for the maximum at a k of 2 or more.
template <int first_chances>
PurchaseSearch regular_search(double k) {
    const auto form = [](auto rates, auto chances, bool odds) {
        using Terms = ErlangTerms<typename decltype(rates)::type, typename decltype(chances)::type, first_chances>;
        return SearchedForm{Terms::n_first, Terms::n_last, odds,
                            [](const double *theta, const TwoTermBase &base, TwoTermRange blocks, TwoTermTable &, Stop stop) {
                                return erlang_likelihood(Terms(theta, base.k()), base, blocks, stop);
                            }};
    };
    const Type<GammaRates> gamma;
    const Type<OneRate> one;
    return {{form(gamma, Type<BetaChances>{}, false), form(gamma, Type<NeverLeaves>{}, false),
             form(gamma, Type<OneChance>{}, true), form(gamma, Type<AtOnceOrNever>{}, true),
             form(one, Type<BetaChances>{}, false), form(one, Type<NeverLeaves>{}, false),
             form(one, Type<OneChance>{}, true), form(one, Type<AtOnceOrNever>{}, true)},
            false, k};
}

// Puts customers into ascending order, joins equal ones, and returns the sum of the logarithms of all gaps.
double customers_of(View<RegularCount> rows, std::vector<CustomerCount> &customers);

// Fits customers sorted by frequency at each k from least_k to most_k, by frequency, recency and tenure; with log_gaps,
// the sum of the logarithms of all gaps, by all times. Throws Stopped.
Fit fit_regular(View<CustomerCount> customers, PurchaseSearch (*search)(double k), const PurchaseSearch &irregular,
                int least_k, int most_k, const double *log_gaps, double prior, Stop stop);

}  // namespace cltv
