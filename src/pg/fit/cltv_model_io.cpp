// cltv_model: its text form, which is JSON, and its binary form.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/fit/family.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/json_text.hpp"
#include "pg/base/scan.hpp"
#include "pg/fit/baseline_io.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/fit/design_io.hpp"
#include "pg/fit/net_io.hpp"
#include "pg/fit/number_or_null.hpp"
#include "pg/fit/trees_io.hpp"
#include "pg/rows/calendar.hpp"
#include "pg/rows/features.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr char type_name[] = "cltv_model";
constexpr char penalty_fault[] = "A penalty is above 0, and of a model whose customers differ by attributes.";

// A coefficient is of either sign.
constexpr Parameter coefficient = {"coefficient", Domain::real};
const Parameter &parameter_of(const Form &form, int i) {
    return i < static_cast<int>(form.parameters.size) ? form.parameters[i] : coefficient;
}

// Where the text and the binary form do not give the state of a parameter, it follows from the value. penalty: that of
// the coefficients of attributes, one of which a limit may leave unidentified.
ParameterState state_of(double value, const Parameter &parameter, bool penalised, double penalty) {
    switch (parameter.domain) {
        case Domain::number:
        case Domain::power:
        case Domain::choice: return ParameterState::chosen;
        default: break;
    }
    if (penalised || (penalty > 0 && !std::isnan(value))) return ParameterState::penalised;
    if (std::isnan(value)) return ParameterState::unidentified;
    if (std::isinf(value)) return ParameterState::at_infinity;
    return value == 0 && parameter.domain == Domain::positive ? ParameterState::at_zero : ParameterState::estimated;
}

// The positions at which the values of an object's keys begin.
struct Places {
    static constexpr const char *keys[] = {"kind",      "form",       "params", "design", "calendar",   "season",  "log_likelihood",
                                           "customers", "iterations", "prior",  "status", "covariance", "skipped", "baseline", "robust",
                                           "trees",     "net",        "penalty", "same"};
    static constexpr int n = sizeof keys / sizeof *keys;
    const char *place[n] = {};

    explicit Places(Scanner &scanner) {
        scanner.object([&](const char *name) {
            for (int i = 0; i < n; ++i) {
                if (std::strcmp(keys[i], name) != 0) continue;
                if (place[i] != nullptr) scanner.fail(psprintf("The key %s occurs twice.", name));
                place[i] = scanner.place();
                scanner.skip_value();
                return;
            }
            scanner.fail(psprintf("There is no key %s in a model.", name));
        });
        scanner.end();
    }

    bool has(const char *name) const { return place[number(name)] != nullptr; }

    // Moves the scanner before the value of a key.
    void find(Scanner &scanner, const char *name) const {
        if (!has(name)) scanner.fail(psprintf("The key %s is missing.", name));
        scanner.go_to(place[number(name)]);
    }

    // Checks, once the value has been read, that what follows belongs to the object.
    static void done(Scanner &scanner) {
        if (!scanner.accept(",")) scanner.expect("}");
    }

private:
    static int number(const char *name) {
        int i = 0;
        while (std::strcmp(keys[i], name) != 0) ++i;
        return i;
    }
};

const Family &scan_kind(Scanner &scanner) {
    char name[NAMEDATALEN];
    scanner.string(name, sizeof name);
    const Family *family = find_family(name);
    if (family == nullptr) scanner.fail("The kind of model is unknown.");
    return *family;
}

int scan_limit(Scanner &scanner, const Family &family) {
    for (std::size_t i = 0; i < family.limits.size; ++i)
        if (scanner.accept_here(psprintf("%s\"", family.limits[i].limit))) return static_cast<int>(i + 1);
    scanner.fail("The family has no such limit.");
}

// The coefficients of a calendar in the order of its columns; null where the fit refused.
void scan_season(Scanner &scanner, uint32 n, double *values) {
    scanner.expect("[");
    for (uint32 i = 0; i < n; ++i) {
        if (i > 0) scanner.expect(",");
        values[i] = number_or_null(scanner);
    }
    scanner.expect("]");
}

