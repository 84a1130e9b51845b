// Pareto/NBD: a customer buys at a rate lambda ~ Gamma(r, rate alpha) and leaves at a rate mu ~ Gamma(s, rate beta).
#include <algorithm>
#include <cmath>

#include "table.hpp"
#include "traits.hpp"

namespace reference {

namespace {

struct Pnbd {
    double r, alpha, s, beta;
    double frequency, recency, tenure;
};

// What is known of a customer who is active: lambda ~ Gamma(m, rate A), mu ~ Gamma(s, rate B).
struct Active {
    Active(const Pnbd &c, double now)
        : m(Real(c.r) + c.frequency), A(Real(c.alpha) + now), s(c.s), B(Real(c.beta) + now) {}
    Real m, A, s, B;
};

double log_ratio(const Real &above, const Real &below) { return static_cast<double>(log(Real(above / below))); }

// ln P(the customer leaves within h, and before a purchase). The next event comes at the rate rho = lambda + mu, and is
// a purchase with probability q = lambda/rho: given both, the probability is (1 - q)(1 - e^(-rho h)). The integral over
// rho is that of a gamma density,
//     Gamma(m + s) q^(m-1) (1 - q)^s [R^-(m+s) - (R + h)^-(m+s)],  R = A q + B (1 - q),
// the one over q is done here, in the logit of q.
Real log_leaves_first(const Active &c, double h) {
    const Real log_A = log(c.A), log_B = log(c.B), all = c.m + c.s;
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        const Logit<N> l(v);
        const N log_R = log_sum(N(N(log_A) + l.log_p), N(N(log_B) + l.log_q));
        N part = 0;
        if (!std::isinf(h)) {
            const N log_share = N(log(N(h))) - log_R;  // of h to R
            const N power = log_share < -600 ? log_share : N(log(log_sum(N(0), log_share)));
            part = log_share_within(N(N(log(N(all))) + power));
        }
        return N(N(c.m) * l.log_p + (N(c.s) + 1) * l.log_q - N(all) * log_R + part);
    };
    const double turn = log_ratio(c.B, c.A), odds = log_ratio(c.m, c.s);
    const double ahead = std::isinf(h) ? turn : log_ratio(c.B + h, c.A + h);
    const double short_h = std::isinf(h) ? 0 : std::log(h) - static_cast<double>(log_A);
    const double long_h = std::isinf(h) ? 0 : static_cast<double>(log_B) - std::log(h);
    return log_integral<Real>(f, {0, turn, odds, turn + odds, ahead, ahead + odds, short_h, long_h}) +
           c.m * log_A + c.s * log_B - log_beta_integral(c.m, c.s);
}

// ln E[e^(-(lambda + mu) h)]
Real log_waits(const Active &c, double h) {
    return log_gamma_integral(c.m, c.A + h) - log_gamma_integral(c.m, c.A) + log_gamma_integral(c.s, c.B + h) -
           log_gamma_integral(c.s, c.B);
}

// ln E[e^(-mu h)]
Real log_stays(const Active &c, double h) { return log_gamma_integral(c.s, c.B + h) - log_gamma_integral(c.s, c.B); }

// E of the integral over 0..h of e^(-(discount + mu) t) dt, (1 - e^(-(discount + mu) h))/(discount + mu).
Real time_left(const Active &c, double h, double discount) {
    if (std::isinf(h) && discount == 0)
        return c.s > 1 ? exp(Real(log_gamma_integral(c.s - 1, c.B) - log_gamma_integral(c.s, c.B))) : Real(HUGE_VAL);
    const Real log_discount = discount > 0 ? log(Real(discount)) : Real(-1e30);
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        const N log_rate = log_sum(v, N(log_discount));
        const N part = std::isinf(h) ? N(0) : log_share_within(N(log_rate + N(log(N(h)))));
        return N(N(c.s) * v - N(c.B) * N(exp(v)) + part - log_rate);
    };
    const double pace = -static_cast<double>(log(c.B)), rate = log_ratio(c.s, c.B);
    const double h_bend = std::isinf(h) ? rate : -std::log(h);
    const double d_bend = discount > 0 ? std::log(discount) : rate;
    return exp(Real(log_integral<Real>(f, {pace, rate, h_bend, d_bend}) - log_gamma_integral(c.s, c.B)));
}

// The probability of n purchases within h by somebody who then is still there, or has left before: at t, and after n
// purchases, with the density mu e^(-mu t) (lambda t)^n/n! e^(-lambda t).
Real purchase_pmf(const Active &c, double h, double n) {
    const Real size = log_gamma_integral(Real(n) + 1, 1), before = log_gamma_integral(c.m, c.A);
    const Real choices = log_gamma_integral(c.m + n, 1) - size - before;
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        // t = h/(1 + e^-v), or e^v where there is no end
        N log_t = v, jacobian = v;
        if (!std::isinf(h)) {
            const Logit<N> l(v);
            log_t = l.log_p + N(log(N(h)));
            jacobian = log_t + l.log_q;
        }
        return N(N(n) * log_t - (N(c.m) + N(n)) * log_sum(N(log(N(c.A))), log_t) -
                 (N(c.s) + 1) * log_sum(N(log(N(c.B))), log_t) + jacobian);
    };
    const auto bend = [&](const Real &time) {
        const double t = static_cast<double>(time);
        if (std::isinf(h)) return std::log(t);
        return t < h * 0.999999 ? -std::log(h / t - 1) : 12.0;
    };
    const double leaves_late = static_cast<double>((c.A * (Real(n) + 1)) / c.m);
    const double leaves_early = static_cast<double>(c.B / c.s);
    // Where the slope in ln t is 0: the larger root of a quadratic equation.
    const Real p = (Real(n) - c.s) * c.A + (1 - c.m) * c.B, q = 4 * (c.m + c.s) * (Real(n) + 1) * c.A * c.B;
    const Real top = (p + sqrt(Real(p * p + q))) / (2 * (c.m + c.s));
    const Real left = log_integral<Real>(f, {bend(c.A), bend(c.B), bend(leaves_late), bend(leaves_early), bend(top),
                                             std::isinf(h) ? bend(top) : 0.0});
    Real sum = exp(Real(choices + left + log(c.s) + c.s * log(c.B)));
    if (!std::isinf(h))
        sum += exp(Real(log_gamma_integral(c.m + n, c.A + h) + n * log(Real(h)) - size - before + log_stays(c, h)));
    return sum;
}

