#include "core/forecast/series_names.hpp"

#include <cstdio>

#include "core/forecast/acquisition.hpp"
#include "core/forecast/arima.hpp"
#include "core/forecast/ets.hpp"
#include "core/forecast/holt_winters.hpp"
#include "core/forecast/series.hpp"
#include "core/forecast/theta.hpp"
#include "core/forecast/trend.hpp"

namespace cltv {

void write_series_form(SeriesName &name, SeriesFamily family, const SeriesOrders &orders, int m) {
    if (family == SeriesFamily::ets) {
        constexpr const char *words[] = {"N", "A", "M", "Ad"};
        std::snprintf(name, sizeof name, "ETS(%s,%s,%s)", words[orders[0] & 3], words[orders[1] & 3], words[orders[2] & 3]);
    } else if (family == SeriesFamily::arima) {
        const ArimaOrders o = ArimaOrders::of(orders);
        const char *const mean = !o.mean ? "" : o.d + o.D > 0 ? " with drift" : " with mean";
        if (o.P > 0 || o.D > 0 || o.Q > 0)
            std::snprintf(name, sizeof name, "ARIMA(%d,%d,%d)(%d,%d,%d)[%d]%s", o.p, o.d, o.q, o.P, o.D, o.Q, m, mean);
        else
            std::snprintf(name, sizeof name, "ARIMA(%d,%d,%d)%s", o.p, o.d, o.q, mean);
    } else if (family == SeriesFamily::seasonal) {
        const TrendOrders o = TrendOrders::of(orders);
        std::snprintf(name, sizeof name, "trend of %d bends%s%s%s", o.changes, o.waves > 0 ? ", year" : "", o.week ? ", week" : "",
                      o.calendar ? ", calendar" : "");
    } else if (family == SeriesFamily::acquisition) {
        std::snprintf(name, sizeof name, "counts%s%s", orders[0] ? ", trend, year" : "", orders[3] ? ", calendar" : "");
    } else if (family == SeriesFamily::theta || family == SeriesFamily::holt_winters || family == SeriesFamily::holt_winters_multiplicative) {
        constexpr const char *words[] = {"", " additive", " multiplicative"};
        const bool season = orders[0] != 0;
        const char *const method = family == SeriesFamily::theta ? "Theta" : season ? "Holt-Winters" : "Holt";
        if (season)
            std::snprintf(name, sizeof name, "%s%s[%d]", method, words[orders[0] % 3], m);
        else
            std::snprintf(name, sizeof name, "%s", method);
    } else {
        std::snprintf(name, sizeof name, "none");
    }
}

void write_series_parameter(SeriesName &name, SeriesFamily family, const SeriesOrders &orders, int number) {
    if (family == SeriesFamily::ets) {
        const EtsForm form = EtsForm::of(orders);
        const bool trend = form.trend != Component::none, season = form.season != Component::none;
        int i = number;
        if (i-- == 0) return void(std::snprintf(name, sizeof name, "alpha"));
        if (trend && i-- == 0) return void(std::snprintf(name, sizeof name, "beta"));
        if (form.trend == Component::damped && i-- == 0) return void(std::snprintf(name, sizeof name, "phi"));
        if (season && i-- == 0) return void(std::snprintf(name, sizeof name, "gamma"));
        if (i-- == 0) return void(std::snprintf(name, sizeof name, "level"));
        if (trend && i-- == 0) return void(std::snprintf(name, sizeof name, "slope"));
        std::snprintf(name, sizeof name, "season_%d", i + 1);
    } else if (family == SeriesFamily::arima) {
        const ArimaOrders o = ArimaOrders::of(orders);
        int i = number;
        const auto one_of = [&](const char *word, int count) {
            if (i < count) std::snprintf(name, sizeof name, "%s%d", word, i + 1);
            i -= count;
            return i < 0;
        };
        if (one_of("ar", o.p) || one_of("ma", o.q) || one_of("sar", o.P) || one_of("sma", o.Q)) return;
        std::snprintf(name, sizeof name, o.d + o.D > 0 ? "drift" : "mean");
    } else if (family == SeriesFamily::acquisition) {
        constexpr const char *words[] = {"level", "omega", "dispersion", "trend"};
        const int wave = number - 4;
        if (wave < 0)
            std::snprintf(name, sizeof name, "%s", words[number]);
        else
            std::snprintf(name, sizeof name, "year_%s_%d", wave % 2 == 0 ? "sin" : "cos", wave / 2 + 1);
    } else if (family == SeriesFamily::theta) {
        constexpr const char *words[] = {"alpha", "level", "drift"};
        std::snprintf(name, sizeof name, "%s", words[number % 3]);
    } else if (family == SeriesFamily::holt_winters || family == SeriesFamily::holt_winters_multiplicative) {
        constexpr const char *words[] = {"alpha", "beta", "gamma"};
        std::snprintf(name, sizeof name, "%s", words[number % 3]);
    } else {
        const TrendOrders o = TrendOrders::of(orders);
        int i = number;
        if (o.changes > 0 && i-- == 0) return void(std::snprintf(name, sizeof name, "trend_scale"));
        if (o.waves > 0 && i-- == 0) return void(std::snprintf(name, sizeof name, "year_scale"));
        if (o.week > 0 && i-- == 0) return void(std::snprintf(name, sizeof name, "week_scale"));
        std::snprintf(name, sizeof name, "calendar_scale");
    }
}

namespace {

std::vector<double> errors_of(const std::vector<double> &y, const SeriesFit &fit, int m) {
    switch (fit.family) {
        case SeriesFamily::ets: return ets_errors(y, fit, m);
        case SeriesFamily::arima: return arima_errors(y, fit, m);
        case SeriesFamily::holt_winters:
        case SeriesFamily::holt_winters_multiplicative: return holt_winters_errors(y, fit, m);
        case SeriesFamily::theta: return theta_errors(y, fit, m);
        default: return std::vector<double>(fit.parameters.size(), std::numeric_limits<double>::quiet_NaN());
    }
}

}  // namespace

std::vector<SeriesCoefficient> series_coefficients(const std::vector<double> &y, const SeriesFit &fit, int m, int first_weekday, Day last,
                                                   const SeriesColumns &columns) {
    std::vector<SeriesCoefficient> all;
    const std::vector<double> errors = errors_of(y, fit, m);
    for (std::size_t i = 0; i < fit.parameters.size(); ++i) {
        all.push_back({{}, -1, fit.parameters[i], errors[i]});
        write_series_parameter(all.back().name, fit.family, fit.orders, static_cast<int>(i));
    }
    if (fit.family == SeriesFamily::acquisition) {
        // Trend and waves are parameters; the columns of a calendar come after them.
        const Acquisition acquisition({y.data(), y.size()}, last, columns);
        const int n_year = acquisition.n_coefficients() - columns.n;
        all[0].std_error = acquisition.level_error();
        for (int i = 0; i < n_year; ++i) all[3 + i].std_error = acquisition.coefficient_error(i);
        for (int j = 0; j < columns.n; ++j)
            all.push_back({{}, j, acquisition.coefficient(n_year + j), acquisition.coefficient_error(n_year + j)});
        return all;
    }
    if (fit.family != SeriesFamily::seasonal) return all;
    const TrendOrders orders = TrendOrders::of(fit.orders);
    const TrendCoefficients of = trend_coefficients(y, fit, periods_of_year(m), columns);
    const int bends = 2, waves = bends + orders.changes, week = waves + 2 * orders.waves, calendar = week + 7 * orders.week;
    constexpr const char *weekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    for (int i = 0; i < static_cast<int>(of.estimates.size()); ++i) {
        all.push_back({{}, i < calendar ? -1 : i - calendar, of.estimates[i], of.std_errors[i]});
        SeriesName &name = all.back().name;
        if (i < bends)
            std::snprintf(name, sizeof name, "%s", i == 0 ? "level" : "slope");
        else if (i < waves)
            std::snprintf(name, sizeof name, "bend_%d", i - bends + 1);
        else if (i < week)
            std::snprintf(name, sizeof name, "year_%s_%d", (i - waves) % 2 == 0 ? "sin" : "cos", (i - waves) / 2 + 1);
        else if (i < calendar)
            std::snprintf(name, sizeof name, "%s", weekdays[(first_weekday + i - week) % 7]);
    }
    return all;
}

}  // namespace cltv
