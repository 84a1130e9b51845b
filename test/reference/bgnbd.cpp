// BG/NBD and MBG/NBD.
#include <algorithm>
#include <cmath>

#include "table.hpp"
#include "traits.hpp"

namespace reference {

namespace {

struct Bgnbd {
    double r, alpha, a, b;
    double frequency, recency, tenure;
    bool modified = false;  // MBG/NBD: one may leave at the first purchase, too

    // At so many purchases the customer may have left; all but the last were survived for sure.
    double occasions() const { return frequency + (modified ? 1 : 0); }

    void print() const {
        for (double input : {r, alpha, a, b, frequency, recency, tenure}) print_input(input);
    }
};

// The two ways in which the customer's purchases can have come about, ln of their densities up to the normaliser, with
// k occasions to leave: still active, l^x (1-p)^k e^(-lT); left at the last purchase, l^x p (1-p)^(k-1) e^(-l t_x).
struct Likelihood {
    Real active_p, active, left, both, normaliser;

    explicit Likelihood(const Bgnbd &c) {
        const Real k = c.occasions(), shape = Real(c.frequency) + c.r;
        active_p = log_beta_integral(c.a, k + c.b);
        active = active_p + log_gamma_integral(shape, Real(c.alpha) + c.tenure);
        both = exp(active);
        has_left = k > 0;
        if (has_left) {
            left = log_beta_integral(Real(c.a) + 1, Real(c.b) + k - 1) +
                   log_gamma_integral(shape, Real(c.alpha) + c.recency);
            const Real greater = left > active ? left : active, less = left > active ? active : left;
            both = greater + log1p(Real(exp(Real(less - greater))));
        } else {
            both = active;
        }
        normaliser = log_beta_integral(c.a, c.b) + log_gamma_integral(c.r, c.alpha);
    }
    Real log_likelihood() const { return both - normaliser; }
    Real prob_alive() const { return exp(Real(active - both)); }
    Real prob_dead() const { return has_left ? Real(exp(Real(left - both))) : Real(0); }
    // Waits a further horizon without a purchase.
    Real prob_no_purchase(const Bgnbd &c, double horizon) const {
        const Real waits = active_p + log_gamma_integral(Real(c.r) + c.frequency, Real(c.alpha) + c.tenure + horizon);
        return prob_dead() + exp(Real(waits - both));
    }
    bool has_left;
};

// An active customer with traits l, p makes (1 - e^(-lpt))/p purchases within t; the mean over l ~ Gamma(m, rate 1).
Real expected_if_alive(const Bgnbd &c, const Likelihood &likelihood, double horizon) {
    const Real m = Real(c.r) + c.frequency, y = Real(horizon) / (Real(c.alpha) + c.tenure);
    const Real g = Real(c.b) + c.occasions();
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        const Logit<N> l(v);
        const N waits = N(m) * N(log1p(N(N(y) * N(exp(l.log_p)))));
        // exp(log_p) underflows in double far out where f only has to be about right
        const N buys = waits == 0 ? N(log(N(m)) + log(N(y)) + l.log_p) : N(log(N(-expm1(N(-waits)))));
        return N((N(c.a) - 1) * l.log_p + N(g) * l.log_q + buys);
    };
    const double M = static_cast<double>(m), Y = static_cast<double>(y), G = static_cast<double>(g);
    return exp(Real(log_integral<Real>(f, {0, -std::log(Y), -std::log(Y * M), std::log(c.a / G), -std::log(G)}) -
                    likelihood.active_p));
}

// An active customer survives all purchases within the horizon: the mean of e^(-lpt).
Real active_after(const Bgnbd &c, const Likelihood &likelihood, double horizon) {
    const Real m = Real(c.r) + c.frequency, y = Real(horizon) / (Real(c.alpha) + c.tenure);
    const Real g = Real(c.b) + c.occasions();
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        const Logit<N> l(v);
        return N(N(c.a) * l.log_p + N(g) * l.log_q - N(m) * N(log1p(N(N(y) * N(exp(l.log_p))))));
    };
    const double M = static_cast<double>(m), Y = static_cast<double>(y), G = static_cast<double>(g);
    return exp(Real(log_integral<Real>(f, {0, -std::log(Y), -std::log(Y * M), std::log(c.a / G), std::log(c.a / (M + G)),
                                           std::log((c.a + M) / G)}) -
                    likelihood.active_p));
}

