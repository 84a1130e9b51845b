// Models of series: how they are made, their parameters, and their forecasts.
#include <algorithm>
#include <cmath>

#include "core/fit/interval.hpp"
#include "core/forecast/acquisition.hpp"
#include "core/forecast/series_names.hpp"
#include "core/forecast/trend.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/forecast/series_words.hpp"
#include "pg/rows/calendar.hpp"

extern "C" {
#include "funcapi.h"
}

namespace cltv::pg {

namespace {

SeriesFit fit_in(const ForecastModel &model) {
    SeriesFit fit;
    fit.family = static_cast<SeriesFamily>(model.family);
    fit.orders = model.orders;
    fit.parameters.assign(model.rows(), model.rows() + model.parameters);
    fit.variance = model.variance;
    return fit;
}

// The part of a fit that is kept: plain data, with the numbers in the server's memory.
struct Kept {
    ForecastModel head{};
    const double *numbers = nullptr;
    uint32 parameters = 0, periods = 0;

    // Called within a guard, because it may throw.
    void take(const Series &series, const SeriesFit &fit, SeriesStatus status) {
        head.status = static_cast<uint16>(status);
        head.family = static_cast<uint32>(fit.family);
        head.period = static_cast<uint32>(series.period);
        head.start = static_cast<uint32>(series.start);
        head.season = static_cast<uint32>(season_length(series.period));
        head.first = series.first;
        head.empty = static_cast<uint32>(series.empty);
        head.dropped = static_cast<uint32>(series.dropped);
        head.orders = fit.orders;
        head.variance = fit.variance;
        constexpr double none = std::numeric_limits<double>::quiet_NaN();
        head.log_likelihood = std::isfinite(fit.log_likelihood) ? fit.log_likelihood : none;
        head.aicc = std::isfinite(fit.aicc) ? fit.aicc : none;
        parameters = static_cast<uint32>(fit.parameters.size());
        periods = static_cast<uint32>(series.values.size());
        // The server's usual allocation may raise an error, which would jump over the vectors.
        double *const kept = static_cast<double *>(
            MemoryContextAllocExtended(CurrentMemoryContext, (parameters + periods + 1) * sizeof(double), MCXT_ALLOC_NO_OOM));
        if (kept == nullptr) throw std::bad_alloc();
        std::copy(fit.parameters.begin(), fit.parameters.end(), kept);
        std::copy(series.values.begin(), series.values.end(), kept + parameters);
        numbers = kept;
    }

    ForecastModel *model() const {
        ForecastModel *const model = copy_with_capacity(head, parameters + periods);
        model->parameters = parameters;
        model->append(numbers, parameters + periods);
        return model;
    }
};

// For a series between these two days.
[[noreturn]] void raise_short_calendar(const Calendar &calendar, Day first, Day last) {
    if (last > calendar.last) raise_beyond_calendar(calendar, last, "Extend the calendar to the last forecast period.");
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the calendar begins on %s, after the first period of the series, from %s", day_text(calendar.first), day_text(first)),
                    errhint("Extend the calendar, or leave out earlier values.")));
    pg_unreachable();
}

