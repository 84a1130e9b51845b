// features: made from JSON; their text and binary forms.
#include "pg/rows/features.hpp"

#include <cmath>
#include <cstring>

#include "pg/base/binary.hpp"
#include "pg/base/json_text.hpp"
#include "pg/base/palloc_list.hpp"

extern "C" {
#include "utils/numeric.h"
}

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr char type_name[] = "features";

}  // namespace

// (jsonb)
CLTV_FUNCTION(cltv_features_jsonb) {
    Jsonb *const json = PG_GETARG_JSONB_P(0);
    if (!JB_ROOT_IS_OBJECT(json))
        raise_bad_attributes("attributes must be a JSON object", nullptr, "Write {\"NAME\": VALUE, ...}.");
    PallocList<NamedPlace> names;
    PallocList<FeatureValue> values;
    JsonbIterator *iterator = JsonbIteratorInit(&json->root);
    JsonbValue item;
    for (JsonbIteratorToken token; (token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE;) {
        if (token == WJB_KEY) {
            const int place = static_cast<int>(names.size);
            names.append() = {{item.val.string.val, static_cast<std::size_t>(item.val.string.len)}, place};
        } else if (token == WJB_VALUE) {
            FeatureValue &value = values.append();
            value = {FeatureKind::null, 0, {}};
            const Text &name = names.data[names.size - 1].name;
            switch (item.type) {
                case jbvNull: break;
                case jbvBool: value = {FeatureKind::number, item.val.boolean ? 1.0 : 0.0, {}}; break;
                case jbvNumeric:
                    value = {FeatureKind::number,
                             checked_attribute(name, DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
                                                                                     NumericGetDatum(item.val.numeric)))),
                             {}};
                    break;
                case jbvString:
                    value = {FeatureKind::category, 0, {item.val.string.val, static_cast<std::size_t>(item.val.string.len)}};
                    break;
                default:
                    raise_bad_attributes(psprintf("attribute %s is an object or an array", text_of(name)), nullptr,
                              "Values are numbers, texts, true, false and null: extract what you need with ->>.");
            }
        }
    }
    const int n = static_cast<int>(names.size);
    sort_names(names.data, n);
    PG_RETURN_POINTER(features_of(names.data, n, values.data));
}

// Text form: a JSON object, {"age":31,"country":"AT","newsletter":null}, in byte order of the names.
CLTV_FUNCTION(cltv_features_out) {
    const Features &features = *features_argument(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    NameBlock names(features.names());
    for (int i = 0; i < features.n; ++i) {
        appendStringInfoChar(&out, i == 0 ? '{' : ',');
        const Text name = names.next();
        append_text(&out, name.data, name.size);
        appendStringInfoChar(&out, ':');
        const FeatureValue value = features.value(i);
        switch (value.kind) {
            case FeatureKind::number: append_number(&out, value.number); break;
            case FeatureKind::category: append_text(&out, value.text.data, value.text.size); break;
            default: appendStringInfoString(&out, "null");
        }
    }
    appendStringInfoChar(&out, '}');
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_features_in) {
    char *const text = PG_GETARG_CSTRING(0);
    Scanner scan(text, type_name);
    PallocList<NamedPlace> names;
    PallocList<FeatureValue> values;
    // The server reads features(c.channel), for a text, as a cast.
    if (!scan.accept("{"))
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                 errmsg("invalid input syntax for type features: \"%.*s\"", pg_mbcliplen(text, strlen(text), 40), text),
                 errdetail("Attributes are written as a JSON object, {\"channel\": \"ads\", \"age\": 31}."),
                 errhint("Of columns of a table: features(a) FROM customers AS c, LATERAL (SELECT c.channel, c.age) AS a.")));
    for (const char *before = "{"; !scan.accept("}"); before = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*before == ',') scan.expect(",");
        const ScannedText name = scan_text(scan);
        names.append() = {{name.data, name.size}, static_cast<int>(values.size)};
        scan.expect(":");
        FeatureValue &value = values.append();
        value = {FeatureKind::null, 0, {}};
        if (scan.accept("\"")) {
            scan.go_to(scan.place() - 1);
            const ScannedText text = scan_text(scan);
            value = {FeatureKind::category, 0, {text.data, text.size}};
        } else if (scan.accept("true")) {
            value = {FeatureKind::number, 1, {}};
        } else if (scan.accept("false")) {
            value = {FeatureKind::number, 0, {}};
        } else if (!scan.accept("null")) {
            value = {FeatureKind::number, scan.number() + 0.0, {}};
        }
    }
    scan.end();
    const int n = static_cast<int>(names.size);
    if (const char *fault = fault_of_names(names.data, n)) scan.fail(fault);
    PG_RETURN_POINTER(features_of(names.data, n, values.data));
}

CLTV_FUNCTION(cltv_features_send) {
    const Features &features = *features_argument(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    send_number(&out, features.version);
    send_number(&out, features.n);
    NameBlock names(features.names());
    for (int i = 0; i < features.n; ++i) {
        const Text name = names.next();
        send_text(&out, name);
        const FeatureValue value = features.value(i);
        pq_sendint8(&out, static_cast<uint8>(value.kind));
        if (value.kind == FeatureKind::number) pq_sendfloat8(&out, value.number);
        if (value.kind == FeatureKind::category) send_text(&out, value.text);
    }
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_features_recv) {
    StringInfo in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    uint16 version, n;
    receive_number(in, version);
    check_binary(version == Features::current_version, type_name, "The version is unknown.");
    receive_number(in, n);
    check_binary(n > 0 && n <= Features::most, type_name, "There are no attributes, or too many.");
    NamedPlace *const names = static_cast<NamedPlace *>(palloc(n * sizeof(NamedPlace)));
    FeatureValue *const values = static_cast<FeatureValue *>(palloc(n * sizeof(FeatureValue)));
    for (int i = 0; i < n; ++i) {
        names[i] = {receive_text(in, type_name), i};
        const int kind = pq_getmsgbyte(in);
        check_binary(kind <= static_cast<int>(FeatureKind::category), type_name, "The kind of an attribute is unknown.");
        values[i] = {static_cast<FeatureKind>(kind), 0, {}};
        if (values[i].kind == FeatureKind::number) {
            values[i].number = pq_getmsgfloat8(in) + 0.0;
            check_binary(std::isfinite(values[i].number), type_name, "A number is not finite.");
        }
        if (values[i].kind == FeatureKind::category) values[i].text = receive_text(in, type_name);
    }
    if (const char *fault = fault_of_names(names, n)) refuse_binary(type_name, fault);
    PG_RETURN_POINTER(features_of(names, n, values));
}
