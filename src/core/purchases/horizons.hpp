// Expected purchases of one customer within many horizons at once: what the customer's past says is worked out once.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/fit/family.hpp"

namespace cltv {

// expected[i]: what family.expected_purchases says of horizons[i], but for a few last digits (relative difference below
// 1e-12); in whatever order they come, and whatever the others are.
void expected_purchases_at(const OrdersFamily &family, const double *p, const Customer &customer, View<double> horizons,
                           double *expected);

}  // namespace cltv
