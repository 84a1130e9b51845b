#include "core/purchases/orders_fit.hpp"

#include "pg/fit/fit.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

// (base [, prior])
CLTV_FUNCTION(cltv_orders_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const double prior = prior_argument(fcinfo, 1);
    const CountedSet<CustomerCount> *base = value_argument<CountedSet<CustomerCount>>(fcinfo, 0);
    StoredModel *model;
    const Family *family;
    guarded([&] {
        std::vector<CustomerCount> storage;
        const FamilyFit best = fit_orders(sorted_rows(*base, storage, interrupt_pending), prior, interrupt_pending);
        family = best.family;
        model = store(*family, best.fit);
    });
    report(fcinfo, *family, *model);
    PG_RETURN_POINTER(model);
}