// Fits `family` to the rows of a base.
Datum fitted(const SeriesBase &base, uint32 family, uint32 period, uint32 as_of, const Calendar *calendar) {
    Kept kept;
    bool calendar_is_short = false;
    Day first = 0, last = 0;  // of the series, where it is
    guarded([&] {
        const std::vector<DayValue> rows(base.rows(), base.rows() + base.used);
        const Series series = make_series(rows, static_cast<SeriesPeriod>(period), as_of, interrupt_pending);
        SeriesStatus status{};
        SeriesColumns columns;
        if (calendar != nullptr && !series.values.empty()) {
            calendar_is_short = !calendar_reaches(*calendar, series, 0);
            first = static_cast<Day>(first_day_of(series.first, series.period, series.start));
            last = last_day_of(series);
            if (calendar_is_short) return;
            columns = columns_by_period(*calendar, series, 0, interrupt_pending);
        }
        const SeriesFit fit = fit_series(series.values, static_cast<SeriesFamily>(family), season_length(series.period), columns, status, interrupt_pending);
        kept.take(series, fit, status);
    });
    if (calendar_is_short) raise_short_calendar(*calendar, first, last);
    ForecastModel *const model = kept.model();
    if (model->status != static_cast<uint16>(SeriesStatus::fitted) && model->status != static_cast<uint16>(SeriesStatus::constant))
        ereport(WARNING, (errmsg("no model of the series: %s", series_status_words[model->status]),
                          errdetail("It has %u periods of a %s.", model->periods(), period_words[model->period]),
                          model->status == static_cast<uint16>(SeriesStatus::too_short)
                              ? errhint("A model needs %d periods at least, and two seasons to find a season.", shortest_series)
                              : errhint("Use another family, or auto.")));
    PG_RETURN_POINTER(with_calendar(model, has_columns(model->family, model->orders) ? calendar : nullptr));
}

// Fits new customers; the rows are their first days.
Datum acquired(const SeriesBase &base, uint32 as_of, const Calendar *calendar) {
    Kept kept;
    bool calendar_is_short = false;
    Day first = 0, last = 0;  // of the series, where it is
    double least = 0;
    for (uint32 i = 0; i < base.used; ++i) least = std::fmin(least, base.rows()[i].value);
    if (least < 0)
        raise_out_of_range("value", least, "They are numbers of new customers.");
    guarded([&] {
        const std::vector<DayValue> rows(base.rows(), base.rows() + base.used);
        const Series series = weeks_back(rows, as_of, interrupt_pending);
        if (series.values.empty()) {
            kept.take(series, {}, SeriesStatus::too_short);
            return;
        }
        first = static_cast<Day>(first_day_of(series.first, series.period, series.start));
        last = last_day_of(series);
        calendar_is_short = calendar != nullptr && !calendar_reaches(*calendar, series, 0);
        if (calendar_is_short) return;
        SeriesColumns columns;
        if (calendar != nullptr) columns = columns_by_period(*calendar, series, 0, interrupt_pending);
        kept.take(series, fit_acquisition(series.values, last, columns), SeriesStatus::fitted);
    });
    if (calendar_is_short) raise_short_calendar(*calendar, first, last);
    ForecastModel *const model = kept.model();
    if (model->family == 0)
        ereport(WARNING, (errmsg("no model of new customers: too short"), errdetail("First orders span less than a week."),
                          errhint("Give the last known day as as_of, or wait until they span a week.")));
    PG_RETURN_POINTER(with_calendar(model, has_columns(model->family, model->orders) ? calendar : nullptr));
}

}  // namespace
}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_forecast_fit_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const SeriesBase &base = *value_argument<SeriesBase>(fcinfo, 0);
    return fitted(base, base.family, base.period, base.as_of, nullptr);
}

// (base, family, as_of, period [, calendar])
CLTV_FUNCTION(cltv_forecast_fit) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) PG_RETURN_NULL();
    const SeriesBase &base = *value_argument<SeriesBase>(fcinfo, 0);
    const uint32 family = family_argument(fcinfo, 1);
    const uint32 as_of = PG_ARGISNULL(2) ? base.as_of : series_day_argument(fcinfo, 2, "as_of");
    const uint32 period = PG_ARGISNULL(3) ? base.period : period_argument(fcinfo, 3);
    const Calendar *const calendar = PG_ARGISNULL(4) ? nullptr : calendar_argument(fcinfo, 4);
    if (calendar != nullptr && family != 0 && family != static_cast<uint32>(SeriesFamily::seasonal))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("family \"%s\" has no calendar", family_words[family]),
                        errhint("Use seasonal or auto, or leave the calendar out.")));
    return fitted(base, family, period, as_of, calendar);
}

