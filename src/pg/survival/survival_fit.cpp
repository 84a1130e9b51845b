// Models of survival with attributes: survival_feature_base, cox_fit, aft_fit, and what these models predict.
#include "core/survival/survival_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <optional>

#include "core/base/special.hpp"
#include "core/fit/baseline.hpp"
#include "core/rows/design.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/choice_argument.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/survival_time.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// The state ------------------------------------------------------------------------------------------------------------

// A label of a customer: its name, and the argument that it is.
struct LabelArgument {
    const char *name;
    int argument;
};

// (state, time, event, x, ...): a customer with what else the arguments say, -1 for those that there are not. Labels come in
// the order of their names.
template <int n>
Datum add_survivor(FunctionCallInfo fcinfo, int weight_at, int entered_at, const LabelArgument (&labels)[n]) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return state_as_it_was(fcinfo);
    const double time = checked_time("time", PG_GETARG_FLOAT8(1));
    const double weight = weight_at < 0 ? 1 : checked_weight(PG_GETARG_FLOAT8(weight_at));
    const double entered = entered_at < 0 ? 0 : checked_entry(PG_GETARG_FLOAT8(entered_at), time);
    const double target[] = {time, PG_GETARG_BOOL(2) ? 1.0 : 0.0, entered};
    RoleFeatures roles[2] = {{Role::any, features_argument(fcinfo, 3)}, {Role::label, nullptr}};
    NamedPlace names[n];
    FeatureValue values[n];
    int given = 0;
    Size bytes = 0;
    for (const LabelArgument &label : labels) {
        if (label.argument < 0) continue;
        const text *const value = PG_GETARG_TEXT_PP(label.argument);
        values[given] = {FeatureKind::category, 0, {VARDATA_ANY(value), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value))}};
        names[given] = {{label.name, std::strlen(label.name)}, given};
        bytes += values[given++].text.size;
    }
    if (given > 0) roles[1].features = features_of(names, given, values);
    return add_customers(fcinfo, Targets::survival, target, roles, given > 0 ? 2 : 1, weight);
}

// Words that a fit is told ------------------------------------------------------------------------------------------------

struct NamedTies {
    const char *name;
    Ties ties;
};
constexpr NamedTies all_ties[] = {{"efron", Ties::efron}, {"breslow", Ties::breslow}};

Ties ties_argument(FunctionCallInfo fcinfo, int argument) {
    if (PG_NARGS() <= argument) return Ties::efron;
    return choice_argument(fcinfo, argument, all_ties, [](const NamedTies &one) { return one.name; }, "ties",
                           "Use efron, or breslow, which counts those who leave at the same time as more at risk.").ties;
}

struct NamedTimeScale {
    const char *name;
    TimeScale scale;
};
constexpr NamedTimeScale time_scales[] = {
    {"km", TimeScale::km}, {"identity", TimeScale::identity}, {"rank", TimeScale::rank}, {"log", TimeScale::log}};

struct NamedDistribution {
    const char *name;
    const Family *family;
};
const NamedDistribution distributions[] = {{"weibull", &aft_weibull::family},
                                           {"exponential", &aft_exponential::family},
                                           {"lognormal", &aft_lognormal::family},
                                           {"loglogistic", &aft_loglogistic::family}};
const char *name_of_distribution(const NamedDistribution &one) { return one.name; }
constexpr char distribution_hint[] = "Use weibull, exponential, lognormal or loglogistic.";

const Family &distribution_argument(FunctionCallInfo fcinfo, int argument) {
    return *choice_argument(fcinfo, argument, distributions, name_of_distribution, "family", distribution_hint).family;
}

// The family that the rows of a base are labelled with, all with the same; nullptr where they have no such label.
const Family *labelled_family(const FeatureSet &set) {
    const int column = label_column(set, family_label);
    if (column < 0) return nullptr;
    Text word{};
    for (uint32 row = 0; row < set.attribute_rows; ++row) {
        const double level = set.attributes(row)[column];
        const Text here = std::isnan(level) ? Text{"NULL", 4} : set.level_text(static_cast<uint32>(level));
        if (row > 0 && !(here == word))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("family must be the same for all rows"),
                            errdetail("It is \"%s\" in one row and \"%s\" in another.", text_of(word), text_of(here)),
                            errhint("Fit each family by a query, or an aggregate, of its own.")));
        word = here;
    }
    if (set.attribute_rows == 0) return nullptr;
    for (const NamedDistribution &one : distributions)
        if (std::strlen(one.name) == word.size && pg_strncasecmp(one.name, word.data, word.size) == 0) return one.family;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("family \"%s\" is not known", text_of(word)),
                    errhint("%s", distribution_hint)));
    pg_unreachable();
}

