#include "core/purchases/bgnbd.hpp"

#include <memory>

#include "core/purchases/calendar_attributes.hpp"
#include "core/purchases/calendar_fit.hpp"
#include "core/purchases/orders_attributes.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "core/purchases/purchase_pool.hpp"

namespace cltv::bgnbd {

namespace {
constexpr Parameter parameters[] = {{"r"}, {"alpha"}, {"a"}, {"b"}};
}

double log_likelihood(View<CustomerCount> base, const double *parameters, double *gradient, double *hessian, Stop stop) {
    const auto table = std::make_unique<TwoTermTable>();
    using Terms = BetaGeometricTerms<GammaRates, BetaChances, 0>;
    const Surface<4> here = two_term_likelihood(Terms(parameters), TwoTermBase(base, stop), *table, stop);
    Eigen::Map<Eigen::Vector4d>{gradient} = here.gradient;
    Eigen::Map<Eigen::Matrix4d>{hessian} = here.hessian;
    return here.value;
}

Fit fit(View<CustomerCount> base, double prior, Stop stop) { return fit_purchases(base, chance_search<0>(), prior, stop); }

const Family family = [] {
    Family f;
    f.kind = Kind::bgnbd;
    f.name = "bgnbd";
    f.title = "BG/NBD";
    f.meaning = "purchase rates are Gamma(r, rate alpha), alpha in the unit of time; dropout probabilities are "
                "Beta(a, b)";
    f.source = "Fader, Hardie & Lee 2005";
    f.parameters = view_of(parameters);
    f.orders = &BetaGeometricModel<GammaRates, BetaChances, 0>::orders;
    f.limits = view_of(purchase_limits::chance_limits<0>);
    f.fit_orders = fit;
    f.attributes = view_of(orders_roles);
    f.pool_orders = [](View<View<CustomerCount>> segments, Stop stop) {
        return pool_purchases(segments, chance_search<0>(), stop);
    };
    f.fit_orders_pooled = [](View<CustomerCount> base, const ModelView &prior, Stop stop) {
        return fit_purchases_pooled(base, chance_search<0>(), prior, stop);
    };
    f.fit_attributes = [](const FeatureSet &set, double prior, Effects effects, Stop stop) {
        return fit_attributes(set, chance_search<0>(), prior, effects, stop);
    };
    f.fit_calendar = [](const CalendarCustomers &customers, const Calendar &calendar, double prior, Stop stop) {
        return fit_calendar(customers, calendar, chance_search<0>(), dated_search<0>(), prior, stop);
    };
    f.fit_calendar_attributes = [](const CalendarCustomers &days, const FeatureSet &set, const Calendar &calendar, double prior,
                                   Effects effects, Stop stop) {
        return fit_calendar_attributes(days, set, calendar, chance_search<0>(), dated_search<0>(), prior, effects, stop);
    };
    return f;
}();

}  // namespace cltv::bgnbd
