#include "core/forecast/curvature.hpp"

#include <Eigen/Cholesky>
#include <limits>

namespace cltv {

Eigen::MatrixXd inverse_curvature(FunctionRef<double(const Eigen::VectorXd &)> minus_log_likelihood, const Eigen::VectorXd &x,
                                  const Eigen::VectorXd &reach) {
    const Eigen::Index n = x.size();
    Eigen::MatrixXd curvature(n, n);
    const double here = minus_log_likelihood(x);
    const auto at = [&](Eigen::Index i, double a, Eigen::Index j, double b) {
        Eigen::VectorXd moved = x;
        moved(i) += a * reach(i);
        moved(j) += b * reach(j);
        return minus_log_likelihood(moved);
    };
    for (Eigen::Index i = 0; i < n; ++i) {
        curvature(i, i) = (at(i, 1, i, 0) - 2 * here + at(i, -1, i, 0)) / (reach(i) * reach(i));
        for (Eigen::Index j = 0; j < i; ++j)
            curvature(i, j) = curvature(j, i) =
                (at(i, 1, j, 1) - at(i, 1, j, -1) - at(i, -1, j, 1) + at(i, -1, j, -1)) / (4 * reach(i) * reach(j));
    }
    const Eigen::LLT<Eigen::MatrixXd> factor(curvature);
    if (n > 0 && curvature.allFinite() && factor.info() == Eigen::Success)
        return factor.solve(Eigen::MatrixXd::Identity(n, n));
    return Eigen::MatrixXd::Constant(n, n, std::numeric_limits<double>::quiet_NaN());
}

}  // namespace cltv
