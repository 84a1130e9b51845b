#include "core/purchases/recalled_interval.hpp"

#include <algorithm>
#include <cmath>

#include "core/purchases/beta_geometric_model.hpp"
#include "core/purchases/pareto_model.hpp"

namespace cltv {

namespace {

constexpr int n_parameters = 4;
using Pnbd = ParetoModel<GammaRates, GammaRates>;

// A positive function of the parameters, and the derivatives of its logarithm by central differences, whose error of about 1e-10
// is far below that of the delta method.
template <class Function>
void differentiate(const double *p, double *values, Function &&f) {
    constexpr double step = 1e-5;
    double moved[n_parameters];
    std::copy(p, p + n_parameters, moved);
    values[0] = f(p);
    for (int i = 0; i < n_parameters; ++i) {
        moved[i] = p[i] * (1 + step);
        const double above = f(moved), to = moved[i];
        moved[i] = p[i] * (1 - step);
        const double below = f(moved);
        values[1 + i] = (above - below) / ((to - moved[i]) * values[0]);
        moved[i] = p[i];
    }
}

// The odds that a customer has left, and the gradient of their logarithm.
struct OddsDead {
    double odds, gradient[n_parameters];
};

// a/(b + n - 1) ((alpha + T)/(alpha + t_x))^(r + x): see log_odds_dead in beta_geometric_model.hpp.
template <int first_chances>
bool odds_dead(const double *p, const Customer &c, OddsDead &dead) {
    const double n = c.frequency + first_chances, m = p[0] + c.frequency, alpha = p[1], a = p[2], chances = p[3] + (n - 1);
    if (n == 0) {
        dead = {0, {0, 0, 0, 0}};
        return true;
    }
    dead.odds = std::exp(BetaChances(p + 2).log_odds_left(n) -
                         GammaRates(p).after(c.frequency, c.recency).log_silence(c.tenure - c.recency));
    dead.gradient[0] = std::log1p((c.tenure - c.recency) / (alpha + c.recency));
    dead.gradient[1] = m * (1 / (alpha + c.tenure) - 1 / (alpha + c.recency));
    dead.gradient[2] = 1 / a;
    dead.gradient[3] = -1 / chances;
    return true;
}

// As in pareto_model.hpp.
bool pareto_odds_dead(const double *p, const Customer &c, GradientMemo &memo, OddsDead &dead) {
    constexpr double least_rest = 0.2;
    const double silence = c.tenure - c.recency;
    if (silence == 0) {
        dead = {0, {0, 0, 0, 0}};
        return true;
    }
    const auto rate_at = [&](const double *q, double time) { return GammaRates(q).after(c.frequency, time); };
    const auto departure_at = [&](const double *q, double time) { return GammaRates(q + 2).after(0, time); };
    const GammaBelief rate = rate_at(p, c.recency), departure = departure_at(p, c.recency);
    const double log_silent = rate.log_silence(silence) + departure.log_silence(silence);
    const double silent_gradient[] = {-std::log1p(silence / rate.A), rate.m * (1 / rate.A - 1 / (rate.A + silence)),
                                      -std::log1p(silence / departure.A),
                                      departure.m * (1 / departure.A - 1 / (departure.A + silence))};
    double left[1 + n_parameters];
    if (prob_first_soon(departure, rate, silence, left[0])) {
        bool known = true;
        differentiate(p, left, [&](const double *q) {
            double soon = 0;
            known = known && prob_first_soon(departure_at(q, c.recency), rate_at(q, c.recency), silence, soon);
            return soon;
        });
        if (!known) return false;
    } else {
        double first[1 + n_parameters], last[1 + n_parameters];
        const auto ever = [&](double time, double *values) {
            memo.recall(c.frequency, time, -1, values, [&](double *made) {
                differentiate(p, made, [&](const double *q) { return prob_first_ever(departure_at(q, time), rate_at(q, time)); });
            });
        };
        ever(c.recency, first);
        ever(c.tenure, last);
        const double silent = std::exp(log_silent);
        left[0] = first[0] - silent * last[0];
        if (!(left[0] > least_rest * first[0])) return false;
        for (int i = 0; i < n_parameters; ++i)
            left[1 + i] = (first[0] * first[1 + i] - silent * last[0] * (last[1 + i] + silent_gradient[i])) / left[0];
    }
    dead.odds = left[0] * std::exp(-log_silent);
    for (int i = 0; i < n_parameters; ++i) dead.gradient[i] = left[1 + i] - silent_gradient[i];
    return true;
}

}  // namespace

bool recalled_interval(const OrdersFamily &family, const ModelView &model, const Customer &customer, double horizon,
                       double quantile, GradientMemo &memo, ConfidenceInterval &interval) {
    const double *const p = model.parameters;
    const bool zero = &family == &BetaGeometricModel<GammaRates, BetaChances, 0>::orders,
               one = &family == &BetaGeometricModel<GammaRates, BetaChances, 1>::orders, pareto = &family == &Pnbd::orders;
    if (!(zero || one || pareto) || model.design != nullptr || model.calendar != nullptr || model.n_parameters != n_parameters ||
        model.covariance == nullptr || horizon == 0)
        return false;
    for (int i = 0; i < n_parameters; ++i)
        if (model.states[i] != ParameterState::estimated) return false;
    double all[n_parameters + 1] = {0, 0, 0, 0, pareto ? 2.0 : one ? 1.0 : 0.0};
    std::copy(p, p + n_parameters, all);
    memo.put(all, n_parameters + 1);
    OddsDead dead;
    if (!(zero  ? odds_dead<0>(p, customer, dead)
          : one ? odds_dead<1>(p, customer, dead)
                : pareto_odds_dead(p, customer, memo, dead)))
        return false;
    double active[1 + n_parameters];
    memo.recall(customer.frequency, customer.tenure, horizon, active, [&](double *values) {
        differentiate(p, values, [&](const double *q) {
            const GammaBelief rate = GammaRates(q).after(customer.frequency, customer.tenure);
            return pareto ? rate.mean() * GammaRates(q + 2).after(0, customer.tenure).time_left(horizon)
                          : BetaChances(q + 2).after(customer.frequency + (one ? 1 : 0)).events(rate, horizon);
        });
    });
    // 1/(1 + odds) times the expectation of an active customer; the gradients of the logarithms add up.
    const double alive = 1 / (1 + dead.odds), dead_share = 1 / (1 + 1 / dead.odds);
    const double expected = alive * active[0];
    double gradient[n_parameters], variance = 0;
    for (int i = 0; i < n_parameters; ++i) gradient[i] = active[1 + i] - dead_share * dead.gradient[i];
    for (int i = 0; i < n_parameters; ++i)
        for (int j = 0; j < n_parameters; ++j) variance += gradient[i] * model.covariance[covariance_index(i, j)] * gradient[j];
    const double spread = std::exp(quantile * std::sqrt(std::max(variance, 0.0)));
    interval = {expected / spread, expected, expected * spread};
    return expected > 0 && std::isfinite(expected) && std::isfinite(variance);
}

}  // namespace cltv