// The coefficient of the calendar whose title comes next, up to the end of the string; -1 if there is none.
int scan_season_title(Scanner &scanner, const StoredModel *model) {
    for (int i = 0; i < model->n_calendar_coefficients(); ++i) {
        StringInfoData title;
        initStringInfo(&title);
        escape_json(&title, season_title(*model->calendar(), i));
        if (scanner.accept_here(title.data + 1)) return i;
    }
    return -1;
}

// The column whose title comes next, up to the end of the string.
int16 scan_column(Scanner &scanner, const StoredModel *model) {
    const int season = scan_season_title(scanner, model);
    if (season >= 0) return static_cast<int16>((model->design() == nullptr ? 0 : model->design()->n_columns) + season);
    if (model->design() != nullptr) {
        StoredColumn column = first_column(*model->design());
        for (int i = 0; i < model->design()->n_columns; ++i) {
            if (i > 0) column = column.next();
            StringInfoData title;
            initStringInfo(&title);
            escape_json(&title, column_title(column));
            if (scanner.accept_here(title.data + 1)) return static_cast<int16>(i);
        }
    }
    scanner.fail("The status refers to an attribute that the model does not have.");
}

void scan_status(Scanner &scanner, const Family &family, const Form &form, StoredModel *model) {
    scanner.expect("\"");
    for (const StatusName &status : status_names()) {
        if (!scanner.accept_here(status.name)) continue;
        model->status = static_cast<uint16>(status.status);
        switch (status.status) {
            case Status::boundary:
                if (scan_limit(scanner, family) != model->form)
                    scanner.fail("A model at a boundary has the form of that boundary.");
                return;
            case Status::runaway:
            case Status::ridge:
            case Status::weak:
                for (std::size_t i = 0; i < form.parameters.size; ++i)
                    if (scanner.accept_here(psprintf("%s\"", form.parameters[i].name))) {
                        model->subject = static_cast<int16>(i);
                        return;
                    }
                if (status.status == Status::runaway) {
                    const int season = scan_season_title(scanner, model);
                    const int before = static_cast<int>(form.parameters.size) + model->n_attribute_coefficients();
                    if (season >= 0) {
                        model->subject = static_cast<int16>(before + season);
                        return;
                    }
                }
                scanner.fail("The status refers to a parameter that the model does not have.");
            case Status::constant:
            case Status::collinear:
            case Status::separated:
                model->subject = scan_column(scanner, model);
                return;
            default:
                scanner.expect_here("\"");
                return;
        }
    }
    scanner.fail("The status is unknown.");
}

// The parameters of the form; parameters that only the family has may be there, too, with the values of the limit.
// Returns how many have a value.
void scan_parameters(Scanner &scanner, const Family &family, const Form &form, double *values) {
    bool *seen = static_cast<bool *>(palloc0(form.parameters.size * sizeof(bool)));
    scanner.object([&](const char *name) {
        const double value = number_or_null(scanner);
        bool known = false;
        for_each_parameter(family, form, [&](const char *parameter, int index, double limit) {
            if (std::strcmp(parameter, name) != 0) return;
            known = true;
            if (index < 0) {
                if (!(value == limit || (std::isnan(value) && std::isnan(limit))))
                    scanner.fail(psprintf("The parameter %s is not that of the limit.", name));
                return;
            }
            if (seen[index]) scanner.fail(psprintf("The parameter %s occurs twice.", name));
            seen[index] = true;
            values[index] = value;
        });
        if (!known) scanner.fail(psprintf("There is no parameter %s in a model of kind %s.", name, family.name));
    });
    for (std::size_t i = 0; i < form.parameters.size; ++i)
        if (!seen[i]) scanner.fail(psprintf("The parameter %s is missing.", form.parameters[i].name));
}

// The calendar's own length word is that of a separate value.
void put_calendar(StoredModel &model, const Calendar &calendar) {
    std::memcpy(static_cast<void *>(model.calendar()), &calendar, calendar.bytes);
    model.calendar()->length_word = 0;
}

