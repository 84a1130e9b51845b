// What the two normal hierarchical models of spend share: a customer's mean over x purchases, or its logarithm, y, is
// normal around the customer's own level, and the levels are normal over customers, so
// y ~ N(mu + b t - shift(x), tau^2 + noise(x)).
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/spend/search.hpp"

namespace cltv::spends {

// The noise of a mean over x purchases and the amount by which y is lowered, from sigma, the spread of one purchase.
template <int N>
struct Noise {
    Jet<N> variance, shift;
};

// Sums over the customers of one frequency: of y and t, relative to their means over all, and of their squares and
// product.
struct Moments {
    double frequency, n, y, t, yy, yt, tt;
};

struct GaussianSample {
    std::vector<Moments> groups;
    double centre = 0, sd = 0;      // of y
    double told_centre = 0, n = 0;  // of t
    double log_mean = 0;            // sum of ln m, by which the density of m differs from that of ln m
};

GaussianSample gaussian_sample(const Sample &sample, bool logarithms);

// The log-likelihood; mu is relative to the centre of y.
template <int N, class NoiseOf>
Jet<N> likelihood(const Jet<N> &mu, const Jet<N> &tau, const Jet<N> &sigma, const Jet<N> &b,
                  const GaussianSample &sample, NoiseOf &&noise_of) {
    constexpr double log_two_pi = 1.83787706640934548356;
    Jet<N> total = -sample.log_mean;
    for (const Moments &group : sample.groups) {
        const Noise<N> noise = noise_of(sigma, group.frequency);
        const Jet<N> variance = tau * tau + noise.variance, level = mu - noise.shift;
        // The sum of the squares of y - level - b t.
        const Jet<N> squares = level * (level * group.n + b * (2 * group.t) - 2 * group.y) +
                               b * (b * group.tt - 2 * group.yt) + group.yy;
        total += (log(variance) + log_two_pi) * (-0.5 * group.n) - squares / variance * 0.5;
    }
    return total;
}

// The fit of either family. finish(maximum, mu, tau, sigma, b, form, status, log-likelihood, prior) expresses it in the
// family's parameters; tau or sigma is 0 at a limit.
template <bool first, class NoiseOf, class Finish>
Fit search(const Sample &sample, const GaussianSample &moments, double prior, NoiseOf &&noise_of, Finish &&finish,
           Stop stop) {
    constexpr int k = first ? 1 : 0, N = 3 + k, L = 2 + k;
    const double log_sd = std::log(moments.sd);
    const auto effect = [](const auto &v) {
        using J = std::decay_t<decltype(v[0])>;
        if constexpr (first)
            return J(v.back());
        else
            return J(0);
    };
    const auto weigh = [&](auto total, const auto &b) {
        poll(stop);
        if constexpr (first)
            if (prior > 0) total += log_prior(b, 0, first_prior_sd) * prior;
        return total;
    };
    // mu in standard deviations of y, spreads as logarithms.
    const auto wide = [&](const Variables<N> &v) {
        return likelihood(v[0] * moments.sd, exp(v[1]), exp(v[2]), effect(v), moments, noise_of);
    };
    const auto fixed_at = [&](const Variables<L> &v) {
        return likelihood(v[0] * moments.sd, exp(v[1]), Jet<L>(0), effect(v), moments, noise_of);
    };
    const auto alike_at = [&](const Variables<L> &v) {
        return likelihood(v[0] * moments.sd, Jet<L>(0), exp(v[1]), effect(v), moments, noise_of);
    };
    const auto start = [&](double tau, double sigma) {
        Eigen::Matrix<double, N, 1> point = Eigen::Matrix<double, N, 1>::Zero();
        point(1) = log_sd + std::log(tau);
        point(2) = log_sd + std::log(sigma);
        return point;
    };
    const auto narrow = [&] {
        Eigen::Matrix<double, L, 1> point = Eigen::Matrix<double, L, 1>::Zero();
        point(1) = log_sd;
        return point;
    };

    const auto interior = maximise<N>([&](const Variables<N> &v) { return weigh(wide(v), effect(v)); },
                                      {start(0.7, 0.7), start(0.3, 1), start(1, 0.3)});
    const bool known =
        interior.found && interior.error(1) <= known_error && interior.error(2) <= known_error;
    Maximum<L> fixed, alike;
    if (!known) {
        fixed = maximise<L>([&](const Variables<L> &v) { return weigh(fixed_at(v), effect(v)); }, {narrow()});
        alike = maximise<L>([&](const Variables<L> &v) { return weigh(alike_at(v), effect(v)); }, {narrow()});
    }
    const auto within_fit = [&](const Maximum<N> &maximum, Status status, bool held) {
        const auto v = variables_at<N>(maximum.point);
        return finish(maximum, v[0] * moments.sd + moments.centre, exp(v[1]), exp(v[2]), effect(v),
                      first ? within_first : within, status, wide(v).value, first ? prior > 0 : held);
    };
    switch (verdict_of(known, interior.found, interior.value, fixed.found ? fixed.value : -HUGE_VAL,
                       alike.found ? alike.value : -HUGE_VAL, prior)) {
        case Verdict::interior:
            return within_fit(interior, Status::converged, false);
        case Verdict::fixed: {
            const auto v = variables_at<L>(fixed.point);
            return finish(fixed, v[0] * moments.sd + moments.centre, exp(v[1]), Jet<L>(0), effect(v),
                          first ? fixed_prices_first : fixed_prices, Status::boundary, fixed_at(v).value,
                          first && prior > 0);
        }
        case Verdict::alike: {
            const auto v = variables_at<L>(alike.point);
            return finish(alike, v[0] * moments.sd + moments.centre, Jet<L>(0), exp(v[1]), effect(v),
                          first ? customers_alike_first : customers_alike, Status::boundary, alike_at(v).value,
                          first && prior > 0);
        }
        case Verdict::weak: {
            const auto held = maximise<N>(
                [&](const Variables<N> &v) {
                    return weigh(wide(v) + (log_prior(v[1], log_sd, prior_sd) + log_prior(v[2], log_sd, prior_sd)) *
                                               prior,
                                 effect(v));
                },
                {start(0.7, 0.7), start(0.3, 1), start(1, 0.3)});
            if (!held.found) break;
            Fit fit = within_fit(held, Status::weak, true);
            fit.subject = held.error(1) > held.error(2) ? 1 : 2;
            return fit;
        }
        case Verdict::none:
            break;
    }
    return refused(Status::not_converged, sample.customers);
}

}  // namespace cltv::spends
