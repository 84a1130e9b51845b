// A counted set as an SQL type: what customer_base, spend_base, contract_base and metrics_base share. Each specialises
// BaseType and defines its SQL functions in one line each. A state is a table; a value that leaves an aggregate is
// sorted.
#pragma once

#include <algorithm>
#include <cstring>

#include "core/rows/counted_set.hpp"
#include "pg/base/customer_args.hpp"
#include "pg/base/guard.hpp"
#include "pg/rows/growable.hpp"

namespace cltv::pg {

// What differs by type:
//   static constexpr const char *name        of the SQL type
//   static constexpr const char *beside      key of CountedSet::beside in the text form, or nullptr where it stays 0
//   static double merged_beside(double, double)  of two values that become one, where there is a key
//   static const char *fault_beside(double)      sentence that says why no value can have it, or nullptr
//   static Row checked(Numbers<Row>)         raises 22023 for columns that no customer can have; count is checked here
//   static double customers(View<Row>)       of the sorted rows, where they are not the sum of the counts
//   static const char *fault(View<Row>)      sentence that says why no value can have these sorted rows, or nullptr
template <class Row>
struct BaseType;

// What a BaseType may inherit.
template <class Row>
struct AnyBase {
    static constexpr const char *beside = nullptr;
    static double customers(View<Row> rows) { return total_count(rows); }
    static const char *fault(View<Row>) { return nullptr; }
};

// Memory -------------------------------------------------------------------------------------------------------------

template <class Row>
CountedSet<Row> *new_table(std::uint32_t capacity) {
    const std::size_t size = CountedSet<Row>::bytes(capacity);
    CountedSet<Row> &table = CountedSet<Row>::start_table(palloc(size), capacity);
    SET_VARSIZE(&table, size);
    for (std::uint32_t i = 0, step; i < capacity; i += step) {
        step = std::min<std::uint32_t>(capacity - i, 1 << 18);
        std::memset(static_cast<void *>(table.rows() + i), 0, step * sizeof(Row));
        CHECK_FOR_INTERRUPTS();
    }
    return &table;
}

// Calls visit(row) for every row in the order of the slots.
template <class Row, class Visit>
void for_each_row(const CountedSet<Row> *set, Visit &&visit) {
    for_each_place(set, set->capacity, [&visit](const Row &row) {
        if (row.count != 0) visit(row);
    });
}

// The set itself if it is a table that takes this many rows or cannot be larger, otherwise such a table with its rows.
template <class Row>
CountedSet<Row> *table_with_room(CountedSet<Row> *set, std::uint64_t rows) {
    if (likely(set->layout == Layout::table && rows <= set->limit(set->capacity))) return set;
    const std::uint32_t capacity = set->capacity_for(rows);
    if (set->layout == Layout::table && capacity == set->capacity) return set;
    CountedSet<Row> *table = new_table<Row>(capacity);
    table->beside = set->beside;
    for_each_row(set, [table](const Row &row) { table->add(row); });
    return table;
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
        if (table->capacity == table->largest_capacity()) raise_too_many<CountedSet<Row>>();
        table = table_with_room(table, std::uint64_t{table->used} + 1);
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
    CountedSet<Row> *copy = new_value<CountedSet<Row>>(set->most_rows());
    guarded([&] { copy->used = copy_sorted(set->rows(), set->capacity, copy->rows(), interrupt_pending); });
    copy->beside = set->beside;
    copy->capacity = copy->used;
    SET_VARSIZE(copy, copy->bytes(copy->used));
    return copy;
}

template <class Row>
const CountedSet<Row> *sorted(const CountedSet<Row> *set) {
    return set->layout == Layout::sorted ? set : sorted_copy(set);
}

// Aggregates ---------------------------------------------------------------------------------------------------------

// The table to add to.
template <class Row>
CountedSet<Row> *state_argument(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0)) return new_table<Row>(CountedSet<Row>::capacity_for(1));
    auto *state = value_argument<CountedSet<Row>>(fcinfo, 0);
    return table_with_room(state, state->used);
}

// Counts of customers stay exact below this, and sums of them never reach infinity.
inline bool is_count(double count) { return count >= 0 && count <= largest_frequency; }

// Makes sure that a value that leaves the aggregate can be read again.
template <class Row>
Datum final_set(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const CountedSet<Row> *set = sorted(value_argument<CountedSet<Row>>(fcinfo, 0));
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

// Input and output: {"customers":<sum of the counts>,"<beside>":<number>,"rows":[[<columns>,<count>],...]} ------------

template <class RowOfSet>
struct RowsType<CountedSet<RowOfSet>> : RowsOfNumbers<CountedSet<RowOfSet>> {
    using Row = RowOfSet;
    using Set = CountedSet<Row>;
    using Type = BaseType<Row>;
    static constexpr const char *name = Type::name;
    static constexpr const char *rows_are = "distinct customers";
    static constexpr const char *way_out =
        "Round the numbers, times to whole days and money to cents, so that more are equal, or take a sample of the "
        "customers.";
    static constexpr const char *customers_rule = "The number of customers must be the sum of the counts of the rows.";

    static auto head(Set &set) { return std::tie(set.beside); }

    static double customers(const Set &set) { return Type::customers({set.rows(), set.used}); }
    static const char *fault(const Set &set) { return Type::fault({set.rows(), set.used}); }

    static void append_head(StringInfo out, const Set &set) {
        appendStringInfoString(out, "\"customers\":");
        append_number(out, customers(set));
        appendStringInfoChar(out, ',');
        if (Type::beside == nullptr) return;
        appendStringInfo(out, "\"%s\":", Type::beside);
        append_number(out, set.beside);
        appendStringInfoChar(out, ',');
    }

    static double scan_head(Scanner &scan, Set &set) {
        scan.key("customers");
        const double customers = scan.number();
        scan.expect(",");
        if (Type::beside == nullptr) return customers;
        scan.key(Type::beside);
        set.beside = scan.number();
        scan.expect(",");
        return customers;
    }

    static const char *fault_of_head(Set &set) {
        set.beside += 0.0;
        if constexpr (Type::beside != nullptr) return Type::fault_beside(set.beside);
        return set.beside == 0 ? nullptr : "The number beside the rows is not 0.";
    }

    static const char *fault_of_row(const Set &, Row &row) {
        if (!is_count(row.count) || row.count == 0)
            return "The count of customers at the end of a row must be above 0 and at most 2^53.";
        row = Type::checked(numbers_of(row));
        return nullptr;
    }

    static const Set *to_read(const Set *set) { return sorted(set); }

    // Rows that come from outside may be in any order, and repeated.
    static Set *to_keep(Set *rows) {
        rows->capacity = rows->used;
        Set *set = sorted_copy(rows);
        pfree(rows);
        return set;
    }

    // Room for all is made beforehand. The rows of a table come in the order of their places: a table that grew while
    // they came in would have them all at its beginning, and would search through all of them for each.
    static Set *merged(Set *state, const Set *source) {
        state = table_with_room(state, std::uint64_t{state->used} + source->most_rows());
        if constexpr (Type::beside != nullptr) state->beside = Type::merged_beside(state->beside, source->beside);
        for_each_row(source, [&state](const Row &row) { state = add_row_soon(state, row); });
        return state;
    }
};

}  // namespace cltv::pg
