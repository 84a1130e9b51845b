#include "core/purchases/orders_fit.hpp"

namespace cltv {

FamilyFit fit_orders(View<CustomerCount> base, double prior, Stop stop) {
    return best_fit([](const Family &family) { return family.orders != nullptr && family.is_compared(); },
                    [&](const Family &family) { return family.fit_orders(base, prior, stop); });
}

namespace {

bool is_compared(const Family &family, const FeatureSet *set) {
    if (family.orders == nullptr || !family.is_compared()) return false;
    for (int role = 0; set != nullptr && role < n_roles; ++role)
        if (set->names_of[role].n > 0 && !family.has_attributes_of(static_cast<Role>(role))) return false;
    return true;
}

}  // namespace

FamilyFit fit_orders_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop) {
    return best_fit([&](const Family &family) { return is_compared(family, &set); },
                    [&](const Family &family) { return family.fit_attributes(set, prior, effects, stop); });
}

FamilyFit fit_orders_calendar(const CalendarCustomers &customers, const FeatureSet *set, const Calendar &calendar, double prior,
                              Effects effects, Stop stop) {
    const bool in_time = n_dropout_columns(calendar) > 0;
    return best_fit(
        [&](const Family &family) {
            return is_compared(family, set) && family.fit_calendar != nullptr && (!in_time || family.orders->dated != nullptr);
        },
        [&](const Family &family) {
            return set == nullptr ? family.fit_calendar(customers, calendar, prior, stop)
                                  : family.fit_calendar_attributes(customers, *set, calendar, prior, effects, stop);
        });
}

}  // namespace cltv
