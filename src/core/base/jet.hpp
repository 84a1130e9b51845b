// A number that carries its first and second derivatives in N variables: forward differentiation, for likelihoods whose
// derivatives would be longer than they are. Every rule is f(x)' = f' x', f(x)'' = f' x'' + f'' x' x'^T.
#pragma once

#include "core/base/numbers_only.hpp"

#include <Eigen/Dense>
#include <cmath>

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
    Jet(double constant) : value(constant), gradient(Vector::Zero()), hessian(Matrix::Zero()) {}
    Jet(double v, const Vector &g, const Matrix &h) : value(v), gradient(g), hessian(h) {}

    static Jet variable(double v, int i) {
        Jet jet(v);
        jet.gradient(i) = 1;
        return jet;
    }

    // f(*this) from the value of f and its two derivatives there.
    Jet chain(double f, double first, double second) const {
        return {f, first * gradient, first * hessian + second * gradient * gradient.transpose()};
    }

    Jet operator-() const { return {-value, -gradient, -hessian}; }
    Jet &operator+=(const Jet &other) { return *this = *this + other; }

    friend Jet operator+(const Jet &a, const Jet &b) {
        return {a.value + b.value, a.gradient + b.gradient, a.hessian + b.hessian};
    }
    friend Jet operator-(const Jet &a, const Jet &b) {
        return {a.value - b.value, a.gradient - b.gradient, a.hessian - b.hessian};
    }
    friend Jet operator*(const Jet &a, const Jet &b) {
        return {a.value * b.value, a.value * b.gradient + b.value * a.gradient,
                a.value * b.hessian + b.value * a.hessian + a.gradient * b.gradient.transpose() +
                    b.gradient * a.gradient.transpose()};
    }
    friend Jet operator/(const Jet &a, const Jet &b) {
        const double one = 1 / b.value;
        return a * b.chain(one, -one * one, 2 * one * one * one);
    }
};

inline double value_of(double x) { return x; }
template <int N>
double value_of(const Jet<N> &x) {
    return x.value;
}

// f(a, b) from its value, its two first and its three second partial derivatives.
template <int N>
Jet<N> chain(const Jet<N> &a, const Jet<N> &b, double f, double fa, double fb, double faa, double fab, double fbb) {
    return {f, fa * a.gradient + fb * b.gradient,
            fa * a.hessian + fb * b.hessian + faa * a.gradient * a.gradient.transpose() +
                fab * (a.gradient * b.gradient.transpose() + b.gradient * a.gradient.transpose()) +
                fbb * b.gradient * b.gradient.transpose()};
}

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
