#include "core/forecast/minimise.hpp"

#include <cmath>

namespace cltv {

namespace {

// What the search asks a function for: in the search along a line the value, with the gradient where it costs nothing more; then
// the gradient where it was left out.
struct WithGradient {
    FunctionRef<double(const Eigen::VectorXd &, Eigen::VectorXd &)> f;

    double operator()(const Eigen::VectorXd &x, Eigen::VectorXd &gradient) const { return f(x, gradient); }
    double value_at(const Eigen::VectorXd &x, Eigen::VectorXd &gradient) const { return f(x, gradient); }
    void find_gradient(const Eigen::VectorXd &, Eigen::VectorXd &) const {}
};

struct ByDifferences {
    FunctionRef<double(const Eigen::VectorXd &)> value;

    double operator()(const Eigen::VectorXd &x, Eigen::VectorXd &gradient) const {
        const double here = value(x);
        gradient.resize(x.size());
        if (std::isfinite(here)) find_gradient(x, gradient);
        return here;
    }
    double value_at(const Eigen::VectorXd &x, Eigen::VectorXd &) const { return value(x); }
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
};

template <class Function>
Minimum search(const Function &f, Eigen::VectorXd x, int most, double tolerance, Stop stop) {
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
            value = f.value_at(moved, next);
            if (std::isfinite(value) && value <= best.value + 1e-4 * share * slope) break;
        }
        if (halvings == 40) {
            if (fresh) break;
            inverse.setIdentity();
            fresh = true;
            continue;
        }
        f.find_gradient(moved, next);
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

}  // namespace

Minimum minimise(FunctionRef<double(const Eigen::VectorXd &, Eigen::VectorXd &)> f, const Eigen::VectorXd &start, int most,
                 double tolerance, Stop stop) {
    return search(WithGradient{f}, start, most, tolerance, stop);
}

Minimum minimise_by_differences(FunctionRef<double(const Eigen::VectorXd &)> value, const Eigen::VectorXd &start, int most,
                                double tolerance, Stop stop) {
    return search(ByDifferences{value}, start, most, tolerance, stop);
}

}  // namespace cltv
