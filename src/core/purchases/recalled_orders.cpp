#include "core/purchases/recalled_orders.hpp"

#include <algorithm>
#include <type_traits>

#include "core/purchases/beta_geometric_model.hpp"
#include "core/purchases/pareto_model.hpp"

namespace cltv {

namespace {

using Bgnbd = BetaGeometricModel<GammaRates, BetaChances, 0>;
using Mbgnbd = BetaGeometricModel<GammaRates, BetaChances, 1>;
using Pnbd = ParetoModel<GammaRates, GammaRates>;

template <class Model>
struct Of {
    using type = Model;
};

// ask(Of<Model>()) of the family's model, if that uses a memo; at the limits of a model little is left to compute.
// Otherwise what the family itself says.
template <class Ask, class Itself>
double ask_model(const OrdersFamily &family, Ask &&ask, Itself &&itself) {
    if (&family == &Bgnbd::orders) return ask(Of<Bgnbd>());
    if (&family == &Mbgnbd::orders) return ask(Of<Mbgnbd>());
    if (&family == &Pnbd::orders) return ask(Of<Pnbd>());
    return itself();
}

// A memo belongs to one function: its numbers depend on the family, on the model's parameters and, where there is one,
// on a further number.
template <class Model>
Memo &of(Memo &memo, const double *p, double further = 0) {
    constexpr int n = Model::n_parameters;
    static_assert(n + 2 <= Memo::most_parameters);
    double all[n + 2];
    std::copy(p, p + n, all);
    all[n] = further;
    all[n + 1] = std::is_same_v<Model, Pnbd> ? 2 : std::is_same_v<Model, Mbgnbd> ? 1 : 0;
    memo.put(all, n + 2);
    return memo;
}

}  // namespace

double recalled_prob_alive(const OrdersFamily &family, const double *p, const Customer &customer, Memo &memo) {
    return &family == &Pnbd::orders ? Pnbd::prob_alive(p, customer, of<Pnbd>(memo, p)) : family.prob_alive(p, customer);
}

double recalled_prob_dead(const OrdersFamily &family, const double *p, const Customer &customer, Memo &memo) {
    return &family == &Pnbd::orders ? Pnbd::prob_dead(p, customer, of<Pnbd>(memo, p)) : family.prob_dead(p, customer);
}

double recalled_no_purchase(const OrdersFamily &family, const double *p, const Customer &customer, double horizon, Memo &memo) {
    return &family == &Pnbd::orders ? Pnbd::prob_no_purchase(p, customer, horizon, of<Pnbd>(memo, p))
                                    : family.prob_no_purchase(p, customer, horizon);
}

double recalled_purchases(const OrdersFamily &family, const double *p, const Customer &customer, double horizon, Memo &memo) {
    return ask_model(
        family,
        [&](auto model) {
            using Model = typename decltype(model)::type;
            return Model::expected_purchases(p, customer, horizon, of<Model>(memo, p));
        },
        [&] { return family.expected_purchases(p, customer, horizon); });
}

double recalled_alive_after(const OrdersFamily &family, const double *p, const Customer &customer, double horizon, Memo &memo) {
    return ask_model(
        family,
        [&](auto model) {
            using Model = typename decltype(model)::type;
            return Model::prob_alive_after(p, customer, horizon, of<Model>(memo, p));
        },
        [&] { return family.prob_alive_after(p, customer, horizon); });
}

double recalled_discounted(const OrdersFamily &family, const double *p, const Customer &customer, double horizon,
                           double discount, Memo &memo) {
    return ask_model(
        family,
        [&](auto model) {
            using Model = typename decltype(model)::type;
            return Model::discounted_purchases(p, customer, horizon, discount, of<Model>(memo, p, discount));
        },
        [&] { return family.discounted_purchases(p, customer, horizon, discount); });
}

double recalled_pmf(const OrdersFamily &family, const double *p, const Customer &customer, double horizon, double n,
                    Memo &memo) {
    return ask_model(
        family,
        [&](auto model) {
            using Model = typename decltype(model)::type;
            return Model::purchase_pmf(p, customer, horizon, n, of<Model>(memo, p, n));
        },
        [&] { return family.purchase_pmf(p, customer, horizon, n); });
}

}  // namespace cltv
