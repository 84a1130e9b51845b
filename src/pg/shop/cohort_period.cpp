// Calendar periods since a customer's first order.
#include "pg/history/order_time.hpp"

#include "pg/base/choice_argument.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// The number of the period that contains a day, counted from a fixed day. Weeks begin on Monday, as Julian day 0 did.
struct Period {
    const char *name;
    int (*number)(Day day, int year, int month);
};

constexpr Period periods[] = {
    {"day", [](Day day, int, int) { return static_cast<int>(day); }},
    {"week", [](Day day, int, int) { return static_cast<int>(day / 7); }},
    {"month", [](Day, int year, int month) { return 12 * year + month; }},
    {"quarter", [](Day, int year, int month) { return 4 * year + (month - 1) / 3; }},
    {"year", [](Day, int year, int) { return year; }},
};

const Period &period_argument(FunctionCallInfo fcinfo, int n) {
    return choice_argument(fcinfo, n, periods, [](const Period &period) { return period.name; }, "period",
                           "Use day, week, month, quarter or year.");
}

int number_of(const Period &period, Day day) {
    int year, month, month_day;
    j2date(static_cast<int>(day), &year, &month, &month_day);
    return period.number(day, year, month);
}

// (first_order, ordered_at, period)
template <class Time>
Datum cohort_period(FunctionCallInfo fcinfo) {
    constexpr const char *hint = "Leave out such orders, or make the time NULL.";
    const Period &period = period_argument(fcinfo, 2);
    const Day first_order = finite_day<Time>(PG_GETARG_DATUM(0), "first_order", hint);
    const Day ordered_at = finite_day<Time>(PG_GETARG_DATUM(1), "ordered_at", hint);
    PG_RETURN_INT32(number_of(period, ordered_at) - number_of(period, first_order));
}

}  // namespace

CLTV_FUNCTION(cltv_cohort_period_date) { return cohort_period<CalendarDate>(fcinfo); }
CLTV_FUNCTION(cltv_cohort_period_timestamp) { return cohort_period<LocalTime>(fcinfo); }
CLTV_FUNCTION(cltv_cohort_period_timestamptz) { return cohort_period<SessionTime>(fcinfo); }
