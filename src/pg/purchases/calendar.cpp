// Models of orders with a calendar: NAME_fit of purchase histories, and predictions from a history.
#include <cmath>
#include <cstring>
#include <vector>

#include "core/families.hpp"
#include "core/purchases/orders_fit.hpp"
#include "core/purchases/recalled_interval.hpp"
#include "core/rows/calendar_clock.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/calendar_time.hpp"
#include "pg/fit/fit.hpp"
#include "pg/fit/prediction_args.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/history/calendar_base.hpp"
#include "pg/history/purchase_history.hpp"
#include "pg/rows/calendar.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// The longest period of the rules of a calendar, in days; 0 without one.
double longest_period(const Calendar &calendar) {
    double longest = 0;
    StoredPart part = first_part(calendar);
    for (int i = 0; i < calendar.n_parts; ++i) {
        if (i > 0) part = part.next();
        const bool year = part.rule() == CalendarRule::months || part.period() == Period::year;
        const double days = year                             ? 365.2425
                            : part.period() == Period::month ? 30.436875
                            : part.period() == Period::week  ? 7
                                                             : 0;
        longest = std::fmax(longest, days);
    }
    return longest;
}

// A season that was seen only once cannot be distinguished from growth.
void warn_of_short_time(const Family &family, const CalendarBase &base, const StoredModel &model) {
    constexpr double enough_periods = 1.5;
    if (!model.is_usable()) return;
    double days = 0;
    for_each_customer(base, [&days](double, double, double tenure, double) { days = std::fmax(days, tenure); });
    const double period = longest_period(base.calendar());
    if (period == 0 || days >= enough_periods * period) return;
    ereport(WARNING, (errmsg("%s_fit cannot tell the season from growth", family.name),
                      errdetail("The purchases span %.0f days, %.2g of the calendar's longest period.", days, days / period),
                      errhint("Fit over two periods or more, or without this calendar.")));
}

void check_dropout(const Family &family, const Calendar &calendar) {
    if (n_dropout_columns(calendar) == 0 || family.orders->dated != nullptr) return;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("a calendar does not act on dropout in a model of kind %s", family.name),
                    errdetail("Its customers leave at their purchases, or never, whatever the day."),
                    errhint("Fit pnbd_fit with it, whose customers leave in time, or leave out dropout_calendar().")));
}

// (base [, prior]): the fit of a family, or of the best one.
Datum fit_dated(FunctionCallInfo fcinfo, const Family *only) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const CalendarBase &base = *calendar_base_argument(fcinfo, 0);
    const double prior = prior_argument(fcinfo, 1);
    const Effects effects = effects_argument(fcinfo, 2);
    check_open(base);
    if (only != nullptr) check_dropout(*only, base.calendar());
    const FeatureSet *const features = base.features() == nullptr ? nullptr : sorted_set(base.features());
    if (features != nullptr) check_features(only == nullptr ? bgnbd::family : *only, *features);
    if (effects.same && features == nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("there are no attributes that could have the same effect on purchases and on dropout"),
                        errhint("Leave same out, or make the base with attributes of the same names for both.")));
    if (effects.same) check_same(*features);
    if (features != nullptr && features->is_bare()) PG_RETURN_NULL();
    if (effects.penalty > 0 && features == nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("there are no attributes whose coefficients a penalty could hold"),
                        errhint("Leave penalty out, or make the base with attributes: the coefficients of a calendar are free.")));
    StoredModel *model;
    const Family *family = only;
    guarded([&] {
        std::vector<CalendarRow> storage;
        const View<CalendarRow> rows = sorted_rows(*base.set(), storage, interrupt_pending);
        const CalendarCustomers customers = {rows, base.as_of};
        if (only == nullptr) {
            const FamilyFit best = fit_orders_calendar(customers, features, base.calendar(), prior, effects, interrupt_pending);
            family = best.family;
            model = store(*family, features == nullptr ? best.fit : with_skipped(best.fit, *features));
            return;
        }
        model = store(*only, features == nullptr
                                 ? only->fit_calendar(customers, base.calendar(), prior, interrupt_pending)
                                 : with_skipped(only->fit_calendar_attributes(customers, *features, base.calendar(), prior, effects,
                                                                              interrupt_pending),
                                                *features));
    });
    report(fcinfo, *family, *model);
    warn_of_short_time(*family, base, *model);
    PG_RETURN_POINTER(model);
}

bool any_null(FunctionCallInfo fcinfo, int n) {
    for (int i = 0; i < n; ++i)
        if (PG_ARGISNULL(i)) return true;
    return false;
}

// What predictions from a history share: (model, history, as_of, ..., [purchases, dropout]). The history must not be
// empty.
struct Asked {
    DatedModel &dated;
    const PurchaseHistory &history;
    Day as_of;
    double horizon;
    bool known;  // there was a purchase, the fit did not refuse, and no attribute that it needs is NULL

