// Predictions for customers that a fit has not seen: folds of a base, its rows, and intervals from the errors of such
// predictions.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "core/fit/regression.hpp"
#include "core/learning/folds.hpp"
#include "core/learning/learning_fit.hpp"
#include "core/rows/feature_rows.hpp"
#include "core/validation/conformal.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/score_base.hpp"

extern "C" {
#include "access/detoast.h"
}

using namespace cltv;
using namespace cltv::pg;

namespace {

const FeatureSet &responses_argument(FunctionCallInfo fcinfo) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    if (set.targets != Targets::response)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("a feature_base of %s has no responses", targets_name(set.targets)),
                        errhint("Make the base with response_feature_base(y, x).")));
    return set;
}

// Reads the rows of a set as the features of one customer each.
struct RowReader {
    explicit RowReader(const FeatureSet &set_) : set(set_), n(static_cast<int>(set_.names_of[0].n)) {
        names = static_cast<NamedPlace *>(palloc((n + 1) * sizeof(NamedPlace)));
        values = static_cast<FeatureValue *>(palloc((n + 1) * sizeof(FeatureValue)));
        NameBlock block(set.names(Role::any));
        for (int i = 0; i < n; ++i) names[i] = {block.next(), i};
    }

    Features *operator()(const FeatureCount &row) {
        const double *const known = set.attributes(static_cast<uint32>(row.row));
        for (int i = 0; i < n; ++i) {
            const bool missing = std::isnan(known[i]);
            const bool is_level = set.kind(static_cast<uint32>(i)) == FeatureKind::category;
            values[i] = {missing ? FeatureKind::null : is_level ? FeatureKind::category : FeatureKind::number,
                         is_level ? 0 : known[i],
                         is_level && !missing ? set.level_text(static_cast<uint32>(known[i])) : Text{nullptr, 0}};
        }
        return features_of(names, n, values);
    }

    const FeatureSet &set;
    int n;
    NamedPlace *names;
    FeatureValue *values;
};

// The errors from which a query computes intervals, kept between its rows. A destructor that the memory context calls
// frees them.
struct KeptErrors {
    varatt_external pointer;  // of a base in a table; else the bytes
    varlena *bytes;
    HeldOutErrors *errors;
    MemoryContextCallback callback;
};

void drop_errors(void *kept) { delete static_cast<KeptErrors *>(kept)->errors; }

bool is_same(const KeptErrors &kept, const varlena *datum) {
    if (VARATT_IS_EXTERNAL_ONDISK(datum)) {
        varatt_external pointer;
        VARATT_EXTERNAL_GET_POINTER(pointer, datum);
        return kept.bytes == nullptr && std::memcmp(&kept.pointer, &pointer, sizeof pointer) == 0;
    }
    return kept.bytes != nullptr && VARSIZE_ANY(kept.bytes) == VARSIZE_ANY(datum) &&
           std::memcmp(kept.bytes, datum, VARSIZE_ANY(datum)) == 0;
}

const HeldOutErrors &errors_argument(FunctionCallInfo fcinfo, int argument) {
    varlena *const datum = reinterpret_cast<varlena *>(PG_GETARG_POINTER(argument));
    KeptErrors *kept = static_cast<KeptErrors *>(fcinfo->flinfo->fn_extra);
    if (kept != nullptr && kept->errors != nullptr && is_same(*kept, datum)) return *kept->errors;
    if (kept == nullptr) {
        kept = static_cast<KeptErrors *>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(KeptErrors)));
        kept->callback.func = drop_errors;
        kept->callback.arg = kept;
        MemoryContextRegisterResetCallback(fcinfo->flinfo->fn_mcxt, &kept->callback);
        fcinfo->flinfo->fn_extra = kept;
    }
    delete kept->errors;
    kept->errors = nullptr;
    if (kept->bytes != nullptr) pfree(kept->bytes);
    kept->bytes = nullptr;
    std::memset(&kept->pointer, 0, sizeof kept->pointer);
    const ScoreBase *const base = reinterpret_cast<const ScoreBase *>(PG_DETOAST_DATUM(PointerGetDatum(datum)));
    guarded([&] {
        std::vector<ScoredCount> rows;
        rows.reserve(base->used);
        for (uint32 i = 0; i < base->used; ++i) {
            poll_at(i, interrupt_pending);
            rows.push_back({base->rows()[i], 1});
        }
        sort_scored(rows, interrupt_pending);
        kept->errors = new HeldOutErrors(rows, interrupt_pending);
    });
    if (VARATT_IS_EXTERNAL_ONDISK(datum)) {
        VARATT_EXTERNAL_GET_POINTER(kept->pointer, datum);
    } else {
        const Size size = VARSIZE_ANY(datum);
        kept->bytes = static_cast<varlena *>(MemoryContextAllocHuge(fcinfo->flinfo->fn_mcxt, size));
        std::memcpy(kept->bytes, datum, size);
    }
    return *kept->errors;
}

