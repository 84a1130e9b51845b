// Values that grow by rows (core/rows/growable.hpp) as SQL types: their memory, their text and binary forms, and how
// aggregates add to them. Each type has a RowsType with what is specific to it.
//
// A transition function adds in place to the value in the aggregate's memory. When that is full, a larger value is made
// in the current context and returned: the executor copies it into the aggregate's context and frees the old one, so
// growth takes constant time per row. A combine function does the same and never changes its second argument.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>

#include "core/base/row_numbers.hpp"
#include "core/rows/growable.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/postgres.hpp"
#include "pg/base/scan.hpp"

namespace cltv::pg {

// The text form is {<head>,"rows":[<row>,...]}, the binary form a version, the numbers of the head, the number of rows
// and the rows. Every RowsType has:
//   name, rows_are, way_out            of the type; of its rows and the hint, for the error of a value that is full
//   static auto head(Value &)          the numbers of the head, a tuple of references
//   static void append_head(StringInfo, const Value &)    the head's keys, a comma after each
//   static double scan_head(Scanner &, Value &)           reads them; returns the number of customers, -1: not given
//   static void append_row(StringInfo, const Value &, const Row &)
//   static Row scan_row(Scanner &, const Value &)
// and may override what AnyRows has:
template <class Value>
struct AnyRows {
    using Row = typename Value::Row;
    static constexpr const char *rows_key = "rows";

    // What is wrong with a head, a row or a whole value that comes from outside, as a sentence, or nullptr. The first
    // two turn -0 into 0, so that equal numbers have equal bits.
    static const char *fault_of_head(Value &) { return nullptr; }
    static const char *fault_of_row(const Value &, Row &) { return nullptr; }
    static const char *fault(const Value &) { return nullptr; }

    static double customers(const Value &value) { return value.used; }
    static constexpr const char *customers_rule = "The number of customers must be the number of rows.";

    static const Value *to_read(const Value *value) { return value; }  // a form whose rows are sent and shown
    static Value *to_keep(Value *value);                               // of what was read: without spare room

    // Adds the head of another value whose rows are added.
    static void merge_head(Value &, const Value &) {}
    static Value *merged(Value *state, const Value *source);
};

template <class Value>
struct RowsType;

// Memory -------------------------------------------------------------------------------------------------------------

static_assert(largest_growable_bytes == largest_value);

template <class Value>
Value *value_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<Value *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

template <class Value>
Value *copy_with_capacity(const Value &from, std::uint32_t capacity) {
    Value &copy = Value::copy(palloc(Value::bytes(capacity)), capacity, from);
    SET_VARSIZE(&copy, Value::bytes(capacity));
    return &copy;
}

template <class Value>
Value *new_value(std::uint32_t capacity) {
    return copy_with_capacity(Value{}, capacity);
}

template <class Value>
[[noreturn]] void raise_too_many() {
    using Type = RowsType<Value>;
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("too many %s for one %s", Type::rows_are, Type::name),
                    errdetail("A value holds at most %u.", Value::largest_rows()), errhint("%s", Type::way_out)));
    pg_unreachable();
}

// The value itself if it has room for that many rows in all, otherwise a larger one.
template <class Value>
Value *with_room(Value *value, std::uint64_t rows) {
    if (likely(rows <= value->capacity)) return value;
    if (rows > Value::largest_rows()) raise_too_many<Value>();
    return copy_with_capacity(*value, Value::capacity_for(rows));
}

template <class Value>
Value *with_row(Value *value, const typename Value::Row &row) {
    value = with_room(value, std::uint64_t{value->used} + 1);
    value->rows()[value->used++] = row;
    return value;
}

template <class Value>
Value *AnyRows<Value>::to_keep(Value *value) {
    value->capacity = value->used;
    SET_VARSIZE(value, Value::bytes(value->used));
    return value;
}

template <class Value>
Value *AnyRows<Value>::merged(Value *state, const Value *source) {
    RowsType<Value>::merge_head(*state, *source);
    state = with_room(state, std::uint64_t{state->used} + source->used);
    state->append(source->rows(), source->used);
    return state;
}

// Calls visit(row) for every place in order.
template <class Value, class Visit>
void for_each_place(const Value *value, std::uint32_t places, Visit &&visit) {
    for (std::uint32_t i = 0; i < places; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        visit(value->rows()[i]);
    }
}

// Aggregates ---------------------------------------------------------------------------------------------------------

// A row is skipped where one of its arguments is NULL.
inline bool skips_row(FunctionCallInfo fcinfo) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return true;
    return false;
}

// The state to add to.
template <class Value>
Value *value_state(FunctionCallInfo fcinfo) {
    return PG_ARGISNULL(0) ? new_value<Value>(Value::capacity_for(1)) : value_argument<Value>(fcinfo, 0);
}

template <class Value>
Datum value_combine(FunctionCallInfo fcinfo) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    const Value *source = value_argument<Value>(fcinfo, 1);
    if (PG_ARGISNULL(0)) PG_RETURN_POINTER(source);
    PG_RETURN_POINTER(RowsType<Value>::merged(value_argument<Value>(fcinfo, 0), source));
}

