// A counted set as an SQL type: what customer_base, spend_base and contract_base share. Each specialises BaseType and
// defines its SQL functions in one line each.
//
// A transition function adds in place to the table in the aggregate's memory. When the table is full it returns a
// larger one, made in the current context: the executor copies it into the aggregate's context and frees the old one,
// so that growth costs a constant time a row.
#pragma once

#include <algorithm>
#include <cstring>

#include "core/rows/counted_set.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/customer_args.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/postgres.hpp"
#include "pg/base/scan.hpp"

namespace cltv::pg {

// What differs by type:
//   static constexpr const char *name        of the SQL type
//   static constexpr const char *beside      key of CountedSet::beside in the text form, or nullptr where it stays 0
//   static double merged_beside(double, double)  of two values that become one, where there is a key
//   static const char *fault_beside(double)      sentence that says why no value can have it, or nullptr
//   static Row checked(Numbers<Row>)         raises 22023 for columns that no customer can have; count is checked here
template <class Row>
struct BaseType;

template <class Row>
CountedSet<Row> *base_argument(FunctionCallInfo fcinfo, int number) {
    static_assert(CountedSet<Row>::largest_bytes == largest_value);
    return reinterpret_cast<CountedSet<Row> *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

// The slots of a table are free, those of a sorted set wait for their rows.
template <class Row>
CountedSet<Row> *new_set(Layout layout, std::uint32_t capacity) {
    const std::size_t size = CountedSet<Row>::bytes(capacity);
    auto *set = static_cast<CountedSet<Row> *>(palloc(size));
    *set = {};
    SET_VARSIZE(set, size);
    if (layout == Layout::table)
        for (std::uint32_t i = 0, step; i < capacity; i += step) {
            step = std::min<std::uint32_t>(capacity - i, 1 << 18);
            std::memset(static_cast<void *>(set->slots() + i), 0, step * sizeof(Row));
            CHECK_FOR_INTERRUPTS();
        }
    set->prepare(layout, capacity);
    return set;
}

// Calls visit(row) for every row in the order of the slots.
template <class Row, class Visit>
void for_each_row(const CountedSet<Row> *set, Visit &&visit) {
    const Row *slots = set->slots();
    for (std::uint32_t i = 0; i < set->capacity; ++i) {
        if ((i & 0xFFFF) == 0) CHECK_FOR_INTERRUPTS();
        if (slots[i].count != 0) visit(slots[i]);
    }
}

// The set itself if it is a table that takes so many rows or cannot be larger, else such a table with its rows.
template <class Row>
CountedSet<Row> *table_with_room(CountedSet<Row> *set, std::uint64_t rows) {
    if (likely(set->layout == Layout::table && rows <= set->limit(set->capacity))) return set;
    const std::uint32_t capacity = set->capacity_for(rows);
    if (set->layout == Layout::table && capacity == set->capacity) return set;
    CountedSet<Row> *table = new_set<Row>(Layout::table, capacity);
    table->beside = set->beside;
    for_each_row(set, [table](const Row &row) { table->add(row); });
    return table;
}

template <class Row>
CountedSet<Row> *larger_table(CountedSet<Row> *table) {
    if (table->capacity == table->largest_capacity)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("too many distinct customers for one %s", BaseType<Row>::name),
                        errdetail("A value holds at most %u distinct rows.", table->used),
                        errhint("Round the numbers, times to whole days and money to cents, so that more are equal, or take "
                                "a sample of the customers.")));
    return table_with_room(table, std::uint64_t{table->used} + 1);
}

// Adds the row to the table or to a larger one, and returns that one.
template <class Row>
CountedSet<Row> *add_row(CountedSet<Row> *table, const Row &row) {
    Row *slot = table->slot_of(row);
    if (slot->count != 0) {
        slot->count += row.count;
        return table;
    }
    if (unlikely(table->is_full())) {
        table = larger_table(table);
        slot = table->slot_of(row);
    }
    table->occupy(slot, row);
    return table;
}

