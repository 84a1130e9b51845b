// NAME_fit, NAME_model and NAME_predict of every family of models of orders.
#include "core/families.hpp"
#include "pg/fit/fit.hpp"
#include "pg/purchases/expected_purchases.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

Datum fit_orders(FunctionCallInfo fcinfo, const Family &family) {
    // A customer_base may hold customers of continuous time.
    if (family.orders->discrete && !PG_ARGISNULL(0))
        for_each_row(value_argument<CustomerBase>(fcinfo, 0),
                     [](const CustomerCount &row) { checked_discrete(row.customer); });
    return fit_base<CustomerCount>(fcinfo, family, family.fit_orders);
}

void any_row(const CustomerCount &) {}

}  // namespace

#define CLTV_DEFINE(name)                                                                         \
    CLTV_FUNCTION(cltv_##name##_fit) { return fit_orders(fcinfo, name::family); }                 \
    CLTV_FUNCTION(cltv_##name##_pool) {                                                           \
        return pool_bases<CustomerCount>(fcinfo, name::family, name::family.pool_orders, any_row); \
    }                                                                                             \
    CLTV_FUNCTION(cltv_##name##_fit_pooled) {                                                     \
        return fit_pooled<CustomerCount>(fcinfo, name::family, name::family.fit_orders_pooled);   \
    }                                                                                             \
    CLTV_FUNCTION(cltv_##name##_model) { return given_model(name::family, fcinfo); } \
    CLTV_FUNCTION(cltv_##name##_predict) {                                           \
        return expected_purchases(fcinfo, model_argument(fcinfo, 0, name::family));  \
    }
CLTV_ORDERS_FAMILIES(CLTV_DEFINE)
