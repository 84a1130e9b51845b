// The uncertainty of the expected purchases of many customers under one model: as in recalled_orders.hpp, what does not
// depend on recency is computed once.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/memo.hpp"
#include "core/fit/family.hpp"
#include "core/fit/interval.hpp"
#include "core/fit/model.hpp"

namespace cltv {

// A number and the derivatives of its logarithm in four parameters.
using GradientMemo = MemoOf<5>;

// The interval of the expected purchases within the horizon, on the logarithmic scale by the delta method, with this
// quantile of the normal distribution (see normal_quantile), for a fit of BG/NBD, MBG/NBD or Pareto/NBD without
// attributes and calendar. False for other models, and where there is no such error or it is computed in another way.
// The same bits with and without slots.
bool recalled_interval(const OrdersFamily &family, const ModelView &model, const Customer &customer, double horizon,
                       double quantile, GradientMemo &memo, ConfidenceInterval &interval);

}  // namespace cltv
