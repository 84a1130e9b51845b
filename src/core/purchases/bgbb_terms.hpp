// The log-likelihood of BG/BB and of its limits over a base, with the derivatives that a fit needs. Shapes of beta
// distributions are parameters as they are; probabilities are given by their odds, so that all parameters are positive.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/base/customer.hpp"
#include "core/base/eigen.hpp"
#include "core/base/stop.hpp"
#include "core/fit/newton.hpp"

namespace cltv::bgbb {

// ln (a)_n and its first and second derivatives in a, for n = 0..most.
class RisingTable {
public:
    RisingTable(double a, double most) : rows_(static_cast<std::size_t>(most) + 1) {
        for (std::size_t n = 1; n < rows_.size(); ++n) {
            const Row &before = rows_[n - 1];
            const double factor = a + static_cast<double>(n - 1), inverse = 1 / factor;
            rows_[n] = {before.value + std::log(factor), before.first + inverse, before.second - inverse * inverse};
        }
    }
    struct Row {
        double value, first, second;
    };
    const Row &operator()(double n) const { return rows_[static_cast<std::size_t>(n)]; }

private:
    std::vector<Row> rows_;
};

// Adds n times ln (a)_k, where a is the sum of the parameters i and j > i (or the one parameter i = j). Only the lower
// triangle of the Hessian is set, as everywhere here.
template <int N>
void add_rising(Surface<N> &surface, double n, const RisingTable::Row &rising, int i, int j) {
    surface.value += n * rising.value;
    surface.gradient(i) += n * rising.first;
    surface.hessian(i, i) += n * rising.second;
    if (i == j) return;
    surface.gradient(j) += n * rising.first;
    surface.hessian(j, j) += n * rising.second;
    surface.hessian(j, i) += n * rising.second;
}

// Adds ln of the probability of that many events and that many non-events, where parameter i is the odds of the event.
template <int N>
void add_odds(Surface<N> &surface, double events, double others, double odds, int i) {
    const double share = 1 / (1 + odds), all = events + others;
    surface.value += events * std::log(odds) - all * std::log1p(odds);
    surface.gradient(i) += events / odds - all * share;
    surface.hessian(i, i) -= events / (odds * odds) - all * share * share;
}

// The value of what is impossible. Its derivatives mean nothing.
template <int N>
void add_impossible(Surface<N> &surface) { surface.value = -std::numeric_limits<double>::infinity(); }

// Derivatives in N parameters: the gradient, and the lower triangle of the Hessian, row by row.
template <int N>
struct Derivatives {
    static constexpr int n_hessian = N * (N + 1) / 2;
    double gradient[N] = {}, hessian[n_hessian] = {};

    double &bend(int i, int j) { return hessian[i > j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i]; }
};

// A probability that is a product of powers of the parameters and of sums of them, with the derivatives of its
// logarithm.
template <int N>
struct Term : Derivatives<N> {
    double value = 1;

    // Multiplies by (y + k)/(a + y + k), where y is (up to k) parameter `numerator` and a the parameter `other`.
    void multiply_by_share(double share, double inverse_numerator, double inverse_sum, int numerator, int other) {
        value *= share;
        this->gradient[numerator] += inverse_numerator - inverse_sum;
        this->gradient[other] -= inverse_sum;
        const double squared = inverse_sum * inverse_sum;
        this->bend(numerator, numerator) += squared - inverse_numerator * inverse_numerator;
        this->bend(other, other) += squared;
        this->bend(numerator, other) += squared;
    }

    // Multiplies by the probability of an event whose odds are parameter i, or of its opposite.
    void multiply_by_odds(double odds, int i, bool event) {
        const double rest = 1 / (1 + odds);
        value *= event ? odds * rest : rest;
        this->gradient[i] += event ? 1 / odds - rest : -rest;
        this->bend(i, i) += event ? rest * rest - 1 / (odds * odds) : rest * rest;
    }
};

// Sums of terms, each with the first and second derivatives of the term itself.
template <int N>
struct Sum : Derivatives<N> {
    double value = 0;

    void add(const Term<N> &term) {
        value += term.value;
        for (int i = 0, k = 0; i < N; ++i) {
            const double slope = term.value * term.gradient[i];
            this->gradient[i] += slope;
            for (int j = 0; j <= i; ++j, ++k) this->hessian[k] += term.value * term.hessian[k] + slope * term.gradient[j];
        }
    }
};

// How customers take opportunities, as a fit sees it, with the parameters from number 0 on:
//     add_past(surface, n, x, y)     n times ln of the probability of x purchases and y misses in their order,
//     multiply_by_miss(term, x, y)   by the probability of missing one more after them.

struct BetaTriesTerms {
    static constexpr int n_parameters = 2;
    enum { alpha, beta };

