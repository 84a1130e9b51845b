// Segments of customers whose parameters resemble one another: the prior that they make, and the fit of one under it.
// See core/fit/pool.hpp.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/model.hpp"
#include "core/purchases/purchase_search.hpp"

namespace cltv {

// Each segment must be sorted by frequency; without segments the fit refuses. Their order does not matter. Throws
// Stopped.
Fit pool_purchases(View<View<CustomerCount>> segments, const PurchaseSearch &search, Stop stop);

// prior: a model that pool_purchases made of the same search. Throws Stopped.
Fit fit_purchases_pooled(View<CustomerCount> customers, const PurchaseSearch &search, const ModelView &prior, Stop stop);

}  // namespace cltv
