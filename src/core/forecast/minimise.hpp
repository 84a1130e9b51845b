// The search for a minimum of a smooth function of a few variables whose second derivatives are not known.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

#include "core/base/eigen.hpp"
#include "core/base/stop.hpp"

namespace cltv {

struct Minimum {
    Eigen::VectorXd point;
    double value = std::numeric_limits<double>::infinity();
    int iterations = 0;
};

// The gradient by central differences, for functions that only tell their value.
template <class Value>
struct ByDifferences {
    Value value;

    void find_gradient(const Eigen::VectorXd &x, Eigen::VectorXd &gradient) const {
        gradient.resize(x.size());
        Eigen::VectorXd moved = x;
        for (Eigen::Index i = 0; i < x.size(); ++i) {
            const double reach = 1e-5 * std::fmax(1, std::fabs(x(i)));
            moved(i) = x(i) + reach;
            const double above = value(moved);
            moved(i) = x(i) - reach;
            const double below = value(moved);
            moved(i) = x(i);
            gradient(i) = std::isfinite(above) && std::isfinite(below) ? (above - below) / (2 * reach) : 0;
        }
    }
    double operator()(const Eigen::VectorXd &x, Eigen::VectorXd &gradient) const {
        const double here = value(x);
        gradient.resize(x.size());
        if (std::isfinite(here)) find_gradient(x, gradient);
        return here;
    }
};

template <class Value>
ByDifferences<Value> by_differences(Value value) {
    return {value};
}

// In the search along a line: the value, with the gradient where it costs nothing more; then the gradient where it was left out.
template <class Function>
double value_at(const Function &f, const Eigen::VectorXd &x, Eigen::VectorXd &gradient) {
    return f(x, gradient);
}
template <class Value>
double value_at(const ByDifferences<Value> &f, const Eigen::VectorXd &x, Eigen::VectorXd &) {
    return f.value(x);
}
template <class Function>
void find_gradient(const Function &, const Eigen::VectorXd &, Eigen::VectorXd &) {}
template <class Value>
void find_gradient(const ByDifferences<Value> &f, const Eigen::VectorXd &x, Eigen::VectorXd &gradient) {
    f.find_gradient(x, gradient);
}

// BFGS with a line search by halving. f(x, gradient) gives the value and the gradient, or infinity where x is not allowed; of
// by_differences, which needs no gradient for a value, the search along the line asks for values alone.
// J. Nocedal, S. Wright: Numerical Optimization, 2006, chapter 6.
template <class Function>
Minimum minimise(const Function &f, Eigen::VectorXd x, int most, double tolerance, Stop stop) {
    using Vector = Eigen::VectorXd;
    const Eigen::Index n = x.size();
    Vector gradient(n), next(n);
    Minimum best{x, f(x, gradient), 0};
    if (!std::isfinite(best.value) || n == 0) return best;
    Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(n, n);
    bool fresh = true;
    int calm = 0;
    for (; best.iterations < most; ++best.iterations) {
        poll(stop);
        Vector step = -inverse * gradient;
        double slope = step.dot(gradient);
        if (!(slope < 0)) {
            if (fresh) break;
            inverse.setIdentity();
            fresh = true;
            continue;
        }
        // Before anything is known of the curvature, no step is longer than one.
        if (const double length = step.norm(); fresh && length > 1) {
            step /= length;
            slope /= length;
        }
        double share = 1, value = 0;
        Vector moved;
        int halvings = 0;
        for (; halvings < 40; ++halvings, share /= 2) {
            moved = x + share * step;
            value = value_at(f, moved, next);
            if (std::isfinite(value) && value <= best.value + 1e-4 * share * slope) break;
        }
        if (halvings == 40) {
            if (fresh) break;
            inverse.setIdentity();
            fresh = true;
            continue;
        }
        find_gradient(f, moved, next);
        const Vector s = moved - x, y = next - gradient;
        const double sy = s.dot(y), gain = best.value - value;
        x = moved;
        gradient = next;
        best.point = x;
        best.value = value;
        if (sy > 1e-12 * s.norm() * y.norm()) {
            if (fresh) inverse *= sy / y.squaredNorm();
            fresh = false;
            const Vector hy = inverse * y;
            inverse += (1 + y.dot(hy) / sy) / sy * s * s.transpose() - (hy * s.transpose() + s * hy.transpose()) / sy;
        }
        calm = gain <= tolerance * (1 + std::fabs(value)) ? calm + 1 : 0;
        if (calm == 3) break;
    }
    return best;
}

}  // namespace cltv
