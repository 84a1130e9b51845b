// features: made from a row or from two arrays, and what all ways of making them share.
#include "pg/rows/features.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pg/base/aggregate.hpp"

extern "C" {
#include "access/tupdesc.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"
}

using namespace cltv;
using namespace cltv::pg;

namespace cltv::pg {

void raise_bad_attributes(const char *message, const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message), detail ? errdetail("%s", detail) : 0,
                    errhint("%s", hint)));
    pg_unreachable();
}

double checked_attribute(const Text &name, double number) {
    if (unlikely(!std::isfinite(number)))
        raise_bad_attributes(psprintf("attribute %s is not a finite number: %s", text_of(name), float8out_internal(number)), nullptr,
                  "Give NULL for what is unknown.");
    return number + 0.0;
}

const char *fault_of_names(NamedPlace *names, int n) {
    std::sort(names, names + n, [](const NamedPlace &a, const NamedPlace &b) { return a.name < b.name; });
    if (n == 0) return "There are no attributes.";
    if (n > Features::most) return psprintf("There are %d attributes, but at most %d are possible.", n, Features::most);
    for (int i = 0; i < n; ++i) {
        const Text &name = names[i].name;
        if (name.size == 0) return "The name of an attribute is empty.";
        if (name.size > Features::longest_name)
            return psprintf("The name of an attribute has %zu bytes, but at most %zu are possible.", name.size, Features::longest_name);
        if (i > 0 && name == names[i - 1].name) return psprintf("The name %s occurs twice.", text_of(name));
    }
    return nullptr;
}

void sort_names(NamedPlace *names, int n) {
    if (const char *fault = fault_of_names(names, n))
        raise_bad_attributes("invalid attributes", fault,
                             "Give every attribute one name of its own, as columns of a row have it.");
}

static Features *allocate_features(Size bytes) {
    if (bytes > largest_value)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the attributes are too long for one value"),
                        errhint("Categories are short: leave long texts out.")));
    return static_cast<Features *>(palloc(bytes));
}

Features *new_features(const NamedPlace *names, int n, Size text_bytes) {
    Size names_bytes = 0;
    for (int i = 0; i < n; ++i) names_bytes += 1 + names[i].name.size;
    const Size bytes = Features::bytes(static_cast<Size>(n), names_bytes, text_bytes);
    Features *const features = allocate_features(bytes);
    SET_VARSIZE(features, bytes);
    features->version = Features::current_version;
    features->n = static_cast<uint16>(n);
    features->names_bytes = static_cast<uint32>(names_bytes);
    char *at = features->names();
    std::uint64_t hash = 0;
    for (int i = 0; i < n; ++i) {
        *at++ = static_cast<char>(names[i].name.size);
        at = static_cast<char *>(std::memcpy(at, names[i].name.data, names[i].name.size)) + names[i].name.size;
        hash = hash_of(hash, names[i].name);
        features->set_null(i);
    }
    features->names_hash = static_cast<uint32>(hash >> 32);
    return features;
}

Features *features_of(const NamedPlace *names, int n, const FeatureValue *values) {
    Size text_bytes = 0;
    for (int i = 0; i < n; ++i) text_bytes += values[i].kind == FeatureKind::category ? values[i].text.size : 0;
    Features *const features = new_features(names, n, text_bytes);
    uint32 text = 0;
    for (int i = 0; i < n; ++i) {
        const FeatureValue &value = values[names[i].place];
        if (value.kind == FeatureKind::number) features->set_number(i, value.number);
        if (value.kind == FeatureKind::category) text = features->set_text(i, text, value.text);
    }
    return features;
}

