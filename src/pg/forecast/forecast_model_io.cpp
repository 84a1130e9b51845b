// forecast_model: its text and binary forms.
#include <algorithm>
#include <cmath>

#include "core/forecast/series_names.hpp"
#include "pg/forecast/series_words.hpp"
#include "pg/rows/calendar.hpp"

namespace cltv::pg {

namespace {

uint32 scan_whole(Scanner &scan, int64 most) {
    const int64 value = scan.integer();
    if (value < 0 || value > most) scan.fail("A whole number is out of range.");
    return static_cast<uint32>(value);
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

ForecastModel *with_calendar(ForecastModel *model, const Calendar *calendar) {
    if (calendar == nullptr) return model;
    const Size numbers = ForecastModel::bytes(model->used), bytes = numbers + calendar->bytes;
    char *const memory = static_cast<char *>(palloc(bytes));
    std::memcpy(memory, model, numbers);
    std::memcpy(memory + numbers, calendar, calendar->bytes);
    auto *const longer = reinterpret_cast<ForecastModel *>(memory);
    longer->capacity = longer->used;
    longer->calendar_bytes = calendar->bytes;
    SET_VARSIZE(longer, bytes);
    return longer;
}

// What the two forms have in common.
template <>
struct RowsType<ForecastModel> : AnyRows<ForecastModel> {
    static constexpr const char *name = "forecast_model";
    static constexpr const char *rows_are = "numbers";
    static constexpr const char *way_out = "Take longer periods.";

    static auto head(ForecastModel &model) {
        return std::tie(model.status, model.family, model.period, model.start, model.season, model.first, model.parameters, model.empty,
                        model.dropped, model.orders, model.variance, model.log_likelihood, model.aicc);
    }

    // Unknown numbers have one form, so that equal values have equal bytes.
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
            model.status >= lengthof(series_status_words) || model.start > 6 || model.dropped > 1 || model.season < 1 || model.season > 366)
            return "The family, the period, the status or the season is unknown.";
        if (std::abs(model.first) > int64{last_possible_day}) return "The first period is out of range.";
        const int expected = series_parameters(static_cast<SeriesFamily>(model.family), model.orders, static_cast<int>(model.season));
        const Calendar *const calendar = model.calendar();
        if (has_columns(model.family, model.orders) != (calendar != nullptr))
            return "A model has a calendar where its orders say so, and only of some families.";
        if (expected < 0 || model.parameters != static_cast<uint32>(expected) || model.parameters > model.used)
            return "The orders and the parameters do not fit together.";
        if (model.periods() > longest_series || model.empty > model.periods()) return "There are too many periods.";
        if ((model.status == static_cast<uint16>(SeriesStatus::fitted)) != (model.family != 0))
            return "A fit has a family, and no other has one.";
        // A series of a few weeks has no criterion.
        if (model.family != 0 && (!(model.variance >= 0 && model.variance <= 1e300) || !std::isfinite(model.log_likelihood) ||
                                  (model.family != static_cast<uint32>(SeriesFamily::acquisition) && !std::isfinite(model.aicc))))
            return "The variance or the likelihood is out of range.";
        const bool is_acquisition = model.family == static_cast<uint32>(SeriesFamily::acquisition);
        if (model.family != 0 && model.periods() < (is_acquisition ? 1 : shortest_series)) return "There are too few periods.";
        if (is_acquisition && (model.period != static_cast<uint32>(SeriesPeriod::week) ||
                               std::any_of(model.values(), model.rows() + model.used, [](double count) { return count < 0; })))
            return "Customers are counted by weeks, from 0 on.";
        if (calendar != nullptr && !calendar_reaches(*calendar, series_in(model), 0)) return "The calendar does not reach over all periods.";
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

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

// The numbers, as for other values that grow, then whether there is a calendar, then the calendar.
CLTV_FUNCTION(cltv_forecast_model_send) {
    ForecastModel &model = *value_argument<ForecastModel>(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    send_number(&out, model.version);
    ForecastModel head = model;
    send_numbers(&out, RowsType<ForecastModel>::head(head));
    send_number(&out, model.used);
    for (uint32 i = 0; i < model.used; ++i) send_number(&out, model.rows()[i]);
    pq_sendbyte(&out, model.calendar() != nullptr);
    if (model.calendar() != nullptr) send_calendar(&out, *model.calendar());
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_forecast_model_recv) {
    using Type = RowsType<ForecastModel>;
    const auto check = [](const char *fault) {
        if (fault) refuse_binary(Type::name, fault);
    };
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    ForecastModel head{};
    uint32 used;
    check_binary(in->len - in->cursor >= static_cast<int>(sizeof head.version + sizeof used) + sent_bytes(Type::head(head)), Type::name,
                 "The value is cut short.");
    receive_number(in, head.version);
    check_binary(head.version == ForecastModel::current_version, Type::name, "The version is unknown.");
    receive_numbers(in, Type::head(head));
    receive_number(in, used);
    check_binary(uint64{used} * sizeof(double) < static_cast<uint64>(in->len - in->cursor), Type::name,
                 "The length does not match the number of rows.");
    check(Type::fault_of_head(head));
    ForecastModel *model = copy_with_capacity(head, used);
    while (model->used < used) {
        double &number = model->rows()[model->used++];
        receive_number(in, number);
        check(Type::fault_of_row(*model, number));
    }
    const int has_calendar = pq_getmsgbyte(in);
    check_binary(has_calendar <= 1, Type::name, "Whether there is a calendar is unknown.");
    model = with_calendar(Type::to_keep(model), has_calendar ? receive_calendar(in, Type::name) : nullptr);
    check_binary(in->cursor == in->len, Type::name, "There is something behind the value.");
    check(Type::fault(*model));
    PG_RETURN_POINTER(model);
}

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
                     ",\"empty\":%u,\"dropped\":%s,\"variance\":", series_status_words[model.status], period_words[model.period], model.start,
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
    appendStringInfoChar(&out, ']');
    if (model.calendar() != nullptr) {
        appendStringInfoString(&out, ",\"calendar\":");
        append_calendar(&out, *model.calendar());
    }
    appendStringInfoChar(&out, '}');
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
    model->status = static_cast<uint16>(scan_word(scan, series_status_words));
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
    scan.array([&] {
        add(scan.number());
    });
    const Calendar *calendar = nullptr;
    if (scan.accept(",")) {
        scan.key("calendar");
        calendar = scan_calendar(scan);
    }
    scan.expect("}");
    scan.end();
    model = with_calendar(Type::to_keep(model), calendar);
    if (const char *fault = Type::fault_of_head(*model)) scan.fail(fault);
    if (const char *fault = Type::fault(*model)) scan.fail(fault);
    PG_RETURN_POINTER(model);
}
