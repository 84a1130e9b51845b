// What every model of contracts answers, and NAME_fit, NAME_model, NAME_survival, NAME_retention and NAME_predict of every
// family of them.
#include "core/families.hpp"
#include "pg/fit/fit.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/contract_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

Datum fit_contracts(FunctionCallInfo fcinfo, const Family &family) {
    return fit_base<ContractCount>(fcinfo, family, family.fit_contract);
}

// (model, period)
Datum survival(FunctionCallInfo fcinfo, const Family &family) {
    const StoredModel *model = model_argument(fcinfo, 0, family);
    const double period = checked_periods(PG_GETARG_FLOAT8(1));
    if (!model->is_usable()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return contract_family(*model).survival(model->parameters(), period); }));
}

// (model, period)
Datum retention(FunctionCallInfo fcinfo, const Family &family) {
    const StoredModel *model = model_argument(fcinfo, 0, family);
    const double period = checked_periods(PG_GETARG_FLOAT8(1));
    if (period == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("period 0 has no retention rate"),
                        errdetail("The retention rate of period t is the share that renews at its end."),
                        errhint("Give 1 for the first period.")));
    if (!model->is_usable()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return contract_family(*model).retention(model->parameters(), period); }));
}

// (model, periods, horizon)
Datum predict(FunctionCallInfo fcinfo, const Family &family) {
    const StoredModel *model = model_argument(fcinfo, 0, family);
    const double periods = checked_periods(PG_GETARG_FLOAT8(1));
    const double horizon = checked_whole_horizon(PG_GETARG_FLOAT8(2));
    if (!model->is_usable()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(
        predicted([&] { return contract_family(*model).expected_periods(model->parameters(), periods, horizon); }));
}

}  // namespace

#define CLTV_DEFINE(name)                                                              \
    CLTV_FUNCTION(cltv_##name##_fit) { return fit_contracts(fcinfo, name::family); }   \
    CLTV_FUNCTION(cltv_##name##_model) { return given_model(name::family, fcinfo); }   \
    CLTV_FUNCTION(cltv_##name##_survival) { return survival(fcinfo, name::family); }   \
    CLTV_FUNCTION(cltv_##name##_retention) { return retention(fcinfo, name::family); } \
    CLTV_FUNCTION(cltv_##name##_predict) { return predict(fcinfo, name::family); }
CLTV_CONTRACT_FAMILIES(CLTV_DEFINE)

// (model, periods)
CLTV_FUNCTION(cltv_churn_prob_contract) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const ContractFamily &family = contract_family(*model);
    const double periods = checked_periods(PG_GETARG_FLOAT8(1));
    if (!model->is_usable()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return family.churn(model->parameters(), periods); }));
}

// (model, periods, churned)
CLTV_FUNCTION(cltv_log_likelihood_contract) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const ContractFamily &family = contract_family(*model);
    const Contract contract = checked_contract(PG_GETARG_FLOAT8(1), PG_GETARG_BOOL(2) ? 1 : 0);
    if (!model->is_usable()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return family.log_likelihood(model->parameters(), contract); }));
}
