// Predictions that work for every family, as the SQL functions of one family use them, too.
#pragma once

#include "pg/cltv_model.hpp"
#include "pg/prediction_args.hpp"

namespace cltv::pg {

// (model, frequency, recency, tenure, horizon) -> expected repeat purchases within the horizon.
Datum expected_purchases(FunctionCallInfo fcinfo, const StoredModel *model);

// A customer's spend so far; known is false without repeat purchases of known value.
struct NullableSpend {
    Spend spend;
    bool known;
};

NullableSpend spend_arguments(FunctionCallInfo fcinfo, int frequency, int monetary_value);

// The expected mean spend per purchase; the population's mean for a customer of whom nothing is known.
double expected_spend(const SpendFamily &family, const StoredModel &model, const NullableSpend &spend);

}  // namespace cltv::pg
