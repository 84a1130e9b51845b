#include "core/forecast/series.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/base/double_double.hpp"
#include "core/base/too_large.hpp"
#include "core/forecast/acquisition.hpp"
#include "core/forecast/arima.hpp"
#include "core/forecast/ets.hpp"
#include "core/forecast/holt_winters.hpp"
#include "core/forecast/theta.hpp"
#include "core/forecast/trend.hpp"

namespace cltv {

namespace {

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

int months_of(SeriesPeriod period) { return period == SeriesPeriod::year ? 12 : period == SeriesPeriod::quarter ? 3 : 1; }

bool is_last_of_month(const CivilDay &day) { return day.day == days_of_month(day.year, day.month); }

// Recognises the period, given distinct days in ascending order.
SeriesPeriod recognised(const std::vector<Day> &days, int &start) {
    bool same_place = true, all_last = true, weekday = true;
    const CivilDay first = civil(days.front());
    for (std::size_t i = 0; i < days.size(); ++i) {
        const CivilDay here = civil(days[i]);
        same_place = same_place && here.day == first.day;
        all_last = all_last && is_last_of_month(here);
        weekday = weekday && day_in_week(days[i]) == day_in_week(days.front());
    }
    start = weekday ? day_in_week(days.front()) : 0;
    if (days.size() < 2) return SeriesPeriod::month;
    if (same_place || all_last) {
        std::int64_t apart = 12;
        for (std::size_t i = 1; i < days.size(); ++i) {
            const std::int64_t gap = period_of(days[i], SeriesPeriod::month, 0) - period_of(days[i - 1], SeriesPeriod::month, 0);
            if (gap % 12 != 0) apart = std::min<std::int64_t>(apart, gap % 3 != 0 ? 1 : 3);
        }
        return apart == 12 ? SeriesPeriod::year : apart == 3 ? SeriesPeriod::quarter : SeriesPeriod::month;
    }
    return weekday ? SeriesPeriod::week : SeriesPeriod::day;
}

}  // namespace

std::int64_t period_of(Day day, SeriesPeriod period, int start) {
    if (period == SeriesPeriod::day) return day;
    if (period == SeriesPeriod::week) return floor_quotient(std::int64_t{day} - start, 7);
    const CivilDay at = civil(day);
    return floor_quotient(std::int64_t{at.year} * 12 + at.month - 1, months_of(period));
}

std::int64_t first_day_of(std::int64_t number, SeriesPeriod period, int start) {
    if (period == SeriesPeriod::day) return number;
    if (period == SeriesPeriod::week) return number * 7 + start;
    const std::int64_t month = number * months_of(period), year = floor_quotient(month, 12);
    return julian(CivilDay{static_cast<int>(year), static_cast<int>(month - 12 * year) + 1, 1});
}

int season_length(SeriesPeriod period) {
    switch (period) {
        case SeriesPeriod::day: return 7;
        case SeriesPeriod::week: return 52;
        case SeriesPeriod::month: return 12;
        case SeriesPeriod::quarter: return 4;
        default: return 1;
    }
}

Series make_series(std::vector<DayValue> rows, SeriesPeriod period, Day as_of, Stop stop) {
    poll(stop);
    // Sorted, so that sums of money do not depend on the order in which rows came.
    std::sort(rows.begin(), rows.end(), [](const DayValue &a, const DayValue &b) {
        return a.day < b.day || (a.day == b.day && a.value < b.value);
    });
    poll(stop);
    if (as_of != no_day)
        while (!rows.empty() && rows.back().day > as_of) rows.pop_back();
    Series series;
    series.period = period == SeriesPeriod::recognised ? SeriesPeriod::month : period;
    if (rows.empty()) return series;
    std::vector<Day> days;
    for (const DayValue &row : rows)
        if (days.empty() || days.back() != static_cast<Day>(row.day)) days.push_back(static_cast<Day>(row.day));
    int start = 0;
    const SeriesPeriod seen = recognised(days, start);
    series.period = period == SeriesPeriod::recognised ? seen : period;
    // Weeks that are given by days of the same weekday begin on that weekday.
    series.start = series.period == SeriesPeriod::week && seen == SeriesPeriod::week ? start : 0;
    const auto number_of = [&](Day day) { return period_of(day, series.period, series.start); };
    // One row per period, on the same day of each: the day is the period's name, and does not tell how much of the
    // period is known.
    bool names = series.period == seen;
    for (std::size_t i = 1; names && i < days.size(); ++i) names = number_of(days[i]) != number_of(days[i - 1]);
    series.first = number_of(days.front());
    std::int64_t last = number_of(days.back());
    if (as_of != no_day || !names) {
        const Day known = as_of != no_day ? as_of : days.back();
        last = number_of(known);
        if (first_day_of(last + 1, series.period, series.start) - 1 > known) {
            --last;
            series.dropped = last + 1 == number_of(days.back());
        }
    }
    if (last < series.first) return series;
    if (last - series.first + 1 > longest_series) throw TooLarge("a series has more than 10000 periods: look for wrong dates, or take longer periods");
    std::vector<DoubleDouble> sums(last - series.first + 1, DoubleDouble{0, 0});
    std::vector<char> there(sums.size(), 0);
    for (const DayValue &row : rows) {
        const std::int64_t at = number_of(static_cast<Day>(row.day)) - series.first;
        if (at >= static_cast<std::int64_t>(sums.size())) break;
        sums[at] = sums[at] + row.value;
        there[at] = 1;
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        if (!std::isfinite(sums[i].hi) || std::fabs(sums[i].hi) > 1e150)
            throw std::overflow_error("the sum of a period is beyond 1e150: look for wrong values");
        series.values.push_back(sums[i].hi + 0.0);
        series.empty += !there[i];
    }
    return series;
}

Day last_day_of(const Series &series) {
    return static_cast<Day>(first_day_of(series.first + static_cast<std::int64_t>(series.values.size()), series.period, series.start) - 1);
}

Series weeks_back(std::vector<DayValue> rows, Day as_of, Stop stop) {
    Day first = no_day, last = 0;
    for (const DayValue &row : rows) {
        const Day day = static_cast<Day>(row.day);
        if (as_of != no_day && day > as_of) continue;
        first = first == no_day ? day : std::min(first, day);
        last = std::max(last, day);
    }
    if (as_of != no_day) last = as_of;
    Series series;
    series.period = SeriesPeriod::week;
    if (first == no_day) return series;
    // Weeks begin on the weekday after that of the last day.
    series.start = (day_in_week(last) + 1) % 7;
    const std::int64_t weeks = (std::int64_t{last} - first + 1) / 7;
    if (weeks > longest_series) throw TooLarge("a series has more than 10000 periods: look for wrong dates, or take longer periods");
    series.first = period_of(last, series.period, series.start) + 1 - weeks;
    std::vector<DoubleDouble> sums(weeks, DoubleDouble{0, 0});
    std::vector<char> there(weeks, 0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if ((i & 0xFFFF) == 0) poll(stop);
        const Day day = static_cast<Day>(rows[i].day);
        if (day > last) continue;
        const std::int64_t week = period_of(day, series.period, series.start) - series.first;
        if (week < 0) continue;
        sums[week] = sums[week] + rows[i].value;
        there[week] = 1;
    }
    for (std::int64_t week = 0; week < weeks; ++week) {
        series.values.push_back(sums[week].hi + 0.0);
        series.empty += !there[week];
    }
    return series;
}

bool calendar_reaches(const Calendar &calendar, const Series &series, int periods) {
    const auto until = series.first + static_cast<std::int64_t>(series.values.size()) + periods;
    return calendar.repeats() || (std::int64_t{calendar.first} < first_day_of(series.first + 1, series.period, series.start) &&
                                  first_day_of(until, series.period, series.start) - 1 <= std::int64_t{calendar.last});
}

SeriesColumns columns_by_period(const Calendar &calendar, const Series &series, int periods, Stop stop) {
    SeriesColumns columns;
    columns.n = static_cast<int>(calendar.n_columns);
    const std::size_t n = series.values.size() + static_cast<std::size_t>(periods);
    columns.values.assign(n * calendar.n_columns, 0);
    std::vector<double> days;
    for (std::size_t t = 0; t < n; ++t) {
        if ((t & 0xFF) == 0) poll(stop);
        const std::int64_t number = series.first + static_cast<std::int64_t>(t);
        std::int64_t begin = first_day_of(number, series.period, series.start);
        if (!calendar.repeats()) begin = std::max(begin, std::int64_t{calendar.first});
        const auto length = static_cast<std::uint32_t>(first_day_of(number + 1, series.period, series.start) - begin);
        days.resize(std::size_t{length} * calendar.n_columns);
        fill_days(calendar, static_cast<Day>(begin), length, days.data());
        for (std::size_t i = 0; i < days.size(); ++i) columns.values[t * calendar.n_columns + i % calendar.n_columns] += days[i];
    }
    return columns;
}

namespace {

// The best fit of one family; m is the season's length.
SeriesFit best_of(const std::vector<double> &y, SeriesFamily family, int m, const SeriesColumns &columns, Stop stop) {
    switch (family) {
        case SeriesFamily::ets: return choose_ets(y, m, stop);
        case SeriesFamily::arima: return choose_arima(y, m, stop);
        case SeriesFamily::seasonal: return fit_trend(y, periods_of_year(m), m == 7, columns, stop);
        case SeriesFamily::holt_winters: return fit_holt_winters(y, false, m, stop);
        case SeriesFamily::holt_winters_multiplicative: return fit_holt_winters(y, true, m, stop);
        case SeriesFamily::theta: return fit_theta(y, m, stop);
        default: return {};
    }
}

bool is_usable(const SeriesFit &fit) {
    return fit.family != SeriesFamily::none && fit.variance >= 0 && std::isfinite(fit.variance) && std::isfinite(fit.log_likelihood) &&
           std::isfinite(fit.aicc);
}

// Fits the same form to another series.
SeriesFit again(const std::vector<double> &y, const SeriesFit &fit, int m, const SeriesColumns &columns, Stop stop) {
    switch (fit.family) {
        case SeriesFamily::ets: return fit_ets(y, EtsForm::of(fit.orders), m, stop);
        case SeriesFamily::arima: return fit_arima(y, ArimaOrders::of(fit.orders), m, stop);
        default: return best_of(y, fit.family, m, columns, stop);
    }
}

// The family that would have predicted best. Likelihoods of different families cannot be compared, because their data
// differ. So each family's form is chosen by its own criterion, fitted again to what was known at three earlier ends of
// the series, and judged by its errors in the periods that followed. L. J. Tashman, International Journal of
// Forecasting 16 (2000) 437-450.
SeriesFit best_of_all(const std::vector<double> &y, int m, const SeriesColumns &columns, Stop stop) {
    const int n = static_cast<int>(y.size());
    const int ahead = std::max(1, std::min({n / 6, m > 1 ? m : 6, 26}));
    SeriesFit best;
    double least = std::numeric_limits<double>::infinity();
    for (const SeriesFamily family : {SeriesFamily::ets, SeriesFamily::arima, SeriesFamily::seasonal}) {
        // A short series leaves nothing to try on.
        if (n < 12 && best.family != SeriesFamily::none) break;
        const SeriesFit fit = best_of(y, family, m, columns, stop);
        if (!is_usable(fit)) continue;
        double error = 0;
        for (int back = 1; n >= 12 && back <= 3; ++back) {
            const int until = n - ahead * back;
            if (until < 8 || (back > 1 && until < 2 * m + 4)) break;
            const std::vector<double> known(y.begin(), y.begin() + until);
            const SeriesFit then = again(known, fit, m, columns, stop);
            if (!is_usable(then)) {
                error = std::numeric_limits<double>::infinity();
                break;
            }
            const SeriesForecast foretold = forecast_series(known, then, m, columns, ahead);
            for (int h = 0; h < ahead; ++h) error += std::fabs(foretold.mean[h] - y[until + h]);
        }
        if (error < least || best.family == SeriesFamily::none) {
            best = fit;
            least = error;
        }
    }
    return best;
}

}  // namespace

double periods_of_year(int m) {
    constexpr double days = 365.2425;
    return m == 7 ? days : m == 52 ? days / 7 : m;
}

SeriesFit fit_series(const std::vector<double> &y, SeriesFamily family, int m, const SeriesColumns &columns, SeriesStatus &status, Stop stop) {
    if (y.size() < shortest_series) {
        status = SeriesStatus::too_short;
        return {};
    }
    if (std::all_of(y.begin(), y.end(), [&y](double value) { return value == y[0]; })) {
        status = SeriesStatus::constant;
        return {};
    }
    const SeriesFit fit = family == SeriesFamily::none ? best_of_all(y, m, columns, stop) : best_of(y, family, m, columns, stop);
    status = is_usable(fit) ? SeriesStatus::fitted : SeriesStatus::not_fitted;
    return status == SeriesStatus::fitted ? fit : SeriesFit{};
}

SeriesForecast forecast_series(const std::vector<double> &y, const SeriesFit &fit, int m, const SeriesColumns &columns, int periods) {
    switch (fit.family) {
        case SeriesFamily::ets: return forecast_ets(y, fit, m, periods);
        case SeriesFamily::arima: return forecast_arima(y, fit, m, periods);
        case SeriesFamily::seasonal: return forecast_trend(y, fit, periods_of_year(m), columns, periods);
        case SeriesFamily::holt_winters:
        case SeriesFamily::holt_winters_multiplicative: return forecast_holt_winters(y, fit, m, periods);
        case SeriesFamily::theta: return forecast_theta(y, fit, m, periods);
        default: return {std::vector<double>(periods, y.empty() ? 0 : y.back()), std::vector<double>(periods, 0)};
    }
}

int series_parameters(SeriesFamily family, const SeriesOrders &orders, int m) {
    if (family == SeriesFamily::none) return 0;
    if (family == SeriesFamily::ets) {
        const EtsForm form = EtsForm::of(orders);
        const auto known = [](Component c) { return c >= Component::none && c <= Component::damped; };
        if (!known(form.error) || !known(form.trend) || !known(form.season) || !form.is_stable()) return -1;
        if (form.season != Component::none && (m < 2 || m > longest_season)) return -1;
        return ets_parameters(form, m);
    }
    if (family == SeriesFamily::arima) {
        const ArimaOrders o = ArimaOrders::of(orders);
        const bool seasonal = o.P > 0 || o.D > 0 || o.Q > 0;
        const auto within = [](int value, int most) { return value >= 0 && value <= most; };
        if (!within(o.p, most_arima_lags) || !within(o.q, most_arima_lags) || !within(o.d, most_arima_differences) ||
            !within(o.P, most_arima_seasonal_lags) || !within(o.Q, most_arima_seasonal_lags) || !within(o.D, 1) ||
            !within(orders[6], 1) || orders[7] != 0 || (seasonal && (m < 2 || m > longest_season)))
            return -1;
        return arima_parameters(o);
    }
    if (family == SeriesFamily::seasonal) {
        const TrendOrders o = TrendOrders::of(orders);
        if (o.changes < 0 || o.changes > most_trend_changes || o.waves < 0 || o.waves > most_trend_waves || o.week < 0 || o.week > 1 ||
            o.calendar < 0 || o.calendar > 1)
            return -1;
        return trend_parameters(o);
    }
    // The other orders: with a season or without.
    const auto season = static_cast<Season>(orders[0]);
    if (family == SeriesFamily::acquisition) {
        const auto flag = [](std::int8_t order) { return order == 0 || order == 1; };
        for (std::size_t i = 0; i < orders.size(); ++i)
            if (i == 0 || i == 3 ? !flag(orders[i]) : orders[i] != 0) return -1;
        return acquisition_parameters(orders[0] != 0);
    }
    const bool known = season == Season::none || (m > 1 && (season == Season::additive || season == Season::multiplicative));
    if (!known || std::any_of(orders.begin() + 1, orders.end(), [](std::int8_t order) { return order != 0; })) return -1;
    if (family == SeriesFamily::theta) return theta_parameters;
    const Season other = family == SeriesFamily::holt_winters ? Season::multiplicative : Season::additive;
    if (family == SeriesFamily::holt_winters || family == SeriesFamily::holt_winters_multiplicative)
        return season == other ? -1 : holt_winters_parameters(season);
    return -1;
}

}  // namespace cltv
