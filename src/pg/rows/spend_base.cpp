#include "pg/rows/spend_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// Without a repeat purchase monetary_value does not matter, and is often NULL.
template <class Frequency>
Datum accumulate(FunctionCallInfo fcinfo, Frequency given, bool has_first = false, double weight = 1) {
    const double frequency = checked_frequency(given);
    if (frequency > 0 && PG_ARGISNULL(2)) return state_as_it_was(fcinfo);
    const double monetary_value = frequency > 0 ? checked_spend("monetary_value", PG_GETARG_FLOAT8(2), true) : 0;
    const double first_value =
        has_first && !PG_ARGISNULL(3) ? checked_spend("first_value", PG_GETARG_FLOAT8(3), true) : 0;
    if (weight == 0) return state_as_it_was(fcinfo);
    SpendBase *state = state_argument<SpendCount>(fcinfo);
    if (frequency > 0 || first_value != 0)
        state = add_row_soon(state, SpendCount{{frequency, monetary_value, first_value}, weight});
    else
        state->beside += weight;
    PG_RETURN_POINTER(state);
}

}  // namespace

CLTV_FUNCTION(cltv_spend_base_accum) {
    check_in_aggregate(fcinfo);
    return PG_ARGISNULL(1) ? state_as_it_was(fcinfo) : accumulate(fcinfo, int64{PG_GETARG_INT64(1)});
}

CLTV_FUNCTION(cltv_spend_base_accum_float8) {
    check_in_aggregate(fcinfo);
    return PG_ARGISNULL(1) ? state_as_it_was(fcinfo) : accumulate(fcinfo, PG_GETARG_FLOAT8(1));
}

CLTV_FUNCTION(cltv_spend_base_accum_first) {
    check_in_aggregate(fcinfo);
    return PG_ARGISNULL(1) ? state_as_it_was(fcinfo) : accumulate(fcinfo, PG_GETARG_FLOAT8(1), true);
}

CLTV_FUNCTION(cltv_spend_base_accum_weighted) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1) || PG_ARGISNULL(4)) return state_as_it_was(fcinfo);
    return accumulate(fcinfo, PG_GETARG_FLOAT8(1), true, checked_weight(PG_GETARG_FLOAT8(4)));
}

CLTV_FUNCTION(cltv_spend_base_combine) { return value_combine<SpendBase>(fcinfo); }
CLTV_FUNCTION(cltv_spend_base_final) { return final_set<SpendCount>(fcinfo); }
CLTV_FUNCTION(cltv_spend_base_in) { return value_in<SpendBase>(fcinfo); }
CLTV_FUNCTION(cltv_spend_base_out) { return value_out<SpendBase>(fcinfo); }
CLTV_FUNCTION(cltv_spend_base_recv) { return value_recv<SpendBase>(fcinfo); }
CLTV_FUNCTION(cltv_spend_base_send) { return value_send<SpendBase>(fcinfo); }