void scan_covariance(Scanner &scanner, int n, double *covariance) {
    for (int i = 0; i < n; ++i) {
        scanner.expect(i == 0 ? "[" : ",");
        for (int j = 0; j < n; ++j) {
            scanner.expect(j == 0 ? "[" : ",");
            const double value = number_or_null(scanner);
            double &stored = covariance[covariance_index(i, j)];
            // The lower triangle has already been read when the upper one comes.
            if (j >= i) {
                stored = value;
            } else if (stored != value && !(std::isnan(stored) && std::isnan(value))) {
                scanner.fail("The covariance is not symmetric.");
            }
        }
        scanner.expect("]");
    }
    scanner.expect("]");
}

}  // namespace

CLTV_FUNCTION(cltv_model_out) {
    const StoredModel &model = *model_argument(fcinfo, 0);
    const Family &family = family_of(model);
    const Form &form = form_of(model);
    const bool fitted = model.model_status() != Status::given;
    const int n = model.n_parameters;

    StringInfoData out;
    initStringInfo(&out);
    appendStringInfo(&out, "{\"kind\":\"%s\"", family.name);
    if (model.form != 0) appendStringInfo(&out, ",\"form\":\"%s\"", form.limit);
    appendStringInfoString(&out, ",\"params\":{");
    const char *separator = "";
    for_each_parameter(family, form, [&](const char *name, int index, double limit) {
        appendStringInfo(&out, "%s\"%s\":", separator, name);
        append_number_or_null(&out, index < 0 ? limit : index < n ? model.values[index] : none);
        separator = ",";
    });
    appendStringInfoChar(&out, '}');
    if (model.design() != nullptr) {
        appendStringInfoString(&out, ",\"design\":");
        append_design(&out, model);
    }
    if (model.calendar() != nullptr) {
        appendStringInfoString(&out, ",\"calendar\":");
        append_calendar(&out, *model.calendar());
        appendStringInfoString(&out, ",\"season\":[");
        for (int i = 0; i < model.n_calendar_coefficients(); ++i) {
            if (i > 0) appendStringInfoChar(&out, ',');
            append_number_or_null(&out, model.is_usable() ? model.calendar_coefficients()[i] : none);
        }
        appendStringInfoChar(&out, ']');
    }
    if (model.baseline() != nullptr) {
        appendStringInfoString(&out, ",\"baseline\":");
        append_baseline(&out, *model.baseline());
    }
    if (model.trees() != nullptr) {
        appendStringInfoString(&out, ",\"trees\":");
        append_trees(&out, *model.trees());
    }
    if (model.net() != nullptr) {
        appendStringInfoString(&out, ",\"net\":");
        append_net(&out, *model.net());
    }
    appendStringInfoString(&out, ",\"log_likelihood\":");
    append_number_or_null(&out, model.log_likelihood);
    appendStringInfoString(&out, ",\"customers\":");
    append_number_or_null(&out, fitted ? model.customers : none);
    if (model.skipped > 0) {
        appendStringInfoString(&out, ",\"skipped\":");
        append_number(&out, model.skipped);
    }
    appendStringInfoString(&out, ",\"iterations\":");
    append_number_or_null(&out, fitted ? model.iterations : none);
    if (model.flags & StoredModel::has_prior) appendStringInfoString(&out, ",\"prior\":true");
    if (model.flags & StoredModel::is_robust) appendStringInfoString(&out, ",\"robust\":true");
    if (model.flags & StoredModel::has_same) appendStringInfoString(&out, ",\"same\":true");
    if (model.penalty() > 0) {
        appendStringInfoString(&out, ",\"penalty\":");
        append_number(&out, model.penalty());
    }
    appendStringInfoString(&out, ",\"status\":");
    escape_json(&out, status_text(model));
    appendStringInfoString(&out, ",\"covariance\":");
    const double *const covariance = model.covariance();
    if (covariance == nullptr) appendStringInfoString(&out, "null");
    for (int i = 0; covariance != nullptr && i < n; ++i)
        for (int j = 0; j < n; ++j) {
            appendStringInfoString(&out, j > 0 ? "," : i > 0 ? ",[" : "[[");
            append_number_or_null(&out, covariance[covariance_index(i, j)]);
            if (j == n - 1) appendStringInfoString(&out, i == n - 1 ? "]]" : "]");
        }
    appendStringInfoChar(&out, '}');
    PG_RETURN_CSTRING(out.data);
}

