// score_base: transition and combine functions of the aggregates whose state it is, and its text and binary forms.
#include "pg/rows/score_base.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "pg/base/aggregate.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/scan.hpp"

namespace cltv::pg {

ScoreBase *score_base_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<ScoreBase *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

void raise_not_finite(const char *name, double value) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s is not a finite number: %s", name, float8out_internal(value)),
                    errhint("Leave the row out by FILTER, or give NULL, which is skipped.")));
    pg_unreachable();
}

namespace {

constexpr Size bytes_for(Size rows) { return offsetof(ScoreBase, rows) + rows * sizeof(Scored); }
constexpr uint32 most_rows = (largest_value - bytes_for(0)) / sizeof(Scored);

// Rows that a base of a power of two of bytes holds, which is what allocators hand out anyway.
uint32 capacity_for(uint64 rows) {
    Size bytes = 256;
    while (bytes < bytes_for(rows)) bytes *= 2;
    return static_cast<uint32>(std::min<Size>((bytes - bytes_for(0)) / sizeof(Scored), most_rows));
}

ScoreBase *new_base(double top, uint32 capacity) {
    auto *base = static_cast<ScoreBase *>(palloc0(bytes_for(capacity)));
    SET_VARSIZE(base, bytes_for(capacity));
    base->version = ScoreBase::current_version;
    base->capacity = capacity;
    base->top = top;
    return base;
}

void append(ScoreBase *base, const Scored *rows, uint32 count) {
    std::memcpy(base->rows + base->used, rows, count * sizeof(Scored));
    base->used += count;
}

// The base itself if it has room for so many rows in all, else a larger one: the executor copies it into the
// aggregate's memory and frees the old one, so that growth costs a constant time a row.
ScoreBase *with_room(ScoreBase *base, uint64 rows) {
    if (likely(rows <= base->capacity)) return base;
    if (rows > most_rows)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many rows for one score_base"),
                        errdetail("A value holds at most %u.", most_rows),
                        errhint("Take a sample of the customers, such as every tenth, or GROUP BY a part of them.")));
    ScoreBase *larger = new_base(base->top, capacity_for(rows));
    append(larger, base->rows, base->used);
    return larger;
}

// A share of the customers.
bool is_top(double top) { return top > 0 && top <= 1; }

double checked_top(double top) {
    if (unlikely(!is_top(top)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("top is not above 0 and at most 1: %s", float8out_internal(top)),
                        errdetail("It is a share of the customers."), errhint("Write 0.1 for the top tenth.")));
    return top;
}

double common_top(double one, double other) {
    if (unlikely(one != 0 && other != 0 && one != other))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("top is not the same in all rows"),
                        errdetail("It is %s in one row and %s in another.", float8out_internal(one),
                                  float8out_internal(other)),
                        errhint("Add what top depends on to GROUP BY.")));
    return one != 0 ? one : other;
}

// A row is skipped where one of its arguments is NULL.
bool skips_row(FunctionCallInfo fcinfo) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return true;
    return false;
}

ScoreBase *add(FunctionCallInfo fcinfo, const Scored &scored) {
    ScoreBase *state = PG_ARGISNULL(0) ? new_base(0, capacity_for(1)) : score_base_argument(fcinfo, 0);
    state = with_room(state, uint64{state->used} + 1);
    state->rows[state->used++] = scored;
    return state;
}

ScoreBase *add(FunctionCallInfo fcinfo, const Scored &scored, double top) {
    ScoreBase *state = add(fcinfo, scored);
    state->top = common_top(state->top, checked_top(top));
    return state;
}

Scored pair_arguments(FunctionCallInfo fcinfo) {
    return {checked_finite("predicted", PG_GETARG_FLOAT8(2)), checked_finite("actual", PG_GETARG_FLOAT8(1))};
}

// A value that ranks itself.
Scored value_argument(FunctionCallInfo fcinfo) {
    const double value = checked_finite("value", PG_GETARG_FLOAT8(1));
    return {value, value};
}

}  // namespace
}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

// (state, label, score)
CLTV_FUNCTION(cltv_score_base_accum_label) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    const double score = checked_finite("score", PG_GETARG_FLOAT8(2));
    PG_RETURN_POINTER(add(fcinfo, {score, PG_GETARG_BOOL(1) ? 1.0 : 0.0}));
}

// (state, actual, predicted)
CLTV_FUNCTION(cltv_score_base_accum_pair) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, pair_arguments(fcinfo)));
}

