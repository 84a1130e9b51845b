// The functions common to all models of contracts, and NAME_fit, NAME_model, NAME_survival, NAME_retention and
// NAME_predict of every family.
#include "core/families.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/fit.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/contract_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

Datum fit_contracts(FunctionCallInfo fcinfo, const Family &family) {
    return fit_base<ContractCount>(fcinfo, family, family.fit_contract);
}

// The model of the family, and the parameters to predict with: those of a customer whose attributes are the last
// argument, if the call has that many.
struct ContractModel {
    ContractModel(FunctionCallInfo fcinfo, const StoredModel &model, int churn)
        : family(any_contract_family(model)),
          parameters(customer_parameters(fcinfo, model, churn, {Role::churn}, own)) {}
    ContractModel(FunctionCallInfo fcinfo, const Family &family, int churn)
        : ContractModel(fcinfo, *model_argument(fcinfo, 0, family), churn) {}
    ContractModel(const ContractModel &) = delete;

    const ContractFamily &family;
    double own[most_form_parameters];
    const double *const parameters;  // nullptr: nothing can be predicted
};

// (model, period [, churn])
Datum survival(FunctionCallInfo fcinfo, const Family &family) {
    const ContractModel model(fcinfo, family, 2);
    const double period = checked_periods(PG_GETARG_FLOAT8(1));
    if (model.parameters == nullptr) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return model.family.survival(model.parameters, period); }));
}

// (model, period [, churn])
Datum retention(FunctionCallInfo fcinfo, const Family &family) {
    const ContractModel model(fcinfo, family, 2);
    const double period = checked_periods(PG_GETARG_FLOAT8(1));
    if (period == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("period 0 has no retention rate"),
                        errdetail("The retention rate of period t is the share that renews at its end."),
                        errhint("Give 1 for the first period.")));
    if (model.parameters == nullptr) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return model.family.retention(model.parameters, period); }));
}

// (model, periods, horizon [, churn])
Datum predict(FunctionCallInfo fcinfo, const Family &family) {
    const ContractModel model(fcinfo, family, 3);
    const double periods = checked_periods(PG_GETARG_FLOAT8(1));
    const double horizon = checked_whole_horizon(PG_GETARG_FLOAT8(2));
    if (model.parameters == nullptr) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return model.family.expected_periods(model.parameters, periods, horizon); }));
}

}  // namespace

#define CLTV_DEFINE(name)                                                              \
    CLTV_FUNCTION(cltv_##name##_fit) { return fit_contracts(fcinfo, name::family); }   \
    CLTV_FUNCTION(cltv_##name##_fit_features) { return fit_features(fcinfo, name::family); } \
    CLTV_FUNCTION(cltv_##name##_model) { return given_model(name::family, fcinfo); }   \
    CLTV_FUNCTION(cltv_##name##_survival) { return survival(fcinfo, name::family); }   \
    CLTV_FUNCTION(cltv_##name##_retention) { return retention(fcinfo, name::family); } \
    CLTV_FUNCTION(cltv_##name##_predict) { return predict(fcinfo, name::family); }
CLTV_CONTRACT_FAMILIES(CLTV_DEFINE)

// (model, periods [, churn])
CLTV_FUNCTION(cltv_churn_prob_contract) {
    const ContractModel model(fcinfo, *model_argument(fcinfo, 0), 2);
    const double periods = checked_periods(PG_GETARG_FLOAT8(1));
    if (model.parameters == nullptr) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return model.family.churn(model.parameters, periods); }));
}

// (model, periods, churned [, churn])
CLTV_FUNCTION(cltv_log_likelihood_contract) {
    const ContractModel model(fcinfo, *model_argument(fcinfo, 0), 3);
    const Contract contract = checked_contract(PG_GETARG_FLOAT8(1), PG_GETARG_BOOL(2) ? 1 : 0);
    if (model.parameters == nullptr) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return model.family.log_likelihood(model.parameters, contract); }));
}
