// calendar: made by rules and of rows; its text and binary forms.
#include "pg/rows/calendar.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pg/base/binary.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/base/json_text.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/growable.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace cltv::pg {

namespace {

constexpr char type_name[] = "calendar";
constexpr char closed_throughout[] = "No day of the last year of the calendar is open.";

// The parts have been checked.
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

[[noreturn]] void raise_no_calendar(const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("this is no calendar"), errdetail("%s", detail),
                    errhint("%s", hint)));
    pg_unreachable();
}

// Of an SQL function's own making.
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

// The span of a calendar by rule, its first two arguments.
void check_span(Day first, Day last) {
    if (first > last)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the first day, %s, is after the last one, %s", day_text(first), day_text(last)),
                        errhint("Give the first day first.")));
}

// A part with its table copied where it can be read as one to be written; runs of days outside are left out.
CalendarPart part_within(const StoredPart &stored, Day first, Day last) {
    CalendarPart part = {};
    part.rule = stored.rule();
    part.period = stored.period();
    part.n_columns = stored.n_columns();
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

// Text form ----------------------------------------------------------------------------------------------------------

constexpr const char *rule_names[] = {"", "months", "season"};

Day scan_quoted_day(Scanner &scan) {
    scan.expect("\"");
    const Day day = scan_day(scan);
    scan.expect_here("\"");
    return day;
}

// The names of columns, then rows of a day and a number each.
void scan_table(Scanner &scan, const char *columns_at, const char *days_at, CalendarPart &part) {
    PallocList<Text> names;
    scan.go_to(columns_at);
    scan.expect("[");
    for (const char *before = "["; !scan.accept("]"); before = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*before == ',') scan.expect(",");
        const ScannedText name = scan_text(scan);
        names.append() = {name.data, name.size};
        if (names.size > most_calendar_columns) scan.fail("A calendar has at most 200 columns.");
    }
    PallocList<Day> begins;
    PallocList<double> values;
    scan.go_to(days_at);
    scan.expect("[");
    for (const char *before = "["; !scan.accept("]"); before = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*before == ',') scan.expect(",");
        scan.expect("[");
        const Day day = scan_quoted_day(scan);
        for (uint32 i = 0; i < names.size; ++i) {
            scan.expect(",");
            values.append() = scan.number() + 0.0;
        }
        scan.expect("]");
        const double *const row = values.data + (values.size - names.size);
        if (begins.size > 0 && names.size > 0 && std::equal(row, row + names.size, row - names.size)) {
            if (day <= begins.data[begins.size - 1]) scan.fail("The days of a table ascend.");
            values.size -= names.size;
            continue;
        }
        begins.append() = day;
    }
    part.rule = CalendarRule::table;
    part.n_columns = names.size;
    part.names = names.data;
    part.n_runs = begins.size;
    part.begins = begins.data;
    part.values = values.data;
}

CalendarPart scan_part(Scanner &scan) {
    CalendarPart part = {};
    int64 harmonics = -1;
    const char *columns_at = nullptr, *days_at = nullptr;
    bool has_rule = false;
    const auto once = [&scan](bool there) {
        if (there) scan.fail("A key comes twice.");
    };
    scan.object([&](const char *key) {
        char name[NAMEDATALEN];
        if (std::strcmp(key, "rule") == 0) {
            once(has_rule);
            has_rule = true;
            scan.string(name, sizeof name);
            int rule = 1;
            while (rule < 3 && std::strcmp(rule_names[rule], name) != 0) ++rule;
            if (rule == 3) scan.fail("The rule of a calendar is not known.");
            part.rule = static_cast<CalendarRule>(rule);
        } else if (std::strcmp(key, "period") == 0) {
            once(part.period != Period::none);
            scan.string(name, sizeof name);
            int period = 1;
            while (period < n_periods && std::strcmp(period_name(static_cast<Period>(period)), name) != 0) ++period;
            if (period == n_periods) scan.fail("The period is not known.");
            part.period = static_cast<Period>(period);
        } else if (std::strcmp(key, "harmonics") == 0) {
            once(harmonics >= 0);
            harmonics = scan.integer();
            if (harmonics < 0 || harmonics > 100) scan.fail("The number of harmonics is out of range.");
        } else if (std::strcmp(key, "columns") == 0) {
            once(columns_at != nullptr);
            columns_at = scan.place();
            scan.skip_value();
        } else if (std::strcmp(key, "days") == 0) {
            once(days_at != nullptr);
            days_at = scan.place();
            scan.skip_value();
        } else {
            scan.fail(psprintf("There is no key %s in a part of a calendar.", key));
        }
    });
    if ((columns_at == nullptr) != (days_at == nullptr) || has_rule == (columns_at != nullptr))
        scan.fail("A part of a calendar has a rule, or columns and days.");
    if ((part.rule == CalendarRule::season) != (harmonics >= 0)) scan.fail("A season, and nothing else, has harmonics.");
    if (columns_at != nullptr) {
        const char *const end = scan.place();
        scan_table(scan, columns_at, days_at, part);
        scan.go_to(end);
    } else {
        part.n_columns = part.rule == CalendarRule::months ? uint32{months_columns} : static_cast<uint32>(2 * harmonics);
    }
    return part;
}

}  // namespace

