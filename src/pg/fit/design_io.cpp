#include "pg/fit/design_io.hpp"

#include <cstring>

#include "pg/base/binary.hpp"
#include "pg/base/json_text.hpp"
#include "pg/fit/number_or_null.hpp"
#include "pg/rows/features.hpp"

namespace cltv::pg {

void append_design(StringInfo out, const StoredModel &model) {
    const Design &design = *model.design();
    const double *const coefficients = model.is_usable() ? model.values + model.n_parameters - model.n_coefficients() : nullptr;
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
        if (lacks_coefficients(static_cast<Kind>(model.kind))) {
            appendStringInfoChar(out, '}');
            continue;
        }
        appendStringInfoString(out, ",\"coefficients\":[");
        for (uint32 j = 0; j < column.n_coefficients(); ++j) {
            if (j > 0) appendStringInfoChar(out, ',');
            append_number_or_null(out, coefficients == nullptr ? none : coefficients[column.first_coefficient() + j]);
        }
        appendStringInfoChar(out, ']');
        const auto append_numbers = [&](const char *key, const double *numbers) {
            appendStringInfo(out, ",\"%s\":", key);
            for (uint32 j = 0; j < column.n_coefficients(); ++j) {
                appendStringInfoChar(out, j == 0 ? '[' : ',');
                append_number(out, numbers[column.first_coefficient() + j]);
            }
            appendStringInfoString(out, column.n_coefficients() == 0 ? "[]" : "]");
        };
        if (model.means() != nullptr) {
            append_numbers("means", model.means());
            append_numbers("deviations", model.means() + model.n_attribute_coefficients());
        }
        appendStringInfoChar(out, '}');
    }
    appendStringInfoChar(out, ']');
}

namespace {

void scan_design_column(Scanner &scanner, DesignParts &parts, bool with_coefficients) {
    DesignColumn &column = parts.columns.append() = DesignColumn{};
    column.kind = FeatureKind::number;
    bool coefficients = false, means = false, deviations = false, other = false, role_there = false, name_there = false;
    const uint32 before = parts.coefficients.size, means_before = parts.means.size;
    const auto once = [&scanner](const char *key, bool &there) {
        if (there) scanner.fail(psprintf("The key %s occurs twice.", key));
        there = true;
    };
    scanner.object([&](const char *key) {
        if (std::strcmp(key, "role") == 0) {
            once(key, role_there);
            char name[NAMEDATALEN];
            scanner.string(name, sizeof name);
            int role = 1;
            while (role < n_roles && std::strcmp(role_name(static_cast<Role>(role)), name) != 0) ++role;
            if (role == n_roles) scanner.fail("The role of an attribute is unknown.");
            column.role = static_cast<Role>(role);
        } else if (std::strcmp(key, "name") == 0) {
            once(key, name_there);
            const ScannedText name = scan_text(scanner);
            column.name = {name.data, name.size};
        } else if (std::strcmp(key, "levels") == 0) {
            PallocList<Text> levels;
            if (column.kind == FeatureKind::category) scanner.fail("The key levels occurs twice.");
            scanner.array([&] {
                Text &level = levels.append() = Text{nullptr, 0};
                if (scanner.accept("null")) return;
                const ScannedText text = scan_text(scanner);
                level = {text.data, text.size};
            });
            column.n_levels = levels.size;
            column.levels = levels.data;
            column.kind = FeatureKind::category;
        } else if (std::strcmp(key, "other") == 0) {
            column.has_other = scanner.accept("true");
            if (!column.has_other) scanner.expect("false");
            once(key, other);
        } else if (with_coefficients && std::strcmp(key, "coefficients") == 0) {
            once(key, coefficients);
            scanner.array([&] {
                parts.coefficients.append() = number_or_null(scanner);
            });
        } else if (with_coefficients && (std::strcmp(key, "means") == 0 || std::strcmp(key, "deviations") == 0)) {
            const bool is_mean = *key == 'm';
            once(key, is_mean ? means : deviations);
            scanner.array([&] {
                (is_mean ? parts.means : parts.deviations).append() = scanner.number() + 0.0;
            });
        } else {
            scanner.fail(psprintf("There is no key %s in a design.", key));
        }
    });
    if (coefficients != with_coefficients) scanner.fail("The key coefficients is missing.");
    if (other != (column.kind == FeatureKind::category)) scanner.fail("The keys levels and other go together.");
    if (column.kind == FeatureKind::category && column.n_levels == 0) scanner.fail("A category has a reference.");
    if (with_coefficients && parts.coefficients.size - before != column.n_coefficients())
        scanner.fail("An attribute has other coefficients than levels.");
    if (means != deviations || (means && (parts.means.size - means_before != column.n_coefficients() ||
                                          parts.deviations.size != parts.means.size)))
        scanner.fail("An attribute has a mean and a standard deviation for each coefficient.");
}

}  // namespace

DesignParts scan_design(Scanner &scanner, bool with_coefficients) {
    DesignParts parts;
    scanner.array([&] {
        scan_design_column(scanner, parts, with_coefficients);
    });
    if (const char *fault = find_fault(parts.columns.data, parts.columns.size)) scanner.fail(fault);
    if (parts.means.size > 0 && parts.means.size != parts.coefficients.size)
        scanner.fail("All attributes of a design have means, or none.");
    return parts;
}

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

DesignParts receive_design(StringInfo in, uint32 n_columns, const char *type_name) {
    DesignParts parts;
    for (uint32 i = 0; i < n_columns; ++i) {
        CHECK_FOR_INTERRUPTS();
        DesignColumn &column = parts.columns.append() = DesignColumn{};
        const int role = pq_getmsgbyte(in), kind = pq_getmsgbyte(in), other = pq_getmsgbyte(in);
        check_binary(role < n_roles && kind <= static_cast<int>(FeatureKind::category) && other <= 1, type_name,
                     "The role or the kind of an attribute is unknown.");
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
    if (n_columns == 0) return parts;
    if (const char *fault = find_fault(parts.columns.data, n_columns)) refuse_binary(type_name, fault);
    return parts;
}

}  // namespace cltv::pg
