// The rows of a window function's partition, for functions that look at all of them before the first result.
#pragma once

#include <cstddef>

#include "pg/base/postgres.hpp"

namespace cltv::pg {

inline int count_rows(WindowObject window, const char *function) {
    const int64 rows = WinGetPartitionRowCount(window);
    if (rows > PG_INT32_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("too many rows in one partition of %s: %lld", function, static_cast<long long>(rows)),
                        errhint("Divide the customers with PARTITION BY.")));
    return static_cast<int>(rows);
}

// A memory context for what evaluating the arguments of many rows leaves behind; it lives as long as the statement.
inline MemoryContext new_scratch(FunctionCallInfo fcinfo) {
    return AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "window arguments", ALLOCSET_SMALL_SIZES);
}

// Calls take(row) for every row, with all columns of a row together: a partition that went to disk is slow to traverse
// backwards for the next column, and there is no other way back to its first row.
template <class Take>
void for_each_row_of_partition(int rows, MemoryContext scratch, Take &&take) {
    MemoryContext caller = MemoryContextSwitchTo(scratch);
    for (int row = 0; row < rows; ++row) {
        take(row);
        if (row % 1024 == 1023) {
            CHECK_FOR_INTERRUPTS();
            MemoryContextReset(scratch);
        }
    }
    MemoryContextReset(scratch);
    MemoryContextSwitchTo(caller);
}

// The values of one column that are not NULL, in the caller's memory. Column::get and check read and check one.
template <class Column>
struct Gathered {
    using Value = typename Column::Value;
    Value *values;
    std::size_t count;

    static Gathered with_room(int rows) {
        const Size size = sizeof(Value) * static_cast<Size>(rows);
        return {static_cast<Value *>(MemoryContextAllocHuge(CurrentMemoryContext, size)), 0};
    }

    void take(WindowObject window, int argument, int row) {
        bool is_null, is_out;
        const Datum datum = WinGetFuncArgInPartition(window, argument, row, WINDOW_SEEK_HEAD, false, &is_null, &is_out);
        if (!is_null) values[count++] = Column::check(Column::get(datum));
    }
};

// An argument that must be the same for all rows of a partition: raises an error unless same(value, is_null) for every
// row.
template <class Same>
void check_same_in_partition(FunctionCallInfo fcinfo, WindowObject window, int argument, const char *name, int rows,
                             MemoryContext scratch, Same &&same) {
    if (get_fn_expr_arg_stable(fcinfo->flinfo, argument)) return;
    for_each_row_of_partition(rows, scratch, [&](int row) {
        bool is_null, is_out;
        const Datum datum = WinGetFuncArgInPartition(window, argument, row, WINDOW_SEEK_HEAD, false, &is_null, &is_out);
        if (!same(datum, is_null))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("%s must be the same for all rows of a partition", name),
                            errhint("Add what %s depends on to PARTITION BY.", name)));
    });
}

}  // namespace cltv::pg
