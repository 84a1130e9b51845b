// series_base, the state of forecast_fit; forecast_model, what it makes; and forecast.
#include "pg/forecast/series.hpp"

#include <cmath>
#include <cstring>

#include "core/fit/interval.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/rows/score_base.hpp"

extern "C" {
#include "funcapi.h"
}

namespace cltv::pg {

namespace {

constexpr const char *family_words[] = {"auto", "ets", "arima", "seasonal"};
constexpr const char *period_words[] = {"recognised", "day", "week", "month", "quarter", "year"};
constexpr const char *status_words[] = {"fitted", "too short", "constant", "not fitted", "not positive"};
constexpr double largest_series_value = 1e150;

// The place of a word in a list, -1 where it is not there.
template <std::size_t n>
int place_of(const char *word, std::size_t length, const char *const (&words)[n]) {
    for (std::size_t i = 0; i < n; ++i)
        if (std::strlen(words[i]) == length && pg_strncasecmp(words[i], word, length) == 0) return static_cast<int>(i);
    return -1;
}

template <std::size_t n>
uint32 scan_word(Scanner &scan, const char *const (&words)[n]) {
    char word[32];
    scan.string(word, sizeof word);
    const int place = place_of(word, std::strlen(word), words);
    if (place < 0) scan.fail("A word is unknown.");
    return static_cast<uint32>(place);
}

uint32 scan_whole(Scanner &scan, int64 most) {
    const int64 value = scan.integer();
    if (value < 0 || value > most) scan.fail("A whole number is out of range.");
    return static_cast<uint32>(value);
}

[[noreturn]] void raise_not_the_same(const char *what) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s is not the same in all rows", what),
                    errhint("Add what it depends on to GROUP BY.")));
    pg_unreachable();
}

void append_or_null(StringInfo out, double value) {
    if (std::isfinite(value))
        append_number(out, value);
    else
        appendStringInfoString(out, "null");
}

double scan_or_null(Scanner &scan) {
    return scan.accept("null") ? std::numeric_limits<double>::quiet_NaN() : scan.number() + 0.0;
}

}  // namespace

// Text form: {"family":"auto","period":"recognised","as_of":null,"rows":[["2024-01-31",12.5],...]}
template <>
struct RowsType<SeriesBase> : AnyRows<SeriesBase> {
    static constexpr const char *name = "series_base";
    static constexpr const char *rows_are = "rows";
    static constexpr const char *way_out = "Sum the rows of each day first.";

    static auto head(SeriesBase &base) { return std::tie(base.family, base.period, base.as_of); }

    static void append_head(StringInfo out, const SeriesBase &base) {
        appendStringInfo(out, "\"family\":\"%s\",\"period\":\"%s\",\"as_of\":", family_words[base.family], period_words[base.period]);
        if (base.as_of == no_day)
            appendStringInfoString(out, "null,");
        else
            appendStringInfo(out, "\"%s\",", day_text(base.as_of));
    }
    static double scan_head(Scanner &scan, SeriesBase &base) {
        scan.key("family");
        base.family = scan_word(scan, family_words);
        scan.expect(",");
        scan.key("period");
        base.period = scan_word(scan, period_words);
        scan.expect(",");
        scan.key("as_of");
        if (!scan.accept("null")) {
            scan.expect("\"");
            base.as_of = scan_day(scan);
            scan.expect_here("\"");
        }
        scan.expect(",");
        return -1;
    }
    static const char *fault_of_head(SeriesBase &base) {
        return base.family < lengthof(family_words) && base.period < lengthof(period_words) &&
                       (base.as_of == no_day || base.as_of <= last_possible_day)
                   ? nullptr
                   : "The family, the period or the day is unknown.";
    }
    static void append_row(StringInfo out, const SeriesBase &, const DayValue &row) {
        appendStringInfo(out, "[\"%s\",", day_text(static_cast<Day>(row.day)));
        append_number(out, row.value);
        appendStringInfoChar(out, ']');
    }
    static DayValue scan_row(Scanner &scan, const SeriesBase &) {
        DayValue row;
        scan.expect("[");
        scan.expect("\"");
        row.day = scan_day(scan);
        scan.expect_here("\"");
        scan.expect(",");
        row.value = scan.number();
        scan.expect("]");
        return row;
    }
    static const char *fault_of_row(const SeriesBase &, DayValue &row) {
        row = {row.day + 0.0, row.value + 0.0};
        return row.day >= 0 && row.day <= last_possible_day && row.day == std::floor(row.day) &&
                       std::fabs(row.value) <= largest_series_value
                   ? nullptr
                   : "A day or a value is out of range.";
    }
    static void merge_head(SeriesBase &state, const SeriesBase &source) {
        if (state.family != source.family) raise_not_the_same("family");
        if (state.period != source.period) raise_not_the_same("period");
        if (state.as_of != source.as_of) raise_not_the_same("as_of");
    }
};

