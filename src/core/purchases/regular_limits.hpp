// The limits of BG/CNBD-k and MBG/CNBD-k as customers grow alike: those of purchase_fit.hpp, each with k.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/purchases/erlang_model.hpp"
#include "core/purchases/purchase_fit.hpp"

namespace cltv::regular_limits {

inline constexpr Parameter k = {"k", Domain::number};
inline constexpr Parameter gamma_rates[] = {{"r"}, {"alpha"}, k}, one_rate[] = {{"lambda"}, k};
inline constexpr Parameter gamma_chance[] = {{"r"}, {"alpha"}, {"p", Domain::share}, k};
inline constexpr Parameter gamma_once[] = {{"r"}, {"alpha"}, {"share", Domain::share}, k};
inline constexpr Parameter rate_once[] = {{"lambda"}, {"share", Domain::share}, k};
inline constexpr Parameter rate_beta[] = {{"lambda"}, {"a"}, {"b"}, k};
inline constexpr Parameter rate_chance[] = {{"lambda"}, {"p", Domain::share}, k};

// The form of the same number there.
template <class Rates, class Chances, int first_chances>
constexpr Form form(int number, View<Parameter> parameters) {
    const Form &irregular = purchase_limits::chance_limits<first_chances>[number];
    return purchase_limits::form(irregular.limit, irregular.sentence, parameters,
                                 ErlangModel<Rates, Chances, first_chances>::orders);
}

template <int first_chances>
inline constexpr Form chance_limits[] = {
    form<GammaRates, NeverLeaves, first_chances>(0, view_of(gamma_rates)),
    form<GammaRates, OneChance, first_chances>(1, view_of(gamma_chance)),
    form<GammaRates, AtOnceOrNever, first_chances>(2, view_of(gamma_once)),
    form<OneRate, BetaChances, first_chances>(3, view_of(rate_beta)),
    form<OneRate, NeverLeaves, first_chances>(4, view_of(one_rate)),
    form<OneRate, OneChance, first_chances>(5, view_of(rate_chance)),
    form<OneRate, AtOnceOrNever, first_chances>(6, view_of(rate_once))};

}  // namespace cltv::regular_limits
