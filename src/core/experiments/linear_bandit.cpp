#include "core/experiments/linear_bandit.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "core/fit/matrices.hpp"
#include "core/fit/regression.hpp"
#include "core/learning/learner.hpp"

namespace cltv {

namespace {

// Sums over the rewards of an arm, of coordinates in standard deviations with a one before them, and of the rewards' distance from
// their common mean, so that no digits are lost to a large one.
struct ArmSums {
    Eigen::MatrixXd information;
    Eigen::VectorXd products;
    double rewards = 0, squares = 0;
};

Fit fit_arm(const Learner &data, const ArmSums &sums, double mean, double variance) {
    const int n = data.n();
    const SymmetricSolver solved(sums.information + Eigen::MatrixXd::Identity(n, n));
    const Eigen::VectorXd point = solved(sums.products);
    // Of the rewards from what is expected, and of what is believed from what was believed before.
    const double squares = std::fmax(0, sums.squares - point.dot(sums.products));
    const double sigma_square = (squares + variance) / (sums.rewards + 1), sigma = std::sqrt(sigma_square);
    const double slope = 1;
    const Eigen::MatrixXd jacobian = data.jacobian(1, 1, &slope);
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(n + 1, n + 1);
    covariance.topLeftCorner(n, n) = solved(Eigen::MatrixXd(Eigen::MatrixXd::Identity(n, n))) * sigma_square;
    covariance(n, n) = sigma_square / (2 * (sums.rewards + 1));
    Eigen::VectorXd all(n + 1);
    all << point, sigma;
    all(0) += mean;
    Fit fit = refused(Status::converged, sums.rewards);
    put_estimates(fit, jacobian * all, covariance, jacobian);
    constexpr double ln_two_pi = 1.8378770664093454836;
    fit.log_likelihood = -(sums.rewards * (ln_two_pi + std::log(sigma_square)) + squares / sigma_square) / 2;
    return fit;
}

}  // namespace

std::vector<ArmFit> fit_arms(const FeatureSet &set, Stop stop) {
    const Learner data(set, {Response::normal, 0, false, {}}, stop);
    const int column = label_column(set, linear_bandit_arm), n = data.n();
    std::vector<ArmFit> arms;
    std::vector<ArmSums> sums;
    std::vector<int> arm_of(set.levels + 1, -1);
    const std::vector<std::uint32_t> levels = levels_of_rows(set, column);
    for (std::uint32_t level = 0; level < set.levels; ++level) {
        if (set.level(level).column != static_cast<std::uint32_t>(column)) continue;
        arm_of[level] = static_cast<int>(arms.size());
        arms.push_back({set.level_text(level), {}});
    }
    sums.resize(arms.size(), {Eigen::MatrixXd::Zero(n, n), Eigen::VectorXd::Zero(n)});
    for (const ResponseRow &row : data.rows)
        if (const int arm = arm_of[levels[row.attributes]]; arm >= 0) sums[static_cast<std::size_t>(arm)].rewards += row.count;
    if (data.coding.fault() == CodingFault::constant) {
        for (std::size_t arm = 0; arm < arms.size(); ++arm)
            arms[arm].fit = with_design(refused(Status::constant, sums[arm].rewards, data.coding.faulty_column()), data.coding);
        return arms;
    }
    const double mean = data.total / data.customers;
    const std::vector<double> x = coded_rows(set, data.coding, 1, stop);
    double squares = 0;
    std::size_t done = 0;
    for (const ResponseRow &row : data.rows) {
        poll_at(done++, stop);
        const int arm = arm_of[levels[row.attributes]];
        if (arm < 0) continue;
        ArmSums &of_arm = sums[static_cast<std::size_t>(arm)];
        const Eigen::Map<const Eigen::VectorXd> at(x.data() + std::size_t{row.attributes} * static_cast<std::size_t>(n), n);
        const double distance = row.y - mean;
        // In the order of the rows: no blocks that depend on the processor's caches.
        for (int j = 0; j < n; ++j) {
            const double weighted = row.count * at(j);
            if (weighted == 0) continue;
            of_arm.products(j) += weighted * distance;
            for (int i = j; i < n; ++i) of_arm.information(i, j) += weighted * at(i);
        }
        of_arm.squares += row.count * distance * distance;
        squares += row.count * distance * distance;
    }
    const double variance = squares > 0 ? squares / data.customers : 1;
    const std::vector<double> means = means_of(set, data.coding, stop);
    for (std::size_t arm = 0; arm < arms.size(); ++arm) {
        poll(stop);
        sums[arm].information = Eigen::MatrixXd(sums[arm].information.selfadjointView<Eigen::Lower>());
        arms[arm].fit = with_design(fit_arm(data, sums[arm], mean, variance), data.coding);
        arms[arm].fit.means = means;
    }
    return arms;
}

double variance_of_mean(const ModelView &model, const Features &customer) {
    // Parameters: intercept, sigma, coefficients. The expectation is the intercept and a sum that is linear in the coefficients.
    constexpr int first = 2;
    const int n = model.n_parameters - first;
    std::vector<double> row(static_cast<std::size_t>(n)), products(static_cast<std::size_t>(n));
    const auto covariance = [&](int i, int j) { return model.covariance[covariance_index(i, j)]; };
    const auto sum = [&](const std::vector<double> &coefficients) {
        return linear_predictor(*model.design, coefficients.data(), Role::any, customer).sum;
    };
    const auto product = [&](int i) {  // row i of C times g
        for (int j = 0; j < n; ++j) row[static_cast<std::size_t>(j)] = covariance(i, first + j);
        return covariance(i, 0) + sum(row);
    };
    for (int j = 0; j < n; ++j) products[static_cast<std::size_t>(j)] = product(first + j);
    return product(0) + sum(products);
}

}  // namespace cltv
