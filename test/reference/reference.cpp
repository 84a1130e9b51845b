// Computes the reference values of the unit tests, in 50 digits, by integrating over the customers' hidden traits: the
// definitions of the models, none of the closed forms and series of src/model.
//
//   reference hyp2f1 | bgnbd | mbgnbd | discounted [part parts] | gg     writes one table to standard output
//
// Inputs are doubles, written so that they read back exactly; results are rounded to 17 digits, 0 below 1e-307.
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "quadrature.hpp"

namespace reference {
namespace {

// ---- random inputs, the same on every platform

class Draws {
public:
    explicit Draws(std::uint64_t seed) : random_(seed) {}
    double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
    double uniform(double low, double high) { return brief(low + (high - low) * uniform()); }
    double log_uniform(double low, double high) {
        return brief(std::exp(std::log(low) + (std::log(high) - std::log(low)) * uniform()));
    }
    int below(int n) { return static_cast<int>(uniform() * n); }
    bool chance(double p) { return uniform() < p; }
    double sign() { return chance(0.5) ? 1 : -1; }

    // Five digits keep the tables small.
    static double brief(double value) {
        char text[32];
        std::snprintf(text, sizeof text, "%.5g", value);
        return std::strtod(text, nullptr);
    }

private:
    std::mt19937_64 random_;
};

void print_input(double value) {
    char text[40];
    for (int digits = 1; digits <= 17; ++digits) {
        std::snprintf(text, sizeof text, "%.*g", digits, value);
        if (std::strtod(text, nullptr) == value) break;
    }
    std::printf("%s\t", text);
}

void print_result(const Real &value, char end) {
    std::printf("%.17g%c", value < 1e-307 && value > -1e-307 ? 0.0 : static_cast<double>(value), end);
}

// ---- building blocks; overloads for double and Real by name lookup

using std::exp;
using std::expm1;
using std::log;
using std::log1p;

// ln p and ln(1 - p) where p = 1/(1 + e^-v)
template <class N>
struct Logit {
    explicit Logit(const N &v) {
        const N l = v > 0 ? N(log1p(N(exp(N(-v))))) : N(log1p(N(exp(v))));
        log_p = v > 0 ? N(-l) : N(v - l);
        log_q = v > 0 ? N(-v - l) : N(-l);
    }
    N log_p, log_q;
};

// ln of the integral of p^(a-1) (1-p)^(b-1) over 0..1
Real log_beta_integral(const Real &a, const Real &b) {
    const double A = static_cast<double>(a), B = static_cast<double>(b);
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        const Logit<N> l(v);
        return N(N(a) * l.log_p + N(b) * l.log_q);
    };
    return log_integral<Real>(f, {0, std::log(A / B)});
}

// ln of the integral of l^(shape-1) e^(-rate l) over l > 0
Real log_gamma_integral(const Real &shape, const Real &rate) {
    const double bend = static_cast<double>(log(Real(shape / rate)));
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        return N(N(shape) * v - N(rate) * N(exp(v)));
    };
    return log_integral<Real>(f, {bend, static_cast<double>(log(Real(1 / rate)))});
}

// ---- hyp2f1: the mean of (1 - z P)^-a over P ~ Beta(b, c - b)

Real hyp2f1(double a, double b, double c, double z) {
    const Real gap = 1 - Real(z), rest = Real(c) - Real(b);
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        const Logit<N> l(v);
        // 1 - z p = (1 - p) + p (1 - z)
        const N ahead = v + N(log(N(gap)));
        const N far = ahead > 0 ? N(ahead + N(log1p(N(exp(N(-ahead)))))) : N(log1p(N(exp(ahead))));
        return N(N(b) * l.log_p + N(rest) * l.log_q - N(a) * (l.log_q + far));
    };
    const double bend = -std::log(static_cast<double>(gap));
    const double d = static_cast<double>(rest);
    return exp(Real(log_integral<Real>(f, {0, bend, std::log(b / d), std::log((b + std::fabs(a)) / d),
                                           std::log(b / (d + std::fabs(a)))}) -
                    log_beta_integral(b, rest)));
}

void hyp2f1_table() {
    Draws draw(21);
    std::printf("# a b c z 2F1(a,b;c;z)\n");
    for (int i = 0; i < 1500; ++i) {
        const int kind = i % 5;
        double a, b, rest, z;
        if (kind < 2) {  // the whole box
            a = draw.sign() * draw.log_uniform(1e-3, 1e4);
            b = draw.log_uniform(1e-3, 1e4);
            rest = draw.log_uniform(1e-3, 1e4);
        } else {
            a = draw.chance(0.3) ? draw.uniform(-5, 5) : draw.uniform(0, 60);
            b = draw.uniform(0.01, 6);
            rest = draw.log_uniform(0.1, 60);
        }
        switch (draw.below(4)) {
            case 0: z = -draw.log_uniform(1e-6, 1e9); break;
            case 1: z = draw.uniform(0, 1); break;
            case 2: z = 1 - draw.log_uniform(1e-14, 1e-1); break;
            default: z = -draw.log_uniform(1e-2, 1e2);
        }
        if (kind == 4) {  // whole numbers and their neighbours in a, c - a, c - b, c - a - b
            rest = 1 + draw.below(8);
            b = draw.chance(0.5) ? 1 + draw.below(4) : b;
            const double near = draw.sign() * draw.log_uniform(1e-15, 1e-2) * draw.below(2);
            a = draw.chance(0.5) ? draw.below(12) - 4 + near : rest - draw.below(4) + near;
        }
        const double c = b + rest;
        if (!(c > b) || z >= 1) continue;
        const Real value = hyp2f1(a, b, c, z);
        if (!(value < 1e300)) continue;
        for (double input : {a, b, c, z}) print_input(input);
        print_result(value, '\n');
    }
}

