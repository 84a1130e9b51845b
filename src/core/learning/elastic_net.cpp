#include "core/learning/elastic_net.hpp"

#include <cmath>
#include <vector>

#include "core/fit/matrices.hpp"

namespace cltv {

namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

// The function that is minimised near a point: g'(b - point) + (b - point)'H(b - point)/2 + the penalty of b.
class Quadratic {
public:
    Quadratic(const Vector &point, const Vector &gradient, const Matrix &hessian, const Vector &first,
              const Vector &second)
        : point_(point), gradient_(gradient), hessian_(hessian), first_(first), second_(second) {}

    Vector minimum(Stop stop) const {
        Vector b = point_, slope = gradient_;
        constexpr int most_sweeps = 10000, between_solutions = 5;
        for (int sweep = 1; sweep <= most_sweeps; ++sweep) {
            poll(stop);
            double moved = 0;
            for (int j = 0; j < b.size(); ++j) {
                const double curvature = hessian_(j, j) + second_(j);
                if (!(curvature > 0)) continue;
                const double want = hessian_(j, j) * b(j) - slope(j), pull = std::fmax(0, std::fabs(want) - first_(j));
                const double step = std::copysign(pull, want) / curvature - b(j);
                if (step == 0) continue;
                b(j) += step;
                slope += hessian_.col(j) * step;
                moved = std::fmax(moved, std::fabs(step) * std::sqrt(curvature));
            }
            if (moved < 1e-14) return b;
            if (sweep % between_solutions == 0 && solve(b)) return b;
        }
        return b;
    }

private:
    // The minimum among points with the signs of b; whether it has these signs, and those that are 0 want to stay so.
    bool solve(Vector &b) const {
        std::vector<int> active;
        for (int j = 0; j < b.size(); ++j)
            if (b(j) != 0 || first_(j) == 0) active.push_back(j);
        const int n = static_cast<int>(active.size());
        Matrix own(n, n);
        Vector right(n);
        const Vector pulled = hessian_ * point_ - gradient_;
        for (int i = 0; i < n; ++i) {
            const int at = active[static_cast<std::size_t>(i)];
            right(i) = pulled(at) - (b(at) == 0 ? 0 : std::copysign(first_(at), b(at)));
            for (int j = 0; j < n; ++j) own(i, j) = hessian_(at, active[static_cast<std::size_t>(j)]);
            own(i, i) += second_(at);
        }
        const Vector solution = SymmetricSolver(own)(right);
        Vector whole = Vector::Zero(b.size());
        for (int i = 0; i < n; ++i) {
            const int at = active[static_cast<std::size_t>(i)];
            if (!std::isfinite(solution(i)) || (first_(at) > 0 && !(solution(i) * b(at) > 0))) return false;
            whole(at) = solution(i);
        }
        const Vector slope = gradient_ + hessian_ * (whole - point_);
        for (int j = 0; j < b.size(); ++j)
            if (whole(j) == 0 && first_(j) > 0 && std::fabs(slope(j)) > first_(j)) return false;
        b = whole;
        return true;
    }

    const Vector &point_, &gradient_;
    const Matrix &hessian_;
    const Vector &first_, &second_;
};

}  // namespace

ElasticNet fit_elastic_net(const ResponseLikelihood &likelihood, double customers, const Vector &spread,
                           const Vector &start, const Penalty &penalty, Stop stop) {
    const Vector first = penalty.size * penalty.alpha * spread;
    const Vector second = penalty.size * (1 - penalty.alpha) * spread.cwiseProduct(spread);
    const auto cost = [&](const Vector &b) { return first.dot(b.cwiseAbs()) + second.dot(b.cwiseProduct(b)) / 2; };
    constexpr int most_iterations = 200;
    constexpr double armijo = 1e-4, rounding = 1e-15;

    ElasticNet net;
    net.point = start;
    Surface<Eigen::Dynamic> here = likelihood(start);
    net.value = here.value / customers - cost(start);
    while (net.iterations < most_iterations) {
        ++net.iterations;
        const Vector gradient = -here.gradient / customers;
        const Matrix hessian = -here.hessian / customers;
        if (!gradient.allFinite() || !hessian.allFinite()) return net;
        const Vector target = Quadratic(net.point, gradient, hessian, first, second).minimum(stop);
        const Vector step = target - net.point;
        const double fall = gradient.dot(step) + cost(target) - cost(net.point);
        // A step from so close to a minimum ends, by quadratic convergence, at rounding level.
        const bool last = !(-fall > rounding * std::fmax(1, std::fabs(net.value)));
        double scale = 1;
        for (;;) {
            const Vector there = net.point + scale * step;
            const Surface<Eigen::Dynamic> surface = likelihood(there);
            const double value = surface.value / customers - cost(there);
            if (last || value >= net.value - armijo * scale * fall) {
                net.point = there;
                net.value = value;
                here = surface;
                break;
            }
            scale /= 2;
            if (scale < 1e-12) return net;
        }
        if (last) {
            net.settled = net.point.allFinite() && std::isfinite(net.value);
            return net;
        }
    }
    return net;
}

double least_penalty_of_none(const ResponseLikelihood &likelihood, double customers, const Vector &spread,
                             const Vector &none, double alpha) {
    const Vector gradient = likelihood(none).gradient / customers;
    double least = 0;
    for (int j = 0; j < none.size(); ++j)
        if (spread(j) > 0) least = std::fmax(least, std::fabs(gradient(j)) / spread(j));
    return least / alpha;
}

}  // namespace cltv
