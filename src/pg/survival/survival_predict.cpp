// Predictions of survival models with attributes.
#include "core/survival/survival_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <optional>

#include "core/fit/baseline.hpp"
#include "core/rows/design.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/predictions.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// A customer under a survival model: (model, x, ...[, strata]), where the stratum is the last argument if the call has
// that many.
class Survivor {
public:
    // For what does not depend on the stratum. Raises an error where the attributes do not match the model.
    explicit Survivor(FunctionCallInfo fcinfo) : Survivor(model_of_rows(fcinfo, 0), *features_argument(fcinfo, 1)) {}
    // Raises an error where the attributes or the stratum do not match the model.
    Survivor(FunctionCallInfo fcinfo, int strata_at) : Survivor(model_of_rows(fcinfo, 0), *features_argument(fcinfo, 1)) {
        if (!model_.is_usable()) return;
        const bool given = PG_NARGS() > strata_at;
        if (family_.has_baseline())
            find_stratum(given ? PG_GETARG_TEXT_PP(strata_at) : nullptr);
        else if (given)
            raise_no_strata();
    }

    // If this is false, nothing can be said.
    bool known() const { return known_; }

    // -ln P(stays longer than t); NaN where nobody was observed for so long.
    double hazard(double time) const {
        return has_baseline() ? hazard_of(stratum_->hazard(time))
                              : -log_lifetime_survival(distribution(), predictor_, scale_, time);
    }

    // NaN where it is not reached.
    double quantile(double p) const {
        if (!has_baseline()) return lifetime_quantile(distribution(), predictor_, scale_, p);
        const double wanted = -std::log1p(-p);
        const HazardAt *const begin = stratum_->steps(), *const end = begin + stratum_->n_steps();
        const HazardAt *const found = std::partition_point(
            begin, end, [&](const HazardAt &step) { return hazard_of(step.hazard) < wanted; });
        return found == end ? unknown : found->time;
    }

    // The mean time up to the horizon; NaN where nobody was observed for so long.
    double mean(double horizon) const {
        if (!has_baseline()) return expected_lifetime(distribution(), predictor_, scale_, horizon);
        if (!(horizon <= stratum_->last())) return unknown;
        double mean = 0, since = 0, survival = 1;
        const HazardAt *const begin = stratum_->steps(), *const end = begin + stratum_->n_steps();
        for (const HazardAt *step = begin; step != end && step->time < horizon; ++step) {
            mean += survival * (step->time - since);
            since = step->time;
            survival = std::exp(-hazard_of(step->hazard));
        }
        return mean + survival * (horizon - since);
    }

    bool has_baseline() const { return family_.has_baseline(); }
    View<HazardAt> steps() const { return {stratum_->steps(), stratum_->n_steps()}; }
    double hazard_ratio() const { return ratio_; }
    // The cumulative hazard of this customer, given that of the baseline.
    double hazard_of(double baseline) const { return baseline == 0 ? 0 : baseline * ratio_; }

private:
    Survivor(const StoredModel &model, const Features &x) : model_(model), family_(survival_family(model)) {
        if (!model.is_usable()) return;
        const int n_form = static_cast<int>(form_of(model).parameters.size);
        const Match match = linear_predictor(*model.design(), model.values + n_form, Role::any, x);
        if (unlikely(match.fault != MatchFault::none)) raise_mismatch(Role::any, match);
        known_ = !match.unknown;
        predictor_ = match.sum + (n_form > 0 ? model.values[0] : 0);
        scale_ = n_form > 1 ? model.values[1] : 1;
        if (family_.has_baseline()) ratio_ = std::exp(predictor_ - model.baseline()->centre);
    }

    LifetimeFamily distribution() const { return static_cast<LifetimeFamily>(family_.distribution); }

    [[noreturn]] static void raise_no_strata() {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the model was fitted without strata, but one is given"),
                        errhint("Leave the argument strata out.")));
        pg_unreachable();
    }

    void find_stratum(const text *name) {
        const Baseline *const baseline = model_.baseline();
        if (baseline == nullptr) pg_unreachable();  // find_fault made sure
        StoredStratum stratum = first_stratum(*baseline);
        const bool without = baseline->n_strata == 1 && is_unknown(stratum.name());
        if (name == nullptr && !without)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("the model was fitted with strata, but the customer's is missing"),
                            errdetail("Each stratum has a baseline of its own."),
                            errhint("Give it as the last argument, strata.")));
        if (name != nullptr && without) raise_no_strata();
        if (without) {
            stratum_ = stratum;
            return;
        }
        const Text wanted = {VARDATA_ANY(name), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(name))};
        for (uint32 i = 0; i < baseline->n_strata; ++i) {
            if (i > 0) stratum = stratum.next();
            if (is_unknown(stratum.name()) || !(stratum.name() == wanted)) continue;
            stratum_ = stratum;
            return;
        }
        known_ = false;  // the fit has seen nobody of this stratum
    }

    const StoredModel &model_;
    const SurvivalFamily &family_;
    bool known_ = false;
    double predictor_ = 0, scale_ = 1, ratio_ = 1;
    std::optional<StoredStratum> stratum_;
};