    BetaTriesTerms(const double *p, double most)
        : alpha_(p[0]), beta_(p[1]), hits(p[0], most), misses(p[1], most), both(p[0] + p[1], most) {}

    template <int N>
    void add_past(Surface<N> &surface, double n, double x, double y) const {
        add_rising(surface, n, hits(x), alpha, alpha);
        add_rising(surface, n, misses(y), beta, beta);
        add_rising(surface, -n, both(x + y), alpha, beta);
    }
    template <int N>
    void multiply_by_miss(Term<N> &term, double x, double y) const {
        const double numerator = beta_ + y, inverse = 1 / (alpha_ + x + numerator);
        term.multiply_by_share(numerator * inverse, 1 / numerator, inverse, beta, alpha);
    }

private:
    double alpha_, beta_;
    RisingTable hits, misses, both;
};

struct OneTryTerms {
    static constexpr int n_parameters = 1;

    OneTryTerms(const double *p, double) : odds(p[0]) {}

    template <int N>
    void add_past(Surface<N> &surface, double n, double x, double y) const { add_odds(surface, n * x, n * y, odds, 0); }
    template <int N>
    void multiply_by_miss(Term<N> &term, double, double) const { term.multiply_by_odds(odds, 0, false); }

private:
    double odds;
};

struct AlwaysOrNeverTerms {
    static constexpr int n_parameters = 1;

    AlwaysOrNeverTerms(const double *p, double) : odds(p[0]) {}

    template <int N>
    void add_past(Surface<N> &surface, double n, double x, double y) const {
        if (x > 0 && y > 0) return add_impossible(surface);
        if (x + y > 0) add_odds(surface, x > 0 ? n : 0, x > 0 ? 0 : n, odds, 0);
    }
    template <int N>
    void multiply_by_miss(Term<N> &term, double x, double y) const {
        if (x > 0) term.value = 0;
        if (x == 0 && y == 0) term.multiply_by_odds(odds, 0, false);
    }

private:
    double odds;
};

struct AlwaysTerms {
    static constexpr int n_parameters = 0;

    AlwaysTerms(const double *, double) {}

    template <int N>
    void add_past(Surface<N> &surface, double, double, double y) const {
        if (y > 0) add_impossible(surface);
    }
    template <int N>
    void multiply_by_miss(Term<N> &term, double, double) const { term.value = 0; }
};

// How customers leave, with the parameters from number `first` on:
//     add_past(surface, n, t)       n times ln of the probability of being there at t opportunities,
//     can_leave(t)                  whether anybody who was there at t can leave at all, and still_can(t) after the next one,
//     divide(leaves, stays, t)      multiplies by the probabilities to leave before the next opportunity and to stay for it.

template <int first>
struct BetaLeavingTerms {
    static constexpr int n_parameters = 2;
    enum { gamma = first, delta };

    BetaLeavingTerms(const double *p, double most)
        : gamma_(p[first]), delta_(p[first + 1]), inverse_gamma_(1 / gamma_), stayed(delta_, most),
          dropout(gamma_ + delta_, most) {}

    template <int N>
    void add_past(Surface<N> &surface, double n, double t) const {
        add_rising(surface, n, stayed(t), delta, delta);
        add_rising(surface, -n, dropout(t), gamma, delta);
    }
    static bool can_leave(double) { return true; }
    static bool still_can(double) { return true; }
    template <int N>
    void divide(Term<N> &leaves, Term<N> &stays, double t) const {
        const double numerator = delta_ + t, inverse = 1 / (gamma_ + numerator);
        leaves.multiply_by_share(gamma_ * inverse, inverse_gamma_, inverse, gamma, delta);
        stays.multiply_by_share(numerator * inverse, 1 / numerator, inverse, delta, gamma);
    }

private:
    double gamma_, delta_, inverse_gamma_;
    RisingTable stayed, dropout;
};

template <int first>
struct OneLeavingTerms {
    static constexpr int n_parameters = 1;

    OneLeavingTerms(const double *p, double) : odds(p[first]) {}

