// A customer whose every k-th event is a purchase, where the number of events since the last purchase is unknown: see
// erlang_model.hpp. What the customer will do, if still active, is a mixture over these phases.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

#include "core/base/beta_mean.hpp"
#include "core/base/gauss_panels.hpp"
#include "core/base/special.hpp"
#include "core/purchases/chances.hpp"
#include "core/purchases/rates.hpp"

namespace cltv {

// The largest k. The standard deviation of gaps is then a seventh of their mean; anything more regular is not chance.
constexpr int most_k = 50;

// ln of the mean of prod gap^(k - 1)/Gamma(k) over x gaps that divide a time t evenly.
inline double log_even_gaps(double x, double k, double t) {
    return x == 0 || k == 1 ? 0 : log_gamma(x) - log_gamma(k * x) + (k - 1) * x * std::log(t);
}

// The belief after one more event at the same time.
inline GammaBelief with_event(const GammaBelief &belief, double events) { return {belief.m + events, belief.A}; }
inline PointBelief with_event(const PointBelief &belief, double) { return belief; }

// P(N(h) = n + 1)/P(N(h) = n) for the number N of events, and its variance.
inline double pmf_step(const GammaBelief &belief, double h, double n) {
    return h / (belief.A + h) * (belief.m + n) / (n + 1);
}
inline double pmf_step(const PointBelief &belief, double h, double n) { return belief.rate * h / (n + 1); }
inline double count_variance(const GammaBelief &belief, double h) {
    return belief.m * (h / belief.A) * (1 + h / belief.A);
}
inline double count_variance(const PointBelief &belief, double h) { return belief.rate * h; }
// A bound, below 1, on the ratio of P(N = n) to P(N = n - 1) for all large n.
inline double tail_ratio(const GammaBelief &belief, double h) { return h / (belief.A + h); }
inline double tail_ratio(const PointBelief &, double) { return 0; }
// E[z^N] for a z within the unit circle.
inline std::complex<double> generating(const GammaBelief &belief, double h, std::complex<double> z) {
    return std::exp(-belief.m * std::log(1.0 + h / belief.A * (1.0 - z)));
}
inline std::complex<double> generating(const PointBelief &belief, double h, std::complex<double> z) {
    return std::exp(belief.rate * h * (z - 1.0));
}
// The mean time of an event, given that there was one by s, and the distance of E[z^N], as a function of time, from its
// singularities.
inline double event_time(const GammaBelief &belief, double s) { return (belief.A + s) / (belief.m + 1); }
inline double event_time(const PointBelief &belief, double) { return 1 / belief.rate; }
inline double smooth_time(const GammaBelief &belief, double s) { return belief.A / 2 + s; }
inline double smooth_time(const PointBelief &, double) { return std::numeric_limits<double>::infinity(); }

template <class Belief>
struct Phases {
    // now: the belief at phase 0, after a silence of that length; log_none: ln P(not one event during it).
    Phases(const Belief &now, double k, double silent, double log_none) : first(now), k(static_cast<int>(k)) {
        constexpr double huge = 1e200;
        // The term with j events in P(fewer than k events within the silence), over that with none.
        double sum = weight[0] = 1, log_scale = 0;
        for (int j = 0; j + 1 < this->k; ++j) {
            weight[j + 1] = weight[j] * (with_event(now, j).mean() * silent / (j + 1));
            sum += weight[j + 1];
            if (sum > huge) {
                for (int i = 0; i <= j + 1; ++i) weight[i] /= huge;
                sum /= huge;
                log_scale += std::log(huge);
            }
        }
        for (int j = 0; j < this->k; ++j) weight[j] /= sum;
        log_silence = std::fmin(log_none + log_scale + std::log(sum), 0);
    }

    Belief at(int j) const { return with_event(first, j); }

    // P(no purchase within h).
    double silence(double h) const {
        if (h == 0 || std::isinf(h)) return h == 0 ? 1 : 0;
        double sum = 0;
        for (int j = 0; j < k; ++j) {
            const Belief belief = at(j);
            double term = std::exp(belief.log_silence(h)), below = term;
            for (int n = 0; n + 1 < k - j; ++n) below += term *= pmf_step(belief, h, n);
            sum += weight[j] * below;
        }
        return std::fmin(sum, 1);
    }

