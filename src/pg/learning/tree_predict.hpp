// The predictions of trees for a customer.
#pragma once

#include "core/fit/trees.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/rows/features.hpp"

namespace cltv::pg {

// The codes of a customer; raises 22023 where the attributes do not match the model's.
void code_or_raise(const StoredModel &model, const Features &x, CodedCustomer &customer);

// The margins under a usable model of trees, the function's argument as model_of_rows gives it. An offset is added to
// the first; raises 22023 for a model that takes none.
void find_margins(FunctionCallInfo fcinfo, const StoredModel &model, const Features &x, double offset,
                  double (&margins)[most_outputs]);

}  // namespace cltv::pg
