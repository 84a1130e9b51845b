#include "pg/segments/rfm_rows.hpp"

#include "core/segments/rfm_segment.hpp"

namespace cltv::pg {
namespace {

bool is_rfm(TupleDesc type) {
    constexpr Oid columns[] = {INT2OID, INT2OID, INT2OID, TEXTOID};
    if (type->natts != 4) return false;
    for (int i = 0; i < 4; ++i)
        if (TupleDescAttr(type, i)->atttypid != columns[i]) return false;
    return true;
}

}  // namespace

void RfmRows::prepare(FunctionCallInfo fcinfo) {
    context_ = fcinfo->flinfo->fn_mcxt;
    MemoryContext caller = MemoryContextSwitchTo(context_);
    if (get_call_result_type(fcinfo, nullptr, &type_) != TYPEFUNC_COMPOSITE || !is_rfm(type_))
        ereport(ERROR,
                (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("type rfm must be (smallint, smallint, smallint, text)"),
                 errhint("Undo what altered the type since the extension created it.")));
    BlessTupleDesc(type_);
    MemoryContextSwitchTo(caller);
}

void RfmRows::make_room(int bins) {
    const int side = bins + 1;
    rows_[bins] = static_cast<Datum *>(MemoryContextAllocZero(context_, sizeof(Datum) * side * side * side));
}

Datum RfmRows::build(int bins, int r, int f, int m) const {
    MemoryContext caller = MemoryContextSwitchTo(context_);
    const bool segmented = r != 0 && f != 0 && m != 0;
    Datum values[4] = {Int16GetDatum(r), Int16GetDatum(f), Int16GetDatum(m), 0};
    bool nulls[4] = {r == 0, f == 0, m == 0, !segmented};
    if (segmented)
        values[3] = CStringGetTextDatum(
            segment_of(quintile_of_score(r, bins), quintile_of_score(f, bins), quintile_of_score(m, bins)));
    const Datum row = HeapTupleGetDatum(heap_form_tuple(type_, values, nulls));
    MemoryContextSwitchTo(caller);
    return row;
}

}  // namespace cltv::pg