// The same as add_row for one of many rows: it may wait in the table's line for a while.
template <class Row>
CountedSet<Row> *add_row_soon(CountedSet<Row> *table, const Row &row) {
    if (table->waiting == 0) return add_row(table, row);
    const Row due = table->exchange_waiting(row);
    return due.count != 0 ? add_row(table, due) : table;
}

// The same rows in ascending order.
template <class Row>
CountedSet<Row> *sorted_copy(const CountedSet<Row> *set) {
    CountedSet<Row> *copy = new_set<Row>(Layout::sorted, set->most_rows());
    guarded([&] { copy->used = copy_sorted(set->slots(), set->capacity, copy->slots(), interrupt_pending); });
    copy->capacity = copy->used;
    copy->beside = set->beside;
    SET_VARSIZE(copy, copy->bytes(copy->used));
    return copy;
}

template <class Row>
const CountedSet<Row> *sorted_argument(FunctionCallInfo fcinfo, int number) {
    CountedSet<Row> *set = base_argument<Row>(fcinfo, number);
    return set->layout == Layout::sorted ? set : sorted_copy(set);
}

// Aggregates ---------------------------------------------------------------------------------------------------------

// The table to add to.
template <class Row>
CountedSet<Row> *state_argument(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0)) return new_set<Row>(Layout::table, CountedSet<Row>::capacity_for(1));
    CountedSet<Row> *state = base_argument<Row>(fcinfo, 0);
    return table_with_room(state, state->used);
}

template <class Row>
Datum combine_sets(FunctionCallInfo fcinfo) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    const CountedSet<Row> *source = base_argument<Row>(fcinfo, 1);
    if (PG_ARGISNULL(0)) PG_RETURN_POINTER(source);
    CountedSet<Row> *state = base_argument<Row>(fcinfo, 0);
    // Room for all beforehand. The rows of a table come in the order of their places: a table that grew while they
    // came in would have them all at its beginning, and would look through them all for each.
    state = table_with_room(state, std::uint64_t{state->used} + source->most_rows());
    if constexpr (BaseType<Row>::beside != nullptr)
        state->beside = BaseType<Row>::merged_beside(state->beside, source->beside);
    for_each_row(source, [&state](const Row &row) { state = add_row_soon(state, row); });
    PG_RETURN_POINTER(state);
}

// Counts of customers stay exact below this, and sums of them never reach infinity.
inline bool is_count(double count) { return count >= 0 && count <= largest_frequency; }

// A value that leaves the aggregate can be read again.
template <class Row>
Datum final_set(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const CountedSet<Row> *set = sorted_argument<Row>(fcinfo, 0);
    double largest = set->beside;
    for_each_row(set, [&largest](const Row &row) { largest = std::max(largest, row.count); });
    if (unlikely(!is_count(largest)))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("too many equal customers for one %s: %s", BaseType<Row>::name,
                               float8out_internal(largest)),
                        errdetail("A value counts at most 2^53 customers that are equal."),
                        errhint("Check the weights: they are numbers of customers.")));
    PG_RETURN_POINTER(set);
}

// Input and output ---------------------------------------------------------------------------------------------------

// Rows that come from outside: in any order, the same one more than once.
template <class Row>
CountedSet<Row> *add_foreign_row(CountedSet<Row> *table, const Numbers<Row> &numbers) {
    CountedSet<Row> *larger = add_row_soon(table, BaseType<Row>::checked(numbers));
    if (larger != table) pfree(table);
    return larger;
}

