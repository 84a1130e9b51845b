// The monthly price of a plan, whatever the interval for which it is paid.
#include "pg/base/postgres.hpp"

#include "pg/base/choice_argument.hpp"

extern "C" {
#include "utils/numeric.h"
}

using namespace cltv;
using namespace cltv::pg;

namespace {

// `units` of the unit are `months` months.
struct Unit {
    const char *name;
    int64 units, months;
};

constexpr Unit units[] = {{"day", 365, 12}, {"week", 52, 12}, {"month", 1, 1}, {"quarter", 1, 3}, {"year", 1, 12}};

Datum whole(int64 n) { return DirectFunctionCall1(int8_numeric, Int64GetDatum(n)); }

}  // namespace

// (price, interval_unit, interval_count)
CLTV_FUNCTION(cltv_monthly_amount) {
    const Unit &unit = choice_argument(fcinfo, 1, units, [](const Unit &one) { return one.name; }, "interval_unit",
                                       "Use day, week, month, quarter or year.");
    const int32 count = PG_GETARG_INT32(2);
    if (count < 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("interval_count must be 1 or more, not %d", count),
                        errhint("Give for how many units the price is paid: 3 for every three months.")));
    // Rounded once, in the division.
    const Datum price = unit.units == 1 ? PG_GETARG_DATUM(0)
                                        : DirectFunctionCall2(numeric_mul, PG_GETARG_DATUM(0), whole(unit.units));
    const int64 months = unit.months * count;
    PG_RETURN_DATUM(months == 1 ? price : DirectFunctionCall2(numeric_div, price, whole(months)));
}
