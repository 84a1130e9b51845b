// A shop with a calendar, for tests of fits: a season of a year, a column that is 1 now and then, closed Sundays.
#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/base/sort_rows.hpp"
#include "core/families.hpp"
#include "core/rows/calendar.hpp"
#include "core/rows/calendar_clock.hpp"
#include "core/rows/calendar_customers.hpp"

namespace cltv {

inline constexpr Day first_day = 2459216, as_of = first_day + 900;  // 2021-01-01

// A season of a year, and a column that is 1 now and then, with or without closed Sundays; or without the season. On dropout, if
// the calendar acts on that, a column that is 1 at other times and, beside a season, another season.
class Made {
public:
    explicit Made(bool closed = false, bool season = true, bool dropout = false) {
        CalendarPart parts[4] = {};
        std::size_t n = season ? 2 : 1;
        parts[0].rule = CalendarRule::season;
        parts[0].period = Period::year;
        parts[0].n_columns = 2;
        CalendarPart &table = parts[n - 1];
        table = CalendarPart{};
        const Text names[] = {{"sale", 4}, {"closed", 6}};
        std::vector<Day> begins;
        std::vector<double> values;
        for (Day day = first_day; day < first_day + 1500; ++day) {
            const double row[] = {((day - first_day) % 97 < 9) * 0.7, closed && day_in_week(day) == 6 ? 1.0 : 0.0};
            if (day > first_day && row[0] == values[values.size() - 2] && row[1] == values.back()) continue;
            begins.push_back(day);
            values.insert(values.end(), row, row + 2);
        }
        table.n_columns = 2;
        table.names = names;
        table.n_runs = static_cast<std::uint32_t>(begins.size());
        table.begins = begins.data();
        table.values = values.data();
        const Text leaving[] = {{"rise", 4}};
        std::vector<Day> leaving_begins;
        std::vector<double> leaving_values;
        for (Day day = first_day; day < first_day + 1500; ++day) {
            const double rise = (day - first_day) % 131 < 50 ? 1.5 : 0;
            if (day > first_day && rise == leaving_values.back()) continue;
            leaving_begins.push_back(day);
            leaving_values.push_back(rise);
        }
        if (dropout) {
            CalendarPart &rise = parts[n++];
            rise.n_columns = 1;
            rise.names = leaving;
            rise.n_runs = static_cast<std::uint32_t>(leaving_begins.size());
            rise.begins = leaving_begins.data();
            rise.values = leaving_values.data();
            rise.of_dropout = true;
            if (season) {
                parts[n] = parts[0];
                parts[n++].of_dropout = true;
            }
        }
        EXPECT_EQ(find_fault(first_day, first_day + 1499, parts, n), nullptr);
        memory_.resize(calendar_bytes(parts, n) / 8);
        write_calendar(first_day, first_day + 1499, parts, n, memory_.data());
    }
    const Calendar &operator*() const { return *reinterpret_cast<const Calendar *>(memory_.data()); }

private:
    std::vector<double> memory_;
};

// A customer who purchases evenly on the clock, from the first day of theirs to as_of: days of the clock's times. Counts the
// repeat purchases by the days before as_of.
inline CalendarRow simulated_customer(const OrdersFamily &family, const double *p, Day first, const CalendarClock &clock,
                                      Random &random, std::vector<double> &purchases) {
    const Traits traits = family.draw(p, random);
    double now = 0, n = 1, x = 0;
    Day last = first;
    for (;; ++n) {
        now = family.next_purchase(traits, n, now, random);
        const double at = clock.time(first) + now;
        if (!(at < clock.time(as_of))) break;
        Day day = last;
        while (clock.time(day + 1) <= at) ++day;
        if (day == last) continue;  // one purchase a day
        ++x;
        last = day;
        ++purchases[as_of - day];
    }
    return {x, static_cast<double>(last - first), static_cast<double>(as_of - first), 1};
}
inline Day first_of(int customer) { return first_day + static_cast<Day>(customer * 37 % 500); }

inline std::vector<CalendarRow> sorted_days(std::vector<CalendarRow> rows, const std::vector<double> &purchases) {
    for (int day = 0; day <= 900; ++day)
        if (purchases[day] > 0) rows.push_back(CalendarRow::of_day(day, purchases[day]));
    std::vector<CalendarRow> sorted(rows.size());
    sorted.resize(copy_sorted(rows.data(), rows.size(), sorted.data(), never_stop));
    return sorted;
}

}  // namespace cltv