// The binary form; the text form has keys of its own.
template <>
struct RowsType<ForecastModel> : AnyRows<ForecastModel> {
    static constexpr const char *name = "forecast_model";
    static constexpr const char *rows_are = "numbers";
    static constexpr const char *way_out = "Take longer periods.";

    static auto head(ForecastModel &model) {
        return std::tie(model.status, model.family, model.period, model.start, model.season, model.first, model.parameters, model.empty,
                        model.dropped, model.orders, model.variance, model.log_likelihood, model.aicc);
    }

    // What is not known has one form, so that equal values have equal bytes.
    static const char *fault_of_head(ForecastModel &model) {
        for (double *const number : {&model.variance, &model.log_likelihood, &model.aicc}) {
            if (std::isnan(*number)) *number = std::numeric_limits<double>::quiet_NaN();
            if (std::isinf(*number)) return "The variance or the likelihood is out of range.";
            *number += 0.0;
        }
        for (const int8 order : model.orders)
            if (order < 0) return "The orders are not known.";
        return nullptr;
    }

    static const char *fault_of_row(const ForecastModel &, double &number) {
        number += 0.0;
        return std::fabs(number) <= 1e300 ? nullptr : "A number is out of range.";
    }

    static const char *fault(const ForecastModel &model) {
        if (model.family >= lengthof(family_words) || model.period < 1 || model.period >= lengthof(period_words) ||
            model.status >= lengthof(status_words) || model.start > 6 || model.dropped > 1 || model.season < 1 || model.season > 366)
            return "The family, the period, the status or the season is unknown.";
        if (std::abs(model.first) > int64{last_possible_day}) return "The first period is out of range.";
        const int expected = series_parameters(static_cast<SeriesFamily>(model.family), model.orders, static_cast<int>(model.season));
        if (expected < 0 || model.parameters != static_cast<uint32>(expected) || model.parameters > model.used)
            return "The orders and the parameters do not fit together.";
        if (model.periods() > longest_series || model.empty > model.periods()) return "There are too many periods.";
        if ((model.status == static_cast<uint16>(SeriesStatus::fitted)) != (model.family != 0))
            return "A fit has a family, and no other has one.";
        if (model.family != 0 && (!(model.variance >= 0 && model.variance <= 1e300) || !std::isfinite(model.log_likelihood) || !std::isfinite(model.aicc)))
            return "The variance or the likelihood is out of range.";
        if (model.family != 0 && model.periods() < shortest_series) return "There are too few periods.";
        return nullptr;
    }
};

template <>
void send_number(StringInfo out, const SeriesOrders &orders) {
    pq_sendbytes(out, reinterpret_cast<const char *>(orders.data()), sizeof orders);
}
template <>
void receive_number(StringInfo in, SeriesOrders &orders) {
    pq_copymsgbytes(in, reinterpret_cast<char *>(orders.data()), sizeof orders);
}

namespace {

Day day_argument(FunctionCallInfo fcinfo, int number, const char *name) {
    const DateADT date = PG_GETARG_DATEADT(number);
    if (DATE_NOT_FINITE(date))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be finite", name),
                        errhint("Leave such rows out with FILTER, or make them NULL.")));
    return day_of(date);
}

uint32 family_argument(FunctionCallInfo fcinfo, int number) {
    const text *word = PG_GETARG_TEXT_PP(number);
    const int place = place_of(VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word), family_words);
    if (place < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown family \"%s\"", text_to_cstring(word)),
                        errhint("Families are auto, ets, arima and seasonal.")));
    return static_cast<uint32>(place);
}

