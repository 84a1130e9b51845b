// calendar_base: made of purchase histories; its text and binary forms.
#include "pg/history/calendar_base.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>

#include "pg/base/binary.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/history/purchase_history.hpp"
#include "pg/rows/calendar.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace cltv::pg {

namespace {

constexpr char type_name[] = "calendar_base";

CalendarBase *new_base(Day as_of, const Calendar &calendar, const CalendarSet &set, const FeatureSet *features) {
    const Size before = sizeof(CalendarBase) + calendar.bytes, of_features = features == nullptr ? 0 : features->bytes();
    const Size bytes = before + VARSIZE(&set) + of_features;
    if (bytes > largest_value)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many distinct customers for one calendar_base"),
                        errhint("Fit on a sample of the customers.")));
    CalendarBase *const base = static_cast<CalendarBase *>(palloc(bytes));
    SET_VARSIZE(base, bytes);
    base->version = CalendarBase::current_version;
    base->has_features = features != nullptr;
    base->as_of = as_of;
    base->calendar_bytes = calendar.bytes;
    std::memcpy(static_cast<void *>(base + 1), &calendar, calendar.bytes);
    std::memcpy(static_cast<void *>(base->set()), &set, VARSIZE(&set));
    if (features != nullptr) {
        std::memcpy(static_cast<void *>(base->features()), features, of_features);
        base->features()->length_word = 0;  // the server's, of a value by itself
    }
    return base;
}

// The base with parts that were its own, or are others that take their place.
CalendarBase *with_parts(CalendarBase *base, CalendarSet *set, FeatureSet *features) {
    CalendarSet *const own_set = base->set();
    FeatureSet *const own_features = base->features();
    if (set == own_set && features == own_features) return base;
    CalendarBase *const larger = new_base(base->as_of, base->calendar(), *set, features);
    if (set != own_set) pfree(set);
    if (features != own_features) pfree(features);
    return larger;
}

// What the transition function remembers of the last calendar, so that a stored one is not fetched for every row.
struct SeenCalendar {
    Size size;  // as it came
    char raw[FLEXIBLE_ARRAY_MEMBER];
};

bool seen_before(FunctionCallInfo fcinfo, const varlena *raw) {
    const SeenCalendar *seen = fcinfo->flinfo == nullptr ? nullptr : static_cast<const SeenCalendar *>(fcinfo->flinfo->fn_extra);
    return seen != nullptr && seen->size == VARSIZE_ANY(raw) && std::memcmp(seen->raw, raw, seen->size) == 0;
}

void remember(FunctionCallInfo fcinfo, const varlena *raw) {
    if (fcinfo->flinfo == nullptr) return;
    if (fcinfo->flinfo->fn_extra != nullptr) pfree(fcinfo->flinfo->fn_extra);
    fcinfo->flinfo->fn_extra = nullptr;
    const Size size = VARSIZE_ANY(raw);
    SeenCalendar *const seen =
        static_cast<SeenCalendar *>(MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, offsetof(SeenCalendar, raw) + size));
    seen->size = size;
    std::memcpy(seen->raw, raw, size);
    fcinfo->flinfo->fn_extra = seen;
}

[[noreturn]] void refuse_two_kinds() {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("some customers have attributes, and others have none"),
                    errhint("Make all of the bases with attributes of the same names, or all without.")));
    pg_unreachable();
}

void check_same_calendar(const CalendarBase &base, const Calendar &calendar) {
    if (unlikely(!same(base.calendar(), calendar)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the calendar differs between the customers"),
                        errhint("Pass the same calendar for every row of a group.")));
}

void check_span(const Calendar &calendar, Day first, Day as_of) {
    if (unlikely(as_of - first >= most_calendar_days))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("a customer's first purchase, %s, is 200 years or more before as_of, %s", day_text(first),
                               day_text(as_of)),
                        errhint("Check the dates of the orders.")));
    if (calendar.repeats()) return;
    if (unlikely(first < calendar.first)) raise_before_calendar(calendar, first);
    if (unlikely(as_of > calendar.last))
        raise_beyond_calendar(calendar, as_of, "Give a calendar that goes to as_of, and on to the end of every horizon.");
}

