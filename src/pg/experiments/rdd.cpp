// Regression discontinuity: the aggregate whose value is a score_base, the fit, and the test of the density.
#include "core/experiments/rdd.hpp"

#include <cmath>
#include <limits>

#include "core/experiments/experiment.hpp"
#include "core/fit/interval.hpp"
#include "pg/base/choice_argument.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/rows/score_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

struct NamedKernel {
    const char *name;
    RddKernel kernel;
};
constexpr NamedKernel all_kernels[] = {{"triangular", RddKernel::triangular},
                                       {"epanechnikov", RddKernel::epanechnikov},
                                       {"uniform", RddKernel::uniform}};

double cutoff_argument(FunctionCallInfo fcinfo, int number) {
    return checked_finite("cutoff", PG_GETARG_FLOAT8(number));
}

// NaN: the bandwidth is to be chosen.
double bandwidth_argument(FunctionCallInfo fcinfo, int number) {
    if (PG_ARGISNULL(number)) return std::numeric_limits<double>::quiet_NaN();
    const double bandwidth = PG_GETARG_FLOAT8(number);
    if (!(bandwidth > 0 && std::isfinite(bandwidth)))
        raise_out_of_range("bandwidth", bandwidth, "It is how far from the cutoff rows count, in the unit of the running variable.");
    return bandwidth;
}

void warn_of_ties(const RddSide &below, const RddSide &above) {
    // When amounts are round sums, neighbours are far away, and the distance to the cutoff is no longer random.
    constexpr double many = 0.2;
    if (std::fmax(1 - below.distinct / below.customers, 1 - above.distinct / above.customers) >= many)
        ereport(WARNING, (errmsg("many rows share a value of the running variable"),
                          errdetail("There are %.0f distinct values in %.0f rows.", below.distinct + above.distinct,
                                    below.customers + above.customers),
                          errhint("Check whether people can place themselves: rdd_density(base, cutoff). Give a bandwidth that "
                                  "holds ten values a side or more.")));
}

}  // namespace

// (state, outcome, running)
CLTV_FUNCTION(cltv_rdd_base_accum) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    const double running = checked_finite("running", PG_GETARG_FLOAT8(2));
    PG_RETURN_POINTER(with_pair(fcinfo, {running, checked_finite("outcome", PG_GETARG_FLOAT8(1))}));
}

// (base, cutoff, kernel, bandwidth, level)
CLTV_FUNCTION(cltv_rdd_fit) {
    for (const int needed : {0, 1, 2, 4})
        if (PG_ARGISNULL(needed)) PG_RETURN_NULL();
    const ScoreBase *const base = value_argument<ScoreBase>(fcinfo, 0);
    const double cutoff = cutoff_argument(fcinfo, 1), bandwidth = bandwidth_argument(fcinfo, 3), level = level_argument(fcinfo, 4);
    const RddKernel kernel = choice_argument(fcinfo, 2, all_kernels, [](const NamedKernel &one) { return one.name; }, "kernel",
                                             "Kernels are triangular, epanechnikov and uniform.").kernel;
    const RddFit fit = of_sorted_rows(base, [&](View<ScoredCount> rows) {
        return fit_discontinuity(rows, cutoff, kernel, bandwidth, interrupt_pending);
    });
    warn_of_ties(fit.below, fit.above);
    double reach, p_value;
    guarded([&] {
        reach = normal_quantile(level);
        p_value = two_sided_p(fit.robust_estimate / fit.robust_std_error, std::numeric_limits<double>::infinity());
    });
    return row_or_error(fcinfo, {number(fit.estimate), number(fit.std_error), number(fit.estimate - reach * fit.std_error),
                                 number(fit.estimate + reach * fit.std_error), number(fit.robust_estimate),
                                 number(fit.robust_std_error), number(fit.robust_estimate - reach * fit.robust_std_error),
                                 number(fit.robust_estimate + reach * fit.robust_std_error), number(p_value),
                                 number(fit.bandwidth), number(fit.bias_bandwidth), count(fit.below.customers),
                                 count(fit.above.customers), count(fit.below.in_bandwidth), count(fit.above.in_bandwidth),
                                 count(fit.below.distinct), count(fit.above.distinct)});
}

// (base, cutoff, bandwidth)
CLTV_FUNCTION(cltv_rdd_density) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) PG_RETURN_NULL();
    const ScoreBase *const base = value_argument<ScoreBase>(fcinfo, 0);
    const double cutoff = cutoff_argument(fcinfo, 1), bandwidth = bandwidth_argument(fcinfo, 2);
    const RddDensity found = of_sorted_rows(
        base, [&](View<ScoredCount> rows) { return density_discontinuity(rows, cutoff, bandwidth, interrupt_pending); });
    warn_of_ties(found.rows_below, found.rows_above);
    const double difference = found.above - found.below;
    double p_value;
    guarded([&] { p_value = two_sided_p(difference / found.std_error, std::numeric_limits<double>::infinity()); });
    return row_or_error(fcinfo, {number(found.below), number(found.above), number(difference), number(found.std_error),
                                 number(p_value), number(found.bandwidth), count(found.rows_below.in_bandwidth),
                                 count(found.rows_above.in_bandwidth)});
}
