// cltv_model: its text form, which is JSON, and its binary form.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/fit/family.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/json_text.hpp"
#include "pg/base/scan.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/rows/calendar.hpp"
#include "pg/rows/features.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr char type_name[] = "cltv_model";
constexpr double none = std::numeric_limits<double>::quiet_NaN();

// A coefficient is of either sign.
constexpr Parameter coefficient = {"coefficient", Domain::real};
const Parameter &parameter_of(const Form &form, int i) {
    return i < static_cast<int>(form.parameters.size) ? form.parameters[i] : coefficient;
}

// Where the text and the binary form do not say what is known of a parameter, its value does.
ParameterState state_of(double value, const Parameter &parameter) {
    if (parameter.domain == Domain::number) return ParameterState::chosen;
    if (std::isnan(value)) return ParameterState::unidentified;
    if (std::isinf(value)) return ParameterState::at_infinity;
    return value == 0 && parameter.domain == Domain::positive ? ParameterState::at_zero : ParameterState::estimated;
}

void append_number_or_null(StringInfo out, double value) {
    if (std::isnan(value))
        appendStringInfoString(out, "null");
    else if (std::isinf(value))  // JSON has no such number
        appendStringInfoString(out, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    else
        append_number(out, value);
}

// NULL is NaN in the binary form; it is stored as the one that a fit without parameters has, whatever NaN came in.
double receive_number_or_null(StringInfo in) {
    const double value = pq_getmsgfloat8(in);
    return std::isnan(value) ? none : value + 0.0;  // -0 becomes 0
}

double number_or_null(Scanner &scanner) {
    if (scanner.accept("null")) return none;
    if (scanner.accept("\"Infinity\"")) return std::numeric_limits<double>::infinity();
    if (scanner.accept("\"-Infinity\"")) return -std::numeric_limits<double>::infinity();
    return scanner.number() + 0.0;
}

// Where the values of an object's keys begin.
struct Places {
    static constexpr const char *keys[] = {"kind",      "form",       "params", "design", "calendar",   "season",  "log_likelihood",
                                           "customers", "iterations", "prior",  "status", "covariance", "skipped"};
    static constexpr int n = sizeof keys / sizeof *keys;
    const char *place[n] = {};

    explicit Places(Scanner &scanner) {
        scanner.object([&](const char *name) {
            for (int i = 0; i < n; ++i) {
                if (std::strcmp(keys[i], name) != 0) continue;
                if (place[i] != nullptr) scanner.fail(psprintf("The key %s comes twice.", name));
                place[i] = scanner.place();
                scanner.skip_value();
                return;
            }
            scanner.fail(psprintf("There is no key %s in a model.", name));
        });
        scanner.end();
    }

    bool has(const char *name) const { return place[number(name)] != nullptr; }

    // The scanner stands before its value.
    void find(Scanner &scanner, const char *name) const {
        if (!has(name)) scanner.fail(psprintf("The key %s is missing.", name));
        scanner.go_to(place[number(name)]);
    }

    // The value has been read: what follows belongs to the object.
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

// The design of attributes: an array of objects such as {"role":"purchases","name":"age","coefficients":[0.01]} and
// {"role":"purchases","name":"country","levels":["AT","DE"],"other":true,"coefficients":[0.2,-0.1]}, whose first level is
// the reference. Levels that are not known are null, and so are coefficients that are not identified or of a fit that
// refuses. Keys come in any order, as jsonb has its own.
void append_design(StringInfo out, const StoredModel &model) {
    const Design &design = *model.design();
    const double *const coefficients = model.is_usable() ? model.values + model.n_parameters - design.n_coefficients : nullptr;
    StoredColumn column = first_column(design);
    for (int i = 0; i < design.n_columns; ++i) {
        if (i > 0) column = column.next();
        appendStringInfoString(out, i == 0 ? "[{" : ",{");
        if (const char *role = role_name(column.role())) appendStringInfo(out, "\"role\":\"%s\",", role);
        appendStringInfoString(out, "\"name\":");
        append_text(out, column.name().data, column.name().size);
        if (column.kind() == FeatureKind::category) {
            appendStringInfoString(out, ",\"levels\":");
            for (uint32 j = 0; j < column.n_levels(); ++j) {
                appendStringInfoChar(out, j == 0 ? '[' : ',');
                const Text level = column.level(j);
                if (is_unknown(level))
                    appendStringInfoString(out, "null");
                else
                    append_text(out, level.data, level.size);
            }
            appendStringInfo(out, "],\"other\":%s", column.has_other() ? "true" : "false");
        }
        appendStringInfoString(out, ",\"coefficients\":[");
        for (uint32 j = 0; j < column.n_coefficients(); ++j) {
            if (j > 0) appendStringInfoChar(out, ',');
            append_number_or_null(out, coefficients == nullptr ? none : coefficients[column.first_coefficient() + j]);
        }
        appendStringInfoString(out, "]}");
    }
    appendStringInfoChar(out, ']');
}

// Columns of a design, and the coefficients of all of them, as they are read.
struct DesignParts {
    DesignColumn *columns;
    int n_columns, column_capacity;
    double *coefficients;
    int n_coefficients, coefficient_capacity;

    DesignColumn &append_column() {
        if (n_columns == column_capacity) {
            column_capacity = column_capacity == 0 ? 16 : 2 * column_capacity;
            const Size bytes = column_capacity * sizeof(DesignColumn);
            columns = static_cast<DesignColumn *>(columns ? repalloc(columns, bytes) : palloc(bytes));
        }
        return columns[n_columns++] = DesignColumn{};
    }

    void append_coefficient(double value) {
        if (n_coefficients == coefficient_capacity) {
            coefficient_capacity = coefficient_capacity == 0 ? 16 : 2 * coefficient_capacity;
            const Size bytes = coefficient_capacity * sizeof(double);
            coefficients = static_cast<double *>(coefficients ? repalloc(coefficients, bytes) : palloc(bytes));
        }
        coefficients[n_coefficients++] = value;
    }
};

void scan_design_column(Scanner &scanner, DesignParts &parts) {
    DesignColumn &column = parts.append_column();
    column.kind = FeatureKind::number;
    bool coefficients = false, other = false, role_there = false, name_there = false;
    const int before = parts.n_coefficients;
    const auto once = [&scanner](const char *key, bool &there) {
        if (there) scanner.fail(psprintf("The key %s comes twice.", key));
        there = true;
    };
    scanner.object([&](const char *key) {
        if (std::strcmp(key, "role") == 0) {
            once(key, role_there);
            char name[NAMEDATALEN];
            scanner.string(name, sizeof name);
            int role = 1;
            while (role < n_roles && std::strcmp(role_name(static_cast<Role>(role)), name) != 0) ++role;
            if (role == n_roles) scanner.fail("The role of an attribute is not known.");
            column.role = static_cast<Role>(role);
        } else if (std::strcmp(key, "name") == 0) {
            once(key, name_there);
            const ScannedText name = scan_text(scanner);
            column.name = {name.data, name.size};
        } else if (std::strcmp(key, "levels") == 0) {
            uint32 capacity = 16;
            Text *levels = static_cast<Text *>(palloc(capacity * sizeof(Text)));
            if (column.kind == FeatureKind::category) scanner.fail("The key levels comes twice.");
            scanner.expect("[");
            for (const char *between = "["; !scanner.accept("]"); between = ",") {
                CHECK_FOR_INTERRUPTS();
                if (*between == ',') scanner.expect(",");
                if (column.n_levels == capacity) {
                    capacity *= 2;
                    levels = static_cast<Text *>(repalloc(levels, capacity * sizeof(Text)));
                }
                Text &level = levels[column.n_levels++];
                level = {nullptr, 0};
                if (scanner.accept("null")) continue;
                const ScannedText text = scan_text(scanner);
                level = {text.data, text.size};
            }
            column.levels = levels;
            column.kind = FeatureKind::category;
        } else if (std::strcmp(key, "other") == 0) {
            column.has_other = scanner.accept("true");
            if (!column.has_other) scanner.expect("false");
            once(key, other);
        } else if (std::strcmp(key, "coefficients") == 0) {
            once(key, coefficients);
            scanner.expect("[");
            for (const char *between = "["; !scanner.accept("]"); between = ",") {
                CHECK_FOR_INTERRUPTS();
                if (*between == ',') scanner.expect(",");
                parts.append_coefficient(number_or_null(scanner));
            }
        } else {
            scanner.fail(psprintf("There is no key %s in a design.", key));
        }
    });
    if (!coefficients) scanner.fail("The key coefficients is missing.");
    if (other != (column.kind == FeatureKind::category)) scanner.fail("The keys levels and other go together.");
    if (column.kind == FeatureKind::category && column.n_levels == 0) scanner.fail("A category has a reference.");
    if (static_cast<uint32>(parts.n_coefficients - before) != column.n_coefficients())
        scanner.fail("An attribute has other coefficients than levels.");
}

DesignParts scan_design(Scanner &scanner) {
    DesignParts parts = {};
    scanner.expect("[");
    for (const char *between = "["; !scanner.accept("]"); between = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*between == ',') scanner.expect(",");
        scan_design_column(scanner, parts);
    }
    if (const char *fault = find_fault(parts.columns, static_cast<std::size_t>(parts.n_columns))) scanner.fail(fault);
    return parts;
}

// The coefficients of a calendar in the order of its columns, as many as there are, null where the fit refused.
void scan_season(Scanner &scanner, uint32 n, double *values) {
    scanner.expect("[");
    for (uint32 i = 0; i < n; ++i) {
        if (i > 0) scanner.expect(",");
        values[i] = number_or_null(scanner);
    }
    scanner.expect("]");
}

// The coefficient of a calendar whose title comes next, up to the end of the string; -1 if it is none.
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
    scanner.fail("The status speaks of an attribute that the model does not have.");
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
                scanner.fail("The status speaks of a parameter that the model does not have.");
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

// The parameters of the form; those of the family that it has not may be there, with the values of the limit.
// How many have a value.
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
            if (seen[index]) scanner.fail(psprintf("The parameter %s comes twice.", name));
            seen[index] = true;
            values[index] = value;
        });
        if (!known) scanner.fail(psprintf("There is no parameter %s in a model of kind %s.", name, family.name));
    });
    for (std::size_t i = 0; i < form.parameters.size; ++i)
        if (!seen[i]) scanner.fail(psprintf("The parameter %s is missing.", form.parameters[i].name));
}

