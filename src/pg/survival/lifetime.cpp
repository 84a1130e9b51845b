// How long customers without a contract have been active, from their purchases.
#include "pg/history/purchase_history.hpp"

#include "pg/base/number_argument.hpp"

using namespace cltv;
using namespace cltv::pg;

// (history, as_of, silent_for) -> (days, ended)
CLTV_FUNCTION(cltv_lifetime) {
    const PurchaseHistory &history = *history_argument(fcinfo, 0);
    const Day as_of = as_of_argument(fcinfo, 1);
    const int32 silent_for = PG_GETARG_INT32(2);
    if (silent_for < 1)
        raise_out_of_range("silent_for", silent_for, "Give the days without a purchase that end a lifetime.");
    check_as_of(history, as_of);
    if (history.used == 0) PG_RETURN_NULL();

    // The first long silence ends the lifetime, on the day of the last purchase before it: what a day says depends on
    // no later one.
    const PurchaseDay *const days = history.days();
    const Day first = days[0].day();
    int64 lifetime = int64{as_of} - first;
    bool ended = false;
    for (uint32 i = 0; i < history.used && !ended; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        const int64 until = i + 1 < history.used ? int64{days[i + 1].day()} - 1 : int64{as_of};
        ended = until - days[i].day() >= silent_for;
        if (ended) lifetime = int64{days[i].day()} + silent_for - first;
    }
    TupleDesc row;
    get_call_result_type(fcinfo, nullptr, &row);
    Datum columns[2] = {Int64GetDatum(lifetime), BoolGetDatum(ended)};
    bool nulls[2] = {false, false};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), columns, nulls)));
}
