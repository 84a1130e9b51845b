// Fetches a large value that is the same for all rows of a query, and decompresses it, only once.
#pragma once

#include <cstring>

#include "pg/base/postgres.hpp"

extern "C" {
#include "access/detoast.h"
}

namespace cltv::pg {

// Where a value was fetched from, or the compressed bytes that it was made of, and the value.
struct FetchedValue {
    varatt_external pointer;
    varlena *packed;  // nullptr: fetched
    varlena *value;
    // What the caller derives from the value once it has been used for many rows; `drop` frees it with the value.
    int rows;
    void *made;
    void (*drop)(void *made);
    MemoryContextCallback callback;
};

inline void drop_made(void *argument) {
    FetchedValue *const fetched = static_cast<FetchedValue *>(argument);
    if (fetched->made != nullptr) fetched->drop(fetched->made);
    fetched->made = nullptr;
}

// The argument in memory; a fetched value is kept at `extra` as long as the query runs.
inline varlena *value_of_rows(FunctionCallInfo fcinfo, int argument, void *&extra) {
    varlena *const datum = reinterpret_cast<varlena *>(PG_GETARG_POINTER(argument));
    const bool packed = VARATT_IS_COMPRESSED(datum);
    if (likely(!packed && !VARATT_IS_EXTERNAL_ONDISK(datum))) return PG_DETOAST_DATUM(PG_GETARG_DATUM(argument));
    varatt_external pointer;
    std::memset(&pointer, 0, sizeof pointer);
    if (!packed) VARATT_EXTERNAL_GET_POINTER(pointer, datum);
    FetchedValue *fetched = static_cast<FetchedValue *>(extra);
    if (fetched != nullptr) {
        // Compressed bytes are few: comparing them costs less than looking into them.
        if (packed ? fetched->packed != nullptr && VARSIZE(fetched->packed) == VARSIZE(datum) &&
                         std::memcmp(fetched->packed, datum, VARSIZE(datum)) == 0
                   : fetched->packed == nullptr && std::memcmp(&fetched->pointer, &pointer, sizeof pointer) == 0)
            return fetched->value;
        drop_made(fetched);
        pfree(fetched->value);
        if (fetched->packed != nullptr) pfree(fetched->packed);
        fetched->value = fetched->packed = nullptr;
        fetched->rows = 0;
    }
    MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
    if (fetched == nullptr) {
        fetched = static_cast<FetchedValue *>(palloc0(sizeof(FetchedValue)));
        fetched->callback.func = drop_made;
        fetched->callback.arg = fetched;
        MemoryContextRegisterResetCallback(fcinfo->flinfo->fn_mcxt, &fetched->callback);
    }
    extra = nullptr;  // should fetching fail
    fetched->value = reinterpret_cast<varlena *>(detoast_attr(datum));
    fetched->pointer = pointer;
    if (packed) fetched->packed = static_cast<varlena *>(std::memcpy(palloc(VARSIZE(datum)), datum, VARSIZE(datum)));
    extra = fetched;
    MemoryContextSwitchTo(caller);
    return fetched->value;
}

// The same in fn_extra.
inline varlena *value_of_rows(FunctionCallInfo fcinfo, int argument) {
    return value_of_rows(fcinfo, argument, fcinfo->flinfo->fn_extra);
}

// The keeper of that value, or nullptr where the argument was in memory already and nothing distinguishes it from
// another.
inline FetchedValue *keeper_of_rows(FunctionCallInfo fcinfo, const void *value) {
    FetchedValue *const fetched = static_cast<FetchedValue *>(fcinfo->flinfo->fn_extra);
    return fetched != nullptr && fetched->value == value ? fetched : nullptr;
}

}  // namespace cltv::pg
