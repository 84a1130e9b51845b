#include "pg/fit/rows_memo.hpp"

#include <new>

#include "pg/base/fetched_value.hpp"

namespace cltv::pg {

RowsMemo &grow_rows_memo(FunctionCallInfo fcinfo) {
    static RowsMemo none = {};  // without slots
    FmgrInfo *const function = fcinfo->flinfo;
    if (function == nullptr) return none;
    const MemoryContext context = function->fn_mcxt;
    auto *kept = static_cast<RowsMemo *>(function->fn_extra);
    if (kept == nullptr) {
        kept = new (MemoryContextAlloc(context, sizeof(RowsMemo))) RowsMemo{};
        function->fn_extra = kept;
    }
    grow(kept->memo, context);
    return *kept;
}

const StoredModel &model_of_rows(FunctionCallInfo fcinfo, int argument, RowsMemo &rows) {
    if (fcinfo->flinfo == nullptr) return *model_argument(fcinfo, argument);
    return *reinterpret_cast<const StoredModel *>(value_of_rows(fcinfo, argument, rows.fetched));
}

}  // namespace cltv::pg
