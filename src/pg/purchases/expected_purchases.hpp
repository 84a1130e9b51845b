// The prediction that the functions of single families share with that for all.
#pragma once

#include "pg/fit/cltv_model.hpp"

namespace cltv::pg {

// (model, frequency, recency, tenure, horizon) -> expected repeat purchases within the horizon.
Datum expected_purchases(FunctionCallInfo fcinfo, const StoredModel *model);

}  // namespace cltv::pg
