// Turns days with values into a series of equal periods, and fits models to it.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/day.hpp"
#include "core/base/stop.hpp"
#include "core/forecast/series_fit.hpp"
#include "core/rows/calendar.hpp"

namespace cltv {

// Stored in databases: numbers are never reused.
enum class SeriesPeriod : std::uint8_t { recognised = 0, day = 1, week = 2, month = 3, quarter = 4, year = 5 };
constexpr int n_series_periods = 6;

// Periods of a kind are numbered in order of time. Weeks begin on the weekday `start`, 0 for Monday.
std::int64_t period_of(Day day, SeriesPeriod period, int start);
std::int64_t first_day_of(std::int64_t number, SeriesPeriod period, int start);  // may lie outside what a Day can be
int season_length(SeriesPeriod period);  // 7, 52, 12, 4, 1
double periods_of_year(int m);           // for periods of this season's length

struct DayValue {
    double day, value;
};

// A series without gaps: the value of a period is the sum of its rows, 0 where it has none.
struct Series {
    SeriesPeriod period = SeriesPeriod::day;
    int start = 0;               // the weekday on which weeks begin
    std::int64_t first = 0;      // number of the first period
    std::vector<double> values;
    int empty = 0;               // periods without a row
    int dropped = 0;             // 1: the last period was not over by the last day, and is left out
};

// The most periods that a series may span.
constexpr std::int64_t longest_series = 10000;

// Makes a series of rows in any order. A period that is not given is recognised: days with one place in their months
// are months (quarters and years where they are all that far apart), days of one weekday weeks, anything else days.
// as_of: the last known day, or no_day; it is then the last row's, unless each row stands for a period. Throws
// TooLarge, overflow_error.
Series make_series(std::vector<DayValue> rows, SeriesPeriod period, Day as_of, Stop stop);

// Whole weeks, counted back from the last known day (as_of; no_day: the last row's), so that the newest is whole; an
// incomplete oldest week is left out.
Series weeks_back(std::vector<DayValue> rows, Day as_of, Stop stop);
// The last day of a series.
Day last_day_of(const Series &series);

// Whether there is a model, and if not, why. Stored in databases: numbers are never reused.
enum class SeriesStatus : std::uint8_t { fitted = 0, too_short = 1, constant = 2, not_fitted = 3, not_positive = 4 };
constexpr int n_series_statuses = 5;
constexpr int shortest_series = 4;

// Whether a calendar covers all days of a series and of the given number of periods after it. For the first period,
// which may have begun before the data, its last day is enough.
bool calendar_reaches(const Calendar &calendar, const Series &series, int periods);
// What the calendar says about each period: the sum over its days, so that a holiday counts once in its week or month.
// It must reach.
SeriesColumns columns_by_period(const Calendar &calendar, const Series &series, int periods, Stop stop);

// Fits the given family; `none` stands for the best of all. Columns are used by `seasonal`, which is also among all.
SeriesFit fit_series(const std::vector<double> &y, SeriesFamily family, int m, const SeriesColumns &columns, SeriesStatus &status, Stop stop);

// Forecasts from a fit, or for a series of one constant value. The columns of a fit with a calendar must reach as far.
SeriesForecast forecast_series(const std::vector<double> &y, const SeriesFit &fit, int m, const SeriesColumns &columns, int periods);

// The number of parameters of a fit with these orders, or -1 if there are no such orders.
int series_parameters(SeriesFamily family, const SeriesOrders &orders, int m);

}  // namespace cltv
