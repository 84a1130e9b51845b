// The prior that segments make, where the truth is known: log-likelihoods that are quadratic in the logarithms, of which
// Laplace's approximation is exact.
#include "core/fit/pool.hpp"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <vector>

namespace cltv {
namespace {

using Vector = Eigen::Vector2d;
using Matrix = Eigen::Matrix2d;

// As if one had seen the logarithms y with errors of covariance V.
struct Quadratic {
    Vector y;
    Matrix precision;

    Surface<2> operator()(const Vector &theta) const {
        const Vector distance = theta.array().log().matrix() - y, pull = precision * distance;
        const Matrix inverse = Vector(theta.cwiseInverse()).asDiagonal();
        Matrix hessian = -inverse * precision * inverse;
        hessian.diagonal() += Vector(pull.cwiseProduct(theta.cwiseInverse()).cwiseProduct(theta.cwiseInverse()));
        return {-distance.dot(pull) / 2, -inverse * pull, hessian};
    }
};

const double seen[][2] = {{0.9, -1.2}, {-0.7, 0.4}, {0.3, 0.8}, {1.4, -0.1}, {-1.1, -0.6}, {-0.2, 1.3}, {0.6, -0.9}, {-1.2, 0.3}};

Matrix errors() {
    Matrix v;
    v << 0.04, 0.01, 0.01, 0.03;
    return v;
}

std::vector<Quadratic> segments(std::size_t n) {
    std::vector<Quadratic> list;
    for (std::size_t i = 0; i < n; ++i) list.push_back({Vector(seen[i][0], seen[i][1]), errors().inverse()});
    return list;
}

Vector mean_of(const std::vector<Quadratic> &list) {
    Vector mean = Vector::Zero();
    for (const Quadratic &one : list) mean += one.y / double(list.size());
    return mean;
}

Fit pooled(std::vector<Quadratic> list) {
    const Vector mean = mean_of(list);
    return pool_segments<2>(std::vector<SmoothFunction<2>>(list.begin(), list.end()), 100, Vector(Vector::Zero()),
                            Vector(mean.array().exp()), mean, never_stop);
}

// Of n segments seen with errors V: the mean, and the covariance of what was seen less V.
TEST(Pool, FindsMeanAndSpread) {
    const std::vector<Quadratic> list = segments(8);
    const Vector mean = mean_of(list);
    Matrix spread = -errors();
    for (const Quadratic &one : list) spread += (one.y - mean) * (one.y - mean).transpose() / 8.0;

    const Fit fit = pooled(list);
    ASSERT_EQ(fit.status, Status::prior);
    EXPECT_TRUE(fit.prior);
    const Spread<2> found = spread_of<2>(view_of(fit), Vector(Vector::Zero()));
    for (int i = 0; i < 2; ++i) {
        EXPECT_NEAR(found.mean(i), mean(i), 1e-9);
        for (int j = 0; j < 2; ++j) EXPECT_NEAR(found.covariance(i, j), spread(i, j), 1e-4);
    }
}

// Between what it has seen and the mean, weighed by their precisions.
TEST(Pool, FitsASegmentUnderIt) {
    const std::vector<Quadratic> list = segments(8);
    const Fit prior = pooled(list);
    const Spread<2> spread = spread_of<2>(view_of(prior), Vector(Vector::Zero()));
    for (const Quadratic &one : list) {
        const Fit fit = fit_segment<2>(one, spread, 10);
        ASSERT_EQ(fit.status, Status::pooled);
        const Matrix total = spread.covariance.inverse() + one.precision;
        const Vector expected = total.inverse() * (spread.covariance.inverse() * spread.mean + one.precision * one.y);
        for (int i = 0; i < 2; ++i) {
            EXPECT_NEAR(std::log(fit.parameters[i]), expected(i), 1e-10);
            for (int j = 0; j <= i; ++j)
                EXPECT_NEAR(fit.covariance[covariance_index(i, j)],
                            fit.parameters[i] * fit.parameters[j] * total.inverse()(i, j), 1e-9);
        }
    }
}

// Three segments do not tell what goes together.
TEST(Pool, FewSegmentsHaveNoCorrelations) {
    const Fit fit = pooled(segments(3));
    ASSERT_EQ(fit.status, Status::prior);
    EXPECT_EQ(fit.covariance[covariance_index(1, 0)], 0);
    EXPECT_GT(fit.covariance[covariance_index(0, 0)], 0);
}

TEST(Pool, SegmentsThatAreAlike) {
    std::vector<Quadratic> list;
    for (int i = 0; i < 6; ++i) list.push_back({Vector(0.3, -0.2), errors().inverse()});
    const Fit fit = pooled(list);
    EXPECT_EQ(fit.status, Status::no_differences);
    EXPECT_NEAR(fit.parameters[0], std::exp(0.3), 1e-9);
    EXPECT_NEAR(fit.parameters[1], std::exp(-0.2), 1e-9);
}

TEST(Pool, OneSegment) {
    const Fit fit = pooled(segments(1));
    ASSERT_EQ(fit.status, Status::pooled_of_one);
    for (const double covariance : fit.covariance) EXPECT_EQ(covariance, 0);
    const Fit again = fit_segment<2>(segments(1)[0], spread_of<2>(view_of(fit), Vector(Vector::Zero())), 10);
    EXPECT_EQ(again.status, Status::pooled);
    for (int i = 0; i < 2; ++i) EXPECT_NEAR(again.parameters[i], fit.parameters[i], 1e-12 * fit.parameters[i]);
}

}  // namespace
}  // namespace cltv
