// The log-likelihood of erlang_model.hpp with what a fit needs. Except at k = 1, what a customer who stayed contributes
// depends on both recency and tenure, so nothing can be tabulated.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <initializer_list>

#include "core/purchases/beta_geometric_terms.hpp"
#include "core/purchases/phases.hpp"
#include "core/purchases/rate_terms.hpp"
#include "core/purchases/two_term_likelihood.hpp"

namespace cltv {

// ln of the sum over j < k of (m)_j/j! w^j with m = r + events, w = silent/(alpha + T).
inline LogTerm log_phases(const RateTerms<GammaRates> &rates, double events, double silent, double tenure, double k) {
    const double m = rates.r + events, inverse = 1 / (rates.alpha + tenure), w = silent * inverse;
    double sum = 1, scale = 0, term = 1, harmonic = 0, squares = 0, g0 = 0, g1 = 0, h00 = 0, h10 = 0, h11 = 0;
    for (double j = 1; j < k; ++j) {
        const double one = 1 / (m + j - 1);
        term *= (m + j - 1) * w / j;
        harmonic += one;
        squares += one * one;
        const double to_alpha = -j * inverse;
        sum += term;
        g0 += term * harmonic;
        g1 += term * to_alpha;
        h00 += term * (harmonic * harmonic - squares);
        h10 += term * harmonic * to_alpha;
        h11 += term * (to_alpha * to_alpha + j * inverse * inverse);
        if (sum > 1e200) {
            for (double *part : {&sum, &term, &g0, &g1, &h00, &h10, &h11}) *part *= 1e-200;
            scale += 460.51701859880914;  // ln 1e200
        }
    }
    g0 /= sum;
    g1 /= sum;
    return {scale + std::log(sum), {g0, g1, 0, 0}, {h00 / sum - g0 * g0, h10 / sum - g0 * g1, h11 / sum - g1 * g1}};
}

// ln of the sum over j < k of (lambda silent)^j/j!.
inline LogTerm log_phases(const RateTerms<OneRate> &rates, double, double silent, double, double k) {
    const double w = rates.rate * silent, inverse = 1 / rates.rate;
    double sum = 1, scale = 0, term = 1, g = 0, h = 0;
    for (double j = 1; j < k; ++j) {
        term *= w / j;
        sum += term;
        g += term * j * inverse;
        h += term * j * (j - 1) * inverse * inverse;
        if (sum > 1e200) {
            for (double *part : {&sum, &term, &g, &h}) *part *= 1e-200;
            scale += 460.51701859880914;
        }
    }
    g /= sum;
    return {scale + std::log(sum), {g, 0, 0, 0}, {h / sum - g * g}};
}

// For k > 1. The likelihood is common (left + stayed), where for gamma rates
//   common: (r)_kx alpha^r (b)_n/(a + b)_n and the part of the gaps, log_even_gaps,
//   stayed: (alpha + T)^-(r + kx) sum over j < k of (r + kx)_j/j! ((T - t_x)/(alpha + T))^j,
//   left:   a/(b + n - 1) (alpha + t_x)^-(r + kx), nothing for n = 0.
template <class Rates, class Chances, int first_chances>
class ErlangTerms {
public:
    static constexpr int n_first = Rates::n_parameters, n_last = Chances::n_parameters;

    ErlangTerms(const double *theta, double k) : rates_(theta), chances_(theta + n_first), k_(k) {}

    void add(Surface<4> &total, const TwoTermBlock &block) {
        const double x = block.customers[0].customer.frequency, events = k_ * x;
        LogTerm common{}, odds{};
        rates_.add_common(events, common);
        chances_.add_common(x + first_chances, common);
        if (!chances_.add_left(x + first_chances, odds)) odds = LogTerm::zero();
        double gradient[4] = {}, hessian[10] = {}, value = 0;
        for (const CustomerCount &row : block.customers) {
            const Customer &c = row.customer;
            LogTerm left = odds, stayed = log_phases(rates_, events, c.tenure - c.recency, c.tenure, k_);
            add_to(left, rates_.waiting(events, c.recency));
            add_to(stayed, rates_.waiting(events, c.tenure));
            const LogTerm sum = left + stayed;
            const double n = row.count;
            value += n * (sum.value + common.value + log_even_gaps(x, k_, c.recency));
            for (int i = 0; i < 4; ++i) gradient[i] += n * (sum.gradient[i] + common.gradient[i]);
            for (int i = 0; i < 10; ++i) hessian[i] += n * (sum.hessian[i] + common.hessian[i]);
        }
        total.value += value;
        for (int i = 0, l = 0; i < 4; ++i) {
            total.gradient(i) += gradient[i];
            for (int j = 0; j <= i; ++j, ++l) total.hessian(i, j) += hessian[l];
        }
    }

private:
    // Waiting depends on the rates alone.
    static void add_to(LogTerm &term, const LogTerm &waiting) {
        term.value += waiting.value;
        for (int i = 0; i < 2; ++i) term.gradient[i] += waiting.gradient[i];
        for (int i = 0; i < 3; ++i) term.hessian[i] += waiting.hessian[i];
    }

    RateTerms<Rates> rates_;
    ChanceTerms<Chances> chances_;
    double k_;
};

template <class Terms>
Surface<4> erlang_likelihood(Terms &&terms, const TwoTermBase &base, TwoTermRange blocks, Stop stop) {
    Surface<4> total{0, Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
    for (std::size_t i = blocks.begin; i < blocks.end; ++i) {
        poll(stop);
        terms.add(total, base.block(i));
    }
    total.hessian = total.hessian.template selfadjointView<Eigen::Lower>();
    return total;
}

}  // namespace cltv
