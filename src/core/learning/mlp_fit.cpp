#include "core/learning/mlp_fit.hpp"

#include <cmath>
#include <limits>

#include "core/base/random.hpp"
#include "core/base/special.hpp"
#include "core/fit/lbfgs.hpp"
#include "core/learning/learner.hpp"

namespace cltv {

double NetLoss::operator()(const Eigen::VectorXd &weights, Eigen::VectorXd &gradient) const {
    const int outputs = shape_.n_outputs();
    const std::uint16_t layers = shape_.n_hidden;
    const std::uint32_t n_before[] = {shape_.n_inputs, shape_.width[0]};
    std::size_t begin[most_layers + 1] = {};
    for (std::uint16_t l = 0; l < layers; ++l) begin[l + 1] = begin[l] + std::size_t{shape_.width[l]} * (1 + n_before[l]);
    const std::uint32_t n_last = shape_.n_before_output();

    gradient.setZero();
    double loss = 0;
    double units[most_layers][widest_layer], slopes[most_layers][widest_layer], margins[most_outputs], slope[most_outputs];
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        poll_at(r, stop_);
        const ResponseRow &row = rows_[r];
        const double *const inputs = x_ + std::size_t{row.attributes} * (1 + shape_.n_inputs) + 1, y = y_[r];
        const double *before = inputs;
        for (std::uint16_t l = 0; l < layers; ++l) {
            add_layer(weights.data() + begin[l], shape_.width[l], n_before[l], before, units[l]);
            for (std::uint32_t j = 0; j < shape_.width[l]; ++j) units[l][j] = std::tanh(units[l][j]);
            before = units[l];
        }
        add_layer(weights.data() + begin[layers], static_cast<std::uint32_t>(outputs), n_last, before, margins);

        const double share = row.count / customers_;
        const auto whether = [&](bool yes) {
            loss += share * (log1p_exp(margins[0]) - (yes ? margins[0] : 0));
            slope[0] = share * (response_mean(Response::yes_or_no, margins[0]) - (yes ? 1 : 0));
        };
        switch (shape_.objective) {
            case TreeObjective::logistic: whether(y != 0); break;
            case TreeObjective::ziln: {
                whether(!std::isnan(y));
                slope[1] = slope[2] = 0;
                if (std::isnan(y)) break;
                // ln sigma + z^2/2, z = (ln y - mu)/sigma.
                const double inverse = std::exp(-margins[2]), z = (y - margins[1]) * inverse;
                loss += share * (margins[2] + z * z / 2);
                slope[1] = -share * z * inverse;
                slope[2] = share * (1 - z * z);
                break;
            }
            default:
                loss += share * (margins[0] - y) * (margins[0] - y) / 2;
                slope[0] = share * (margins[0] - y);
        }

        // Back through the layers: the derivative of the loss in the sum of each unit.
        const auto go_back = [&](std::size_t at, std::uint32_t n_units, std::uint32_t n, const double *values,
                                 const double *of_units, double *of_values) {
            if (of_values != nullptr)
                for (std::uint32_t i = 0; i < n; ++i) of_values[i] = 0;
            for (std::uint32_t j = 0; j < n_units; ++j, at += 1 + n) {
                const double d = of_units[j];
                if (d == 0) continue;
                double *const to = gradient.data() + at;
                to[0] += d;
                for (std::uint32_t i = 0; i < n; ++i) to[1 + i] += d * values[i];
                if (of_values != nullptr)
                    for (std::uint32_t i = 0; i < n; ++i) of_values[i] += d * weights[static_cast<Eigen::Index>(at + 1 + i)];
            }
            if (of_values != nullptr)
                for (std::uint32_t i = 0; i < n; ++i) of_values[i] *= 1 - values[i] * values[i];
        };
        go_back(begin[layers], static_cast<std::uint32_t>(outputs), n_last, units[layers - 1], slope, slopes[layers - 1]);
        for (std::uint16_t l = layers; l-- > 0;)
            go_back(begin[l], shape_.width[l], n_before[l], l > 0 ? units[l - 1] : inputs, slopes[l],
                    l > 0 ? slopes[l - 1] : nullptr);
    }

