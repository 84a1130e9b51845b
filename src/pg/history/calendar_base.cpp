// calendar_base: made of purchase histories.
#include "pg/history/calendar_base.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>

#include "pg/base/iso_day.hpp"
#include "pg/history/purchase_history.hpp"
#include "pg/rows/calendar.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace cltv::pg {

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

namespace {

// The base with the given parts, which are its own or replace them.
CalendarBase *with_parts(CalendarBase *base, CalendarSet *set, FeatureSet *features) {
    CalendarSet *const own_set = base->set();
    FeatureSet *const own_features = base->features();
    if (set == own_set && features == own_features) return base;
    CalendarBase *const larger = new_base(base->as_of, base->calendar(), *set, features);
    if (set != own_set) pfree(set);
    if (features != own_features) pfree(features);
    return larger;
}

// What the transition function remembers about the last calendar, so that a stored one is not fetched for every row.
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

// A customer as of a day; the members are those that a feature set's targets of orders have.
struct DatedNumbers {
    DatedNumbers(const PurchaseHistory &history, Day as_of) {
        const Day first = history.days()[0].day(), last = history.days()[history.used - 1].day();
        number[0] = history.used - 1.0;
        number[1] = last - first;
        number[2] = as_of - first;
    }
    double number[most_targets];
};

// Adds the repeat purchases and, unless its attributes are kept elsewhere, the customer.
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

// (state, history, as_of, calendar [, attributes of these roles]); the row must not be one to skip.
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

// (state, history, as_of, calendar, attributes ...): a customer whose history, or all of whose attributes, are unknown
// is skipped, and counted as skipped. Without a day or a calendar there is no base to count it in, whatever the order
// of the rows.
Datum skip_history(FunctionCallInfo fcinfo) {
    if (any_null(fcinfo, 2, 4)) return state_as_it_was(fcinfo);
    const Day as_of = as_of_argument(fcinfo, 2);
    if (PG_ARGISNULL(0)) {
        FeatureSet *const features = start_feature_set(Targets::orders, nullptr, 0, allocate_value);
        check_room(features != nullptr);
        ++features->skipped;
        PG_RETURN_POINTER(
            new_base(as_of, *calendar_argument(fcinfo, 3), *new_table<CalendarRow>(CalendarSet::capacity_for(1)), features));
    }
    CalendarBase *const base = calendar_base_argument(fcinfo, 0);
    if (unlikely(base->as_of != as_of)) refuse_two_as_of("customers", base->as_of, as_of);
    if (!seen_before(fcinfo, reinterpret_cast<const varlena *>(PG_GETARG_POINTER(3))))
        check_same_calendar(*base, *calendar_argument(fcinfo, 3));
    if (unlikely(base->features() == nullptr)) refuse_two_kinds();
    ++base->features()->skipped;
    PG_RETURN_POINTER(base);
}

}  // namespace

// (state, history, as_of, calendar)
CLTV_FUNCTION(cltv_calendar_base_accum) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    return add_history(fcinfo, {});
}

// (state, history, as_of, calendar, purchases)
CLTV_FUNCTION(cltv_calendar_base_accum_features) {
    if (skips_row(fcinfo)) return skip_history(fcinfo);
    return add_history(fcinfo, {Role::purchases});
}

// (state, history, as_of, calendar, purchases, dropout), where one of the last two may be NULL.
CLTV_FUNCTION(cltv_calendar_base_accum_both) {
    check_in_aggregate(fcinfo);
    if (any_null(fcinfo, 1, 4) || (PG_ARGISNULL(4) && PG_ARGISNULL(5))) return skip_history(fcinfo);
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
    if (features != nullptr && features->is_bare()) PG_RETURN_NULL();
    PG_RETURN_POINTER(
        new_base(base.as_of, base.calendar(), *sorted(base.set()), features == nullptr ? nullptr : sorted_set(features)));
}