// Fits --------------------------------------------------------------------------------------------------------------------

const FeatureSet &checked_base(FunctionCallInfo fcinfo, const Family &family) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    check_features(family, set);
    if (set.n_attributes() == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the customers of the feature_base have no attributes"),
                        errhint("Make the base by survival_feature_base(time, event, features(...)).")));
    return set;
}

// fit(set, stop) -> Fit.
template <class FitSet>
Datum fit_survival(FunctionCallInfo fcinfo, const Family &family, const FeatureSet &set, FitSet &&fit) {
    if (set.used == 0) PG_RETURN_NULL();
    StoredModel *model;
    guarded([&] { model = store(family, fit(set, interrupt_pending)); });
    report(fcinfo, family, *model);
    PG_RETURN_POINTER(model);
}

Datum fit_lifetimes_of(FunctionCallInfo fcinfo, const Family &family) {
    const FeatureSet &set = checked_base(fcinfo, family);
    for (uint32 i = 0; i < set.used; ++i)
        if (set.rows()[i].target[0] == 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time 0 has no logarithm"),
                            errdetail("Under a model of accelerated failure times nobody leaves at once."),
                            errhint("Write greatest(time, 0.5), half the unit of the times, or leave these customers out.")));
    const auto distribution = static_cast<LifetimeFamily>(family.survival->distribution);
    return fit_survival(fcinfo, family, set,
                        [=](const FeatureSet &rows, Stop stop) { return fit_lifetimes(rows, distribution, stop); });
}

// Predictions -------------------------------------------------------------------------------------------------------------

// What a model of survival says of a customer: (model, x, ...[, strata]), the last argument if there is one of that number.
class Survivor {
public:
    // Of whatever stratum: what the model's baseline does not tell. Raises where the attributes do not go with the model.
    explicit Survivor(FunctionCallInfo fcinfo) : Survivor(model_of_rows(fcinfo, 0), *features_argument(fcinfo, 1)) {}
    // Raises where the attributes or the stratum do not go with the model.
    Survivor(FunctionCallInfo fcinfo, int strata_at) : Survivor(model_of_rows(fcinfo, 0), *features_argument(fcinfo, 1)) {
        if (!model_.is_usable()) return;
        const bool given = PG_NARGS() > strata_at;
        if (family_.has_baseline())
            find_stratum(given ? PG_GETARG_TEXT_PP(strata_at) : nullptr);
        else if (given)
            raise_no_strata();
    }

    // Nothing can be said where it is not.
    bool known() const { return known_; }

    // -ln P(stays longer than t); NaN where nothing is known of so long a time.
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

    // Of the time up to the horizon; NaN where nothing is known of so long a time.
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
    // The cumulative hazard of this customer where the baseline has this.
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
                        errmsg("the model was fitted without strata, and one is given"),
                        errhint("Leave the argument strata out.")));
        pg_unreachable();
    }

    void find_stratum(const text *name) {
        const Baseline *const baseline = model_.baseline();
        if (baseline == nullptr) pg_unreachable();  // find_fault saw to it
        StoredStratum stratum = first_stratum(*baseline);
        const bool without = baseline->n_strata == 1 && is_unknown(stratum.name());
        if (name == nullptr && !without)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("the model was fitted with strata, and the customer's is not given"),
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
                    errmsg("a model of kind %s cannot be used here: one of kind cox is wanted", family_of(model).name),
                    errhint("Only under Cox's model is the ratio of hazards the same at all times; make it by cox_fit.")));
    pg_unreachable();
}

double time_argument(FunctionCallInfo fcinfo, int argument, const char *name) {
    const double time = PG_GETARG_FLOAT8(argument);
    if (unlikely(!(time >= 0))) raise_out_of_range(name, time, "Times count from 0, the beginning of each customer.");
    return time + 0.0;
}

// compute(survivor), NULL where nothing is known.
template <class Compute>
Datum predict(FunctionCallInfo fcinfo, int strata_at, Compute &&compute) {
    const Survivor survivor(fcinfo, strata_at);
    if (!survivor.known()) PG_RETURN_NULL();
    double prediction = unknown;
    guarded([&] { prediction = compute(survivor); });
    return float8_or_null(fcinfo, prediction);
}

}  // namespace

// (state, time, event, x)
CLTV_FUNCTION(cltv_survival_feature_base_accum) {
    return add_survivor(fcinfo, -1, -1, {{strata_label, -1}});
}

// (state, time, event, x, weight [, entered])
CLTV_FUNCTION(cltv_survival_feature_base_accum_weight) {
    return add_survivor(fcinfo, 4, PG_NARGS() > 5 ? 5 : -1, {{strata_label, -1}});
}

