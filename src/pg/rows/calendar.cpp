// calendar: made from rules and from rows.
#include "pg/rows/calendar.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pg/base/guard.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/growable.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace cltv::pg {

namespace {

[[noreturn]] void raise_no_calendar(const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid calendar"), errdetail("%s", detail),
                    errhint("%s", hint)));
    pg_unreachable();
}

// A calendar made by an SQL function from arguments that it has checked.
Calendar *made_calendar(Day first, Day last, const CalendarPart *parts, Size n) {
    if (const char *fault = find_fault(first, last, parts, n))
        raise_no_calendar(fault, "Make it of other days or columns, or of fewer.");
    Calendar *const calendar = new_calendar(first, last, parts, n);
    if (!is_open(*calendar)) raise_no_calendar(closed_throughout, "Set the column closed to 1 on closed days only.");
    return calendar;
}

Day day_argument(FunctionCallInfo fcinfo, int number, const char *name) {
    const DateADT date = PG_GETARG_DATEADT(number);
    if (DATE_NOT_FINITE(date))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s must be finite, not %s", name, DATE_IS_NOBEGIN(date) ? "-infinity" : "infinity"),
                        errhint("Give the first and the last day that the calendar knows.")));
    return day_of(date);
}

// The span of a calendar by rules, its first two arguments.
void check_span(Day first, Day last) {
    if (first > last)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the first day, %s, is after the last one, %s", day_text(first), day_text(last)),
                        errhint("Give the first day first.")));
}

// A part with its table copied into a form that can be written; runs of days outside are left out.
CalendarPart part_within(const StoredPart &stored, Day first, Day last) {
    CalendarPart part = {};
    part.rule = stored.rule();
    part.period = stored.period();
    part.n_columns = stored.n_columns();
    part.of_dropout = stored.of_dropout();
    if (part.rule != CalendarRule::table) return part;
    Text *const names = static_cast<Text *>(palloc(part.n_columns * sizeof(Text)));
    NameBlock block = stored.names();
    for (uint32 i = 0; i < part.n_columns; ++i) names[i] = block.next();
    const Day *const begins = stored.begins(), *const end = begins + stored.n_runs();
    const uint32 from = static_cast<uint32>(std::upper_bound(begins, end, first) - begins) - 1;
    const uint32 to = static_cast<uint32>(std::upper_bound(begins, end, last) - begins);
    Day *const kept = static_cast<Day *>(palloc((to - from) * sizeof(Day)));
    std::copy(begins + from, begins + to, kept);
    kept[0] = first;
    part.names = names;
    part.n_runs = to - from;
    part.begins = kept;
    part.values = stored.values(from);
    return part;
}

}  // namespace

Calendar *new_calendar(Day first, Day last, const CalendarPart *parts, Size n) {
    const Size bytes = calendar_bytes(parts, n);
    if (bytes > largest_growable_bytes)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the calendar is too large for one value"),
                        errhint("Leave columns out, or round their numbers so that more days are equal.")));
    Calendar *const calendar = static_cast<Calendar *>(palloc(bytes));
    write_calendar(first, last, parts, n, calendar);
    SET_VARSIZE(calendar, bytes);
    return calendar;
}

bool is_open(const Calendar &calendar) {
    bool open = false;
    guarded([&] { open = opens(calendar); });
    return open;
}

const char *column_text(const Calendar &calendar, uint32 column) {
    char buffer[calendar_name_buffer];
    return text_of(column_name(calendar, column, buffer));
}

bool is_of_dropout(const Calendar &calendar, uint32 column) {
    return column >= calendar.n_columns - n_dropout_columns(calendar);
}

void raise_before_calendar(const Calendar &calendar, Day day) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the calendar begins on %s, after a purchase on %s", day_text(calendar.first), day_text(day)),
                    errhint("Give a calendar that begins with the first purchase of all customers.")));
    pg_unreachable();
}

void raise_beyond_calendar(const Calendar &calendar, Day day, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the calendar ends on %s, before %s", day_text(calendar.last), day_text(day)),
                    errdetail("It has a table of days, and does not repeat by itself."), errhint("%s", hint)));
    pg_unreachable();
}

