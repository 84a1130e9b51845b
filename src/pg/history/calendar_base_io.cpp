// calendar_base: its text and binary forms.
#include "pg/history/calendar_base.hpp"

#include <algorithm>
#include <cmath>

#include "pg/base/binary.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/rows/calendar.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr char type_name[] = "calendar_base";

const CalendarSet &sorted_rows_of(const CalendarBase &base) { return *sorted(base.set()); }

bool is_whole_day(double days, Day as_of) {
    return days >= 0 && days < most_calendar_days && days <= as_of && days == std::floor(days);
}

// Whether the parts could come from histories, with consistent counts; returns a sentence, or nullptr.
const char *find_fault(const CalendarBase &base) {
    const Calendar &calendar = base.calendar();
    const CalendarSet &set = *base.set();
    double repeats = 0, purchases = 0, longest = 0, earliest = 0;
    const char *fault = nullptr;
    for (uint32 i = 0; i < set.used; ++i) {
        const CalendarRow &row = set.rows()[i];
        if (!row.is_day()) {
            if (base.has_features) return "A customer has no attributes, where others have.";
            break;
        }
        if (!is_whole_day(row.tenure, base.as_of)) return "A day is after as_of, or too long before it.";
        if (row.frequency != -1 || row.recency != 0) return "A row is neither a customer nor a day.";
        purchases += row.count;
        earliest = std::fmax(earliest, row.tenure);
    }
    const auto check_count = [&fault](double count) {
        if (!(is_count(count) && count > 0 && count == std::floor(count))) fault = "A count is a whole number from 1 to 2^53.";
    };
    for_each_row(&set, [&](const CalendarRow &row) { check_count(row.count); });
    bool any = false;
    for_each_customer(base, [&](double frequency, double recency, double tenure, double count) {
        any = true;
        check_count(count);
        repeats += frequency * count;
        longest = std::fmax(longest, tenure);
        if (!is_whole_day(tenure, base.as_of)) {
            fault = "A day is after as_of, or too long before it.";
            return;
        }
        if (!(frequency == std::floor(frequency) && recency == std::floor(recency) && recency >= 0 && recency <= tenure &&
              frequency <= recency && (frequency == 0) == (recency == 0)))
            fault = "A customer has a repeat purchase on the last day, at most one a day, and none before the first one.";
        if (!calendar.repeats() && (base.as_of - static_cast<Day>(tenure) < calendar.first || base.as_of > calendar.last))
            fault = "The calendar does not know the days of all customers.";
    });
    if (fault != nullptr) return fault;
    const bool all_skipped = base.has_features && base.features()->skipped > 0;
    if (!any && !all_skipped) return "There are no customers.";
    if (earliest > longest) return "There is a repeat purchase before the first customer.";
    return repeats == purchases ? nullptr : "The days have other repeat purchases than the customers.";
}

double customers_of(const CalendarBase &base) {
    double customers = 0;
    for_each_customer(base, [&customers](double, double, double, double count) { customers += count; });
    return customers;
}

Day scan_quoted_day(Scanner &scan) {
    scan.expect("\"");
    const Day day = scan_day(scan);
    scan.expect_here("\"");
    return day;
}

}  // namespace