// (state, actual, predicted, top)
CLTV_FUNCTION(cltv_score_base_accum_pair_top) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, pair_arguments(fcinfo), PG_GETARG_FLOAT8(3)));
}

// (state, value)
CLTV_FUNCTION(cltv_score_base_accum_value) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, value_argument(fcinfo)));
}

// (state, value, top)
CLTV_FUNCTION(cltv_score_base_accum_value_top) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, value_argument(fcinfo), PG_GETARG_FLOAT8(2)));
}

CLTV_FUNCTION(cltv_score_base_combine) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    const ScoreBase *source = score_base_argument(fcinfo, 1);
    if (PG_ARGISNULL(0)) PG_RETURN_POINTER(source);
    ScoreBase *state = score_base_argument(fcinfo, 0);
    const double top = common_top(state->top, source->top);
    state = with_room(state, uint64{state->used} + source->used);
    append(state, source->rows, source->used);
    state->top = top;
    PG_RETURN_POINTER(state);
}

// Text form: {"top":null,"rows":[[predicted,actual],...]}
CLTV_FUNCTION(cltv_score_base_out) {
    const ScoreBase *base = score_base_argument(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfoString(&out, "{\"top\":");
    if (base->top == 0)
        appendStringInfoString(&out, "null");
    else
        append_number(&out, base->top);
    appendStringInfoString(&out, ",\"rows\":[");
    for (uint32 i = 0; i < base->used; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        appendStringInfoString(&out, i == 0 ? "[" : ",[");
        append_number(&out, base->rows[i].predicted);
        appendStringInfoChar(&out, ',');
        append_number(&out, base->rows[i].actual);
        appendStringInfoChar(&out, ']');
    }
    appendStringInfoString(&out, "]}");
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_score_base_in) {
    Scanner scan(PG_GETARG_CSTRING(0), ScoreBase::type_name);
    scan.expect("{");
    scan.key("top");
    double top = 0;
    if (!scan.accept("null") && !is_top(top = scan.number()))
        scan.fail("The share top must be null or above 0 and at most 1.");
    scan.expect(",");
    scan.key("rows");
    scan.expect("[");
    ScoreBase *base = new_base(top, capacity_for(1));
    for (const char *before = "["; !scan.accept("]"); before = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*before == ',') scan.expect(",");
        scan.expect("[");
        const double predicted = scan.number() + 0.0;
        scan.expect(",");
        const double actual = scan.number() + 0.0;
        scan.expect("]");
        ScoreBase *larger = with_room(base, uint64{base->used} + 1);
        if (larger != base) pfree(base);
        base = larger;
        base->rows[base->used++] = {predicted, actual};
    }
    scan.expect("}");
    scan.end();
    base->capacity = base->used;
    SET_VARSIZE(base, bytes_for(base->used));
    PG_RETURN_POINTER(base);
}

// Binary form: version, top or 0, number of rows, rows.
CLTV_FUNCTION(cltv_score_base_send) {
    const ScoreBase *base = score_base_argument(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    pq_sendint16(&out, base->version);
    pq_sendfloat8(&out, base->top);
    pq_sendint32(&out, base->used);
    for (uint32 i = 0; i < base->used; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        pq_sendfloat8(&out, base->rows[i].predicted);
        pq_sendfloat8(&out, base->rows[i].actual);
    }
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_score_base_recv) {
    const auto check = [](bool good, const char *detail) { check_binary(good, ScoreBase::type_name, detail); };
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    check(in->len - in->cursor >= 14, "The value is cut short.");
    check(pq_getmsgint(in, 2) == ScoreBase::current_version, "The version is not known.");
    const double top = pq_getmsgfloat8(in) + 0.0;
    check(top == 0 || is_top(top), "The share top must be 0 or above 0 and at most 1.");
    const uint32 rows = pq_getmsgint(in, 4);
    check(uint64{rows} * sizeof(Scored) == static_cast<uint64>(in->len - in->cursor),
          "The length does not match the number of rows.");
    check(rows <= most_rows, "There are too many rows.");
    ScoreBase *base = new_base(top, rows);
    while (base->used < rows) {
        if ((base->used & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        const Scored scored{pq_getmsgfloat8(in) + 0.0, pq_getmsgfloat8(in) + 0.0};
        check(std::isfinite(scored.predicted) && std::isfinite(scored.actual), "A number is not finite.");
        base->rows[base->used++] = scored;
    }
    PG_RETURN_POINTER(base);
}
