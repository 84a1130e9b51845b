#include "core/rows/calendar.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace cltv {

namespace {

constexpr const char *period_names[n_periods] = {"", "year", "month", "week"};
constexpr const char *month_names[months_columns] = {"february", "march",     "april",   "may",      "june",    "july",
                                                     "august",   "september", "october", "november", "december"};
constexpr Text closed = {"closed", 6};

Text text_of(const char *name) { return {name, std::strlen(name)}; }

// "year sin 1", "year cos 1", "year sin 2", ...
Text harmonic_name(Period period, std::uint32_t column, char (&buffer)[calendar_name_buffer]) {
    const int size = std::snprintf(buffer, sizeof buffer, "%s %s %u", period_name(period), column % 2 == 0 ? "sin" : "cos",
                                   column / 2 + 1);
    return {buffer, static_cast<std::size_t>(size)};
}

// The name of a column of a part that is to be written.
Text name_in(const CalendarPart &part, std::uint32_t column, char (&buffer)[calendar_name_buffer]) {
    switch (part.rule) {
        case CalendarRule::months: return text_of(month_names[column]);
        case CalendarRule::season: return harmonic_name(part.period, column, buffer);
        default: return part.names[column];
    }
}

std::size_t names_bytes(const CalendarPart &part) {
    std::size_t bytes = 0;
    if (part.rule == CalendarRule::table)
        for (std::uint32_t i = 0; i < part.n_columns; ++i) bytes += 1 + part.names[i].size;
    return bytes;
}

std::size_t padded_to_8(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

std::size_t part_bytes(const CalendarPart &part) {
    const std::size_t runs = part.rule == CalendarRule::table ? part.n_runs : 0;
    return 16 + (runs + 1) / 2 * 8 + runs * part.n_columns * sizeof(double) + padded_to_8(names_bytes(part));
}

const char *find_fault(Day first, Day last, const CalendarPart &part) {
    switch (part.rule) {
        case CalendarRule::months:
            return part.n_columns == months_columns && part.period == Period::none && part.n_runs == 0
                       ? nullptr
                       : "The rule of months has eleven columns.";
        case CalendarRule::season:
            if (part.period == Period::none || static_cast<int>(part.period) >= n_periods) return "The period is unknown.";
            if (part.n_columns == 0 || part.n_columns % 2 != 0 || part.n_runs != 0 ||
                part.n_columns / 2 > static_cast<std::uint32_t>(most_harmonics(part.period)))
                return "A season has 1 to 12 harmonics of a year, 1 to 6 of a month and 1 to 3 of a week.";
            return nullptr;
        case CalendarRule::table: break;
        default: return "The rule of a calendar is unknown.";
    }
    if (part.period != Period::none) return "A table has no period.";
    if (part.n_columns == 0) return "A table has columns.";
    if (part.n_runs == 0 || part.begins[0] != first) return "The days of a table begin with the first day of the calendar.";
    for (std::uint32_t run = 0; run < part.n_runs; ++run) {
        if (part.begins[run] > last) return "A day is after the last day of the calendar.";
        if (run > 0 && part.begins[run] <= part.begins[run - 1]) return "The days of a table ascend.";
        const double *const values = part.values + std::size_t{run} * part.n_columns;
        for (std::uint32_t i = 0; i < part.n_columns; ++i) {
            if (!std::isfinite(values[i])) return "The numbers of a calendar are finite.";
            if (part.names[i] == closed && values[i] != 0 && values[i] != 1) return "The column closed is 0 or 1.";
        }
        if (run > 0 && std::equal(values, values + part.n_columns, values - part.n_columns))
            return "Consecutive equal days must be stored once.";
    }
    return nullptr;
}

}  // namespace

const char *period_name(Period period) { return period_names[static_cast<int>(period)]; }

int most_harmonics(Period period) { return period == Period::year ? 12 : period == Period::month ? 6 : 3; }

bool Calendar::repeats() const {
    StoredPart part = first_part(*this);
    for (int i = 0; i < n_parts; ++i) {
        if (i > 0) part = part.next();
        if (part.rule() == CalendarRule::table) return false;
    }
    return true;
}

const char *find_fault(Day first, Day last, const CalendarPart *parts, std::size_t n) {
    if (n == 0 || n > most_calendar_columns) return "A calendar has at least one part, and not too many.";
    if (last > last_possible_day || first > last) return "The first day is after the last one, or out of range.";
    if (last - first >= most_calendar_days) return "A calendar spans at most 200 years.";
    std::uint32_t columns = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (const char *fault = find_fault(first, last, parts[i])) return fault;
        columns += parts[i].n_columns;
        if (columns > most_calendar_columns) return "A calendar has at most 200 columns.";
        if (i > 0 && parts[i - 1].of_dropout && !parts[i].of_dropout) return "Parts that act on dropout must come last.";
    }
    // Each name, those of rules included, occurs once on each side.
    char buffer[calendar_name_buffer], other_buffer[calendar_name_buffer];
    for (std::size_t i = 0; i < n; ++i)
        for (std::uint32_t column = 0; column < parts[i].n_columns; ++column) {
            const Text name = name_in(parts[i], column, buffer);
            if (name.size == 0 || name.size > Features::longest_name) return "The name of a column has 1 to 255 bytes.";
            if (std::memchr(name.data, 0, name.size) != nullptr) return "The name of a column has a byte 0.";
            if (parts[i].of_dropout && name == closed) return "The column closed marks days on which nobody can purchase, and cannot act on dropout.";
            for (std::size_t j = i; j < n && parts[j].of_dropout == parts[i].of_dropout; ++j)
                for (std::uint32_t other = j == i ? column + 1 : 0; other < parts[j].n_columns; ++other)
                    if (name == name_in(parts[j], other, other_buffer)) return "The name of a column occurs twice.";
        }
    return nullptr;
}

