// What a prediction keeps in fn_extra from row to row of a query: a memo, and the model if it had to be fetched. Both
// are lost with the query; where a call has nowhere to keep them the results are the same bits.
#pragma once

#include "core/base/memo.hpp"
#include "pg/base/postgres.hpp"
#include "pg/fit/cltv_model.hpp"

namespace cltv::pg {

struct RowsMemo {
    Memo memo;
    void *fetched;
};

// Gives a memo its first slots, or more of them.
template <std::size_t n>
void grow(MemoOf<n> &memo, MemoryContext context) {
    using Slot = typename MemoOf<n>::Slot;
    Slot *const before = memo.slots();
    const std::size_t n_slots = memo.n_slots() == 0 ? MemoOf<n>::least_slots : 4 * memo.n_slots();
    memo.move(static_cast<Slot *>(MemoryContextAlloc(context, n_slots * sizeof(Slot))), n_slots);
    if (before != nullptr) pfree(before);
}

// Makes the memo, or gives it more slots.
RowsMemo &grow_rows_memo(FunctionCallInfo fcinfo);

// Uses fn_extra.
inline RowsMemo &rows_memo(FunctionCallInfo fcinfo) {
    auto *const kept = fcinfo->flinfo == nullptr ? nullptr : static_cast<RowsMemo *>(fcinfo->flinfo->fn_extra);
    return likely(kept != nullptr && !kept->memo.crowded()) ? *kept : grow_rows_memo(fcinfo);
}

// The model argument, as model_of_rows() gives it, beside a memo.
const StoredModel &model_of_rows(FunctionCallInfo fcinfo, int argument, RowsMemo &rows);

}  // namespace cltv::pg
