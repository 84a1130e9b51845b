// The average effect of a treatment that was not randomised: the aggregate whose value is a feature_base, and the
// effect.
#include "core/experiments/ate.hpp"

#include <cmath>
#include <limits>

#include "core/experiments/experiment.hpp"
#include "core/fit/interval.hpp"
#include "core/rows/coding.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/learning/learning_set.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/response.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// Checks that a base has the mark of treatment where others have an offset.
void check_treated(const FeatureSet &set) {
    bool fits = set.targets == Targets::response && set.n_columns > 0 && set.n_attributes() == set.n_columns;
    for (uint32 i = 0; fits && i < set.used; ++i) fits = set.rows()[i].target[1] == 0 || set.rows()[i].target[1] == 1;
    if (!fits)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the feature_base does not say who was treated"),
                        errhint("Make it with treatment_base(outcome, treated, features(...)).")));
    Missing missing;
    guarded([&] { missing = find_missing(set); });
    if (missing.share > 0) {
        const Text name = set.name(missing.column);
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("attribute \"%.*s\" is missing for some customers", static_cast<int>(name.size), name.data),
                        errdetail("They are %.2g %% of all.", 100 * missing.share),
                        errhint("Leave these rows out with FILTER, or write coalesce(column, 0) and whether it is known as an "
                                "attribute of its own.")));
    }
}

}  // namespace

// (state, outcome, treated, x)
CLTV_FUNCTION(cltv_treatment_base_accum) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return skip_customer(fcinfo, Targets::response);
    const double target[] = {checked_response("outcome", PG_GETARG_FLOAT8(1)), PG_GETARG_BOOL(2) ? 1.0 : 0.0, 0};
    const RoleFeatures row = {Role::any, features_argument(fcinfo, 3)};
    return add_customers(fcinfo, Targets::response, target, &row, 1, 1);
}

// (base, level, repeats, seed)
CLTV_FUNCTION(cltv_ate) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    const double level = level_argument(fcinfo, 1);
    const int repeats = PG_GETARG_INT32(2);
    constexpr int most_repeats = 1000;
    if (repeats < 1 || repeats > most_repeats)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("repeats %d is not between 1 and %d", repeats, most_repeats),
                        errhint("5 are usual, 1 is enough for hundreds of thousands of customers.")));
    const uint64 seed = checked_seed(PG_GETARG_INT64(3));
    if (set.used == 0) PG_RETURN_NULL();
    check_treated(set);
    TreatmentEffect effect;
    double reach, p_value;
    guarded([&] {
        effect = treatment_effect(set, repeats, seed, interrupt_pending);
        reach = normal_quantile(level) * effect.std_error;
        p_value = two_sided_p(effect.estimate / effect.std_error, std::numeric_limits<double>::infinity());
    });
    constexpr double many = 0.05;
    if (effect.outside > many * effect.customers)
        ereport(WARNING, (errmsg("treatment is almost certain or almost impossible for %.0f of %.0f customers", effect.outside, effect.customers),
                          errdetail("Their chance of treatment is below 1 %% or above 99 %%, so there is hardly anybody to compare them with."),
                          errhint("Leave out customers who could not have been treated, or not have been left untreated.")));
    return row_or_error(fcinfo, {number(effect.estimate), number(effect.std_error), number(effect.estimate - reach),
                                 number(effect.estimate + reach), number(p_value), number(effect.difference), count(effect.customers),
                                 count(effect.treated), number(effect.auc), count(effect.outside)});
}
