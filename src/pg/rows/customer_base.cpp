#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// A row with an unknown number is skipped, as SQL's aggregates do.
bool knows_nothing(FunctionCallInfo fcinfo) { return PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3); }

template <class Frequency>
Datum accumulate(FunctionCallInfo fcinfo, Frequency frequency, double weight = 1) {
    const Customer customer = checked_customer(frequency, PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3));
    if (weight == 0) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add_row_soon(state_argument<CustomerCount>(fcinfo), CustomerCount{customer, weight}));
}

}  // namespace

CLTV_FUNCTION(cltv_customer_base_accum) {
    check_in_aggregate(fcinfo);
    return knows_nothing(fcinfo) ? state_as_it_was(fcinfo) : accumulate(fcinfo, int64{PG_GETARG_INT64(1)});
}

CLTV_FUNCTION(cltv_customer_base_accum_float8) {
    check_in_aggregate(fcinfo);
    return knows_nothing(fcinfo) ? state_as_it_was(fcinfo) : accumulate(fcinfo, PG_GETARG_FLOAT8(1));
}

CLTV_FUNCTION(cltv_customer_base_accum_weighted) {
    check_in_aggregate(fcinfo);
    if (knows_nothing(fcinfo) || PG_ARGISNULL(4)) return state_as_it_was(fcinfo);
    return accumulate(fcinfo, PG_GETARG_FLOAT8(1), checked_weight(PG_GETARG_FLOAT8(4)));
}

CLTV_FUNCTION(cltv_customer_base_combine) { return value_combine<CustomerBase>(fcinfo); }
CLTV_FUNCTION(cltv_customer_base_final) { return final_set<CustomerCount>(fcinfo); }
CLTV_FUNCTION(cltv_customer_base_in) { return value_in<CustomerBase>(fcinfo); }
CLTV_FUNCTION(cltv_customer_base_out) { return value_out<CustomerBase>(fcinfo); }
CLTV_FUNCTION(cltv_customer_base_recv) { return value_recv<CustomerBase>(fcinfo); }
CLTV_FUNCTION(cltv_customer_base_send) { return value_send<CustomerBase>(fcinfo); }
