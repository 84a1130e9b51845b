// The choice among the models of spend.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family_fit.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// A fit and how it compares: the likelihood and bic_of the fit to the customers whose mean spend is above 0, or of whom
// only first purchases are known; these are densities of the same numbers whatever the family. If free purchases are
// left out for that, and the family has a likelihood for them, the fit itself is nevertheless one to all customers.
struct ComparedSpend : FamilyFit {
    double log_likelihood, aic, bic;
};

// Fits every family of spend to a base sorted by frequency, and returns them with the smallest bic first; if there are
// negative amounts, only the families of any sign. Throws Stopped.
std::vector<ComparedSpend> fit_spends(View<SpendCount> base, double prior, Stop stop);

// The same with attributes, among the families that take some.
FamilyFit fit_spends_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop);

}  // namespace cltv
