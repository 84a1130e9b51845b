// The SQL type survival_curve: how many customers left or were last seen at each time
// (core/survival/survival_curve.hpp).
#pragma once

#include "core/survival/survival_curve.hpp"
#include "pg/rows/counted_set.hpp"
#include "pg/rows/survival_time.hpp"

namespace cltv::pg {

template <>
struct BaseType<SurvivalCount> : AnyBase<SurvivalCount> {
    static constexpr const char *name = "survival_curve";
    static double customers(View<SurvivalCount> rows) { return survival_customers(rows); }
    static const char *fault(View<SurvivalCount> rows) { return find_fault(rows); }
    static SurvivalCount checked(const Numbers<SurvivalCount> &numbers);
};

}  // namespace cltv::pg
