// Geometric contracts: every customer leaves at every renewal with the same probability theta, the sBG model of
// customers who are all alike.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::geometric {

extern const ContractFamily contract;  // its formulas, of the one parameter theta

// What the contracts of a base tell together: of so many decisions, so many were against renewal. Customers without a
// decision behind them have nothing to say and are not counted.
struct Decisions {
    explicit Decisions(View<ContractCount> base);
    double customers = 0, decisions = 0, left = 0;
    double left_at_first = 0;
    bool repeated = false;  // somebody was seen to decide twice
};

// theta = left/decisions. Where nobody has left yet, the mean and the variance of its posterior under the prior
// Beta(1/2, 1/2) (Jeffreys 1946), unless prior is 0: a usable fit with the status nobody_churned.
Fit fit(View<ContractCount> base, double prior);

}  // namespace cltv::geometric
