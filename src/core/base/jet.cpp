#include "core/base/jet.hpp"

namespace cltv {

template <int N>
Jet<N>::Jet(double constant) : value(constant), gradient(Vector::Zero()), hessian(Matrix::Zero()) {}

template <int N>
Jet<N> Jet<N>::chain(double f, double first, double second) const {
    return {f, first * gradient, first * hessian + second * gradient * gradient.transpose()};
}

template <int N>
Jet<N> Jet<N>::negative() const {
    return {-value, -gradient, -hessian};
}

template <int N>
Jet<N> Jet<N>::plus(const Jet &other) const {
    return {value + other.value, gradient + other.gradient, hessian + other.hessian};
}

template <int N>
Jet<N> Jet<N>::minus(const Jet &other) const {
    return {value - other.value, gradient - other.gradient, hessian - other.hessian};
}

template <int N>
Jet<N> Jet<N>::times(const Jet &other) const {
    return {value * other.value, value * other.gradient + other.value * gradient,
            value * other.hessian + other.value * hessian + gradient * other.gradient.transpose() +
                other.gradient * gradient.transpose()};
}

template <int N>
Jet<N> Jet<N>::over(const Jet &other) const {
    const double one = 1 / other.value;
    return times(other.chain(one, -one * one, 2 * one * one * one));
}

template <int N>
Jet<N> chain(const Jet<N> &a, const Jet<N> &b, double f, double fa, double fb, double faa, double fab, double fbb) {
    return {f, fa * a.gradient + fb * b.gradient,
            fa * a.hessian + fb * b.hessian + faa * a.gradient * a.gradient.transpose() +
                fab * (a.gradient * b.gradient.transpose() + b.gradient * a.gradient.transpose()) +
                fbb * b.gradient * b.gradient.transpose()};
}

#define CLTV_JET(N)         \
    template struct Jet<N>; \
    template Jet<N> chain(const Jet<N> &, const Jet<N> &, double, double, double, double, double, double);
CLTV_JET(1)
CLTV_JET(2)
CLTV_JET(3)
CLTV_JET(4)
#undef CLTV_JET

}  // namespace cltv
