// What rates of purchase contribute to the terms of the likelihood, with derivatives in their parameters: see rates.hpp
// and two_term_likelihood.hpp, of whose four places the rates have the first two.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

#include "core/base/special.hpp"
#include "core/purchases/rates.hpp"
#include "core/purchases/two_term_likelihood.hpp"

namespace cltv {

template <class Rates>
class RateTerms;

// (r)_x alpha^r and (alpha + t)^-(r + x).
template <>
class RateTerms<GammaRates> {
public:
    static constexpr int n_parameters = 2;

    explicit RateTerms(const double *p) : r(p[0]), alpha(p[1]), log_alpha_(std::log(alpha)), rising_(r) {}

    // The factor that all customers of frequency x share; called at ascending x.
    void add_common(double x, LogTerm &term) {
        rising_.advance(x);
        term.value += rising_.value() + r * log_alpha_;
        term.gradient[0] += rising_.first() + log_alpha_;
        term.gradient[1] += r / alpha;
        term.hessian[0] += rising_.second();
        term.hessian[1] += 1 / alpha;
        term.hessian[2] -= r / (alpha * alpha);
    }

    // The factor for x purchases, the silence between them and that up to t.
    LogTerm waiting(double x, double t) const {
        const double m = r + x, pace = alpha + t, log_pace = std::log(pace), inverse = 1 / pace;
        return {-m * log_pace, {-log_pace, -m * inverse, 0, 0}, {0, -inverse, m * inverse * inverse}};
    }

    double r, alpha;

private:
    double log_alpha_;
    RisingLog rising_;
};

// lambda^x and e^(-lambda t).
template <>
class RateTerms<OneRate> {
public:
    static constexpr int n_parameters = 1;

    explicit RateTerms(const double *p) : rate(p[0]), log_rate_(std::log(rate)) {}

    void add_common(double x, LogTerm &term) {
        term.value += x * log_rate_;
        term.gradient[0] += x / rate;
        term.hessian[0] -= x / (rate * rate);
    }
    LogTerm waiting(double, double t) const { return {-rate * t, {-t, 0, 0, 0}, {}}; }

    double rate;

private:
    double log_rate_;
};

}  // namespace cltv
