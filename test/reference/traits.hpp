// The building blocks of integrals over hidden traits; overloads for double and Real by name lookup.
#pragma once

#include <cmath>
#include <type_traits>

#include "quadrature.hpp"

namespace reference {

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

// ln(e^u + e^v)
template <class N>
N log_sum(const N &u, const N &v) {
    return u > v ? N(u + N(log1p(N(exp(N(v - u)))))) : N(v + N(log1p(N(exp(N(u - v))))));
}

// ln(1 - e^-y) of y = e^v
template <class N>
N log_share_within(const N &v) {
    if (v < -600) return v;  // in double, e^v has no digits there
    return v > 300 ? N(0) : N(log(N(-expm1(N(-exp(v))))));
}

// ln of the integral of p^(a-1) (1-p)^(b-1) over 0..1
inline Real log_beta_integral(const Real &a, const Real &b) {
    const double A = static_cast<double>(a), B = static_cast<double>(b);
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        const Logit<N> l(v);
        return N(N(a) * l.log_p + N(b) * l.log_q);
    };
    return log_integral<Real>(f, {0, std::log(A / B)});
}

// ln of the integral of l^(shape-1) e^(-rate l) over l > 0
inline Real log_gamma_integral(const Real &shape, const Real &rate) {
    const double bend = static_cast<double>(log(Real(shape / rate)));
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        return N(N(shape) * v - N(rate) * N(exp(v)));
    };
    return log_integral<Real>(f, {bend, static_cast<double>(log(Real(1 / rate)))});
}

}  // namespace reference
