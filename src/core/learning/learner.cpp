#include "core/learning/learner.hpp"

#include "core/base/sort_rows.hpp"

namespace cltv {

// The standard deviations of the coordinates but for the intercept.
Eigen::VectorXd spread_of(const std::vector<ResponseRow> &rows, const std::vector<double> &x, int n, Stop stop) {
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(n), square = Eigen::VectorXd::Zero(n);
    double customers = 0;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        poll_at(r, stop);
        const Eigen::Map<const Eigen::VectorXd> values(
            x.data() + std::size_t{rows[r].attributes} * static_cast<std::size_t>(n), n);
        customers += rows[r].count;
        mean += rows[r].count * values;
        square += rows[r].count * values.cwiseProduct(values);
    }
    mean /= customers;
    Eigen::VectorXd spread = (square / customers - mean.cwiseProduct(mean)).cwiseMax(0).cwiseSqrt();
    spread(0) = 0;
    return spread;
}

}  // namespace cltv
