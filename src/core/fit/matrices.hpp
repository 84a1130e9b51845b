// What is done with matrices of any size, compiled once: each of these takes a compiler seconds.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/eigen.hpp"

#include <Eigen/Cholesky>

namespace cltv {

// By Gaussian elimination with pivots.
Eigen::MatrixXd inverse_of(const Eigen::MatrixXd &matrix);

Eigen::MatrixXd product_of(const Eigen::MatrixXd &a, const Eigen::MatrixXd &b);

// J C J', the covariance of what moves with the coordinates of C as J says.
Eigen::MatrixXd transformed(const Eigen::MatrixXd &jacobian, const Eigen::MatrixXd &covariance);

// Eigenvalues of a symmetric matrix, ascending, and their directions.
template <int N>
struct Spectrum {
    Eigen::Matrix<double, N, 1> values;
    Eigen::Matrix<double, N, N> vectors;
};
template <int N>  // 1 to 4, and Eigen::Dynamic
Spectrum<N> spectrum_of(const Eigen::Matrix<double, N, N> &matrix);
template <>
Spectrum<2> spectrum_of(const Eigen::Matrix2d &matrix);

// The largest size of an eigenvalue of any matrix.
double spectral_radius(const Eigen::MatrixXd &matrix);

// Solves equations with a symmetric matrix, of which the lower triangle is read, by Cholesky's L D L'.
class SymmetricSolver {
public:
    explicit SymmetricSolver(const Eigen::MatrixXd &matrix);
    Eigen::VectorXd operator()(const Eigen::VectorXd &right) const;
    Eigen::MatrixXd operator()(const Eigen::MatrixXd &right) const;

private:
    Eigen::LDLT<Eigen::MatrixXd> factor_;
};

// Where a symmetric matrix is flattest: its eigenvalue of least size, and the coordinate with the largest part of that direction.
struct Flattest {
    double curvature;
    int coordinate;
};
Flattest flattest_of(const Eigen::MatrixXd &matrix);

}  // namespace cltv