// Without departures an active customer would purchase n times by the horizon, or so often at least: the n-th purchase
// is at t with the density l^n t^(n-1) e^(-lt)/(n-1)!. Of n >= 1 purchases all were survived, or all but the last.
Real purchase_pmf(const Bgnbd &c, const Likelihood &likelihood, double horizon, double n) {
    const Real m = Real(c.r) + c.frequency, y = Real(horizon) / (Real(c.alpha) + c.tenure), k = n;
    const Real g = Real(c.b) + c.occasions();
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        const Logit<N> l(v);
        const N log_t = N(log(N(y))) + l.log_p;
        return N(N(k) * log_t + l.log_q - (N(m) + N(k)) * log_sum(N(0), log_t));
    };
    const double Y = static_cast<double>(y), M = static_cast<double>(m);
    const auto bend = [&](double t) { return t < Y ? -std::log(Y / t - 1) : 12.0; };
    const Real both = log_beta_integral(k, m);
    const Real often = log_integral<Real>(f, {0, bend(1), bend(n / M), std::log(n)}) - both;
    const Real exactly = k * log(y) - (m + k) * log1p(y) - log(k) - both;
    const Real left = log_beta_integral(Real(c.a) + 1, g + n - 1), stayed = log_beta_integral(c.a, g + n);
    return exp(Real(exactly + stayed - likelihood.active_p)) + exp(Real(often + left - likelihood.active_p));
}

// The same discounted: the integral over s of e^(-kappa s) times the rate m (1 + s p)^(-m-1), for each p.
Real discounted_if_alive(const Bgnbd &c, const Likelihood &likelihood, double horizon, double discount) {
    const Real pace = Real(c.alpha) + c.tenure, m = Real(c.r) + c.frequency, g = Real(c.b) + c.occasions();
    const Real kappa = discount * pace, y = Real(horizon) / pace;
    const bool endless = std::isinf(horizon);
    const double M = static_cast<double>(m), G = static_cast<double>(g), K = static_cast<double>(kappa);
    const double Y = endless ? HUGE_VAL : static_cast<double>(y);

    const auto inner = [&](const auto &log_p) {
        using N = std::decay_t<decltype(log_p)>;
        const N p = exp(log_p), first = endless ? N(1) : N(y), k = N(kappa), power = N(m) + 1;
        const auto f = [&](const auto &v) {
            using V = std::decay_t<decltype(v)>;
            const V s = endless ? V(exp(v)) : V(V(first) * exp(Logit<V>(v).log_p));
            const V slope = endless ? v : V(Logit<V>(v).log_p + Logit<V>(v).log_q + log(V(first)));
            return V(slope - V(k) * s - V(power) * V(log1p(V(V(p) * s))));
        };
        const double log_P = static_cast<double>(log_p);
        const auto bend = [&](double log_s) {
            if (endless) return log_s;
            return log_s < std::log(Y) - 1e-6 ? -std::log(std::expm1(std::log(Y) - log_s)) : 0.0;
        };
        return log_integral<N>(f, {0.0, bend(-std::log(K)), bend(-std::log(M + 1) - log_P), bend(-log_P)});
    };
    // In double, where only the shape matters, a closed expression that bends at the same places.
    const auto outline = [&](double log_p) {
        const double until = std::min(Y, 1 / K);
        const double waits = M * std::log1p(until * std::exp(log_p));
        return waits < 1e-300 ? std::log(until) : std::log(-std::expm1(-waits) / M) - log_p;
    };
    struct Integrand {
        double a;
        const Real &g;
        const decltype(inner) &exact;
        const decltype(outline) &rough;
        double operator()(double v) const {
            const Logit<double> l(v);
            return a * l.log_p + static_cast<double>(g) * l.log_q + rough(l.log_p);
        }
        Real operator()(const Real &v) const {
            const Logit<Real> l(v);
            return a * l.log_p + g * l.log_q + exact(l.log_p);
        }
    };
    const double until = std::min(Y, 1 / K);
    const Real all = log_integral<Real>(Integrand{c.a, g, inner, outline}, {0, -std::log(until), -std::log(until * M),
                                                                            std::log(c.a / G), -std::log(G)});
    return m * exp(Real(all - likelihood.active_p));
}

// frequency, recency, tenure of a customer who is possible; the rest at random.
void draw_times(Draws &draw, Bgnbd &c, double longest) {
    c.tenure = draw.log_uniform(longest > 2000 ? 0.01 : 5, longest);
    c.recency = draw.chance(0.2) ? c.tenure : std::min(c.tenure, draw.uniform(0, c.tenure));
    if (c.frequency == 0) c.recency = 0;
    if (c.frequency > 0 && c.recency == 0) c.recency = c.tenure;
}

Bgnbd draw_wide(Draws &draw) {
    Bgnbd c{};
    for (double *p : {&c.r, &c.alpha, &c.a, &c.b}) *p = draw.log_uniform(1e-3, 1e4);
    c.frequency = draw.chance(0.25) ? 0 : std::round(draw.log_uniform(1, 10000));
    draw_times(draw, c, 36500);
    return c;
}

Bgnbd draw_ordinary(Draws &draw) {
    Bgnbd c{};
    c.r = draw.uniform(0.11, 1);
    c.alpha = draw.log_uniform(2, 100);
    c.a = draw.uniform(0.3, 5);
    c.b = draw.uniform(0.3, 5);
    c.frequency = draw.chance(0.4) ? 0 : std::round(draw.log_uniform(1, 100));
    draw_times(draw, c, 1000);
    return c;
}