uint32 period_argument(FunctionCallInfo fcinfo, int number) {
    const text *word = PG_GETARG_TEXT_PP(number);
    const int place = place_of(VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word), period_words);
    if (place < 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown period \"%s\"", text_to_cstring(word)),
                        errhint("Periods are day, week, month, quarter and year; NULL: as the days are.")));
    return static_cast<uint32>(place);
}

// Of `family` and the rows of a base.
Datum fitted(const SeriesBase &base, uint32 family, uint32 period, uint32 as_of) {
    ForecastModel *model = nullptr;
    struct Sizes {
        uint32 parameters, periods;
    } sizes{};
    ForecastModel head{};
    const double *numbers = nullptr;
    guarded([&] {
        const std::vector<DayValue> rows(base.rows(), base.rows() + base.used);
        const Series series = make_series(rows, static_cast<SeriesPeriod>(period), as_of, interrupt_pending);
        const int season = season_length(series.period);
        SeriesStatus status{};
        const SeriesFit fit = fit_series(series.values, static_cast<SeriesFamily>(family), season, status, interrupt_pending);
        head.status = static_cast<uint16>(status);
        head.family = static_cast<uint32>(fit.family);
        head.period = static_cast<uint32>(series.period);
        head.start = static_cast<uint32>(series.start);
        head.season = static_cast<uint32>(season);
        head.first = series.first;
        head.empty = static_cast<uint32>(series.empty);
        head.dropped = static_cast<uint32>(series.dropped);
        head.orders = fit.orders;
        head.variance = fit.variance;
        constexpr double none = std::numeric_limits<double>::quiet_NaN();
        head.log_likelihood = std::isfinite(fit.log_likelihood) ? fit.log_likelihood : none;
        head.aicc = std::isfinite(fit.aicc) ? fit.aicc : none;
        sizes = {static_cast<uint32>(fit.parameters.size()), static_cast<uint32>(series.values.size())};
        // Plain memory for what is kept: the server's may raise an error, which would jump over the vectors.
        double *const kept = static_cast<double *>(MemoryContextAllocExtended(
            CurrentMemoryContext, (sizes.parameters + sizes.periods + 1) * sizeof(double), MCXT_ALLOC_NO_OOM));
        if (kept == nullptr) throw std::bad_alloc();
        std::copy(fit.parameters.begin(), fit.parameters.end(), kept);
        std::copy(series.values.begin(), series.values.end(), kept + sizes.parameters);
        numbers = kept;
    });
    model = copy_with_capacity(head, sizes.parameters + sizes.periods);
    model->parameters = sizes.parameters;
    model->append(numbers, sizes.parameters + sizes.periods);
    if (model->status != static_cast<uint16>(SeriesStatus::fitted) && model->status != static_cast<uint16>(SeriesStatus::constant))
        ereport(WARNING, (errmsg("no model of the series: %s", status_words[model->status]),
                          errdetail("It has %u periods of a %s.", model->periods(), period_words[model->period]),
                          model->status == static_cast<uint16>(SeriesStatus::too_short)
                              ? errhint("A model needs %d periods at least, and two seasons to find a season.", shortest_series)
                              : errhint("Take another family, or auto.")));
    PG_RETURN_POINTER(model);
}

}  // namespace
}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

// (state, day, value [, family [, as_of [, period]]])
CLTV_FUNCTION(cltv_series_base_accum) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1) || PG_ARGISNULL(2)) return state_as_it_was(fcinfo);
    const double value = checked_finite("value", PG_GETARG_FLOAT8(2));
    if (std::fabs(value) > largest_series_value) raise_out_of_range("value", value, "Values lie between -1e150 and 1e150.");
    const Day day = day_argument(fcinfo, 1, "day");
    SeriesBase asked{};
    if (PG_NARGS() > 3) {
        if (PG_ARGISNULL(3)) return state_as_it_was(fcinfo);
        asked.family = family_argument(fcinfo, 3);
    }
    if (PG_NARGS() > 4 && !PG_ARGISNULL(4)) asked.as_of = day_argument(fcinfo, 4, "as_of");
    if (PG_NARGS() > 5 && !PG_ARGISNULL(5)) asked.period = period_argument(fcinfo, 5);
    SeriesBase *state = with_row(value_state<SeriesBase>(fcinfo), {static_cast<double>(day), value});
    if (state->used == 1) {
        state->family = asked.family;
        state->as_of = asked.as_of;
        state->period = asked.period;
    } else {
        RowsType<SeriesBase>::merge_head(*state, asked);
    }
    PG_RETURN_POINTER(state);
}

