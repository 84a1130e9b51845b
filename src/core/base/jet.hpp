// A number that carries its first and second derivatives in N variables: forward differentiation, for likelihoods whose
// derivatives would be longer than they are. Every rule is f(x)' = f' x', f(x)'' = f' x'' + f'' x' x'^T.
// The rules are compiled in jet.cpp, for N = 1 to 4: inside long formulas they take a compiler ten seconds.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

#include "core/base/eigen.hpp"
#include "core/base/special.hpp"

namespace cltv {

template <int N>
struct Jet {
    static constexpr int size = N;
    using Vector = Eigen::Matrix<double, N, 1>;
    using Matrix = Eigen::Matrix<double, N, N>;

    double value;
    Vector gradient;
    Matrix hessian;

    Jet() : Jet(0.0) {}
    Jet(double constant);
    Jet(double v, const Vector &g, const Matrix &h) : value(v), gradient(g), hessian(h) {}

    static Jet variable(double v, int i) {
        Jet jet(v);
        jet.gradient(i) = 1;
        return jet;
    }

    // f(*this) from the value of f and its two derivatives there.
    Jet chain(double f, double first, double second) const;

    Jet negative() const;
    Jet plus(const Jet &other) const;
    Jet minus(const Jet &other) const;
    Jet times(const Jet &other) const;
    Jet over(const Jet &other) const;

    // With numbers on either side.
    Jet operator-() const { return negative(); }
    Jet &operator+=(const Jet &other) { return *this = plus(other); }
    friend Jet operator+(const Jet &a, const Jet &b) { return a.plus(b); }
    friend Jet operator-(const Jet &a, const Jet &b) { return a.minus(b); }
    friend Jet operator*(const Jet &a, const Jet &b) { return a.times(b); }
    friend Jet operator/(const Jet &a, const Jet &b) { return a.over(b); }
};

inline double value_of(double x) { return x; }
template <int N>
double value_of(const Jet<N> &x) {
    return x.value;
}

// f(a, b) from its value, its two first and its three second partial derivatives.
template <int N>
Jet<N> chain(const Jet<N> &a, const Jet<N> &b, double f, double fa, double fb, double faa, double fab, double fbb);

template <int N>
Jet<N> exp(const Jet<N> &x) {
    const double e = std::exp(x.value);
    return x.chain(e, e, e);
}

template <int N>
Jet<N> log(const Jet<N> &x) {
    const double one = 1 / x.value;
    return x.chain(std::log(x.value), one, -one * one);
}

template <int N>
Jet<N> log1p(const Jet<N> &x) {
    const double one = 1 / (1 + x.value);
    return x.chain(std::log1p(x.value), one, -one * one);
}

template <int N>
Jet<N> expm1(const Jet<N> &x) {
    const double e = std::exp(x.value);
    return x.chain(std::expm1(x.value), e, e);
}

template <int N>
Jet<N> log_gamma(const Jet<N> &x) {
    return x.chain(log_gamma(x.value), digamma(x.value), trigamma(x.value));
}

}  // namespace cltv
