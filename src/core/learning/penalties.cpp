// Which penalty predicts best: fits under several, tested on customers that they have not seen.
#include <cmath>
#include <limits>

#include "core/learning/folds.hpp"
#include "core/learning/learner.hpp"

namespace cltv {

namespace {

// The unit deviance at this mean, at shape 1: twice the loss of log density.
double deviance(Response response, double power, double y, double mu) {
    const double by_logarithm = y > 0 ? y * std::log(y / mu) : 0;
    switch (response) {
        case Response::normal: return (y - mu) * (y - mu);
        case Response::yes_or_no: return -2 * (y != 0 ? std::log(mu) : std::log1p(-mu));
        case Response::gamma: return 2 * (y / mu - 1 - std::log(y / mu));
        case Response::tweedie:
            return 2 * (std::pow(y, 2 - power) / ((1 - power) * (2 - power)) -
                        y * std::pow(mu, 1 - power) / (1 - power) + std::pow(mu, 2 - power) / (2 - power));
        default: return 2 * (by_logarithm - (y - mu));
    }
}

}  // namespace

PenaltyPath try_penalties(const FeatureSet &set, const Learning &learning, int folds, std::uint64_t seed, Stop stop) {
    constexpr int steps = 50;
    constexpr double least_share = 1e-3;  // of the penalty under which no coefficient is left
    constexpr double least_alpha = 1e-3;  // there is none without a lasso
    Learning held = learning;
    held.penalty.size = 1;
    const Learner data(set, held, stop);
    PenaltyPath path;
    if (data.refuses(path.fit)) {
        path.fit.design = data.coding.design();
        return path;
    }
    const int n = data.n();
    const std::vector<double> x = coded_rows(set, data.coding, 1, stop);
    const FoldUnits units(set, label_column(set, response_cluster_label), stop);
    const Eigen::VectorXd alike = data.alike();

    // Fits to the rows outside a fold, or to all for -1: see(step, fit).
    const auto follow = [&](const std::vector<ResponseRow> &rows, const std::vector<double> &penalties, auto &&see) {
        double customers = 0;
        for (const ResponseRow &row : rows) customers += row.count;
        const ResponseLikelihood likelihood(data.response, data.power, rows, x.data(), n, stop);
        const Eigen::VectorXd spread = spread_of(rows, x, n, stop);
        Eigen::VectorXd from = alike;
        for (std::size_t i = 0; i < penalties.size(); ++i) {
            const ElasticNet net =
                fit_elastic_net(likelihood, customers, spread, from, {penalties[i], learning.penalty.alpha}, stop);
            from = net.point;
            see(i, net.point);
        }
    };

    const ResponseLikelihood whole(data.response, data.power, data.rows, x.data(), n, stop);
    const Eigen::VectorXd spread = spread_of(data.rows, x, n, stop);
    const ElasticNet none = fit_elastic_net(whole, data.customers, spread, alike, {1e10, 1}, stop);
    const double largest = least_penalty_of_none(whole, data.customers, spread, none.point,
                                                 std::fmax(learning.penalty.alpha, least_alpha));
    std::vector<double> penalties;
    for (int i = 0; i < steps; ++i) penalties.push_back(largest * std::pow(least_share, i / (steps - 1.0)));
    follow(data.rows, penalties, [&](std::size_t i, const Eigen::VectorXd &point) {
        path.steps.push_back({penalties[i], 0, 0, static_cast<int>((point.tail(n - 1).array() != 0).count())});
    });

    // For each fold: customers, and the mean deviance by step.
    std::vector<double> customers;
    std::vector<std::vector<double>> deviances;
    for (int fold = 0; fold < folds; ++fold) {
        std::vector<ResponseRow> seen, unseen;
        double seen_total = 0, of_fold = 0;
        for (const ResponseRow &row : data.rows) {
            const bool here = fold_of(seed, units.of_targets(row.attributes, row.y, row.offset), folds) == fold;
            (here ? unseen : seen).push_back(row);
            (here ? of_fold : seen_total) += row.count * (here ? 1 : std::fabs(row.y));
        }
        // A fold is useful if both it and the others contain information.
        if (of_fold == 0 || seen_total == 0) continue;
        customers.push_back(of_fold);
        deviances.emplace_back(penalties.size());
        follow(seen, penalties, [&](std::size_t i, const Eigen::VectorXd &point) {
            const ResponseLikelihood likelihood(data.response, data.power, unseen, x.data(), n, stop);
            double sum = 0;
            likelihood.for_each_mean(point, [&](const ResponseRow &row, double mu) {
                sum += row.count * deviance(data.response, data.power, row.y, mu);
            });
            deviances.back()[i] = sum / of_fold;
        });
    }
    double all = 0;
    for (const double of_fold : customers) all += of_fold;
    for (std::size_t i = 0; i < penalties.size(); ++i) {
        PenaltyStep &step = path.steps[i];
        for (std::size_t k = 0; k < customers.size(); ++k) step.deviance += customers[k] / all * deviances[k][i];
        double square = 0;
        for (std::size_t k = 0; k < customers.size(); ++k)
            square += customers[k] / all * (deviances[k][i] - step.deviance) * (deviances[k][i] - step.deviance);
        step.std_error = customers.size() > 1 ? std::sqrt(square / (static_cast<double>(customers.size()) - 1))
                                              : std::numeric_limits<double>::quiet_NaN();
    }
    return path;
}

}  // namespace cltv