    // P(exactly n chances to purchase within h), and P(n or more).
    double pmf(double h, double n) const {
        if (n == 0) return silence(h);
        if (h == 0 || std::isinf(h)) return 0;
        double sum = 0;
        for (int j = 0; j < k; ++j) {
            const Belief belief = at(j);
            const double begin = n * k - j;
            double term = belief.pmf(h, begin), all = term;
            for (int i = 0; i + 1 < k; ++i) all += term *= pmf_step(belief, h, begin + i);
            sum += weight[j] * all;
        }
        return sum;
    }
    double tail(double h, double n) const {
        double sum = 0;
        for (int j = 0; j < k; ++j) sum += weight[j] * at(j).tail(h, n * k - j);
        return std::fmin(sum, 1);
    }

    Belief first;
    int k;
    double weight[most_k], log_silence;
};

namespace phases {

// Up to this many chances are summed one by one; more are a matter for quadrature.
constexpr int most_chances = 2048;

// For each number of chances to purchase, 0, 1, ...: the expected purchases, and the probability of being active.
struct ChanceTable {
    double value[most_chances] = {};

    template <class Chances>
    void fill_purchases(const Chances &chances, int n) {
        double sum = 0, survival = 1;
        for (int i = 0; i < n; ++i) {
            value[i] = sum;
            sum += survival;
            survival *= chances.stays(i);
        }
    }
    template <class Chances>
    void fill_survival(const Chances &chances, int n) {
        double survival = 1;
        for (int i = 0; i < n; ++i) {
            value[i] = survival;
            survival *= chances.stays(i);
        }
    }
};

// The number of events beyond which the rest is negligible.
template <class Belief>
double last_event(const Belief &belief, double h) {
    constexpr double nothing = 45;  // e^-45, and what it may be multiplied with
    const double mean = belief.mean() * h, spread = std::sqrt(count_variance(belief, h));
    return mean + 12 * spread + nothing / (1 - tail_ratio(belief, h)) + nothing;
}

template <class Belief>
int chances_needed(const Phases<Belief> &phases, double h) {
    const double chances = last_event(phases.at(phases.k - 1), h) / phases.k + 3;
    return chances < most_chances ? static_cast<int>(chances) : 0;
}

// The mean of the table's entries over the number of chances: positive and falling, or growing no faster than the
// number.
template <class Belief>
double mean_over(const Phases<Belief> &phases, double h, const ChanceTable &table, int size) {
    constexpr double negligible = 1e-18;
    double mean = 0;
    for (int j = 0; j < phases.k; ++j) {
        const Belief belief = phases.at(j);
        const int end = size * phases.k - j, k = phases.k;
        const int top = static_cast<int>(std::fmin(belief.mean() * h, end - 1));
        const double start = belief.pmf(h, top), most = std::fmax(table.value[0], table.value[(top + j) / k]);
        double sum = 0, term = start;
        for (int n = top; n < end; ++n) {
            const double part = term * table.value[(n + j) / k];
            sum += part;
            const double step = pmf_step(belief, h, n);
            if (n > top + k && step < 1 && part * (1 + k) <= negligible * (1 - step) * sum) break;
            term *= step;
        }
        term = start;
        for (int n = top; n-- > 0;) {
            term /= pmf_step(belief, h, n);
            const double part = term * table.value[(n + j) / k];
            sum += part;
            // No smaller number of events has a probability more than n times this one's.
            if (term * most * n * n <= negligible * sum) break;
        }
        mean += phases.weight[j] * sum;
    }
    return mean;
}

// E[q^M] and E[(1 - q^M)/(1 - q)] for the number M of chances within h: what becomes of a customer who leaves at each
// with probability p = 1 - q. With rho = q^(1/k) and the k-th roots w_l of 1, q^floor(n/k) is
//     sum over l of d_l (rho w_l)^n,  d_l = (1 - 1/q)/(k (1 - 1/(rho w_l))),
// and E[z^N] is known. The term l = 0 is smooth; the other terms are a multiple of p/q.
template <class Belief>
class ByRoots {
public:
    ByRoots(const Phases<Belief> &phases, double h) : phases_(phases), h_(h) {
        for (int j = 0; j < phases.k; ++j) mean_ += phases.weight[j] * (phases.at(j).mean() * h + j);
        mean_ = (mean_ - (phases.k - 1) / 2.0) / phases.k;
        for (int l = 1; l < phases.k; ++l) {
            const std::complex<double> w = root(l), share = 1.0 / (std::conj(w) - 1.0) / double(phases.k);
            mean_ -= (share * over_phases(w)).real();
        }
    }

