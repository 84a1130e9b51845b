// The model of contracts that describes customers best.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family_fit.hpp"

namespace cltv {

// Every family of contracts, fitted to a base sorted by periods: the one with the smallest bic_of, of those that are the same
// the simplest: geometric where sBG finds no difference between customers, sBG where BdW finds none between times.
// prior: the weight of the prior, as in the fits of the families. Throws Stopped.
FamilyFit fit_contracts(View<ContractCount> base, double prior, Stop stop);

}  // namespace cltv
