// What the fits of all families share: the final function of an aggregate over a base, which is also the fit of a
// stored base.
#pragma once

#include <list>
#include <vector>

#include "core/fit/effects.hpp"
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

// The penalty of the coefficients of attributes; 0 where there is no such argument.
inline double penalty_argument(FunctionCallInfo fcinfo, int number) {
    if (PG_NARGS() <= number) return 0;
    return amount_argument(fcinfo, number, "penalty",
                           "Give 0 for none; the larger it is, the nearer to 0 are the coefficients of attributes.") + 0.0;
}

// How the effects of attributes are constrained: the arguments penalty and, after it, same, where there are such.
inline Effects effects_argument(FunctionCallInfo fcinfo, int number) {
    return {penalty_argument(fcinfo, number), PG_NARGS() > number + 1 && PG_GETARG_BOOL(number + 1)};
}

// The weight of the prior that holds what rows hardly determine; 1 where there is no such argument.
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

// (bases[]) -> the prior that the segments make, without those that are NULL. check(row) raises an error for unsuitable
// rows.
template <class Row, class Check>
Datum pool_bases(FunctionCallInfo fcinfo, const Family &family, Fit (*pool)(View<View<Row>>, Stop), Check &&check) {
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    Datum *elements;
    bool *nulls;
    int n;
    deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &elements, &nulls, &n);
    int n_bases = 0;
    const CountedSet<Row> **bases = static_cast<const CountedSet<Row> **>(palloc(n * sizeof(void *) + 1));
    for (int i = 0; i < n; ++i) {
        if (nulls[i]) continue;
        const auto *base = reinterpret_cast<const CountedSet<Row> *>(PG_DETOAST_DATUM(elements[i]));
        for_each_row(base, check);
        bases[n_bases++] = base;
    }
    StoredModel *model;
    guarded([&] {
        std::list<std::vector<Row>> storage;
        std::vector<View<Row>> segments;
        for (int i = 0; i < n_bases; ++i) {
            storage.emplace_back();
            segments.push_back(sorted_rows(*bases[i], storage.back(), interrupt_pending));
        }
        model = store(family, pool({segments.data(), segments.size()}, interrupt_pending));
    });
    report(fcinfo, family, *model, "pool");
    PG_RETURN_POINTER(model);
}

// (base, prior)
template <class Row>
Datum fit_pooled(FunctionCallInfo fcinfo, const Family &family, Fit (*fit)(View<Row>, const ModelView &, Stop)) {
    const StoredModel *prior = model_argument(
        fcinfo, 1, family, psprintf("Make it with %s_pool(base) over the bases of the segments.", family.name));
    if (!prior->is_usable()) PG_RETURN_NULL();
    switch (prior->model_status()) {
        case Status::prior:
        case Status::pooled_of_one:
        case Status::no_differences:
            break;
        default:
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("prior is the model of one fit, of status \"%s\", and not of segments",
                                   status_text(*prior)),
                            errhint("Make it with %s_pool(base) over the bases of the segments.", family.name)));
    }
    return fit_rows<Row>(fcinfo, family, [=](View<Row> rows, Stop stop) { return fit(rows, prior->view(), stop); });
}

}  // namespace cltv::pg