// Sorted, so that the value does not depend on the order in which rows came.
CLTV_FUNCTION(cltv_series_base_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const SeriesBase *const base = value_argument<SeriesBase>(fcinfo, 0);
    SeriesBase *const sorted = copy_with_capacity(*base, base->used);
    guarded([&] {
        std::copy(base->rows(), base->rows() + base->used, sorted->rows());
        poll(interrupt_pending);
        std::sort(sorted->rows(), sorted->rows() + sorted->used,
                  [](const DayValue &a, const DayValue &b) { return a.day < b.day || (a.day == b.day && a.value < b.value); });
    });
    PG_RETURN_POINTER(sorted);
}

CLTV_FUNCTION(cltv_series_base_combine) { return value_combine<SeriesBase>(fcinfo); }
CLTV_FUNCTION(cltv_series_base_in) { return value_in<SeriesBase>(fcinfo); }
CLTV_FUNCTION(cltv_series_base_out) { return value_out<SeriesBase>(fcinfo); }
CLTV_FUNCTION(cltv_series_base_recv) { return value_recv<SeriesBase>(fcinfo); }
CLTV_FUNCTION(cltv_series_base_send) { return value_send<SeriesBase>(fcinfo); }

CLTV_FUNCTION(cltv_forecast_fit_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const SeriesBase &base = *value_argument<SeriesBase>(fcinfo, 0);
    return fitted(base, base.family, base.period, base.as_of);
}

// (base, family, as_of, period)
CLTV_FUNCTION(cltv_forecast_fit) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) PG_RETURN_NULL();
    const SeriesBase &base = *value_argument<SeriesBase>(fcinfo, 0);
    const uint32 as_of = PG_ARGISNULL(2) ? base.as_of : day_argument(fcinfo, 2, "as_of");
    const uint32 period = PG_ARGISNULL(3) ? base.period : period_argument(fcinfo, 3);
    return fitted(base, family_argument(fcinfo, 1), period, as_of);
}

CLTV_FUNCTION(cltv_forecast_model_recv) { return value_recv<ForecastModel>(fcinfo); }
CLTV_FUNCTION(cltv_forecast_model_send) { return value_send<ForecastModel>(fcinfo); }

