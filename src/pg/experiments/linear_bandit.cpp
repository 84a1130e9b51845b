// Contextual bandits: a model of each arm, and which offer to make next to which customer.
#include "core/experiments/linear_bandit.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/experiments/bandit.hpp"
#include "core/fit/regression.hpp"
#include "core/learning/learning_fit.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/learning/learning_set.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/response.hpp"

extern "C" {
#include "utils/lsyscache.h"
}

using namespace cltv;
using namespace cltv::pg;

namespace {

[[noreturn]] void raise_no_bandit(const char *detail) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid linear_bandit"), errdetail("%s", detail),
                    errhint("Make it with linear_bandit(arm, reward, x).")));
    pg_unreachable();
}

// The composite type linear_bandit: arms with distinct names and a model each.
struct LinearBandit {
    int n = 0;
    Datum *arms = nullptr, *models = nullptr;

    Text arm(int i) const {
        const text *const name = DatumGetTextPP(arms[i]);
        return {VARDATA_ANY(name), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(name))};
    }
    const StoredModel &model(int i) const { return *reinterpret_cast<const StoredModel *>(PG_DETOAST_DATUM(models[i])); }
};

LinearBandit bandit_argument(FunctionCallInfo fcinfo, int argument) {
    HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(argument);
    LinearBandit bandit;
    const auto elements = [&](AttrNumber column, Datum *&values, char align) {
        bool is_null;
        const Datum value = GetAttributeByNum(row, column, &is_null);
        if (is_null) raise_no_bandit("It has no arms, or no models.");
        ArrayType *const array = DatumGetArrayTypeP(value);
        bool *nulls;
        int n;
        deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, align, &values, &nulls, &n);
        for (int i = 0; i < n; ++i)
            if (nulls[i]) raise_no_bandit("An arm or a model is NULL.");
        return n;
    };
    bandit.n = elements(1, bandit.arms, TYPALIGN_INT);
    if (elements(2, bandit.models, TYPALIGN_DOUBLE) != bandit.n) raise_no_bandit("It has another number of arms than of models.");
    return bandit;
}

// The posteriors of the arms for a customer; false where they are unknown because one of the customer's numbers is
// NULL.
bool posteriors_for(const LinearBandit &bandit, const Features &x, ArmPosterior *posteriors) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    for (int i = 0; i < bandit.n; ++i) {
        const StoredModel &model = bandit.model(i);
        if (&family_of(model) != &linear::family || (model.is_usable() && (model.covariance() == nullptr || model.design() == nullptr)))
            raise_no_bandit("A model is not of a linear_bandit.");
        if (!model.is_usable()) {  // nothing is known yet: all are alike
            posteriors[i] = {false, 0, 1, model.customers, none};
            continue;
        }
        const Match match = linear_predictor(*model.design(), model.values + 2, Role::any, x);
        if (unlikely(match.fault != MatchFault::none)) raise_mismatch(Role::any, match);
        if (match.unknown) return false;
        double variance = 0;
        guarded([&] { variance = variance_of_mean(model.view(), x); });
        const double mean = model.values[0] + match.sum;
        if (unlikely(!std::isfinite(mean) || !(variance > 0) || !std::isfinite(variance))) raise_unpredictable();
        posteriors[i] = {false, mean, std::sqrt(variance), model.customers, mean};
    }
    return true;
}

}  // namespace

// (state, arm, reward, x)
CLTV_FUNCTION(cltv_linear_bandit_accum) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return skip_customer(fcinfo, Targets::response);
    const text *const arm = PG_GETARG_TEXT_PP(1);
    const double target[] = {checked_response("reward", PG_GETARG_FLOAT8(2)), 0, 0};
    const NamedPlace name = {{linear_bandit_arm, std::strlen(linear_bandit_arm)}, 0};
    const FeatureValue value = {FeatureKind::category, 0, {VARDATA_ANY(arm), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(arm))}};
    const RoleFeatures roles[2] = {{Role::any, features_argument(fcinfo, 3)}, {Role::label, features_of(&name, 1, &value)}};
    return add_customers(fcinfo, Targets::response, target, roles, 2, 1);
}

