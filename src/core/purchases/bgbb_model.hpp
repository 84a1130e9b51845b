// BG/BB, and everything that it becomes as customers grow alike: how they take opportunities (BetaTries, OneTry,
// AlwaysOrNever, Always) combined with ways to leave (BetaChances, OneChance, NeverLeaves, AtOnceOrNever). Before each
// opportunity customers may leave; those who are active may purchase.
//
// P. S. Fader, B. G. S. Hardie, J. Shang: Customer-Base Analysis in a Discrete-Time Noncontractual Setting. Marketing
// Science 29 (2010) 1086-1108; below [FHS].
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/base/beta_lifetime.hpp"
#include "core/base/beta_mean.hpp"
#include "core/base/draws.hpp"
#include "core/base/special.hpp"
#include "core/fit/family.hpp"
#include "core/purchases/chances.hpp"
#include "core/purchases/discounting.hpp"
#include "core/purchases/opportunities.hpp"

namespace cltv::bgbb {

// The probabilities of how m opportunities can go: without a purchase, with the customer still active (there) or gone
// before the last of them, or with a purchase.
struct Silence {
    double there = 1, gone = 0, purchase = 0;

    double probability() const { return there + gone; }
    // The share of silent customers who are still active. Where nobody can have left all are, however unlikely the
    // silence.
    double share_there() const { return gone == 0 ? 1 : there / probability(); }
};

// `add_far` adds to gone and purchase what comes in the opportunities first..m - 1 (from 0); of, leaving: the beliefs
// at opportunity 0. From `first_far` on it is exact to 1e-12.

// The sum over the opportunities i = first, ..., last - 1 of f(i) = there E[(1 - p)^(i - first)] E[(1 - theta)^(i -
// first)] event(i), with expectations over those who are active at `first`: the probability that the silence ends by
// the event at i. event.value(i) is rational and falls as 1/i; event.slope(i) is the derivative of its logarithm.
//
// By the midpoint form of the Euler-Maclaurin formula the sum is the integral from first - 1/2 to last - 1/2 less 1/24
// of the difference of f' at the ends; `first` is so large, and f falls so slowly where it counts, that the rest is
// below 1e-12.
template <class Event>
double sum_far_ahead(const BetaTries &of, const BetaChances &leaving, double there, double first, double last,
                     const Event &event) {
    const double a = of.a, b = of.b + first, c = leaving.a, d = leaving.b + first;
    const auto f = [&](double ahead) {
        return there * std::exp(log_survival_far(a, b, ahead) + log_survival_far(c, d, ahead)) *
               event.value(first + ahead);
    };
    // f', by digamma(x) = ln(x - 1/2) + O(x^-2).
    const auto slope = [&](double ahead) {
        return f(ahead) * (event.slope(first + ahead) - std::log1p(a / (b + ahead - 0.5)) -
                           std::log1p(c / (d + ahead - 0.5)));
    };
    // Beyond `limit` f is a power of i, whose integral is known.
    const double limit = 1e12 * first, power = a + c, length = last - first;
    const double fastest = (a + 1) / b + (c + 1) / d;  // f is a mixture of powers of (1 - p)(1 - theta)
    double sum = discounted_integral([&](double s) { return f(s - 0.5); }, fastest, std::min(length, limit), 0);
    if (length > limit) sum += f(limit) * (first + limit) / power * -std::expm1(-power * std::log(length / limit));
    return sum + (slope(-0.5) - (std::isinf(last) ? 0 : slope(length - 0.5))) / 24;
}

// Leaving before opportunity i, for those who were active before.
struct LeavingEvent {
    const BetaChances &leaving;
    double value(double i) const { return leaving.hazard(i); }
    double slope(double i) const { return -1 / (leaving.a + leaving.b + i); }
};

// Staying and purchasing at opportunity i.
struct PurchaseEvent {
    const BetaTries &of;
    const BetaChances &leaving;
    double value(double i) const { return leaving.stays(i) * of.hit(i); }
    double slope(double i) const {
        return 1 / (leaving.b + i) - 1 / (leaving.a + leaving.b + i) - 1 / (of.a + of.b + i);
    }
};

constexpr double first_far(const BetaTries &, const BetaChances &) { return 8192; }
inline void add_far(Silence &s, const BetaTries &of, const BetaChances &leaving, double first, double m) {
    const double there = s.there;
    s.gone += sum_far_ahead(of, leaving, there, first, m, LeavingEvent{leaving});
    s.purchase += sum_far_ahead(of, leaving, there, first, m, PurchaseEvent{of, leaving});
}

// Nobody leaves after the first opportunity.
template <class Tries>
void add_far_stayers(Silence &s, const Tries &of, double first, double m) {
    s.purchase += s.there * -std::expm1(of.after(0, first).log_misses(m - first));
}
template <class Tries>
constexpr double first_far(const Tries &, const NeverLeaves &) { return 1; }
template <class Tries>
void add_far(Silence &s, const Tries &of, const NeverLeaves &, double first, double m) {
    add_far_stayers(s, of, first, m);
}
template <class Tries>
constexpr double first_far(const Tries &, const AtOnceOrNever &) { return 1; }
template <class Tries>
void add_far(Silence &s, const Tries &of, const AtOnceOrNever &, double first, double m) {
    add_far_stayers(s, of, first, m);
}

// Given p and theta, the silence continues from one opportunity to the next with the probability z = (1 - p)(1 -
// theta), so within n of them the customer leaves with theta (1 - z^n)/(1 - z), and purchases with p (1 - theta) (1 -
// z^n)/(1 - z).
constexpr double first_far(const OneTry &, const OneChance &) { return 1; }
inline void add_far(Silence &s, const OneTry &of, const OneChance &leaving, double first, double m) {
    const double p = of.p, theta = leaving.p, ends = theta + p * (1 - theta);
    const double ended = s.there * -std::expm1((m - first) * (std::log1p(-p) + std::log1p(-theta))) / ends;
    s.gone += theta * ended;
    s.purchase += p * (1 - theta) * ended;
}

// The means of (1 - z^n)/(1 - z), and of x times it, over the one x of p and theta that is ~ Beta(a, b), given the
// other.
struct EndedMeans {
    EndedMeans(double a, double b, double given, double n) {
        const double bend = std::log(std::fmax(given, 1 / n)), log_rest = std::log1p(-given);
        const auto log_ended = [=](const Logistic &x) {
            return std::log(-std::expm1(n * (log_rest + x.log_q))) - std::log(given + x.p * (1 - given));
        };
        ended = beta_mean(a, b, bend, 1, log_ended);
        ended_times_x = beta_mean(a, b, bend, 1, [&](const Logistic &x) { return log_ended(x) + x.log_p; });
    }
    double ended, ended_times_x;
};
constexpr double first_far(const BetaTries &, const OneChance &) { return 256; }
inline void add_far(Silence &s, const BetaTries &of, const OneChance &leaving, double first, double m) {
    const EndedMeans means(of.a, of.b + first, leaving.p, m - first);
    s.gone += s.there * leaving.p * means.ended;
    s.purchase += s.there * (1 - leaving.p) * means.ended_times_x;
}
constexpr double first_far(const OneTry &, const BetaChances &) { return 256; }
inline void add_far(Silence &s, const OneTry &of, const BetaChances &leaving, double first, double m) {
    const EndedMeans means(leaving.a, leaving.b + first, of.p, m - first);
    s.gone += s.there * means.ended_times_x;
    s.purchase += s.there * of.p * (means.ended - means.ended_times_x);
}

// A customer who has missed an opportunity never purchases, and leaves some day; for one who has done both, a beta
// distribution is used.
template <class Chances>
constexpr double first_far(const AlwaysOrNever &of, const Chances &leaving) {
    return of.hits > 0 && of.misses > 0 ? first_far(BetaTries(of.hits, of.misses), leaving) : 1;
}
template <class Chances>
void add_far(Silence &s, const AlwaysOrNever &of, const Chances &leaving, double first, double m) {
    if (of.hits > 0)
        add_far(s, BetaTries(of.hits, of.misses), leaving, first, m);
    else
        s.gone += s.there * -std::expm1(leaving.after(first).log_survival(m - first));
}
constexpr double first_far(const AlwaysOrNever &, const NeverLeaves &) { return 1; }
inline void add_far(Silence &s, const AlwaysOrNever &of, const NeverLeaves &, double first, double m) {
    add_far_stayers(s, of, first, m);
}

// The next m opportunities, possibly infinitely many.
template <class Tries, class Chances>
Silence silence(const Tries &of, const Chances &leaving, double m) {
    const double near = first_far(of, leaving);
    Silence s;
    for (double i = 0; i < m; ++i) {
        // What is still to come adds at most `there`, which may be negligible beside a sum that it is no longer part
        // of.
        const bool settled = s.there <= 1e-18 * s.gone && s.there < 1e-300;
        if (settled || i == near) {
            if (!settled) add_far(s, of, leaving, i, m);
            s.there *= std::exp(of.after(0, i).log_misses(m - i) + leaving.after(i).log_survival(m - i));
            break;
        }
        s.gone += s.there * leaving.hazard(i);
        s.purchase += s.there * (leaving.stays(i) * of.hit(i));
        s.there *= leaving.stays(i) * of.miss(i);
    }
    return s;
}

// The sum over the next opportunities h = 1..horizon of P(active) (1 + rate)^(1 - h).
inline double periods(const BetaChances &c, double horizon, double rate) {
    return discounted_periods(c.a, c.b, horizon, rate);
}
inline double periods(const OneChance &c, double horizon, double rate) { return alike_periods(c.p, horizon, rate); }
inline double periods(const NeverLeaves &, double horizon, double rate) { return alike_periods(0, horizon, rate); }
inline double periods(const AtOnceOrNever &c, double horizon, double rate) {
    return c.stays(0) * alike_periods(0, horizon, rate);
}

template <class Tries, class Chances>
class Model {
public:
    // ln L of one customer [FHS]: of what happened up to the last purchase, and of the silence since.
    static double log_likelihood(const double *parameters, const Customer &c) {
        const Model model(parameters);
        const Silence s = model.silence_so_far(c);
        const double silent = c.tenure - c.recency;
        const double all_there = model.tries_then(c).log_misses(silent) + model.chances_then(c).log_survival(silent);
        return model.tries_.log_hits(c.frequency) + model.tries_.after(c.frequency, 0).log_misses(c.recency - c.frequency) +
               model.chances_.log_survival(c.recency) +
               (s.gone == 0       ? all_there
                : s.purchase < 0.5 ? std::log1p(-s.purchase)
                                   : std::log(s.probability()));
    }

