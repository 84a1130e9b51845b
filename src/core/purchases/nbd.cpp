#include "core/purchases/nbd.hpp"

#include "core/purchases/calendar_attributes.hpp"
#include "core/purchases/calendar_fit.hpp"
#include "core/purchases/orders_attributes.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "core/purchases/purchase_pool.hpp"

namespace cltv::nbd {

namespace {

using Model = BetaGeometricModel<GammaRates, NeverLeaves, 1>;

constexpr Parameter parameters[] = {{"r"}, {"alpha"}};

constexpr Form limits[] = {purchase_limits::form(
    "one purchase rate", "All customers order at the same pace: those who ordered more were lucky or have been customers longer.",
    view_of(purchase_limits::one_rate), BetaGeometricModel<OneRate, NeverLeaves, 1>::orders)};

PurchaseSearch search() {
    PurchaseSearch search{};
    search.forms[PurchaseSearch::within] = searched<BetaGeometricTerms<GammaRates, NeverLeaves, 1>>();
    search.forms[PurchaseSearch::one_rate_nobody_leaves] = searched<BetaGeometricTerms<OneRate, NeverLeaves, 1>>();
    return search;
}

DatedSearch search_dated() {
    DatedSearch search{};
    search.forms[PurchaseSearch::within] = dated<GammaRates, NeverLeaves, 1>();
    search.forms[PurchaseSearch::one_rate_nobody_leaves] = dated<OneRate, NeverLeaves, 1>();
    return search;
}

Fit with_own_number(Fit fit) {
    if (fit.form != 0) fit.form = 1;  // the only limit
    return fit;
}

constexpr Role purchases_alone[] = {Role::purchases};

}  // namespace

Fit fit(View<CustomerCount> base, double prior, Stop stop) {
    return with_own_number(fit_purchases(base, search(), prior, stop));
}

const Family family = [] {
    Family f;
    f.kind = Kind::nbd;
    f.name = "nbd";
    f.title = "NBD";
    f.meaning = "purchase rates are Gamma(r, rate alpha), alpha in the unit of time; nobody leaves";
    f.source = "Ehrenberg 1959";
    f.parameters = view_of(parameters);
    f.orders = &Model::orders;
    f.limits = view_of(limits);
    f.fit_orders = fit;
    f.pool_orders = [](View<View<CustomerCount>> segments, Stop stop) {
        return pool_purchases(segments, search(), stop);
    };
    f.fit_orders_pooled = [](View<CustomerCount> base, const ModelView &prior, Stop stop) {
        return fit_purchases_pooled(base, search(), prior, stop);
    };
    f.attributes = view_of(purchases_alone);
    f.fit_attributes = [](const FeatureSet &set, double prior, Effects effects, Stop stop) {
        return with_own_number(fit_attributes(set, search(), prior, effects, stop));
    };
    f.fit_calendar = [](const CalendarCustomers &customers, const Calendar &calendar, double prior, Stop stop) {
        return with_own_number(fit_calendar(customers, calendar, search(), search_dated(), prior, stop));
    };
    f.fit_calendar_attributes = [](const CalendarCustomers &days, const FeatureSet &set, const Calendar &calendar, double prior,
                                   Effects effects, Stop stop) {
        return with_own_number(fit_calendar_attributes(days, set, calendar, search(), search_dated(), prior, effects, stop));
    };
    return f;
}();

}  // namespace cltv::nbd
