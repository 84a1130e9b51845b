// What is common to all customers on each day: seasons, campaigns, holidays, closed days. Named columns with a number
// for each day, from a first to a last day without gaps.
//
// A calendar consists of parts. A table gives the numbers of its columns day by day; runs of equal days are stored
// once. The other parts are rules, which give them for any day: a column for each month except January, or the
// harmonics of a year, a month or a week (Fourier). A calendar of rules alone extends before its first and beyond its
// last day; one with a table ends there.
//
// Parts act on purchases or, after all of these, on dropout: when customers leave.
//
// A column named `closed` is special: nobody can purchase on days on which it is 1.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/day.hpp"
#include "core/rows/features.hpp"

namespace cltv {

// Stored in databases: numbers are never reused.
enum class CalendarRule : std::uint8_t { table = 0, months = 1, season = 2 };
enum class Period : std::uint8_t { none = 0, year = 1, month = 2, week = 3 };
constexpr int n_periods = 4;

// "year", ...
const char *period_name(Period period);
// Higher harmonics would follow from the others, or be finer than a day.
int most_harmonics(Period period);

constexpr std::uint32_t most_calendar_columns = 200;
constexpr std::uint32_t most_calendar_days = 73050;  // 200 years
constexpr int months_columns = 11;

// A part, to be written into a calendar.
struct CalendarPart {
    CalendarRule rule;
    Period period = Period::none;  // of a season
    std::uint32_t n_columns;       // for a season twice its harmonics
    // For a table: a row of n_columns values for each run of equal days.
    const Text *names = nullptr;
    std::uint32_t n_runs = 0;
    const Day *begins = nullptr;
    const double *values = nullptr;
    bool of_dropout = false;
};

// A flat record: its parts one after the other, each beginning at a multiple of 8. Read them by StoredPart.
struct Calendar {
    std::int32_t length_word;
    std::uint16_t version;
    std::uint16_t n_parts;
    Day first, last;
    std::uint32_t n_columns;
    std::uint32_t bytes;  // of the whole, a multiple of 8

    static constexpr std::uint16_t current_version = 1;

    std::uint32_t n_days() const { return last - first + 1; }
    bool repeats() const;
};
static_assert(sizeof(Calendar) == 24);

// A part as it lies in a calendar.
class StoredPart {
public:
    explicit StoredPart(const char *at) : at_(at) { std::memcpy(&head_, at, sizeof head_); }

    CalendarRule rule() const { return static_cast<CalendarRule>(head_.rule); }
    Period period() const { return static_cast<Period>(head_.period); }
    std::uint32_t n_columns() const { return head_.n_columns; }
    std::uint32_t n_runs() const { return head_.n_runs; }
    bool of_dropout() const { return head_.of_dropout != 0; }
    const Day *begins() const { return reinterpret_cast<const Day *>(at_ + sizeof head_); }
    const double *values(std::uint32_t run) const { return values() + std::size_t{run} * head_.n_columns; }
    // The names of a table's columns.
    NameBlock names() const { return NameBlock(reinterpret_cast<const char *>(values(head_.n_runs))); }

    StoredPart next() const { return StoredPart(at_ + head_.bytes); }

private:
    friend void write_calendar(Day, Day, const CalendarPart *, std::size_t, void *);
    struct Head {
        std::uint32_t bytes;
        std::uint8_t rule, period;
        std::uint16_t n_columns;
        std::uint32_t n_runs;
        std::uint8_t of_dropout;
        std::uint8_t reserved[3];
    };
    static_assert(sizeof(Head) == 16);
    const double *values() const {
        return reinterpret_cast<const double *>(at_ + sizeof head_ + (head_.n_runs + 1) / 2 * 8);
    }

    const char *at_;
    Head head_;
};

inline StoredPart first_part(const Calendar &calendar) { return StoredPart(reinterpret_cast<const char *>(&calendar + 1)); }

// What is wrong with parts that claim to be a calendar, in a sentence, or nullptr.
const char *find_fault(Day first, Day last, const CalendarPart *parts, std::size_t n);

std::size_t calendar_bytes(const CalendarPart *parts, std::size_t n);
// length_word is left to the server.
void write_calendar(Day first, Day last, const CalendarPart *parts, std::size_t n, void *memory);

// Whether any day is open among those whose mean weight is 1: see reference_days.
bool opens(const Calendar &calendar);

// The name of a column; a rule's is written to the buffer.
constexpr std::size_t calendar_name_buffer = 32;
Text column_name(const Calendar &calendar, std::uint32_t column, char (&buffer)[calendar_name_buffer]);
// The number of columns that act on dropout; they come last.
std::uint32_t n_dropout_columns(const Calendar &calendar);
constexpr std::uint32_t no_column = UINT32_MAX;
// The number of the column `closed`, or no_column.
std::uint32_t closed_column(const Calendar &calendar);

// The values of all columns on the days from begin on, a row per day; the days must be within the calendar unless it
// repeats.
void fill_days(const Calendar &calendar, Day begin, std::uint32_t n, double *values);

// The last whole year of the calendar, or all of it if it is shorter: the days over which weights have the mean 1.
struct DayRange {
    Day begin;
    std::uint32_t n;
};
DayRange reference_days(const Calendar &calendar);

// Whether the two have the same columns with the same values. Equal calendars have the same bytes.
bool same(const Calendar &a, const Calendar &b);

}  // namespace cltv
