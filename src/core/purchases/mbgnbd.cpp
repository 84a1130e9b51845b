#include "core/purchases/mbgnbd.hpp"

#include "core/purchases/purchase_fit.hpp"

namespace cltv::mbgnbd {

namespace {
constexpr Parameter parameters[] = {{"r"}, {"alpha"}, {"a"}, {"b"}};
}

const Family family = [] {
    Family f;
    f.kind = Kind::mbgnbd;
    f.name = "mbgnbd";
    f.title = "MBG/NBD";
    f.parameters = view_of(parameters);
    f.orders = &BetaGeometricModel<GammaRates, BetaChances, 1>::orders;
    f.limits = view_of(purchase_limits::chance_limits<1>);
    return f;
}();

Fit fit(View<CustomerCount> base, double prior, Stop stop) { return fit_purchases(base, chance_search<1>(), prior, stop); }

}  // namespace cltv::mbgnbd
