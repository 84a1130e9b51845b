// What the fits of all families share: the final function of an aggregate over a base, which is also the fit of a
// stored base.
#pragma once

#include <vector>

#include "core/fit/family.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/rows/counted_set.hpp"

namespace cltv::pg {

template <class Row>
Datum fit_base(FunctionCallInfo fcinfo, const Family &family, Fit (*fit)(View<Row>, Stop)) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const CountedSet<Row> *base = value_argument<CountedSet<Row>>(fcinfo, 0);
    StoredModel *model;
    guarded([&] {
        std::vector<Row> storage;
        model = store(family, fit(sorted_rows(*base, storage, interrupt_pending), interrupt_pending));
    });
    report(family, *model);
    PG_RETURN_POINTER(model);
}

}  // namespace cltv::pg
