// The limits of the models of purchases in continuous time: one rate of purchase, one rate or chance of departure,
// nobody leaves, or some at once.
#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <functional>

#include "table.hpp"
#include "traits.hpp"

namespace reference {

namespace {

using std::isinf;
using std::pow;

// One customer's hidden traits: the rate of purchases, and how the customer leaves: with the chance p at every purchase
// (0 never, 1 at the first), or at the rate mu.
template <class N>
struct Hidden {
    N lambda, leave;
};

struct Case {
    int family;  // 0 BG/NBD, 1 MBG/NBD, 2 Pareto/NBD
    int limit;   // as PurchaseSearch numbers them, from 1
    double p[3];
    double frequency, recency, tenure, horizon, discount, n;

    bool gamma_rates() const { return limit <= 3; }
    bool at_rate() const { return family == 2 && limit != 1 && limit != 3 && limit != 5 && limit != 7; }
    int chances() const { return static_cast<int>(frequency) + (family == 0 ? 0 : 1); }
};

// What is asked of one customer with such traits: the density of the past with the customer still there, that with the
// customer gone, and what the former expects of the future.
enum Quantity { there, gone, silent, stays, purchases, discounted, exactly_n, n_quantities };

// 1 - e^-y over y, and 1 at 0.
template <class N>
N share_within(const N &y) { return y == 0 ? N(1) : N(-expm1(N(-y)) / y); }

template <class N>
N poisson(const N &mean, double n) {
    using boost::math::lgamma;
    using std::lgamma;
    return mean == 0 ? N(n == 0 ? 1 : 0) : N(exp(N(N(n) * log(mean) - mean - lgamma(N(n) + 1))));
}

template <class N>
N poisson_tail(const N &mean, double n) { return isinf(mean) ? N(1) : N(boost::math::gamma_p(N(n), mean)); }

template <class N>
N value(const Case &c, const Hidden<N> &t, int quantity) {
    const N T = c.tenure, last = c.recency, h = c.horizon, delta = c.discount, l = t.lambda, x = c.frequency;
    const bool endless = std::isinf(c.horizon);
    const N before = x == 0 ? N(1) : N(pow(l, x));
    if (c.at_rate()) {
        const N mu = t.leave, both = l + mu;
        switch (quantity) {
            case there: return before * exp(N(-both * T));
            case gone: return before * mu * exp(N(-both * last)) * (T - last) * share_within(N(both * (T - last)));
            case silent: return endless ? N(mu / both) : N((mu + l * exp(N(-both * h))) / both);
            case stays: return endless ? N(0) : N(exp(N(-mu * h)));
            case purchases: return endless ? N(l / mu) : N(l * h * share_within(N(mu * h)));
            case discounted: return endless ? N(l / (mu + delta)) : N(l * h * share_within(N((mu + delta) * h)));
            default: {
                const N whole = endless ? N(0) : N(poisson(N(l * h), c.n) * exp(N(-mu * h)));
                const N left = endless ? N(1) : poisson_tail(N(both * h), c.n + 1);
                return whole + pow(N(l / both), N(c.n)) * mu / both * left;
            }
        }
    }
    const N p = t.leave, q = 1 - p;
    const int k = c.chances();
    const auto power = [&](int n) { return n == 0 ? N(1) : q == 0 ? N(0) : N(pow(q, N(n))); };
    const N fall = l * p;
    switch (quantity) {
        case there: return before * power(k) * exp(N(-l * T));
        case gone: return k == 0 ? N(0) : N(before * p * power(k - 1) * exp(N(-l * last)));
        case silent: return endless ? N(0) : N(exp(N(-l * h)));
        case stays: return endless ? N(p == 0 ? 1 : 0) : N(exp(N(-fall * h)));
        case purchases: return endless ? N(1 / p) : N(l * h * share_within(N(fall * h)));
        case discounted: return endless ? N(l / (fall + delta)) : N(l * h * share_within(N((fall + delta) * h)));
        default: {
            const N mean = l * h;
            const N whole = endless ? N(0) : poisson(mean, c.n);
            return power(static_cast<int>(c.n) - 1) * (q * whole + p * (endless ? N(1) : poisson_tail(mean, c.n)));
        }
    }
}

// The mean over customers of a product of two such values, the second being optional.
Real mean(const Case &c, int first, int second = -1) {
    const auto product = [&](const auto &t) {
        using N = std::decay_t<decltype(t.lambda)>;
        const N one = value<N>(c, t, first);
        return second < 0 || one == 0 ? one : N(one * value<N>(c, t, second));
    };
    const double *p = c.p;
    if (c.gamma_rates()) {
        const auto over_rates = [&](double leave) {
            if (product(Hidden<Real>{Real(p[0]) / p[1], Real(leave)}) == 0) return Real(0);  // for every rate
            const auto f = [&](const auto &v) {
                using N = std::decay_t<decltype(v)>;
                if (v > 690) return N(-1e9);  // the gamma density is nothing there
                const N lambda = exp(v), here = product(Hidden<N>{lambda, N(leave)});
                return here > 0 ? N(N(p[0]) * v - N(p[1]) * lambda + log(here)) : N(-1e9);
            };
            const double m = p[0] + c.frequency, horizon = std::isinf(c.horizon) ? 1 : c.horizon;
            return exp(Real(log_integral<Real>(f, {std::log(p[0] / p[1]), std::log(m / (p[1] + c.tenure)),
                                                   std::log(c.n / horizon), -std::log(horizon)}) -
                            log_gamma_integral(p[0], p[1])));
        };
        if (c.limit == 3) return Real(p[2]) * over_rates(1) + (1 - Real(p[2])) * over_rates(0);
        return over_rates(c.limit == 2 ? p[2] : 0);
    }
    const auto at = [&](const Real &leave) { return product(Hidden<Real>{Real(p[0]), leave}); };
    if (c.limit == 7) return Real(p[1]) * at(1) + (1 - Real(p[1])) * at(0);
    if (c.limit != 4) return at(c.limit == 6 ? Real(p[1]) : Real(0));
    const bool rate = c.at_rate();
    if (at(Real(rate ? p[1] / p[2] : p[1] / (p[1] + p[2]))) == 0) return Real(0);
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        if (rate && v > 690) return N(-1e9);
        const Logit<N> l(v);
        const N leave = rate ? N(exp(v)) : N(exp(l.log_p));
        const N weight = rate ? N(N(p[1]) * v - N(p[2]) * leave) : N(N(p[1]) * l.log_p + N(p[2]) * l.log_q);
        const N here = product(Hidden<N>{N(p[0]), leave});
        return here > 0 ? N(weight + log(here)) : N(-1e9);
    };
    const double horizon = std::isinf(c.horizon) ? 1 : c.horizon;
    return exp(Real(log_integral<Real>(f, {std::log(p[1] / p[2]), std::log((p[1] + 1) / (p[2] + c.tenure)),
                                           -std::log(p[0] * horizon), -std::log(horizon), 0.0}) -
                    (rate ? log_gamma_integral(p[1], p[2]) : log_beta_integral(p[1], p[2]))));
}

Case draw_case(Draws &draw, int family, int limit) {
    Case c{family, limit, {}, 0, 0, 0, 0, 0, 0};
    const double shape = draw.log_uniform(0.05, 20), scale = draw.log_uniform(1, 500);
    const double leave = draw.log_uniform(1e-4, 0.9), death = draw.log_uniform(1e-5, 0.1);
    double *p = c.p;
    if (c.gamma_rates()) {
        p[0] = shape;
        p[1] = scale;
        p += 2;
    } else {
        *p++ = draw.log_uniform(1e-4, 1);
    }
    if (limit == 4) {
        p[0] = draw.log_uniform(0.05, 20);
        p[1] = family == 2 ? draw.log_uniform(1, 1000) : draw.log_uniform(0.05, 100);
    } else if (limit != 1 && limit != 5) {
        p[0] = c.at_rate() ? death : leave;
    }
    c.tenure = draw.chance(0.1) ? 0 : draw.log_uniform(1, 1000);
    c.frequency = c.tenure == 0 || draw.chance(0.3) ? 0 : std::round(draw.log_uniform(1, 60));
    c.recency = c.frequency == 0 ? 0 : draw.chance(0.2) ? c.tenure : Draws::brief(c.tenure * draw.uniform(0.01, 1));
    const bool leaves = limit == 2 || limit == 6;
    c.horizon = leaves && draw.chance(0.15) ? HUGE_VAL : draw.log_uniform(1, 1000);
    c.discount = draw.log_uniform(1e-5, 1e-2);
    constexpr double some[] = {1, 2, 3, 7, 20};
    c.n = some[draw.below(5)];
    return c;
}

}  // namespace

