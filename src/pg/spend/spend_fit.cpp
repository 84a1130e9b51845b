// The best model of spend, and the comparison behind the choice.
#include "core/spend/spend_fit.hpp"

#include <cmath>

#include "core/families.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/fit.hpp"
#include "pg/rows/spend_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// f(fits, best first), within the guard.
template <class Function>
void with_fits(FunctionCallInfo fcinfo, Function &&f) {
    const SpendBase *base = value_argument<SpendBase>(fcinfo, 0);
    const double prior = prior_argument(fcinfo, 1);
    guarded([&] {
        std::vector<SpendCount> storage;
        f(fit_spends(sorted_rows(*base, storage, interrupt_pending), prior, interrupt_pending));
    });
}

struct Candidate {
    const Family *family;
    StoredModel *model;
    double log_likelihood, aic, bic;
};

struct Candidates {
    static constexpr int most = 16;
    Candidate list[most];
    int n;
};

}  // namespace

// (base [, prior]) -> the model of the best family.
CLTV_FUNCTION(cltv_spend_fit) {
    if (PG_ARGISNULL(0) || (PG_NARGS() > 1 && PG_ARGISNULL(1))) PG_RETURN_NULL();
    StoredModel *model;
    const Family *family;
    with_fits(fcinfo, [&](const std::vector<ComparedSpend> &fits) {
        family = fits.front().family;
        model = store(*family, fits.front().fit);
    });
    report(fcinfo, *family, *model);
    PG_RETURN_POINTER(model);
}

// (feature_base [, prior]): Gamma-Gamma stands for all, because it knows what attributes of spend may act on.
CLTV_FUNCTION(cltv_spend_fit_features) { return fit_best_features(fcinfo, gg::family, fit_spends_attributes); }

// One row per family, the best first: model, status, log_likelihood, aic, bic, fitted.
CLTV_FUNCTION(cltv_spend_fits) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        Candidates *candidates = static_cast<Candidates *>(palloc0(sizeof(Candidates)));
        context->user_fctx = candidates;
        with_fits(fcinfo, [&](const std::vector<ComparedSpend> &fits) {
            for (const ComparedSpend &fit : fits)
                if (candidates->n < Candidates::most)
                    candidates->list[candidates->n++] = {fit.family, store(*fit.family, fit.fit), fit.log_likelihood,
                                                         fit.aic, fit.bic};
        });
        report(*candidates->list[0].family, *candidates->list[0].model);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    const Candidates *candidates = static_cast<const Candidates *>(context->user_fctx);
    if (context->call_cntr >= static_cast<uint64>(candidates->n)) SRF_RETURN_DONE(context);

    const Candidate &candidate = candidates->list[context->call_cntr];
    Datum columns[6] = {CStringGetTextDatum(candidate.family->name),
                        CStringGetTextDatum(status_text(*candidate.model)),
                        Float8GetDatum(candidate.log_likelihood),
                        Float8GetDatum(candidate.aic),
                        Float8GetDatum(candidate.bic),
                        PointerGetDatum(candidate.model)};
    const bool refused = !candidate.model->is_usable();
    bool nulls[6] = {false, false, refused, refused, refused, false};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