    template <int N>
    void add_past(Surface<N> &surface, double n, double t) const { add_odds(surface, 0, n * t, odds, first); }
    static bool can_leave(double) { return true; }
    static bool still_can(double) { return true; }
    template <int N>
    void divide(Term<N> &leaves, Term<N> &stays, double) const {
        leaves.multiply_by_odds(odds, first, true);
        stays.multiply_by_odds(odds, first, false);
    }

private:
    double odds;
};

struct NeverLeavesTerms {
    static constexpr int n_parameters = 0;

    NeverLeavesTerms(const double *, double) {}

    template <int N>
    void add_past(Surface<N> &, double, double) const {}
    static bool can_leave(double) { return false; }
    static bool still_can(double) { return false; }
    template <int N>
    void divide(Term<N> &, Term<N> &, double) const {}
};

template <int first>
struct AtOnceTerms {
    static constexpr int n_parameters = 1;

    AtOnceTerms(const double *p, double) : odds(p[first]) {}

    template <int N>
    void add_past(Surface<N> &surface, double n, double t) const {
        if (t > 0) add_odds(surface, 0, n, odds, first);
    }
    static bool can_leave(double t) { return t == 0; }
    static bool still_can(double) { return false; }
    template <int N>
    void divide(Term<N> &leaves, Term<N> &stays, double) const {
        leaves.multiply_by_odds(odds, first, true);
        stays.multiply_by_odds(odds, first, false);
    }

private:
    double odds;
};

// The silence of customers of one frequency and recency, opportunity by opportunity, with derivatives.
template <class Tries, class Leaving, int N>
class SilenceSums {
public:
    SilenceSums(const Tries &tries, const Leaving &leaving, const Customer &customer)
        : tries_(tries), leaving_(leaving), x_(customer.frequency), t_(customer.recency) {}

    // Adds n customers whose silence is m opportunities long; m must not be smaller than before.
    void add(Surface<N> &surface, double n, double m, Stop stop) {
        for (; i_ < m; ++i_) {
            if (std::fmod(i_, 4096) == 0) poll(stop);
            if (there_.value < 1e-300 && there_.value <= 1e-18 * gone_.value) break;
            if (i_ == 0 || leaving_.still_can(t_)) {
                Term<N> leaves = there_;
                leaving_.divide(leaves, there_, t_ + i_);
                gone_.add(leaves);
            }
            tries_.multiply_by_miss(there_, x_, t_ - x_ + i_);
        }
        Sum<N> all = gone_;
        all.add(there_);
        surface.value += n * std::log(all.value);
        for (int i = 0, k = 0; i < N; ++i) {
            const double slope = all.gradient[i] / all.value;
            surface.gradient(i) += n * slope;
            for (int j = 0; j <= i; ++j, ++k)
                surface.hessian(i, j) += n * (all.hessian[k] - slope * all.gradient[j]) / all.value;
        }
    }

private:
    const Tries &tries_;
    const Leaving &leaving_;
    double x_, t_, i_ = 0;
    Term<N> there_;
    Sum<N> gone_;
};

// Log-likelihood, gradient and Hessian over a base sorted by frequency, recency and tenure; no tenure may be above
// `most`.
template <class Tries, class Leaving>
auto surface(const double *theta, View<CustomerCount> base, double most, Stop stop) {
    constexpr int N = Tries::n_parameters + Leaving::n_parameters;
    const Tries tries(theta, most);
    const Leaving leaving(theta, most);
    Surface<N> total{0, Eigen::Matrix<double, N, 1>::Zero(), Eigen::Matrix<double, N, N>::Zero()};
    for (const CustomerCount *row = base.begin(); row != base.end();) {
        poll(stop);
        const double x = row->customer.frequency, t = row->customer.recency;
        const bool leaves = leaving.can_leave(t);
        SilenceSums<Tries, Leaving, N> since(tries, leaving, row->customer);
        double n = 0;
        for (; row != base.end() && row->customer.frequency == x && row->customer.recency == t; ++row) {
            n += row->count;
            if (leaves)
                since.add(total, row->count, row->customer.tenure - t, stop);
            else  // all silent customers are active
                tries.add_past(total, row->count, x, row->customer.tenure - x);
        }
        if (leaves) tries.add_past(total, n, x, t - x);
        leaving.add_past(total, n, t);
    }
    total.hessian = total.hessian.template selfadjointView<Eigen::Lower>();
    return total;
}

}  // namespace cltv::bgbb
