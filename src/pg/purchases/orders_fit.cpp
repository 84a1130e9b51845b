#include "core/purchases/orders_fit.hpp"

#include "core/families.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/fit.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

// (base [, prior])
CLTV_FUNCTION(cltv_orders_fit) { return fit_best<CustomerCount>(fcinfo, fit_orders); }
// BG/NBD stands for all: it knows everything that attributes of orders may act on.
CLTV_FUNCTION(cltv_orders_fit_features) { return fit_best_features(fcinfo, bgnbd::family, fit_orders_attributes); }
