// Discounted purchases of the customer of beta_geometric.hpp. Each function returns false where it would lose digits;
// relative error below 1e-12.
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv::beta_geometric {

// Over all time ahead, in closed form, kappa > 0.
bool discounted_for_ever(double m, double a, double g, double kappa, double &discounted);

// Within y, which may be infinite, from the expectations along ExpectedPath.
bool discounted_along_path(double m, double a, double g, double y, double kappa, double &discounted);

}  // namespace cltv::beta_geometric
