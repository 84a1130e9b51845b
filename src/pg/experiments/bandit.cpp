// Which offer to make next, and what another policy of making offers would have brought.
#include "core/experiments/bandit.hpp"

#include <algorithm>
#include <cmath>

#include "core/fit/interval.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/experiments/experiment_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

const ExperimentBase &bandit_argument(FunctionCallInfo fcinfo, int number) {
    const ExperimentBase &bandit = *value_argument<ExperimentBase>(fcinfo, number);
    if (unlikely(bandit.companion != Companion::none && bandit.companion != Companion::weight))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the experiment_base has no rewards of arms"),
                        errhint("Make it with bandit(arm, reward).")));
    return bandit;
}

// The rewards under the logged policy, and what a model predicted for them; see cltv_policy_base_accum.
constexpr char by_weights[] = "", by_model[] = "model";

}  // namespace

// (bandit, seed)
CLTV_FUNCTION(cltv_bandit_choose) {
    const ExperimentBase &bandit = bandit_argument(fcinfo, 0);
    if (bandit.used == 0) PG_RETURN_NULL();
    uint32 arm = 0;
    guarded([&] { arm = thompson_choice(bandit, PG_GETARG_INT64(1)); });
    PG_RETURN_TEXT_P(cstring_to_text(bandit.rows()[arm].name));
}

// (bandit)
CLTV_FUNCTION(cltv_bandit_shares) {
    struct Share {
        double trials, mean, prob_best;
    };
    struct Results {
        const ExperimentBase *bandit;
        Share shares[FLEXIBLE_ARRAY_MEMBER];
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const ExperimentBase &bandit = bandit_argument(fcinfo, 0);
        Results *const results = static_cast<Results *>(palloc(offsetof(Results, shares) + (bandit.used + 1) * sizeof(Share)));
        results->bandit = copy_with_capacity(bandit, bandit.used);
        guarded([&] {
            const std::vector<ArmPosterior> arms = arm_posteriors(bandit);
            const std::vector<double> best = probabilities_best(arms, interrupt_pending);
            for (std::size_t i = 0; i < arms.size(); ++i) results->shares[i] = {arms[i].trials, arms[i].mean, best[i]};
        });
        context->max_calls = bandit.used;
        context->user_fctx = results;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Results &results = *static_cast<const Results *>(context->user_fctx);
    const Share &share = results.shares[context->call_cntr];
    Datum columns[] = {CStringGetTextDatum(results.bandit->rows()[context->call_cntr].name), Float8GetDatum(share.trials),
                       Float8GetDatum(share.mean), Float8GetDatum(share.prob_best)};
    bool nulls[] = {false, false, std::isnan(share.mean), std::isnan(share.prob_best)};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

// (base, level)
CLTV_FUNCTION(cltv_policy_value) {
    const ExperimentBase &base = *value_argument<ExperimentBase>(fcinfo, 0);
    const double level = level_argument(fcinfo, 1);
    const VariantSums *logged = nullptr, *model = nullptr;
    bool fits = base.companion == Companion::denominator;
    for (uint32 i = 0; fits && i < base.used; ++i) {
        const VariantSums &row = base.rows()[i];
        if (std::strcmp(row.name, by_weights) == 0) logged = &row;
        else if (std::strcmp(row.name, by_model) == 0) model = &row;
        else fits = false;
    }
    if (!fits || (model != nullptr && logged == nullptr) ||
        (model != nullptr && model->customers != 0 && model->customers != logged->customers))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the experiment_base has no logged choices"),
                        errhint("Make it with policy_base(reward, logged_prob, target_prob).")));
    if (logged == nullptr || logged->customers == 0) PG_RETURN_NULL();
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const double n = static_cast<double>(logged->customers);
    const auto mean = [n](const BinnedSum &sum) { return sum.value().hi / n; };
    // The standard error of the mean of a sum with these squares.
    const auto error = [n](double squares, double centre) {
        return n > 1 ? std::sqrt(std::fmax(0, squares - centre * centre) / (n - 1)) : none;
    };
    const double ips = mean(logged->y), weight = mean(logged->z), squared = mean(logged->zz);
    const double snips = weight > 0 ? ips / weight : none;
    const double residual = mean(logged->yy) - snips * (2 * mean(logged->yz) - snips * squared);  // of w (r - snips), squared
    const double snips_error = n > 1 ? std::sqrt(std::fmax(0, residual) / (n - 1)) / weight : none;
    const double robust = model != nullptr ? mean(model->y) : none;
    const double robust_error = model != nullptr ? error(mean(model->yy), robust) : none;
    // The doubly robust estimate where there is a model, otherwise the self-normalised one.
    const double value = model != nullptr ? robust : snips, std_error = model != nullptr ? robust_error : snips_error;
    ConfidenceInterval interval{};
    guarded([&] { interval = normal_interval(value, std_error, level); });
    return row_or_error(fcinfo, {number(ips), number(snips), number(robust), number(std_error), number(interval.lower),
                                 number(interval.upper), number(squared > 0 ? n * weight * weight / squared : 0), count(n)});
}

// (base, level)
CLTV_FUNCTION(cltv_nps) {
    const ExperimentBase &base = *value_argument<ExperimentBase>(fcinfo, 0);
    const double level = level_argument(fcinfo, 1);
    const VariantSums *answers = nullptr;
    bool fits = base.companion == Companion::none && base.used <= 1;
    double n = 0, sum = 0, squares = 0;
    if (fits && base.used == 1) {
        answers = base.rows();
        n = static_cast<double>(answers->customers);
        sum = answers->y.value().hi;
        squares = answers->yy.value().hi;
        fits = answers->name[0] == '\0' && squares <= n && std::fabs(sum) <= squares && squares == std::floor(squares) && sum == std::floor(sum);
    }
    if (!fits)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the experiment_base has no answers from 0 to 10"),
                        errhint("Make it with nps_base(score).")));
    if (n == 0) PG_RETURN_NULL();
    const double score = sum / n;
    const double std_error = std::sqrt(std::fmax(0, squares / n - score * score) / n);
    // Adjusted Wald interval: three more answers, half of them passive, and promoters and detractors in equal numbers.
    // B. Rocks: Interval Estimation for the Net Promoter Score, The American Statistician 70 (2016) 365-372.
    const double n_adjusted = n + 3, centre = sum / n_adjusted;
    const double spread = std::sqrt(((squares + 1.5) / n_adjusted - centre * centre) / n_adjusted);
    double reach = 0;
    guarded([&] { reach = normal_quantile(level) * spread; });
    return row_or_error(fcinfo, {count((squares + sum) / 2), count(n - squares), count((squares - sum) / 2), number(100 * score),
                                 number(100 * std_error), number(100 * std::fmax(-1, centre - reach)),
                                 number(100 * std::fmin(1, centre + reach))});
}
