#include "core/purchases/orders_fit.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "core/purchases/bgnbd.hpp"
#include "core/purchases/mbgnbd.hpp"
#include "core/purchases/nbd.hpp"
#include "core/purchases/pnbd.hpp"

namespace cltv {

double bic_of(const Fit &fit) {
    if (!fit.usable()) return std::numeric_limits<double>::infinity();
    return free_parameters(view_of(fit)) * std::log(fit.customers) - 2 * fit.log_likelihood;
}

FamilyFit fit_orders(View<CustomerCount> base, Stop stop) {
    constexpr double as_good = 1e-6;  // what the searches for one and the same limit leave between them
    FamilyFit best = {&nbd::family, nbd::fit(base, stop)};
    const std::pair<const Family *, Fit (*)(View<CustomerCount>, Stop)> others[] = {
        {&bgnbd::family, bgnbd::fit}, {&mbgnbd::family, mbgnbd::fit}, {&pnbd::family, pnbd::fit}};
    for (const auto &[family, fit] : others) {
        FamilyFit other = {family, fit(base, stop)};
        if (bic_of(other.fit) < bic_of(best.fit) - as_good) best = std::move(other);
    }
    return best;
}

}  // namespace cltv
