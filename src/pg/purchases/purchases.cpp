// Predictions of a model of orders.
#include <cmath>
#include <new>

#include "core/fit/interval.hpp"
#include "core/purchases/recalled_interval.hpp"
#include "core/purchases/recalled_orders.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/fit/rows_memo.hpp"
#include "pg/purchases/expected_purchases.hpp"

using namespace cltv;
using namespace cltv::pg;

Datum cltv::pg::expected_purchases(FunctionCallInfo fcinfo, const StoredModel *model) {
    const OrdersFamily &family = orders_family(*model);
    const Customer customer = customer_arguments(fcinfo, 1, family);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(4), family);
    if (!model->is_usable()) PG_RETURN_NULL();
    Memo &memo = rows_memo(fcinfo).memo;
    PG_RETURN_FLOAT8(predicted([&] { return recalled_purchases(family, model->parameters(), customer, horizon, memo); }));
}

namespace {

constexpr Customer new_customer = {0, 0, 0};

// (model, frequency, recency, tenure) -> a number.
template <class Quantity>
Datum of_customer(FunctionCallInfo fcinfo, Quantity &&quantity) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const OrdersFamily &family = orders_family(*model);
    const Customer customer = customer_arguments(fcinfo, 1, family);
    if (!model->is_usable()) PG_RETURN_NULL();
    Memo &memo = rows_memo(fcinfo).memo;
    PG_RETURN_FLOAT8(predicted([&] { return quantity(family, model->parameters(), customer, memo); }));
}

Datum pmf(const StoredModel *model, const Customer &customer, double horizon, double n, FunctionCallInfo fcinfo) {
    const OrdersFamily &family = orders_family(*model);
    if (!model->is_usable()) PG_RETURN_NULL();
    Memo &memo = rows_memo(fcinfo).memo;
    PG_RETURN_FLOAT8(predicted([&] { return recalled_pmf(family, model->parameters(), customer, horizon, n, memo); }));
}

// What intervals keep from row to row, if the caller keeps fn_extra: the type of their rows and the quantile of a
// level, each of which takes as long as an interval does, and a memo.
struct IntervalRows {
    TupleDesc descriptor;
    double level, quantile;
    GradientMemo memo;
};

constexpr int n_bounds = 3;

IntervalRows &interval_rows(FunctionCallInfo fcinfo) {
    auto *rows = static_cast<IntervalRows *>(fcinfo->flinfo->fn_extra);
    if (likely(rows != nullptr && !rows->memo.crowded())) return *rows;
    const MemoryContext context = fcinfo->flinfo->fn_mcxt;
    if (rows == nullptr) {
        const MemoryContext before = MemoryContextSwitchTo(context);
        TupleDesc descriptor = nullptr;
        bool fits = get_call_result_type(fcinfo, nullptr, &descriptor) == TYPEFUNC_COMPOSITE && descriptor->natts == n_bounds;
        for (int i = 0; fits && i < n_bounds; ++i) fits = TupleDescAttr(descriptor, i)->atttypid == FLOAT8OID;
        if (!fits)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("the result type of a function is not the one that the extension created"),
                            errhint("Undo what altered the type since the extension created it.")));
        rows = new (palloc(sizeof(IntervalRows))) IntervalRows{};
        rows->descriptor = BlessTupleDesc(descriptor);
        MemoryContextSwitchTo(before);
        fcinfo->flinfo->fn_extra = rows;
    }
    grow(rows->memo, context);
    return *rows;
}

// A row (lower, estimate, upper), as row_or_error makes it.
Datum interval_row(const IntervalRows &rows, const ConfidenceInterval &interval) {
    constexpr int n = n_bounds;
    const double numbers[n] = {interval.lower, interval.estimate, interval.upper};
    Datum values[n];
    bool nulls[n];
    for (int i = 0; i < n; ++i) {
        nulls[i] = std::isnan(numbers[i]);
        values[i] = nulls[i] ? Datum{0} : Float8GetDatum(numbers[i]);
    }
    return HeapTupleGetDatum(heap_form_tuple(rows.descriptor, values, nulls));
}

}  // namespace

