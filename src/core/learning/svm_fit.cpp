#include "core/learning/svm_fit.hpp"

#include <cmath>
#include <vector>

#include "core/base/special.hpp"
#include "core/fit/newton.hpp"
#include "core/learning/folds.hpp"
#include "core/learning/learner.hpp"

namespace cltv {

namespace {

using Vector = Eigen::VectorXd;

constexpr int folds = 5;
constexpr double farthest = 1e9;  // the search cannot run away: w is penalised

// The function that is maximised, the negative of the loss; its second derivative is that of the customers within the
// margin.
class Margin {
public:
    Margin(const Learner &data, const std::vector<double> &x, double cost, Stop stop)
        : data_(data), x_(x), cost_(cost), stop_(stop) {}

    // Over all customers except those of a fold; -1: over all.
    Surface<Eigen::Dynamic> operator()(const Vector &point, const std::vector<int> &fold, int left_out) const {
        const int n = data_.n();
        Surface<Eigen::Dynamic> total{0, Vector::Zero(n), Eigen::MatrixXd::Zero(n, n)};
        for (std::size_t r = 0; r < data_.rows.size(); ++r) {
            poll_at(r, stop_);
            if (left_out >= 0 && fold[r] == left_out) continue;
            const ResponseRow &row = data_.rows[r];
            const double *const x = x_.data() + std::size_t{row.attributes} * static_cast<std::size_t>(n);
            const double sign = row.y != 0 ? 1 : -1, short_of = 1 - sign * decision(point, x);
            if (!(short_of > 0)) continue;
            const double weight = cost_ * row.count;
            total.value -= weight * short_of * short_of;
            const double p = 2 * weight * sign * short_of, pp = -2 * weight;
            const Eigen::Map<const Vector> attributes(x, n);
            for (int j = 0; j < n; ++j) {
                if (x[j] == 0) continue;
                total.gradient(j) += p * x[j];
                total.hessian.col(j).segment(j, n - j) += pp * x[j] * attributes.tail(n - j);
            }
        }
        total.value -= point.tail(n - 1).squaredNorm() / 2;
        total.gradient.tail(n - 1) -= point.tail(n - 1);
        total.hessian.diagonal().tail(n - 1).array() -= 1;
        total.hessian = total.hessian.template selfadjointView<Eigen::Lower>();
        return total;
    }

