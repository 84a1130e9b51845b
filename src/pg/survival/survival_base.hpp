// The SQL type survival_base: customers with something to compare (core/survival/survival_row.hpp), the state of
// logrank_test and of concordance.
#pragma once

#include "core/survival/survival_row.hpp"
#include "pg/rows/counted_set.hpp"

namespace cltv::pg {

template <>
struct BaseType<SurvivalRow> : AnyBase<SurvivalRow> {
    static constexpr const char *name = "survival_base";
    static SurvivalRow checked(const Numbers<SurvivalRow> &numbers);
};

}  // namespace cltv::pg
