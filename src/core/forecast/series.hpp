// From days with values to a series of equal periods, and models of it.
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

// Periods of a kind are numbered in the order of time. Weeks begin on the weekday `start`, 0 for Monday.
std::int64_t period_of(Day day, SeriesPeriod period, int start);
std::int64_t first_day_of(std::int64_t number, SeriesPeriod period, int start);  // may lie outside what a Day can be
int season_length(SeriesPeriod period);  // 7, 52, 12, 4, 1
double periods_of_year(int m);           // by that length

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

// Of rows in any order. The period is recognised where it is not given: days of one place in their months are months (quarters and
// years where all are so far apart), days of one weekday weeks, all else days. as_of: the last day that is known, no_day where
// nobody says; then it is the last row's, unless all rows stand for periods of their own. Throws TooLarge, overflow_error.
Series make_series(std::vector<DayValue> rows, SeriesPeriod period, Day as_of, Stop stop);

// Whole weeks, counted back from the last day that is known (as_of, no_day: the last row's), so that the newest is whole; an oldest one
// that is not is left out.
Series weeks_back(std::vector<DayValue> rows, Day as_of, Stop stop);
// The last day of a series.
Day last_day_of(const Series &series);

// Why there is no model, or that there is one. Stored in databases: numbers are never reused.
enum class SeriesStatus : std::uint8_t { fitted = 0, too_short = 1, constant = 2, not_fitted = 3, not_positive = 4 };
constexpr int n_series_statuses = 5;
constexpr int shortest_series = 4;

// Whether a calendar says all days of a series and of so many periods after it. Of the first period, which may have begun before the
// data, the last day is enough.
bool calendar_reaches(const Calendar &calendar, const Series &series, int periods);
// What it says of each period: the sum of its days, so that a holiday counts once in its week or month. It must reach.
SeriesColumns columns_by_period(const Calendar &calendar, const Series &series, int periods, Stop stop);

// What is asked for; `none` stands for the best of all. Columns are for `seasonal`, and for it among all.
SeriesFit fit_series(const std::vector<double> &y, SeriesFamily family, int m, const SeriesColumns &columns, SeriesStatus &status, Stop stop);

// Of a fit, or of a series of one value over and over. Columns of a fit with a calendar reach as far.
SeriesForecast forecast_series(const std::vector<double> &y, const SeriesFit &fit, int m, const SeriesColumns &columns, int periods);

// How many parameters a fit of such orders has, or -1 where there are no such orders.
int series_parameters(SeriesFamily family, const SeriesOrders &orders, int m);

}  // namespace cltv
