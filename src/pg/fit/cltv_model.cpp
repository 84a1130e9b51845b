// cltv_model: text (JSON) and binary forms, and what the other files need to read and make models.
#include <cmath>
#include <cstring>
#include <limits>

#include "pg/fit/cltv_model.hpp"
#include "pg/base/scan.hpp"

namespace cltv::pg {

namespace {

constexpr uint16 current_version = 1;
constexpr char type_name[] = "cltv_model";
constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct StatusName {
    Status status;
    const char *name;
};

// Names that end in ": " are followed by a parameter's.
constexpr StatusName status_names[] = {
    {Status::converged, "converged"},
    {Status::given, "given"},
    {Status::too_few_customers, "too few customers"},
    {Status::no_repeat_purchases, "no repeat purchases"},
    {Status::identical_customers, "identical customers"},
    {Status::runaway, "runaway: "},
    {Status::ridge, "ridge: "},
    {Status::not_converged, "not converged"},
    {Status::nobody_churned, "nobody churned"},
};

void append_number_or_null(StringInfo out, double value) {
    if (std::isnan(value))
        appendStringInfoString(out, "null");
    else
        append_number(out, value);
}

// NULL is NaN in the binary form; it is stored as the one that a fit without parameters has, whatever NaN came in.
double receive_number_or_null(StringInfo in) {
    const double value = pq_getmsgfloat8(in);
    return std::isnan(value) ? none : value;
}

double number_or_null(Scanner &scanner) { return scanner.accept("null") ? none : scanner.number(); }

const Family *scan_kind(Scanner &scanner) {
    scanner.expect("\"");
    for (const Family *family : all_families())
        if (scanner.accept(psprintf("%s\"", family->name))) return family;
    scanner.fail("The kind of model is unknown.");
}

void scan_status(Scanner &scanner, const Family &family, Fit &fit) {
    scanner.expect("\"");
    for (const StatusName &status : status_names) {
        if (!scanner.accept(status.name)) continue;
        fit.status = status.status;
        if (status.status == Status::runaway || status.status == Status::ridge)
            for (int i = 0; i < family.n_parameters; ++i)
                if (fit.subject < 0 && scanner.accept(psprintf("%s\"", family.parameter_names[i]))) fit.subject = i;
        if (fit.subject < 0) scanner.expect("\"");
        return;
    }
    scanner.fail("The status is unknown.");
}

void scan_parameters(Scanner &scanner, const Family &family, Fit &fit) {
    for (int i = 0; i < family.n_parameters; ++i) {
        scanner.expect(i == 0 ? "{" : ",");
        scanner.key(family.parameter_names[i]);
        fit.parameters[i] = number_or_null(scanner);
    }
    scanner.expect("}");
}

void scan_covariance(Scanner &scanner, const Family &family, Fit &fit) {
    if (scanner.accept("null")) return;
    for (int i = 0; i < family.n_parameters; ++i) {
        scanner.expect(i == 0 ? "[" : ",");
        for (int j = 0; j < family.n_parameters; ++j) {
            scanner.expect(j == 0 ? "[" : ",");
            const double value = scanner.number();
            double &stored = fit.covariance[covariance_index(i, j)];
            if (i <= j) stored = value;
            if (stored != value) scanner.fail("The covariance is not symmetric.");
        }
        scanner.expect("]");
    }
    scanner.expect("]");
}

}  // namespace

StoredModel *store(const Family &family, const Fit &fit) {
    const int n_covariance = n_covariances(family.n_parameters);
    const Size size = offsetof(StoredModel, values) + (family.n_parameters + n_covariance) * sizeof(double);
    StoredModel *model = static_cast<StoredModel *>(palloc0(size));
    SET_VARSIZE(model, size);
    model->version = current_version;
    model->kind = static_cast<uint16>(family.kind);
    model->status = static_cast<uint16>(fit.status);
    model->subject = static_cast<int16>(fit.subject);
    model->iterations = fit.iterations;
    model->customers = fit.customers;
    model->log_likelihood = fit.log_likelihood;
    std::memcpy(model->values, fit.parameters, family.n_parameters * sizeof(double));
    std::memcpy(model->values + family.n_parameters, fit.covariance, n_covariance * sizeof(double));
    return model;
}

const char *status_text(const StoredModel &model) {
    for (const StatusName &status : status_names)
        if (status.status == model.model_status())
            return model.subject < 0 ? status.name
                                     : psprintf("%s%s", status.name, family_of(model).parameter_names[model.subject]);
    pg_unreachable();
}

namespace {

const char *refusal_detail(Status status) {
    switch (status) {
        case Status::too_few_customers:
            return "Fewer than 10 customers have something to say.";
        case Status::no_repeat_purchases:
            return "Nobody purchased again, so that nothing is known of how often and how long customers do.";
        case Status::identical_customers:
            return "All customers look the same, so that nothing is known of how they differ.";
        case Status::nobody_churned:
            return "Every contract was renewed every time, so that nothing is known of how long customers stay.";
        case Status::runaway:
            return "The likelihood goes on rising as the parameter becomes absurdly large or small.";
        case Status::ridge:
            return "The likelihood is all but flat along the parameter.";
        default:
            return "The search ended without a maximum of the likelihood.";
    }
}

}  // namespace

StoredModel *store_fit(const Family &family, const Fit &fit) {
    StoredModel *model = store(family, fit);
    if (!model->is_usable())
        ereport(WARNING,
                (errmsg("%s_fit found no parameters: %s", family.name, status_text(*model)),
                 errdetail("%s", refusal_detail(fit.status)),
                 errhint("Predictions from this model are NULL. Fit on more customers, or over a longer time.")));
    return model;
}

Datum given_model(const Family &family, FunctionCallInfo fcinfo) {
    double parameters[max_parameters];
    for (int i = 0; i < family.n_parameters; ++i) {
        parameters[i] = PG_GETARG_FLOAT8(i);
        if (!(parameters[i] > 0 && std::isfinite(parameters[i])))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("parameter %s of a %s model must be a finite number above 0, not %s",
                                   family.parameter_names[i], family.name, float8out_internal(parameters[i])),
                            errhint("Give the estimates as published; a fit finds them from your own customers.")));
    }
    PG_RETURN_POINTER(store(family, given(parameters, family.n_parameters)));
}

