// BdW, the beta-discrete-Weibull model of contracts: sBG with customers whose probability of leaving may rise or fall
// with the time that they have stayed.
//
// P. S. Fader, B. G. S. Hardie, Y. Liu, J. Davin, T. Steenburgh: "How to Project Customer Retention" Revisited: The
// Role of Duration Dependence. Journal of Interactive Marketing 43 (2018) 1-16; below [FHLDS18]. A customer is still
// active after t periods with the probability (1 - theta)^(t^c), theta ~ Beta(gamma, delta).
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

// Fits a base sorted by periods. The maximum may be at a limit: customers who are all alike, a share that leaves at
// once, or, where nobody was seen to decide twice, geometric contracts. Customers who have made no decision yet (no
// periods) say nothing and are not counted. prior = 0 gives plain maximum likelihood. Throws Stopped.
Fit fit(View<ContractCount> base, double prior, Stop stop);

// The function that a fit with attributes maximises, for tests to look at; log_typical as in AttributeForm.
std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop, double log_typical = 0);

}  // namespace cltv::bdw