// (base)
CLTV_FUNCTION(cltv_linear_bandit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const FeatureSet &set = checked_set(fcinfo, linear::family, Asks::nothing);
    if (set.used == 0) PG_RETURN_NULL();
    if (label_column(set, linear_bandit_arm) < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the feature_base has no arms"),
                        errhint("Make it with linear_bandit_base(arm, reward, x).")));
    Text *const names = static_cast<Text *>(palloc((set.levels + 1) * sizeof(Text)));
    Datum *const models = static_cast<Datum *>(palloc((set.levels + 1) * sizeof(Datum)));
    const StoredModel *refused = nullptr;
    int n = 0;
    guarded([&] {
        n = 0;
        for (const ArmFit &each : fit_arms(set, interrupt_pending)) {
            StoredModel *const model = store(linear::family, with_skipped(each.fit, set));
            if (!model->is_usable()) refused = model;
            names[n] = each.arm;
            models[n++] = PointerGetDatum(model);
        }
    });
    if (refused != nullptr)
        ereport(WARNING, (errmsg("linear_bandit has learnt nothing: %s", status_text(*refused)),
                          errdetail("All customers have the same value of an attribute."),
                          errhint("Until they differ every arm is chosen as often as any other; or leave the attribute out.")));
    Datum *const arms = static_cast<Datum *>(palloc((n + 1) * sizeof(Datum)));
    for (int i = 0; i < n; ++i) arms[i] = PointerGetDatum(cstring_to_text_with_len(names[i].data, static_cast<int>(names[i].size)));
    TupleDesc shape;
    get_call_result_type(fcinfo, nullptr, &shape);
    const Oid model_type = get_base_element_type(TupleDescAttr(shape, 1)->atttypid);
    Datum columns[] = {PointerGetDatum(construct_array(arms, n, TEXTOID, -1, false, TYPALIGN_INT)),
                       PointerGetDatum(construct_array(models, n, model_type, -1, false, TYPALIGN_DOUBLE))};
    bool nulls[] = {false, false};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(shape), columns, nulls)));
}

// (bandit, x, seed)
CLTV_FUNCTION(cltv_linear_bandit_choose) {
    const LinearBandit bandit = bandit_argument(fcinfo, 0);
    ArmPosterior *const posteriors = static_cast<ArmPosterior *>(palloc((bandit.n + 1) * sizeof(ArmPosterior)));
    if (bandit.n == 0 || !posteriors_for(bandit, *features_argument(fcinfo, 1), posteriors)) PG_RETURN_NULL();
    ThompsonDraw draw(PG_GETARG_INT64(2));
    int best = 0;
    for (int i = 0; i < bandit.n; ++i)
        if (draw.is_best(bandit.arm(i), posteriors[i])) best = i;
    PG_RETURN_DATUM(bandit.arms[best]);
}

// (bandit, x)
CLTV_FUNCTION(cltv_linear_bandit_shares) {
    struct Results {
        LinearBandit bandit;
        ArmPosterior *posteriors;
        double *best;
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        Results *const results = static_cast<Results *>(palloc0(sizeof(Results)));
        results->bandit = bandit_argument(fcinfo, 0);
        const int n = results->bandit.n;
        results->posteriors = static_cast<ArmPosterior *>(palloc((n + 1) * sizeof(ArmPosterior)));
        results->best = static_cast<double *>(palloc((n + 1) * sizeof(double)));
        const bool known = posteriors_for(results->bandit, *features_argument(fcinfo, 1), results->posteriors);
        if (known)
            guarded([&] {
                const std::vector<double> best = probabilities_best({results->posteriors, results->posteriors + n}, interrupt_pending);
                std::copy(best.begin(), best.end(), results->best);
            });
        context->max_calls = known ? static_cast<uint64>(n) : 0;
        context->user_fctx = results;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Results &results = *static_cast<const Results *>(context->user_fctx);
    const ArmPosterior &arm = results.posteriors[context->call_cntr];
    Datum columns[] = {results.bandit.arms[context->call_cntr], Float8GetDatum(arm.trials), Float8GetDatum(arm.mean),
                       Float8GetDatum(results.best[context->call_cntr])};
    bool nulls[] = {false, false, std::isnan(arm.mean), std::isnan(results.best[context->call_cntr])};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