    HistoryDays days() const {
        const PurchaseDay *const days = history.days();
        return {history.used - 1.0, days[0].day(), days[history.used - 1].day(), as_of};
    }
};

// attributes: the number of the first such argument, if the call has that many; optional: if all are NULL they count as
// left out.
Asked asked(FunctionCallInfo fcinfo, int attributes, double horizon = 0, bool optional = false) {
    DatedModel &dated = DatedModel::of_rows(fcinfo, 0);
    const PurchaseHistory &history = *history_argument(fcinfo, 1);
    dated.family();  // or an error
    Asked asked = {dated, history, as_of_argument(fcinfo, 2), horizon, false};
    const bool known = optional ? dated.take_customer_or_none(fcinfo, attributes) : dated.take_customer(fcinfo, attributes);
    if (history.is_empty()) return asked;
    check_as_of(history, asked.as_of);
    asked.known = history.used > 0 && known;
    if (asked.known) dated.reach(history.days()[0].day(), asked.as_of, horizon);
    return asked;
}

Datum of_history(FunctionCallInfo fcinfo, double (DatedModel::*quantity)(const HistoryDays &) const) {
    if (any_null(fcinfo, 3)) PG_RETURN_NULL();
    const Asked ask = asked(fcinfo, 3);
    if (!ask.known) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return (ask.dated.*quantity)(ask.days()); }));
}

Datum of_horizon(FunctionCallInfo fcinfo, double (DatedModel::*quantity)(const HistoryDays &, double) const) {
    if (any_null(fcinfo, 4)) PG_RETURN_NULL();
    const Asked ask = asked(fcinfo, 4, checked_horizon(PG_GETARG_FLOAT8(3)));
    if (!ask.known) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return (ask.dated.*quantity)(ask.days(), ask.horizon); }));
}

// A prediction as of a day, whose first `attributes` arguments are (model, frequency, recency, tenure, as_of, horizon,
// ...). A customer who is given by numbers as of a day has a first and a last day, too, and no prediction needs the
// days between. Only a calendar requires the numbers to be days.
template <class Plain, class Dated>
Datum on_day(FunctionCallInfo fcinfo, int attributes, Plain &&of_customer, Dated &&of_days) {
    if (any_null(fcinfo, attributes)) PG_RETURN_NULL();
    DatedModel &dated = DatedModel::of_rows(fcinfo, 0);
    const OrdersFamily &orders = dated.family();
    const Customer customer = customer_arguments(fcinfo, 1, orders);
    const Day as_of = as_of_argument(fcinfo, 4);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(5));
    if (!dated.take_customer(fcinfo, attributes)) PG_RETURN_NULL();
    if (dated.model().calendar() == nullptr)
        PG_RETURN_FLOAT8(predicted([&] { return of_customer(orders, dated.parameters(), customer, horizon); }));
    const HistoryDays days = days_of(customer, as_of);
    dated.reach(days.first, as_of, horizon);
    PG_RETURN_FLOAT8(predicted([&] { return of_days(dated, days, horizon); }));
}

}  // namespace

#define CLTV_DEFINE(name) \
    CLTV_FUNCTION(cltv_##name##_fit_calendar) { return fit_dated(fcinfo, &name::family); }
CLTV_ORDERS_FAMILIES(CLTV_DEFINE)
CLTV_FUNCTION(cltv_orders_fit_calendar) { return fit_dated(fcinfo, nullptr); }

CLTV_FUNCTION(cltv_expected_purchases_history) { return of_horizon(fcinfo, &DatedModel::expected_purchases); }
// (model, frequency, recency, tenure, as_of, horizon [, purchases, dropout])
CLTV_FUNCTION(cltv_expected_purchases_on) {
    return on_day(
        fcinfo, 6,
        [](const OrdersFamily &orders, const double *p, const Customer &customer, double horizon) {
            return orders.expected_purchases(p, customer, horizon);
        },
        [](const DatedModel &dated, const HistoryDays &days, double horizon) { return dated.expected_purchases(days, horizon); });
}

// (model, history, as_of, horizon, n [, purchases, dropout])
CLTV_FUNCTION(cltv_purchase_pmf_history) {
    if (any_null(fcinfo, 5)) PG_RETURN_NULL();
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(3)), n = purchases_argument(fcinfo, 4);
    const Asked ask = asked(fcinfo, 5, horizon);
    if (!ask.known) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] { return ask.dated.purchase_pmf(ask.days(), horizon, n); }));
}

// (model, frequency, recency, tenure, as_of, horizon, n [, purchases, dropout])
CLTV_FUNCTION(cltv_purchase_pmf_on) {
    if (any_null(fcinfo, 7)) PG_RETURN_NULL();
    const double n = purchases_argument(fcinfo, 6);
    return on_day(
        fcinfo, 7,
        [n](const OrdersFamily &orders, const double *p, const Customer &customer, double horizon) {
            return orders.purchase_pmf(p, customer, horizon, n);
        },
        [n](const DatedModel &dated, const HistoryDays &days, double horizon) {
            return dated.purchase_pmf(days, horizon, n);
        });
}