// (model, frequency, recency, tenure)
CLTV_FUNCTION(cltv_prob_alive) { return of_customer(fcinfo, recalled_prob_alive); }
CLTV_FUNCTION(cltv_churn_prob) { return of_customer(fcinfo, recalled_prob_dead); }
CLTV_FUNCTION(cltv_log_likelihood_customer) {
    return of_customer(fcinfo, [](const OrdersFamily &family, const double *p, const Customer &customer, Memo &) {
        return family.log_likelihood(p, customer);
    });
}

// (model, frequency, recency, tenure, horizon)
CLTV_FUNCTION(cltv_churn_prob_horizon) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const OrdersFamily &family = orders_family(*model);
    const Customer customer = customer_arguments(fcinfo, 1, family);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(4), family);
    if (!model->is_usable()) PG_RETURN_NULL();
    Memo &memo = rows_memo(fcinfo).memo;
    PG_RETURN_FLOAT8(predicted([&] { return recalled_no_purchase(family, model->parameters(), customer, horizon, memo); }));
}

CLTV_FUNCTION(cltv_expected_purchases) { return expected_purchases(fcinfo, model_argument(fcinfo, 0)); }

// (model, horizon)
CLTV_FUNCTION(cltv_expected_purchases_new) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const OrdersFamily &family = orders_family(*model);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(1), family);
    if (!model->is_usable()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return family.expected_purchases(model->parameters(), new_customer, horizon); }));
}

// (model, frequency, recency, tenure, horizon)
CLTV_FUNCTION(cltv_prob_alive_horizon) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const OrdersFamily &family = orders_family(*model);
    const Customer customer = customer_arguments(fcinfo, 1, family);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(4), family);
    if (!model->is_usable()) PG_RETURN_NULL();
    Memo &memo = rows_memo(fcinfo).memo;
    PG_RETURN_FLOAT8(predicted([&] { return recalled_alive_after(family, model->parameters(), customer, horizon, memo); }));
}

// (model, n, horizon)
CLTV_FUNCTION(cltv_purchase_pmf_new) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const double n = purchases_argument(fcinfo, 1);
    return pmf(model, new_customer, checked_horizon(PG_GETARG_FLOAT8(2), orders_family(*model)), n, fcinfo);
}

// (model, frequency, recency, tenure, horizon, n)
CLTV_FUNCTION(cltv_purchase_pmf) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const OrdersFamily &family = orders_family(*model);
    const Customer customer = customer_arguments(fcinfo, 1, family);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(4), family);
    return pmf(model, customer, horizon, purchases_argument(fcinfo, 5), fcinfo);
}

// (model, frequency, recency, tenure, horizon, level, purchases, dropout) -> (lower, estimate, upper)
CLTV_FUNCTION(cltv_expected_purchases_interval) {
    for (int i = 0; i < 6; ++i)
        if (PG_ARGISNULL(i)) PG_RETURN_NULL();
    const StoredModel &model = *model_argument(fcinfo, 0);
    const OrdersFamily &family = any_orders_family(model);
    const Customer customer = customer_arguments(fcinfo, 1, family);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(4), family);
    const double level = level_argument(fcinfo, 5);
    double own[most_form_parameters];
    if (customer_parameters(fcinfo, model, 6, {Role::purchases, Role::dropout}, own) == nullptr) PG_RETURN_NULL();

    IntervalRows &rows = interval_rows(fcinfo);
    const CustomerAttributes attributes(fcinfo, model, 6);
    ConfidenceInterval interval = {0, 0, 0};  // over a horizon of 0 nothing happens, whatever the parameters
    guarded([&] {
        if (horizon == 0) return;
        if (rows.level != level) {
            rows.quantile = normal_quantile(level);
            rows.level = level;
        }
        if (recalled_interval(family, model.view(), customer, horizon, rows.quantile, rows.memo, interval)) return;
        interval = delta_interval(
            [&](const double *p) {
                double here[most_form_parameters];
                attributes.own(p, here);
                return family.expected_purchases(here, customer, horizon);
            },
            model.view(), level);
    });
    if (std::isnan(interval.estimate)) raise_unpredictable();
    // A model from given parameters, not fitted, has no standard errors; nor does an infinite number have an interval.
    return interval_row(rows, interval);
}
