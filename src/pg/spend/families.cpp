// The functions common to all models of spend, and NAME_fit, NAME_model and NAME_predict of every family.
#include "core/families.hpp"

#include <cmath>

#include "core/fit/interval.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/fit.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/spend_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

void positive_row(const SpendCount &row) {
    checked_spend("monetary_value", row.spend.monetary_value, false);
    checked_spend("first_value", row.spend.first_value, false);
}

void check_rows(FunctionCallInfo fcinfo, const Family &family) {
    // A spend_base may hold amounts below 0.
    if (!family.spend->any_sign && !PG_ARGISNULL(0)) for_each_row(value_argument<SpendBase>(fcinfo, 0), positive_row);
}

Datum fit_spend(FunctionCallInfo fcinfo, const Family &family) {
    check_rows(fcinfo, family);
    return fit_base<SpendCount>(fcinfo, family, family.fit_spend);
}

// (model, frequency, monetary_value, first_value, spend) -> the expected spend per purchase of the model.
Datum predict(FunctionCallInfo fcinfo, const StoredModel &model) {
    const SpendFamily &spends = any_spend_family(model);
    const Spend spend = spend_arguments(fcinfo, 1, 2, 3, spends);
    double own[most_form_parameters];
    const double *const parameters = customer_parameters(fcinfo, model, 4, {Role::spend}, own);
    if (parameters == nullptr) PG_RETURN_NULL();
    const double expected = expected_spend(spends, parameters, spend);
    if (std::isinf(expected)) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(expected);
}

bool is_asked(FunctionCallInfo fcinfo) { return !PG_ARGISNULL(0) && !PG_ARGISNULL(1); }

}  // namespace

#define CLTV_DEFINE(name)                                                            \
    CLTV_FUNCTION(cltv_##name##_fit) { return fit_spend(fcinfo, name::family); }     \
    CLTV_FUNCTION(cltv_##name##_pool) {                                              \
        return pool_bases<SpendCount>(fcinfo, name::family, name::family.pool_spend, positive_row); \
    }                                                                                \
    CLTV_FUNCTION(cltv_##name##_fit_pooled) {                                        \
        check_rows(fcinfo, name::family);                                            \
        return fit_pooled<SpendCount>(fcinfo, name::family, name::family.fit_spend_pooled); \
    }                                                                                \
    CLTV_FUNCTION(cltv_##name##_model) { return given_model(name::family, fcinfo); } \
    CLTV_FUNCTION(cltv_##name##_predict) {                                           \
        if (!is_asked(fcinfo)) PG_RETURN_NULL();                                     \
        return predict(fcinfo, *model_argument(fcinfo, 0, name::family));            \
    }                                                                                \
    CLTV_FUNCTION(cltv_##name##_fit_features) { return fit_features(fcinfo, name::family); }
CLTV_SPEND_FAMILIES(CLTV_DEFINE)

CLTV_FUNCTION(cltv_expected_spend) {
    if (!is_asked(fcinfo)) PG_RETURN_NULL();
    return predict(fcinfo, *model_argument(fcinfo, 0));
}

// (model, frequency, monetary_value, first_value, level, spend) -> lower, estimate, upper
CLTV_FUNCTION(cltv_expected_spend_interval) {
    if (!is_asked(fcinfo) || PG_ARGISNULL(4)) PG_RETURN_NULL();
    const StoredModel &model = *model_argument(fcinfo, 0);
    const SpendFamily &spends = any_spend_family(model);
    const Spend spend = spend_arguments(fcinfo, 1, 2, 3, spends);
    const double level = level_argument(fcinfo, 4);
    double own[most_form_parameters];
    if (customer_parameters(fcinfo, model, 5, {Role::spend}, own) == nullptr) PG_RETURN_NULL();
    ConfidenceInterval interval = {0, 0, 0};
    const auto interval_of = [&](auto &&expected) {
        guarded([&] { interval = delta_interval(expected, model.view(), level, spends.any_sign); });
    };
    if (model.design_size == 0) {
        interval_of([&](const double *p) { return spends.expected_spend(p, spend); });
    } else {
        const CustomerAttributes attributes(fcinfo, model, 5, {Role::spend});
        interval_of([&](const double *p) {
            double here[most_form_parameters];
            attributes.own(p, here);
            return spends.expected_spend(here, spend);
        });
    }
    if (std::isnan(interval.estimate)) raise_unpredictable();
    if (std::isinf(interval.estimate)) PG_RETURN_NULL();
    TupleDesc row;
    get_call_result_type(fcinfo, nullptr, &row);
    Datum columns[3] = {Float8GetDatum(interval.lower), Float8GetDatum(interval.estimate),
                        Float8GetDatum(interval.upper)};
    bool nulls[3] = {std::isnan(interval.lower), false, std::isnan(interval.upper)};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), columns, nulls)));
}