// (model, history, as_of, horizon, level, purchases, dropout) -> (lower, estimate, upper)
CLTV_FUNCTION(cltv_expected_purchases_interval_history) {
    if (any_null(fcinfo, 5)) PG_RETURN_NULL();
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(3)), level = level_argument(fcinfo, 4);
    const Asked ask = asked(fcinfo, 5, horizon, true);
    if (!ask.known) PG_RETURN_NULL();
    ask.dated.prepare_interval();
    const CustomerAttributes attributes(fcinfo, ask.dated.model(), 5);
    ConfidenceInterval interval{};
    const OrdersFamily &family = dated_orders_family(ask.dated.model());
    guarded([&] {
        // Without a calendar as from frequency, recency and tenure.
        GradientMemo none{};
        if (recalled_interval(family, ask.dated.model().view(), ClockTimes{}.customer(ask.days()), horizon, normal_quantile(level),
                              none, interval))
            return;
        interval = ask.dated.expected_purchases_interval(ask.days(), horizon, level, attributes);
    });
    if (std::isnan(interval.estimate)) raise_unpredictable();
    return row_or_error(fcinfo, {number(interval.lower), number(interval.estimate), number(interval.upper)});
}

CLTV_FUNCTION(cltv_prob_alive_history) { return of_history(fcinfo, &DatedModel::prob_alive); }
CLTV_FUNCTION(cltv_prob_alive_history_horizon) { return of_horizon(fcinfo, &DatedModel::prob_alive_after); }
CLTV_FUNCTION(cltv_churn_prob_history) { return of_history(fcinfo, &DatedModel::prob_dead); }
CLTV_FUNCTION(cltv_churn_prob_history_horizon) { return of_horizon(fcinfo, &DatedModel::prob_no_purchase); }

// Includes the weights of the days of the repeat purchases.
CLTV_FUNCTION(cltv_log_likelihood_history) {
    if (any_null(fcinfo, 3)) PG_RETURN_NULL();
    const Asked ask = asked(fcinfo, 3);
    if (!ask.known) PG_RETURN_NULL();
    double weights = 0;
    for (uint32 i = 1; i < ask.history.used; ++i) {
        const Day day = ask.history.days()[i].day();
        const double weight = ask.dated.weight(day);
        if (unlikely(weight == 0))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("there is a purchase on %s, a day on which the calendar is closed", day_text(day)),
                            errhint("Correct the calendar or the order.")));
        weights += std::log(weight);
    }
    PG_RETURN_FLOAT8(weights + predicted([&] { return ask.dated.log_likelihood(ask.days()); }));
}

namespace {

ClockOf clock_argument(FunctionCallInfo fcinfo, int number) {
    const char *const name = text_to_cstring(PG_GETARG_TEXT_PP(number));
    if (std::strcmp(name, "purchases") == 0) return ClockOf::purchases;
    if (std::strcmp(name, "dropout") != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a calendar acts on purchases or on dropout, not on \"%s\"", name),
                        errhint("Give 'purchases' or 'dropout'.")));
    return ClockOf::dropout;
}

}  // namespace

// (model, acts_on): one row for each day of the model's calendar: the rate of purchases, or of leaving, on it, relative
// to the mean rate of a year.
CLTV_FUNCTION(cltv_season_factors) {
    struct Walk {
        Day first;
        double *weights;
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const StoredModel &model = *model_argument(fcinfo, 0);
        family_of(model);  // or an error
        const Calendar *const calendar = model.calendar();
        const ClockOf side = clock_argument(fcinfo, 1);
        if (calendar == nullptr)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the model was fitted without a calendar"),
                            errhint("Fit one with it: bgnbd_fit(history, as_of, calendar).")));
        Walk *const walk = static_cast<Walk *>(palloc(sizeof(Walk)));
        walk->first = calendar->first;
        walk->weights = static_cast<double *>(palloc(calendar->n_days() * sizeof(double)));
        if (model.is_usable())
            guarded([&] {
                const CalendarClock clock(*calendar, calendar->first, calendar->n_days(), model.calendar_coefficients(), side);
                for (uint32 i = 0; i < calendar->n_days(); ++i) walk->weights[i] = clock.weight(calendar->first + i);
            });
        context->user_fctx = walk;
        context->max_calls = model.is_usable() ? calendar->n_days() : 0;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Walk &walk = *static_cast<const Walk *>(context->user_fctx);
    Datum columns[2] = {DateADTGetDatum(date_of(walk.first + static_cast<Day>(context->call_cntr))),
                        Float8GetDatum(walk.weights[context->call_cntr])};
    bool nulls[2] = {false, false};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