// Keys may come in any order, because jsonb keeps them in its own.
CLTV_FUNCTION(cltv_model_in) {
    Scanner scanner(PG_GETARG_CSTRING(0), type_name);
    const Places places(scanner);
    places.find(scanner, "kind");
    const Family &family = scan_kind(scanner);
    int form_number = 0;
    if (places.has("form")) {
        places.find(scanner, "form");
        scanner.expect("\"");
        form_number = scan_limit(scanner, family);
    }
    const Form &form = *family.find_form(form_number);
    const int n_form = static_cast<int>(form.parameters.size);
    DesignParts parts;
    if (places.has("design")) {
        places.find(scanner, "design");
        parts = scan_design(scanner, !lacks_coefficients(family.kind));
        Places::done(scanner);
    }
    const Calendar *calendar = nullptr;
    if (places.has("calendar")) {
        places.find(scanner, "calendar");
        calendar = scan_calendar(scanner);
        Places::done(scanner);
    }
    BaselineParts baseline;
    if (places.has("baseline")) {
        places.find(scanner, "baseline");
        baseline = scan_baseline(scanner);
        Places::done(scanner);
    }
    ScannedTrees trees;
    if (places.has("trees")) {
        places.find(scanner, "trees");
        trees = scan_trees(scanner);
        Places::done(scanner);
    }
    ScannedNet net;
    if (places.has("net")) {
        places.find(scanner, "net");
        net = scan_net(scanner, parts.n_coefficients());
        Places::done(scanner);
    }
    const uint32 n_season = calendar == nullptr ? 0 : n_coefficients(*calendar);
    const int n = n_form + static_cast<int>(parts.coefficients.size + n_season);

    double *const values = static_cast<double *>(palloc(n * sizeof(double)));
    places.find(scanner, "params");
    scan_parameters(scanner, family, form, values);
    std::copy(parts.coefficients.data, parts.coefficients.data + parts.coefficients.size, values + n_form);
    if (places.has("season") != (calendar != nullptr)) scanner.fail("The keys calendar and season go together.");
    if (calendar != nullptr) {
        places.find(scanner, "season");
        scan_season(scanner, n_season, values + n_form + parts.coefficients.size);
        Places::done(scanner);
    }
    const bool predicts = std::any_of(values, values + n, [](double value) { return !std::isnan(value); });
    double penalty = 0;
    if (places.has("penalty")) {
        places.find(scanner, "penalty");
        penalty = scanner.number();
        Places::done(scanner);
        if (!(penalty > 0) || form.shift() == nullptr) scanner.fail(penalty_fault);
    }
    places.find(scanner, "covariance");
    const bool with_covariance = !scanner.accept("null");
    if (with_covariance && !predicts) scanner.fail("A model without parameters has no covariance.");
    StoredModel *const model =
        new_model(family, predicts ? n : 0, with_covariance, parts.bytes(), calendar == nullptr ? 0 : calendar->bytes,
                  baseline.bytes(), trees.bytes(), parts.means.size + parts.deviations.size, net.bytes(), penalty);
    model->form = static_cast<uint16>(form_number);
    if (with_covariance) scan_covariance(scanner, n, model->covariance());
    Places::done(scanner);
    for (int i = 0; i < model->n_parameters; ++i) {
        model->values[i] = values[i];
        model->states()[i] = state_of(values[i], parameter_of(form, i), form.penalised, penalty);
    }
    parts.write(*model);
    if (calendar != nullptr) put_calendar(*model, *calendar);
    baseline.write(*model);
    trees.write(*model);
    net.write(*model);
    std::copy(parts.means.data, parts.means.data + parts.means.size, model->means());
    std::copy(parts.deviations.data, parts.deviations.data + parts.deviations.size, model->means() + parts.means.size);

    places.find(scanner, "log_likelihood");
    model->log_likelihood = number_or_null(scanner);
    Places::done(scanner);
    places.find(scanner, "customers");
    model->customers = scanner.accept("null") ? 0 : scanner.number() + 0.0;
    Places::done(scanner);
    if (places.has("skipped")) {
        places.find(scanner, "skipped");
        model->skipped = scanner.number() + 0.0;
        Places::done(scanner);
    }
    places.find(scanner, "iterations");
    const int64 iterations = scanner.accept("null") ? 0 : scanner.integer();
    if (iterations < 0 || iterations > PG_INT32_MAX) scanner.fail("The number of iterations is out of range.");
    model->iterations = static_cast<int32>(iterations);
    Places::done(scanner);
    if (places.has("prior")) {
        places.find(scanner, "prior");
        scanner.expect("true");
        model->flags |= StoredModel::has_prior;
        Places::done(scanner);
    }
    if (places.has("robust")) {
        places.find(scanner, "robust");
        scanner.expect("true");
        model->flags |= StoredModel::is_robust;
        Places::done(scanner);
    }
    if (places.has("same")) {
        places.find(scanner, "same");
        scanner.expect("true");
        model->flags |= StoredModel::has_same;
        Places::done(scanner);
    }
    places.find(scanner, "status");
    scan_status(scanner, family, form, model);
    if (const char *fault = find_fault(model->view(), family)) scanner.fail(fault);
    PG_RETURN_POINTER(model);
}

