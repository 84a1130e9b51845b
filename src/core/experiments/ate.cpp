#include "core/experiments/ate.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "core/base/eigen.hpp"
#include "core/base/sort_rows.hpp"
#include "core/learning/folds.hpp"
#include "core/rows/coding.hpp"
#include "core/rows/scored.hpp"
#include "core/validation/ranking_metrics.hpp"

namespace cltv {

namespace {

constexpr int folds = 5;

struct Dealt {
    double y, treated, count;
    const double *x;
    int first_fold;  // which takes one more, if the count does not divide
    // How many of them are in a part.
    double in(int fold) const {
        const double whole = std::floor(count / folds), rest = count - whole * folds;
        return whole + ((fold - first_fold + folds) % folds < rest ? 1 : 0);
    }
};

// Coordinates of customers, an intercept first; an attribute that does not vary is 0.
std::vector<double> coordinates(const FeatureSet &set, const Coding &coding, Stop stop) {
    const std::size_t n = 1 + static_cast<std::size_t>(coding.size());
    std::vector<double> x(n * set.attribute_rows);
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        x[row * n] = 1;
        for (std::uint32_t column = 0; column < set.n_attributes(); ++column) {
            const Coding::Entry entry = coding.entry(row, column);
            if (entry.coefficient >= 0 && std::isfinite(entry.value)) x[row * n + 1 + static_cast<std::size_t>(entry.coefficient)] = entry.value;
        }
    }
    return x;
}

// A ridge on all but the intercept that weighs as much as one customer: attributes that go together, or that tell exactly who is
// treated, have finite coefficients.
constexpr double ridge = 1;

class Equations {
public:
    explicit Equations(int n) : gram_(Eigen::MatrixXd::Zero(n, n)), right_(Eigen::VectorXd::Zero(n)) {}
    void add(const double *x, double weight, double score) {
        const int n = static_cast<int>(right_.size());
        for (int i = 0; i < n; ++i) {
            if (x[i] == 0) continue;
            right_(i) += x[i] * score;
            for (int j = 0; j <= i; ++j) gram_(i, j) += weight * x[i] * x[j];
        }
    }
    // With the ridge around 0 of coefficients that stand at b.
    Eigen::VectorXd solve(const Eigen::VectorXd &b) {
        for (int i = 1; i < right_.size(); ++i) {
            gram_(i, i) += ridge;
            right_(i) -= ridge * b(i);
        }
        return gram_.selfadjointView<Eigen::Lower>().ldlt().solve(right_);
    }

private:
    Eigen::MatrixXd gram_;
    Eigen::VectorXd right_;
};

double predictor(const Eigen::VectorXd &b, const double *x) {
    double sum = 0;
    for (int i = 0; i < b.size(); ++i) sum += b(i) * x[i];
    return sum;
}

// The outcome of one arm, of customers who are not in the part.
Eigen::VectorXd outcome_line(const std::vector<Dealt> &customers, int n, int fold, double treated, Stop stop) {
    Equations equations(n);
    for (std::size_t i = 0; i < customers.size(); ++i) {
        poll_at(i * static_cast<std::size_t>(n), stop);
        const Dealt &one = customers[i];
        const double weight = one.count - one.in(fold);
        if (one.treated == treated && weight > 0) equations.add(one.x, weight, weight * one.y);
    }
    return equations.solve(Eigen::VectorXd::Zero(n));
}

// The chance of treatment, by Newton's steps, which the ridge makes few.
Eigen::VectorXd propensity(const std::vector<Dealt> &customers, int n, int fold, Stop stop) {
    Eigen::VectorXd b = Eigen::VectorXd::Zero(n);
    constexpr int most_steps = 50;
    for (int step = 0; step < most_steps; ++step) {
        Equations equations(n);
        for (std::size_t i = 0; i < customers.size(); ++i) {
            poll_at(i * static_cast<std::size_t>(n), stop);
            const Dealt &one = customers[i];
            const double weight = one.count - one.in(fold);
            if (weight == 0) continue;
            const double p = 1 / (1 + std::exp(-predictor(b, one.x)));
            equations.add(one.x, weight * std::fmax(p * (1 - p), 1e-10), weight * (one.treated - p));
        }
        Eigen::VectorXd move = equations.solve(b);
        // Far from the maximum a whole step may overshoot.
        const double longest = move.cwiseAbs().maxCoeff();
        constexpr double reach = 4, enough = 1e-9;
        if (longest > reach) move *= reach / longest;
        b += move;
        if (longest < enough) break;
    }
    return b;
}

}  // namespace

TreatmentEffect treatment_effect(const FeatureSet &set, Stop stop) {
    const Coding coding(set, stop);
    const int n = 1 + coding.size();
    const std::vector<double> x = coordinates(set, coding, stop);
    std::vector<Dealt> customers;
    const FoldUnits units(set, -1, stop);
    TreatmentEffect effect{};
    double sums[2] = {0, 0};
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        const auto attributes = static_cast<std::uint32_t>(row.row);
        customers.push_back({row.target[0], row.target[1], row.count, x.data() + std::size_t{attributes} * static_cast<std::size_t>(n),
                             fold_of(1, units.of_row(row), folds)});
        effect.customers += row.count;
        effect.treated += row.count * row.target[1];
        sums[row.target[1] != 0] += row.count * row.target[0];
    }
    const auto same = [&](const Dealt &one) { return one.y == customers.front().y; };
    if (std::all_of(customers.begin(), customers.end(), same)) throw std::domain_error("the outcome is the same for all customers");
    const double fewest = std::fmax(2 * folds, 2.0 * n);
    if (effect.treated < fewest || effect.customers - effect.treated < fewest)
        throw std::domain_error("too few treated or untreated customers for so many attributes");
    effect.difference = sums[1] / effect.treated - sums[0] / (effect.customers - effect.treated);

    std::vector<double> scores;  // of each customer and part, with how many there are
    std::vector<double> counts;
    std::vector<ScoredCount> ranked;
    double total = 0;
    for (int fold = 0; fold < folds; ++fold) {
        const Eigen::VectorXd line[] = {outcome_line(customers, n, fold, 0, stop), outcome_line(customers, n, fold, 1, stop)};
        const Eigen::VectorXd chance = propensity(customers, n, fold, stop);
        for (std::size_t i = 0; i < customers.size(); ++i) {
            poll_at(i, stop);
            const Dealt &one = customers[i];
            const double count = one.in(fold);
            if (count == 0) continue;
            const double told = 1 / (1 + std::exp(-predictor(chance, one.x)));
            const double p = std::clamp(told, least_propensity, 1 - least_propensity);
            if (p != told) effect.outside += count;
            const double untreated = predictor(line[0], one.x), treated = predictor(line[1], one.x);
            const double score = treated - untreated + one.treated * (one.y - treated) / p - (1 - one.treated) * (one.y - untreated) / (1 - p);
            scores.push_back(score);
            counts.push_back(count);
            total += count * score;
            ranked.push_back({{told + 0.0, one.treated}, count});
        }
    }
    effect.estimate = total / effect.customers;
    double square = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) square += counts[i] * (scores[i] - effect.estimate) * (scores[i] - effect.estimate);
    effect.std_error = std::sqrt(square / (effect.customers - 1) / effect.customers);
    sort_scored(ranked, stop);
    effect.auc = auc({ranked.data(), ranked.size()}, stop);
    return effect;
}

}  // namespace cltv
