// Geometric contracts: every customer leaves at every renewal with the same probability theta. It is what retention by
// one churn rate assumes, and the sBG model of customers who are all alike.
//
// P. S. Fader, B. G. S. Hardie: How to Project Customer Retention. Journal of Interactive Marketing 21 (2007) 76-90, the
// model that theirs is compared with.
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/attribute_fit.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::geometric {

extern const Family family;
extern const ContractFamily contract;  // its formulas, which are those of a limit of sBG, too

// What the contracts of a base tell together: of so many decisions, so many were against renewal. Customers without a
// decision behind them have nothing to say and are not counted.
struct Decisions {
    Decisions() = default;
    explicit Decisions(View<ContractCount> base);
    void add(const Decisions &other);

    double customers = 0, decisions = 0, left = 0;
    double left_at_first = 0;
    bool repeated = false;  // somebody was seen to decide twice
};

// theta = left/decisions. Where nobody has left yet, the mean and the variance of its posterior under the prior
// Beta(1/2, 1/2) (Jeffreys 1946), unless prior is 0: a usable fit with the status nobody_churned. Throws Stopped.
Fit fit(View<ContractCount> base, double prior, Stop stop);

// What a fit with attributes climbs, as tests look at it.
std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop);

}  // namespace cltv::geometric
