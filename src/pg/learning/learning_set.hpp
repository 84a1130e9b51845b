// The customers to which a response is fitted, and the end of these fits.
#pragma once

#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/rows/feature_set.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/postgres.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/cltv_model.hpp"

namespace cltv::pg {

// What a family requires of its responses.
enum class Asks { nothing, yes_or_no, counts, amounts, positive_amounts };

// (base, ...): sorted, with attributes and responses as required; raises 22023.
const FeatureSet &checked_set(FunctionCallInfo fcinfo, const Family &family, Asks asks);

// Errors about arguments of fits, 22023. what: the function, such as "boost_fit", that takes no offset, since that
// belongs to a predictor on a logarithmic scale, on that of log odds or on that of the response.
[[noreturn]] void raise_setting(const char *name, const char *value, const char *wanted, const char *hint);
uint64 checked_seed(int64 seed);
void check_no_offsets(const FeatureSet &set, const char *what);

// The model that fit(set, stop) -> Fit makes of such a set; NULL if there are no customers.
template <class FitSet>
Datum fit_set(FunctionCallInfo fcinfo, const Family &family, const FeatureSet &set, FitSet &&fit) {
    if (set.used == 0) PG_RETURN_NULL();
    StoredModel *model;
    guarded([&] { model = store(family, with_skipped(fit(set, interrupt_pending), set)); });
    report(fcinfo, family, *model);
    PG_RETURN_POINTER(model);
}

// (base, ...)
template <class FitSet>
Datum fit_learning(FunctionCallInfo fcinfo, const Family &family, Asks asks, FitSet &&fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    return fit_set(fcinfo, family, checked_set(fcinfo, family, asks), fit);
}

}  // namespace cltv::pg