    double mean() const { return mean_; }  // E[M]

    double active(const Logistic &p) const {
        if (p.q < few_survive) return of_few(p.q);
        return std::fmax(smooth(p, [](double exponent) { return std::exp(exponent); }) + rough(p), 0);
    }

    double purchases(const Logistic &p) const {
        if (p.p < 1e-280) return mean_;
        if (p.q < few_survive) return (1 - active(p)) / p.p;
        return (smooth(p, [](double exponent) { return -std::expm1(exponent); }) - rough(p)) / p.p;
    }

private:
    static constexpr double few_survive = 1e-4;

    std::complex<double> root(int l) const { return std::polar(1.0, 2 * 3.14159265358979323846 * l / phases_.k); }

    // E[z^(j + N)] over the phases.
    std::complex<double> over_phases(std::complex<double> z) const {
        std::complex<double> sum = 0, power = 1;
        for (int j = 0; j < phases_.k; ++j, power *= z) sum += phases_.weight[j] * power * generating(phases_.at(j), h_, z);
        return sum;
    }

    // The mean of f(ln(d_0 rho^j E[rho^N])).
    template <class Function>
    double smooth(const Logistic &p, Function &&f) const {
        const double log_rho = p.log_q / phases_.k;
        double above = 0, sum = 0;
        for (int i = 1; i < phases_.k; ++i) above += std::expm1(-i * log_rho);
        const double log_d = std::log1p(above / phases_.k), lost = -std::expm1(log_rho);
        for (int j = 0; j < phases_.k; ++j)
            sum += phases_.weight[j] * f(log_d + j * log_rho + phases_.at(j).log_silence(lost * h_));
        return sum;
    }

    // The terms of the other roots.
    double rough(const Logistic &p) const {
        const double rho = std::exp(p.log_q / phases_.k);
        double sum = 0;
        for (int l = 1; l < phases_.k; ++l) {
            const std::complex<double> z = rho * root(l), d = -p.p / p.q / double(phases_.k) / (1.0 - 1.0 / z);
            sum += (d * over_phases(z)).real();
        }
        return sum;
    }

    // By the number of chances: where few survive one, the roots would lose as many digits as q has zeros.
    double of_few(double q) const {
        double sum = 0, power = 1, before = 0;
        for (int n = 0; n < 300; ++n, power *= q) {
            const double term = power * phases_.pmf(h_, n);
            sum += term;
            if (term < before && term <= 1e-17 * sum) break;
            before = term;
        }
        return sum;
    }

