// Results of SQL functions in which NaN stands for NULL: numbers, and rows of numbers and counts.
#pragma once

#include <cmath>

#include "pg/base/postgres.hpp"

namespace cltv::pg {

inline Datum float8_or_null(FunctionCallInfo fcinfo, double value) {
    if (std::isnan(value)) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(value);
}

// A column of a row: float8 or, for whole numbers, bigint.
struct Column {
    double value;
    Oid type;
};

inline Column number(double value) { return {value, FLOAT8OID}; }
inline Column count(double value) { return {value, INT8OID}; }

// A row of the type that the function returns.
template <int n>
Datum row_or_error(FunctionCallInfo fcinfo, const Column (&columns)[n]) {
    TupleDesc row_type;
    bool fits = get_call_result_type(fcinfo, nullptr, &row_type) == TYPEFUNC_COMPOSITE && row_type->natts == n;
    for (int i = 0; fits && i < n; ++i) fits = TupleDescAttr(row_type, i)->atttypid == columns[i].type;
    if (!fits)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("the result type of a function is not the one that the extension created"),
                        errhint("Undo what altered the type since the extension created it.")));
    Datum values[n];
    bool nulls[n];
    for (int i = 0; i < n; ++i) {
        if (columns[i].type == INT8OID && columns[i].value >= 0x1p63)
            ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("bigint out of range")));
        nulls[i] = std::isnan(columns[i].value);
        values[i] = nulls[i] ? Datum{0}
                    : columns[i].type == INT8OID
                        ? Int64GetDatum(static_cast<int64>(columns[i].value))
                        : Float8GetDatum(columns[i].value);
    }
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row_type), values, nulls));
}

}  // namespace cltv::pg