template <class Row>
Datum set_out(FunctionCallInfo fcinfo) {
    const CountedSet<Row> *set = sorted_argument<Row>(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfoString(&out, "{\"customers\":");
    append_number(&out, total_count(View<Row>{set->slots(), set->used}));
    if (BaseType<Row>::beside) {
        appendStringInfo(&out, ",\"%s\":", BaseType<Row>::beside);
        append_number(&out, set->beside);
    }
    appendStringInfoString(&out, ",\"rows\":[");
    const char *separator = "[";
    for_each_row(set, [&](const Row &row) {
        for (const double number : numbers_of(row)) {
            appendStringInfoString(&out, separator);
            append_number(&out, number);
            separator = ",";
        }
        appendStringInfoChar(&out, ']');
        separator = ",[";
    });
    appendStringInfoString(&out, "]}");
    PG_RETURN_CSTRING(out.data);
}

template <class Row>
Datum set_in(FunctionCallInfo fcinfo) {
    Scanner scan(PG_GETARG_CSTRING(0), BaseType<Row>::name);
    CountedSet<Row> *table = new_set<Row>(Layout::table, CountedSet<Row>::capacity_for(1));
    scan.expect("{");
    scan.key("customers");
    const double customers = scan.number();
    scan.expect(",");
    if constexpr (BaseType<Row>::beside != nullptr) {
        scan.key(BaseType<Row>::beside);
        table->beside = scan.number() + 0.0;
        if (const char *fault = BaseType<Row>::fault_beside(table->beside)) scan.fail(fault);
        scan.expect(",");
    }
    scan.key("rows");
    scan.expect("[");
    for (const char *before = "["; !scan.accept("]"); before = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*before == ',') scan.expect(",");
        Numbers<Row> numbers;
        const char *separator = "[";
        for (double &number : numbers) {
            scan.expect(separator);
            number = scan.number();
            separator = ",";
        }
        scan.expect("]");
        if (!is_count(numbers.back()) || numbers.back() == 0)
            scan.fail("The count of customers at the end of a row must be above 0 and at most 2^53.");
        table = add_foreign_row(table, numbers);
    }
    scan.expect("}");
    scan.end();
    const CountedSet<Row> *set = sorted_copy(table);
    pfree(table);
    if (total_count(View<Row>{set->slots(), set->used}) != customers)
        scan.fail("The number of customers must be the sum of the counts of the rows.");
    PG_RETURN_POINTER(set);
}

// Version, the number beside the rows, number of rows, rows.
template <class Row>
Datum set_send(FunctionCallInfo fcinfo) {
    const CountedSet<Row> *set = sorted_argument<Row>(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    pq_sendint16(&out, set->version);
    pq_sendfloat8(&out, set->beside);
    pq_sendint32(&out, set->used);
    for_each_row(set, [&out](const Row &row) {
        for (const double number : numbers_of(row)) pq_sendfloat8(&out, number);
    });
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

template <class Row>
Datum set_recv(FunctionCallInfo fcinfo) {
    const auto check = [](bool good, const char *detail) { check_binary(good, BaseType<Row>::name, detail); };
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    check(in->len - in->cursor >= 14, "The value is cut short.");
    check(pq_getmsgint(in, 2) == CountedSet<Row>::current_version, "The version is not known.");
    const double beside = pq_getmsgfloat8(in);
    const char *fault = beside == 0 ? nullptr : "The number beside the rows is not 0.";
    if constexpr (BaseType<Row>::beside != nullptr) fault = BaseType<Row>::fault_beside(beside);
    check(fault == nullptr, fault);
    const std::uint32_t rows = pq_getmsgint(in, 4);
    check(std::uint64_t{rows} * sizeof(Row) == static_cast<std::uint64_t>(in->len - in->cursor),
          "The length does not match the number of rows.");
    check(rows <= CountedSet<Row>::largest_rows, "There are too many rows.");
    CountedSet<Row> *table = new_set<Row>(Layout::table, CountedSet<Row>::capacity_for(std::max(rows, 1u)));
    table->beside = beside + 0.0;
    for (std::uint32_t i = 0; i < rows; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        Numbers<Row> numbers;
        for (double &number : numbers) number = pq_getmsgfloat8(in);
        check(is_count(numbers.back()) && numbers.back() > 0, "A count is not above 0 or is too large.");
        table = add_foreign_row(table, numbers);
    }
    const CountedSet<Row> *set = sorted_copy(table);
    pfree(table);
    PG_RETURN_POINTER(set);
}

}  // namespace cltv::pg