std::size_t calendar_bytes(const CalendarPart *parts, std::size_t n) {
    std::size_t bytes = sizeof(Calendar);
    for (std::size_t i = 0; i < n; ++i) bytes += part_bytes(parts[i]);
    return bytes;
}

void write_calendar(Day first, Day last, const CalendarPart *parts, std::size_t n, void *memory) {
    const std::size_t bytes = calendar_bytes(parts, n);
    std::memset(memory, 0, bytes);
    Calendar &calendar = *static_cast<Calendar *>(memory);
    calendar.version = Calendar::current_version;
    calendar.n_parts = static_cast<std::uint16_t>(n);
    calendar.first = first;
    calendar.last = last;
    calendar.bytes = static_cast<std::uint32_t>(bytes);
    char *at = static_cast<char *>(memory) + sizeof(Calendar);
    for (std::size_t i = 0; i < n; ++i) {
        const CalendarPart &part = parts[i];
        calendar.n_columns += part.n_columns;
        const std::uint32_t runs = part.rule == CalendarRule::table ? part.n_runs : 0;
        StoredPart::Head head = {};
        head.bytes = static_cast<std::uint32_t>(part_bytes(part));
        head.rule = static_cast<std::uint8_t>(part.rule);
        head.period = static_cast<std::uint8_t>(part.period);
        head.n_columns = static_cast<std::uint16_t>(part.n_columns);
        head.n_runs = runs;
        head.of_dropout = part.of_dropout;
        std::memcpy(at, &head, sizeof head);
        if (runs > 0) {
            char *to = at + sizeof head;
            std::memcpy(to, part.begins, runs * sizeof(Day));
            to += (runs + 1) / 2 * 8;
            std::memcpy(to, part.values, std::size_t{runs} * part.n_columns * sizeof(double));
            to += std::size_t{runs} * part.n_columns * sizeof(double);
            for (std::uint32_t column = 0; column < part.n_columns; ++column) {
                const Text &name = part.names[column];
                *to++ = static_cast<char>(name.size);
                std::memcpy(to, name.data, name.size);
                to += name.size;
            }
        }
        at += head.bytes;
    }
}

Text column_name(const Calendar &calendar, std::uint32_t column, char (&buffer)[calendar_name_buffer]) {
    StoredPart part = first_part(calendar);
    while (column >= part.n_columns()) {
        column -= part.n_columns();
        part = part.next();
    }
    switch (part.rule()) {
        case CalendarRule::months: return text_of(month_names[column]);
        case CalendarRule::season: return harmonic_name(part.period(), column, buffer);
        default: break;
    }
    NameBlock names = part.names();
    Text name = names.next();
    for (std::uint32_t i = 0; i < column; ++i) name = names.next();
    return name;
}