namespace {

// The rows of an aggregate -------------------------------------------------------------------------------------------

// A day of the state, which holds the days of a calendar as a feature_base holds customers: equal rows of attributes
// once, and the day as the first of the three targets.
struct DayRow {
    Day day;
    uint32 row;
};

[[noreturn]] void raise_two_rows(Day day) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the calendar has two rows for %s", day_text(day)),
                    errhint("Give one row a day: GROUP BY day, and max() or bool_or() of what there is.")));
    pg_unreachable();
}

DayRow *rows_by_day(const FeatureSet &set) {
    DayRow *const days = static_cast<DayRow *>(palloc_extended(set.used * sizeof(DayRow), MCXT_ALLOC_HUGE));
    for (uint32 i = 0; i < set.used; ++i) {
        const FeatureCount &row = set.rows()[i];
        if (!(row.target[0] <= last_possible_day && row.target[1] == 1 && row.target[2] == 1))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the state is not one of days"),
                            errhint("Use the aggregate calendar(day, features).")));
        days[i] = {static_cast<Day>(row.target[0]), static_cast<uint32>(row.row)};
        if (row.count != 1) raise_two_rows(days[i].day);
    }
    std::sort(days, days + set.used, [](const DayRow &a, const DayRow &b) { return a.day < b.day; });
    for (uint32 i = 1; i < set.used; ++i) {
        if (days[i].day == days[i - 1].day + 1) continue;
        if (days[i].day == days[i - 1].day) raise_two_rows(days[i].day);
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the calendar has no row for %s", day_text(days[i - 1].day + 1)),
                        errdetail("Its rows go from %s to %s, and each day between needs one.", day_text(days[0].day),
                                  day_text(days[set.used - 1].day)),
                        errhint("Generate the days with generate_series(first, last, '1 day') and join the known values to them.")));
    }
    return days;
}

}  // namespace

}  // namespace cltv::pg

// (first, last)
CLTV_FUNCTION(cltv_calendar_months) {
    const Day first = day_argument(fcinfo, 0, "first"), last = day_argument(fcinfo, 1, "last");
    check_span(first, last);
    CalendarPart part = {};
    part.rule = CalendarRule::months;
    part.n_columns = months_columns;
    PG_RETURN_POINTER(made_calendar(first, last, &part, 1));
}

// (first, last, period, harmonics)
CLTV_FUNCTION(cltv_calendar_season) {
    const Day first = day_argument(fcinfo, 0, "first"), last = day_argument(fcinfo, 1, "last");
    check_span(first, last);
    const char *const name = text_to_cstring(PG_GETARG_TEXT_PP(2));
    const int32 harmonics = PG_GETARG_INT32(3);
    int period = 1;
    while (period < n_periods && std::strcmp(period_name(static_cast<Period>(period)), name) != 0) ++period;
    if (period == n_periods)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown period \"%s\"", name),
                        errhint("Give year, month or week.")));
    CalendarPart part = {};
    part.rule = CalendarRule::season;
    part.period = static_cast<Period>(period);
    if (harmonics < 1 || harmonics > most_harmonics(part.period))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("harmonics %d is out of range", harmonics),
                        errhint("A season of a %s has 1 to %d.", name, most_harmonics(part.period))));
    part.n_columns = static_cast<uint32>(2 * harmonics);
    PG_RETURN_POINTER(made_calendar(first, last, &part, 1));
}

// (state, day, x)
CLTV_FUNCTION(cltv_calendar_accum) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    return add_day(fcinfo, day_argument(fcinfo, 1, "the day of a calendar"), 2);
}

CLTV_FUNCTION(cltv_calendar_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    if (set.used == 0) PG_RETURN_NULL();  // no aggregate ends like this, but anybody may call it
    const DayRow *const days = rows_by_day(set);
    const uint32 n = set.n_columns;
    Text *const names = static_cast<Text *>(palloc(n * sizeof(Text)));
    NameBlock block(set.names(Role::any));
    for (uint32 column = 0; column < n; ++column) {
        names[column] = block.next();
        if (set.kind(column) == FeatureKind::category)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("column %s of the calendar is a category", text_of(names[column])),
                            errhint("Give numbers or booleans: (kind = 'holiday')::int AS holiday, a column a level.")));
    }
    PallocList<Day> begins;
    PallocList<double> values;
    for (uint32 i = 0; i < set.used; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        if (i > 0 && days[i].row == days[i - 1].row) continue;
        const double *const row = set.attributes(days[i].row);
        for (uint32 column = 0; column < n; ++column)
            if (std::isnan(row[column]))
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                errmsg("column %s of the calendar is NULL on %s", text_of(names[column]), day_text(days[i].day)),
                                errhint("Give a value for every day, such as coalesce(..., 0).")));
        begins.append() = days[i].day;
        for (uint32 column = 0; column < n; ++column) values.append() = row[column];
    }
    CalendarPart part = {};
    part.rule = CalendarRule::table;
    part.n_columns = n;
    part.names = names;
    part.n_runs = begins.size;
    part.begins = begins.data;
    part.values = values.data;
    PG_RETURN_POINTER(made_calendar(days[0].day, days[set.used - 1].day, &part, 1));
}

