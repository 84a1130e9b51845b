// sBG, the shifted beta-geometric model of contracts that are renewed, or not, at the end of each period.
//
// P. S. Fader, B. G. S. Hardie: How to Project Customer Retention. Journal of Interactive Marketing 21 (2007) 76-90;
// below [FH07]. A customer leaves at every renewal with probability theta ~ Beta(alpha, beta). Values from the same
// authors: Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity. Marketing Science 29
// (2010) 85-93; below [FH10].
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/attribute_fit.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::sbg {

extern const Family family;

// Fits a base sorted by periods. The maximum may be at a limit: geometric contracts, or a share that leaves at once.
// Customers who have made no decision yet (no periods) say nothing and are not counted. prior = 0 gives plain maximum
// likelihood. Throws Stopped.
Fit fit(View<ContractCount> base, double prior, Stop stop);
inline Fit fit(View<ContractCount> base, Stop stop) { return fit(base, 1, stop); }

// The function that a fit with attributes maximises, for tests to look at.
std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop);

}  // namespace cltv::sbg