// The calendar's own length is that of a value by itself.
void put_calendar(StoredModel &model, const Calendar &calendar) {
    std::memcpy(static_cast<void *>(model.calendar()), &calendar, calendar.bytes);
    model.calendar()->length_word = 0;
}

void scan_covariance(Scanner &scanner, int n, double *covariance) {
    for (int i = 0; i < n; ++i) {
        scanner.expect(i == 0 ? "[" : ",");
        for (int j = 0; j < n; ++j) {
            scanner.expect(j == 0 ? "[" : ",");
            const double value = scanner.accept("null") ? none : scanner.number();
            double &stored = covariance[covariance_index(i, j)];
            // The lower triangle has been read where the upper one comes.
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

// Binary: each column's role, kind and whether it has other levels, its name, the number of its levels, and each of them
// after a byte that says whether it is known.
void send_design(StringInfo out, const Design &design) {
    StoredColumn column = first_column(design);
    for (int i = 0; i < design.n_columns; ++i) {
        if (i > 0) column = column.next();
        pq_sendint8(out, static_cast<uint8>(column.role()));
        pq_sendint8(out, static_cast<uint8>(column.kind()));
        pq_sendint8(out, column.has_other());
        send_text(out, column.name());
        pq_sendint32(out, column.n_levels());
        for (uint32 j = 0; j < column.n_levels(); ++j) {
            const Text level = column.level(j);
            pq_sendint8(out, !is_unknown(level));
            if (!is_unknown(level)) send_text(out, level);
        }
    }
}

void receive_design(StringInfo in, uint32 n, DesignParts &parts) {
    for (uint32 i = 0; i < n; ++i) {
        CHECK_FOR_INTERRUPTS();
        DesignColumn &column = parts.append_column();
        const int role = pq_getmsgbyte(in), kind = pq_getmsgbyte(in), other = pq_getmsgbyte(in);
        check_binary(role < n_roles && kind <= static_cast<int>(FeatureKind::category) && other <= 1, type_name,
                     "The role or the kind of an attribute is not known.");
        column.role = static_cast<Role>(role);
        column.kind = static_cast<FeatureKind>(kind);
        column.has_other = other != 0;
        column.name = receive_text(in, type_name);
        column.n_levels = pq_getmsgint(in, 4);
        check_binary(column.n_levels <= static_cast<uint32>(in->len - in->cursor), type_name,
                     "There are more levels than bytes.");
        Text *const levels = static_cast<Text *>(palloc((Size{column.n_levels} + 1) * sizeof(Text)));
        for (uint32 j = 0; j < column.n_levels; ++j)
            levels[j] = pq_getmsgbyte(in) != 0 ? receive_text(in, type_name) : Text{nullptr, 0};
        column.levels = levels;
    }
    if (n == 0) return;
    if (const char *fault = find_fault(parts.columns, n)) refuse_binary(type_name, fault);
    for (uint32 i = 0; i < n; ++i) parts.n_coefficients += static_cast<int>(parts.columns[i].n_coefficients());
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
    appendStringInfoString(&out, ",\"params\":");
    const char *separator = "{";
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

// Keys come in any order, for jsonb keeps them in its own.
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
    DesignParts parts = {};
    if (places.has("design")) {
        places.find(scanner, "design");
        parts = scan_design(scanner);
        Places::done(scanner);
    }
    const Calendar *calendar = nullptr;
    if (places.has("calendar")) {
        places.find(scanner, "calendar");
        calendar = scan_calendar(scanner);
        Places::done(scanner);
    }
    const uint32 n_season = calendar == nullptr ? 0 : n_coefficients(*calendar);
    const int n = n_form + parts.n_coefficients + static_cast<int>(n_season);

    double *const values = static_cast<double *>(palloc(n * sizeof(double)));
    places.find(scanner, "params");
    scan_parameters(scanner, family, form, values);
    std::copy(parts.coefficients, parts.coefficients + parts.n_coefficients, values + n_form);
    if (places.has("season") != (calendar != nullptr)) scanner.fail("The keys calendar and season go together.");
    if (calendar != nullptr) {
        places.find(scanner, "season");
        scan_season(scanner, n_season, values + n_form + parts.n_coefficients);
        Places::done(scanner);
    }
    const bool predicts = std::any_of(values, values + n, [](double value) { return !std::isnan(value); });
    places.find(scanner, "covariance");
    const bool with_covariance = !scanner.accept("null");
    if (with_covariance && !predicts) scanner.fail("A model without parameters has no covariance.");
    const Size design = parts.n_columns == 0 ? 0 : design_bytes(parts.columns, static_cast<std::size_t>(parts.n_columns));
    StoredModel *const model =
        new_model(family, predicts ? n : 0, with_covariance, design, calendar == nullptr ? 0 : calendar->bytes);
    model->form = static_cast<uint16>(form_number);
    if (with_covariance) scan_covariance(scanner, n, model->covariance());
    Places::done(scanner);
    for (int i = 0; i < model->n_parameters; ++i) {
        model->values[i] = values[i];
        model->states()[i] = state_of(values[i], parameter_of(form, i));
    }
    if (design > 0) write_design(parts.columns, static_cast<std::size_t>(parts.n_columns), model->design());
    if (calendar != nullptr) put_calendar(*model, *calendar);

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
    if (model.design() != nullptr) send_design(&buffer, *model.design());
    if (model.calendar() != nullptr) send_calendar(&buffer, *model.calendar());
    const int n_values = model.n_parameters + (model.covariance() ? n_covariances(model.n_parameters) : 0);
    for (int i = 0; i < n_values; ++i) pq_sendfloat8(&buffer, model.values[i]);
    for (int i = 0; i < model.n_parameters; ++i) pq_sendint8(&buffer, static_cast<uint8>(model.states()[i]));
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
    check_binary((flags & ~(StoredModel::has_covariance | StoredModel::has_prior)) == 0, type_name,
                 "A flag is of a version to come.");
    const bool with_covariance = (flags & StoredModel::has_covariance) != 0;
    const double customers = pq_getmsgfloat8(buffer) + 0.0, skipped = pq_getmsgfloat8(buffer) + 0.0;  // -0 becomes 0
    const double log_likelihood = receive_number_or_null(buffer);
    const uint32 n_columns = pq_getmsgint(buffer, 4);
    const uint32 n_calendars = pq_getmsgint(buffer, 4);
    check_binary(n_calendars <= 1, type_name, "A model has one calendar, or none.");
    DesignParts parts = {};
    receive_design(buffer, n_columns, parts);
    const Calendar *const calendar = n_calendars == 0 ? nullptr : receive_calendar(buffer, type_name);
    const int n_season = calendar == nullptr ? 0 : static_cast<int>(n_coefficients(*calendar));
    check_binary(n == 0 || n == static_cast<int>(form->parameters.size) + parts.n_coefficients + n_season, type_name,
                 "The model does not have the parameters of its form.");
    const Size design = n_columns == 0 ? 0 : design_bytes(parts.columns, n_columns);
    StoredModel *const model = new_model(*family, n, with_covariance, design, calendar == nullptr ? 0 : calendar->bytes);
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
        check_binary(model->states()[i] == state_of(model->values[i], parameter_of(*form, i)), type_name,
                     "The state of a parameter is not that of its value.");
    }
    if (design > 0) write_design(parts.columns, n_columns, model->design());
    if (calendar != nullptr) put_calendar(*model, *calendar);
    if (const char *fault = find_fault(model->view(), *family)) refuse_binary(type_name, fault);
    PG_RETURN_POINTER(model);
}
