#include "core/purchases/orders_fit.hpp"

#include "pg/fit/fit.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

// (base [, prior])
CLTV_FUNCTION(cltv_orders_fit) { return fit_best<CustomerCount>(fcinfo, fit_orders); }
