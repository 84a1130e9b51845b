#include "core/experiments/ate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "core/base/eigen.hpp"
#include "core/fit/matrices.hpp"
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
    int first_fold;  // which takes one more if the count does not divide evenly
    // How many of them are in a fold.
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

// A ridge on all coefficients but the intercept, with the weight of one customer: so attributes that are collinear, or
// that tell exactly who is treated, have finite coefficients.
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
    void add(const Equations &others) {
        gram_ += others.gram_;
        right_ += others.right_;
    }
    // Solves with the gradient of the ridge at the coefficients b added.
    Eigen::VectorXd solve(const Eigen::VectorXd &b) {
        for (int i = 1; i < right_.size(); ++i) {
            gram_(i, i) += ridge;
            right_(i) -= ridge * b(i);
        }
        return SymmetricSolver(gram_)(right_);
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

// Regressions of the outcome in both arms for each fold, fitted to the customers outside it.
struct Lines {
    Eigen::VectorXd of_arm[2];
};

std::array<Lines, folds> outcome_lines(const std::vector<Dealt> &customers, int n, Stop stop) {
    std::vector<Equations> inside[2] = {{folds, Equations(n)}, {folds, Equations(n)}};
    for (std::size_t i = 0; i < customers.size(); ++i) {
        poll_at(i * static_cast<std::size_t>(n), stop);
        const Dealt &one = customers[i];
        for (int fold = 0; fold < folds; ++fold) {
            const double weight = one.in(fold);
            if (weight > 0) inside[one.treated != 0][static_cast<std::size_t>(fold)].add(one.x, weight, weight * one.y);
        }
    }
    std::array<Lines, folds> lines;
    for (int arm = 0; arm < 2; ++arm)
        for (int fold = 0; fold < folds; ++fold) {
            Equations others(n);
            for (int other = 0; other < folds; ++other)
                if (other != fold) others.add(inside[arm][static_cast<std::size_t>(other)]);
            lines[static_cast<std::size_t>(fold)].of_arm[arm] = others.solve(Eigen::VectorXd::Zero(n));
        }
    return lines;
}

constexpr int no_fold = -1;

// The propensity score fitted to the customers outside the fold, or to all; by Newton's method, which the ridge lets
// converge in a few steps.
Eigen::VectorXd propensity(const std::vector<Dealt> &customers, int fold, Eigen::VectorXd b, Stop stop) {
    const int n = static_cast<int>(b.size());
    constexpr int most_steps = 50;
    for (int step = 0; step < most_steps; ++step) {
        Equations equations(n);
        for (std::size_t i = 0; i < customers.size(); ++i) {
            poll_at(i * static_cast<std::size_t>(n), stop);
            const Dealt &one = customers[i];
            const double weight = one.count - (fold == no_fold ? 0 : one.in(fold));
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

// The estimate from one division into folds.
struct DealEffect {
    double estimate, std_error, auc, outside;
};

// everybody: the propensity score fitted to all customers, a start that is close to the fits to four fifths of them.
DealEffect effect_of_deal(const std::vector<Dealt> &customers, const Eigen::VectorXd &everybody, Stop stop) {
    const int n = static_cast<int>(everybody.size());
    std::vector<double> scores;  // of each customer and fold, with their count
    std::vector<double> counts;
    std::vector<ScoredCount> ranked;
    double total = 0, n_customers = 0;
    DealEffect effect{};
    const std::array<Lines, folds> lines = outcome_lines(customers, n, stop);
    for (int fold = 0; fold < folds; ++fold) {
        const Lines &line = lines[static_cast<std::size_t>(fold)];
        const Eigen::VectorXd chance = propensity(customers, fold, everybody, stop);
        for (std::size_t i = 0; i < customers.size(); ++i) {
            poll_at(i, stop);
            const Dealt &one = customers[i];
            const double count = one.in(fold);
            if (count == 0) continue;
            const double told = 1 / (1 + std::exp(-predictor(chance, one.x)));
            const double p = std::clamp(told, least_propensity, 1 - least_propensity);
            if (p != told) effect.outside += count;
            const double untreated = predictor(line.of_arm[0], one.x), treated = predictor(line.of_arm[1], one.x);
            const double score = treated - untreated + one.treated * (one.y - treated) / p - (1 - one.treated) * (one.y - untreated) / (1 - p);
            scores.push_back(score);
            counts.push_back(count);
            total += count * score;
            n_customers += count;
            ranked.push_back({{told + 0.0, one.treated}, count});
        }
    }
    effect.estimate = total / n_customers;
    double square = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) square += counts[i] * (scores[i] - effect.estimate) * (scores[i] - effect.estimate);
    effect.std_error = std::sqrt(square / (n_customers - 1) / n_customers);
    sort_scored(ranked, stop);
    effect.auc = auc({ranked.data(), ranked.size()}, stop);
    return effect;
}

template <class Number>
double median_of(const std::vector<DealEffect> &deals, Number number) {
    std::vector<double> numbers;
    for (const DealEffect &deal : deals) numbers.push_back(number(deal));
    std::sort(numbers.begin(), numbers.end());
    const std::size_t n = numbers.size();
    return (numbers[(n - 1) / 2] + numbers[n / 2]) / 2;
}

}  // namespace

TreatmentEffect treatment_effect(const FeatureSet &set, int repeats, std::uint64_t seed, Stop stop) {
    const Coding coding(set, stop);
    const int n = 1 + coding.size();
    const std::vector<double> x = coordinates(set, coding, stop);
    std::vector<Dealt> customers;
    std::vector<std::uint64_t> units;
    const FoldUnits unit(set, -1, stop);
    TreatmentEffect effect{};
    double sums[2] = {0, 0};
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        const auto attributes = static_cast<std::uint32_t>(row.row);
        customers.push_back({row.target[0], row.target[1], row.count, x.data() + std::size_t{attributes} * static_cast<std::size_t>(n), 0});
        units.push_back(unit.of_row(row));
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

    const Eigen::VectorXd everybody = propensity(customers, no_fold, Eigen::VectorXd::Zero(n), stop);
    std::vector<DealEffect> deals;
    for (int deal = 0; deal < repeats; ++deal) {
        for (std::size_t i = 0; i < customers.size(); ++i) customers[i].first_fold = fold_of(seed + static_cast<std::uint64_t>(deal), units[i], folds);
        deals.push_back(effect_of_deal(customers, everybody, stop));
    }
    // Chernozhukov et al. 2018, definition 3.3.
    effect.estimate = median_of(deals, [](const DealEffect &deal) { return deal.estimate; });
    effect.std_error = std::sqrt(median_of(deals, [&](const DealEffect &deal) {
        const double away = deal.estimate - effect.estimate;
        return deal.std_error * deal.std_error + away * away;
    }));
    effect.auc = median_of(deals, [](const DealEffect &deal) { return deal.auc; });
    effect.outside = std::round(median_of(deals, [](const DealEffect &deal) { return deal.outside; }));
    return effect;
}

}  // namespace cltv
