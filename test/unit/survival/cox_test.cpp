#include "core/survival/cox.hpp"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/base/random.hpp"
#include "unit/survival/lung.hpp"

namespace cltv {
namespace {

using Vector = Eigen::VectorXd;

struct Data {
    std::vector<CoxRow> rows;
    std::vector<double> x;
    int n = 0;

    void add(double time, double left, const std::vector<double> &values, double entered = 0, double stratum = 0,
             double count = 1) {
        n = static_cast<int>(values.size());
        rows.push_back({stratum, time, left, entered, count, static_cast<std::uint32_t>(x.size() / values.size())});
        x.insert(x.end(), values.begin(), values.end());
    }
    CoxLikelihood likelihood(Ties ties) const { return CoxLikelihood(rows, x.data(), n, ties, never_stop); }
    Ascent<Eigen::Dynamic> fit(Ties ties) const {
        CoxLikelihood f = likelihood(ties);
        const Vector zero = Vector::Zero(n);
        return newton_ascent<Eigen::Dynamic>(f, zero, zero, 100);
    }
};

Data patients(bool ecog_as_stratum = false) {
    Data data;
    for (const Patient &p : lung) {
        if (p.ecog < 0) continue;
        if (ecog_as_stratum)
            data.add(p.days, p.died, {1.0 * p.age, 1.0 * p.sex}, 0, p.ecog);
        else
            data.add(p.days, p.died, {1.0 * p.age, 1.0 * p.sex, 1.0 * p.ecog});
    }
    return data;
}

void expect(const Ascent<Eigen::Dynamic> &fit, const std::vector<double> &coefficients, double log_likelihood) {
    EXPECT_TRUE(fit.settled);
    EXPECT_NEAR(fit.surface.value, log_likelihood, 1e-9);
    for (std::size_t i = 0; i < coefficients.size(); ++i) EXPECT_NEAR(fit.point(i) / coefficients[i], 1, 1e-9);
}

// The figures of R's survival 3.5-3.
TEST(Cox, LungIsAsPublished) {
    const Data data = patients();
    const Ascent<Eigen::Dynamic> efron = data.fit(Ties::efron);
    expect(efron, {.01106676459612, -.55261239553184, .46372847511573}, -729.2301213749);
    const Eigen::MatrixXd covariance = (-efron.surface.hessian).inverse();
    EXPECT_NEAR(std::sqrt(covariance(0, 0)), .00926741101, 1e-11);
    EXPECT_NEAR(std::sqrt(covariance(1, 1)), .16773905379, 1e-10);
    EXPECT_NEAR(std::sqrt(covariance(2, 2)), .11357726617, 1e-10);
    EXPECT_NEAR(covariance(0, 2), -1.821729786849e-04, 1e-15);
    EXPECT_NEAR(data.likelihood(Ties::efron)(Vector::Zero(3)).value, -744.4804557614, 1e-9);
    expect(data.fit(Ties::breslow), {.01104113638571, -.55188956963766, .46294704033455}, -729.4887051768);
    EXPECT_NEAR(data.likelihood(Ties::breslow)(Vector::Zero(3)).value, -744.6928192662, 1e-9);
    expect(patients(true).fit(Ties::efron), {.01077216112675, -.55351692741333}, -560.6740086430);
}

TEST(Cox, BaselineIsAsPublished) {
    const Data data = patients();
    const std::vector<HazardStep> steps = data.likelihood(Ties::efron).baseline(data.fit(Ties::efron).point);
    const auto at = [&](double time) {
        double hazard = 0;
        for (const HazardStep &step : steps)
            if (step.time <= time) hazard = step.hazard;
        return hazard;
    };
    EXPECT_NEAR(at(5), .002762815067627, 1e-13);
    EXPECT_NEAR(at(291), .420309627182451, 1e-11);
    // Printed of coefficients that R's usual rule stops at.
    EXPECT_NEAR(at(363), .603198741244, 1e-8);
    EXPECT_NEAR(at(1022), 2.077627880416, 1e-8);
}

TEST(Cox, DerivativesAreThoseOfTheLikelihood) {
    Random random(5);
    Data data;
    for (int i = 0; i < 200; ++i) {
        const double entered = i % 3 == 0 ? std::floor(5 * draw_uniform(random)) : 0;
        const double time = entered + 1 + std::floor(10 * draw_uniform(random));
        data.add(time, i % 4 != 0, {draw_normal(random), draw_uniform(random)}, entered, i % 2,
                 1 + i % 5 + (i % 7 == 0 ? .25 : 0));
    }
    for (const Ties ties : {Ties::efron, Ties::breslow}) {
        CoxLikelihood f = data.likelihood(ties);
        const Vector point = (Vector(2) << .3, -.7).finished();
        const Surface<Eigen::Dynamic> here = f(point);
        for (int i = 0; i < 2; ++i) {
            const double step = 1e-5;
            Vector up = point, down = point;
            up(i) += step;
            down(i) -= step;
            const Surface<Eigen::Dynamic> above = f(up), below = f(down);
            EXPECT_NEAR((above.value - below.value) / (2 * step), here.gradient(i),
                        1e-6 * std::fabs(here.gradient(i)) + 1e-5);
            for (int j = 0; j < 2; ++j)
                EXPECT_NEAR((above.gradient(j) - below.gradient(j)) / (2 * step), here.hessian(i, j),
                            1e-6 * std::fabs(here.hessian(i, j)) + 1e-4);
        }
    }
}

// As many equal customers as one row counts; above a thousand departures at once the sums have a closed form.
TEST(Cox, CountsAreCustomers) {
    Data counted, alike;
    for (const double time : {1.0, 2.0, 3.0})
        for (const double x : {-1.0, 0.5}) {
            const double n = 600 + 100 * time + 37 * x * 2;
            counted.add(time, 1, {x}, 0, 0, n);
            counted.add(time, 0, {x}, 0, 0, 3 * n);
            for (int i = 0; i < n; ++i) alike.add(time, 1, {x});
            for (int i = 0; i < 3 * n; ++i) alike.add(time, 0, {x});
        }
    CoxLikelihood one = counted.likelihood(Ties::efron), other = alike.likelihood(Ties::efron);
    const Vector point = Vector::Constant(1, .4);
    const Surface<Eigen::Dynamic> a = one(point), b = other(point);
    EXPECT_NEAR(a.value / b.value, 1, 1e-12);
    EXPECT_NEAR(a.gradient(0), b.gradient(0), 1e-8 * std::fabs(b.hessian(0, 0)));
    EXPECT_NEAR(a.hessian(0, 0) / b.hessian(0, 0), 1, 1e-9);
}

// Customers with ties, late entries, strata and counts.
Data made_up(bool counted) {
    Random random(11);
    Data data;
    for (int i = 0; i < 60; ++i) {
        const double entered = i % 3 == 0 ? std::floor(5 * draw_uniform(random)) : 0;
        const double time = entered + 1 + std::floor(8 * draw_uniform(random));
        data.add(time, i % 4 != 0, {draw_normal(random), i % 5 / 2.0}, entered, i % 2, counted ? 1 + i % 3 : 1);
    }
    return data;
}

TEST(Cox, ValueIsThatOfTheSurface) {
    const Data data = made_up(true);
    const Vector point = (Vector(2) << .3, -.7).finished();
    for (const Ties ties : {Ties::efron, Ties::breslow}) {
        CoxLikelihood f = data.likelihood(ties);
        EXPECT_NEAR(f.value(point) / f(point).value, 1, 1e-14);
    }
}

// Effects that grow with time are those of customers who are cut in pieces at each time of a departure, within each of
// which x g(t) is a number.
TEST(Cox, EffectsThatGrowWithTimeAreThoseOfPieces) {
    const Data data = made_up(true);
    const auto g = [](double time) { return std::sqrt(time); };
    Data pieces;
    for (const CoxRow &row : data.rows)
        for (double from = row.entered; from < row.time; from = std::floor(from) + 1) {
            const double *const x = data.x.data() + 2 * row.attributes;
            const double until = std::floor(from) + 1;
            pieces.add(until, until == row.time ? row.left : 0, {x[0], x[1], x[0] * g(until), x[1] * g(until)}, from,
                       row.stratum, row.count);
        }
    const Vector point = (Vector(2) << .3, -.7).finished(), both = (Vector(4) << .3, -.7, 0, 0).finished();
    for (const Ties ties : {Ties::efron, Ties::breslow}) {
        const Surface<Eigen::Dynamic> one = data.likelihood(ties).with_time(point, g), other = pieces.likelihood(ties)(both);
        for (int i = 0; i < 4; ++i) {
            EXPECT_NEAR(one.gradient(i), other.gradient(i), 1e-11);
            for (int j = 0; j < 4; ++j) EXPECT_NEAR(one.hessian(i, j) / other.hessian(i, j), 1, 1e-11);
        }
    }
}

// Score residuals are derivatives of the gradient in the weight of a customer, at the weights that there are, but for what
// the customer's own departure changes in the ties of the others: with Breslow's ties there is no such.
TEST(Cox, ScoresAreWhatACustomersWeightMoves) {
    const Data data = made_up(false);
    const Vector point = (Vector(2) << .3, -.7).finished();
    Eigen::MatrixXd expected = Eigen::MatrixXd::Zero(2, 2), clustered = expected;
    std::vector<Vector> sums(7, Vector::Zero(2));
    std::vector<std::uint32_t> cluster;
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
        Data heavier = data, lighter = data;
        const double step = 1e-4;
        heavier.rows[i].count += step;
        lighter.rows[i].count -= step;
        const Vector score = (heavier.likelihood(Ties::breslow)(point).gradient -
                              lighter.likelihood(Ties::breslow)(point).gradient) / (2 * step);
        expected += score * score.transpose();
        cluster.push_back(static_cast<std::uint32_t>(i % 7));
        sums[i % 7] += score;
    }
    for (const Vector &sum : sums) clustered += sum * sum.transpose();
    const Eigen::MatrixXd products = data.likelihood(Ties::breslow).score_products(point, nullptr);
    const Eigen::MatrixXd by_cluster = data.likelihood(Ties::breslow).score_products(point, &cluster);
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j) {
            EXPECT_NEAR(products(i, j), expected(i, j), 1e-6);
            EXPECT_NEAR(by_cluster(i, j), clustered(i, j), 1e-6);
        }
}