    // Biases are not penalised.
    double squares = 0;
    const auto hold = [&](std::size_t at, std::uint32_t n_units, std::uint32_t n) {
        for (std::uint32_t j = 0; j < n_units; ++j, at += 1 + n)
            for (std::uint32_t i = 1; i <= n; ++i) {
                const Eigen::Index k = static_cast<Eigen::Index>(at + i);
                squares += weights[k] * weights[k];
                gradient[k] += penalty_ * weights[k];
            }
    };
    for (std::uint16_t l = 0; l < layers; ++l) hold(begin[l], shape_.width[l], n_before[l]);
    hold(begin[layers], static_cast<std::uint32_t>(outputs), n_last);
    return loss + penalty_ * squares / 2;
}

namespace {

// Uniform between bounds that keep the variance of sums from layer to layer (X. Glorot, Y. Bengio: Understanding the
// difficulty of training deep feedforward neural networks, AISTATS 2010, equation 16); biases are 0.
Eigen::VectorXd drawn_weights(const NetShape &shape, std::uint64_t seed) {
    Random random(seed);
    Eigen::VectorXd weights = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(shape.n_weights()));
    Eigen::Index at = 0;
    const auto draw_layer = [&](std::uint32_t units, std::uint32_t n) {
        const double bound = std::sqrt(6.0 / (units + n));
        for (std::uint32_t j = 0; j < units; ++j) {
            ++at;
            for (std::uint32_t i = 0; i < n; ++i) weights[at++] = bound * (2 * draw_uniform(random) - 1);
        }
    };
    std::uint32_t before = shape.n_inputs;
    for (std::uint16_t l = 0; l < shape.n_hidden; before = shape.width[l++]) draw_layer(shape.width[l], before);
    draw_layer(static_cast<std::uint32_t>(shape.n_outputs()), before);
    return weights;
}

constexpr Response response_of(TreeObjective objective) {
    return objective == TreeObjective::squared    ? Response::normal
           : objective == TreeObjective::logistic ? Response::yes_or_no
                                                  : Response::tweedie;
}

}  // namespace

