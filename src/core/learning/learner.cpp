#include "core/learning/learner.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/sort_rows.hpp"

namespace cltv {

std::vector<double> means_of(const FeatureSet &set, const Coding &coding, Stop stop) {
    const std::size_t n = static_cast<std::size_t>(coding.size());
    std::vector<double> means(2 * n);
    double customers = 0;
    for (std::uint32_t i = 0; i < set.used; ++i) customers += set.rows()[i].count;
    const auto for_each = [&](auto &&see) {
        for (std::uint32_t i = 0; i < set.used; ++i) {
            poll_at(i, stop);
            const std::uint32_t row = static_cast<std::uint32_t>(set.rows()[i].row);
            for (std::uint32_t column = 0; column < set.n_attributes(); ++column) {
                const int coefficient = coding.entry(row, column).coefficient;
                if (coefficient < 0) continue;
                const bool number = set.kind(column) == FeatureKind::number;
                see(static_cast<std::size_t>(coefficient), set.rows()[i].count / customers, number,
                    number ? set.attributes(row)[column] : 1);
            }
        }
    };
    for_each([&](std::size_t i, double share, bool, double value) { means[i] += share * value; });
    std::vector<bool> is_number(n);
    for_each([&](std::size_t i, double share, bool number, double value) {
        is_number[i] = number;
        if (number) means[n + i] += share * (value - means[i]) * (value - means[i]);
    });
    for (std::size_t i = 0; i < n; ++i)
        means[n + i] = std::sqrt(is_number[i] ? means[n + i] : std::max(0.0, means[i] * (1 - means[i])));
    return means;
}

// The standard deviations of the coordinates other than the intercept.
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