const StoredModel *model_argument(FunctionCallInfo fcinfo, int argument) {
    return reinterpret_cast<const StoredModel *>(PG_GETARG_VARLENA_P(argument));
}

const Family &family_of(const StoredModel &model) {
    const Family *family = find_family(static_cast<Kind>(model.kind));
    if (family == nullptr || model.version != current_version)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("cltv_model of unknown kind or version"),
                        errhint("Install the version of cltv that wrote it, or a newer one.")));
    return *family;
}

namespace {

[[noreturn]] void raise_wrong_kind(const StoredModel &model, const char *wanted, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("a model of kind %s cannot be used here: %s is wanted", family_of(model).name, wanted),
                    errhint("%s", hint)));
    pg_unreachable();
}

}  // namespace

const StoredModel *model_argument(FunctionCallInfo fcinfo, int argument, const Family &family) {
    const StoredModel *model = model_argument(fcinfo, argument);
    if (unlikely(model->kind != static_cast<uint16>(family.kind)))
        raise_wrong_kind(*model, psprintf("one of kind %s", family.name),
                         psprintf("Make it by %s_fit or %s_model.", family.name, family.name));
    return model;
}

const OrdersFamily &orders_family(const StoredModel &model) {
    const Family &family = family_of(model);
    if (unlikely(family.orders == nullptr))
        raise_wrong_kind(model, "a model of orders",
                         family.contract ? "A model of contracts has sbg_predict, sbg_survival, sbg_retention, "
                                           "churn_prob(model, periods) and cltv_predict(model, periods, ...)."
                                         : "Make it by a fit of orders, such as bgnbd_fit, mbgnbd_fit, pnbd_fit or "
                                           "bgbb_fit, or by bgnbd_model and its like.");
    return *family.orders;
}

const SpendFamily &spend_family(const StoredModel &model) {
    const Family &family = family_of(model);
    if (unlikely(family.spend == nullptr))
        raise_wrong_kind(model, "a model of spend", "Make it by gg_fit or gg_model.");
    return *family.spend;
}

