// The fit of a family of purchases with attributes of customers: proportional rates of purchase, and chances or rates to
// leave that attributes shift.
//
//   purchases: rates ~ Gamma(r, alpha e^(-gamma'z)): who has e^(gamma'z) = 2 buys twice as often
//   dropout:   chances ~ Beta with mean m, logit m = logit m0 + delta'z, and m's precision phi = a + b the same for all;
//              rates of departure ~ Gamma(s, beta e^(-delta'z))
//
// P. S. Fader, B. G. S. Hardie: Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models (2007), for
// the rates; S. Ferrari, F. Cribari-Neto: Beta regression for modelling rates and proportions, J. Applied Statistics 31
// (2004) 799-815, for the chances. Note that to multiply a and b alike, as some software does, leaves the mean chance as it
// is, and its likelihood may have no maximum.
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>
#include <vector>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/attribute_fit.hpp"
#include "core/fit/model.hpp"
#include "core/purchases/purchase_search.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

inline constexpr Role orders_roles[] = {Role::purchases, Role::dropout};

// The forms of a family of purchases as the search of attributes sees them, whatever their likelihood.
//
// Gamma rates: ln r, ln alpha (downwards); one rate: ln lambda. Likewise of departures that have a rate; beta chances: logit
// of the mean, ln(a + b); one chance, or a share: ln of the odds.
class PurchaseAttributes : public AttributeSearch {
public:
    PurchaseAttributes(const FeatureSet &set, const PurchaseSearch &search);

    AttributeForm form(int number) const override;
    double size_of(int form, int i) const override;
    std::vector<AttributeStart> starts() const override;

protected:
    const PurchaseSearch &search_;

private:
    double between_ = 0, tenure_ = 1;
};

// The customers of a set in its order, and, without their attributes, sorted.
std::vector<CustomerCount> customers_of(const FeatureSet &set, Stop stop);
std::vector<CustomerCount> pooled_customers(const FeatureSet &set, Stop stop);

// The fit of a sorted set without missing numbers, with the family's forms as purchase_fit.hpp has them. Throws Stopped, and
// std::domain_error where there are too many coefficients.
Fit fit_attributes(const FeatureSet &set, const PurchaseSearch &search, double prior, Effects effects, Stop stop);

// What is climbed: tests look at its surface.
std::unique_ptr<AttributeSearch> orders_attributes(const FeatureSet &set, const PurchaseSearch &search, Stop stop);

}  // namespace cltv
