// cltv_model: what the functions of all topics need in order to make models and to read them.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "core/base/too_large.hpp"
#include "core/fit/family.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/fit/calendar_time.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/fit/group.hpp"
#include "pg/rows/calendar.hpp"
#include "pg/rows/features.hpp"

namespace cltv::pg {

namespace {

constexpr StatusName names_of_statuses[] = {
    {Status::converged, "converged"},
    {Status::given, "given"},
    {Status::too_few_customers, "too few customers"},
    {Status::no_repeat_purchases, "no repeat purchases"},
    {Status::identical_customers, "identical customers"},
    {Status::runaway, "runaway: "},
    {Status::ridge, "ridge: "},
    {Status::not_converged, "not converged"},
    {Status::nobody_churned, "nobody churned"},
    {Status::boundary, "boundary: "},
    {Status::weak, "weak: "},
    {Status::constant, "constant: "},
    {Status::collinear, "collinear: "},
    {Status::separated, "separated: "},
    {Status::prior, "prior"},
    {Status::pooled_of_one, "pooled of one"},  // before "pooled", with which it begins
    {Status::no_differences, "no differences"},
    {Status::pooled, "pooled"},
    {Status::no_events, "no events"},
    {Status::one_class, "one class"},
    {Status::heavy_tail, "heavy tail"},
    {Status::penalised, "penalised"},
};

// Each part of a stored model begins at a multiple of 8 bytes.
Size size_of_model(int n, bool with_covariance, Size design, Size calendar, Size baseline, Size trees,
                   Size means, Size net, double penalty) {
    const Size values = n + (with_covariance ? n_covariances(n) : 0);
    return offsetof(StoredModel, values) + values * sizeof(double) + padded(n * sizeof(ParameterState)) + design + calendar +
           baseline + trees + means * sizeof(double) + net + (penalty > 0 ? sizeof(double) : 0);
}

// An empty model: only its size and shape are set.
StoredModel *prepare(void *memory, const Family &family, int n, bool with_covariance, Size design, Size calendar,
                     Size baseline, Size trees, Size means, Size net, double penalty) {
    StoredModel *model = static_cast<StoredModel *>(memory);
    SET_VARSIZE(model, size_of_model(n, with_covariance, design, calendar, baseline, trees, means, net, penalty));
    model->design_size = static_cast<uint32>(design);
    model->calendar_size = static_cast<uint32>(calendar);
    model->baseline_size = static_cast<uint32>(baseline);
    model->trees_size = static_cast<uint32>(trees);
    model->version = StoredModel::current_version;
    model->kind = static_cast<uint16>(family.kind);
    model->n_parameters = static_cast<uint16>(n);
    model->subject = -1;
    model->log_likelihood = std::numeric_limits<double>::quiet_NaN();
    model->flags = (with_covariance ? StoredModel::has_covariance : 0) | (means > 0 ? StoredModel::has_means : 0) |
                   (net > 0 ? StoredModel::has_net : 0) | (penalty > 0 ? StoredModel::has_penalty : 0);
    if (penalty > 0) model->set_penalty(penalty);
    return model;
}

}  // namespace

View<StatusName> status_names() { return view_of(names_of_statuses); }

StoredModel *new_model(const Family &family, int n, bool with_covariance, Size design, Size calendar, Size baseline,
                       Size trees, Size means, Size net, double penalty) {
    const Size bytes = size_of_model(n, with_covariance, design, calendar, baseline, trees, means, net, penalty);
    if (bytes > largest_value)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the model is too large for one value")));
    return prepare(palloc0(bytes), family, n, with_covariance, design, calendar, baseline, trees, means, net, penalty);
}

StoredModel *store(const Family &family, const Fit &fit) {
    const int n = static_cast<int>(fit.parameters.size());
    const bool with_covariance = !fit.covariance.empty();
    const Size design = fit.design.size() * sizeof(double), calendar = fit.calendar.size() * sizeof(double);
    const Size baseline = fit.baseline.size() * sizeof(double), trees = fit.trees.size() * sizeof(double);
    const Size means = fit.means.size(), net = fit.net.size() * sizeof(double);
    const Size bytes = size_of_model(n, with_covariance, design, calendar, baseline, trees, means, net, fit.penalty);
    if (bytes > largest_value) throw TooLarge("the model would be too large for one value");
    void *memory = palloc_extended(bytes, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_ZERO);
    if (memory == nullptr) throw std::bad_alloc();
    StoredModel *model = prepare(memory, family, n, with_covariance, design, calendar, baseline, trees, means, net, fit.penalty);
    model->form = static_cast<uint16>(fit.form);
    model->status = static_cast<uint16>(fit.status);
    model->subject = static_cast<int16>(fit.subject);
    model->iterations = fit.iterations;
    if (fit.prior) model->flags |= StoredModel::has_prior;
    if (fit.robust) model->flags |= StoredModel::is_robust;
    if (fit.same) model->flags |= StoredModel::has_same;
    model->customers = fit.customers;
    model->skipped = fit.skipped;
    model->log_likelihood = fit.log_likelihood;
    std::copy(fit.parameters.begin(), fit.parameters.end(), model->values);
    std::copy(fit.states.begin(), fit.states.end(), model->states());
    std::copy(fit.covariance.begin(), fit.covariance.end(), model->covariance());
    if (design > 0) std::memcpy(static_cast<void *>(model->design()), fit.design.data(), design);
    if (calendar > 0) std::memcpy(static_cast<void *>(model->calendar()), fit.calendar.data(), calendar);
    if (baseline > 0) std::memcpy(static_cast<void *>(model->baseline()), fit.baseline.data(), baseline);
    if (trees > 0) std::memcpy(static_cast<void *>(model->trees()), fit.trees.data(), trees);
    if (net > 0) std::memcpy(static_cast<void *>(model->net()), fit.net.data(), net);
    if (means > 0) std::copy(fit.means.begin(), fit.means.end(), model->means());
    return model;
}

namespace {

// The attribute, or the column of the calendar, to which the status refers.
const char *subject_title(const StoredModel &model) {
    const int attributes = model.design() == nullptr ? 0 : model.design()->n_columns;
    return model.subject < attributes ? column_title(column_of(*model.design(), model.subject))
                                      : season_title(*model.calendar(), model.subject - attributes);
}

}  // namespace

const char *status_text(const StoredModel &model) {
    for (const StatusName &status : names_of_statuses) {
        if (status.status != model.model_status()) continue;
        const Form &form = form_of(model);
        if (status.status == Status::boundary) return psprintf("%s%s", status.name, form.limit);
        if (status.status == Status::constant || status.status == Status::collinear || status.status == Status::separated)
            return psprintf("%s%s", status.name, subject_title(model));
        return model.subject < 0 ? status.name : psprintf("%s%s", status.name, parameter_name(model, model.subject));
    }
    pg_unreachable();
}

const char *column_title(const StoredColumn &column) {
    const char *const role = role_name(column.role());
    const Text name = column.name();
    return role == nullptr ? pnstrdup(name.data, name.size)
                           : psprintf("%s: %s", role, pnstrdup(name.data, name.size));
}

const char *season_title(const Calendar &calendar, int coefficient) {
    const uint32 column = column_of_coefficient(calendar, static_cast<uint32>(coefficient));
    return psprintf("%s: %s", is_of_dropout(calendar, column) ? "dropout" : "season", column_text(calendar, column));
}

const char *parameter_name(const StoredModel &model, int index) {
    const Form &form = form_of(model);
    const int i = index - static_cast<int>(form.parameters.size);
    if (i < 0) return form.parameters[index].name;
    const int season = i - model.n_attribute_coefficients();
    if (season >= 0) return season_title(*model.calendar(), season);
    const StoredColumn column = column_of_coefficient(*model.design(), static_cast<uint32>(i));
    if (column.kind() == FeatureKind::number) return column_title(column);
    const uint32 level = static_cast<uint32>(i) - column.first_coefficient() + 1;
    if (level == column.n_levels()) return psprintf("%s=(other)", column_title(column));
    const Text text = column.level(level);
    return psprintf("%s=%s", column_title(column), is_unknown(text) ? "(null)" : pnstrdup(text.data, text.size));
}

namespace {

// For messages.
const char *attributes_text(const StoredModel &model) {
    StringInfoData text;
    initStringInfo(&text);
    StoredColumn column = first_column(*model.design());
    for (int i = 0; i < model.design()->n_columns && i < 10; ++i) {
        if (i > 0) column = column.next();
        appendStringInfo(&text, "%s%s", i > 0 ? ", " : "", column_title(column));
    }
    if (model.design()->n_columns > 10) appendStringInfoString(&text, ", ...");
    return text.data;
}

const char *roles_text(const StoredModel &model) {
    StringInfoData text;
    initStringInfo(&text);
    for (int role = 1; role < n_roles; ++role)
        if (has_role(*model.design(), static_cast<Role>(role)))
            appendStringInfo(&text, "%s%s", text.len > 0 ? " and " : "", role_name(static_cast<Role>(role)));
    return psprintf("%s %s", std::strstr(text.data, " and ") ? "the arguments" : "the argument", text.data);
}

// Whether the status refers to a column of the calendar; these come after everything else.
bool is_of_calendar(const Family &family, const StoredModel &model) {
    if (model.calendar() == nullptr || model.subject < 0) return false;
    if (model.model_status() == Status::runaway)
        return model.subject >= static_cast<int>(family.parameters.size) + model.n_attribute_coefficients();
    return model.subject >= (model.design() == nullptr ? 0 : model.design()->n_columns);
}

// For such a status: whether the column acts on dropout.
bool is_of_dropout_column(const Family &family, const StoredModel &model) {
    const int before = model.model_status() == Status::runaway
                           ? static_cast<int>(family.parameters.size) + model.n_attribute_coefficients()
                           : model.design() == nullptr ? 0 : model.design()->n_columns;
    return is_of_dropout(*model.calendar(), column_of_coefficient(*model.calendar(), static_cast<uint32>(model.subject - before)));
}

const char *refusal_detail(const Family &family, const StoredModel &model) {
    const bool of_calendar = is_of_calendar(family, model);
    if (family.spend != nullptr && model.model_status() == Status::no_repeat_purchases)
        return "No customer has a repeat purchase, or a first one, whose amount is known: nobody purchased again, or the orders "
               "have no amounts.";
    switch (model.model_status()) {
        case Status::too_few_customers:
            if (family.learning != nullptr && family.learning->of_trees)
                return "There are fewer than 10 customers, or than two leaves need (min_rows).";
            return "Fewer than 10 customers carry information.";
        case Status::no_repeat_purchases:
            return "Nobody purchased again, so nothing is known about how often and how long customers do.";
        case Status::identical_customers:
            return "All customers look the same, so nothing is known about how they differ.";
        case Status::nobody_churned:
            return "Every contract was renewed every time, so nothing is known about how long customers stay.";
        case Status::no_events:
            if (family.learning != nullptr) return "Every response is 0, so nothing is known about who has more.";
            return "Nobody left while they were seen, so nothing is known about who leaves sooner.";
        case Status::one_class:
            return "Every response is the same, so nothing is known about who differs.";
        case Status::heavy_tail:
            return "The logarithms of the responses differ by a standard deviation above 3: their mean depends on a few customers.";
        case Status::runaway:
            if (of_calendar && is_of_dropout_column(family, model))
                return "The likelihood keeps rising as the coefficient becomes absurdly large or small: nobody may have left on the "
                       "days of this column, or everybody then.";
            if (of_calendar)
                return "The likelihood keeps rising as the coefficient becomes absurdly large or small: there may be no "
                       "purchase on the days of this column.";
            return "The likelihood keeps rising as the parameter becomes absurdly large or small.";
        case Status::ridge:
            return "The likelihood is almost flat along the parameter.";
        case Status::constant:
            if (family.learning != nullptr && family.learning->of_trees)
                return "All customers have the same attributes, which therefore do not distinguish them.";
            if (of_calendar) return "The column has one value on all days on which the customers were seen.";
            return "The attribute has one value, or one level of 30 customers or more, so it does not distinguish customers.";
        case Status::collinear:
            if (of_calendar) return "On the days on which the customers were seen, the column follows from those before it.";
            return "The attribute follows from those before it, so their effects cannot be separated.";
        case Status::separated:
            return "At one level of the attribute all customers had the same outcome, such as nobody coming back, so the likelihood keeps "
                   "rising as its coefficient becomes absurdly large or small.";
        default:
            return "The search ended without a maximum of the likelihood.";
    }
}

// The number of fits that a call of a query has refused so far, including this one. The call lasts as long as its
// query, whatever the number of groups or rows.
int count_refusal(FunctionCallInfo fcinfo) {
    FmgrInfo *function = fcinfo->flinfo;
    if (function == nullptr) return 1;
    if (function->fn_extra == nullptr) function->fn_extra = MemoryContextAllocZero(function->fn_mcxt, sizeof(int));
    int &count = *static_cast<int *>(function->fn_extra);
    return count == PG_INT32_MAX ? count : ++count;
}

constexpr int most_warnings = 5;
const char *refusal_hint(const Family &family, const StoredModel &model) {
    if (family.spend != nullptr && model.model_status() == Status::no_repeat_purchases)
        return "Predictions from this model are NULL. Give amounts; orders and churn are predicted without them.";
    if (is_of_calendar(family, model))
        return "Predictions from this model are NULL. Leave the column out, or combine it with another.";
    return model.design() != nullptr && model.subject >= 0
               ? "Predictions from this model are NULL. Leave the attribute out, or merge its levels."
               : "Predictions from this model are NULL. Fit on more customers, or over a longer time.";
}

const char *function_name(const Family &family, const char *what) {
    return family.fitted_by != nullptr ? family.fitted_by : psprintf("%s_%s", family.name, what);
}

}  // namespace

void report(const Family &family, const StoredModel &model, const char *what) {
    if (model.is_usable()) return;
    ereport(WARNING, (errmsg("%s found no parameters: %s", function_name(family, what), status_text(model)),
                      errdetail("%s", refusal_detail(family, model)), errhint("%s", refusal_hint(family, model))));
}

void report(FunctionCallInfo fcinfo, const Family &family, const StoredModel &model, const char *what) {
    if (model.is_usable()) return;
    const int refusals = count_refusal(fcinfo);
    if (refusals > most_warnings + 1) return;
    if (refusals > most_warnings) {
        ereport(WARNING,
                (errmsg("further warnings of %s are suppressed", function_name(family, what)),
                 errhint("Keep the models in a table: their model_status says which predict, and which do not.")));
        return;
    }
    const char *group = group_in_words(fcinfo);
    if (group == nullptr) {
        report(family, model, what);
        return;
    }
    ereport(WARNING, (errmsg("%s found no parameters for group %s: %s", function_name(family, what), group,
                             status_text(model)),
                      errdetail("%s Customers in the group: %.0f.", refusal_detail(family, model), model.customers),
                      errhint("%s", refusal_hint(family, model))));
}

Datum given_model(const Family &family, FunctionCallInfo fcinfo) {
    const int n = static_cast<int>(family.parameters.size);
    StoredModel *model = new_model(family, n, false);
    model->status = static_cast<uint16>(Status::given);
    for (int i = 0; i < n; ++i) {
        const Parameter &parameter = family.parameters[i];
        const double value = PG_GETARG_FLOAT8(i);
        const bool share = parameter.domain == Domain::share, number = parameter.domain == Domain::number;
        const bool positive = parameter.domain != Domain::real;
        if (!std::isfinite(value) || (value <= 0 && positive) || (value >= 1 && share) ||
            (number && !(value >= 1 && value <= most_number && value == std::floor(value))))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("parameter %s of a model of kind %s must be a %s, not %s", parameter.name, family.name,
                                   share      ? "share above 0 and below 1"
                                   : number   ? "whole number from 1 to 50"
                                   : positive ? "finite number above 0"
                                              : "finite number",
                                   float8out_internal(value)),
                            errhint("Give the estimates as published; a fit finds them from your own customers.")));
        model->values[i] = value;
        model->states()[i] = number ? ParameterState::chosen : ParameterState::estimated;
    }
    PG_RETURN_POINTER(model);
}

