// The discounted time that a customer who leaves at a gamma-distributed rate is expected to stay.
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv {

// The integral over 0..y, which may be infinite, of (1 + t)^-s e^(-x t) dt for s, x > 0, in closed form: false where that
// loses digits. Relative error below 1e-13.
bool discounted_stay(double s, double y, double x, double &stay);

}  // namespace cltv
