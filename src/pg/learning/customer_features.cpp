// The standard attributes of customers for learners.
#include "core/learning/customer_features.hpp"

#include <cmath>
#include <cstring>

#include "pg/base/guard.hpp"
#include "pg/base/result.hpp"
#include "pg/history/purchase_history.hpp"
#include "pg/rows/features.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// For a history with purchases.
CustomerFeatures checked_features(const PurchaseHistory &history, Day as_of) {
    check_as_of(history, as_of);
    CustomerFeatures f;
    guarded([&] { f = customer_features(history, as_of, interrupt_pending); });
    if (std::isinf(f.revenue))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("the sum of the amounts of one customer is out of range"),
                        errhint("Look for amounts near 1e308 among the orders.")));
    return f;
}

struct Column {
    const char *name;
    double value;
};

// By name in ascending order, as in features.
template <int n>
Datum features_from(const Column (&columns)[n]) {
    NamedPlace names[n];
    FeatureValue values[n];
    for (int i = 0; i < n; ++i) {
        names[i] = {{columns[i].name, std::strlen(columns[i].name)}, i};
        values[i] = {FeatureKind::number, columns[i].value, {}};
    }
    return PointerGetDatum(features_of(names, n, values));
}

// What grows by factors enters by its logarithm. Money that is unknown, or was refunded, counts as 0.
double log_money(double amount) { return amount > 0 ? std::log1p(amount) : 0; }

}  // namespace

// (history, as_of)
CLTV_FUNCTION(cltv_customer_features) {
    const PurchaseHistory &history = *history_argument(fcinfo, 0);
    const Day as_of = as_of_argument(fcinfo, 1);
    if (history.used == 0) PG_RETURN_NULL();
    const CustomerFeatures f = checked_features(history, as_of);
    return row_or_error(fcinfo, {count(f.purchases), count(f.orders), number(f.revenue), number(f.mean_spend),
                                 number(f.first_spend), number(f.tenure), number(f.recency), number(f.silence),
                                 number(f.mean_gap), number(f.gap_deviation), number(f.silence_ratio),
                                 number(f.recent_share), number(f.trend), count(f.first_month)});
}

// (history, as_of)
CLTV_FUNCTION(cltv_learner_features) {
    const PurchaseHistory &history = *history_argument(fcinfo, 0);
    const Day as_of = as_of_argument(fcinfo, 1);
    if (history.used == 0) PG_RETURN_NULL();
    const CustomerFeatures f = checked_features(history, as_of);
    return features_from({{"log_gap", std::log1p(f.mean_gap)},
                          {"log_purchases", std::log(f.purchases)},
                          {"log_revenue", log_money(f.revenue)},
                          {"log_silence", std::log1p(f.silence)},
                          {"log_tenure", std::log1p(f.tenure)},
                          {"recent_share", f.recent_share},
                          {"trend", f.trend}});
}

// (history, as_of): recency, frequency and monetary value; the latter is the mean spend, because the sum would repeat
// the frequency
CLTV_FUNCTION(cltv_cluster_features) {
    const PurchaseHistory &history = *history_argument(fcinfo, 0);
    const Day as_of = as_of_argument(fcinfo, 1);
    if (history.used == 0) PG_RETURN_NULL();
    const CustomerFeatures f = checked_features(history, as_of);
    return features_from({{"log_purchases", std::log(f.purchases)},
                          {"log_silence", std::log1p(f.silence)},
                          {"log_spend", log_money(f.mean_spend)}});
}
