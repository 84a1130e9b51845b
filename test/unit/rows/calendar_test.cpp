#include "core/rows/calendar.hpp"

#include <cmath>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "core/rows/calendar_clock.hpp"

namespace cltv {
namespace {

Text text(const char *name) { return {name, std::strlen(name)}; }

CalendarPart months() {
    CalendarPart part{};
    part.rule = CalendarRule::months;
    part.n_columns = months_columns;
    return part;
}

CalendarPart season(Period period, std::uint32_t harmonics) {
    CalendarPart part{};
    part.rule = CalendarRule::season;
    part.period = period;
    part.n_columns = 2 * harmonics;
    return part;
}

class Made {
public:
    Made(Day first, Day last, std::vector<CalendarPart> parts) : memory_(calendar_bytes(parts.data(), parts.size()) / 8) {
        EXPECT_EQ(find_fault(first, last, parts.data(), parts.size()), nullptr);
        write_calendar(first, last, parts.data(), parts.size(), memory_.data());
    }
    const Calendar &operator*() const { return *reinterpret_cast<const Calendar *>(memory_.data()); }
    const Calendar *operator->() const { return &**this; }

private:
    std::vector<double> memory_;
};

TEST(Day, CivilDaysFollowEachOther) {
    for (const Day begin : {Day{0}, Day{1721060 - 800}, Day{2299161 - 800}, Day{2415021 - 400}, Day{2451545 - 400}, last_possible_day - 800}) {
        CivilDay before = civil(begin);
        for (Day day = begin; day < begin + 800; ++day) {
            const CivilDay here = civil(day);
            ASSERT_EQ(julian(here), day);
            if (day > begin) {
                const bool new_month = here.day == 1;
                EXPECT_EQ(here.day, new_month ? 1 : before.day + 1);
                if (new_month) {
                    EXPECT_EQ(before.day, days_of_month(before.year, before.month));
                    EXPECT_EQ(here.month, before.month % 12 + 1);
                    EXPECT_EQ(here.year, before.year + (here.month == 1));
                }
            }
            EXPECT_EQ(day_in_year(day) == days_of_year(here.year) - 1, here.month == 12 && here.day == 31);
            before = here;
        }
    }
    EXPECT_TRUE(is_leap(2000) && is_leap(2024) && !is_leap(1900) && !is_leap(2023) && is_leap(0) && is_leap(-4));
    EXPECT_EQ(day_in_week(julian({2024, 1, 1})), 0);  // a Monday
}

TEST(Calendar, TablesHoldUpToTheNextRun) {
    const Day first = julian({2024, 2, 27});
    const Text names[] = {text("sale"), text("closed")};
    const Day begins[] = {first, first + 2, first + 5};
    const double values[] = {0, 1, 0.5, 0, 0, 0};
    CalendarPart table{};
    table.n_columns = 2;
    table.names = names;
    table.n_runs = 3;
    table.begins = begins;
    table.values = values;
    const Made calendar(first, first + 9, {months(), table});
    EXPECT_FALSE(calendar->repeats());
    EXPECT_EQ(calendar->n_columns, 13u);
    EXPECT_EQ(closed_column(*calendar), 12u);
    EXPECT_EQ(n_coefficients(*calendar), 12u);
    EXPECT_EQ(column_of_coefficient(*calendar, 11), 11u);
    char buffer[calendar_name_buffer];
    EXPECT_TRUE(column_name(*calendar, 11, buffer) == names[0]);
    EXPECT_TRUE(column_name(*calendar, 10, buffer) == text("december"));

    double all[10 * 13];
    fill_days(*calendar, first, 10, all);
    for (Day i = 0; i < 10; ++i) {
        double one[13];
        fill_days(*calendar, first + i, 1, one);
        EXPECT_EQ(std::memcmp(one, all + 13 * i, sizeof one), 0) << i;
        EXPECT_EQ(one[11], i < 2 ? 0 : i < 5 ? 0.5 : 0) << i;
        EXPECT_EQ(one[12], i < 2 ? 1 : 0) << i;
        EXPECT_EQ(one[0], i < 3 ? 1 : 0) << i;  // February has 29 days
        EXPECT_EQ(one[1], i < 3 ? 0 : 1) << i;
    }
}

TEST(Calendar, ReferenceDaysAreAYear) {
    const auto days = [](CivilDay first, CivilDay last, const CalendarPart &part) {
        const Made calendar(julian(first), julian(last), {part});
        return reference_days(*calendar);
    };
    EXPECT_EQ(days({2020, 1, 1}, {2023, 12, 31}, months()).n, 365u);
    EXPECT_EQ(days({2020, 1, 1}, {2023, 12, 31}, months()).begin, julian({2023, 1, 1}));
    EXPECT_EQ(days({2020, 1, 1}, {2024, 12, 31}, months()).n, 366u);
    EXPECT_EQ(days({2020, 1, 1}, {2024, 2, 29}, months()).begin, julian({2023, 3, 1}));
    EXPECT_EQ(days({2020, 1, 1}, {2025, 2, 28}, months()).begin, julian({2024, 2, 29}));
    EXPECT_EQ(days({2024, 1, 1}, {2024, 2, 29}, months()).n, 366u);  // it repeats
    const Text name = text("x");
    const Day begin = julian({2024, 1, 1});
    const double value = 1;
    CalendarPart table{};
    table.n_columns = 1;
    table.names = &name;
    table.n_runs = 1;
    table.begins = &begin;
    table.values = &value;
    EXPECT_EQ(days({2024, 1, 1}, {2024, 2, 29}, table).n, 60u);
    EXPECT_EQ(days({2024, 1, 1}, {2026, 2, 28}, table).n, 365u);
}

TEST(CalendarClock, AYearHasAsManyDaysAsItHas) {
    const Day first = julian({2023, 1, 1}), last = julian({2024, 12, 31});
    const Made calendar(first, last, {season(Period::year, 2), season(Period::week, 3)});
    EXPECT_TRUE(calendar->repeats());
    const double gamma[] = {0.3, -0.2, 0.1, 0.5, 1, -1, 0.5, 0.2, -0.3, 0.4};
    const CalendarClock clock(*calendar, first, last - first + 1, gamma);
    EXPECT_NEAR(clock.time(last + 1) - clock.time(julian({2024, 1, 1})), 366, 1e-10);
    // Other years differ from it by where their weeks begin.
    EXPECT_NEAR(clock.time(julian({2024, 1, 1})) - clock.time(first), 365, 3);
    double values[10];
    fill_days(*calendar, first + 100, 1, values);
    double predictor = 0;
    for (int i = 0; i < 10; ++i) predictor += gamma[i] * values[i];
    fill_days(*calendar, first + 200, 1, values);
    for (int i = 0; i < 10; ++i) predictor -= gamma[i] * values[i];
    EXPECT_NEAR(std::log(clock.weight(first + 100) / clock.weight(first + 200)), predictor, 1e-14);
    EXPECT_DOUBLE_EQ(clock.time(first, 1.25), clock.weight(first) + 0.25 * clock.weight(first + 1));
}

}  // namespace
}  // namespace cltv
