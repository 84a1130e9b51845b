// What SQL can ask a fitted model for: status, parameters, measures of fit.
#include <cmath>
#include <cstring>
#include <limits>

#include "core/fit/interval.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/fit/cltv_model.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

Datum float8_or_null(FunctionCallInfo fcinfo, double value) {
    if (std::isnan(value)) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(value);
}

struct ParameterRow {
    const char *name;
    int index;  // among the model's parameters, or -1
    double limit;
};

struct ParameterRows {
    const StoredModel *model;
    double level;
    ParameterRow rows[FLEXIBLE_ARRAY_MEMBER];
};

ConfidenceInterval interval_of(const Parameter &parameter, double estimate, double std_error, double level) {
    switch (parameter.domain) {
        case Domain::positive: return log_normal_interval(estimate, std_error, level);
        case Domain::share: return logit_normal_interval(estimate, std_error, level);
        default: return normal_interval(estimate, std_error, level);
    }
}

}  // namespace

CLTV_FUNCTION(cltv_model_status) {
    PG_RETURN_TEXT_P(cstring_to_text(status_text(*model_argument(fcinfo, 0))));
}

CLTV_FUNCTION(cltv_log_likelihood) { return float8_or_null(fcinfo, model_argument(fcinfo, 0)->log_likelihood); }

// 2k - 2 ln L (Akaike 1974).
CLTV_FUNCTION(cltv_aic) {
    const StoredModel &model = *model_argument(fcinfo, 0);
    return float8_or_null(fcinfo, 2 * (free_parameters(model.view()) - model.log_likelihood));
}

// k ln n - 2 ln L (Schwarz 1978), where n is the number of customers of the fit; under Cox's model that of those who
// left, who alone have a factor in the partial likelihood (C. T. Volinsky, A. E. Raftery: Bayesian Information
// Criterion for Censored Survival Models, Biometrics 56 (2000) 256-262).
CLTV_FUNCTION(cltv_bic) {
    const StoredModel &model = *model_argument(fcinfo, 0);
    const SurvivalFamily *const survival = family_of(model).survival;
    const bool partial = survival != nullptr && survival->has_baseline() && model.baseline() != nullptr;
    const double n = partial ? model.baseline()->events : model.customers;
    return float8_or_null(fcinfo, free_parameters(model.view()) * std::log(n) - 2 * model.log_likelihood);
}

// One row per parameter: name, estimate, standard error, confidence interval. At a limit the family's parameters come
// first; those that the limit determines (0, infinity or not identified) have no error. The coefficients of attributes
// come last, with Wald's test that they are 0.
CLTV_FUNCTION(cltv_model_params) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const StoredModel *model = model_argument(fcinfo, 0);
        const Family &family = family_of(*model);
        const Form &form = form_of(*model);
        const Size most = family.parameters.size + form.parameters.size + 1 + model->n_coefficients();
        ParameterRows *rows =
            static_cast<ParameterRows *>(palloc(offsetof(ParameterRows, rows) + most * sizeof(ParameterRow)));
        rows->model = static_cast<StoredModel *>(std::memcpy(palloc(VARSIZE_ANY(model)), model, VARSIZE_ANY(model)));
        rows->level = level_argument(fcinfo, 1);
        int n = 0;
        for_each_parameter(family, form, [&](const char *name, int index, double limit) {
            rows->rows[n++] = {name, index, limit};
        });
        if (model->penalty() > 0) rows->rows[n++] = {"penalty", -1, model->penalty()};
        const int n_form = static_cast<int>(form.parameters.size);
        for (int i = 0; i < model->n_coefficients(); ++i)
            rows->rows[n++] = {parameter_name(*model, n_form + i), n_form + i, 0};
        context->user_fctx = rows;
        context->max_calls = n;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);

    const ParameterRows &rows = *static_cast<const ParameterRows *>(context->user_fctx);
    const StoredModel &model = *rows.model;
    const ParameterRow &row = rows.rows[context->call_cntr];
    ConfidenceInterval interval = {0, row.limit, 0};
    double std_error = std::numeric_limits<double>::quiet_NaN();
    const bool is_coefficient = row.index >= static_cast<int>(form_of(model).parameters.size);
    if (row.index >= 0) {
        const int i = row.index;
        const double *const covariance = model.covariance();
        const double estimate = model.is_usable() ? model.values[i] : std::numeric_limits<double>::quiet_NaN();
        if (covariance != nullptr) std_error = std::sqrt(covariance[covariance_index(i, i)]);
        interval = is_coefficient ? normal_interval(estimate, std_error, rows.level)
                                  : interval_of(form_of(model).parameters[i], estimate, std_error, rows.level);
    }
    const bool unknown = std::isnan(std_error);
    const double z = is_coefficient ? interval.estimate / std_error : std::numeric_limits<double>::quiet_NaN();
    Datum columns[7] = {CStringGetTextDatum(row.name), Float8GetDatum(interval.estimate), Float8GetDatum(std_error),
                        Float8GetDatum(interval.lower), Float8GetDatum(interval.upper), Float8GetDatum(z),
                        Float8GetDatum(std::erfc(std::fabs(z) / std::sqrt(2.0)))};
    bool nulls[7] = {false, std::isnan(interval.estimate), unknown, unknown, unknown, std::isnan(z), std::isnan(z)};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
