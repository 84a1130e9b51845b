// The model of spend that describes customers best.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family_fit.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// A fit and how it compares: the likelihood and bic_of the fit to the customers whose mean spend is above 0, or of whom
// only first purchases are known, which are densities of the same numbers whatever the family. Where free purchases are
// left out for that, and the family has a likelihood for them, its fit is one to all customers nevertheless.
struct ComparedSpend : FamilyFit {
    double log_likelihood, aic, bic;
};

// Every family of spend, fitted to a base sorted by frequency, the smallest bic first; with negative amounts the families
// of any sign only. Throws Stopped.
std::vector<ComparedSpend> fit_spends(View<SpendCount> base, double prior, Stop stop);

// The same with attributes, of the families that know some.
FamilyFit fit_spends_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop);

}  // namespace cltv
