// feature_base: its text and binary forms.
#include "pg/rows/feature_base.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pg/base/binary.hpp"
#include "pg/base/customer_args.hpp"
#include "pg/base/json_text.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/rows/contract_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/response.hpp"
#include "pg/rows/survival_time.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr char type_name[] = "feature_base";
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// Text form: {"customers":<sum of the counts>,"skipped":<rows, if there are any>,"targets":"orders","columns":[{"role":"purchases","name":"age","kind":"number"},
// {"role":"purchases","name":"country","kind":"category","levels":["AT","DE"]}],"attributes":[[31,0],[null,1]],
// "rows":[[<row of attributes>,<frequency>,<recency>,<tenure>,<count>],...]}. Levels and rows are given by their numbers
// from 0; keys stand in this order. ------------------------------------------------------------------------------------

constexpr const char *kind_names[] = {"null", "number", "category"};

// What is wrong with a number of skipped rows, or nullptr.
const char *fault_of_skipped(double skipped) {
    return skipped >= 0 && skipped <= largest_frequency && skipped == std::floor(skipped) ? nullptr
                                                                                           : "The number of skipped rows cannot be.";
}

// The number of the first level of each column of a sorted set, and one past the last.
uint32 *first_levels(const FeatureSet &set) {
    uint32 *const first = static_cast<uint32 *>(palloc0((set.n_columns + 1) * sizeof(uint32)));
    for (uint32 i = 0; i < set.levels; ++i) ++first[set.level(i).column + 1];
    for (uint32 i = 0; i < set.n_columns; ++i) first[i + 1] += first[i];
    return first;
}

// Reads a set from outside: its schema, then its parts.
struct Reader {
    FeatureSet *set;
    PallocList<uint32> *levels;      // of each column: the numbers that its levels have in the set
    double *values;                  // of a row of attributes
    PallocList<uint32> attributes;   // the numbers that the rows of attributes have in the set

    void start(Targets targets, const FeatureSet::Names *names_of, const char *const *names) {
        check_room((set = start_feature_set(targets, names_of, names, allocate_value)) != nullptr);
        levels = static_cast<PallocList<uint32> *>(palloc0((set->n_columns + 1) * sizeof(PallocList<uint32>)));
        values = static_cast<double *>(palloc((set->n_columns + 1) * sizeof(double)));
    }

    // Adds a level, which may occur once; returns what is wrong, or nullptr.
    const char *add_level_of(uint32 column, const Text &text) {
        const uint32 before = set->levels;
        check_room(add_level(set, column, text, levels[column].append(), allocate_value));
        return set->levels == before ? "A level occurs twice." : nullptr;
    }

    // A missing number is NaN; returns what is wrong, or nullptr.
    const char *add_attributes_row() {
        for (uint32 c = 0; c < set->n_columns; ++c) {
            double &value = values[c];
            if (std::isnan(value)) {
                value = unknown;
                continue;
            }
            switch (set->kind(c)) {
                case FeatureKind::null: return "A column of kind null has a value.";
                case FeatureKind::number:
                    if (!std::isfinite(value)) return "A number is not finite.";
                    value += 0.0;
                    break;
                case FeatureKind::category:
                    if (!(value >= 0 && value < levels[c].size && value == std::floor(value))) return "There is no such level.";
                    value = levels[c].data[static_cast<uint32>(value)];
            }
        }
        check_room(add_attributes(set, values, attributes.append(), allocate_value));
        return nullptr;
    }

    // Raises 22023 for targets that no customer can have.
    const char *add_customers(FeatureCount row) {
        if (!is_customer_count(row.count)) return "The count of customers at the end of a row must be above 0 and at most 2^53.";
        if (!(row.row >= 0 && row.row < attributes.size && row.row == std::floor(row.row)))
            return "There is no such row of attributes.";
        row.row = attributes.data[static_cast<uint32>(row.row)];
        if (set->targets == Targets::orders) {
            const Customer customer = checked_customer(row.target[0], row.target[1], row.target[2]);
            row.target[0] = customer.frequency;
            row.target[1] = customer.recency;
            row.target[2] = customer.tenure;
        } else if (set->targets == Targets::spend) {
            row.target[0] = checked_frequency(row.target[0]);
            row.target[1] = checked_spend("monetary_value", row.target[1], false);
        } else if (set->targets == Targets::survival) {
            row.target[0] = checked_time("time", row.target[0]);
            if (!(row.target[1] == 0 || row.target[1] == 1)) return "A customer left, 1, or did not, 0.";
            row.target[1] += 0.0;
            row.target[2] = checked_entry(row.target[2], row.target[0]);
        } else if (set->targets == Targets::response) {
            for (int i = 0; i < 2; ++i) row.target[i] = checked_response(i == 0 ? "y" : "offset", row.target[i]);
        } else {
            const Contract contract = checked_contract(row.target[0], row.target[1]);
            row.target[0] = contract.periods;
            row.target[1] = contract.churned;
        }
        if (n_targets(set->targets) == 2 && set->targets != Targets::response && row.target[0] == 0) return "A row tells nothing.";
        for (int i = n_targets(set->targets); i < most_targets; ++i) row.target[i] = 0;
        check_room(add_row(set, row, allocate_value));
        return nullptr;
    }
};

