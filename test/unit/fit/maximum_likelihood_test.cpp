// Fits of a number of parameters that is known at run time only.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/eigen.hpp"
#include "core/fit/maximum_likelihood.hpp"

namespace cltv {
namespace {

using Vector = Eigen::VectorXd;

// n counts k_i with the means theta_i, and one count K with the mean of their sum S, all Poisson: with k their sum,
//     S = (k + K)/2, theta_i = k_i/(2 - K/S), and the information is diag(k_i/theta_i^2) + K/S^2.
struct Counts {
    explicit Counts(int n) : k(n), total(1.3 * n) {
        for (int i = 0; i < n; ++i) k(i) = 1 + i % 17;
    }
    Surface<Eigen::Dynamic> operator()(const Vector &theta) const {
        const double sum = theta.sum();
        Surface<Eigen::Dynamic> surface;
        surface.value = k.dot(theta.array().log().matrix()) + total * std::log(sum) - 2 * sum;
        surface.gradient = (k.array() / theta.array() + total / sum - 2).matrix();
        surface.hessian = -(k.array() / theta.array().square()).matrix().asDiagonal().toDenseMatrix();
        surface.hessian.array() -= total / (sum * sum);
        return surface;
    }
    Vector k;
    double total;
};

TEST(MaximumLikelihood, HundredsOfParameters) {
    for (const int n : {1, 4, 300}) {
        const Counts counts(n);
        const double sum = (counts.k.sum() + counts.total) / 2;
        const Vector theta = counts.k / (2 - counts.total / sum);
        const Fit fit = maximum_likelihood<Eigen::Dynamic>(counts, Vector(Vector::Ones(n)), 100, {Vector(Vector::Ones(n))});
        ASSERT_EQ(fit.status, Status::converged) << n;
        ASSERT_EQ(fit.parameters.size(), static_cast<std::size_t>(n));
        EXPECT_NEAR(fit.log_likelihood, counts(theta).value, 1e-12 * std::fabs(fit.log_likelihood));
        // By Sherman and Morrison.
        const Vector variance = (theta.array().square() / counts.k.array()).matrix();
        const double bend = counts.total / (sum * sum);
        for (int i = 0; i < n; ++i) {
            EXPECT_NEAR(fit.parameters[static_cast<std::size_t>(i)] / theta(i), 1, 1e-9) << i;
            for (int j = 0; j <= i; ++j) {
                const double covariance =
                    (i == j ? variance(i) : 0) - bend * variance(i) * variance(j) / (1 + bend * variance.sum());
                EXPECT_NEAR(fit.covariance[static_cast<std::size_t>(covariance_index(i, j))], covariance,
                            1e-9 * std::sqrt(variance(i) * variance(j)))
                    << i << ' ' << j;
            }
        }
    }
}

// Nothing tells the last parameter from the one before it.
TEST(MaximumLikelihood, ARidgeAmongHundreds) {
    const int n = 100;
    const auto log_likelihood = [&](const Vector &theta) {
        Vector both = theta.head(n - 1);
        both(n - 2) *= theta(n - 1);
        const Surface<Eigen::Dynamic> of = Counts(n - 1)(both);
        // In theta: the chain rule with the Jacobian of both.
        Eigen::MatrixXd jacobian = Eigen::MatrixXd::Zero(n - 1, n);
        for (int i = 0; i < n - 2; ++i) jacobian(i, i) = 1;
        jacobian(n - 2, n - 2) = theta(n - 1);
        jacobian(n - 2, n - 1) = theta(n - 2);
        Surface<Eigen::Dynamic> surface{of.value, jacobian.transpose() * of.gradient,
                                        jacobian.transpose() * of.hessian * jacobian};
        surface.hessian(n - 2, n - 1) += of.gradient(n - 2);
        surface.hessian(n - 1, n - 2) += of.gradient(n - 2);
        return surface;
    };
    const Fit fit = maximum_likelihood<Eigen::Dynamic>(log_likelihood, Vector(Vector::Ones(n)), 100,
                                                       {Vector(Vector::Ones(n))});
    EXPECT_EQ(fit.status, Status::ridge);
    EXPECT_GE(fit.subject, n - 2);
    EXPECT_FALSE(fit.usable());
}

// Products of matrices have one order of summation on every processor.
TEST(Eigen, CacheSizesAreFixed) {
    EXPECT_TRUE(cache_sizes_are_fixed);
    EXPECT_EQ(Eigen::l1CacheSize(), 32 << 10);
    EXPECT_EQ(Eigen::l2CacheSize(), 256 << 10);
}

}  // namespace
}  // namespace cltv