// Whatever the ties, the scores of all customers are the gradient: all in one cluster.
TEST(Cox, ScoresAddUpToTheGradient) {
    const Data data = made_up(true);
    const Vector point = (Vector(2) << .3, -.7).finished();
    const std::vector<std::uint32_t> together(data.rows.size(), 0);
    for (const Ties ties : {Ties::efron, Ties::breslow}) {
        CoxLikelihood f = data.likelihood(ties);
        const Vector gradient = f(point).gradient;
        const Eigen::MatrixXd products = f.score_products(point, &together);
        for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j) EXPECT_NEAR(products(i, j), gradient(i) * gradient(j), 1e-9);
    }
}

// A count is so many customers.
TEST(Cox, ScoresOfCountsAreThoseOfCustomers) {
    const Data counted = made_up(true);
    Data alike;
    for (const CoxRow &row : counted.rows)
        for (int i = 0; i < row.count; ++i)
            alike.add(row.time, row.left, {counted.x[2 * row.attributes], counted.x[2 * row.attributes + 1]}, row.entered,
                      row.stratum);
    const Vector point = (Vector(2) << .3, -.7).finished();
    const Eigen::MatrixXd one = counted.likelihood(Ties::efron).score_products(point, nullptr);
    const Eigen::MatrixXd other = alike.likelihood(Ties::efron).score_products(point, nullptr);
    EXPECT_NEAR((one - other).cwiseAbs().maxCoeff() / one.maxCoeff(), 0, 1e-12);
}

}  // namespace
}  // namespace cltv