const StoredModel *model_argument(FunctionCallInfo fcinfo, int argument) {
    return reinterpret_cast<const StoredModel *>(PG_GETARG_VARLENA_P(argument));
}

namespace {

[[noreturn]] void raise_unknown_model() {
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("cltv_model of unknown kind or version"),
                    errhint("Install the version of cltv that wrote it, or a newer one.")));
    pg_unreachable();
}

}  // namespace

const Family &family_of(const StoredModel &model) {
    const Family *family = find_family(static_cast<Kind>(model.kind));
    if (unlikely(family == nullptr || model.version != StoredModel::current_version)) raise_unknown_model();
    return *family;
}

const Form &form_of(const StoredModel &model) {
    const Form *form = family_of(model).find_form(model.form);
    if (unlikely(form == nullptr)) raise_unknown_model();
    return *form;
}

namespace {

[[noreturn]] void raise_wrong_kind(const StoredModel &model, const char *wanted, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("a model of kind %s cannot be used here: %s is required", family_of(model).name, wanted),
                    errhint("%s", hint)));
    pg_unreachable();
}

}  // namespace

const StoredModel *model_argument(FunctionCallInfo fcinfo, int argument, const Family &family, const char *hint) {
    const StoredModel *model = model_argument(fcinfo, argument);
    if (unlikely(model->kind != static_cast<uint16>(family.kind)))
        raise_wrong_kind(*model, psprintf("one of kind %s", family.name),
                         hint != nullptr ? hint : psprintf("Make it with %s_fit or %s_model.", family.name, family.name));
    return model;
}