CLTV_FUNCTION(cltv_acquisition_fit_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const SeriesBase &base = *value_argument<SeriesBase>(fcinfo, 0);
    return acquired(base, base.as_of, nullptr);
}

// (base, as_of, calendar)
CLTV_FUNCTION(cltv_acquisition_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const SeriesBase &base = *value_argument<SeriesBase>(fcinfo, 0);
    return acquired(base, PG_ARGISNULL(1) ? base.as_of : series_day_argument(fcinfo, 1, "as_of"),
                    PG_ARGISNULL(2) ? nullptr : calendar_argument(fcinfo, 2));
}

// (model)
CLTV_FUNCTION(cltv_forecast_model_status) {
    const ForecastModel &model = *value_argument<ForecastModel>(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfoString(&out, series_status_words[model.status]);
    if (model.empty > 0) appendStringInfo(&out, "; %u of %u periods without a row count as 0", model.empty, model.periods());
    if (model.dropped) {
        const int64 next = first_day_of(model.first + model.periods(), static_cast<SeriesPeriod>(model.period), static_cast<int>(model.start));
        appendStringInfo(&out, "; the last %s, from %s on, is not over and left out", period_words[model.period], day_text(static_cast<Day>(next)));
    }
    PG_RETURN_TEXT_P(cstring_to_text(out.data));
}

// (model, periods, level)
CLTV_FUNCTION(cltv_forecast) {
    struct Row {
        double estimate, lower, upper;
    };
    struct Results {
        int64 next;
        SeriesPeriod period;
        int start;
        Row rows[FLEXIBLE_ARRAY_MEMBER];
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        constexpr int most = 10000;
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const ForecastModel &model = *value_argument<ForecastModel>(fcinfo, 0);
        const int32 periods = PG_GETARG_INT32(1);
        const double level = level_argument(fcinfo, 2);
        if (periods < 1 || periods > most)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("periods %d is not between 1 and %d", periods, most),
                            errhint("It is how many periods to look ahead.")));
        const bool known = model.periods() > 0 && (model.family != 0 || model.status == static_cast<uint16>(SeriesStatus::constant));
        Results *const results = static_cast<Results *>(palloc(offsetof(Results, rows) + periods * sizeof(Row)));
        results->period = static_cast<SeriesPeriod>(model.period);
        results->start = static_cast<int>(model.start);
        results->next = model.first + model.periods();
        if (known && first_day_of(results->next + periods, results->period, results->start) > int64{last_possible_day})
            ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range"),
                            errhint("Ask for fewer periods.")));
        if (const Calendar *const calendar = model.calendar(); known && calendar != nullptr && !calendar_reaches(*calendar, series_in(model), periods))
            raise_beyond_calendar(*calendar, static_cast<Day>(first_day_of(results->next + periods, results->period, results->start) - 1),
                                  "Ask for fewer periods, or fit with a calendar that reaches as far.");
        guarded([&] {
            if (!known) return;
            const std::vector<double> values(model.values(), model.values() + model.periods());
            SeriesColumns columns;
            if (model.calendar() != nullptr) columns = columns_by_period(*model.calendar(), series_in(model), periods, interrupt_pending);
            if (model.family == static_cast<uint32>(SeriesFamily::acquisition)) {
                const Acquisition acquisition({values.data(), values.size()}, last_day_of(series_in(model)), columns);
                for (int h = 0; h < periods; ++h) {
                    const AcquisitionWeek week = week_ahead(acquisition, h + 1, level);
                    results->rows[h] = {week.estimate, week.lower, week.upper};
                }
                return;
            }
            const SeriesFit fit = fit_in(model);
            const SeriesForecast forecast = forecast_series(values, fit, static_cast<int>(model.season), columns, periods);
            // A series that was never negative, such as revenue, will not become so.
            const bool positive = std::all_of(values.begin(), values.end(), [](double value) { return value >= 0; });
            const double reach = normal_quantile(level), least = positive ? 0 : -std::numeric_limits<double>::infinity();
            for (int h = 0; h < periods; ++h) {
                const double spread = reach * std::sqrt(forecast.variance[h]), mean = forecast.mean[h];
                const auto held = [least](double value) { return value < least ? least : value; };
                results->rows[h] = {held(mean), held(mean - spread), held(mean + spread)};
            }
        });
        context->max_calls = known ? static_cast<uint64>(periods) : 0;
        context->user_fctx = results;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Results &results = *static_cast<const Results *>(context->user_fctx);
    const Row &row = results.rows[context->call_cntr];
    const int64 first = first_day_of(results.next + static_cast<int64>(context->call_cntr), results.period, results.start);
    Datum columns[] = {DateADTGetDatum(static_cast<DateADT>(first - POSTGRES_EPOCH_JDATE)), Float8GetDatum(row.estimate),
                       Float8GetDatum(row.lower), Float8GetDatum(row.upper)};
    bool nulls[] = {false, std::isnan(row.estimate), std::isnan(row.lower), std::isnan(row.upper)};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