    // P(the customer is active at the next opportunity, number n + 1) [FHS, eq. 11].
    static double prob_alive(const double *parameters, const Customer &c) {
        const Model model(parameters);
        return model.silence_so_far(c).share_there() * model.chances_now(c).stays(0);
    }

    static double prob_dead(const double *parameters, const Customer &c) {
        const Model model(parameters);
        const Silence s = model.silence_so_far(c);
        const double leaves = model.chances_now(c).hazard(0);
        return s.gone == 0 ? leaves : (s.gone + s.there * leaves) / s.probability();
    }

    // P(the silence so far goes on for a horizon).
    static double prob_no_purchase(const double *parameters, const Customer &c, double horizon) {
        const Model model(parameters);
        const double silent = c.tenure - c.recency;
        const Silence so_far = model.silence_so_far(c);
        if (so_far.gone == 0) return silence(model.tries_now(c), model.chances_now(c), horizon).probability();
        return as_probability(silence(model.tries_then(c), model.chances_then(c), silent + horizon).probability() /
                              so_far.probability());
    }

    // [FHS, eq. 13].
    static double expected_purchases(const double *parameters, const Customer &c, double horizon) {
        const Model model(parameters);
        return model.purchases_in(periods(model.chances_now(c), horizon, 0), c);
    }

