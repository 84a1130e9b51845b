// The attributes of customers that learners are given.
#include "core/learning/customer_features.hpp"

#include <cmath>

#include "pg/base/guard.hpp"
#include "pg/base/result.hpp"
#include "pg/history/purchase_history.hpp"

using namespace cltv;
using namespace cltv::pg;

// (history, as_of)
CLTV_FUNCTION(cltv_customer_features) {
    const PurchaseHistory &history = *history_argument(fcinfo, 0);
    const Day as_of = as_of_argument(fcinfo, 1);
    if (history.used == 0) PG_RETURN_NULL();
    check_as_of(history, as_of);
    CustomerFeatures f;
    guarded([&] { f = customer_features(history, as_of, interrupt_pending); });
    if (std::isinf(f.revenue))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("the sum of the amounts of one customer is out of range"),
                        errhint("Look for amounts near 1e308 among the orders.")));
    return row_or_error(fcinfo, {count(f.purchases), count(f.orders), number(f.revenue), number(f.mean_spend),
                                 number(f.first_spend), number(f.tenure), number(f.recency), number(f.silence),
                                 number(f.mean_gap), number(f.gap_deviation), number(f.silence_ratio),
                                 number(f.recent_share), number(f.trend), count(f.first_month)});
}
