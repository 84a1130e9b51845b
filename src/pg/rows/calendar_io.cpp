// calendar: its text and binary forms.
#include "pg/rows/calendar.hpp"

#include <cstring>

#include "pg/base/binary.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/base/json_text.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/rows/features.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace cltv::pg {

namespace {

constexpr char type_name[] = "calendar";

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
    scan.array([&] {
        const ScannedText name = scan_text(scan);
        names.append() = {name.data, name.size};
        if (names.size > most_calendar_columns) scan.fail("A calendar has at most 200 columns.");
    });
    PallocList<Day> begins;
    PallocList<double> values;
    scan.go_to(days_at);
    scan.array([&] {
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
            return;
        }
        begins.append() = day;
    });
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
        if (there) scan.fail("A key occurs twice.");
    };
    scan.object([&](const char *key) {
        char name[NAMEDATALEN];
        if (std::strcmp(key, "rule") == 0) {
            once(has_rule);
            has_rule = true;
            scan.string(name, sizeof name);
            int rule = 1;
            while (rule < 3 && std::strcmp(rule_names[rule], name) != 0) ++rule;
            if (rule == 3) scan.fail("The rule of a calendar is unknown.");
            part.rule = static_cast<CalendarRule>(rule);
        } else if (std::strcmp(key, "period") == 0) {
            once(part.period != Period::none);
            scan.string(name, sizeof name);
            int period = 1;
            while (period < n_periods && std::strcmp(period_name(static_cast<Period>(period)), name) != 0) ++period;
            if (period == n_periods) scan.fail("The period is unknown.");
            part.period = static_cast<Period>(period);
        } else if (std::strcmp(key, "harmonics") == 0) {
            once(harmonics >= 0);
            harmonics = scan.integer();
            if (harmonics < 0 || harmonics > 100) scan.fail("The number of harmonics is out of range.");
        } else if (std::strcmp(key, "on") == 0) {
            once(part.of_dropout);
            scan.string(name, sizeof name);
            if (std::strcmp(name, "dropout") != 0) scan.fail("A part of a calendar acts on purchases, or on dropout.");
            part.of_dropout = true;
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

void append_calendar(StringInfo out, const Calendar &calendar) {
    appendStringInfo(out, "{\"first\":\"%s\",\"last\":\"%s\",\"parts\":[", day_text(calendar.first), day_text(calendar.last));
    StoredPart part = first_part(calendar);
    for (int i = 0; i < calendar.n_parts; ++i) {
        if (i > 0) part = part.next();
        appendStringInfoString(out, i == 0 ? "{" : ",{");
        if (part.of_dropout()) appendStringInfoString(out, "\"on\":\"dropout\",");
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
            scan.array([&] {
                parts.append() = scan_part(scan);
                if (parts.size > most_calendar_columns) scan.fail("A calendar has at most 200 columns.");
            });
        } else {
            scan.fail(psprintf("There is no key %s in a calendar, or it occurs twice.", key));
        }
    });
    if (first == no_day || last == no_day || !has_parts) scan.fail("A calendar has the keys first, last and parts.");
    if (const char *fault = find_fault(first, last, parts.data, parts.size)) scan.fail(fault);
    Calendar *const calendar = new_calendar(first, last, parts.data, parts.size);
    if (!is_open(*calendar)) scan.fail(closed_throughout);
    return calendar;
}

// Binary form --------------------------------------------------------------------------------------------------------

constexpr int binary_dropout = 0x80;  // with the rule of a part that acts on dropout

void send_calendar(StringInfo out, const Calendar &calendar) {
    send_number(out, calendar.version);
    send_number(out, calendar.first);
    send_number(out, calendar.last);
    send_number(out, calendar.n_parts);
    StoredPart part = first_part(calendar);
    for (int i = 0; i < calendar.n_parts; ++i) {
        if (i > 0) part = part.next();
        pq_sendint8(out, static_cast<uint8>(part.rule()) | (part.of_dropout() ? binary_dropout : 0));
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
    check_binary(version == Calendar::current_version, owner, "The version of a calendar is unknown.");
    receive_number(in, first);
    receive_number(in, last);
    receive_number(in, n_parts);
    check_binary(n_parts > 0 && n_parts <= most_calendar_columns, owner, "A calendar has at least one part, and not too many.");
    CalendarPart *const parts = static_cast<CalendarPart *>(palloc0(n_parts * sizeof(CalendarPart)));
    for (int i = 0; i < n_parts; ++i) {
        CalendarPart &part = parts[i];
        const int rule = pq_getmsgbyte(in);
        part.rule = static_cast<CalendarRule>(rule & ~binary_dropout);
        part.of_dropout = (rule & binary_dropout) != 0;
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
