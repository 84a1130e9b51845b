// The SQL types series_base and forecast_model.
#pragma once

#include "core/forecast/series.hpp"
#include "core/rows/calendar.hpp"
#include "pg/base/postgres.hpp"
#include "pg/rows/growable.hpp"

namespace cltv::pg {

// Days with values, in order of arrival, and the fit that is asked for.
struct SeriesBase : Growable<SeriesBase, DayValue> {
    int32 length_word = 0;
    uint16 version = current_version;
    uint16 reserved = 0;
    uint32 used = 0;
    uint32 capacity = 0;
    uint32 family = 0;      // a SeriesFamily; 0: the best of all
    uint32 period = 0;      // a SeriesPeriod; 0: as recognised
    uint32 as_of = no_day;  // a Day
    uint32 reserved_too = 0;
};

// A fit and its series: the parameters, then the values, followed by the calendar of a fit that has one. Forecasts are
// computed anew from these.
struct ForecastModel : Growable<ForecastModel, double> {
    int32 length_word = 0;
    uint16 version = current_version;
    uint16 status = 0;  // a SeriesStatus
    uint32 used = 0;
    uint32 capacity = 0;
    uint32 family = 0;
    uint32 period = 0;
    uint32 start = 0;  // the weekday on which weeks begin
    uint32 season = 1; // periods of a season
    int64 first = 0;   // number of the first period
    uint32 parameters = 0;
    uint32 empty = 0;
    uint32 dropped = 0;
    SeriesOrders orders{};
    uint32 calendar_bytes = 0;  // 0: none
    double variance = 0, log_likelihood = 0, aicc = 0;

    const double *values() const { return rows() + parameters; }
    uint32 periods() const { return used - parameters; }
    const Calendar *calendar() const { return calendar_bytes == 0 ? nullptr : reinterpret_cast<const Calendar *>(rows() + used); }
};

// Whether a model of that family and these orders has a calendar.
inline bool has_columns(uint32 family, const SeriesOrders &orders) {
    return (family == static_cast<uint32>(SeriesFamily::seasonal) || family == static_cast<uint32>(SeriesFamily::acquisition)) && orders[3] != 0;
}

// The model without spare room, followed by a calendar; the model itself if there is none.
ForecastModel *with_calendar(ForecastModel *model, const Calendar *calendar);

// The periods of a model, without values.
inline Series series_in(const ForecastModel &model) {
    Series series;
    series.period = static_cast<SeriesPeriod>(model.period);
    series.start = static_cast<int>(model.start);
    series.first = model.first;
    series.values.resize(model.periods());
    return series;
}

}  // namespace cltv::pg
