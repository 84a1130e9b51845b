#include "core/survival/aft.hpp"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/base/gauss_panels.hpp"
#include "core/base/random.hpp"
#include "unit/survival/lung.hpp"

namespace cltv {
namespace {

using Vector = Eigen::VectorXd;

struct Data {
    std::vector<LifetimeRow> rows;
    std::vector<double> x;
    int n = 0;

    void add(double time, double left, const std::vector<double> &values, double entered = 0, double count = 1) {
        n = static_cast<int>(values.size());
        rows.push_back({time, left, entered, count, static_cast<std::uint32_t>(x.size() / values.size())});
        x.insert(x.end(), values.begin(), values.end());
    }
    LifetimeLikelihood likelihood(LifetimeFamily family) const {
        return LifetimeLikelihood(family, rows, x.data(), n, never_stop);
    }
};

constexpr LifetimeFamily families[] = {LifetimeFamily::exponential, LifetimeFamily::weibull, LifetimeFamily::lognormal,
                                       LifetimeFamily::loglogistic};

// The figures of R's survreg. Attributes are centred for the search, and the intercept moved back.
TEST(Lifetimes, LungIsAsPublished) {
    const double age = 62.449339207048, sex = 1.395604395604, ecog = .951541850220;
    Data data;
    for (const Patient &p : lung)
        if (p.ecog >= 0) data.add(p.days, p.died, {1, (p.age - age) / 9, p.sex - sex, p.ecog - ecog});
    const struct {
        LifetimeFamily family;
        double intercept, age, sex, ecog, log_scale, log_likelihood, age_error, scale_error;
    } published[] = {
        {LifetimeFamily::exponential, 6.373423198231162, -.010217360593668, .509061399784426, -.405016989979724, 0,
         -1143.5631513132, .0091768947820722, 0},
        {LifetimeFamily::weibull, 6.2734352519984506, -.0074754394091445, .4010905411934496, -.3396380983087736,
         -.31319273025826, -1132.4387458823, .0067635076675349, .0613464552614205},
        {LifetimeFamily::lognormal, 6.494786726547241, -.019181868086815, .521952878521414, -.355566670332354,
         .028232274137451, -1146.8818310860, .0083278574630717, .0559606245492043},
        {LifetimeFamily::loglogistic, 5.9366869206380457, -.0080799194308524, .4866235708990206, -.4046155115719989,
         -.62335715223787, -1137.4896122695, .0074779070575496, .0658133653780304}};
    for (const auto &r : published) {
        const LifetimeLikelihood f = data.likelihood(r.family);
        Vector start = Vector::Zero(f.size());
        start(0) = 6;
        const Ascent<Eigen::Dynamic> fit = newton_ascent<Eigen::Dynamic>(f, start, start, 100);
        ASSERT_TRUE(fit.settled);
        const double slope = fit.point(1) / 9;
        EXPECT_NEAR(slope / r.age, 1, 1e-9);
        EXPECT_NEAR(fit.point(2) / r.sex, 1, 1e-9);
        EXPECT_NEAR(fit.point(3) / r.ecog, 1, 1e-9);
        EXPECT_NEAR(fit.point(0) - slope * age - fit.point(2) * sex - fit.point(3) * ecog, r.intercept, 1e-9);
        EXPECT_NEAR(fit.surface.value, r.log_likelihood, 1e-9);
        const Eigen::MatrixXd covariance = (-fit.surface.hessian).inverse();
        EXPECT_NEAR(std::sqrt(covariance(1, 1)) / 9, r.age_error, 1e-10);
        if (!has_scale(r.family)) continue;
        EXPECT_NEAR(fit.point(4), r.log_scale, 1e-9);
        EXPECT_NEAR(std::sqrt(covariance(4, 4)), r.scale_error, 1e-10);
    }
}

TEST(Lifetimes, DerivativesAreThoseOfTheLikelihood) {
    Random random(9);
    Data data;
    for (int i = 0; i < 300; ++i) {
        const double entered = i % 3 == 0 ? 5 * draw_uniform(random) : 0;
        data.add(entered + std::exp(3 * draw_normal(random)), i % 4 != 0, {1, draw_normal(random)}, entered, 1 + i % 3);
    }
    for (const LifetimeFamily family : families) {
        const LifetimeLikelihood f = data.likelihood(family);
        Vector point = Vector::Constant(f.size(), .3);
        const Surface<Eigen::Dynamic> here = f(point);
        for (int i = 0; i < f.size(); ++i) {
            const double step = 1e-5;
            Vector up = point, down = point;
            up(i) += step;
            down(i) -= step;
            const Surface<Eigen::Dynamic> above = f(up), below = f(down);
            const double size = here.hessian.cwiseAbs().maxCoeff();
            EXPECT_NEAR((above.value - below.value) / (2 * step), here.gradient(i), 1e-7 * size);
            for (int j = 0; j < f.size(); ++j)
                EXPECT_NEAR((above.gradient(j) - below.gradient(j)) / (2 * step), here.hessian(i, j), 1e-7 * size);
        }
    }
}

// Far out in the tails the likelihood of one customer is that of the survival, whose logarithm is finite still.
TEST(Lifetimes, TailsAreFinite) {
    for (const LifetimeFamily family : families)
        for (const double time : {1e-300, 1e-9, 1.0, 1e2, 1e300})
            for (const double left : {0.0, 1.0}) {
                Data data;
                data.add(time, left, {1});
                const LifetimeLikelihood f = data.likelihood(family);
                const Surface<Eigen::Dynamic> surface = f(Vector::Zero(f.size()));
                const bool heavy = family == LifetimeFamily::lognormal || family == LifetimeFamily::loglogistic;
                EXPECT_TRUE(std::isfinite(surface.value)) << time;
                EXPECT_TRUE(surface.hessian.allFinite()) << time;
                if (left == 0 && (heavy ? time < 1e300 : time < 1e2)) {
                    EXPECT_NEAR(surface.value, std::log(lifetime_survival(family, 0, 1, time)), 1e-13);
                }
            }
    // On both sides of where the series takes over.
    for (const double left : {0.0}) {
        Data near, beyond;
        near.add(std::exp(36 - 1e-9), left, {1});
        beyond.add(std::exp(36 + 1e-9), left, {1});
        const Vector zero = Vector::Zero(2);
        const Surface<Eigen::Dynamic> a = near.likelihood(LifetimeFamily::lognormal)(zero),
                                      b = beyond.likelihood(LifetimeFamily::lognormal)(zero);
        EXPECT_NEAR(a.gradient(0), b.gradient(0), 1e-8);
        EXPECT_NEAR(a.value, b.value, 1e-6);
    }
}

// The integral of the survival, by panels in ln t that are far shorter than what it turns on.
TEST(Lifetimes, TheExpectedTimeIsTheAreaUnderTheCurve) {
    for (const LifetimeFamily family : families)
        for (const double scale : {0.05, 0.5, 0.99, 1.0, 1.3, 4.0}) {
            if (!has_scale(family) && scale != 1) continue;
            for (const double horizon : {0.01, 1.0, 3.0, 500.0}) {
                const double predictor = 0.7, width = 0.01 * std::fmin(1, scale);
                double area = 0;
                for (double end = std::log(horizon); end > std::log(horizon) - 45; end -= width)
                    gauss_panel<10>(end - width, width, [&](double y, double weight) {
                        area += weight * std::exp(y) * lifetime_survival(family, predictor, scale, std::exp(y));
                    });
                EXPECT_NEAR(expected_lifetime(family, predictor, scale, horizon) / area, 1, 2e-12)
                    << static_cast<int>(family) << ' ' << scale << ' ' << horizon;
            }
        }
}

TEST(Lifetimes, ForEverItIsTheMean) {
    EXPECT_NEAR(expected_lifetime(LifetimeFamily::exponential, 2, 1, INFINITY), std::exp(2), 1e-13);
    EXPECT_NEAR(expected_lifetime(LifetimeFamily::weibull, 2, 2, INFINITY), 2 * std::exp(2), 1e-13);
    EXPECT_NEAR(expected_lifetime(LifetimeFamily::lognormal, 2, .5, INFINITY), std::exp(2.125), 1e-13);
    EXPECT_NEAR(expected_lifetime(LifetimeFamily::loglogistic, 2, .5, INFINITY), M_PI / 2 * std::exp(2), 1e-13);
    EXPECT_EQ(expected_lifetime(LifetimeFamily::loglogistic, 2, 1, INFINITY), INFINITY);
    for (const LifetimeFamily family : families) {
        EXPECT_EQ(expected_lifetime(family, 2, .5, 0), 0);
        EXPECT_NEAR(expected_lifetime(family, 2, .5, 1e6) / expected_lifetime(family, 2, .5, INFINITY), 1, 1e-5);
    }
}

TEST(Lifetimes, QuantilesAreWhereSoManyHaveLeft) {
    for (const LifetimeFamily family : families)
        for (const double p : {1e-9, 0.01, 0.5, 0.9, 0.999})
            EXPECT_NEAR(1 - lifetime_survival(family, 0.7, 0.8, lifetime_quantile(family, 0.7, 0.8, p)), p, 1e-14);
}

TEST(Lifetimes, TheLogarithmKeepsItsDigits) {
    for (const LifetimeFamily family : families) {
        for (const double time : {0.1, 1.0, 5.0})
            EXPECT_NEAR(std::exp(log_lifetime_survival(family, 0.7, 0.8, time)), lifetime_survival(family, 0.7, 0.8, time),
                        1e-15);
        EXPECT_EQ(log_lifetime_survival(family, 0.7, 0.8, 0), 0);
        EXPECT_EQ(log_lifetime_survival(family, 0.7, 0.8, INFINITY), -INFINITY);
        EXPECT_LT(log_lifetime_survival(family, 0.7, 0.1, 1e6), -100);
    }
}

}  // namespace
}  // namespace cltv