// A customer as of a day; what stands at the places of a feature set's targets of orders.
struct DatedNumbers {
    DatedNumbers(const PurchaseHistory &history, Day as_of) {
        const Day first = history.days()[0].day(), last = history.days()[history.used - 1].day();
        number[0] = history.used - 1.0;
        number[1] = last - first;
        number[2] = as_of - first;
    }
    double number[most_targets];
};

// With the repeat purchases and, unless its attributes are kept elsewhere, the customer.
CalendarSet *with_history(CalendarSet *set, const PurchaseHistory &history, Day as_of, bool with_customer) {
    const PurchaseDay *const days = history.days();
    const auto add = [&set](const CalendarRow &row) {
        CalendarSet *const larger = add_row(set, row);
        set = larger;
    };
    if (with_customer) {
        const DatedNumbers customer(history, as_of);
        add({customer.number[0], customer.number[1], customer.number[2], 1});
    }
    for (uint32 i = 1; i < history.used; ++i) add(CalendarRow::of_day(as_of - days[i].day(), 1));
    return set;
}

const CalendarSet &sorted_rows_of(const CalendarBase &base) { return *sorted(base.set()); }

bool is_whole_day(double days, Day as_of) {
    return days >= 0 && days < most_calendar_days && days <= as_of && days == std::floor(days);
}

// Whether the parts are what histories make, with counts that go together; a sentence, or nullptr.
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
    if (!any) return "There are no customers.";
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

void check_open(const CalendarBase &base) {
    const Calendar &calendar = base.calendar();
    const uint32 closed = closed_column(calendar);
    if (closed == no_column) return;
    double values[most_calendar_columns];
    const CalendarSet &set = *base.set();
    Day first_closed = no_day;
    for_each_row(&set, [&](const CalendarRow &row) {
        if (!row.is_day()) return;
        const Day day = base.as_of - static_cast<Day>(row.tenure);
        fill_days(calendar, day, 1, values);
        if (values[closed] != 0) first_closed = std::min(first_closed, day);
    });
    if (first_closed == no_day) return;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("there are purchases on %s, a day on which the calendar is closed", day_text(first_closed)),
                    errhint("Set the column closed to 1 only on days on which nobody can purchase, or use a column of another "
                            "name, whose effect is estimated.")));
}

}  // namespace cltv::pg

namespace {

// (state, history, as_of, calendar [, attributes of these roles]); the row is not to be skipped.
Datum add_history(FunctionCallInfo fcinfo, std::initializer_list<Role> roles) {
    const PurchaseHistory &history = *history_argument(fcinfo, 1);
    const Day as_of = as_of_argument(fcinfo, 2);
    if (history.is_empty() || history.used == 0) return state_as_it_was(fcinfo);
    check_as_of(history, as_of);
    const bool with_features = roles.size() > 0;
    const DatedNumbers customer(history, as_of);
    const varlena *const raw = reinterpret_cast<const varlena *>(PG_GETARG_POINTER(3));
    const auto features_with = [&](FeatureSet *features) {
        RoleFeatures given[2];
        return with_features ? with_customers(features, Targets::orders, customer.number, given,
                                              given_features(fcinfo, roles, 4, given), 1)
                             : nullptr;
    };
    if (PG_ARGISNULL(0)) {
        const Calendar &calendar = *calendar_argument(fcinfo, 3);
        check_span(calendar, history.days()[0].day(), as_of);
        remember(fcinfo, raw);
        CalendarSet *const set = with_history(new_table<CalendarRow>(CalendarSet::capacity_for(history.used)), history, as_of,
                                              !with_features);
        PG_RETURN_POINTER(new_base(as_of, calendar, *set, features_with(nullptr)));
    }
    CalendarBase *const base = calendar_base_argument(fcinfo, 0);
    if (unlikely(base->as_of != as_of)) refuse_two_as_of("customers", base->as_of, as_of);
    if (unlikely((base->features() != nullptr) != with_features)) refuse_two_kinds();
    if (!seen_before(fcinfo, raw)) {
        check_same_calendar(*base, *calendar_argument(fcinfo, 3));
        remember(fcinfo, raw);
    }
    check_span(base->calendar(), history.days()[0].day(), as_of);
    CalendarSet *const set = table_with_room(base->set(), base->set()->used);
    FeatureSet *const features = features_with(base->features());
    PG_RETURN_POINTER(with_parts(base, with_history(set, history, as_of, !with_features), features));
}

bool any_null(FunctionCallInfo fcinfo, int first, int end) {
    for (int i = first; i < end; ++i)
        if (PG_ARGISNULL(i)) return true;
    return false;
}

}  // namespace

