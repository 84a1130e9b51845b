// mlp_fit, small neural nets, and their predictions.
#include "core/learning/mlp_fit.hpp"

#include <cmath>

#include "pg/base/choice_argument.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/learning/learning_set.hpp"
#include "pg/learning/net_predict.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
}

namespace cltv::pg {

bool find_net_margins(const StoredModel &model, const Features &x, double (&margins)[most_outputs]) {
    double inputs[most_coefficients];
    const Match match = net_inputs(*model.design(), x, inputs);
    if (unlikely(match.fault != MatchFault::none)) raise_mismatch(Role::any, match);
    if (match.unknown) return false;
    margins_of(*model.net(), inputs, margins);
    return true;
}

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

namespace {

struct NamedObjective {
    const char *name;
    TreeObjective objective;
    Asks asks;
};
const NamedObjective objectives[] = {{"squared", TreeObjective::squared, Asks::nothing},
                                     {"logistic", TreeObjective::logistic, Asks::yes_or_no},
                                     {"ziln", TreeObjective::ziln, Asks::amounts}};

void read_hidden(ArrayType *hidden, NetSettings &settings) {
    const int n = ArrayGetNItems(ARR_NDIM(hidden), ARR_DIMS(hidden));
    bool right = ARR_NDIM(hidden) == 1 && n <= static_cast<int>(most_layers) && !array_contains_nulls(hidden);
    for (int i = 0; right && i < n; ++i) {
        const int32 width = reinterpret_cast<const int32 *>(ARR_DATA_PTR(hidden))[i];
        right = width >= 1 && width <= static_cast<int32>(widest_layer);
        settings.width[i] = static_cast<uint32>(width);
    }
    if (!right)
        raise_setting("hidden", OidOutputFunctionCall(F_ARRAY_OUT, PointerGetDatum(hidden)),
                      "one or two numbers between 1 and 64",
                      "They are the units of the first hidden layer and, if there is one, of the second: '{8}', '{8,4}'.");
    settings.n_hidden = static_cast<uint16>(n);
}

Datum fit_mlp(FunctionCallInfo fcinfo, const NamedObjective &named) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    NetSettings settings;
    settings.objective = named.objective;
    if (PG_NARGS() > 1) {
        read_hidden(PG_GETARG_ARRAYTYPE_P(2), settings);
        settings.penalty = PG_GETARG_FLOAT8(3) + 0.0;
        if (!(settings.penalty >= 0 && std::isfinite(settings.penalty)))
            raise_setting("penalty", float8out_internal(settings.penalty), "a finite number from 0 up",
                          "It holds the weights near 0; the fewer the customers, the larger it should be.");
        settings.iterations = PG_GETARG_INT32(4);
        if (settings.iterations < 1 || settings.iterations > 100000)
            raise_setting("iterations", psprintf("%d", settings.iterations), "between 1 and 100000",
                          "It is after how many steps the search ends at the latest; some hundreds are usual.");
        settings.seed = checked_seed(PG_GETARG_INT64(5));
    }
    const FeatureSet &set = checked_set(fcinfo, mlp::family, named.asks);
    check_no_offsets(set, "mlp_fit");
    return fit_set(fcinfo, mlp::family, set,
                   [&](const FeatureSet &customers, Stop stop) { return fit_net(customers, settings, stop); });
}

}  // namespace

// (base)
CLTV_FUNCTION(cltv_mlp_fit_number) { return fit_mlp(fcinfo, objectives[0]); }
CLTV_FUNCTION(cltv_mlp_fit_yes_or_no) { return fit_mlp(fcinfo, objectives[1]); }

// (base, objective, hidden, penalty, iterations, seed)
CLTV_FUNCTION(cltv_mlp_fit) {
    return fit_mlp(fcinfo, choice_argument(
                               fcinfo, 1, objectives, [](const NamedObjective &one) { return one.name; }, "objective",
                               "Use squared, logistic or ziln."));
}
