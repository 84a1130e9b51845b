// Predictions of many customers under one model: what does not depend on when each bought last is worked out once for all who have
// frequency and tenure in common, as many do where times are whole days. The same numbers as family.hpp's functions, to the
// last bit.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/memo.hpp"
#include "core/fit/family.hpp"

namespace cltv {

double recalled_prob_alive(const OrdersFamily &family, const double *p, const Customer &customer, Memo &memo);
double recalled_prob_dead(const OrdersFamily &family, const double *p, const Customer &customer, Memo &memo);
double recalled_no_purchase(const OrdersFamily &family, const double *p, const Customer &customer, double horizon, Memo &memo);
double recalled_purchases(const OrdersFamily &family, const double *p, const Customer &customer, double horizon, Memo &memo);
double recalled_alive_after(const OrdersFamily &family, const double *p, const Customer &customer, double horizon, Memo &memo);
double recalled_discounted(const OrdersFamily &family, const double *p, const Customer &customer, double horizon,
                           double discount, Memo &memo);
double recalled_pmf(const OrdersFamily &family, const double *p, const Customer &customer, double horizon, double n,
                    Memo &memo);

}  // namespace cltv