// (state, history, as_of, calendar)
CLTV_FUNCTION(cltv_calendar_base_accum) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    return add_history(fcinfo, {});
}

// (state, history, as_of, calendar, purchases)
CLTV_FUNCTION(cltv_calendar_base_accum_features) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    return add_history(fcinfo, {Role::purchases});
}

// (state, history, as_of, calendar, purchases, dropout), of which one of the last two may be NULL.
CLTV_FUNCTION(cltv_calendar_base_accum_both) {
    check_in_aggregate(fcinfo);
    if (any_null(fcinfo, 1, 4) || (PG_ARGISNULL(4) && PG_ARGISNULL(5))) return state_as_it_was(fcinfo);
    return add_history(fcinfo, {Role::purchases, Role::dropout});
}

CLTV_FUNCTION(cltv_calendar_base_combine) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    const CalendarBase *const source = calendar_base_argument(fcinfo, 1);
    if (PG_ARGISNULL(0)) PG_RETURN_POINTER(source);
    CalendarBase *const base = calendar_base_argument(fcinfo, 0);
    if (base->as_of != source->as_of) refuse_two_as_of("customers", base->as_of, source->as_of);
    check_same_calendar(*base, source->calendar());
    if (base->has_features != source->has_features) refuse_two_kinds();
    FeatureSet *features = base->features();
    if (features != nullptr) check(merge(features, *source->features(), pause_merging, allocate_value));
    PG_RETURN_POINTER(with_parts(base, RowsType<CalendarSet>::merged(base->set(), source->set()), features));
}

CLTV_FUNCTION(cltv_calendar_base_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const CalendarBase &base = *calendar_base_argument(fcinfo, 0);
    const FeatureSet *const features = base.features();
    PG_RETURN_POINTER(
        new_base(base.as_of, base.calendar(), sorted_rows_of(base), features == nullptr ? nullptr : sorted_set(features)));
}

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
    scan.expect("[");
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
        // Checked here: a count of 0 would be a free place of the table.
        if (!(count >= 1 && is_count(count))) scan.fail("A count is a whole number from 1 to 2^53.");
        return count;
    };
    for (const char *before = "["; !scan.accept("]"); before = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*before == ',') scan.expect(",");
        scan.expect("[");
        const Day day = scan_quoted_day(scan);
        scan.expect(",");
        add(CalendarRow::of_day(before_as_of(day), scan_count()));
        scan.expect("]");
    }
    scan.expect(",");
    scan.expect("\"");
    const FeatureSet *features = nullptr;
    if (scan.accept_here("features\"")) {
        scan.expect(":");
        features = scan_feature_set(scan);
    } else {
        scan.expect_here("rows\"");
        scan.expect(":");
        scan.expect("[");
    }
    for (const char *before = "["; features == nullptr && !scan.accept("]"); before = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*before == ',') scan.expect(",");
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
    check_binary(version == CalendarBase::current_version, type_name, "The version is not known.");
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
