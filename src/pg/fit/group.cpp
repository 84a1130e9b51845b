#include "pg/fit/group.hpp"

#include <cstring>

extern "C" {
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"
#include "utils/lsyscache.h"
}

namespace cltv::pg {
namespace {

constexpr int longest_value = 60;  // bytes

void append_value(StringInfo words, Datum value, Oid type) {
    Oid output;
    bool is_varlena;
    getTypeOutputInfo(type, &output, &is_varlena);
    const char *text = OidOutputFunctionCall(output, value);
    const int length = static_cast<int>(std::strlen(text));
    const int kept = pg_mbcliplen(text, length, longest_value);
    appendBinaryStringInfo(words, text, kept);
    if (kept < length) appendStringInfoString(words, "...");
}

}  // namespace

const char *group_in_words(FunctionCallInfo fcinfo) {
    if (AggCheckCallContext(fcinfo, nullptr) != AGG_CONTEXT_AGGREGATE) return nullptr;
    const auto *state = reinterpret_cast<const AggState *>(fcinfo->context);
    const auto *plan = reinterpret_cast<const Agg *>(state->ss.ps.plan);
    // While it makes the results of a group, the executor holds a row of its input, or the key that it hashed. Under
    // grouping sets a column may be one that was not grouped by.
    TupleTableSlot *row = state->ss.ps.ps_ExprContext->ecxt_outertuple;
    if (plan->numCols == 0 || plan->groupingSets != NIL || plan->chain != NIL || row == nullptr || TTS_EMPTY(row))
        return nullptr;

    StringInfoData words;
    initStringInfo(&words);
    for (int i = 0; i < plan->numCols; ++i) {
        const AttrNumber column = plan->grpColIdx[i];
        bool is_null;
        const Datum value = slot_getattr(row, column, &is_null);
        if (i > 0) appendStringInfoString(&words, ", ");
        if (is_null)
            appendStringInfoString(&words, "NULL");
        else
            append_value(&words, value, TupleDescAttr(row->tts_tupleDescriptor, column - 1)->atttypid);
    }
    return words.data;
}

}  // namespace cltv::pg
