// BG/BB: before each opportunity a customer leaves with probability theta ~ Beta(gamma, delta); one who is there
// purchases with probability p ~ Beta(alpha, beta). Sums over the opportunities, each term from the one before.
#include <algorithm>
#include <cmath>

#include "table.hpp"
#include "traits.hpp"

namespace reference {

namespace {

struct Bgbb {
    double alpha, beta, gamma, delta;
    double frequency, recency, tenure;
};

// ln E[P^x (1 - P)^y] of P ~ Beta(a, b)
Real log_moment(const Real &a, const Real &b, const Real &x, const Real &y) {
    return log_beta_integral(a + x, b + y) - log_beta_integral(a, b);
}

// Somebody there after the opportunity number `now`, with p ~ Beta(a, b) and theta ~ Beta(c, d).
struct There {
    There(const Bgbb &customer, double now)
        : a(Real(customer.alpha) + customer.frequency), b(Real(customer.beta) + now - customer.frequency),
          c(customer.gamma), d(Real(customer.delta) + now) {}
    Real a, b, c, d;
};

// How the next m opportunities go without a purchase.
struct Silence {
    Real there = 1, gone = 0;

    Silence(const There &t, double m) {
        for (double i = 0; i < m; ++i) {
            gone += there * (t.c / (t.c + t.d + i));
            there *= (t.d + i) / (t.c + t.d + i) * ((t.b + i) / (t.a + t.b + i));
        }
    }
    Real both() const { return there + gone; }
};

// P(no purchase ever again): E[theta/(theta + p (1 - theta))], the integral over theta inside that over p.
Real never_purchases(const There &t) {
    const auto inner = [&](const auto &log_p) {
        using N = std::decay_t<decltype(log_p)>;
        const auto f = [&](const auto &u) {
            using V = std::decay_t<decltype(u)>;
            const Logit<V> theta(u);
            return V(V(t.c) * theta.log_p + V(t.d) * theta.log_q - log_sum(V(0), V(V(log_p) - u)));
        };
        return log_integral<N>(f, {0.0, static_cast<double>(log_p), static_cast<double>(log(Real(t.c / t.d)))});
    };
    // In double, where only the shape matters, with the mean of theta for theta.
    const double mean_logit = static_cast<double>(log(Real(t.c / t.d)));
    struct Integrand {
        const There &t;
        double mean_logit;
        const decltype(inner) &exact;
        double operator()(double v) const {
            const Logit<double> p(v);
            return static_cast<double>(t.a) * p.log_p + static_cast<double>(t.b) * p.log_q -
                   log_sum(0.0, p.log_p - mean_logit);
        }
        Real operator()(const Real &v) const {
            const Logit<Real> p(v);
            return t.a * p.log_p + t.b * p.log_q + exact(p.log_p);
        }
    };
    const double mean_p = static_cast<double>(log(Real(t.a / t.b)));
    return exp(Real(log_integral<Real>(Integrand{t, mean_logit, inner}, {0, mean_p, mean_logit}) -
                    log_beta_integral(t.a, t.b) - log_beta_integral(t.c, t.d)));
}

// The sum over the next opportunities of P(there) e^(-discount h).
Real periods(const There &t, double horizon, double discount) {
    if (std::isinf(horizon)) {
        if (discount == 0) return t.c > 1 ? exp(log_moment(t.c, t.d, -1, 1)) : Real(HUGE_VAL);
        // Geometric for each theta: (1 - theta)/(e^discount - 1 + theta).
        const Real rate = expm1(Real(discount));
        const auto f = [&](const auto &v) {
            using N = std::decay_t<decltype(v)>;
            const Logit<N> theta(v);
            return N(N(t.c) * theta.log_p + (N(t.d) + 1) * theta.log_q - log_sum(N(log(N(rate))), theta.log_p));
        };
        const double bend = static_cast<double>(log(rate)), mean = static_cast<double>(log(Real(t.c / t.d)));
        return exp(Real(log_integral<Real>(f, {0, bend, mean}) - log_beta_integral(t.c, t.d)));
    }
    const Real factor = exp(-Real(discount));
    Real term = 1, sum = 0;
    for (double h = 0; h < horizon; ++h) {
        term *= (t.d + h) / (t.c + t.d + h) * factor;
        sum += term;
    }
    return sum;
}

// k purchases at i opportunities and there at all of them, for i = k, k + 1, ...; then gone or at the horizon.
Real purchase_pmf(const There &t, double horizon, double k) {
    if (k > horizon) return 0;
    Real here = 1, sum = 0;
    for (double i = k; i < horizon; ++i) {
        sum += here * (t.c / (t.c + t.d + i));
        here *= Real(i + 1) / (i + 1 - k) * ((t.b + i - k) / (t.a + t.b + i)) * ((t.d + i) / (t.c + t.d + i));
    }
    return exp(log_moment(t.a, t.b, k, 0) + log_moment(t.c, t.d, 0, k)) * (sum + here);
}

Bgbb draw_bgbb(Draws &draw, int kind) {
    Bgbb c{};
    const bool wide = kind == 0 || (kind == 2 && draw.chance(0.4));
    for (double *p : {&c.alpha, &c.beta, &c.gamma, &c.delta}) *p = wide ? draw_parameter(draw) : draw.uniform(0.1, 5);
    c.tenure = draw.chance(0.1) ? 0 : std::round(draw.log_uniform(1, wide ? 36500 : 60));
    if (draw.chance(0.75) && c.tenure > 0) {
        const double behind = draw.chance(0.2) ? 0 : draw.chance(0.5) ? draw.uniform() : draw.log_uniform(1e-4, 1);
        c.recency = std::max(1.0, std::round(c.tenure * (1 - behind)));
        const double share = draw.chance(0.2) ? 1 : draw.chance(0.5) ? draw.uniform() : draw.log_uniform(1e-4, 1);
        c.frequency = std::min(10000.0, std::max(1.0, std::round(c.recency * share)));
    }
    if (kind != 2) return c;
    const double near = draw.chance(0.3) ? 0 : draw.sign() * draw.log_uniform(1e-15, 1e-3);
    switch (draw.below(4)) {
        case 0: c.gamma = 1 + near; break;
        case 1: c.gamma = 1 + draw.below(4) + near; break;
        case 2: c.gamma = draw.log_uniform(1e-3, 0.1), c.delta = draw.log_uniform(1e-3, 0.1); break;
        default: c.alpha = draw.log_uniform(1e-3, 0.1), c.beta = draw.log_uniform(1e-3, 0.1);
    }
    return c;
}

}  // namespace

void bgbb_table(Part part) {
    print_header(part, "alpha beta gamma delta frequency recency tenure horizon discount n log_likelihood prob_alive "
                       "prob_dead prob_no_purchase prob_alive_after expected_purchases discounted_purchases "
                       "purchase_pmf");
    for (int i = part.part; i < 1200; i += part.parts) {
        Draws draw(200000 + static_cast<std::uint64_t>(i));
        const int kind = i % 3;
        const Bgbb c = draw_bgbb(draw, kind);
        // Two nested integrals take seconds, and ages where a density is flat on the logarithmic scale.
        const bool endless = draw.chance(0.15) && c.alpha + c.frequency > 0.2 && c.gamma > 0.2;
        const double longest = kind == 1 ? 100 : 36500, finite = std::round(draw.log_uniform(1, longest));
        const double horizon = endless ? HUGE_VAL : finite;
        const double discount = kind == 1 ? draw.log_uniform(1e-3, 1) : draw.log_uniform(1e-7, 1);
        const double share = draw.chance(0.5) ? draw.log_uniform(1e-4, 1) : draw.uniform();
        const double some = draw.chance(0.2) ? 1 : std::max(1.0, std::round(finite * share));
        const double n = endless ? 0 : some;  // of the numbers of purchases ever only none is known

        const There after_last(c, c.recency), now(c, c.tenure);
        const Silence silence(after_last, c.tenure - c.recency);
        const Real log_likelihood = log_moment(c.alpha, c.beta, c.frequency, Real(c.recency) - c.frequency) +
                                    log_moment(c.gamma, c.delta, 0, c.recency) + log(silence.both());
        const Real there = silence.there / silence.both(), stays = now.d / (now.c + now.d);
        const Real often = now.a / (now.a + now.b);

        for (double input : {c.alpha, c.beta, c.gamma, c.delta, c.frequency, c.recency, c.tenure, horizon, discount, n})
            print_input(input);
        print_result(log_likelihood, '\t');
        print_result(there * stays, '\t');
        print_result((silence.gone + silence.there * (1 - stays)) / silence.both(), '\t');
        const Real never = endless ? never_purchases(now) : Silence(now, horizon).both();
        const Real none = silence.gone / silence.both() + there * never;
        print_result(none, '\t');
        print_result(endless ? Real(0) : there * exp(log_moment(now.c, now.d, 0, Real(horizon) + 1)), '\t');
        print_result(there * often * periods(now, horizon, 0), '\t');
        print_result(there * often * periods(now, horizon, discount), '\t');
        print_result(endless ? none : there * purchase_pmf(now, horizon, n), '\n');
        std::fflush(stdout);
    }
}

}  // namespace reference
