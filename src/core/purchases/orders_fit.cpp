#include "core/purchases/orders_fit.hpp"

#include <utility>

#include "core/fit/family.hpp"

namespace cltv {

FamilyFit fit_orders(View<CustomerCount> base, double prior, Stop stop) {
    constexpr double as_good = 1e-6;  // what the searches for one and the same limit leave between them
    FamilyFit best = {nullptr, {}};
    for (const Family *family : all_families()) {
        if (family->orders == nullptr || family->orders->discrete) continue;
        FamilyFit other = {family, family->fit_orders(base, prior, stop)};
        const double gain = best.family == nullptr ? 0 : bic_of(best.fit) - bic_of(other.fit);
        const bool simpler = best.family == nullptr || family->parameters.size < best.family->parameters.size;
        // Where none is usable the gain is NaN.
        if (gain > as_good || (!(gain < -as_good) && simpler)) best = std::move(other);
    }
    return best;
}

}  // namespace cltv