    // Purchases fall on the opportunities 1, 2, ... ahead; over an infinite horizon the discounted expected residual
    // transactions of [FHS, eq. 14].
    static double discounted_purchases(const double *parameters, const Customer &c, double horizon, double discount) {
        const Model model(parameters);
        return model.purchases_in(std::exp(-discount) * periods(model.chances_now(c), horizon, std::expm1(discount)), c);
    }

    static Traits draw(const double *parameters, Random &random) {
        const Model model(parameters);
        const double purchase = model.tries_.draw(random);
        return {{purchase, model.chances_.draw(random), 0}};
    }

    // A geometric number of opportunities passes without purchase or departure; then one of the two happens.
    static double next_purchase(const Traits &traits, double, double now, Random &random) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        const double purchase = traits.value[0], leave = traits.value[1];
        const double something = leave + (1 - leave) * purchase;
        if (something == 0) return infinity;
        const double passed = something < 1 ? std::floor(std::log1p(-draw_uniform(random)) / std::log1p(-something)) : 0;
        return draw_uniform(random) * something < leave ? infinity : now + passed + 1;
    }

    // P(active at the opportunity after the horizon); prob_alive is this for a horizon of 0.
    static double prob_alive_after(const double *parameters, const Customer &c, double horizon) {
        const Model model(parameters);
        return model.silence_so_far(c).share_there() * std::exp(model.chances_now(c).log_survival(horizon + 1));
    }