namespace {

// Dates are counted in days from 1970, as in other software.
constexpr double epoch_shift = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;

// How a column is read. Only functions that come with the server are run.
enum class Reading : uint8 { boolean, int2, int4, int8, float4, float8, numeric, date, text, padded_text, name, enumeration, untyped };

struct ColumnPlan {
    int attribute;  // from 0
    Reading reading;
};

// Cached for rows of one type; a record type may change between two statements.
struct RowPlan {
    MemoryContext context;  // which holds all of it
    Oid type;
    int32 typmod;
    uint64 identifier;
    TupleDesc tuple_desc;
    int n;
    ColumnPlan *columns;   // in the order of their names
    NamedPlace *names;
    Datum *values;         // room for a row of the server
    bool *nulls;
    Text *texts;           // room for the categories of a row
    Features *empty;       // with these names, all null
};

// The cast to write for a type that is not read.
const char *cast_for(Oid type) {
    switch (type) {
        case TIMESTAMPOID:
        case TIMESTAMPTZOID: return "::date";
        case INTERVALOID: return "extract(epoch FROM ...)";
        case MONEYOID: return "::numeric";
        case UUIDOID:
        case JSONBOID:
        case JSONOID:
        case BPCHAROID: return "::text";
        default: return get_element_type(type) != InvalidOid ? "array_length(..., 1), or an element of it" : "::text or ::float8";
    }
}

Reading reading_of(Oid declared, const char *column) {
    const Oid type = getBaseType(declared);
    switch (type) {
        case BOOLOID: return Reading::boolean;
        case INT2OID: return Reading::int2;
        case INT4OID: return Reading::int4;
        case INT8OID: return Reading::int8;
        case FLOAT4OID: return Reading::float4;
        case FLOAT8OID: return Reading::float8;
        case NUMERICOID: return Reading::numeric;
        case DATEOID: return Reading::date;
        case TEXTOID:
        case VARCHAROID: return Reading::text;
        case BPCHAROID: return Reading::padded_text;
        case NAMEOID: return Reading::name;
        case UNKNOWNOID: return Reading::untyped;  // a constant in a ROW(...)
        default: break;
    }
    if (get_typtype(type) == TYPTYPE_ENUM) return Reading::enumeration;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("column %s of type %s is neither a number nor a category", quote_identifier(column),
                           format_type_be(declared)),
                    errdetail("Numbers have an integer, decimal, boolean or date type; categories are text, "
                              "varchar, char, name or an enum."),
                    errhint("Write a cast in the query that makes the row, such as %s.", cast_for(type))));
    pg_unreachable();
}

RowPlan *plan_of(FunctionCallInfo fcinfo, HeapTupleHeader row) {
    const Oid type = HeapTupleHeaderGetTypeId(row);
    const int32 typmod = HeapTupleHeaderGetTypMod(row);
    const uint64 identifier = assign_record_type_identifier(type, typmod);
    RowPlan *plan = static_cast<RowPlan *>(fcinfo->flinfo->fn_extra);
    if (likely(plan != nullptr && plan->type == type && plan->typmod == typmod && plan->identifier == identifier)) return plan;

    // One type's plan is kept at a time: a call may see rows of many types.
    if (plan != nullptr) {
        fcinfo->flinfo->fn_extra = nullptr;
        MemoryContextDelete(plan->context);
    }
    const MemoryContext context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "plan of a row of attributes", ALLOCSET_SMALL_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(context);
    plan = static_cast<RowPlan *>(palloc0(sizeof(RowPlan)));
    plan->context = context;
    TupleDesc shared = lookup_rowtype_tupdesc(type, typmod);
    plan->tuple_desc = CreateTupleDescCopy(shared);
    ReleaseTupleDesc(shared);
    const int columns = plan->tuple_desc->natts;
    plan->columns = static_cast<ColumnPlan *>(palloc((columns + 1) * sizeof(ColumnPlan)));
    plan->names = static_cast<NamedPlace *>(palloc((columns + 1) * sizeof(NamedPlace)));
    plan->values = static_cast<Datum *>(palloc((columns + 1) * sizeof(Datum)));
    plan->nulls = static_cast<bool *>(palloc((columns + 1) * sizeof(bool)));
    plan->texts = static_cast<Text *>(palloc((columns + 1) * sizeof(Text)));
    for (int i = 0; i < columns; ++i) {
        const Form_pg_attribute attribute = TupleDescAttr(plan->tuple_desc, i);
        if (!attribute->attisdropped)
            plan->names[plan->n++] = {{NameStr(attribute->attname), std::strlen(NameStr(attribute->attname))}, i};
    }
    sort_names(plan->names, plan->n);
    for (int i = 0; i < plan->n; ++i) {
        const Form_pg_attribute attribute = TupleDescAttr(plan->tuple_desc, plan->names[i].place);
        plan->columns[i] = {plan->names[i].place, reading_of(attribute->atttypid, NameStr(attribute->attname))};
    }
    plan->empty = new_features(plan->names, plan->n, 0);
    plan->type = type;
    plan->typmod = typmod;
    plan->identifier = identifier;
    fcinfo->flinfo->fn_extra = plan;
    MemoryContextSwitchTo(caller);
    return plan;
}

