// Geometric contracts: every customer leaves at every renewal with the same probability theta. This is what computing
// retention from one churn rate assumes, and it is the sBG model of customers who are all alike.
//
// P. S. Fader, B. G. S. Hardie: How to Project Customer Retention. Journal of Interactive Marketing 21 (2007) 76-90,
// where it is the model that theirs is compared with.
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
extern const ContractFamily contract;  // its formulas, which are also those of a limit of sBG

// What the contracts of a base say together: the number of decisions, and how many were against renewal. Customers who
// have made no decision yet say nothing and are not counted.
struct Decisions {
    Decisions() = default;
    explicit Decisions(View<ContractCount> base);
    void add(const Decisions &other);

    double customers = 0, decisions = 0, left = 0;
    double left_at_first = 0;
    bool repeated = false;  // somebody was seen to decide twice
};

// theta = left/decisions. Where nobody has left yet: the mean and the variance of the posterior under the prior
// Beta(1/2, 1/2) (Jeffreys 1946), unless prior is 0; the fit is usable and has the status nobody_churned. Throws
// Stopped.
Fit fit(View<ContractCount> base, double prior, Stop stop);

// The function that a fit with attributes maximises, for tests to look at.
std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop);

}  // namespace cltv::geometric
