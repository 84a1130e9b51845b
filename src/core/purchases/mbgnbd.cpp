#include "core/purchases/mbgnbd.hpp"

#include "core/purchases/calendar_attributes.hpp"
#include "core/purchases/calendar_fit.hpp"
#include "core/purchases/orders_attributes.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "core/purchases/purchase_pool.hpp"

namespace cltv::mbgnbd {

namespace {
constexpr Parameter parameters[] = {{"r"}, {"alpha"}, {"a"}, {"b"}};
}

Fit fit(View<CustomerCount> base, double prior, Stop stop) { return fit_purchases(base, chance_search<1>(), prior, stop); }

const Family family = [] {
    Family f;
    f.kind = Kind::mbgnbd;
    f.name = "mbgnbd";
    f.title = "MBG/NBD";
    f.meaning = "purchase rates are Gamma(r, rate alpha), alpha in the unit of time; probabilities to leave after a "
                "purchase, the first one included, are Beta(a, b)";
    f.source = "Batislam, Denizel & Filiztekin 2007";
    f.parameters = view_of(parameters);
    f.orders = &BetaGeometricModel<GammaRates, BetaChances, 1>::orders;
    f.limits = view_of(purchase_limits::chance_limits<1>);
    f.fit_orders = fit;
    f.attributes = view_of(orders_roles);
    f.pool_orders = [](View<View<CustomerCount>> segments, Stop stop) {
        return pool_purchases(segments, chance_search<1>(), stop);
    };
    f.fit_orders_pooled = [](View<CustomerCount> base, const ModelView &prior, Stop stop) {
        return fit_purchases_pooled(base, chance_search<1>(), prior, stop);
    };
    f.fit_attributes = [](const FeatureSet &set, double prior, Effects effects, Stop stop) {
        return fit_attributes(set, chance_search<1>(), prior, effects, stop);
    };
    f.fit_calendar = [](const CalendarCustomers &customers, const Calendar &calendar, double prior, Stop stop) {
        return fit_calendar(customers, calendar, chance_search<1>(), dated_search<1>(), prior, stop);
    };
    f.fit_calendar_attributes = [](const CalendarCustomers &days, const FeatureSet &set, const Calendar &calendar, double prior,
                                   Effects effects, Stop stop) {
        return fit_calendar_attributes(days, set, calendar, chance_search<1>(), dated_search<1>(), prior, effects, stop);
    };
    return f;
}();

}  // namespace cltv::mbgnbd