Text text_of_varlena(Datum value) {
    const struct varlena *text = PG_DETOAST_DATUM_PACKED(value);
    return {VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)};
}

bool is_text(Reading reading) { return reading >= Reading::text; }

Text read_text(Reading reading, Datum value) {
    if (reading == Reading::name) {
        const char *const name = NameStr(*DatumGetName(value));
        return {name, std::strlen(name)};
    }
    if (reading == Reading::enumeration) {
        const char *const label = DatumGetCString(DirectFunctionCall1(enum_out, value));
        return {label, std::strlen(label)};
    }
    if (reading == Reading::untyped) {
        const char *const text = DatumGetCString(value);
        return {text, std::strlen(text)};
    }
    Text text = text_of_varlena(value);
    // Trailing blanks of a char(n) mean nothing.
    if (reading == Reading::padded_text)
        while (text.size > 0 && text.data[text.size - 1] == ' ') --text.size;
    return text;
}

double read_number(Reading reading, Datum value, const Text &name) {
    switch (reading) {
        case Reading::boolean: return DatumGetBool(value) ? 1 : 0;
        case Reading::int2: return DatumGetInt16(value);
        case Reading::int4: return DatumGetInt32(value);
        case Reading::int8: return static_cast<double>(DatumGetInt64(value));
        case Reading::float4: return checked_attribute(name, DatumGetFloat4(value));
        case Reading::float8: return checked_attribute(name, DatumGetFloat8(value));
        case Reading::numeric: return checked_attribute(name, DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value)));
        default: break;
    }
    const DateADT day = DatumGetDateADT(value);
    if (DATE_NOT_FINITE(day))
        raise_bad_attributes(psprintf("attribute %s is not a finite date", text_of(name)), nullptr, "Give NULL for what is unknown.");
    return day + epoch_shift;
}

}  // namespace

}  // namespace cltv::pg

// (record)
CLTV_FUNCTION(cltv_features_record) {
    HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
    const RowPlan &plan = *plan_of(fcinfo, row);
    HeapTupleData tuple;
    tuple.t_len = HeapTupleHeaderGetDatumLength(row);
    ItemPointerSetInvalid(&tuple.t_self);
    tuple.t_tableOid = InvalidOid;
    tuple.t_data = row;
    heap_deform_tuple(&tuple, plan.tuple_desc, plan.values, plan.nulls);

    Size text_bytes = 0;
    for (int i = 0; i < plan.n; ++i) {
        const ColumnPlan &column = plan.columns[i];
        if (!is_text(column.reading) || plan.nulls[column.attribute]) continue;
        plan.texts[i] = read_text(column.reading, plan.values[column.attribute]);
        text_bytes += plan.texts[i].size;
    }
    const Size empty_bytes = VARSIZE(plan.empty);
    Features *const features = allocate_features(empty_bytes + text_bytes);
    std::memcpy(static_cast<void *>(features), plan.empty, empty_bytes);
    SET_VARSIZE(features, empty_bytes + text_bytes);
    uint32 text = 0;
    for (int i = 0; i < plan.n; ++i) {
        const ColumnPlan &column = plan.columns[i];
        if (plan.nulls[column.attribute]) continue;
        if (is_text(column.reading))
            text = features->set_text(i, text, plan.texts[i]);
        else
            features->set_number(i, read_number(column.reading, plan.values[column.attribute], plan.names[i].name));
    }
    PG_RETURN_POINTER(features);
}

