#include "core/purchases/orders_fit.hpp"

namespace cltv {

FamilyFit fit_orders(View<CustomerCount> base, double prior, Stop stop) {
    return best_fit([](const Family &family) { return family.orders != nullptr && family.is_compared(); },
                    [&](const Family &family) { return family.fit_orders(base, prior, stop); });
}

}  // namespace cltv
