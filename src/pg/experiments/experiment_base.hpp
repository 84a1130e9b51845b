// The SQL type experiment_base: a test of variants, a few hundred bytes whatever the number of customers.
#pragma once

#include "core/experiments/experiment.hpp"
#include "pg/rows/growable.hpp"

namespace cltv::pg {

// A variant's name as rows store it; raises an error where it is too long.
void variant_name(char (&name)[VariantSums::longest_name + 1], const text *variant);

// The place of the control that argument `number` names, which must have an outcome.
uint32 control_argument(FunctionCallInfo fcinfo, int number, const ExperimentBase &base);

}  // namespace cltv::pg
