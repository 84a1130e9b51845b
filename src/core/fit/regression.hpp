// What regressions on attributes have in common: fits whose coefficients are searched in coordinates in which numbers
// have mean 0 and standard deviation 1.
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

// In these coordinates: beyond these nobody has an effect, or knows it.
constexpr double farthest_coefficient = 16.1, largest_coefficient_error = 30;

// The rows of attributes of a sorted set without missing numbers, one after the other, each with so many ones before
// its coefficients. Throws Stopped.
std::vector<double> coded_rows(const FeatureSet &set, const Coding &coding, int ones, Stop stop);

// Where a search got that found no maximum: the coordinate that ran away, or along which all is flat; -1: none.
int lost_coordinate(const Ascent<Eigen::Dynamic> &ascent, const Eigen::VectorXd &centre);

// Whether a search has settled where all coordinates are known, and their covariance.
bool is_known(const Ascent<Eigen::Dynamic> &ascent, Eigen::MatrixXd &covariance);

// Parameters that are all estimated, from a covariance of the search and how the parameters move with its coordinates.
void put_estimates(Fit &fit, const Eigen::VectorXd &parameters, const Eigen::MatrixXd &covariance,
                   const Eigen::MatrixXd &jacobian);

// The fit with the design that its coefficients are of.
Fit with_design(Fit fit, const Coding &coding);

// The rows of attributes by the level of a label, a column of the set; those without one come last.
std::vector<std::uint32_t> levels_of_rows(const FeatureSet &set, int column);

// The number of the column of a label; -1 where the set has none of that name.
int label_column(const FeatureSet &set, const char *name);

}  // namespace cltv
