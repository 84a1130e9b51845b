// The model of contracts that describes customers best.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family_fit.hpp"

namespace cltv {

// Geometric contracts and sBG, fitted to a base sorted by periods: the one with the smallest bic_of; geometric where sBG finds
// no difference between customers. prior: the weight of the prior, as in the fits of the families. Throws Stopped.
FamilyFit fit_contracts(View<ContractCount> base, double prior, Stop stop);

}  // namespace cltv