// (state, time, event, x, strata [, weight [, entered]])
CLTV_FUNCTION(cltv_survival_feature_base_accum_strata) {
    return add_survivor(fcinfo, PG_NARGS() > 5 ? 5 : -1, PG_NARGS() > 6 ? 6 : -1, {{strata_label, 4}});
}

// (state, time, event, x, strata, weight, entered, cluster)
CLTV_FUNCTION(cltv_survival_feature_base_accum_cluster) {
    return add_survivor(fcinfo, 5, 6, {{cluster_label, 7}, {strata_label, 4}});
}

// (state, time, event, x, family [, weight [, entered]])
CLTV_FUNCTION(cltv_survival_feature_base_accum_family) {
    return add_survivor(fcinfo, PG_NARGS() > 5 ? 5 : -1, PG_NARGS() > 6 ? 6 : -1, {{family_label, 4}});
}

// (base [, ties [, robust]])
CLTV_FUNCTION(cltv_cox_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const Ties ties = ties_argument(fcinfo, 1);
    const bool robust = PG_NARGS() > 2 && PG_GETARG_BOOL(2);
    return fit_survival(fcinfo, cox::family, checked_base(fcinfo, cox::family),
                        [=](const FeatureSet &set, Stop stop) { return fit_cox(set, ties, robust, stop); });
}

// (base): Weibull's, or the family that the rows name.
CLTV_FUNCTION(cltv_aft_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    const Family *const named = labelled_family(set);
    return fit_lifetimes_of(fcinfo, named != nullptr ? *named : aft_weibull::family);
}

// (base, family)
CLTV_FUNCTION(cltv_aft_fit_family) { return fit_lifetimes_of(fcinfo, distribution_argument(fcinfo, 1)); }

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
    if (std::isinf(since)) raise_out_of_range("since", since, "Give for how long the customer has been there.");
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
        // A copy that outlasts the call.
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

// (base, transform, ties) -> rows (name, statistic, df, p_value), the last of them for all attributes together
CLTV_FUNCTION(cltv_proportional_hazards_test) {
    struct Row {
        const char *name;
        double statistic, p_value;
        int df;
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const FeatureSet &set = checked_base(fcinfo, cox::family);
        const TimeScale scale = choice_argument(fcinfo, 1, time_scales, [](const NamedTimeScale &one) { return one.name; },
                                                "transform", "Use km, identity, rank or log.").scale;
        const Ties ties = ties_argument(fcinfo, 2);
        if (scale == TimeScale::log)
            for (uint32 i = 0; i < set.used; ++i)
                if (set.rows()[i].target[0] == 0)
                    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time 0 has no logarithm"),
                                    errhint("Use another transform, such as km.")));
        Row *rows = nullptr;
        if (set.used > 0) {
            rows = static_cast<Row *>(palloc((set.n_attributes() + 1) * sizeof(Row)));
            StoredModel *model = nullptr;
            guarded([&] {
                const ProportionalityTests result = test_proportionality(set, ties, scale, interrupt_pending);
                model = store(cox::family, result.fit);
                for (const ProportionalityTest &test : result.tests) {
                    const double statistic = std::fmax(0.0, test.statistic);
                    rows[context->max_calls++] = {nullptr, statistic,
                                                  boost::math::gamma_q(test.df / 2.0, statistic / 2, BoostPolicy()), test.df};
                }
            });
            report(cox::family, *model);
            for (uint32 i = 0; i < context->max_calls; ++i)
                rows[i].name = i < set.n_attributes() ? text_of(set.name(i)) : "GLOBAL";
        }
        context->user_fctx = rows;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Row &row = static_cast<const Row *>(context->user_fctx)[context->call_cntr];
    Datum columns[4] = {CStringGetTextDatum(row.name), Float8GetDatum(row.statistic), Int64GetDatum(row.df),
                        Float8GetDatum(row.p_value)};
    bool nulls[4] = {false, std::isnan(row.statistic), false, std::isnan(row.p_value)};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

// (model) -> (statistic, df, p_value): the likelihood ratio test that no attribute has an effect.
CLTV_FUNCTION(cltv_lr_test_survival) {
    const StoredModel &model = *model_argument(fcinfo, 0);
    survival_family(model);  // or an error
    if (!model.is_usable()) PG_RETURN_NULL();
    const double statistic = std::fmax(0.0, 2 * (model.log_likelihood - model.baseline()->null_log_likelihood));
    const int df = model.n_attribute_coefficients();
    double p_value = unknown;
    guarded([&] { p_value = boost::math::gamma_q(df / 2.0, statistic / 2, BoostPolicy()); });
    return row_or_error(fcinfo, {number(statistic), count(df), number(p_value)});
}