const ContractFamily &contract_family(const StoredModel &model) {
    const Family &family = family_of(model);
    if (unlikely(family.contract == nullptr))
        raise_wrong_kind(model, "a model of contracts",
                         "Make it by sbg_fit or sbg_model. A model of orders wants frequency, recency and tenure.");
    return *family.contract;
}

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_model_out) {
    const StoredModel &model = *model_argument(fcinfo, 0);
    const Family &family = family_of(model);
    const bool fitted = model.model_status() != Status::given, converged = model.model_status() == Status::converged;
    const int n = family.n_parameters;

    StringInfoData out;
    initStringInfo(&out);
    appendStringInfo(&out, "{\"kind\":\"%s\",\"params\":", family.name);
    for (int i = 0; i < n; ++i) {
        appendStringInfo(&out, "%s\"%s\":", i == 0 ? "{" : ",", family.parameter_names[i]);
        append_number_or_null(&out, model.values[i]);
    }
    appendStringInfoString(&out, "},\"log_likelihood\":");
    append_number_or_null(&out, model.log_likelihood);
    appendStringInfoString(&out, ",\"customers\":");
    append_number_or_null(&out, fitted ? model.customers : none);
    appendStringInfoString(&out, ",\"iterations\":");
    append_number_or_null(&out, fitted ? model.iterations : none);
    appendStringInfo(&out, ",\"status\":\"%s\",\"covariance\":", status_text(model));
    if (!converged) appendStringInfoString(&out, "null");
    for (int i = 0; converged && i < n; ++i)
        for (int j = 0; j < n; ++j) {
            appendStringInfoString(&out, j > 0 ? "," : i > 0 ? ",[" : "[[");
            append_number(&out, model.values[n + covariance_index(i, j)]);
            if (j == n - 1) appendStringInfoString(&out, i == n - 1 ? "]]" : "]");
        }
    appendStringInfoChar(&out, '}');
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_model_in) {
    Scanner scanner(PG_GETARG_CSTRING(0), type_name);
    scanner.expect("{");
    scanner.key("kind");
    const Family *family = scan_kind(scanner);
    Fit fit = refused(Status::given, 0);
    scanner.expect(",");
    scanner.key("params");
    scan_parameters(scanner, *family, fit);
    scanner.expect(",");
    scanner.key("log_likelihood");
    fit.log_likelihood = number_or_null(scanner);
    scanner.expect(",");
    scanner.key("customers");
    fit.customers = scanner.accept("null") ? 0 : scanner.number() + 0.0;
    scanner.expect(",");
    scanner.key("iterations");
    const int64 iterations = scanner.accept("null") ? 0 : scanner.integer();
    if (iterations < 0 || iterations > PG_INT32_MAX) scanner.fail("The number of iterations is out of range.");
    fit.iterations = static_cast<int>(iterations);
    scanner.expect(",");
    scanner.key("status");
    scan_status(scanner, *family, fit);
    scanner.expect(",");
    scanner.key("covariance");
    scan_covariance(scanner, *family, fit);
    scanner.expect("}");
    scanner.end();
    if (const char *fault = find_fault(fit, family->n_parameters)) scanner.fail(fault);
    PG_RETURN_POINTER(store(*family, fit));
}

CLTV_FUNCTION(cltv_model_send) {
    const StoredModel &model = *model_argument(fcinfo, 0);
    const Family &family = family_of(model);
    StringInfoData buffer;
    pq_begintypsend(&buffer);
    pq_sendint16(&buffer, model.version);
    pq_sendint16(&buffer, model.kind);
    pq_sendint16(&buffer, model.status);
    pq_sendint16(&buffer, model.subject);
    pq_sendint32(&buffer, model.iterations);
    pq_sendfloat8(&buffer, model.customers);
    pq_sendfloat8(&buffer, model.log_likelihood);
    for (int i = 0; i < family.n_parameters + n_covariances(family.n_parameters); ++i)
        pq_sendfloat8(&buffer, model.values[i]);
    PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

CLTV_FUNCTION(cltv_model_recv) {
    StringInfo buffer = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const uint16 version = pq_getmsgint(buffer, 2);
    const Family *family = find_family(static_cast<Kind>(pq_getmsgint(buffer, 2)));
    if (version != current_version || family == nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                        errmsg("cltv_model of unknown kind or version in binary input")));
    Fit fit = refused(static_cast<Status>(pq_getmsgint(buffer, 2)), 0);
    fit.subject = static_cast<int16>(pq_getmsgint(buffer, 2));
    fit.iterations = static_cast<int32>(pq_getmsgint(buffer, 4));
    fit.customers = pq_getmsgfloat8(buffer) + 0.0;  // -0 becomes 0
    fit.log_likelihood = receive_number_or_null(buffer);
    for (int i = 0; i < family->n_parameters; ++i) fit.parameters[i] = receive_number_or_null(buffer);
    for (int i = 0; i < n_covariances(family->n_parameters); ++i) fit.covariance[i] = receive_number_or_null(buffer);
    if (const char *fault = find_fault(fit, family->n_parameters))
        ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("invalid cltv_model in binary input"),
                        errdetail("%s", fault)));
    PG_RETURN_POINTER(store(*family, fit));
}