    double decision(const Vector &point, const double *x) const {
        double sum = 0;
        for (int i = 0; i < data_.n(); ++i) sum += point(i) * x[i];
        return sum;
    }
    double decision(const Vector &point, const ResponseRow &row) const {
        return decision(point, x_.data() + std::size_t{row.attributes} * static_cast<std::size_t>(data_.n()));
    }

private:
    const Learner &data_;
    const std::vector<double> &x_;
    double cost_;
    Stop stop_;
};

// P(yes) = 1/(1 + e^-(slope f + shift)), fitted to smoothed targets (J. C. Platt: Probabilistic outputs for support
// vector machines, 1999) of standardised decisions, by Newton's method (H.-T. Lin, C.-J. Lin, R. C. Weng: A note on
// Platt's probabilistic outputs, Machine Learning 68 (2007) 267-276).
Ascent<2> scale_decisions(const Learner &data, const std::vector<double> &decisions) {
    const double yes = data.total, no = data.customers - data.total;
    const double high = (yes + 1) / (yes + 2), low = 1 / (no + 2);
    const Eigen::Vector2d start(0, std::log((yes + 1) / (no + 1)));
    return newton_ascent<2>(
        [&](const Eigen::Vector2d &point) {
            Surface<2> total{0, Eigen::Vector2d::Zero(), Eigen::Matrix2d::Zero()};
            for (std::size_t r = 0; r < data.rows.size(); ++r) {
                poll_at(r, data.stop);
                const ResponseRow &row = data.rows[r];
                const double f = decisions[r], eta = point(0) * f + point(1), target = row.y != 0 ? high : low;
                const double mu = response_mean(Response::yes_or_no, eta), v = mu * response_mean(Response::yes_or_no, -eta);
                total.value += row.count * (target * eta - log1p_exp(eta));
                const double p = row.count * (target - mu), pp = -row.count * v;
                total.gradient += Eigen::Vector2d(p * f, p);
                total.hessian(0, 0) += pp * f * f;
                total.hessian(0, 1) += pp * f;
                total.hessian(1, 1) += pp;
            }
            total.hessian(1, 0) = total.hessian(0, 1);
            return total;
        },
        start, start, farthest);
}

}  // namespace

Fit fit_svm(const FeatureSet &set, double cost, std::uint64_t seed, Stop stop) {
    // w'w is a penalty, and under a penalty effects need not be distinguishable.
    const Learner data(set, {Response::yes_or_no, 0, false, {1, 0}}, stop);
    Fit fit;
    if (data.refuses(fit)) return with_design(fit, data.coding);
    const int n = data.n();
    const std::vector<double> x = coded_rows(set, data.coding, 1, stop);
    const Margin margin(data, x, cost, stop);

    // Customers of a cluster, and those with the same attributes, are in one fold.
    const FoldUnits units(set, label_column(set, response_cluster_label), stop);
    std::vector<int> fold;
    double yes[folds] = {}, no[folds] = {};
    for (const ResponseRow &row : data.rows) {
        fold.push_back(fold_of(seed, units.of_attributes(row.attributes), folds));
        (row.y != 0 ? yes : no)[fold.back()] += row.count;
    }
    const auto fitted = [&](const Vector &start, int left_out) {
        return newton_ascent<Eigen::Dynamic>([&](const Vector &point) { return margin(point, fold, left_out); }, start,
                                             Vector(Vector::Zero(n)), farthest);
    };
    const Ascent<Eigen::Dynamic> all = fitted(Vector::Zero(n), -1);
    const auto lost = [&] { return with_design(refused(Status::not_converged, data.customers, -1, all.iterations), data.coding); };
    if (!all.settled) return lost();
    std::vector<double> decisions(data.rows.size());
    const auto decide = [&](const Vector &point, int of_fold) {
        for (std::size_t r = 0; r < data.rows.size(); ++r) {
            poll_at(r, stop);
            if (of_fold < 0 || fold[r] == of_fold) decisions[r] = margin.decision(point, data.rows[r]);
        }
    };
    decide(all.point, -1);
    for (int k = 0; k < folds; ++k) {
        // If the others lack one of the two classes, the fold keeps the decisions of the fit to all.
        if (yes[k] + no[k] == 0 || yes[k] == data.total || no[k] == data.customers - data.total) continue;
        const Ascent<Eigen::Dynamic> others = fitted(all.point, k);
        if (others.settled) decide(others.point, k);
    }
    const Ascent<2> scaling = scale_decisions(data, decisions);
    if (!scaling.settled || scaling.escaped) return lost();

    const Vector natural = data.jacobian(0, 0, nullptr) * all.point;
    fit = refused(Status::penalised, data.customers, -1, all.iterations);
    fit.prior = true;
    const auto put = [&](double value, ParameterState state) {
        fit.parameters.push_back(value);
        fit.states.push_back(state);
    };
    put(natural(0), ParameterState::penalised);
    put(scaling.point(0), ParameterState::penalised);
    put(scaling.point(1), ParameterState::penalised);
    put(cost, ParameterState::chosen);
    for (int i = 1; i < n; ++i) put(natural(i), ParameterState::penalised);
    fit.log_likelihood = 0;
    for (const ResponseRow &row : data.rows) {
        const double eta = scaling.point(0) * margin.decision(all.point, row) + scaling.point(1);
        fit.log_likelihood -= row.count * log1p_exp(row.y != 0 ? -eta : eta);
    }
    fit.means = means_of(set, data.coding, stop);
    return with_design(std::move(fit), data.coding);
}

namespace {

constexpr Role any[] = {Role::any};
constexpr Parameter of_svm[] = {
    {"intercept", Domain::real}, {"slope", Domain::real}, {"shift", Domain::real}, {"cost", Domain::choice}};

double scaled(const double *p, double decision, double) {
    return response_mean(Response::yes_or_no, p[1] * decision + p[2]);
}
constexpr LearningFamily learn_by_margin = {scaled, nullptr, false};

Fit default_fit(const FeatureSet &set, double, Effects, Stop stop) { return fit_svm(set, 1, 1, stop); }

Family make() {
    Family family;
    family.learning = &learn_by_margin;
    family.kind = Kind::svm;
    family.name = "svm";
    family.title = "support vector machine";
    family.parameters = view_of(of_svm);
    family.attributes = view_of(any);
    family.fit_attributes = default_fit;
    family.has_prior = false;
    family.penalised = true;
    return family;
}

}  // namespace

namespace svm {
const Family family = make();
}

}  // namespace cltv