CLTV_FUNCTION(cltv_calendar_concat) {
    const Calendar &a = *calendar_argument(fcinfo, 0), &b = *calendar_argument(fcinfo, 1);
    // A repeating calendar extends as far as the other one; of two that end, the days that both cover are left.
    const bool both_repeat = a.repeats() && b.repeats();
    const Calendar &ends = a.repeats() ? b : a;
    Day first = ends.first, last = ends.last;
    if (both_repeat) {
        first = std::min(a.first, b.first);
        last = std::max(a.last, b.last);
    } else if (!a.repeats() && !b.repeats()) {
        first = std::max(a.first, b.first);
        last = std::min(a.last, b.last);
        if (first > last)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the calendars have no day in common"),
                            errdetail("One goes from %s to %s, the other from %s to %s.", day_text(a.first), day_text(a.last),
                                      day_text(b.first), day_text(b.last)),
                            errhint("|| adds columns. Make a calendar of more days by one aggregate over all of them.")));
    }
    const int n = a.n_parts + b.n_parts;
    CalendarPart *const parts = static_cast<CalendarPart *>(palloc(n * sizeof(CalendarPart)));
    int i = 0;
    for (const bool of_dropout : {false, true})  // what acts on dropout comes last
        for (const Calendar *calendar : {&a, &b}) {
            StoredPart part = first_part(*calendar);
            for (int j = 0; j < calendar->n_parts; ++j) {
                if (j > 0) part = part.next();
                if (part.of_dropout() == of_dropout) parts[i++] = part_within(part, first, last);
            }
        }
    PG_RETURN_POINTER(made_calendar(first, last, parts, static_cast<Size>(n)));
}

CLTV_FUNCTION(cltv_dropout_calendar) {
    const Calendar &calendar = *calendar_argument(fcinfo, 0);
    const uint32 closed = closed_column(calendar);
    if (closed != no_column)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a calendar of dropout has no column closed"),
                        errdetail("That column says on which days nobody can purchase; customers may leave on any day."),
                        errhint("Make it of the other columns: dropout_calendar(calendar(day, features(x))) with x without closed.")));
    CalendarPart *const parts = static_cast<CalendarPart *>(palloc(calendar.n_parts * sizeof(CalendarPart)));
    StoredPart part = first_part(calendar);
    for (int i = 0; i < calendar.n_parts; ++i) {
        if (i > 0) part = part.next();
        parts[i] = part_within(part, calendar.first, calendar.last);
        parts[i].of_dropout = true;
    }
    PG_RETURN_POINTER(made_calendar(calendar.first, calendar.last, parts, calendar.n_parts));
}

// One row per day and column.
CLTV_FUNCTION(cltv_calendar_table) {
    struct Walk {
        const Calendar *calendar;
        double values[most_calendar_columns];  // of the day of the last row
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        Walk *const walk = static_cast<Walk *>(palloc0(sizeof(Walk)));
        walk->calendar = reinterpret_cast<const Calendar *>(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));
        context->user_fctx = walk;
        context->max_calls = uint64{walk->calendar->n_days()} * walk->calendar->n_columns;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    Walk &walk = *static_cast<Walk *>(context->user_fctx);
    const uint32 n = walk.calendar->n_columns, column = static_cast<uint32>(context->call_cntr % n);
    const Day day = walk.calendar->first + static_cast<Day>(context->call_cntr / n);
    if (column == 0) fill_days(*walk.calendar, day, 1, walk.values);
    const char *const name = column_text(*walk.calendar, column);
    Datum columns[3] = {DateADTGetDatum(date_of(day)),
                        CStringGetTextDatum(is_of_dropout(*walk.calendar, column) ? psprintf("dropout: %s", name) : name),
                        Float8GetDatum(walk.values[column])};
    bool nulls[3] = {false, false, false};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
