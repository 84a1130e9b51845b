// The limits of BG/BB: one probability to purchase, or always or never; one probability to leave, or never, or at once.
#include <algorithm>
#include <cmath>

#include "table.hpp"
#include "traits.hpp"

namespace reference {

namespace {

// A probability and the rest to 1, each with all its digits.
template <class N>
struct Chance {
    N yes, no;
};

template <class N>
Chance<N> known(const N &probability) { return {probability, N(1 - probability)}; }

// One customer's hidden traits: whether to purchase at an opportunity, and to leave before one.
template <class N>
struct Chances {
    Chance<N> purchase, leave;
};

struct Case {
    int form;  // as bgbb.cpp numbers them, from 1
    double parameter[4];  // as many as the form has
    double frequency, recency, tenure, horizon, discount, n;

    bool beta_tries() const { return form <= 3; }
    bool one_try() const { return form >= 4 && form <= 7; }
    bool always() const { return form == 8 || form == 9; }
    bool beta_leaving() const { return form == 4 || form == 8 || form == 11; }
    bool one_leaving() const { return form == 2 || form == 6 || form == 9 || form == 12; }
    bool at_once() const { return form == 3 || form == 7; }
    double leaving(int i) const { return parameter[(beta_tries() ? 2 : always() ? 0 : 1) + i]; }
};

// What is asked of one customer with such traits: the probability of the past with the customer still there, that with
// the customer gone, and what the former expects of the future.
enum Quantity { there, gone, alive, silent, stays, purchases, discounted, exactly_n };

template <class N>
N power(const N &x, double n) { return n == 0 ? N(1) : x == 0 ? N(0) : N(pow(x, N(n))); }

// 1 + z + ... + z^(m - 1) with z = 1 - ends.
template <class N>
N geometric_sum(const N &ends, double m) {
    if (ends == 0) return N(m);
    if (std::isinf(m)) return N(1 / ends);
    return ends >= 1 ? N(m > 0 ? 1 : 0) : N(-expm1(N(N(m) * log1p(N(-ends)))) / ends);
}

template <class N>
N value(const Case &c, const Chances<N> &t, int quantity) {
    const N p = t.purchase.yes, q = t.purchase.no, theta = t.leave.yes, s = t.leave.no, ends = theta + p * s;
    const bool endless = std::isinf(c.horizon);
    const double x = c.frequency, h = c.horizon;
    switch (quantity) {
        case there: return power(p, x) * power(q, c.tenure - x) * power(s, c.tenure);
        case gone:
            return power(p, x) * power(q, c.recency - x) * power(s, c.recency) * theta *
                   geometric_sum(ends, c.tenure - c.recency);
        case alive: return s;
        case silent: return theta * geometric_sum(ends, h) + (endless ? N(0) : power(N(q * s), h));
        case stays: return endless ? N(0) : power(s, h + 1);
        case purchases: return p * s * geometric_sum(theta, h);
        case discounted: {
            const N factor = exp(N(-N(c.discount)));
            return p * s * factor * geometric_sum(N(theta + s * -expm1(N(-N(c.discount)))), h);
        }
        default: {
            N here = power(N(p * s), c.n), sum = 0;
            for (double i = c.n; i < h; ++i) {
                sum += here * theta;
                here *= N(i + 1) / N(i + 1 - c.n) * q * s;
            }
            return sum + here;
        }
    }
}

// The mean over customers of a product of two such values, the second being optional.
Real mean(const Case &c, int first, int second = -1) {
    const auto product = [&](const auto &t) {
        using N = std::decay_t<decltype(t.leave.yes)>;
        const N one = value<N>(c, t, first);
        return second < 0 || one == 0 ? one : N(one * value<N>(c, t, second));
    };
    // Over how customers leave, given p.
    const auto over_leaving = [&](const auto &purchase) {
        using N = std::decay_t<decltype(purchase.yes)>;
        const N one = c.one_leaving() || c.at_once() ? N(c.leaving(0)) : N(0);
        if (c.at_once())
            return N(one * product(Chances<N>{purchase, known(N(1))}) +
                     (1 - one) * product(Chances<N>{purchase, known(N(0))}));
        return product(Chances<N>{purchase, known(one)});
    };
    const double horizon = std::isinf(c.horizon) ? 1 : c.horizon;
    // ln of the integral of the beta density, without its constant, times f(p).
    const auto beta_mean = [&](double a, double b, double more, double less, double other, const auto &f) {
        const auto log_f = [&](const auto &v) {
            using N = std::decay_t<decltype(v)>;
            const Logit<N> l(v);
            const N here = f(Chance<N>{N(exp(l.log_p)), N(exp(l.log_q))});
            return here > 0 ? N(N(a) * l.log_p + N(b) * l.log_q + log(here)) : N(-1e9);
        };
        if (f(known(Real(a / (a + b)))) == 0) return Real(0);
        return exp(Real(log_integral<Real>(log_f, {0, std::log(a / b), std::log((a + more) / (b + less)), -std::log(horizon),
                                                   std::log(other)}) -
                        log_beta_integral(a, b)));
    };
    if (c.beta_tries()) {
        const double other = c.one_leaving() ? c.leaving(0) : 1;
        return beta_mean(c.parameter[0], c.parameter[1], c.frequency, c.tenure - c.frequency, other,
                         [&](const auto &purchase) { return over_leaving(purchase); });
    }
    const auto given_p = [&](double p) {
        if (!c.beta_leaving()) return over_leaving(known(Real(p)));
        return beta_mean(c.leaving(0), c.leaving(1), 0, c.tenure, p == 0 ? 1 : p, [&](const auto &leave) {
            using N = std::decay_t<decltype(leave.yes)>;
            return product(Chances<N>{known(N(p)), leave});
        });
    };
    if (c.one_try()) return given_p(c.parameter[0]);
    if (c.always()) return given_p(1);
    const Real share = c.parameter[0];
    return share * given_p(1) + (1 - share) * given_p(0);
}

Case draw_case(Draws &draw, int form) {
    Case c{form, {}, 0, 0, 0, 0, 0, 0};
    double *p = c.parameter;
    if (c.beta_tries()) {
        *p++ = draw.log_uniform(0.05, 20);
        *p++ = draw.log_uniform(0.05, 50);
    } else if (!c.always()) {
        *p++ = draw.uniform(0.01, 0.95);
    }
    if (c.beta_leaving()) {
        *p++ = draw.log_uniform(0.05, 10);
        *p++ = draw.log_uniform(0.1, 50);
    } else if (c.one_leaving() || c.at_once()) {
        *p++ = draw.log_uniform(1e-4, 0.9);
    }
    c.tenure = draw.chance(0.1) ? 0 : std::round(draw.log_uniform(1, draw.chance(0.3) ? 2000 : 40));
    if (draw.chance(0.7) && c.tenure > 0) {
        c.recency = std::max(1.0, std::round(c.tenure * (draw.chance(0.2) ? 1 : draw.uniform())));
        c.frequency = std::max(1.0, std::round(c.recency * (draw.chance(0.3) ? 1 : draw.uniform())));
    }
    // Whoever purchases at all takes every opportunity, and does not stop where nobody leaves.
    if (form >= 8) c.frequency = c.recency;
    if (form == 10 && c.frequency > 0) c.frequency = c.recency = c.tenure;
    const bool endless = c.one_leaving() && draw.chance(0.2);
    c.horizon = endless ? HUGE_VAL : std::round(draw.log_uniform(1, draw.chance(0.2) ? 1000 : 60));
    c.discount = draw.log_uniform(1e-5, 1);
    c.n = endless ? 0 : std::min(c.horizon, std::round(draw.log_uniform(1, 20)));
    return c;
}

}  // namespace

void bgbb_limits_table(Part part) {
    print_header(part, "form p1 p2 p3 frequency recency tenure horizon discount n log_likelihood prob_alive prob_dead "
                       "prob_no_purchase prob_alive_after expected_purchases discounted_purchases purchase_pmf");
    for (int i = part.part; i < 240; i += part.parts) {
        Draws draw(700000 + static_cast<std::uint64_t>(i));
        const Case c = draw_case(draw, 1 + i % 12);
        const Real here = mean(c, there), left = mean(c, gone), both = here + left, next = mean(c, there, alive);
        for (double input : {static_cast<double>(c.form), c.parameter[0], c.parameter[1], c.parameter[2], c.frequency,
                             c.recency, c.tenure, c.horizon, c.discount, c.n})
            print_input(input);
        print_result(c.tenure == 0 ? Real(0) : Real(log(both)), '\t');
        print_result(next / both, '\t');
        print_result((left + here - next) / both, '\t');
        const Real none = (left + mean(c, there, silent)) / both;
        print_result(none, '\t');
        print_result(mean(c, there, stays) / both, '\t');
        print_result(mean(c, there, purchases) / both, '\t');
        print_result(mean(c, there, discounted) / both, '\t');
        print_result(c.n == 0 ? none : Real(mean(c, there, exactly_n) / both), '\n');
        std::fflush(stdout);
    }
}

}  // namespace reference
