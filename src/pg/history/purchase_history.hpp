// Purchase histories as arguments of SQL functions.
#pragma once

#include "core/history/purchase_history.hpp"
#include "pg/base/postgres.hpp"
#include "pg/history/order_time.hpp"

namespace cltv::pg {

inline PurchaseHistory *history_argument(FunctionCallInfo fcinfo, int n) {
    return PG_ARGISNULL(n) ? nullptr : reinterpret_cast<PurchaseHistory *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(n)));
}

inline Day as_of_argument(FunctionCallInfo fcinfo, int n) {
    return finite_day<CalendarDate>(PG_GETARG_DATUM(n), "as_of", "Pass the day up to which all orders are known.");
}

// Raises 22023 for an as_of at which a non-empty history cannot be observed.
void check_as_of(const PurchaseHistory &history, Day as_of);

// Raises 22023 for rows of one aggregate with different observation days, or made up to different days; no_day: none.
[[noreturn]] void refuse_two_as_of(const char *of_what, Day a, Day b);

// Raises 22023 for NaN and infinity.
[[noreturn]] void refuse_amount(double amount);

}  // namespace cltv::pg