// (names text[], vals float8[])
CLTV_FUNCTION(cltv_features_arrays) {
    ArrayType *const names = PG_GETARG_ARRAYTYPE_P(0), *const values = PG_GETARG_ARRAYTYPE_P(1);
    Datum *name, *value;
    bool *name_null, *value_null;
    int n, n_values;
    deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &name, &name_null, &n);
    deconstruct_array(values, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &value, &value_null, &n_values);
    if (n != n_values)
        raise_bad_attributes(psprintf("names and values differ in number: %d and %d", n, n_values), nullptr,
                  "Give a value for each name, NULL for what is unknown.");
    if (n > Features::most)
        raise_bad_attributes("invalid attributes", psprintf("There are %d attributes, but at most %d are possible.", n, Features::most),
                  "Choose those that may matter.");
    NamedPlace *const places = static_cast<NamedPlace *>(palloc((n + 1) * sizeof(NamedPlace)));
    FeatureValue *const all = static_cast<FeatureValue *>(palloc((n + 1) * sizeof(FeatureValue)));
    for (int i = 0; i < n; ++i) {
        if (name_null[i]) raise_bad_attributes("a name of an attribute is NULL", nullptr, "Give every attribute a name.");
        places[i] = {text_of_varlena(name[i]), i};
        all[i] = {FeatureKind::null, 0, {}};
        if (!value_null[i]) all[i] = {FeatureKind::number, checked_attribute(places[i].name, DatumGetFloat8(value[i])), {}};
    }
    sort_names(places, n);
    PG_RETURN_POINTER(features_of(places, n, all));
}

CLTV_FUNCTION(cltv_feature_names) {
    const Features &features = *features_argument(fcinfo, 0);
    Datum *const names = static_cast<Datum *>(palloc(features.n * sizeof(Datum)));
    NameBlock block(features.names());
    for (int i = 0; i < features.n; ++i) {
        const Text name = block.next();
        names[i] = PointerGetDatum(cstring_to_text_with_len(name.data, static_cast<int>(name.size)));
    }
    PG_RETURN_ARRAYTYPE_P(construct_array(names, features.n, TEXTOID, -1, false, TYPALIGN_INT));
}

// (features, features): the attributes of both
CLTV_FUNCTION(cltv_features_concat) {
    const Features *const both[] = {features_argument(fcinfo, 0), features_argument(fcinfo, 1)};
    const int n = both[0]->n + both[1]->n;
    NamedPlace *const places = static_cast<NamedPlace *>(palloc((n + 1) * sizeof(NamedPlace)));
    FeatureValue *const all = static_cast<FeatureValue *>(palloc((n + 1) * sizeof(FeatureValue)));
    int at = 0;
    for (const Features *const features : both) {
        NameBlock names(features->names());
        for (int i = 0; i < features->n; ++i, ++at) {
            places[at] = {names.next(), at};
            all[at] = features->value(i);
        }
    }
    sort_names(places, n);
    PG_RETURN_POINTER(features_of(places, n, all));
}

// (features, text[]): without those of these names
CLTV_FUNCTION(cltv_features_without) {
    const Features &features = *features_argument(fcinfo, 0);
    Datum *name;
    bool *name_null;
    int n_names, n = 0;
    deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &name, &name_null, &n_names);
    NamedPlace *const places = static_cast<NamedPlace *>(palloc((features.n + 1) * sizeof(NamedPlace)));
    FeatureValue *const all = static_cast<FeatureValue *>(palloc((features.n + 1) * sizeof(FeatureValue)));
    NameBlock names(features.names());
    for (int i = 0; i < features.n; ++i) {
        const Text here = names.next();
        bool leaves = false;
        for (int j = 0; j < n_names && !leaves; ++j) leaves = !name_null[j] && text_of_varlena(name[j]) == here;
        if (leaves) continue;
        places[n] = {here, n};
        all[n++] = features.value(i);
    }
    if (n == 0) PG_RETURN_NULL();
    sort_names(places, n);
    PG_RETURN_POINTER(features_of(places, n, all));
}
