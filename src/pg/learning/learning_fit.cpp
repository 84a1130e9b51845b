// Models that learn a response from attributes: response_feature_base, linear_fit and its relatives, and the
// predictions of these models.
#include "core/learning/learning_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/special.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/choice_argument.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/number_or_null.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/learning/learning_set.hpp"
#include "pg/learning/net_predict.hpp"
#include "pg/learning/tree_predict.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/response.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// The state -----------------------------------------------------------------------------------------------------------

// (state, y, x [, weight [, offset [, cluster]]])
Datum add_response(FunctionCallInfo fcinfo, bool yes_or_no) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return skip_customer(fcinfo, Targets::response);
    const double y = yes_or_no ? (PG_GETARG_BOOL(1) ? 1.0 : 0.0) : checked_response("y", PG_GETARG_FLOAT8(1));
    const double weight = PG_NARGS() > 3 ? checked_weight(PG_GETARG_FLOAT8(3)) : 1;
    const double offset = PG_NARGS() > 4 ? checked_response("offset", PG_GETARG_FLOAT8(4)) : 0;
    const double target[] = {y, offset, 0};
    RoleFeatures roles[2] = {{Role::any, features_argument(fcinfo, 2)}, {Role::label, nullptr}};
    const bool labelled = PG_NARGS() > 5;
    if (labelled) {
        const text *const cluster = PG_GETARG_TEXT_PP(5);
        const NamedPlace name = {{response_cluster_label, std::strlen(response_cluster_label)}, 0};
        const FeatureValue value = {FeatureKind::category, 0,
                                    {VARDATA_ANY(cluster), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(cluster))}};
        roles[1].features = features_of(&name, 1, &value);
    }
    return add_customers(fcinfo, Targets::response, target, roles, labelled ? 2 : 1, weight);
}

// Fits ----------------------------------------------------------------------------------------------------------------

// The responses for which a penalty can be chosen.
struct NamedResponse {
    const char *name;
    const Family *family;
    Response response;
    Asks asks;
};
const NamedResponse penalised_families[] = {{"linear", &linear::family, Response::normal, Asks::nothing},
                                            {"logistic", &logistic::family, Response::yes_or_no, Asks::yes_or_no},
                                            {"poisson", &poisson::family, Response::poisson, Asks::counts},
                                            {"gamma", &cltv::gamma::family, Response::gamma, Asks::positive_amounts},
                                            {"tweedie", &tweedie::family, Response::tweedie, Asks::amounts}};

double checked_alpha(double alpha) {
    if (!(alpha >= 0 && alpha <= 1))
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("alpha %s is not between 0 and 1", float8out_internal(alpha)),
                 errhint("0 is the ridge, which holds all coefficients near 0; 1 the lasso, which takes some out.")));
    return alpha + 0.0;
}

// (..., robust [, penalty, alpha]) from an argument on.
Learning learning_arguments(FunctionCallInfo fcinfo, Response response, int first) {
    Learning learning;
    learning.response = response;
    learning.robust = PG_NARGS() > first && PG_GETARG_BOOL(first);
    if (PG_NARGS() <= first + 1) return learning;
    learning.penalty = {PG_GETARG_FLOAT8(first + 1) + 0.0, checked_alpha(PG_GETARG_FLOAT8(first + 2))};
    if (!(learning.penalty.size >= 0 && std::isfinite(learning.penalty.size)))
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("penalty %s is not a finite number from 0 up", float8out_internal(learning.penalty.size)),
                 errhint("0 is none; penalty_by_folds finds one that predicts well.")));
    if (learning.penalty.size > 0 && learning.robust)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a penalised fit has no standard errors, robust or otherwise"),
                 errhint("Fit without a penalty, or without robust.")));
    return learning;
}

Datum fit_by_response(FunctionCallInfo fcinfo, const Family &family, Response response, Asks asks) {
    const Learning learning = learning_arguments(fcinfo, response, 1);
    return fit_learning(fcinfo, family, asks,
                        [&](const FeatureSet &set, Stop stop) { return fit_response(set, learning, stop); });
}

// Predictions ---------------------------------------------------------------------------------------------------------

