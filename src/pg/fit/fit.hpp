// What the fits of all families share: the final function of an aggregate over a base, which is also the fit of a
// stored base.
#pragma once

#include <vector>

#include "core/fit/family.hpp"
#include "core/fit/family_fit.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/rows/counted_set.hpp"

namespace cltv::pg {

// fit(View<Row>, Stop) -> Fit.
template <class Row, class FitRows>
Datum fit_rows(FunctionCallInfo fcinfo, const Family &family, FitRows &&fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const CountedSet<Row> *base = value_argument<CountedSet<Row>>(fcinfo, 0);
    StoredModel *model;
    guarded([&] {
        std::vector<Row> storage;
        model = store(family, fit(sorted_rows(*base, storage, interrupt_pending), interrupt_pending));
    });
    report(fcinfo, family, *model);
    PG_RETURN_POINTER(model);
}

template <class Row>
Datum fit_base(FunctionCallInfo fcinfo, const Family &family, Fit (*fit)(View<Row>, Stop)) {
    return fit_rows<Row>(fcinfo, family, fit);
}

// The weight of the prior that holds what rows hardly tell, 1 where there is no such argument.
inline double prior_argument(FunctionCallInfo fcinfo, int number) {
    if (PG_NARGS() <= number) return 1;
    return amount_argument(fcinfo, number, "prior",
                           "Give 1 for the prior as documented, 0 for plain maximum likelihood.");
}

// (base [, prior])
template <class Row>
Datum fit_base(FunctionCallInfo fcinfo, const Family &family, Fit (*fit)(View<Row>, double, Stop)) {
    const double prior = prior_argument(fcinfo, 1);
    return fit_rows<Row>(fcinfo, family, [=](View<Row> rows, Stop stop) { return fit(rows, prior, stop); });
}

// (base [, prior]) -> the model of the best family.
template <class Row>
Datum fit_best(FunctionCallInfo fcinfo, FamilyFit (*fit)(View<Row>, double, Stop)) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const double prior = prior_argument(fcinfo, 1);
    const CountedSet<Row> *base = value_argument<CountedSet<Row>>(fcinfo, 0);
    StoredModel *model;
    const Family *family;
    guarded([&] {
        std::vector<Row> storage;
        const FamilyFit best = fit(sorted_rows(*base, storage, interrupt_pending), prior, interrupt_pending);
        family = best.family;
        model = store(*family, best.fit);
    });
    report(fcinfo, *family, *model);
    PG_RETURN_POINTER(model);
}

}  // namespace cltv::pg
