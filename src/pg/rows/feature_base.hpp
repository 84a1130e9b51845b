// The SQL type feature_base: customers with attributes (core/rows/feature_set.hpp), the state of the fits of models with
// attributes.
#pragma once

#include "core/base/day.hpp"
#include "core/rows/feature_set.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

inline FeatureSet *feature_set_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<FeatureSet *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

// The set in its sorted layout: itself, or a copy.
const FeatureSet *sorted_set(const FeatureSet *set);

// Transition of an aggregate over days with attributes: the day stands where a customer's frequency does, and the argument
// of that number is its features.
Datum add_day(FunctionCallInfo fcinfo, Day day, int features);

}  // namespace cltv::pg