// (model, x, ...): the predictors of one customer under a model; unknown where a number is NULL.
struct Learnt {
    Learnt(FunctionCallInfo fcinfo, const StoredModel &model_, double offset)
        : model(model_), family(learning_family(model)) {
        if (!model.is_usable()) return;
        const Features &x = *features_argument(fcinfo, 1);
        known = true;
        const int n_form = static_cast<int>(form_of(model).parameters.size);
        const auto predictor = [&](Role role, int intercept) {
            const Match match = linear_predictor(*model.design(), model.values + n_form, role, x);
            if (unlikely(match.fault != MatchFault::none)) raise_mismatch(role, match);
            known = known && !match.unknown;
            return model.values[intercept] + match.sum;
        };
        if (family.of_both) {
            first = predictor(Role::purchases, 0);
            second = predictor(Role::spend, 1);
        } else {
            first = predictor(Role::any, 0) + offset;
        }
    }

    double mean() const { return family.mean(model.values, first, second); }
    double quantile(double p) const { return family.quantile(model.values, first, second, p); }

    const StoredModel &model;
    const LearningFamily &family;
    bool known = false;
    double first = 0, second = 0;
};

bool takes_offset(const StoredModel &model) {
    const LearningFamily &family = learning_family(model);
    return !family.of_net && !family.of_both && model.kind != static_cast<uint16>(Kind::svm);
}

void check_has_quantiles(const StoredModel &model, const char *hint) {
    if (unlikely(learning_family(model).quantile == nullptr))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("a model of kind %s has no quantiles here", family_of(model).name), errhint("%s", hint)));
}

}  // namespace

// (state, y, x [, weight [, offset [, cluster]]])
CLTV_FUNCTION(cltv_response_feature_base_accum) { return add_response(fcinfo, false); }
CLTV_FUNCTION(cltv_response_feature_base_accum_yes_or_no) { return add_response(fcinfo, true); }

// (base [, robust [, penalty, alpha]])
CLTV_FUNCTION(cltv_linear_fit) { return fit_by_response(fcinfo, linear::family, Response::normal, Asks::nothing); }
CLTV_FUNCTION(cltv_logistic_fit) {
    return fit_by_response(fcinfo, logistic::family, Response::yes_or_no, Asks::yes_or_no);
}
CLTV_FUNCTION(cltv_poisson_fit) { return fit_by_response(fcinfo, poisson::family, Response::poisson, Asks::counts); }
CLTV_FUNCTION(cltv_negbinom_fit) { return fit_by_response(fcinfo, negbinom::family, Response::negbinom, Asks::counts); }
CLTV_FUNCTION(cltv_gamma_fit) {
    return fit_by_response(fcinfo, cltv::gamma::family, Response::gamma, Asks::positive_amounts);
}
CLTV_FUNCTION(cltv_ziln_fit) {
    const Learning learning = learning_arguments(fcinfo, Response::normal, 1);
    return fit_learning(fcinfo, ziln::family, Asks::amounts, [&](const FeatureSet &set, Stop stop) {
        return fit_zero_inflated(set, learning.robust, learning.penalty, stop);
    });
}

// (base [, power [, robust [, penalty, alpha]]])
CLTV_FUNCTION(cltv_tweedie_fit) {
    const double power = PG_NARGS() > 1 ? PG_GETARG_FLOAT8(1) : 1.5;
    if (!(power > 1 && power < 2))
        ereport(
            ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("power %s is not above 1 and below 2", float8out_internal(power)),
             errhint("Towards 1 the amounts vary as counts do, towards 2 as gamma distributed ones; 1.5 is a start.")));
    Learning learning = learning_arguments(fcinfo, Response::tweedie, 2);
    learning.power = power;
    return fit_learning(fcinfo, tweedie::family, Asks::amounts,
                        [&](const FeatureSet &set, Stop stop) { return fit_response(set, learning, stop); });
}

// (model, x [, offset])
CLTV_FUNCTION(cltv_predict_response) {
    const double offset = PG_NARGS() > 2 ? checked_response("offset", PG_GETARG_FLOAT8(2)) : 0;
    const StoredModel &model = model_of_rows(fcinfo, 0);
    if (learning_family(model).of_trees) {
        if (!model.is_usable()) PG_RETURN_NULL();
        double margins[most_outputs];
        find_margins(fcinfo, model, *features_argument(fcinfo, 1), offset, margins);
        PG_RETURN_FLOAT8(predicted([&] { return mean_of_margins(model.trees()->objective, margins); }));
    }
    if (unlikely(offset != 0 && !takes_offset(model)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("offset %s has no meaning for a model of kind %s without a predictor that it adds to",
                               float8out_internal(offset), family_of(model).name),
                        errhint("Leave it out, or use logistic_fit, linear_fit or another regression.")));
    if (learning_family(model).of_net) {
        double margins[most_outputs];
        if (!model.is_usable() || !find_net_margins(model, *features_argument(fcinfo, 1), margins)) PG_RETURN_NULL();
        PG_RETURN_FLOAT8(predicted([&] { return mean_of_margins(model.net()->shape.objective, margins); }));
    }
    const Learnt learnt(fcinfo, model, offset);
    if (!learnt.known) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return learnt.mean(); }));
}