void check_without_attributes(const StoredModel &model) {
    if (likely(model.design_size == 0)) return;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the model was fitted with attributes, but the customer's are missing"),
                    errdetail("It has %s.", attributes_text(model)),
                    errhint("Give them as %s, made by features() as for the fit.", roles_text(model))));
}

const OrdersFamily &orders_family(const StoredModel &model) {
    const OrdersFamily &orders = any_orders_family(model);
    check_without_attributes(model);
    return orders;
}

const SpendFamily &spend_family(const StoredModel &model) {
    const SpendFamily &spend = any_spend_family(model);
    check_without_attributes(model);
    return spend;
}

const ContractFamily &contract_family(const StoredModel &model) {
    const ContractFamily &contract = any_contract_family(model);
    check_without_attributes(model);
    return contract;
}

const SurvivalFamily &survival_family(const StoredModel &model) {
    const Form &form = form_of(model);
    if (unlikely(form.survival == nullptr))
        raise_wrong_kind(model, "a model of survival", "Make it with cox_fit or aft_fit.");
    return *form.survival;
}

const LearningFamily &learning_family(const StoredModel &model) {
    const Form &form = form_of(model);
    if (unlikely(form.learning == nullptr))
        raise_wrong_kind(model, "a model of a response", "Make it with linear_fit, logistic_fit or another fit of the kind.");
    return *form.learning;
}