// ---- BG/NBD and MBG/NBD

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

double draw_horizon(Draws &draw, bool ordinary) {
    return ordinary ? draw.log_uniform(1, 1000) : draw.log_uniform(0.01, 36500);
}

void bgnbd_table(bool modified, int rows, std::uint64_t seed) {
    Draws draw(seed);
    std::printf("# r alpha a b frequency recency tenure horizon log_likelihood prob_alive prob_dead prob_no_purchase "
                "expected_purchases\n");
    for (int i = 0; i < rows; ++i) {
        const int kind = i % 3;
        Bgnbd c = kind == 0 ? draw_wide(draw) : kind == 1 ? draw_ordinary(draw) : draw_singular(draw);
        c.modified = modified;
        const double horizon = draw_horizon(draw, kind == 1);
        const Likelihood likelihood(c);
        c.print();
        print_input(horizon);
        print_result(likelihood.log_likelihood(), '\t');
        print_result(likelihood.prob_alive(), '\t');
        print_result(likelihood.prob_dead(), '\t');
        print_result(likelihood.prob_no_purchase(c, horizon), '\t');
        print_result(likelihood.prob_alive() * expected_if_alive(c, likelihood, horizon), '\n');
    }
}

// Two nested integrals take two seconds a row: this table may be computed in parts, every so many rows.
void discounted_table(int part, int parts) {
    if (part == 0) std::printf("# r alpha a b frequency recency tenure horizon discount discounted_purchases\n");
    for (int i = part; i < 420; i += parts) {
        Draws draw(2300 + static_cast<std::uint64_t>(i));
        const int kind = i % 3;
        const Bgnbd c = kind == 0 ? draw_wide(draw) : kind == 1 ? draw_ordinary(draw) : draw_singular(draw);
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

// ---- Gamma-Gamma: total spend ~ Gamma(px, rate nu), nu ~ Gamma(q, rate v)

void gg_table() {
    Draws draw(24);
    std::printf("# p q v frequency monetary_value log_likelihood expected_spend\n");
    for (int i = 0; i < 900; ++i) {
        double p, q, v;
        if (i % 2 == 0) {
            p = draw.log_uniform(1e-3, 1e4);
            q = draw.log_uniform(1e-3, 1e4);
            v = draw.log_uniform(1e-3, 1e4);
        } else {
            p = draw.uniform(0.5, 10);
            q = draw.uniform(0.5, 10);
            v = draw.log_uniform(1, 500);
        }
        const double x = std::round(draw.log_uniform(1, i % 2 == 0 ? 10000 : 100));
        const double mean = draw.log_uniform(0.01, i % 2 == 0 ? 1e6 : 1e3);
        const Real px = Real(p) * x, shape = px + q, rate = Real(v) + Real(mean) * x, one = 1;
        const Real posterior = log_gamma_integral(shape, rate);
        const Real log_likelihood = px * log(Real(x)) + (px - one) * log(Real(mean)) - log_gamma_integral(px, one) +
                                    Real(q) * log(Real(v)) - log_gamma_integral(q, one) + posterior;
        for (double input : {p, q, v, x, mean}) print_input(input);
        print_result(log_likelihood, '\t');
        // The mean of p/nu does not exist where shape <= 1.
        if (shape > 1)
            print_result(p * exp(Real(log_gamma_integral(shape - 1, rate) - posterior)), '\n');
        else
            std::printf("inf\n");
    }
}

}  // namespace
}  // namespace reference

int main(int argc, char **argv) {
    const std::string table = argc > 1 ? argv[1] : "";
    if (table == "hyp2f1")
        reference::hyp2f1_table();
    else if (table == "bgnbd")
        reference::bgnbd_table(false, 1800, 22);
    else if (table == "mbgnbd")
        reference::bgnbd_table(true, 600, 25);
    else if (table == "discounted")
        reference::discounted_table(argc > 3 ? std::atoi(argv[2]) : 0, argc > 3 ? std::atoi(argv[3]) : 1);
    else if (table == "gg")
        reference::gg_table();
    else
        return std::fprintf(stderr, "usage: reference hyp2f1|bgnbd|mbgnbd|discounted|gg\n"), 2;
}
