// Predictions for many customers under one model. What does not depend on the day of the last purchase is computed once
// for all customers with the same frequency and tenure, of whom there are many where times are whole days. The numbers
// are the same as those of family.hpp's functions, to the last bit.
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
