// Models of orders with attributes: NAME_fit for customers with features, and predictions that use them.
#include "pg/fit/attributes.hpp"

#include <cmath>

#include "core/base/special.hpp"
#include "core/families.hpp"
#include "pg/base/result.hpp"
#include "pg/fit/predictions.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

bool any_null(FunctionCallInfo fcinfo, int n) {
    for (int i = 0; i < n; ++i)
        if (PG_ARGISNULL(i)) return true;
    return false;
}

constexpr Customer new_customer = {0, 0, 0};

// The result of compute for the customer's own parameters; NULL where they are unknown.
template <class Compute>
Datum of_attributes(FunctionCallInfo fcinfo, const StoredModel &model, int purchases, Compute &&compute) {
    const CustomerAttributes attributes(fcinfo, model, purchases);
    if (!model.is_usable() || !attributes.known()) PG_RETURN_NULL();
    const OrdersFamily &family = any_orders_family(model);
    double own[most_form_parameters];
    attributes.own(model.parameters(), own);
    PG_RETURN_FLOAT8(predicted([&] { return compute(family, own); }));
}

// (model, frequency, recency, tenure, purchases, dropout)
Datum of_customer(FunctionCallInfo fcinfo, double (*OrdersFamily::*quantity)(const double *, const Customer &)) {
    if (any_null(fcinfo, 4)) PG_RETURN_NULL();
    const StoredModel &model = model_of_rows(fcinfo, 0);
    const Customer customer = customer_arguments(fcinfo, 1, any_orders_family(model));
    return of_attributes(fcinfo, model, 4, [&](const OrdersFamily &family, const double *own) {
        return (family.*quantity)(own, customer);
    });
}

// (model, frequency, recency, tenure, horizon, purchases, dropout)
Datum within_horizon(FunctionCallInfo fcinfo, double (*OrdersFamily::*quantity)(const double *, const Customer &, double)) {
    if (any_null(fcinfo, 5)) PG_RETURN_NULL();
    const StoredModel &model = model_of_rows(fcinfo, 0);
    const Customer customer = customer_arguments(fcinfo, 1, any_orders_family(model));
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(4), any_orders_family(model));
    return of_attributes(fcinfo, model, 5, [&](const OrdersFamily &family, const double *own) {
        return (family.*quantity)(own, customer, horizon);
    });
}

[[noreturn]] void raise_not_nested(const char *detail) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("these models are not one within the other"),
                    errdetail("%s", detail),
                    errhint("Give first the model with fewer attributes or parameters, then the one with more, both fitted to the same "
                            "customers.")));
    pg_unreachable();
}

}  // namespace

#define CLTV_DEFINE(name) \
    CLTV_FUNCTION(cltv_##name##_fit_features) { return fit_features(fcinfo, name::family); }
CLTV_ORDERS_FAMILIES(CLTV_DEFINE)

CLTV_FUNCTION(cltv_expected_purchases_features) { return within_horizon(fcinfo, &OrdersFamily::expected_purchases); }
CLTV_FUNCTION(cltv_prob_alive_horizon_features) { return within_horizon(fcinfo, &OrdersFamily::prob_alive_after); }
CLTV_FUNCTION(cltv_churn_prob_horizon_features) { return within_horizon(fcinfo, &OrdersFamily::prob_no_purchase); }
CLTV_FUNCTION(cltv_prob_alive_features) { return of_customer(fcinfo, &OrdersFamily::prob_alive); }
CLTV_FUNCTION(cltv_churn_prob_features) { return of_customer(fcinfo, &OrdersFamily::prob_dead); }
CLTV_FUNCTION(cltv_log_likelihood_features) { return of_customer(fcinfo, &OrdersFamily::log_likelihood); }

// (model, horizon, purchases, dropout)
CLTV_FUNCTION(cltv_expected_purchases_new_features) {
    if (any_null(fcinfo, 2)) PG_RETURN_NULL();
    const StoredModel &model = model_of_rows(fcinfo, 0);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(1), any_orders_family(model));
    return of_attributes(fcinfo, model, 2, [&](const OrdersFamily &family, const double *own) {
        return family.expected_purchases(own, new_customer, horizon);
    });
}

// (model, frequency, recency, tenure, horizon, n, purchases, dropout)
CLTV_FUNCTION(cltv_purchase_pmf_features) {
    if (any_null(fcinfo, 6)) PG_RETURN_NULL();
    const StoredModel &model = model_of_rows(fcinfo, 0);
    const Customer customer = customer_arguments(fcinfo, 1, any_orders_family(model));
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(4), any_orders_family(model));
    const double n = purchases_argument(fcinfo, 5);
    return of_attributes(fcinfo, model, 6, [&](const OrdersFamily &family, const double *own) {
        return family.purchase_pmf(own, customer, horizon, n);
    });
}

// (model, n, horizon, purchases, dropout)
CLTV_FUNCTION(cltv_purchase_pmf_new_features) {
    if (any_null(fcinfo, 3)) PG_RETURN_NULL();
    const StoredModel &model = model_of_rows(fcinfo, 0);
    const double n = purchases_argument(fcinfo, 1);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(2), any_orders_family(model));
    return of_attributes(fcinfo, model, 3, [&](const OrdersFamily &family, const double *own) {
        return family.purchase_pmf(own, new_customer, horizon, n);
    });
}

// (smaller, larger) -> (statistic, df, p_value): the likelihood ratio test (Wilks 1938).
CLTV_FUNCTION(cltv_lr_test) {
    const StoredModel &smaller = *model_argument(fcinfo, 0), &larger = *model_argument(fcinfo, 1);
    for (const StoredModel *model : {&smaller, &larger})
        if (std::isnan(model->log_likelihood)) {
            family_of(*model);  // or an error
            PG_RETURN_NULL();
        }
    if (smaller.customers != larger.customers)
        raise_not_nested(psprintf("One was fitted to %s customers, the other to %s.", float8out_internal(smaller.customers),
                                  float8out_internal(larger.customers)));
    if (smaller.model_status() == Status::penalised || larger.model_status() == Status::penalised)
        raise_not_nested("A penalty holds coefficients of one of them, so that its likelihood is not the highest.");
    if ((smaller.flags | larger.flags) & StoredModel::has_prior)
        raise_not_nested("A prior holds parameters of one of them, so that its likelihood is not the highest.");
    const int df = free_parameters(larger.view()) - free_parameters(smaller.view());
    if (df <= 0)
        raise_not_nested(psprintf("The first has %d estimated parameters, the second %d.", free_parameters(smaller.view()),
                                  free_parameters(larger.view())));
    const double gain = 2 * (larger.log_likelihood - smaller.log_likelihood), tie = 1e-6;
    if (gain < -tie)
        raise_not_nested(psprintf("The second has the lower log-likelihood, by %s.", float8out_internal(-gain / 2)));
    const double statistic = gain > 0 ? gain : 0;
    double p_value = 1;
    guarded([&] { p_value = statistic == 0 ? 1 : gamma_q(df / 2.0, statistic / 2); });
    return row_or_error(fcinfo, {number(statistic), count(df), number(p_value)});
}