std::uint32_t n_dropout_columns(const Calendar &calendar) {
    std::uint32_t n = 0;
    StoredPart part = first_part(calendar);
    for (int i = 0; i < calendar.n_parts; ++i) {
        if (i > 0) part = part.next();
        if (part.of_dropout()) n += part.n_columns();
    }
    return n;
}

std::uint32_t closed_column(const Calendar &calendar) {
    char buffer[calendar_name_buffer];
    for (std::uint32_t column = 0; column < calendar.n_columns; ++column)
        if (column_name(calendar, column, buffer) == closed) return column;
    return no_column;
}

namespace {

void fill_months(Day begin, std::uint32_t n, std::size_t stride, double *values) {
    for (std::uint32_t i = 0; i < n; ++i, values += stride) {
        std::fill(values, values + months_columns, 0.0);
        const int month = civil(begin + i).month;
        if (month > 1) values[month - 2] = 1;
    }
}

// The phase is 0 on the first day of each period; a year's length is its own, 365 or 366 days.
void fill_season(Period period, std::uint32_t columns, Day begin, std::uint32_t n, std::size_t stride, double *values) {
    constexpr double two_pi = 6.28318530717958647693;
    for (std::uint32_t i = 0; i < n; ++i, values += stride) {
        const Day day = begin + i;
        const CivilDay here = civil(day);
        const double phase = period == Period::year    ? static_cast<double>(day_in_year(day)) / days_of_year(here.year)
                             : period == Period::month ? (here.day - 1.0) / days_of_month(here.year, here.month)
                                                       : day_in_week(day) / 7.0;
        for (std::uint32_t harmonic = 0; harmonic < columns / 2; ++harmonic) {
            const double angle = two_pi * (harmonic + 1) * phase;
            values[2 * harmonic] = std::sin(angle);
            values[2 * harmonic + 1] = std::cos(angle);
        }
    }
}

void fill_table(const StoredPart &part, Day begin, std::uint32_t n, std::size_t stride, double *values) {
    const Day *const begins = part.begins(), *const end = begins + part.n_runs();
    const Day *run = std::upper_bound(begins, end, begin) - 1;
    for (std::uint32_t i = 0; i < n; ++i, values += stride) {
        while (run + 1 != end && run[1] <= begin + i) ++run;
        std::copy_n(part.values(static_cast<std::uint32_t>(run - begins)), part.n_columns(), values);
    }
}

}  // namespace

void fill_days(const Calendar &calendar, Day begin, std::uint32_t n, double *values) {
    StoredPart part = first_part(calendar);
    for (int i = 0; i < calendar.n_parts; ++i) {
        if (i > 0) part = part.next();
        switch (part.rule()) {
            case CalendarRule::months: fill_months(begin, n, calendar.n_columns, values); break;
            case CalendarRule::season:
                fill_season(part.period(), part.n_columns(), begin, n, calendar.n_columns, values);
                break;
            default: fill_table(part, begin, n, calendar.n_columns, values);
        }
        values += part.n_columns();
    }
}

DayRange reference_days(const Calendar &calendar) {
    const CivilDay last = civil(calendar.last);
    // The day after the same day a year before; 29 February counts as a year after 28 February, and its year has 366
    // days.
    const int day = last.month == 2 && last.day == 29 ? 28 : last.day;
    const Day begin = julian({last.year - 1, last.month, day}) + 1;
    const bool shorter = begin > calendar.last || (begin < calendar.first && !calendar.repeats());
    return shorter ? DayRange{calendar.first, calendar.n_days()} : DayRange{begin, calendar.last - begin + 1};
}

bool opens(const Calendar &calendar) {
    const std::uint32_t column = closed_column(calendar);
    if (column == no_column) return true;
    const DayRange days = reference_days(calendar);
    std::vector<double> values(std::size_t{days.n} * calendar.n_columns);
    fill_days(calendar, days.begin, days.n, values.data());
    for (std::uint32_t i = 0; i < days.n; ++i)
        if (values[std::size_t{i} * calendar.n_columns + column] == 0) return true;
    return false;
}

bool same(const Calendar &a, const Calendar &b) {
    constexpr std::size_t begin = sizeof a.length_word;
    return a.bytes == b.bytes &&
           std::memcmp(reinterpret_cast<const char *>(&a) + begin, reinterpret_cast<const char *>(&b) + begin, a.bytes - begin) == 0;
}

}  // namespace cltv
