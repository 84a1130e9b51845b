// Days, and where they stand in their year, month and week.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>

namespace cltv {

// A day is its Julian day number: 0 is 24 November 4714 BC, a Monday and the first day that PostgreSQL knows; its last
// one (the end of the year 5874897) still fits in 31 bits.
using Day = std::uint32_t;

constexpr Day last_possible_day = 2147483493;
constexpr Day no_day = UINT32_MAX;

// In the Gregorian calendar, extended to the time before its introduction. Years count astronomically: 0 is 1 BC.
struct CivilDay {
    int year, month, day;
};

constexpr bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
constexpr int days_of_year(int year) { return is_leap(year) ? 366 : 365; }
constexpr int days_of_month(int year, int month) {
    return month == 2 ? 28 + is_leap(year) : 30 + (month + month / 8) % 2;
}

// After E. G. Richards: Mapping Time, 1998, with years that begin in March, so that a leap day is the last day of its
// year.
constexpr CivilDay civil(Day day) {
    const std::int64_t since = std::int64_t{day} + 32044, days_of_400 = 146097;
    const std::int64_t century = (4 * since + 3) / days_of_400, in_century = since - century * days_of_400 / 4;
    const std::int64_t year = (4 * in_century + 3) / 1461, in_year = in_century - 1461 * year / 4;
    const std::int64_t month = (5 * in_year + 2) / 153;
    return {static_cast<int>(100 * century + year - 4800 + month / 10), static_cast<int>(month + 3 - 12 * (month / 10)),
            static_cast<int>(in_year - (153 * month + 2) / 5 + 1)};
}

constexpr Day julian(const CivilDay &civil) {
    const std::int64_t late = civil.month <= 2, year = civil.year + std::int64_t{4800} - late, month = civil.month + 12 * late - 3;
    return static_cast<Day>(civil.day + (153 * month + 2) / 5 + 365 * year + year / 4 - year / 100 + year / 400 - 32045);
}

static_assert(julian(CivilDay{2000, 1, 1}) == 2451545 && civil(2451545).month == 1 && civil(2451604).day == 29);

// Days since 1 January, and since Monday.
constexpr int day_in_year(Day day) { return static_cast<int>(day - julian(CivilDay{civil(day).year, 1, 1})); }
constexpr int day_in_week(Day day) { return static_cast<int>(day % 7); }

}  // namespace cltv
