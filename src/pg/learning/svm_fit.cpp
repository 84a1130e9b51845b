// svm_fit, the linear support vector machine.
#include "core/learning/svm_fit.hpp"

#include <cmath>

#include "pg/learning/learning_set.hpp"

using namespace cltv;
using namespace cltv::pg;

// (base [, cost, seed])
CLTV_FUNCTION(cltv_svm_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const double cost = PG_NARGS() > 1 ? PG_GETARG_FLOAT8(1) : 1;
    if (!(cost > 0 && std::isfinite(cost)))
        raise_setting("cost", float8out_internal(cost), "a finite number above 0",
                      "It is the cost of customers within the margin, relative to the squares of the coefficients; 1 is usual.");
    const uint64 seed = PG_NARGS() > 1 ? checked_seed(PG_GETARG_INT64(2)) : 1;
    const FeatureSet &set = checked_set(fcinfo, svm::family, Asks::yes_or_no);
    check_no_offsets(set, "svm_fit");
    return fit_set(fcinfo, svm::family, set,
                   [&](const FeatureSet &customers, Stop stop) { return fit_svm(customers, cost, seed, stop); });
}