void limits_table(Part part) {
    print_header(part, "family limit p1 p2 p3 frequency recency tenure horizon discount n log_likelihood prob_alive "
                       "prob_dead prob_no_purchase prob_alive_after expected_purchases discounted_purchases purchase_pmf");
    for (int i = part.part; i < 210; i += part.parts) {
        Draws draw(900000 + static_cast<std::uint64_t>(i));
        const Case c = draw_case(draw, i % 3, 1 + i / 3 % 7);
        const Real alive = mean(c, there), dead = mean(c, gone), both = alive + dead;
        for (double input : {static_cast<double>(c.family), static_cast<double>(c.limit), c.p[0], c.p[1], c.p[2],
                             c.frequency, c.recency, c.tenure, c.horizon, c.discount, c.n})
            print_input(input);
        print_result(c.tenure == 0 ? Real(0) : Real(log(both)), '\t');  // nothing happens in no time
        print_result(alive / both, '\t');
        print_result(dead / both, '\t');
        print_result((dead + mean(c, there, silent)) / both, '\t');
        print_result(mean(c, there, stays) / both, '\t');
        print_result(mean(c, there, purchases) / both, '\t');
        print_result(mean(c, there, discounted) / both, '\t');
        print_result(mean(c, there, exactly_n) / both, '\n');
        std::fflush(stdout);
    }
}

}  // namespace reference
