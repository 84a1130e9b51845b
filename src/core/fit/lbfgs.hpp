// Minimisation of a smooth function of many variables by its gradient alone: the limited-memory method of Broyden, Fletcher,
// Goldfarb and Shanno (J. Nocedal, S. Wright: Numerical Optimization, 2nd ed., Springer 2006, algorithm 7.5), with steps that
// meet Wolfe's conditions by bisection (A. S. Lewis, M. L. Overton: Nonsmooth optimization via quasi-Newton methods,
// Mathematical Programming 141 (2013) 135-163, algorithm 2.6).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/base/eigen.hpp"

namespace cltv {

struct Descent {
    Eigen::VectorXd point;
    double value;
    int iterations;
    bool settled;  // no derivative is larger than asked for, or steps no longer decrease f
};

// f(point, gradient) returns the value and sets the gradient.
template <class Function>
Descent lbfgs(Function &&f, const Eigen::VectorXd &start, int max_iterations, double largest_derivative) {
    constexpr std::size_t memory = 10;
    constexpr double decrease = 1e-4, curvature = 0.9;  // of Wolfe's conditions
    constexpr double level = 1e-12;                     // a decrease this small is rounding
    using Vector = Eigen::VectorXd;

    Vector gradient(start.size()), next_gradient(start.size());
    Descent descent{start, f(start, gradient), 0, false};
    std::vector<Vector> steps, changes;
    std::vector<double> products, share(memory);
    while (descent.iterations < max_iterations) {
        if (gradient.cwiseAbs().maxCoeff() <= largest_derivative) {
            descent.settled = true;
            break;
        }
        ++descent.iterations;

        Vector direction = -gradient;
        for (std::size_t i = steps.size(); i-- > 0;) {
            share[i] = steps[i].dot(direction) / products[i];
            direction -= share[i] * changes[i];
        }
        if (!steps.empty()) direction *= products.back() / changes.back().squaredNorm();
        for (std::size_t i = 0; i < steps.size(); ++i)
            direction += (share[i] - changes[i].dot(direction) / products[i]) * steps[i];
        double slope = direction.dot(gradient);
        if (!(slope < 0)) {
            steps.clear();
            changes.clear();
            products.clear();
            direction = -gradient;
            slope = -gradient.squaredNorm();
        }

        double low = 0, high = std::numeric_limits<double>::infinity();
        double length = steps.empty() ? std::fmin(1, 1 / gradient.norm()) : 1, value = 0;
        bool found = false;
        Vector next;
        for (int tries = 0; tries < 60 && !found; ++tries) {
            next = descent.point + length * direction;
            value = f(next, next_gradient);
            if (!(value <= descent.value + decrease * length * slope))
                high = length;
            else if (!(next_gradient.dot(direction) >= curvature * slope))
                low = length;
            else
                found = true;
            if (!found) length = std::isinf(high) ? 2 * low : (low + high) / 2;
        }
        // Where no step decreases the function, only rounding is left.
        if (!found) {
            descent.settled = true;
            break;
        }
        Vector step = next - descent.point, change = next_gradient - gradient;
        const double product = step.dot(change), gained = descent.value - value;
        if (product > 0) {
            if (steps.size() == memory) {
                steps.erase(steps.begin());
                changes.erase(changes.begin());
                products.erase(products.begin());
            }
            steps.push_back(std::move(step));
            changes.push_back(std::move(change));
            products.push_back(product);
        }
        descent.point = std::move(next);
        descent.value = value;
        gradient.swap(next_gradient);
        if (gained <= level * std::fmax(1, std::fabs(value))) {
            descent.settled = true;
            break;
        }
    }
    return descent;
}

}  // namespace cltv
