// The fit of a family of purchases with customer attributes: proportional rates of purchase, and chances or rates of
// leaving that attributes shift.
//
//   purchases: rates ~ Gamma(r, alpha e^(-gamma'z)): a customer with e^(gamma'z) = 2 buys twice as often
//   dropout:   chances ~ Beta with mean m, logit m = logit m0 + delta'z, and the same precision phi = a + b for all;
//              rates of departure ~ Gamma(s, beta e^(-delta'z))
//
// P. S. Fader, B. G. S. Hardie: Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models (2007),
// for the rates; S. Ferrari, F. Cribari-Neto: Beta regression for modelling rates and proportions, J. Applied
// Statistics 31 (2004) 799-815, for the chances. Note that multiplying a and b by the same factor, as some software
// does, leaves the mean chance as it is, and the likelihood may then have no maximum.
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

// The forms of a family of purchases as the search with attributes sees them, whatever their likelihood.
//
// Gamma rates: ln r, ln alpha (negated); one rate: ln lambda. The same for departures at a rate; beta chances: the
// logit of the mean, ln(a + b); one chance, or a share: ln of the odds.
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

// The customers of a set in its order; and the same without their attributes, sorted.
std::vector<CustomerCount> customers_of(const FeatureSet &set, Stop stop);
std::vector<CustomerCount> pooled_customers(const FeatureSet &set, Stop stop);

// Fits a sorted set without missing numbers, with the family's forms as purchase_fit.hpp has them. Throws Stopped, and
// std::domain_error where there are too many coefficients.
Fit fit_attributes(const FeatureSet &set, const PurchaseSearch &search, double prior, Effects effects, Stop stop);

// The function that is maximised, for tests to look at.
std::unique_ptr<AttributeSearch> orders_attributes(const FeatureSet &set, const PurchaseSearch &search, Stop stop);

}  // namespace cltv