// Names role after role, each preceded by its length.
struct NameList {
    StringInfoData block[n_roles];
    FeatureSet::Names names_of[n_roles];
    const char *names[n_roles];
    Text last;
    int last_role;

    NameList() {
        for (int r = 0; r < n_roles; ++r) {
            initStringInfo(&block[r]);
            names_of[r] = {};
        }
        last = {};
        last_role = -1;
    }

    // Names ascend within a role, and so do the roles. Returns what is wrong, or nullptr.
    const char *append(int role, const Text &name) {
        if (role < last_role || (role == last_role && !(last < name)))
            return "Columns must come by role, and by name within a role.";
        if (name.size == 0 || name.size > Features::longest_name) return "The name of an attribute has 1 to 255 bytes.";
        if (names_of[role].n == static_cast<uint32>(Features::most)) return "There are too many attributes.";
        appendStringInfoChar(&block[role], static_cast<char>(name.size));
        appendBinaryStringInfo(&block[role], name.data, static_cast<int>(name.size));
        ++names_of[role].n;
        last = name;
        last_role = role;
        return nullptr;
    }

    void finish() {
        for (int r = 0; r < n_roles; ++r) {
            names[r] = block[r].data;
            names_of[r].bytes = static_cast<uint32>(block[r].len);
            std::uint64_t hash = 0;
            NameBlock all(block[r].data);
            for (uint32 i = 0; i < names_of[r].n; ++i) hash = hash_of(hash, all.next());
            names_of[r].hash = static_cast<uint32>(hash >> 32);
        }
    }
};

}  // namespace

