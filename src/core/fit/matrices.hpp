// What is done with matrices of any size, compiled once: each of these takes a compiler seconds.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/eigen.hpp"

namespace cltv {

// By Gaussian elimination with pivots.
Eigen::MatrixXd inverse_of(const Eigen::MatrixXd &matrix);

// J C J', the covariance of what moves with the coordinates of C as J says.
Eigen::MatrixXd transformed(const Eigen::MatrixXd &jacobian, const Eigen::MatrixXd &covariance);

// Eigenvalues of a symmetric matrix, ascending, and their directions.
template <int N>
struct Spectrum {
    Eigen::Matrix<double, N, 1> values;
    Eigen::Matrix<double, N, N> vectors;
};
Spectrum<Eigen::Dynamic> spectrum_of_any(const Eigen::MatrixXd &matrix);

// Where a symmetric matrix is flattest: its eigenvalue of least size, and the coordinate with the largest part of that direction.
struct Flattest {
    double curvature;
    int coordinate;
};
Flattest flattest_of(const Eigen::MatrixXd &matrix);

}  // namespace cltv
