#include "core/purchases/orders_fit.hpp"

namespace cltv {

FamilyFit fit_orders(View<CustomerCount> base, double prior, Stop stop) {
    // Those with a number k to choose fit many times, and without the gaps hardly tell it.
    return best_fit([](const Family &family) {
                        return family.orders != nullptr && !family.orders->discrete && family.fit_regular == nullptr;
                    },
                    [&](const Family &family) { return family.fit_orders(base, prior, stop); });
}

}  // namespace cltv
