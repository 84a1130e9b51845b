#include "core/purchases/pnbd.hpp"

#include "core/purchases/purchase_fit.hpp"

namespace cltv::pnbd {

namespace {
constexpr Parameter parameters[] = {{"r"}, {"alpha"}, {"s"}, {"beta"}};
}

const Family family = [] {
    Family f;
    f.kind = Kind::pnbd;
    f.name = "pnbd";
    f.title = "Pareto/NBD";
    f.parameters = view_of(parameters);
    f.orders = &ParetoModel<GammaRates, GammaRates>::orders;
    f.limits = view_of(purchase_limits::time_limits);
    return f;
}();

Fit fit(View<CustomerCount> base, double prior, Stop stop) { return fit_purchases(base, time_search(), prior, stop); }

}  // namespace cltv::pnbd
