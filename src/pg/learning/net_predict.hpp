// The prediction of a neural net for a customer.
#pragma once

#include "core/fit/net.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/rows/features.hpp"

namespace cltv::pg {

// The margins under a usable model of a net; false where a number is unknown. Raises 22023 where the attributes of the
// customer do not match the model's.
bool find_net_margins(const StoredModel &model, const Features &x, double (&margins)[most_outputs]);

}  // namespace cltv::pg
