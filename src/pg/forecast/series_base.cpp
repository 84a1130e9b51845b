// series_base, the days and values of a series: the state of forecast_fit.
#include <algorithm>

#include "pg/base/guard.hpp"
#include "pg/forecast/series_words.hpp"
#include "pg/rows/score_base.hpp"

namespace cltv::pg {

namespace {

[[noreturn]] void raise_not_the_same(const char *what) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s is not the same in all rows", what),
                    errhint("Add what it depends on to GROUP BY.")));
    pg_unreachable();
}

}  // namespace

// Text form: {"family":"auto","period":"recognised","as_of":null,"rows":[["2024-01-31",12.5],...]}
template <>
struct RowsType<SeriesBase> : AnyRows<SeriesBase> {
    static constexpr const char *name = "series_base";
    static constexpr const char *rows_are = "rows";
    static constexpr const char *way_out = "Sum the rows of each day first.";

    static auto head(SeriesBase &base) { return std::tie(base.family, base.period, base.as_of); }

    static void append_head(StringInfo out, const SeriesBase &base) {
        appendStringInfo(out, "\"family\":\"%s\",\"period\":\"%s\",\"as_of\":", family_words[base.family], period_words[base.period]);
        if (base.as_of == no_day)
            appendStringInfoString(out, "null,");
        else
            appendStringInfo(out, "\"%s\",", day_text(base.as_of));
    }
    static double scan_head(Scanner &scan, SeriesBase &base) {
        scan.key("family");
        base.family = scan_word(scan, family_words);
        scan.expect(",");
        scan.key("period");
        base.period = scan_word(scan, period_words);
        scan.expect(",");
        scan.key("as_of");
        if (!scan.accept("null")) {
            scan.expect("\"");
            base.as_of = scan_day(scan);
            scan.expect_here("\"");
        }
        scan.expect(",");
        return -1;
    }
    static const char *fault_of_head(SeriesBase &base) {
        return base.family < n_asked_families && base.period < lengthof(period_words) &&
                       (base.as_of == no_day || base.as_of <= last_possible_day)
                   ? nullptr
                   : "The family, the period or the day is unknown.";
    }
    static void append_row(StringInfo out, const SeriesBase &, const DayValue &row) {
        appendStringInfo(out, "[\"%s\",", day_text(static_cast<Day>(row.day)));
        append_number(out, row.value);
        appendStringInfoChar(out, ']');
    }
    static DayValue scan_row(Scanner &scan, const SeriesBase &) {
        DayValue row;
        scan.expect("[");
        scan.expect("\"");
        row.day = scan_day(scan);
        scan.expect_here("\"");
        scan.expect(",");
        row.value = scan.number();
        scan.expect("]");
        return row;
    }
    static const char *fault_of_row(const SeriesBase &, DayValue &row) {
        row = {row.day + 0.0, row.value + 0.0};
        return row.day >= 0 && row.day <= last_possible_day && row.day == std::floor(row.day) &&
                       std::fabs(row.value) <= largest_series_value
                   ? nullptr
                   : "A day or a value is out of range.";
    }
    static void merge_head(SeriesBase &state, const SeriesBase &source) {
        if (state.family != source.family) raise_not_the_same("family");
        if (state.period != source.period) raise_not_the_same("period");
        if (state.as_of != source.as_of) raise_not_the_same("as_of");
    }
};

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

// (state, day, value [, family [, as_of [, period]]])
CLTV_FUNCTION(cltv_series_base_accum) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1) || PG_ARGISNULL(2)) return state_as_it_was(fcinfo);
    const double value = checked_finite("value", PG_GETARG_FLOAT8(2));
    if (std::fabs(value) > largest_series_value) raise_out_of_range("value", value, "Values lie between -1e150 and 1e150.");
    const Day day = series_day_argument(fcinfo, 1, "day");
    SeriesBase asked{};
    if (PG_NARGS() > 3) {
        if (PG_ARGISNULL(3)) return state_as_it_was(fcinfo);
        asked.family = family_argument(fcinfo, 3);
    }
    if (PG_NARGS() > 4 && !PG_ARGISNULL(4)) asked.as_of = series_day_argument(fcinfo, 4, "as_of");
    if (PG_NARGS() > 5 && !PG_ARGISNULL(5)) asked.period = period_argument(fcinfo, 5);
    SeriesBase *state = with_row(value_state<SeriesBase>(fcinfo), {static_cast<double>(day), value});
    if (state->used == 1) {
        state->family = asked.family;
        state->as_of = asked.as_of;
        state->period = asked.period;
    } else {
        RowsType<SeriesBase>::merge_head(*state, asked);
    }
    PG_RETURN_POINTER(state);
}

// (state, day [, as_of]): adds one to the day.
CLTV_FUNCTION(cltv_acquisition_accum) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    const Day day = series_day_argument(fcinfo, 1, "first_order_day");
    SeriesBase asked{};
    if (PG_NARGS() > 2 && !PG_ARGISNULL(2)) asked.as_of = series_day_argument(fcinfo, 2, "as_of");
    SeriesBase *state = with_row(value_state<SeriesBase>(fcinfo), {static_cast<double>(day), 1});
    if (state->used == 1)
        state->as_of = asked.as_of;
    else
        RowsType<SeriesBase>::merge_head(*state, asked);
    PG_RETURN_POINTER(state);
}

// Sorted, so that the value does not depend on the order in which rows came.
CLTV_FUNCTION(cltv_series_base_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const SeriesBase *const base = value_argument<SeriesBase>(fcinfo, 0);
    SeriesBase *const sorted = copy_with_capacity(*base, base->used);
    guarded([&] {
        std::copy(base->rows(), base->rows() + base->used, sorted->rows());
        poll(interrupt_pending);
        std::sort(sorted->rows(), sorted->rows() + sorted->used,
                  [](const DayValue &a, const DayValue &b) { return a.day < b.day || (a.day == b.day && a.value < b.value); });
    });
    PG_RETURN_POINTER(sorted);
}

CLTV_FUNCTION(cltv_series_base_combine) { return value_combine<SeriesBase>(fcinfo); }
CLTV_FUNCTION(cltv_series_base_in) { return value_in<SeriesBase>(fcinfo); }
CLTV_FUNCTION(cltv_series_base_out) { return value_out<SeriesBase>(fcinfo); }
CLTV_FUNCTION(cltv_series_base_recv) { return value_recv<SeriesBase>(fcinfo); }
CLTV_FUNCTION(cltv_series_base_send) { return value_send<SeriesBase>(fcinfo); }
