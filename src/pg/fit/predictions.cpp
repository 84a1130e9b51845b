#include "pg/fit/predictions.hpp"

namespace cltv::pg {

void raise_unpredictable() {
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                    errmsg("the prediction is beyond double precision for this model and customer"),
                    errhint("Check the parameters of the model: are they of a plausible size, in the unit of the times?")));
    pg_unreachable();
}

void raise_bad_horizon(double horizon) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg(std::isnan(horizon) ? "horizon is NaN" : "horizon %s is negative", float8out_internal(horizon)),
                    errdetail("Horizon is a time ahead, in the unit of the model: days unless it was fitted on others."),
                    errhint("Give 0 or more, or 'infinity' for all that is to come.")));
    pg_unreachable();
}

void raise_fractional_horizon(double horizon) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("horizon %s is not a whole number", float8out_internal(horizon)),
                    errdetail("This model counts time in whole opportunities to purchase, or in whole periods."),
                    errhint("Give a whole number, or 'infinity' for all that is to come.")));
    pg_unreachable();
}

double purchases_argument(FunctionCallInfo fcinfo, int argument) {
    const double n = PG_GETARG_FLOAT8(argument);
    if (!(n >= 0 && n <= largest_frequency && n == std::floor(n)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("number of purchases %s is not a whole number from 0 to 2^53", float8out_internal(n)),
                        errhint("Give the number of purchases whose probability you want.")));
    return n;
}

Spend spend_arguments(FunctionCallInfo fcinfo, int frequency, int monetary_value, int first_value,
                      const SpendFamily &family) {
    const double checked = checked_frequency(PG_GETARG_FLOAT8(frequency));
    Spend spend{0, 0, 0};
    if (checked > 0 && !PG_ARGISNULL(monetary_value)) {
        spend.frequency = checked;
        spend.monetary_value =
            checked_spend("monetary_value", PG_GETARG_FLOAT8(monetary_value), family.any_sign);
    }
    if (!PG_ARGISNULL(first_value))
        spend.first_value = checked_spend("first_value", PG_GETARG_FLOAT8(first_value), family.any_sign);
    return spend;
}

double expected_spend(const SpendFamily &family, const double *parameters, const Spend &spend) {
    return predicted([&] { return family.expected_spend(parameters, spend); });
}

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_log_likelihood_spend) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const SpendFamily &family = spend_family(*model);
    const Spend spend = {checked_frequency(PG_GETARG_FLOAT8(1)),
                         checked_spend("monetary_value", PG_GETARG_FLOAT8(2), family.any_sign), 0};
    // Nothing is known about the spend of such a customer, so its likelihood is 1. A free purchase has no density.
    if (spend.frequency == 0) PG_RETURN_FLOAT8(0);
    if (!model->is_usable() || (spend.monetary_value == 0 && !family.any_sign)) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return family.log_likelihood(model->parameters(), spend); }));
}
