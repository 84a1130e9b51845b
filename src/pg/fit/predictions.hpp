// What predictions of all families share.
#pragma once

#include <cmath>

#include "pg/base/guard.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/fit/prediction_args.hpp"

namespace cltv::pg {

[[noreturn]] void raise_unpredictable();

// Computes a prediction within a guard. Parameters far beyond those of any fit may leave no correct digit: that is an
// error, never a NaN in somebody's sum.
template <class Compute>
double predicted(Compute &&compute) {
    double prediction;
    guarded([&] { prediction = compute(); });
    if (unlikely(std::isnan(prediction))) raise_unpredictable();
    return prediction;
}

// A customer's spend so far: frequency 0 without repeat purchases of known value, first_value 0 where it is NULL. The
// argument frequency must not be NULL.
Spend spend_arguments(FunctionCallInfo fcinfo, int frequency, int monetary_value, int first_value,
                      const SpendFamily &family);

// The expected mean spend per purchase; infinite where a model from given parameters has no mean.
double expected_spend(const SpendFamily &family, const double *parameters, const Spend &spend);

}  // namespace cltv::pg