[[noreturn]] void raise_without_baseline(const StoredModel &model) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("a model of kind %s cannot be used here: one of kind cox is required", family_of(model).name),
                    errhint("Only under Cox's model is the ratio of hazards the same at all times; make it with cox_fit.")));
    pg_unreachable();
}

double time_argument(FunctionCallInfo fcinfo, int argument, const char *name) {
    const double time = PG_GETARG_FLOAT8(argument);
    if (unlikely(!(time >= 0))) raise_out_of_range(name, time, "Times count from 0, the beginning of each customer.");
    return time + 0.0;
}

// compute(survivor); NULL where nothing is known.
template <class Compute>
Datum predict(FunctionCallInfo fcinfo, int strata_at, Compute &&compute) {
    const Survivor survivor(fcinfo, strata_at);
    if (!survivor.known()) PG_RETURN_NULL();
    double prediction = unknown;
    guarded([&] { prediction = compute(survivor); });
    return float8_or_null(fcinfo, prediction);
}

}  // namespace

// (model, x, t [, strata])
CLTV_FUNCTION(cltv_survival_prob_model) {
    const double t = time_argument(fcinfo, 2, "t");
    return predict(fcinfo, 3, [=](const Survivor &survivor) { return std::exp(-survivor.hazard(t)); });
}

// (model, x, p [, strata])
CLTV_FUNCTION(cltv_survival_quantile_model) {
    const double p = PG_GETARG_FLOAT8(2);
    if (unlikely(!(p > 0 && p < 1)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("p %s is not between 0 and 1", float8out_internal(p)),
                        errhint("It is the share of such customers who have left: 0.5 for the median.")));
    return predict(fcinfo, 3, [=](const Survivor &survivor) { return survivor.quantile(p); });
}

// (model, x, horizon [, strata])
CLTV_FUNCTION(cltv_expected_lifetime) {
    const double horizon = time_argument(fcinfo, 2, "horizon");
    return predict(fcinfo, 3, [=](const Survivor &survivor) { return survivor.mean(horizon); });
}

// (model, x, since, horizon [, strata])
CLTV_FUNCTION(cltv_churn_prob_survival) {
    const double since = time_argument(fcinfo, 2, "since"), horizon = time_argument(fcinfo, 3, "horizon");
    if (std::isinf(since)) raise_out_of_range("since", since, "Give how long the customer has been a customer.");
    return predict(fcinfo, 4, [=](const Survivor &survivor) {
        return -std::expm1(survivor.hazard(since) - survivor.hazard(since + horizon));
    });
}

// (model, x)
CLTV_FUNCTION(cltv_hazard_ratio) {
    const StoredModel &model = model_of_rows(fcinfo, 0);
    if (!survival_family(model).has_baseline()) raise_without_baseline(model);
    const Survivor survivor(fcinfo);
    if (!survivor.known()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(survivor.hazard_ratio());
}

// (model, x [, strata]) -> rows (time, survival, cumulative_hazard)
CLTV_FUNCTION(cltv_survival_table_model) {
    struct Table {
        Survivor survivor;
        uint32 steps;
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        // A copy that outlives the call.
        PG_GETARG_DATUM(0) = PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));
        const StoredModel &model = *model_argument(fcinfo, 0);
        if (!survival_family(model).has_baseline()) raise_without_baseline(model);
        Table *const table = new (palloc(sizeof(Table))) Table{Survivor(fcinfo, 2), 0};
        context->max_calls = table->survivor.known() ? table->survivor.steps().size : 0;
        context->user_fctx = table;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Survivor &survivor = static_cast<const Table *>(context->user_fctx)->survivor;
    const HazardAt &step = survivor.steps()[context->call_cntr];
    const double hazard = survivor.hazard_of(step.hazard);
    Datum columns[3] = {Float8GetDatum(step.time), Float8GetDatum(std::exp(-hazard)), Float8GetDatum(hazard)};
    bool nulls[3] = {};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