// (model, x, p)
CLTV_FUNCTION(cltv_predict_quantile) {
    const double p = PG_GETARG_FLOAT8(2);
    if (unlikely(!(p > 0 && p < 1)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("p %s is not between 0 and 1", float8out_internal(p)),
                        errhint("It is the share of such customers who are below: 0.5 for the median.")));
    const StoredModel &model = model_of_rows(fcinfo, 0);
    check_has_quantiles(model, "Models of kind linear and ziln have.");
    const Learnt learnt(fcinfo, model, 0);
    if (!learnt.known) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return learnt.quantile(p); }));
}

// (model, x, level) -> (lower, estimate, upper)
CLTV_FUNCTION(cltv_predict_interval_of_model) {
    const double level = level_argument(fcinfo, 2);
    const StoredModel &model = model_of_rows(fcinfo, 0);
    check_has_quantiles(model, "Use predict_interval(predict(model, x), held_out) with what cross_validate held out.");
    const Learnt learnt(fcinfo, model, 0);
    double lower = none, estimate = none, upper = none;
    if (learnt.known) {
        lower = predicted([&] { return learnt.quantile((1 - level) / 2); });
        estimate = predicted([&] { return learnt.mean(); });
        upper = predicted([&] { return learnt.quantile((1 + level) / 2); });
    }
    return row_or_error(fcinfo, {number(lower), number(estimate), number(upper)});
}

// (base, family, alpha, folds, seed) -> rows (penalty, deviance, std_error, coefficients, is_best, is_simplest)
CLTV_FUNCTION(cltv_penalty_by_folds) {
    struct Table {
        uint32 best, simplest;
        PenaltyStep steps[FLEXIBLE_ARRAY_MEMBER];
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const NamedResponse &named = choice_argument(
            fcinfo, 1, penalised_families, [](const NamedResponse &one) { return one.name; }, "family",
            "Use linear, logistic, poisson, gamma or tweedie.");
        Learning learning;
        learning.response = named.response;
        learning.power = 1.5;
        learning.penalty.alpha = checked_alpha(PG_GETARG_FLOAT8(2));
        const int folds = PG_GETARG_INT32(3);
        if (folds < 2 || folds > 100)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("folds %d is not between 2 and 100", folds), errhint("10 are usual.")));
        const uint64 seed = static_cast<uint64>(PG_GETARG_INT64(4));
        const FeatureSet &set = checked_set(fcinfo, *named.family, named.asks);
        Table *table = nullptr;
        if (set.used > 0) {
            StoredModel *refusal = nullptr;
            guarded([&] {
                const PenaltyPath path = try_penalties(set, learning, folds, seed, interrupt_pending);
                const std::size_t n = path.steps.size();
                if (n == 0) {
                    refusal = store(*named.family, path.fit);
                    return;
                }
                table = static_cast<Table *>(palloc0(offsetof(Table, steps) + n * sizeof(PenaltyStep)));
                std::copy(path.steps.begin(), path.steps.end(), table->steps);
                context->max_calls = n;
                for (uint32 i = 0; i < n; ++i)
                    if (table->steps[i].deviance < table->steps[table->best].deviance) table->best = i;
                const PenaltyStep &best = table->steps[table->best];
                while (table->simplest < table->best &&
                       !(table->steps[table->simplest].deviance <= best.deviance + best.std_error))
                    ++table->simplest;
            });
            if (refusal != nullptr) report(*named.family, *refusal);
        }
        context->user_fctx = table;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Table &table = *static_cast<const Table *>(context->user_fctx);
    const uint32 at = static_cast<uint32>(context->call_cntr);
    const PenaltyStep &step = table.steps[at];
    Datum columns[6] = {Float8GetDatum(step.penalty),   Float8GetDatum(step.deviance),
                        Float8GetDatum(step.std_error), Int64GetDatum(step.coefficients),
                        BoolGetDatum(at == table.best), BoolGetDatum(at == table.simplest)};
    bool nulls[6] = {false, std::isnan(step.deviance), std::isnan(step.std_error), false, false, false};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