    const Phases<Belief> &phases_;
    double h_, mean_ = 0;
};

template <class Belief>
double purchases_by_roots(const Phases<Belief> &phases, const BetaChances &chances, double h) {
    const ByRoots<Belief> roots(phases, h);
    return beta_mean(chances.a, chances.b, -std::log(std::fmax(roots.mean(), 1)), 1,
                     [&](const Logistic &p) { return std::log(roots.purchases(p)); });
}
template <class Belief>
double purchases_by_roots(const Phases<Belief> &phases, const OneChance &chances, double h) {
    return ByRoots<Belief>(phases, h).purchases(Logistic(std::log(chances.p) - std::log1p(-chances.p)));
}
template <class Belief>
double purchases_by_roots(const Phases<Belief> &phases, const NeverLeaves &, double h) {
    return ByRoots<Belief>(phases, h).mean();
}
template <class Belief>
double purchases_by_roots(const Phases<Belief> &phases, const AtOnceOrNever &chances, double h) {
    return chances.share * phases.tail(h, 1) + (1 - chances.share) * ByRoots<Belief>(phases, h).mean();
}

template <class Belief>
double active_by_roots(const Phases<Belief> &phases, const BetaChances &chances, double h) {
    const ByRoots<Belief> roots(phases, h);
    const double many = std::fmax(roots.mean(), 1);
    constexpr double nothing = 1e-300;  // where logarithms end; a mean of such numbers is 0
    const double active = beta_mean(chances.a, chances.b, -std::log(many), many, [&](const Logistic &p) {
        return std::log(std::fmax(roots.active(p), nothing));
    });
    return active < 1e20 * nothing ? 0 : active;
}
template <class Belief>
double active_by_roots(const Phases<Belief> &phases, const OneChance &chances, double h) {
    return ByRoots<Belief>(phases, h).active(Logistic(std::log(chances.p) - std::log1p(-chances.p)));
}
template <class Belief>
double active_by_roots(const Phases<Belief> &, const NeverLeaves &, double) { return 1; }
template <class Belief>
double active_by_roots(const Phases<Belief> &phases, const AtOnceOrNever &chances, double h) {
    return 1 - chances.share * phases.tail(h, 1);
}

}  // namespace phases

// The expected purchases within h of a customer who is active and leaves at purchases as `chances` says. Over infinite
// time, what comes does not depend on when.
template <class Belief, class Chances>
double purchases_ahead(const Phases<Belief> &phases, const Chances &chances, double h) {
    if (h == 0) return 0;
    if (std::isinf(h)) return chances.events(phases.first, h);
    const int n = phases::chances_needed(phases, h);
    if (n == 0) return phases::purchases_by_roots(phases, chances, h);
    phases::ChanceTable table;
    table.fill_purchases(chances, n);
    return phases::mean_over(phases, h, table, n);
}

// P(still active after h), to 1e-16: where hardly anybody survives as many chances as the table has, only fewer chances
// count.
template <class Belief, class Chances>
double active_ahead(const Phases<Belief> &phases, const Chances &chances, double h) {
    constexpr double negligible = 1e-16;
    if (h == 0) return 1;
    if (std::isinf(h)) return chances.prob_active(phases.first, h);
    const int needed = phases::chances_needed(phases, h), n = needed == 0 ? phases::most_chances : needed;
    phases::ChanceTable table;
    table.fill_survival(chances, n);
    const double active = phases::mean_over(phases, h, table, n);
    if (needed != 0 || table.value[n - 1] < negligible) return as_probability(active);
    return as_probability(phases::active_by_roots(phases, chances, h));
}

// Discounted purchases, by parts: the integral over 0..h of discount e^(-discount s) E(s), plus e^(-discount h) E(h),
// with E(s) the purchases within s. Ten Gauss-Legendre nodes a panel. A panel is no longer than three events while the
// phase still tells when purchases come, nor than its distance from the singularities of E, which all have a real part
// of -A/2 or less, nor, as departures behave like powers of the time, than about the time that has passed.
template <class Belief, class Chances>
double discounted_ahead(const Phases<Belief> &phases, const Chances &chances, double h, double discount) {
    if (discount == 0) return purchases_ahead(phases, chances, h);
    if (h == 0 || std::isinf(discount)) return 0;
    constexpr double worthless = 42, pi = 3.14159265358979323846;
    const double end = std::fmin(h, worthless / discount);
    // Oscillations of the k-th root of 1 fade by its cosine.
    const double fading = worthless / (1 - std::cos(2 * pi / phases.k));
    double sum = std::isinf(h) ? 0 : std::exp(-discount * h) * purchases_ahead(phases, chances, h), here = 0, ticks = 0;
    for (int panel = 0; here < end; ++panel) {
        if (panel == 2000) return std::numeric_limits<double>::quiet_NaN();
        const double tick = event_time(phases.at(phases.k - 1), here);
        double length = std::min({smooth_time(phases.first, here), here + 3 * tick, 4 / discount});
        if (ticks < fading) length = std::fmin(length, 3 * tick);
        ticks += length / tick;
        length = std::fmin(length, end - here);
        gauss_panel<10>(here, length, [&](double s, double weight) {
            sum += weight * discount * std::exp(-discount * s) * purchases_ahead(phases, chances, s);
        });
        here = end - here > length * (1 + 1e-12) ? here + length : end;
    }
    return sum;
}

}  // namespace cltv
