#include "core/learning/mlp_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/base/random.hpp"
#include "core/fit/lbfgs.hpp"
#include "core/learning/svm_fit.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

// A row of two inputs after a one for each customer.
struct Data {
    std::vector<ResponseRow> rows;
    std::vector<double> y, x;
    double customers = 0;
};

Data data_of(TreeObjective objective, int n) {
    Random random(3);
    Data data;
    for (int i = 0; i < n; ++i) {
        const double a = draw_normal(random), b = draw_normal(random), count = 1 + i % 3;
        data.x.insert(data.x.end(), {1, a, b});
        double y = a - b * b + draw_normal(random);
        if (objective == TreeObjective::logistic) y = y > 0 ? 1 : 0;
        if (objective == TreeObjective::ziln && y < 0) y = std::numeric_limits<double>::quiet_NaN();
        data.y.push_back(y);
        data.rows.push_back({y, 0, count, static_cast<std::uint32_t>(i)});
        data.customers += count;
    }
    return data;
}

TEST(Nets, DerivativesAreThoseOfTheLoss) {
    for (const TreeObjective objective : {TreeObjective::squared, TreeObjective::logistic, TreeObjective::ziln})
        for (const std::uint16_t layers : {1, 2}) {
            const Data data = data_of(objective, 40);
            NetShape shape;
            shape.objective = objective;
            shape.n_hidden = layers;
            shape.n_inputs = 2;
            shape.width[0] = 3;
            shape.width[1] = layers > 1 ? 2 : 0;
            const NetLoss loss(shape, 0.1, data.rows, data.y, data.x.data(), data.customers, never_stop);
            Random random(7);
            Eigen::VectorXd weights(static_cast<Eigen::Index>(shape.n_weights())), gradient(weights.size()), unused(weights.size());
            for (Eigen::Index i = 0; i < weights.size(); ++i) weights[i] = draw_normal(random);
            loss(weights, gradient);
            for (Eigen::Index i = 0; i < weights.size(); ++i) {
                Eigen::VectorXd beside = weights;
                const double h = 1e-5;
                beside[i] = weights[i] + h;
                const double above = loss(beside, unused);
                beside[i] = weights[i] - h;
                EXPECT_NEAR(gradient[i], (above - loss(beside, unused)) / (2 * h), 1e-8 * (1 + std::fabs(gradient[i])));
            }
        }
}

TEST(Nets, TheSearchFindsTheMinimum) {
    // Rosenbrock's valley in ten dimensions.
    const auto valley = [](const Eigen::VectorXd &x, Eigen::VectorXd &gradient) {
        double sum = 0;
        gradient.setZero();
        for (Eigen::Index i = 0; i + 1 < x.size(); ++i) {
            const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
            sum += 100 * a * a + b * b;
            gradient[i] += -400 * a * x[i] - 2 * b;
            gradient[i + 1] += 200 * a;
        }
        return sum;
    };
    const Descent descent = lbfgs(valley, Eigen::VectorXd::Constant(10, -0.5), 1000, 1e-9);
    EXPECT_TRUE(descent.settled);
    EXPECT_LT((descent.point - Eigen::VectorXd::Ones(10)).cwiseAbs().maxCoeff(), 1e-6);
    EXPECT_FALSE(lbfgs(valley, Eigen::VectorXd::Constant(10, -0.5), 5, 1e-9).settled);
}

