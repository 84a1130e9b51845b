// What regressions on attributes have in common: fits whose coefficients are searched for in coordinates in which
// numbers have mean 0 and standard deviation 1.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"
#include "core/rows/coding.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// In these coordinates: no effect is larger than this, and none with a larger error is known.
constexpr double farthest_coefficient = 16.1, largest_coefficient_error = 30;

// The rows of attributes of a sorted set without missing numbers, one after the other, each with `ones` ones before its
// coefficients. Throws Stopped.
std::vector<double> coded_rows(const FeatureSet &set, const Coding &coding, int ones, Stop stop);

// The coordinate that ran away, or along which the function is flat, in a search that found no maximum; -1: none.
int lost_coordinate(const Ascent<Eigen::Dynamic> &ascent, const Eigen::VectorXd &centre);

// Whether a search has settled where all coordinates are determined, and their covariance.
bool is_known(const Ascent<Eigen::Dynamic> &ascent, Eigen::MatrixXd &covariance);

// Sets parameters that are all estimated, from the covariance in the search's coordinates and the parameters'
// derivatives in these.
void put_estimates(Fit &fit, const Eigen::VectorXd &parameters, const Eigen::MatrixXd &covariance,
                   const Eigen::MatrixXd &jacobian);

// The fit together with the design to which its coefficients belong.
Fit with_design(Fit fit, const Coding &coding);

// For each row of attributes the level of a label, which is a column of the set; rows without one get the last number.
std::vector<std::uint32_t> levels_of_rows(const FeatureSet &set, int column);

// The number of a label's column; -1 where the set has none of that name.
int label_column(const FeatureSet &set, const char *name);

}  // namespace cltv
