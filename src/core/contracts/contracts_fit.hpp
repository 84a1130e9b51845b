// The choice among the models of contracts.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family_fit.hpp"

namespace cltv {

// Fits every family of contracts to a base sorted by periods and returns the one with the smallest bic_of; among equal
// ones the simplest: geometric where sBG finds no difference between customers, sBG where BdW finds none between times.
// prior: the weight of the prior, as in the fits of the families. Throws Stopped.
FamilyFit fit_contracts(View<ContractCount> base, double prior, Stop stop);

}  // namespace cltv