// Text form ----------------------------------------------------------------------------------------------------------

template <class Value>
Datum value_out(FunctionCallInfo fcinfo) {
    using Type = RowsType<Value>;
    const Value *value = Type::to_read(value_argument<Value>(fcinfo, 0));
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfoChar(&out, '{');
    Type::append_head(&out, *value);
    appendStringInfo(&out, "\"%s\":[", Type::rows_key);
    for_each_place(value, value->used, [&](const auto &row) {
        if (&row != value->rows()) appendStringInfoChar(&out, ',');
        Type::append_row(&out, *value, row);
    });
    appendStringInfoString(&out, "]}");
    PG_RETURN_CSTRING(out.data);
}

template <class Value>
Datum value_in(FunctionCallInfo fcinfo) {
    using Type = RowsType<Value>;
    Scanner scan(PG_GETARG_CSTRING(0), Type::name);
    const auto check = [&scan](const char *fault) {
        if (fault) scan.fail(fault);
    };
    Value *value = new_value<Value>(Value::capacity_for(1));
    scan.expect("{");
    const double customers = Type::scan_head(scan, *value);
    check(Type::fault_of_head(*value));
    scan.key(Type::rows_key);
    scan.array([&] {
        auto row = Type::scan_row(scan, *value);
        check(Type::fault_of_row(*value, row));
        Value *larger = with_row(value, row);
        if (larger != value) pfree(value);
        value = larger;
    });
    scan.expect("}");
    scan.end();
    value = Type::to_keep(value);
    if (customers >= 0 && customers != Type::customers(*value)) scan.fail(Type::customers_rule);
    check(Type::fault(*value));
    PG_RETURN_POINTER(value);
}

// For rows that are an array of numbers in the text form.
template <class Value>
struct RowsOfNumbers : AnyRows<Value> {
    using Row = typename Value::Row;

    static void append_row(StringInfo out, const Value &, const Row &row) {
        const char *separator = "[";
        for (const double number : numbers_of(row)) {
            appendStringInfoString(out, separator);
            append_number(out, number);
            separator = ",";
        }
        appendStringInfoChar(out, ']');
    }

    static Row scan_row(Scanner &scan, const Value &) {
        Numbers<Row> numbers;
        const char *separator = "[";
        for (double &number : numbers) {
            scan.expect(separator);
            number = scan.number();
            separator = ",";
        }
        scan.expect("]");
        return row_of<Row>(numbers);
    }
};

// Binary form --------------------------------------------------------------------------------------------------------

// A row as the words that make it up.
template <class Row>
using Words = std::array<std::conditional_t<sizeof(Row) % 8 == 0, std::uint64_t, std::uint32_t>,
                         sizeof(Row) / (sizeof(Row) % 8 == 0 ? 8 : 4)>;

template <class Value>
Datum value_send(FunctionCallInfo fcinfo) {
    using Type = RowsType<Value>;
    const Value *value = Type::to_read(value_argument<Value>(fcinfo, 0));
    StringInfoData out;
    pq_begintypsend(&out);
    send_number(&out, value->version);
    Value head = *value;
    send_numbers(&out, Type::head(head));
    send_number(&out, value->used);
    for_each_place(value, value->used, [&out](const auto &row) {
        Words<typename Value::Row> words;
        std::memcpy(&words, &row, sizeof row);
        send_numbers(&out, words);
    });
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

template <class Value>
Datum value_recv(FunctionCallInfo fcinfo) {
    using Type = RowsType<Value>;
    using Row = typename Value::Row;
    const auto check = [](bool good, const char *detail) { check_binary(good, Type::name, detail); };
    const auto check_fault = [](const char *fault) {
        if (fault) refuse_binary(Type::name, fault);
    };
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    Value head{};
    std::uint32_t rows;
    check(in->len - in->cursor >= static_cast<int>(sizeof head.version + sizeof rows) + sent_bytes(Type::head(head)),
          "The value is cut short.");
    receive_number(in, head.version);
    check(head.version == Value::current_version, "The version is unknown.");
    receive_numbers(in, Type::head(head));
    receive_number(in, rows);
    check(std::uint64_t{rows} * sizeof(Row) == static_cast<std::uint64_t>(in->len - in->cursor),
          "The length does not match the number of rows.");
    check(rows <= Value::largest_rows(), "There are too many rows.");
    check_fault(Type::fault_of_head(head));
    Value *value = copy_with_capacity(head, rows);
    while (value->used < rows) {
        if ((value->used & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        Words<Row> words;
        receive_numbers(in, words);
        Row &row = value->rows()[value->used++];
        std::memcpy(static_cast<void *>(&row), &words, sizeof row);
        check_fault(Type::fault_of_row(*value, row));
    }
    value = Type::to_keep(value);
    check_fault(Type::fault(*value));
    PG_RETURN_POINTER(value);
}

}  // namespace cltv::pg