CLTV_FUNCTION(cltv_forecast_model_out) {
    const ForecastModel &model = *value_argument<ForecastModel>(fcinfo, 0);
    const SeriesFamily family = static_cast<SeriesFamily>(model.family);
    StringInfoData out;
    initStringInfo(&out);
    SeriesName name;
    write_series_form(name, family, model.orders, static_cast<int>(model.season));
    appendStringInfo(&out, "{\"family\":\"%s\",\"form\":\"%s\",\"orders\":", model.family == 0 ? "none" : family_words[model.family], name);
    for (std::size_t i = 0; i < model.orders.size(); ++i) appendStringInfo(&out, "%c%d", i == 0 ? '[' : ',', model.orders[i]);
    appendStringInfo(&out, "],\"status\":\"%s\",\"period\":\"%s\",\"week_start\":%u,\"season\":%u,\"first\":" INT64_FORMAT
                     ",\"empty\":%u,\"dropped\":%s,\"variance\":", status_words[model.status], period_words[model.period], model.start,
                     model.season, model.first, model.empty, model.dropped ? "true" : "false");
    append_or_null(&out, model.variance);
    appendStringInfoString(&out, ",\"log_likelihood\":");
    append_or_null(&out, model.log_likelihood);
    appendStringInfoString(&out, ",\"aicc\":");
    append_or_null(&out, model.aicc);
    appendStringInfoString(&out, ",\"parameters\":{");
    for (uint32 i = 0; i < model.parameters; ++i) {
        write_series_parameter(name, family, model.orders, static_cast<int>(i));
        appendStringInfo(&out, "%s\"%s\":", i == 0 ? "" : ",", name);
        append_number(&out, model.rows()[i]);
    }
    appendStringInfoString(&out, "},\"values\":[");
    for (uint32 i = 0; i < model.periods(); ++i) {
        if (i > 0) appendStringInfoChar(&out, ',');
        append_number(&out, model.values()[i]);
    }
    appendStringInfoString(&out, "]}");
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_forecast_model_in) {
    using Type = RowsType<ForecastModel>;
    Scanner scan(PG_GETARG_CSTRING(0), Type::name);
    ForecastModel *model = new_value<ForecastModel>(ForecastModel::capacity_for(1));
    const auto add = [&](double number) {
        if (const char *fault = Type::fault_of_row(*model, number)) scan.fail(fault);
        ForecastModel *larger = with_row(model, number);
        if (larger != model) pfree(model);
        model = larger;
    };
    scan.expect("{");
    scan.key("family");
    char word[32];
    scan.string(word, sizeof word);
    const int place = std::strcmp(word, "none") == 0 ? 0 : place_of(word, std::strlen(word), family_words);
    if (place < 0) scan.fail("The family is unknown.");
    model->family = static_cast<uint32>(place);
    scan.expect(",");
    scan.key("form");
    SeriesName form, name;
    scan.string(form, sizeof form);
    scan.expect(",");
    scan.key("orders");
    for (std::size_t i = 0; i < model->orders.size(); ++i) {
        scan.expect(i == 0 ? "[" : ",");
        model->orders[i] = static_cast<int8>(scan_whole(scan, 127));
    }
    scan.expect("]");
    scan.expect(",");
    scan.key("status");
    model->status = static_cast<uint16>(scan_word(scan, status_words));
    scan.expect(",");
    scan.key("period");
    model->period = scan_word(scan, period_words);
    scan.expect(",");
    scan.key("week_start");
    model->start = scan_whole(scan, 6);
    scan.expect(",");
    scan.key("season");
    model->season = scan_whole(scan, 366);
    scan.expect(",");
    scan.key("first");
    model->first = scan.integer();
    scan.expect(",");
    scan.key("empty");
    model->empty = scan_whole(scan, longest_series);
    scan.expect(",");
    scan.key("dropped");
    model->dropped = scan.accept("true");
    if (!model->dropped) scan.expect("false");
    scan.expect(",");
    scan.key("variance");
    model->variance = scan_or_null(scan);
    scan.expect(",");
    scan.key("log_likelihood");
    model->log_likelihood = scan_or_null(scan);
    scan.expect(",");
    scan.key("aicc");
    model->aicc = scan_or_null(scan);
    scan.expect(",");
    const SeriesFamily family = static_cast<SeriesFamily>(model->family);
    const int m = static_cast<int>(model->season), parameters = m < 1 ? -1 : series_parameters(family, model->orders, m);
    if (parameters < 0) scan.fail("The orders are not known.");
    write_series_form(name, family, model->orders, m);
    if (std::strcmp(name, form) != 0) scan.fail("The form is not that of the orders.");
    scan.key("parameters");
    scan.expect("{");
    for (int i = 0; i < parameters; ++i) {
        if (i > 0) scan.expect(",");
        write_series_parameter(name, family, model->orders, i);
        scan.key(name);
        add(scan.number());
    }
    model->parameters = static_cast<uint32>(parameters);
    scan.expect("}");
    scan.expect(",");
    scan.key("values");
    scan.expect("[");
    for (const char *before = "["; !scan.accept("]"); before = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*before == ',') scan.expect(",");
        add(scan.number());
    }
    scan.expect("}");
    scan.end();
    model = Type::to_keep(model);
    if (const char *fault = Type::fault_of_head(*model)) scan.fail(fault);
    if (const char *fault = Type::fault(*model)) scan.fail(fault);
    PG_RETURN_POINTER(model);
}

// (model)
CLTV_FUNCTION(cltv_forecast_model_status) {
    const ForecastModel &model = *value_argument<ForecastModel>(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfoString(&out, status_words[model.status]);
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
        guarded([&] {
            if (!known) return;
            const std::vector<double> values(model.values(), model.values() + model.periods());
            SeriesFit fit;
            fit.family = static_cast<SeriesFamily>(model.family);
            fit.orders = model.orders;
            fit.parameters.assign(model.rows(), model.rows() + model.parameters);
            fit.variance = model.variance;
            const SeriesForecast forecast = forecast_series(values, fit, static_cast<int>(model.season), periods);
            // What was never negative, such as revenue, will not be.
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
