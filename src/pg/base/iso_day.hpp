// Days as ISO 8601 text, independent of DateStyle: 1997-12-12; the year -0043 is 44 BC (astronomical numbering); years
// beyond 9999 have as many digits as they need.
#pragma once

#include "core/base/day.hpp"
#include "pg/base/scan.hpp"

namespace cltv::pg {

inline Day day_of(DateADT date) { return static_cast<Day>(date + POSTGRES_EPOCH_JDATE); }

inline DateADT date_of(Day day) { return static_cast<DateADT>(day) - POSTGRES_EPOCH_JDATE; }

inline void append_day(StringInfo out, Day day) {
    int year, month, month_day;
    j2date(static_cast<int>(day), &year, &month, &month_day);
    appendStringInfo(out, "%s%04d-%02d-%02d", year < 0 ? "-" : "", year < 0 ? -year : year, month, month_day);
}

inline const char *day_text(Day day) {
    StringInfoData text;
    initStringInfo(&text);
    append_day(&text, day);
    return text.data;
}

inline Day scan_day(Scanner &scanner) {
    const bool negative = scanner.accept_here("-");
    const int32_t digits = scanner.digits(4, 7);
    const int32_t year = negative ? -digits : digits;
    scanner.expect_here("-");
    const int32_t month = scanner.digits(2, 2);
    scanner.expect_here("-");
    const int32_t month_day = scanner.digits(2, 2);

    // The last year is limited so that date2j() stays within an int; the days before Julian day 0 come out negative.
    if (year < -4713 || year > 5874897 || month < 1 || month > 12) scanner.fail("A day is out of range.");
    const int day = date2j(year, month, month_day);
    int real_year, real_month, real_day;
    j2date(day, &real_year, &real_month, &real_day);
    if (day < 0 || real_year != year || real_month != month || real_day != month_day)
        scanner.fail("A day is out of range.");
    return static_cast<Day>(day);
}

}  // namespace cltv::pg