Bgnbd draw_singular(Draws &draw) {
    Bgnbd c = draw.chance(0.5) ? draw_ordinary(draw) : draw_wide(draw);
    const double near = draw.chance(0.2) ? 0 : draw.sign() * draw.log_uniform(1e-15, 1e-3);
    switch (draw.below(6)) {
        case 0:  // a at 1
            c.a = 1 + near;
            break;
        case 1:  // a + b below and at 1, no repeat purchase
            c.a = draw.log_uniform(1e-3, 0.6);
            c.b = draw.chance(0.5) ? draw.log_uniform(1e-3, 0.4) : 1 - c.a + near;
            c.frequency = c.recency = 0;
            break;
        case 2:  // a + b - 1 - r at a whole number
            c.r = draw.uniform(0.1, 4);
            c.a = draw.uniform(0.3, 5);
            c.b = 1 + c.r + draw.below(6) - 2 - c.a + near;
            if (c.b <= 0) c.b = 1 + c.r + 5 - c.a + near;
            break;
        case 3:  // b + x - 1 small
            c.b = draw.log_uniform(1e-3, 0.1);
            c.frequency = 1;
            if (c.recency == 0) c.recency = c.tenure;
            break;
        case 4:  // r at a
            c.a = draw.uniform(0.1, 5);
            c.r = c.a + near;
            break;
        default:  // all whole numbers, or next to them
            c.r = 1 + draw.below(5) + near;
            c.a = 1 + draw.below(5);
            c.b = 1 + draw.below(5);
    }
    return c;
}

// The corners of the box.
Bgnbd draw_corner(Draws &draw) {
    Bgnbd c{};
    constexpr double ends[] = {1e-3, 1e4}, frequencies[] = {0, 0, 1, 10, 10000};
    for (double *p : {&c.r, &c.alpha, &c.a, &c.b}) *p = draw.chance(0.6) ? ends[draw.below(2)] : draw_parameter(draw);
    c.frequency = frequencies[draw.below(5)];
    draw_times(draw, c, 36500);
    return c;
}

double draw_horizon(Draws &draw, bool ordinary) {
    return ordinary ? draw.log_uniform(1, 1000) : draw.log_uniform(0.01, 36500);
}

}  // namespace

void bgnbd_table(bool modified, Part part) {
    Draws draw(modified ? 25 : 22);
    print_header(part, "r alpha a b frequency recency tenure horizon n log_likelihood prob_alive prob_dead "
                       "prob_no_purchase expected_purchases prob_alive_after purchase_pmf");
    const int drawn = modified ? 600 : 1800, corners = 300;
    for (int i = 0; i < drawn + corners; ++i) {
        const int kind = i < drawn ? i % 3 : 3;
        Bgnbd c = kind == 0   ? draw_wide(draw)
                  : kind == 1 ? draw_ordinary(draw)
                  : kind == 2 ? draw_singular(draw)
                              : draw_corner(draw);
        c.modified = modified;
        const double horizon = draw_horizon(draw, kind == 1);
        if (!part.holds(i)) continue;
        const Likelihood likelihood(c);
        const Real expected = expected_if_alive(c, likelihood, horizon), alive = likelihood.prob_alive();
        Draws draw_n(500000 + static_cast<std::uint64_t>(i));
        const double n = draw_purchases(draw_n, expected);
        c.print();
        print_input(horizon);
        print_input(n);
        print_result(likelihood.log_likelihood(), '\t');
        print_result(alive, '\t');
        print_result(likelihood.prob_dead(), '\t');
        print_result(likelihood.prob_no_purchase(c, horizon), '\t');
        print_result(alive * expected, '\t');
        print_result(alive * active_after(c, likelihood, horizon), '\t');
        print_result(alive * purchase_pmf(c, likelihood, horizon, n), '\n');
        std::fflush(stdout);
    }
}

// Two nested integrals take two seconds a row.
void discounted_table(bool modified, Part part) {
    print_header(part, "r alpha a b frequency recency tenure horizon discount discounted_purchases");
    for (int i = part.part; i < 420; i += part.parts) {
        Draws draw((modified ? 2600 : 2300) + static_cast<std::uint64_t>(i));
        const int kind = i % 3;
        Bgnbd c = kind == 0 ? draw_wide(draw) : kind == 1 ? draw_ordinary(draw) : draw_singular(draw);
        c.modified = modified;
        const double horizon = draw.chance(0.5) ? HUGE_VAL : draw_horizon(draw, kind == 1);
        const double discount = kind == 1 ? draw.log_uniform(1e-5, 1e-2) : draw.log_uniform(1e-7, 1);
        const Likelihood likelihood(c);
        const Real value = likelihood.prob_alive() * discounted_if_alive(c, likelihood, horizon, discount);
        c.print();
        print_input(horizon);
        print_input(discount);
        print_result(value, '\n');
        std::fflush(stdout);
    }
}

}  // namespace reference
