// BdW, the beta-discrete-Weibull model of contracts: sBG whose customers' probabilities of leaving may rise or fall with the time that
// they have stayed.
//
// P. S. Fader, B. G. S. Hardie, Y. Liu, J. Davin, T. Steenburgh: "How to Project Customer Retention" Revisited: The Role of
// Duration Dependence. Journal of Interactive Marketing 43 (2018) 1-16; below [FHLDS18]. A customer is still active after t
// periods with the probability (1 - theta)^(t^c), theta ~ Beta(gamma, delta).
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/attribute_fit.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::bdw {

extern const Family family;

// The fit of a base sorted by periods, which may end at a limit: customers who are all alike, a share that leaves at once, or,
// where nobody was seen to decide twice, geometric contracts. Customers without a decision behind them (no periods) have
// nothing to say and are not counted. With prior = 0 plain maximum likelihood. Throws Stopped.
Fit fit(View<ContractCount> base, double prior, Stop stop);

// What a fit with attributes climbs, as tests look at it; log_typical as in AttributeForm.
std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop, double log_typical = 0);

}  // namespace cltv::bdw