CLTV_FUNCTION(cltv_model_send) {
    const StoredModel &model = *model_argument(fcinfo, 0);
    family_of(model);  // or an error
    StringInfoData buffer;
    pq_begintypsend(&buffer);
    pq_sendint16(&buffer, model.version);
    pq_sendint16(&buffer, model.kind);
    pq_sendint16(&buffer, model.form);
    pq_sendint16(&buffer, model.status);
    pq_sendint16(&buffer, model.subject);
    pq_sendint16(&buffer, model.n_parameters);
    pq_sendint32(&buffer, model.iterations);
    pq_sendint32(&buffer, model.flags);
    pq_sendfloat8(&buffer, model.customers);
    pq_sendfloat8(&buffer, model.skipped);
    pq_sendfloat8(&buffer, model.log_likelihood);
    pq_sendint32(&buffer, model.design() == nullptr ? 0 : model.design()->n_columns);
    pq_sendint32(&buffer, model.calendar() != nullptr);
    pq_sendint32(&buffer, model.baseline() != nullptr);
    pq_sendint32(&buffer, model.trees() != nullptr);
    if (model.design() != nullptr) send_design(&buffer, *model.design());
    if (model.calendar() != nullptr) send_calendar(&buffer, *model.calendar());
    if (model.baseline() != nullptr) send_baseline(&buffer, *model.baseline());
    if (model.trees() != nullptr) send_trees(&buffer, *model.trees());
    if (model.net() != nullptr) send_net(&buffer, *model.net());
    if (model.penalty() > 0) pq_sendfloat8(&buffer, model.penalty());
    const int n_values = model.n_parameters + (model.covariance() ? n_covariances(model.n_parameters) : 0);
    for (int i = 0; i < n_values; ++i) pq_sendfloat8(&buffer, model.values[i]);
    for (int i = 0; i < model.n_parameters; ++i) pq_sendint8(&buffer, static_cast<uint8>(model.states()[i]));
    if (model.means() != nullptr)
        for (int i = 0; i < 2 * model.n_attribute_coefficients(); ++i) pq_sendfloat8(&buffer, model.means()[i]);
    PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

CLTV_FUNCTION(cltv_model_recv) {
    StringInfo buffer = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const uint16 version = pq_getmsgint(buffer, 2);
    const Family *family = find_family(static_cast<Kind>(pq_getmsgint(buffer, 2)));
    if (version != StoredModel::current_version || family == nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                        errmsg("cltv_model of unknown kind or version in binary input")));
    const uint16 form_number = pq_getmsgint(buffer, 2), status = pq_getmsgint(buffer, 2);
    const int16 subject = static_cast<int16>(pq_getmsgint(buffer, 2));
    const int n = pq_getmsgint(buffer, 2);
    const int32 iterations = static_cast<int32>(pq_getmsgint(buffer, 4));
    const uint32 flags = pq_getmsgint(buffer, 4);
    const Form *form = family->find_form(form_number);
    check_binary(form != nullptr, type_name, "The family has no such limit.");
    check_binary((flags & ~(StoredModel::has_covariance | StoredModel::has_prior | StoredModel::is_robust |
                           StoredModel::has_means | StoredModel::has_net | StoredModel::has_penalty | StoredModel::has_same)) == 0, type_name,
                 "A flag is of a version to come.");
    const bool with_covariance = (flags & StoredModel::has_covariance) != 0;
    const double customers = pq_getmsgfloat8(buffer) + 0.0, skipped = pq_getmsgfloat8(buffer) + 0.0;  // -0 becomes 0
    const double log_likelihood = receive_number_or_null(buffer);
    const uint32 n_columns = pq_getmsgint(buffer, 4);
    const uint32 n_calendars = pq_getmsgint(buffer, 4);
    const uint32 n_baselines = pq_getmsgint(buffer, 4);
    const uint32 n_forests = pq_getmsgint(buffer, 4);
    check_binary(n_calendars <= 1, type_name, "A model has one calendar, or none.");
    check_binary(n_baselines <= 1, type_name, "A model has one baseline, or none.");
    check_binary(n_forests <= 1, type_name, "A model has its trees once, or none.");
    const DesignParts parts = receive_design(buffer, n_columns, type_name);
    const Calendar *const calendar = n_calendars == 0 ? nullptr : receive_calendar(buffer, type_name);
    const BaselineParts baseline = n_baselines == 0 ? BaselineParts{} : receive_baseline(buffer, type_name);
    const ScannedTrees trees = n_forests == 0 ? ScannedTrees{} : receive_trees(buffer, type_name);
    const ScannedNet net = flags & StoredModel::has_net ? receive_net(buffer, parts.n_coefficients(), type_name) : ScannedNet{};
    const double penalty = flags & StoredModel::has_penalty ? pq_getmsgfloat8(buffer) : 0;
    check_binary((flags & StoredModel::has_penalty) == 0 || (penalty > 0 && std::isfinite(penalty) && form->shift() != nullptr),
                 type_name, penalty_fault);
    const bool with_means = (flags & StoredModel::has_means) != 0;
    const uint32 n_attribute_coefficients = lacks_coefficients(family->kind) ? 0 : parts.n_coefficients();
    const int n_season = calendar == nullptr ? 0 : static_cast<int>(n_coefficients(*calendar));
    check_binary(n == 0 || n == static_cast<int>(form->parameters.size + n_attribute_coefficients) + n_season, type_name,
                 "The model does not have the parameters of its form.");
    StoredModel *const model =
        new_model(*family, n, with_covariance, parts.bytes(), calendar == nullptr ? 0 : calendar->bytes, baseline.bytes(),
                  trees.bytes(), with_means ? 2 * Size{parts.n_coefficients()} : 0, net.bytes(), penalty);
    model->form = form_number;
    model->status = status;
    model->subject = subject;
    model->iterations = iterations;
    model->flags = flags;
    model->customers = customers;
    model->skipped = skipped;
    model->log_likelihood = log_likelihood;
    const int n_values = n + (with_covariance ? n_covariances(n) : 0);
    for (int i = 0; i < n_values; ++i) model->values[i] = receive_number_or_null(buffer);
    for (int i = 0; i < n; ++i) {
        model->states()[i] = static_cast<ParameterState>(pq_getmsgbyte(buffer));
        check_binary(model->states()[i] == state_of(model->values[i], parameter_of(*form, i), form->penalised, penalty), type_name,
                     "The state of a parameter is not that of its value.");
    }
    if (with_means) {
        check_binary(parts.n_coefficients() > 0, type_name, "There are no attributes to have means.");
        for (uint32 i = 0; i < 2 * parts.n_coefficients(); ++i) model->means()[i] = pq_getmsgfloat8(buffer) + 0.0;
    }
    parts.write(*model);
    if (calendar != nullptr) put_calendar(*model, *calendar);
    baseline.write(*model);
    trees.write(*model);
    net.write(*model);
    if (const char *fault = find_fault(model->view(), *family)) refuse_binary(type_name, fault);
    PG_RETURN_POINTER(model);
}
