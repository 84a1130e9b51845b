#include "core/purchases/pnbd.hpp"

#include "core/purchases/calendar_attributes.hpp"
#include "core/purchases/calendar_fit.hpp"
#include "core/purchases/dated_pareto.hpp"
#include "core/purchases/orders_attributes.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "core/purchases/purchase_pool.hpp"

namespace cltv::pnbd {

namespace {
constexpr Parameter parameters[] = {{"r"}, {"alpha"}, {"s"}, {"beta"}};
}

Fit fit(View<CustomerCount> base, double prior, Stop stop) { return fit_purchases(base, time_search(), prior, stop); }

const Family family = [] {
    Family f;
    f.kind = Kind::pnbd;
    f.name = "pnbd";
    f.title = "Pareto/NBD";
    f.meaning = "purchase rates are Gamma(r, rate alpha); dropout rates are Gamma(s, rate beta), alpha and beta in "
                "the unit of time";
    f.source = "Schmittlein, Morrison & Colombo 1987";
    f.parameters = view_of(parameters);
    f.orders = &ParetoModel<GammaRates, GammaRates>::orders;
    f.limits = view_of(purchase_limits::time_limits);
    f.fit_orders = fit;
    f.attributes = view_of(orders_roles);
    f.pool_orders = [](View<View<CustomerCount>> segments, Stop stop) {
        return pool_purchases(segments, time_search(), stop);
    };
    f.fit_orders_pooled = [](View<CustomerCount> base, const ModelView &prior, Stop stop) {
        return fit_purchases_pooled(base, time_search(), prior, stop);
    };
    f.fit_attributes = [](const FeatureSet &set, double prior, Effects effects, Stop stop) {
        return fit_attributes(set, time_search(), prior, effects, stop);
    };
    f.fit_calendar = [](const CalendarCustomers &customers, const Calendar &calendar, double prior, Stop stop) {
        return fit_calendar(customers, calendar, time_search(), dated_time_search(), prior, stop);
    };
    f.fit_calendar_attributes = [](const CalendarCustomers &days, const FeatureSet &set, const Calendar &calendar, double prior,
                                   Effects effects, Stop stop) {
        return fit_calendar_attributes(days, set, calendar, time_search(), dated_time_search(), prior, effects, stop);
    };
    return f;
}();

}  // namespace cltv::pnbd