namespace cltv::pg {

double customers_of(const FeatureSet &set) {
    double customers = 0;
    for (uint32 i = 0; i < set.used; ++i) customers += set.rows()[i].count;
    return customers;
}

void append_feature_set(StringInfo out, const FeatureSet &any) {
    const FeatureSet &set = *sorted_set(&any);
    const uint32 *const first = first_levels(set);
    appendStringInfoString(out, "{\"customers\":");
    append_number(out, customers_of(set));
    if (set.skipped > 0) {
        appendStringInfoString(out, ",\"skipped\":");
        append_number(out, set.skipped);
    }
    appendStringInfo(out, ",\"targets\":\"%s\",\"columns\":[", targets_name(set.targets));
    NameBlock names(set.schema() + set.n_columns);
    for (uint32 c = 0; c < set.n_columns; ++c) {
        const Text name = names.next();
        appendStringInfo(out, "%s{", c == 0 ? "" : ",");
        if (const char *role = role_name(set.role(c))) appendStringInfo(out, "\"role\":\"%s\",", role);
        appendStringInfoString(out, "\"name\":");
        append_text(out, name.data, name.size);
        appendStringInfo(out, ",\"kind\":\"%s\"", kind_names[static_cast<int>(set.kind(c))]);
        if (set.kind(c) == FeatureKind::category) {
            appendStringInfoString(out, ",\"levels\":[");
            for (uint32 i = first[c]; i < first[c + 1]; ++i) {
                if (i > first[c]) appendStringInfoChar(out, ',');
                const Text level = set.level_text(i);
                append_text(out, level.data, level.size);
            }
            appendStringInfoChar(out, ']');
        }
        appendStringInfoChar(out, '}');
    }
    appendStringInfoString(out, "],\"attributes\":[");
    for (uint32 i = 0; i < set.attribute_rows; ++i) {
        CHECK_FOR_INTERRUPTS();
        if (i > 0) appendStringInfoChar(out, ',');
        for (uint32 c = 0; c < set.n_columns; ++c) {
            appendStringInfoChar(out, c == 0 ? '[' : ',');
            const double value = set.attributes(i)[c];
            if (std::isnan(value))
                appendStringInfoString(out, "null");
            else
                append_number(out, set.kind(c) == FeatureKind::category ? value - first[c] : value);
        }
        appendStringInfoChar(out, ']');
    }
    appendStringInfoString(out, "],\"rows\":[");
    for (uint32 i = 0; i < set.used; ++i) {
        CHECK_FOR_INTERRUPTS();
        const FeatureCount &row = set.rows()[i];
        appendStringInfoString(out, i == 0 ? "[" : ",[");
        append_number(out, row.row);
        appendStringInfoChar(out, ',');
        for (int j = 0; j < n_targets(set.targets); ++j) {
            append_number(out, row.target[j]);
            appendStringInfoChar(out, ',');
        }
        append_number(out, row.count);
        appendStringInfoChar(out, ']');
    }
    appendStringInfoString(out, "]}");
}

const FeatureSet *scan_feature_set(Scanner &scan) {
    const auto check_fault = [&scan](const char *fault) {
        if (fault) scan.fail(fault);
    };
    scan.expect("{");
    scan.key("customers");
    const double customers = scan.number();
    scan.expect(",");
    scan.expect("\"");
    double skipped = 0;
    if (scan.accept_here("skipped\"")) {
        scan.expect(":");
        skipped = scan.number();
        check_fault(fault_of_skipped(skipped));
        scan.expect(",");
        scan.expect("\"");
    }
    scan.expect_here("targets\"");
    scan.expect(":");
    scan.expect("\"");
    int targets = 1;
    while (targets_name(static_cast<Targets>(targets)) != nullptr && !scan.accept_here(targets_name(static_cast<Targets>(targets))))
        ++targets;
    if (targets_name(static_cast<Targets>(targets)) == nullptr) scan.fail("The kind of targets is unknown.");
    scan.expect_here("\"");
    scan.expect(",");
    scan.key("columns");

    // The columns are read twice: first their names, which make the set, then their levels, which go into it.
    const char *const columns = scan.place();
    NameList names;
    Reader reader;
    for (int pass = 0; pass < 2; ++pass) {
        scan.go_to(columns);
        uint32 column = 0;
        scan.array([&] {
            scan.expect("{");
            scan.expect("\"");
            int role = 0;
            if (scan.accept_here("role\"")) {
                scan.expect(":");
                scan.expect("\"");
                for (role = 1; role < n_roles && !scan.accept_here(role_name(static_cast<Role>(role)));) ++role;
                if (role == n_roles) scan.fail("The role is unknown.");
                scan.expect_here("\"");
                scan.expect(",");
                scan.expect("\"");
            }
            scan.expect_here("name\"");
            scan.expect(":");
            const ScannedText name = scan_text(scan);
            if (pass == 0) check_fault(names.append(role, {name.data, name.size}));
            scan.expect(",");
            scan.key("kind");
            scan.expect("\"");
            int kind = 0;
            while (kind < 3 && !scan.accept_here(kind_names[kind])) ++kind;
            if (kind == 3) scan.fail("The kind of an attribute is unknown.");
            scan.expect_here("\"");
            if (pass == 1) reader.set->set_kind(column, static_cast<FeatureKind>(kind));
            if (static_cast<FeatureKind>(kind) == FeatureKind::category) {
                scan.expect(",");
                scan.key("levels");
                scan.array([&] {
                    const ScannedText level = scan_text(scan);
                    if (pass == 1) check_fault(reader.add_level_of(column, {level.data, level.size}));
                    pfree(level.data);
                });
            }
            scan.expect("}");
            ++column;
        });
        if (pass == 0) {
            if (names.last_role < 0 && skipped == 0) scan.fail("There are no attributes.");
            names.finish();
            reader.start(static_cast<Targets>(targets), names.names_of, names.names);
            reader.set->skipped = skipped;
        }
    }
    scan.expect(",");
    scan.key("attributes");
    scan.array([&] {
        for (uint32 c = 0; c < reader.set->n_columns; ++c) {
            scan.expect(c == 0 ? "[" : ",");
            reader.values[c] = scan.accept("null") ? unknown : scan.number();
        }
        scan.expect("]");
        check_fault(reader.add_attributes_row());
    });
    scan.expect(",");
    scan.key("rows");
    scan.array([&] {
        FeatureCount row{};
        scan.expect("[");
        row.row = scan.number();
        scan.expect(",");
        for (int i = 0; i < n_targets(reader.set->targets); ++i) {
            row.target[i] = scan.number();
            scan.expect(",");
        }
        row.count = scan.number();
        scan.expect("]");
        check_fault(reader.add_customers(row));
    });
    scan.expect("}");
    const FeatureSet *const set = sorted_set(reader.set);
    if (customers != customers_of(*set)) scan.fail("The number of customers must be the sum of the counts of the rows.");
    return set;
}

// Version, targets, skipped rows, columns (role, kind, name, number of levels, levels), rows of attributes, rows.
void send_feature_set(StringInfo out, const FeatureSet &any) {
    const FeatureSet &set = *sorted_set(&any);
    const uint32 *const first = first_levels(set);
    send_number(out, set.version);
    pq_sendint8(out, static_cast<uint8>(set.targets));
    pq_sendfloat8(out, set.skipped);
    send_number(out, set.n_columns);
    NameBlock names(set.schema() + set.n_columns);
    for (uint32 c = 0; c < set.n_columns; ++c) {
        pq_sendint8(out, static_cast<uint8>(set.role(c)));
        pq_sendint8(out, static_cast<uint8>(set.kind(c)));
        send_text(out, names.next());
        send_number(out, first[c + 1] - first[c]);
        for (uint32 i = first[c]; i < first[c + 1]; ++i) send_text(out, set.level_text(i));
    }
    send_number(out, set.attribute_rows);
    for (uint32 i = 0; i < set.attribute_rows; ++i) {
        CHECK_FOR_INTERRUPTS();
        for (uint32 c = 0; c < set.n_columns; ++c) {
            const double value = set.attributes(i)[c];
            pq_sendfloat8(out, set.kind(c) == FeatureKind::category && !std::isnan(value) ? value - first[c] : value);
        }
    }
    send_number(out, set.used);
    for (uint32 i = 0; i < set.used; ++i) {
        CHECK_FOR_INTERRUPTS();
        for (const double number : numbers_of(set.rows()[i])) pq_sendfloat8(out, number);
    }
}

const FeatureSet *receive_feature_set(StringInfo in) {
    const auto check_fault = [](const char *fault) {
        if (fault) refuse_binary(type_name, fault);
    };
    uint16 version;
    receive_number(in, version);
    check_binary(version == FeatureSet::current_version, type_name, "The version is unknown.");
    const auto targets = static_cast<Targets>(pq_getmsgbyte(in));
    check_binary(targets_name(targets) != nullptr, type_name, "The kind of targets is unknown.");
    const double skipped = pq_getmsgfloat8(in);
    check_fault(fault_of_skipped(skipped));
    uint32 n_columns;
    receive_number(in, n_columns);
    check_binary((n_columns > 0 || skipped > 0) && n_columns <= static_cast<uint32>(n_roles * Features::most), type_name,
                 "There are no attributes, or too many.");

    const int columns = in->cursor;
    NameList names;
    Reader reader;
    for (int pass = 0; pass < 2; ++pass) {
        in->cursor = columns;
        for (uint32 c = 0; c < n_columns; ++c) {
            const int role = pq_getmsgbyte(in), kind = pq_getmsgbyte(in);
            check_binary(role < n_roles, type_name, "The role is unknown.");
            check_binary(kind <= static_cast<int>(FeatureKind::category), type_name, "The kind of an attribute is unknown.");
            const Text name = receive_text(in, type_name);
            if (pass == 0) check_fault(names.append(role, name));
            if (pass == 1) reader.set->set_kind(c, static_cast<FeatureKind>(kind));
            uint32 levels;
            receive_number(in, levels);
            check_binary(levels == 0 || static_cast<FeatureKind>(kind) == FeatureKind::category, type_name,
                         "Only a category has levels.");
            for (uint32 i = 0; i < levels; ++i) {
                if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
                const Text level = receive_text(in, type_name);
                if (pass == 1) check_fault(reader.add_level_of(c, level));
            }
        }
        if (pass == 0) {
            names.finish();
            reader.start(targets, names.names_of, names.names);
            reader.set->skipped = skipped;
        }
    }
    uint32 rows;
    receive_number(in, rows);
    check_binary(rows == 0 || n_columns > 0, type_name, "There are no attributes.");
    for (uint32 i = 0; i < rows; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        for (uint32 c = 0; c < n_columns; ++c) reader.values[c] = pq_getmsgfloat8(in);
        check_fault(reader.add_attributes_row());
    }
    receive_number(in, rows);
    for (uint32 i = 0; i < rows; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        Numbers<FeatureCount> numbers;
        for (double &number : numbers) number = pq_getmsgfloat8(in);
        check_fault(reader.add_customers(row_of<FeatureCount>(numbers)));
    }
    return sorted_set(reader.set);
}

}  // namespace cltv::pg

CLTV_FUNCTION(cltv_feature_base_in) {
    Scanner scan(PG_GETARG_CSTRING(0), type_name);
    const FeatureSet *const set = scan_feature_set(scan);
    scan.end();
    PG_RETURN_POINTER(set);
}

CLTV_FUNCTION(cltv_feature_base_out) {
    StringInfoData out;
    initStringInfo(&out);
    append_feature_set(&out, *feature_set_argument(fcinfo, 0));
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_feature_base_send) {
    StringInfoData out;
    pq_begintypsend(&out);
    send_feature_set(&out, *feature_set_argument(fcinfo, 0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_feature_base_recv) {
    PG_RETURN_POINTER(receive_feature_set(reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0))));
}
