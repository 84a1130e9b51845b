#include "core/purchases/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <type_traits>

#include "core/rows/calendar_clock.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/calendar_time.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/rows/calendar.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

[[noreturn]] void raise_bad(const char *what, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", what), errhint("%s", hint)));
    pg_unreachable();
}

const StoredModel *usable_model(FunctionCallInfo fcinfo, int argument) {
    const StoredModel *model = model_argument(fcinfo, argument);
    if (!model->is_usable())
        raise_bad(psprintf("the %s model has no parameters: %s", family_of(*model).name, status_text(*model)),
                  "Give a model whose fit converged, or one with parameters of your own.");
    // The rows are made over many calls, so the model must live as long.
    return static_cast<const StoredModel *>(std::memcpy(palloc(VARSIZE_ANY(model)), model, VARSIZE_ANY(model)));
}

struct Simulation {
    OrderStream orders;
    Timestamp begin;
    SimulatedDays days;

    // Days after the beginning.
    double day_of(double at) const { return days.times == nullptr ? at : days.day_of(days.times, at); }
};

// Models draw times in days; orders have whole seconds and cents.
static_assert(std::is_trivially_destructible<Simulation>::value, "it is freed with its memory context");

// The parameters of customers with the given attributes; those of the model where it has none.
const double *drawn_parameters(FunctionCallInfo fcinfo, const StoredModel &model, int first,
                               std::initializer_list<Role> roles) {
    double *const own = static_cast<double *>(palloc(most_form_parameters * sizeof(double)));
    const double *const parameters = customer_parameters(fcinfo, model, first, roles, own);
    if (parameters == nullptr)
        raise_bad("a number among the attributes is NULL", "Customers are drawn from what is known of them: give the number.");
    return parameters;
}

// Everything happens on the clock of the calendar, the arrival of new customers included, except that customers who
// leave in time do so by days, or by the clock of dropout.
SimulatedDays clocks_of(const StoredModel &model, Day first, uint32 days) {
    const Calendar &calendar = *model.calendar();
    if (days > most_calendar_days) raise_bad("a simulation with a calendar spans at most 200 years", "Give a later first_day.");
    if (!calendar.repeats()) {
        if (first < calendar.first) raise_before_calendar(calendar, first);
        if (first + days - 1 > calendar.last)
            raise_beyond_calendar(calendar, first + days - 1, "Give an earlier last_day, or a model with a longer calendar.");
    }
    const auto room = [days] { return static_cast<double *>(palloc((Size{days} + 1) * sizeof(double))); };
    double *const times = room(), *const leave_times = n_dropout_columns(calendar) == 0 ? nullptr : room();
    guarded([&] {
        const auto fill = [&](double *to, ClockOf side) {
            const CalendarClock clock(calendar, first, days, model.calendar_coefficients(), side);
            std::copy_n(clock.times(), Size{days} + 1, to);
        };
        fill(times, ClockOf::purchases);
        if (leave_times != nullptr) fill(leave_times, ClockOf::dropout);
    });
    return {days, times, leave_times};
}

Simulation *begin_simulation(FunctionCallInfo fcinfo) {
    const StoredModel *orders_model = usable_model(fcinfo, 0), *spend_model = usable_model(fcinfo, 1);
    const OrdersFamily &orders = dated_orders_family(*orders_model);
    const SpendFamily &spend = any_spend_family(*spend_model);
    const double *const orders_parameters = drawn_parameters(fcinfo, *orders_model, 6, {Role::purchases, Role::dropout});
    const double *const spend_parameters = drawn_parameters(fcinfo, *spend_model, 8, {Role::spend});
    const int64 customers = PG_GETARG_INT64(2), seed = PG_GETARG_INT64(5);
    const DateADT first_day = PG_GETARG_DATEADT(3), last_day = PG_GETARG_DATEADT(4);
    if (customers < 0)
        raise_bad(psprintf("number of customers " INT64_FORMAT " is negative", customers), "Give 0 or more customers.");
    if (DATE_NOT_FINITE(first_day) || DATE_NOT_FINITE(last_day))
        raise_bad("first_day and last_day must be finite dates", "Give two calendar dates.");
    if (last_day < first_day) raise_bad("last_day is before first_day", "Swap the two dates.");

    double span = static_cast<double>(last_day) - first_day + 1;
    const Timestamp begin = DatumGetTimestamp(DirectFunctionCall1(date_timestamp, DateADTGetDatum(first_day)));
    DirectFunctionCall1(date_timestamp, DateADTGetDatum(last_day));  // raises an error beyond the range of timestamps
    const uint32 days = static_cast<uint32>(std::fmin(span, PG_UINT32_MAX));
    const SimulatedDays clocks = orders_model->calendar() == nullptr ? SimulatedDays() : clocks_of(*orders_model, day_of(first_day), days);
    if (clocks.times != nullptr) span = clocks.times[days];
    return new (palloc(sizeof(Simulation)))
        Simulation{OrderStream(orders, orders_parameters, spend, spend_parameters, customers, span,
                               static_cast<uint64>(seed), clocks),
                   begin, clocks};
}

}  // namespace

// (orders_model, spend_model, customers, first_day, last_day, seed, purchases, dropout, spend) -> rows (customer_id, ordered_at,
// amount); none where one of the first six is NULL.
CLTV_FUNCTION(cltv_simulate_orders) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        for (int i = 0; i < 6; ++i)
            if (PG_ARGISNULL(i)) SRF_RETURN_DONE(context);
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        context->user_fctx = begin_simulation(fcinfo);
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    Simulation *simulation = static_cast<Simulation *>(context->user_fctx);
    Order order;
    bool more;
    guarded([&] { more = simulation->orders.next(order); });
    if (!more) SRF_RETURN_DONE(context);

    const Timestamp at = simulation->begin + static_cast<int64>(simulation->day_of(order.at) * SECS_PER_DAY) * USECS_PER_SEC;
    const double amount = std::fmax(std::round(order.amount * 100) / 100, 0.01);
    Datum columns[3] = {Int64GetDatum(order.customer_id), TimestampGetDatum(at), Float8GetDatum(amount)};
    bool nulls[3] = {false, false, false};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
