// Expected purchases of one customer within many horizons at once: what depends on the customer's past is computed
// once.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/fit/family.hpp"

namespace cltv {

// expected[i]: what family.expected_purchases gives for horizons[i], up to a few last digits (relative difference below
// 1e-12); the horizons may come in any order, and do not influence each other's results.
void expected_purchases_at(const OrdersFamily &family, const double *p, const Customer &customer, View<double> horizons,
                           double *expected);

}  // namespace cltv
