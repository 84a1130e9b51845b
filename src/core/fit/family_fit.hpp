// A fit with its family, and the criterion by which the families of a topic are compared.
#pragma once

#include "core/base/numbers_only.hpp"

#include <utility>

#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv {

struct FamilyFit {
    const Family *family;
    Fit fit;
};

// Bayesian information criterion, ln(customers) x parameters - 2 x log-likelihood (Schwarz 1978): the smallest is best;
// infinite for a fit that refuses.
double bic_of(const Fit &fit);

// The fit with the smallest bic_of among the families that are compared; where several are the same at a limit, that of
// the simplest family.
template <class IsCompared, class FitFamily>
FamilyFit best_fit(IsCompared &&is_compared, FitFamily &&fit_family) {
    constexpr double as_good = 1e-6;  // the searches for one and the same limit differ by no more
    FamilyFit best = {nullptr, {}};
    for (const Family *family : all_families()) {
        if (!is_compared(*family)) continue;
        FamilyFit other = {family, fit_family(*family)};
        const double gain = best.family == nullptr ? 0 : bic_of(best.fit) - bic_of(other.fit);
        const bool simpler = best.family == nullptr || family->parameters.size < best.family->parameters.size;
        // Where none is usable the gain is NaN.
        if (gain > as_good || (!(gain < -as_good) && simpler)) best = std::move(other);
    }
    return best;
}

}  // namespace cltv
