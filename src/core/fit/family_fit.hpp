// A fit with its family, and the criterion by which the families of a topic are compared.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/fit/model.hpp"

namespace cltv {

struct FamilyFit {
    const Family *family;
    Fit fit;
};

// Bayesian information criterion, ln(customers) x parameters - 2 x log-likelihood (Schwarz 1978): the smallest is best;
// infinite for a fit that refuses.
double bic_of(const Fit &fit);

}  // namespace cltv