void draw_times(Draws &draw, Pnbd &c, double longest) {
    c.frequency = draw.chance(0.25) ? 0 : std::round(draw.log_uniform(1, longest > 2000 ? 10000 : 100));
    c.tenure = draw.chance(0.1) ? 0 : draw.log_uniform(longest > 2000 ? 0.01 : 5, longest);
    if (c.tenure == 0) c.frequency = 0;
    switch (draw.below(4)) {
        case 0: c.recency = c.tenure; break;
        case 1: c.recency = Draws::brief(c.tenure * (1 - draw.log_uniform(1e-4, 1))); break;
        case 2: c.recency = Draws::brief(c.tenure * draw.log_uniform(1e-4, 1)); break;
        default: c.recency = Draws::brief(c.tenure * draw.uniform());
    }
    c.recency = c.frequency == 0 ? 0 : c.recency == 0 ? c.tenure : std::min(c.recency, c.tenure);
}

Pnbd draw_pnbd(Draws &draw, int kind) {
    Pnbd c{};
    const bool wide = kind == 0 || (kind == 2 && draw.chance(0.5));
    for (double *p : {&c.r, &c.s}) *p = wide ? draw_parameter(draw) : draw.uniform(0.1, 3);
    for (double *p : {&c.alpha, &c.beta}) *p = wide ? draw_parameter(draw) : draw.log_uniform(1, 500);
    draw_times(draw, c, wide ? 36500 : 1000);
    if (kind != 2) return c;
    const double near = draw.chance(0.3) ? 0 : draw.sign() * draw.log_uniform(1e-15, 1e-3);
    switch (draw.below(4)) {
        case 0: c.s = 1 + near; break;
        case 1: c.s = 2 + draw.below(5) + near; break;
        case 2: c.beta = c.alpha * (1 + near); break;
        default:
            c.s = 1 + near;
            c.beta = c.alpha * (1 + (draw.chance(0.5) ? near : -near));
    }
    return c;
}

}  // namespace

void pnbd_table(Part part) {
    print_header(part, "r alpha s beta frequency recency tenure horizon discount n log_likelihood prob_alive prob_dead "
                       "prob_no_purchase prob_alive_after expected_purchases discounted_purchases purchase_pmf");
    for (int i = part.part; i < 1800; i += part.parts) {
        Draws draw(100000 + static_cast<std::uint64_t>(i));
        const int kind = i % 3;
        const Pnbd c = draw_pnbd(draw, kind);
        const double horizon = draw.chance(0.2) ? HUGE_VAL : draw.log_uniform(kind == 1 ? 1 : 0.01, kind == 1 ? 1000 : 36500);
        const double discount = kind == 1 ? draw.log_uniform(1e-5, 1e-2) : draw.log_uniform(1e-7, 1);

        const Active after_last(c, c.recency), now(c, c.tenure);
        const double silence = c.tenure - c.recency;
        Real odds = 0;  // that the customer has left
        if (silence > 0) odds = exp(Real(log_leaves_first(after_last, silence) - log_waits(after_last, silence)));
        const Real alive = 1 / (1 + odds), dead = odds / (1 + odds);
        const Active first(c, 0);
        const Real log_likelihood = log_gamma_integral(now.m, now.A) - log_gamma_integral(first.m - c.frequency, first.A) +
                                    log_stays(first, c.tenure) + log1p(odds);
        const bool endless = std::isinf(horizon);
        const Real waits = endless ? Real(0) : exp(log_waits(now, horizon));
        const Real stays = endless ? Real(0) : exp(log_stays(now, horizon));
        const Real rate = exp(Real(log_gamma_integral(now.m + 1, now.A) - log_gamma_integral(now.m, now.A)));
        const Real expected = time_left(now, horizon, 0) * rate, discounted = time_left(now, horizon, discount) * rate;

        const double n = draw_purchases(draw, expected);
        for (double input : {c.r, c.alpha, c.s, c.beta, c.frequency, c.recency, c.tenure, horizon, discount, n})
            print_input(input);
        print_result(log_likelihood, '\t');
        print_result(alive, '\t');
        print_result(dead, '\t');
        print_result(dead + alive * (waits + exp(log_leaves_first(now, horizon))), '\t');
        print_result(alive * stays, '\t');
        print_result(alive * expected, '\t');
        print_result(alive * discounted, '\t');
        print_result(alive * purchase_pmf(now, horizon, n), '\n');
        std::fflush(stdout);
    }
}

}  // namespace reference