    // As in [FHS], customers with k purchases either leave before opportunity i + 1 ahead, having made them at the i
    // before, or are there for the whole horizon. w, the probability of k purchases at i opportunities and of being
    // active at all of them, follows from one i to the next. It may begin below all doubles and still grow.
    static double purchase_pmf(const double *parameters, const Customer &c, double horizon, double k) {
        constexpr double huge = 1e200;
        if (k == 0) return prob_no_purchase(parameters, c, horizon);
        if (k > horizon) return 0;
        if (horizon > max_opportunities)
            throw std::domain_error("the distribution of purchases is known for at most 100000 opportunities ahead");
        const Model model(parameters);
        const auto tries = model.tries_now(c), after_all = tries.after(k, 0);
        const auto chances = model.chances_now(c);
        double log_scale = tries.log_hits(k) + chances.log_survival(k), w = 1, sum = 0;
        for (double i = k; i < horizon; ++i) {
            sum += w * chances.hazard(i);
            w *= (i + 1) / (i + 1 - k) * after_all.miss(i - k) * chances.stays(i);
            if (w + sum > huge) {
                w /= huge;
                sum /= huge;
                log_scale += std::log(huge);
            }
        }
        return model.silence_so_far(c).share_there() * as_probability(std::exp(log_scale + std::log(sum + w)));
    }

    static void shift(const double *p, double purchases, double dropout, double *own) {
        Tries::shift(p, purchases, own);
        Chances::shift(p + Tries::n_parameters, dropout, own + Tries::n_parameters);
    }

    static constexpr OrdersFamily orders = [] {
        OrdersFamily f;
        f.log_likelihood = log_likelihood;
        f.prob_alive = prob_alive;
        f.prob_dead = prob_dead;
        f.prob_no_purchase = prob_no_purchase;
        f.expected_purchases = expected_purchases;
        f.discounted_purchases = discounted_purchases;
        f.draw = draw;
        f.next_purchase = next_purchase;
        f.prob_alive_after = prob_alive_after;
        f.purchase_pmf = purchase_pmf;
        f.discrete = true;
        f.shift = shift;
        return f;
    }();

private:
    explicit Model(const double *p) : tries_(p), chances_(p + Tries::n_parameters) {}

    // The beliefs at the last purchase, and the beliefs now about those who are still customers.
    auto tries_then(const Customer &c) const { return tries_.after(c.frequency, c.recency - c.frequency); }
    auto chances_then(const Customer &c) const { return chances_.after(c.recency); }
    auto tries_now(const Customer &c) const { return tries_.after(c.frequency, c.tenure - c.frequency); }
    auto chances_now(const Customer &c) const { return chances_.after(c.tenure); }

    Silence silence_so_far(const Customer &c) const {
        return silence(tries_then(c), chances_then(c), c.tenure - c.recency);
    }

    // The expected purchases of a customer who, if still active at opportunity n, is expected to be active for that
    // many periods; infinite if those are, however unlikely it is.
    double purchases_in(double periods, const Customer &c) const {
        const double purchase = tries_now(c).hit(0);
        if (purchase == 0 || std::isinf(periods)) return purchase == 0 ? 0 : periods;
        return silence_so_far(c).share_there() * (purchase * periods);
    }

    Tries tries_;
    Chances chances_;
};

}  // namespace cltv::bgbb