// {"as_of":"2024-12-31","calendar":{...},"customers":<sum of the counts>,"purchases":[["2024-01-05",3],...],
// "rows":[[<frequency>,"<first day>","<last day>",<count>],...]}, days descending, customers by frequency, recency and tenure;
// with attributes "features":<the text of a feature_base> instead of rows.
CLTV_FUNCTION(cltv_calendar_base_out) {
    const CalendarBase &base = *calendar_base_argument(fcinfo, 0);
    const CalendarSet &set = sorted_rows_of(base);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfo(&out, "{\"as_of\":\"%s\",\"calendar\":", day_text(base.as_of));
    append_calendar(&out, base.calendar());
    appendStringInfoString(&out, ",\"customers\":");
    append_number(&out, customers_of(base));
    appendStringInfoString(&out, ",\"purchases\":[");
    uint32 i = 0;
    for (; i < set.used && set.rows()[i].is_day(); ++i) {
        const CalendarRow &row = set.rows()[i];
        appendStringInfoString(&out, i == 0 ? "[\"" : ",[\"");
        append_day(&out, base.as_of - static_cast<Day>(row.tenure));
        appendStringInfoString(&out, "\",");
        append_number(&out, row.count);
        appendStringInfoChar(&out, ']');
    }
    if (base.features() != nullptr) {
        appendStringInfoString(&out, "],\"features\":");
        append_feature_set(&out, *base.features());
        appendStringInfoChar(&out, '}');
        PG_RETURN_CSTRING(out.data);
    }
    appendStringInfoString(&out, "],\"rows\":[");
    for (const uint32 first = i; i < set.used; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        const CalendarRow &row = set.rows()[i];
        const Day day = base.as_of - static_cast<Day>(row.tenure);
        appendStringInfoString(&out, i == first ? "[" : ",[");
        append_number(&out, row.frequency);
        appendStringInfoString(&out, ",\"");
        append_day(&out, day);
        appendStringInfoString(&out, "\",\"");
        append_day(&out, day + static_cast<Day>(row.recency));
        appendStringInfoString(&out, "\",");
        append_number(&out, row.count);
        appendStringInfoChar(&out, ']');
    }
    appendStringInfoString(&out, "]}");
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_calendar_base_in) {
    Scanner scan(PG_GETARG_CSTRING(0), type_name);
    scan.expect("{");
    scan.key("as_of");
    const Day as_of = scan_quoted_day(scan);
    scan.expect(",");
    scan.key("calendar");
    const Calendar &calendar = *scan_calendar(scan);
    scan.expect(",");
    scan.key("customers");
    const double customers = scan.number();
    scan.expect(",");
    scan.key("purchases");
    CalendarSet *set = new_table<CalendarRow>(CalendarSet::capacity_for(1));
    const auto before_as_of = [&scan, as_of](Day day) {
        if (day > as_of) scan.fail("A day is after as_of.");
        return static_cast<double>(as_of - day);
    };
    const auto add = [&set](const CalendarRow &row) {
        CalendarSet *const larger = add_row(set, row);
        if (larger != set) pfree(set);
        set = larger;
    };
    const auto scan_count = [&scan] {
        const double count = scan.number();
        // Checked here, because a count of 0 would mean a free slot of the table.
        if (!(count >= 1 && is_count(count))) scan.fail("A count is a whole number from 1 to 2^53.");
        return count;
    };
    scan.array([&] {
        scan.expect("[");
        const Day day = scan_quoted_day(scan);
        scan.expect(",");
        add(CalendarRow::of_day(before_as_of(day), scan_count()));
        scan.expect("]");
    });
    scan.expect(",");
    scan.expect("\"");
    const FeatureSet *features = nullptr;
    if (scan.accept_here("features\"")) {
        scan.expect(":");
        features = scan_feature_set(scan);
    } else {
        scan.expect_here("rows\"");
        scan.expect(":");
        scan.array([&] {
            scan.expect("[");
            const double frequency = scan.number() + 0.0;
            if (!(frequency >= 0)) scan.fail("A frequency is a whole number from 0 up.");
            scan.expect(",");
            const Day first = scan_quoted_day(scan);
            scan.expect(",");
            const Day last = scan_quoted_day(scan);
            if (last < first) scan.fail("The last day is before the first one.");
            scan.expect(",");
            add({frequency, static_cast<double>(last - first), before_as_of(first), scan_count()});
            scan.expect("]");
        });
    }
    scan.expect("}");
    scan.end();
    if (features != nullptr && features->targets != Targets::orders) scan.fail("Customers with a calendar have orders.");
    const CalendarBase &base = *new_base(as_of, calendar, *sorted(set), features);
    if (const char *fault = find_fault(base)) scan.fail(fault);
    if (customers != customers_of(base)) scan.fail("The number of customers must be the sum of the counts of the rows.");
    PG_RETURN_POINTER(&base);
}

// Version, whether there are attributes, as_of, calendar, number of rows, rows, and the feature set if there is one.
CLTV_FUNCTION(cltv_calendar_base_send) {
    const CalendarBase &base = *calendar_base_argument(fcinfo, 0);
    const CalendarSet &set = sorted_rows_of(base);
    StringInfoData out;
    pq_begintypsend(&out);
    send_number(&out, base.version);
    send_number(&out, base.has_features);
    send_number(&out, base.as_of);
    send_calendar(&out, base.calendar());
    send_number(&out, set.used);
    for (uint32 i = 0; i < set.used; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        for (const double number : numbers_of(set.rows()[i])) pq_sendfloat8(&out, number);
    }
    if (base.features() != nullptr) send_feature_set(&out, *base.features());
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_calendar_base_recv) {
    StringInfo in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    uint16 version, has_features;
    Day as_of;
    uint32 rows;
    receive_number(in, version);
    check_binary(version == CalendarBase::current_version, type_name, "The version is unknown.");
    receive_number(in, has_features);
    check_binary(has_features <= 1, type_name, "A flag is of a version to come.");
    receive_number(in, as_of);
    check_binary(as_of <= last_possible_day, type_name, "The day as_of is out of range.");
    const Calendar &calendar = *receive_calendar(in, type_name);
    receive_number(in, rows);
    const uint64 bytes = uint64{rows} * sizeof(CalendarRow), left = static_cast<uint64>(in->len - in->cursor);
    check_binary(has_features ? bytes < left : bytes == left, type_name, "The length does not match the number of rows.");
    CalendarSet *set = new_table<CalendarRow>(CalendarSet::capacity_for(1));
    for (uint32 i = 0; i < rows; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        Numbers<CalendarRow> numbers;
        for (double &number : numbers) {
            number = pq_getmsgfloat8(in) + 0.0;  // -0 becomes 0
            check_binary(std::isfinite(number), type_name, "A number is not finite.");
        }
        const CalendarRow row = row_of<CalendarRow>(numbers);
        check_binary(row.count >= 1, type_name, "A count is a whole number from 1 to 2^53.");
        CalendarSet *const larger = add_row(set, row);
        if (larger != set) pfree(set);
        set = larger;
    }
    const FeatureSet *const features = has_features ? receive_feature_set(in) : nullptr;
    check_binary(features == nullptr || features->targets == Targets::orders, type_name, "Customers with a calendar have orders.");
    const CalendarBase &base = *new_base(as_of, calendar, *sorted(set), features);
    if (const char *fault = find_fault(base)) refuse_binary(type_name, fault);
    PG_RETURN_POINTER(&base);
}
