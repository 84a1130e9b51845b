#include "core/fit/matrices.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>

namespace cltv {

Eigen::MatrixXd inverse_of(const Eigen::MatrixXd &matrix) { return matrix.inverse(); }

Eigen::MatrixXd product_of(const Eigen::MatrixXd &a, const Eigen::MatrixXd &b) { return a * b; }

Eigen::MatrixXd transformed(const Eigen::MatrixXd &jacobian, const Eigen::MatrixXd &covariance) {
    return jacobian * covariance * jacobian.transpose();
}

template <int N>
Spectrum<N> spectrum_of(const Eigen::Matrix<double, N, N> &matrix) {
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix<double, N, N>> eigen(matrix);
    return {eigen.eigenvalues(), eigen.eigenvectors()};
}

// A matrix of two is tridiagonal as it stands: the same digits, without compiling what makes one so.
template <>
Spectrum<2> spectrum_of(const Eigen::Matrix2d &matrix) {
    double scale = std::fmax(matrix.diagonal().cwiseAbs().maxCoeff(), std::fabs(matrix(1, 0)));
    if (scale == 0) scale = 1;
    Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> eigen;
    eigen.computeFromTridiagonal(matrix.diagonal() / scale, Eigen::Matrix<double, 1, 1>(matrix(1, 0) / scale));
    return {eigen.eigenvalues() * scale, eigen.eigenvectors()};
}

template Spectrum<1> spectrum_of<1>(const Eigen::Matrix<double, 1, 1> &);
template Spectrum<3> spectrum_of<3>(const Eigen::Matrix3d &);
template Spectrum<4> spectrum_of<4>(const Eigen::Matrix4d &);
template Spectrum<Eigen::Dynamic> spectrum_of<Eigen::Dynamic>(const Eigen::MatrixXd &);

double spectral_radius(const Eigen::MatrixXd &matrix) { return matrix.eigenvalues().cwiseAbs().maxCoeff(); }

SymmetricSolver::SymmetricSolver(const Eigen::MatrixXd &matrix) : factor_(matrix) {}
Eigen::VectorXd SymmetricSolver::operator()(const Eigen::VectorXd &right) const { return factor_.solve(right); }
Eigen::MatrixXd SymmetricSolver::operator()(const Eigen::MatrixXd &right) const { return factor_.solve(right); }

Flattest flattest_of(const Eigen::MatrixXd &matrix) {
    const Spectrum<Eigen::Dynamic> spectrum = spectrum_of<Eigen::Dynamic>(matrix);
    Flattest flattest;
    int direction;
    flattest.curvature = spectrum.values.cwiseAbs().minCoeff(&direction);
    spectrum.vectors.col(direction).cwiseAbs().maxCoeff(&flattest.coordinate);
    return flattest;
}

}  // namespace cltv
