#include "pg/rows/contract_base.hpp"

namespace cltv::pg {

void raise_bad_periods(const char *periods) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("number of periods %s is not a whole number from 0 to 2^53", periods),
                    errdetail("Periods are the billing periods that a customer has completed: those paid for by one who "
                              "left, the renewals made by one who is still there."),
                    errhint("Round the time since the contract began down to whole periods.")));
    pg_unreachable();
}

void raise_bad_churn(double churned) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("churned is %s in a row of a contract_base", float8out_internal(churned)),
                    errdetail("It is 1 for customers who left, 0 for the others.")));
    pg_unreachable();
}

void raise_churned_at_once() {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a customer who churned has 0 periods"),
                    errdetail("Customers leave at the end of a period that they had, so that one who did not renew at "
                              "all has 1."),
                    errhint("Count the period that a customer left in, and leave out those who never had one.")));
    pg_unreachable();
}

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

namespace {

Datum accumulate(FunctionCallInfo fcinfo, double weight) {
    const Contract contract = checked_contract(PG_GETARG_FLOAT8(1), PG_GETARG_BOOL(2) ? 1 : 0);
    if (weight == 0) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add_row_soon(state_argument<ContractCount>(fcinfo), ContractCount{contract, weight}));
}

}  // namespace

CLTV_FUNCTION(cltv_contract_base_accum) {
    check_in_aggregate(fcinfo);
    return PG_ARGISNULL(1) || PG_ARGISNULL(2) ? state_as_it_was(fcinfo) : accumulate(fcinfo, 1);
}

CLTV_FUNCTION(cltv_contract_base_accum_weighted) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3)) return state_as_it_was(fcinfo);
    return accumulate(fcinfo, checked_weight(PG_GETARG_FLOAT8(3)));
}

CLTV_FUNCTION(cltv_contract_base_combine) { return value_combine<ContractBase>(fcinfo); }
CLTV_FUNCTION(cltv_contract_base_final) { return final_set<ContractCount>(fcinfo); }
CLTV_FUNCTION(cltv_contract_base_in) { return value_in<ContractBase>(fcinfo); }
CLTV_FUNCTION(cltv_contract_base_out) { return value_out<ContractBase>(fcinfo); }
CLTV_FUNCTION(cltv_contract_base_recv) { return value_recv<ContractBase>(fcinfo); }
CLTV_FUNCTION(cltv_contract_base_send) { return value_send<ContractBase>(fcinfo); }
