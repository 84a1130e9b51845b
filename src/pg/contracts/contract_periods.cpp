// Counts the whole periods that models of contracts need, from the dates of a contract.
#include <initializer_list>

#include "pg/history/order_time.hpp"

#include "pg/base/choice_argument.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

struct Period {
    const char *name;
    int days, months;  // one of the two is 0
};

constexpr Period periods[] = {{"day", 1, 0}, {"week", 7, 0}, {"month", 0, 1}, {"quarter", 0, 3}, {"year", 0, 12}};

// The number of periods from `start` that are over at the beginning of the day `end`, which is not before it.
struct Completed {
    int periods;
    bool at_boundary;  // the last of them has just ended
};

// A period that begins on the 31st ends with the last day of a shorter month: the k-th ends on started + k * period, as
// PostgreSQL adds intervals to dates.
Completed completed(Day start, Day end, const Period &period) {
    if (period.months == 0) {
        const int days = static_cast<int>(end - start);
        return {days / period.days, days % period.days == 0};
    }
    int year, month, day, end_year, end_month, end_day;
    j2date(static_cast<int>(start), &year, &month, &day);
    j2date(static_cast<int>(end), &end_year, &end_month, &end_day);
    const bool december = end_month == 12;
    const int days_of_month = date2j(december ? end_year + 1 : end_year, december ? 1 : end_month + 1, 1) -
                              date2j(end_year, end_month, 1);
    const int boundary = day < days_of_month ? day : days_of_month;
    const int months = 12 * (end_year - year) + end_month - month - (end_day < boundary ? 1 : 0);
    return {months / period.months, end_day == boundary && months % period.months == 0};
}

const char *name_of_period(const Period &period) { return period.name; }
const char *itself(const char *const &word) { return word; }

constexpr const char *ends[] = {"exclusive", "inclusive"};
constexpr const char *counts[] = {"started", "completed"};

}  // namespace

// (started, ended, as_of, period, ends, counted) -> periods, churned
CLTV_FUNCTION(cltv_contract_periods) {
    for (const int argument : {0, 2, 3, 4, 5})
        if (PG_ARGISNULL(argument)) PG_RETURN_NULL();
    const Period &period =
        choice_argument(fcinfo, 3, periods, name_of_period, "period", "Use day, week, month, quarter or year.");
    const bool inclusive = &choice_argument(fcinfo, 4, ends, itself, "ends",
                                            "Use exclusive where ended is the first day without the contract, inclusive "
                                            "where it is the last day with it.") == &ends[1];
    const bool whole = &choice_argument(fcinfo, 5, counts, itself, "counted",
                                        "Use started where a period counts once it has begun, completed where it counts "
                                        "once it is over.") == &counts[1];
    const Day started = finite_day<CalendarDate>(PG_GETARG_DATUM(0), "started", "Leave out such contracts.");
    const Day as_of = finite_day<CalendarDate>(PG_GETARG_DATUM(2), "as_of", "Use the last day that is known.");
    // An end that never comes, or comes after as_of, does not count yet.
    bool churned = false;
    Day end = as_of;
    if (!PG_ARGISNULL(1) && !DATE_IS_NOEND(PG_GETARG_DATEADT(1))) {
        const Day ended = finite_day<CalendarDate>(PG_GETARG_DATUM(1), "ended", "Leave out such contracts.");
        if (ended < started)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("ended %s is before started %s", day_text(ended), day_text(started)),
                            errhint("Correct the contract, or leave it out.")));
        const Day first_without = inclusive ? ended + 1 : ended;
        churned = first_without <= as_of;
        if (churned) end = first_without;
    }
    if (started > as_of) PG_RETURN_NULL();

    const Completed over = completed(started, end, period);
    int count = over.periods;
    if (churned && !whole && !(over.at_boundary && count > 0)) ++count;
    if (churned && count == 0) PG_RETURN_NULL();
    TupleDesc row;
    get_call_result_type(fcinfo, nullptr, &row);
    Datum columns[2] = {Int64GetDatum(count), BoolGetDatum(churned)};
    bool nulls[2] = {false, false};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), columns, nulls)));
}