// What no line can tell: whether two signs are the same.
TEST(Nets, LearnWhatALineCannot) {
    Random random(5);
    Shop shop;
    std::vector<const Features *> rows;
    std::vector<double> y;
    for (int i = 0; i < 1000; ++i) {
        const double a = 2 * draw_uniform(random) - 1, b = 200 * draw_uniform(random) - 100;
        rows.push_back(features({number("a", a), number("b", b)}));
        y.push_back((a > 0) == (b > 0) ? 1 : 0);
        shop.add(Targets::response, {y.back(), 0}, {{Role::any, rows.back()}});
    }
    NetSettings settings;
    settings.objective = TreeObjective::logistic;
    settings.penalty = 1e-4;
    const FeatureSet &set = shop.sorted();
    const Fit fit = fit_net(set, settings, never_stop);
    ASSERT_EQ(fit.status, Status::converged);
    EXPECT_EQ(find_fault(view_of(fit), mlp::family), nullptr);
    const Net &net = *view_of(fit).net;
    int right = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        double inputs[2], margins[most_outputs];
        ASSERT_EQ(net_inputs(*view_of(fit).design, *rows[i], inputs).fault, MatchFault::none);
        margins_of(net, inputs, margins);
        right += (margins[0] > 0) == (y[i] != 0);
    }
    EXPECT_GT(right, 970);

    const Fit line = fit_svm(set, 1, 1, never_stop);
    ASSERT_EQ(line.status, Status::penalised);
    EXPECT_EQ(find_fault(view_of(line), svm::family), nullptr);
    for (const double a : {-1.0, 1.0})
        for (const double b : {-100.0, 100.0}) {
            const double *const p = line.parameters.data(), decision = p[0] + p[4] * a + p[5] * b;
            EXPECT_NEAR(1 / (1 + std::exp(-(p[1] * decision + p[2]))), 0.5, 0.15);
        }
}

// The loss in natural units, as scikit-learn's LinearSVC has it, is no smaller anywhere around.
TEST(Nets, TheMarginIsTheBestThereIs) {
    Random random(9);
    std::vector<double> a, b, s, w;
    Shop shop;
    for (int i = 0; i < 300; ++i) {
        a.push_back(draw_normal(random));
        b.push_back(draw_normal(random));
        w.push_back(1 + i % 2);
        s.push_back(a.back() + 0.5 * b.back() + draw_normal(random) > 0.3 ? 1 : -1);
        shop.add(Targets::response, {s.back() > 0 ? 1.0 : 0.0, 0}, {{Role::any, features({number("a", a.back()), number("b", b.back())})}}, w.back());
    }
    const Fit fit = fit_svm(shop.sorted(), 0.5, 1, never_stop);
    ASSERT_EQ(fit.parameters.size(), 6u);
    double total = 0, mean[2] = {}, scale[2] = {};
    for (int i = 0; i < 300; ++i) total += w[i], mean[0] += w[i] * a[i], mean[1] += w[i] * b[i];
    for (double &m : mean) m /= total;
    for (int i = 0; i < 300; ++i) scale[0] += w[i] * (a[i] - mean[0]) * (a[i] - mean[0]), scale[1] += w[i] * (b[i] - mean[1]) * (b[i] - mean[1]);
    for (double &one : scale) one = std::sqrt(one / total);
    const auto loss = [&](double c, double u, double v) {
        double sum = (u * u * scale[0] * scale[0] + v * v * scale[1] * scale[1]) / 2;
        for (int i = 0; i < 300; ++i) {
            const double short_of = std::fmax(0, 1 - s[i] * (c + u * a[i] + v * b[i]));
            sum += 0.5 * w[i] * short_of * short_of;
        }
        return sum;
    };
    const double c = fit.parameters[0], u = fit.parameters[4], v = fit.parameters[5], least = loss(c, u, v);
    for (int i = 0; i < 200; ++i) {
        const double h = i % 2 == 0 ? 1e-2 : 1e-5;
        EXPECT_GT(loss(c + h * draw_normal(random), u + h * draw_normal(random), v + h * draw_normal(random)), least);
    }
    // The scaled decisions of customers add up to those who said yes.
    double expected = 0, yes = 0;
    for (int i = 0; i < 300; ++i) {
        expected += w[i] / (1 + std::exp(-(fit.parameters[1] * (c + u * a[i] + v * b[i]) + fit.parameters[2])));
        yes += s[i] > 0 ? w[i] : 0;
    }
    EXPECT_NEAR(expected / yes, 1, 0.02);
}

}  // namespace
}  // namespace cltv
