#include "core/fit/regression.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/sort_rows.hpp"
#include "core/fit/matrices.hpp"

namespace cltv {

std::vector<double> coded_rows(const FeatureSet &set, const Coding &coding, int ones, Stop stop) {
    const std::size_t n = static_cast<std::size_t>(ones + coding.size());
    std::vector<double> x(n * set.attribute_rows);
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        double *const values = x.data() + n * row;
        std::fill(values, values + ones, 1.0);
        for (std::uint32_t column = 0; column < set.n_attributes(); ++column) {
            const Coding::Entry entry = coding.entry(row, column);
            if (entry.coefficient >= 0) values[ones + entry.coefficient] = entry.value;
        }
    }
    return x;
}

int lost_coordinate(const Ascent<Eigen::Dynamic> &ascent, const Eigen::VectorXd &centre) {
    int subject = -1;
    if (ascent.escaped) {
        (ascent.point - centre).cwiseAbs().maxCoeff(&subject);
    } else if (ascent.surface.hessian.allFinite()) {
        const Flattest flattest = flattest_of(ascent.surface.hessian);
        if (flattest.curvature < 1 / (largest_coefficient_error * largest_coefficient_error)) subject = flattest.coordinate;
    }
    return subject;
}

bool is_known(const Ascent<Eigen::Dynamic> &ascent, Eigen::MatrixXd &covariance) {
    if (!ascent.settled || ascent.escaped) return false;
    covariance = inverse_of(-ascent.surface.hessian);
    return covariance.allFinite() && covariance.diagonal().minCoeff() >= 0 &&
           covariance.diagonal().maxCoeff() < largest_coefficient_error * largest_coefficient_error;
}

void put_estimates(Fit &fit, const Eigen::VectorXd &parameters, const Eigen::MatrixXd &covariance,
                   const Eigen::MatrixXd &jacobian) {
    const Eigen::MatrixXd natural = transformed(jacobian, covariance);
    fit.parameters.assign(parameters.data(), parameters.data() + parameters.size());
    fit.states.assign(fit.parameters.size(), ParameterState::estimated);
    for (int i = 0; i < parameters.size(); ++i)
        for (int j = 0; j <= i; ++j) fit.covariance.push_back(natural(i, j));
}

Fit with_design(Fit fit, const Coding &coding) {
    fit.design = coding.design();
    return fit;
}

std::vector<std::uint32_t> levels_of_rows(const FeatureSet &set, int column) {
    std::vector<std::uint32_t> levels(set.attribute_rows);
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        const double level = set.attributes(row)[column];
        levels[row] = std::isnan(level) ? set.levels : static_cast<std::uint32_t>(level);
    }
    return levels;
}

int label_column(const FeatureSet &set, const char *name) {
    const Text wanted = {name, std::strlen(name)};
    for (std::uint32_t column = set.n_attributes(); column < set.n_columns; ++column)
        if (set.name(column) == wanted) return static_cast<int>(column);
    return -1;
}

}  // namespace cltv
