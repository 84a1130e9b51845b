#include "core/purchases/mbgcnbd.hpp"

#include "core/purchases/regular_fit.hpp"
#include "core/purchases/regular_limits.hpp"

namespace cltv::mbgcnbd {

namespace {

constexpr Parameter parameters[] = {{"r"}, {"alpha"}, {"a"}, {"b"}, {"k", Domain::number}};

Fit fit_at(View<CustomerCount> base, int least_k, int most_k, const double *log_gaps, Stop stop) {
    return fit_regular(base, regular_search<1>, chance_search<1>(), least_k, most_k, log_gaps, 1, stop);
}

}  // namespace

const Family family = [] {
    Family f;
    f.kind = Kind::mbgcnbd;
    f.name = "mbgcnbd";
    f.title = "MBG/CNBD-k";
    f.meaning = "every k-th of the events that come at rates Gamma(r, rate alpha), alpha in the unit of time, is a purchase; probabilities to leave after a purchase, the first one included, are Beta(a, b)";
    f.source = "Reutterer, Platzer & Schroeder 2021";
    f.parameters = view_of(parameters);
    f.orders = &ErlangModel<GammaRates, BetaChances, 1>::orders;
    f.limits = view_of(regular_limits::chance_limits<1>);
    f.has_prior = false;
    f.fit_orders = [](View<CustomerCount> base, double, Stop stop) { return fit_at(base, 1, usual_most_k, nullptr, stop); };
    f.fit_regular = fit_at;
    return f;
}();

}  // namespace cltv::mbgcnbd