// (model, level) -> one row per parameter
CLTV_FUNCTION(cltv_forecast_model_params) {
    struct Results {
        const ForecastModel *model;
        double level;
        SeriesCoefficient rows[FLEXIBLE_ARRAY_MEMBER];
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const ForecastModel &model = *reinterpret_cast<const ForecastModel *>(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));
        // The parameters and, for a regression, level, slope, bends, waves, seven days and the columns of a calendar.
        const Size most = model.parameters + 2 + most_trend_changes + 2 * most_trend_waves + 7 +
                          (model.calendar() != nullptr ? model.calendar()->n_columns : 0);
        Results *const results = static_cast<Results *>(palloc(offsetof(Results, rows) + most * sizeof(SeriesCoefficient)));
        results->model = &model;
        results->level = level_argument(fcinfo, 1);
        Size n = 0;
        if (model.family != 0)
            guarded([&] {
                const std::vector<double> values(model.values(), model.values() + model.periods());
                SeriesColumns columns;
                if (model.calendar() != nullptr) columns = columns_by_period(*model.calendar(), series_in(model), 0, interrupt_pending);
                const int weekday = model.period == static_cast<uint32>(SeriesPeriod::day) ? day_in_week(static_cast<Day>(model.first)) : 0;
                const std::vector<SeriesCoefficient> all =
                    series_coefficients(values, fit_in(model), static_cast<int>(model.season), weekday, last_day_of(series_in(model)), columns);
                n = std::min(all.size(), most);
                std::copy_n(all.begin(), n, results->rows);
            });
        context->user_fctx = results;
        context->max_calls = n;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Results &results = *static_cast<const Results *>(context->user_fctx);
    const SeriesCoefficient &row = results.rows[context->call_cntr];
    const char *const name = row.column < 0 ? row.name : psprintf("calendar: %s", column_text(*results.model->calendar(), row.column));
    // A coefficient that a penalty shrinks towards 0 does not maximise a likelihood, and has no interval from one.
    const bool has_penalty = results.model->family == static_cast<uint32>(SeriesFamily::seasonal) ||
                             results.model->family == static_cast<uint32>(SeriesFamily::acquisition);
    const bool is_held = has_penalty && std::strcmp(row.name, "level") != 0 && std::strcmp(row.name, "slope") != 0;
    const bool unknown = !std::isfinite(row.std_error), no_interval = unknown || is_held;
    const ConfidenceInterval interval = normal_interval(row.estimate, no_interval ? 0 : row.std_error, results.level);
    Datum columns[5] = {CStringGetTextDatum(name), Float8GetDatum(row.estimate), Float8GetDatum(row.std_error), Float8GetDatum(interval.lower),
                        Float8GetDatum(interval.upper)};
    bool nulls[5] = {false, !std::isfinite(row.estimate), unknown, no_interval, no_interval};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