void check_folds(int folds) {
    if (folds < 2 || folds > 100)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("folds %d is not between 2 and 100", folds),
                        errhint("5 or 10 are usual.")));
}

}  // namespace

// (base, folds, seed): the fold of each of its rows, counted from 1
CLTV_FUNCTION(cltv_fold_of_rows) {
    const FeatureSet &set = responses_argument(fcinfo);
    const int folds = PG_GETARG_INT32(1);
    check_folds(folds);
    const uint64 seed = static_cast<uint64>(PG_GETARG_INT64(2));
    Datum *const fold = static_cast<Datum *>(MemoryContextAllocHuge(CurrentMemoryContext, (Size{set.used} + 1) * sizeof(Datum)));
    guarded([&] {
        const FoldUnits units(set, label_column(set, response_cluster_label), interrupt_pending);
        for (uint32 i = 0; i < set.used; ++i) {
            poll_at(i, interrupt_pending);
            fold[i] = Int32GetDatum(1 + fold_of(seed, units.of_row(set.rows()[i]), folds));
        }
    });
    PG_RETURN_ARRAYTYPE_P(construct_array(fold, static_cast<int>(set.used), INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

// (base, folds, fold, seed, inside): the customers of one fold, or of all others; NULL if there are none
CLTV_FUNCTION(cltv_feature_base_fold) {
    const FeatureSet &set = responses_argument(fcinfo);
    const int folds = PG_GETARG_INT32(1), fold = PG_GETARG_INT32(2);
    const uint64 seed = static_cast<uint64>(PG_GETARG_INT64(3));
    const bool inside = PG_GETARG_BOOL(4);
    check_folds(folds);
    if (fold < 1 || fold > folds)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("fold %d is not between 1 and %d", fold, folds),
                        errhint("Folds are counted from 1.")));
    bool *const stays = static_cast<bool *>(MemoryContextAllocHuge(CurrentMemoryContext, Size{set.used} + 1));
    bool any = false;
    guarded([&] {
        any = false;
        const FoldUnits units(set, label_column(set, response_cluster_label), interrupt_pending);
        for (uint32 i = 0; i < set.used; ++i) {
            poll_at(i, interrupt_pending);
            stays[i] = (fold_of(seed, units.of_row(set.rows()[i]), folds) == fold - 1) == inside;
            any = any || stays[i];
        }
    });
    if (!any) PG_RETURN_NULL();
    FeatureSet *const some = of_rows(set, stays, pause_merging, allocate_value);
    check_room(some != nullptr);
    SET_VARSIZE(some, some->bytes());
    PG_RETURN_POINTER(sorted_set(some));
}

// (base) -> rows (y, offset, customers, x)
CLTV_FUNCTION(cltv_feature_rows) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const FeatureSet &set = responses_argument(fcinfo);
        context->user_fctx = new (palloc(sizeof(RowReader))) RowReader(set);
        context->max_calls = set.used;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    RowReader &read = *static_cast<RowReader *>(context->user_fctx);
    const FeatureCount &row = read.set.rows()[context->call_cntr];
    Datum columns[] = {Float8GetDatum(row.target[0]), Float8GetDatum(row.target[1]), Float8GetDatum(row.count),
                       PointerGetDatum(read(row))};
    bool nulls[4] = {};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

// (prediction, held_out, level)
CLTV_FUNCTION(cltv_predict_interval) {
    const double estimate = checked_finite("prediction", PG_GETARG_FLOAT8(0));
    const double level = level_argument(fcinfo, 2);
    const HeldOutErrors::Interval interval = errors_argument(fcinfo, 1).around(estimate, level);
    return row_or_error(fcinfo, {number(interval.lower), number(estimate), number(interval.upper)});
}