const char *column_text(const Calendar &calendar, uint32 column) {
    char buffer[calendar_name_buffer];
    return text_of(column_name(calendar, column, buffer));
}

void append_calendar(StringInfo out, const Calendar &calendar) {
    appendStringInfo(out, "{\"first\":\"%s\",\"last\":\"%s\",\"parts\":[", day_text(calendar.first), day_text(calendar.last));
    StoredPart part = first_part(calendar);
    for (int i = 0; i < calendar.n_parts; ++i) {
        if (i > 0) part = part.next();
        appendStringInfoString(out, i == 0 ? "{" : ",{");
        if (part.rule() != CalendarRule::table) {
            appendStringInfo(out, "\"rule\":\"%s\"", rule_names[static_cast<int>(part.rule())]);
            if (part.rule() == CalendarRule::season)
                appendStringInfo(out, ",\"period\":\"%s\",\"harmonics\":%u", period_name(part.period()), part.n_columns() / 2);
        } else {
            appendStringInfoString(out, "\"columns\":");
            NameBlock names = part.names();
            for (uint32 column = 0; column < part.n_columns(); ++column) {
                appendStringInfoChar(out, column == 0 ? '[' : ',');
                const Text name = names.next();
                append_text(out, name.data, name.size);
            }
            appendStringInfoString(out, "],\"days\":");
            for (uint32 run = 0; run < part.n_runs(); ++run) {
                if ((run & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
                appendStringInfo(out, "%s[\"", run == 0 ? "[" : ",");
                append_day(out, part.begins()[run]);
                appendStringInfoChar(out, '"');
                for (uint32 column = 0; column < part.n_columns(); ++column) {
                    appendStringInfoChar(out, ',');
                    append_number(out, part.values(run)[column]);
                }
                appendStringInfoChar(out, ']');
            }
            appendStringInfoChar(out, ']');
        }
        appendStringInfoChar(out, '}');
    }
    appendStringInfoString(out, "]}");
}

Calendar *scan_calendar(Scanner &scan) {
    Day first = no_day, last = no_day;
    PallocList<CalendarPart> parts;
    bool has_parts = false;
    scan.object([&](const char *key) {
        if (std::strcmp(key, "first") == 0 && first == no_day) {
            first = scan_quoted_day(scan);
        } else if (std::strcmp(key, "last") == 0 && last == no_day) {
            last = scan_quoted_day(scan);
        } else if (std::strcmp(key, "parts") == 0 && !has_parts) {
            has_parts = true;
            scan.expect("[");
            for (const char *before = "["; !scan.accept("]"); before = ",") {
                if (*before == ',') scan.expect(",");
                parts.append() = scan_part(scan);
                if (parts.size > most_calendar_columns) scan.fail("A calendar has at most 200 columns.");
            }
        } else {
            scan.fail(psprintf("There is no key %s in a calendar, or it comes twice.", key));
        }
    });
    if (first == no_day || last == no_day || !has_parts) scan.fail("A calendar has the keys first, last and parts.");
    if (const char *fault = find_fault(first, last, parts.data, parts.size)) scan.fail(fault);
    Calendar *const calendar = new_calendar(first, last, parts.data, parts.size);
    if (!is_open(*calendar)) scan.fail(closed_throughout);
    return calendar;
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

// Binary form --------------------------------------------------------------------------------------------------------

void send_calendar(StringInfo out, const Calendar &calendar) {
    send_number(out, calendar.version);
    send_number(out, calendar.first);
    send_number(out, calendar.last);
    send_number(out, calendar.n_parts);
    StoredPart part = first_part(calendar);
    for (int i = 0; i < calendar.n_parts; ++i) {
        if (i > 0) part = part.next();
        pq_sendint8(out, static_cast<uint8>(part.rule()));
        pq_sendint8(out, static_cast<uint8>(part.period()));
        send_number(out, part.n_columns());
        if (part.rule() != CalendarRule::table) continue;
        NameBlock names = part.names();
        for (uint32 column = 0; column < part.n_columns(); ++column) send_text(out, names.next());
        send_number(out, part.n_runs());
        for (uint32 run = 0; run < part.n_runs(); ++run) {
            if ((run & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
            send_number(out, part.begins()[run]);
            for (uint32 column = 0; column < part.n_columns(); ++column) send_number(out, part.values(run)[column]);
        }
    }
}

Calendar *receive_calendar(StringInfo in, const char *owner) {
    uint16 version, n_parts;
    Day first, last;
    receive_number(in, version);
    check_binary(version == Calendar::current_version, owner, "The version of a calendar is not known.");
    receive_number(in, first);
    receive_number(in, last);
    receive_number(in, n_parts);
    check_binary(n_parts > 0 && n_parts <= most_calendar_columns, owner, "A calendar has at least one part, and not too many.");
    CalendarPart *const parts = static_cast<CalendarPart *>(palloc0(n_parts * sizeof(CalendarPart)));
    for (int i = 0; i < n_parts; ++i) {
        CalendarPart &part = parts[i];
        part.rule = static_cast<CalendarRule>(pq_getmsgbyte(in));
        part.period = static_cast<Period>(pq_getmsgbyte(in));
        receive_number(in, part.n_columns);
        check_binary(part.n_columns <= most_calendar_columns, owner, "A calendar has at most 200 columns.");
        if (part.rule != CalendarRule::table) continue;
        Text *const names = static_cast<Text *>(palloc((part.n_columns + 1) * sizeof(Text)));
        for (uint32 column = 0; column < part.n_columns; ++column) names[column] = receive_text(in, owner);
        receive_number(in, part.n_runs);
        check_binary(Size{part.n_runs} * (sizeof(Day) + part.n_columns * sizeof(double)) <= static_cast<Size>(in->len - in->cursor),
                     owner, "The value is cut short.");
        Day *const begins = static_cast<Day *>(palloc((Size{part.n_runs} + 1) * sizeof(Day)));
        double *const values = static_cast<double *>(palloc((Size{part.n_runs} * part.n_columns + 1) * sizeof(double)));
        for (uint32 run = 0; run < part.n_runs; ++run) {
            if ((run & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
            receive_number(in, begins[run]);
            for (uint32 column = 0; column < part.n_columns; ++column) {
                double &value = values[Size{run} * part.n_columns + column];
                receive_number(in, value);
                value += 0.0;  // -0 becomes 0
            }
        }
        part.names = names;
        part.begins = begins;
        part.values = values;
    }
    if (const char *fault = find_fault(first, last, parts, n_parts)) refuse_binary(owner, fault);
    Calendar *const calendar = new_calendar(first, last, parts, n_parts);
    check_binary(is_open(*calendar), owner, closed_throughout);
    return calendar;
}

namespace {

// The rows of an aggregate -------------------------------------------------------------------------------------------

// A day of the state, which holds the days of a calendar as a feature_base holds customers: equal rows of attributes once,
// the day being the first of the three targets.
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
                        errhint("Make the days by generate_series(first, last, '1 day') and join to them what is known.")));
    }
    return days;
}

}  // namespace

}  // namespace cltv::pg

CLTV_FUNCTION(cltv_calendar_in) {
    Scanner scan(PG_GETARG_CSTRING(0), type_name);
    Calendar *const calendar = scan_calendar(scan);
    scan.end();
    PG_RETURN_POINTER(calendar);
}

CLTV_FUNCTION(cltv_calendar_out) {
    StringInfoData out;
    initStringInfo(&out);
    append_calendar(&out, *calendar_argument(fcinfo, 0));
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_calendar_send) {
    StringInfoData out;
    pq_begintypsend(&out);
    send_calendar(&out, *calendar_argument(fcinfo, 0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_calendar_recv) {
    PG_RETURN_POINTER(receive_calendar(reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0)), type_name));
}

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
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("period \"%s\" is not known", name),
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
    if (set.used == 0) PG_RETURN_NULL();  // no aggregate ends so, but anybody may call it
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
                                errhint("Give the number of every day, such as coalesce(..., 0).")));
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
    // A calendar that repeats goes as far as the other one; of two that end, the days that both know are left.
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
    for (const Calendar *calendar : {&a, &b}) {
        StoredPart part = first_part(*calendar);
        for (int j = 0; j < calendar->n_parts; ++j) {
            if (j > 0) part = part.next();
            parts[i++] = part_within(part, first, last);
        }
    }
    PG_RETURN_POINTER(made_calendar(first, last, parts, static_cast<Size>(n)));
}

// A row a day and column.
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
    Datum columns[3] = {DateADTGetDatum(date_of(day)), CStringGetTextDatum(column_text(*walk.calendar, column)),
                        Float8GetDatum(walk.values[column])};
    bool nulls[3] = {false, false, false};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