const OrdersFamily &any_orders_family(const StoredModel &model) {
    const OrdersFamily &orders = dated_orders_family(model);
    if (unlikely(model.calendar_size > 0))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the model was fitted with a calendar, but the days of the purchases are missing"),
                        errdetail("Frequency, recency and tenure do not say on which days the customer was active."),
                        errhint(model.design() == nullptr
                                    ? "Give the purchase_history and the day: function(model, history, as_of, ...). A customer won "
                                      "on that day has purchase_history(as_of, NULL::numeric)."
                                    : "Give the purchase_history, the day and the attributes: function(model, history, as_of, "
                                      "..., purchases, dropout). A customer won on that day has purchase_history(as_of, NULL::numeric).")));
    return orders;
}

const OrdersFamily &dated_orders_family(const StoredModel &model) {
    const Form &form = form_of(model);
    if (unlikely(form.orders == nullptr)) {
        const char *const name = family_of(model).name;
        raise_wrong_kind(model, "a model of orders",
                         form.contract ? psprintf("A model of contracts has %s_predict, %s_survival, %s_retention, "
                                                  "churn_prob(model, periods) and cltv_predict(model, periods, ...).",
                                                  name, name, name)
                         : form.learning ? "A model of a response has predict(model, x)."
                         : form.survival ? "A model of survival has survival_prob(model, x, t), expected_lifetime(model, x, "
                                           "horizon) and churn_prob(model, x, since, horizon)."
                                       : "Make it with the _fit or the _model function of a family of orders, such as bgnbd_fit; "
                                         "cltv_families() lists them.");
    }
    return *form.orders;
}

const SpendFamily &any_spend_family(const StoredModel &model) {
    const Form &form = form_of(model);
    if (unlikely(form.spend == nullptr))
        raise_wrong_kind(model, "a model of spend",
                         "Make it with the _fit or the _model function of a family of spend, such as gg_fit; "
                         "cltv_families() lists them.");
    return *form.spend;
}

const ContractFamily &any_contract_family(const StoredModel &model) {
    const Form &form = form_of(model);
    if (unlikely(form.contract == nullptr))
        raise_wrong_kind(model, "a model of contracts",
                         "Make it with the _fit or the _model function of a family of contracts, such as sbg_fit; "
                         "cltv_families() lists them. A model of orders needs frequency, recency and tenure.");
    return *form.contract;
}

}  // namespace cltv::pg
