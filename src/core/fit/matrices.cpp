#include "core/fit/matrices.hpp"

namespace cltv {

Eigen::MatrixXd inverse_of(const Eigen::MatrixXd &matrix) { return matrix.inverse(); }

Eigen::MatrixXd transformed(const Eigen::MatrixXd &jacobian, const Eigen::MatrixXd &covariance) {
    return jacobian * covariance * jacobian.transpose();
}

Spectrum<Eigen::Dynamic> spectrum_of_any(const Eigen::MatrixXd &matrix) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(matrix);
    return {eigen.eigenvalues(), eigen.eigenvectors()};
}

Flattest flattest_of(const Eigen::MatrixXd &matrix) {
    const Spectrum<Eigen::Dynamic> spectrum = spectrum_of_any(matrix);
    Flattest flattest;
    int direction;
    flattest.curvature = spectrum.values.cwiseAbs().minCoeff(&direction);
    spectrum.vectors.col(direction).cwiseAbs().maxCoeff(&flattest.coordinate);
    return flattest;
}

}  // namespace cltv