Fit fit_net(const FeatureSet &set, const NetSettings &settings, Stop stop) {
    // Under a penalty attributes need not be distinguishable; in a net they could not be.
    const Learner data(set, {response_of(settings.objective), 0, false, {1, 0}}, stop);
    Fit fit;
    const auto with_coding = [&](Fit made) { return with_design(std::move(made), data.coding); };
    if (data.refuses(fit)) return with_coding(fit);

    // The target: the response, or its logarithm, standardised.
    std::vector<double> y;
    double sum = 0, square = 0, positive = 0;
    for (const ResponseRow &row : data.rows) {
        double value = row.y;
        if (settings.objective == TreeObjective::ziln)
            value = row.y > 0 ? std::log(row.y) : std::numeric_limits<double>::quiet_NaN();
        y.push_back(value);
        if (std::isnan(value)) continue;
        positive += row.count;
        sum += row.count * value;
    }
    double centre = sum / positive, scale = 1;
    for (std::size_t r = 0; r < y.size(); ++r)
        if (!std::isnan(y[r])) square += data.rows[r].count * (y[r] - centre) * (y[r] - centre);
    if (settings.objective == TreeObjective::logistic)
        centre = 0;
    else
        scale = std::sqrt(square / positive);
    const bool mixed = settings.objective == TreeObjective::ziln;
    if (mixed && positive < min_customers)
        return with_coding(refused(Status::too_few_customers, data.customers));
    if (mixed && positive == data.customers) return with_coding(refused(Status::one_class, data.customers));
    if (!(scale > 1e-14 * std::fabs(centre))) return with_coding(refused(Status::one_class, data.customers));
    if (mixed && scale > heaviest_sigma) return with_coding(refused(Status::heavy_tail, data.customers));
    for (double &value : y) value = (value - centre) / scale;

    NetShape shape;
    shape.objective = settings.objective;
    shape.n_hidden = settings.n_hidden;
    for (std::uint32_t l = 0; l < most_layers; ++l) shape.width[l] = l < settings.n_hidden ? settings.width[l] : 0;
    shape.n_inputs = static_cast<std::uint32_t>(data.coding.size());
    Eigen::VectorXd start = drawn_weights(shape, settings.seed);
    const std::size_t outputs = static_cast<std::size_t>(shape.n_outputs()), per_output = 1 + shape.n_before_output();
    const std::size_t last = shape.n_weights() - outputs * per_output;
    if (settings.objective != TreeObjective::squared) {  // starting from where all customers are alike
        const double share = mixed ? positive / data.customers : data.total / data.customers;
        start[static_cast<Eigen::Index>(last)] = std::log(share) - std::log1p(-share);
    }
    const std::vector<double> x = coded_rows(set, data.coding, 1, stop);
    const NetLoss loss(shape, settings.penalty, data.rows, y, x.data(), data.customers, stop);
    // A net that has not settled by then is used all the same: what it has not learnt yet is mostly noise.
    constexpr double small_derivative = 1e-6;
    Descent descent = lbfgs(loss, start, settings.iterations, small_derivative);
    if (!std::isfinite(descent.value) || !descent.point.allFinite())
        return with_coding(refused(Status::not_converged, data.customers, -1, descent.iterations));

    // Back to attributes and responses in their own units.
    Eigen::VectorXd &weights = descent.point;
    for (std::size_t j = 0; j < shape.width[0]; ++j) {
        double *const unit = weights.data() + j * (1 + shape.n_inputs);
        for (int i = 0; i < data.coding.size(); ++i) {
            unit[1 + i] /= data.coding.scale(i);
            unit[0] -= unit[1 + i] * data.coding.mean(i);
        }
    }
    const std::size_t output = mixed ? 1 : 0;
    for (std::size_t i = 0; i < per_output; ++i) weights[static_cast<Eigen::Index>(last + output * per_output + i)] *= scale;
    weights[static_cast<Eigen::Index>(last + output * per_output)] += centre;
    if (mixed) weights[static_cast<Eigen::Index>(last + 2 * per_output)] += std::log(scale);

    fit = refused(Status::converged, data.customers, -1, descent.iterations);
    for (const double chosen : {static_cast<double>(shape.width[0]), static_cast<double>(shape.width[1]), settings.penalty}) {
        fit.parameters.push_back(chosen);
        fit.states.push_back(ParameterState::chosen);
    }
    fit.net.resize(net_bytes(shape) / sizeof(double));
    Net &net = *reinterpret_cast<Net *>(fit.net.data());
    net.bytes = net_bytes(shape);
    net.shape = shape;
    std::copy(weights.data(), weights.data() + weights.size(), net.weights());
    return with_coding(std::move(fit));
}

namespace {

constexpr Role any[] = {Role::any};
constexpr Parameter chosen[] = {{"units", Domain::choice}, {"second_units", Domain::choice}, {"penalty", Domain::choice}};
constexpr LearningFamily learn_by_net = {nullptr, nullptr, false, false, true};

Fit default_fit(const FeatureSet &set, double, Effects, Stop stop) { return fit_net(set, {}, stop); }

Family make() {
    Family family;
    family.learning = &learn_by_net;
    family.kind = Kind::mlp;
    family.name = "mlp";
    family.title = "neural net";
    family.parameters = view_of(chosen);
    family.attributes = view_of(any);
    family.fit_attributes = default_fit;
    family.has_prior = false;
    return family;
}

}  // namespace

namespace mlp {
const Family family = make();
}

}  // namespace cltv
