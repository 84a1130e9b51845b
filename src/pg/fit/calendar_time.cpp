#include "pg/fit/calendar_time.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/rows/calendar_clock.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/rows/calendar.hpp"

namespace cltv::pg {

namespace {

constexpr char reach_hint[] =
    "Fit with a calendar that goes on to the end of the horizon (one by rules alone repeats by itself), or shorten the horizon.";

// A repeating calendar is followed for this long; beyond it, its mean is as good.
constexpr uint32 longest = 36525;

// Times from an anchor on, in both directions, from the weights of n days.
void add_up(const double *weights, uint32 n, uint32 anchor, double *times) {
    times[anchor] = 0;
    for (uint32 i = anchor; i < n; ++i) times[i + 1] = times[i] + weights[i];
    for (uint32 i = anchor; i > 0; --i) times[i - 1] = times[i] - weights[i - 1];
}

std::vector<double> weights_of(const Calendar &calendar, Day begin, uint32 n, const double *coefficients, ClockOf side) {
    const CalendarClock clock(calendar, begin, n, coefficients, side);
    std::vector<double> weights(n);
    for (uint32 i = 0; i < n; ++i) weights[i] = clock.weight(begin + i);
    return weights;
}

// The last day, not after the given one, that is the first day of the calendar or a multiple of 200 years before or
// after it.
Day anchor_of(const Calendar &calendar, Day day) {
    constexpr int64 apart = 73050;
    const int64 off = int64{day} - int64{calendar.first}, steps = off >= 0 ? off / apart : -((-off + apart - 1) / apart);
    return static_cast<Day>(std::max<int64>(int64{calendar.first} + steps * apart, 0));
}

}  // namespace

DatedModel &DatedModel::of_rows(FunctionCallInfo fcinfo, int argument) {
    const varlena *const raw = reinterpret_cast<const varlena *>(PG_GETARG_POINTER(argument));
    DatedModel *dated = static_cast<DatedModel *>(fcinfo->flinfo->fn_extra);
    const Size size = VARSIZE_ANY(raw);
    if (likely(dated != nullptr && dated->raw_size_ == size && std::memcmp(dated->raw_, raw, size) == 0)) return *dated;

    // One model is kept at a time: rows with several models come in groups.
    if (dated != nullptr) {
        fcinfo->flinfo->fn_extra = nullptr;
        MemoryContextDelete(dated->context_);
    }
    const MemoryContext context =
        AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "clock of a model of orders", ALLOCSET_SMALL_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(context);
    dated = static_cast<DatedModel *>(palloc0(sizeof(DatedModel)));
    dated->context_ = context;
    dated->raw_size_ = size;
    dated->raw_ = static_cast<char *>(std::memcpy(palloc(size), raw, size));
    dated->model_ = reinterpret_cast<const StoredModel *>(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(argument)));
    MemoryContextSwitchTo(caller);
    fcinfo->flinfo->fn_extra = dated;
    return *dated;
}

const OrdersFamily &DatedModel::family() const {
    const OrdersFamily &orders = dated_orders_family(*model_);
    if (unlikely(orders.discrete))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("a model of kind %s counts opportunities, but a history has days", family_of(*model_).name),
                        errhint("Give the numbers of opportunities: function(model, frequency, recency, opportunities, ...).")));
    return orders;
}

bool DatedModel::take_customer(FunctionCallInfo fcinfo, int first) {
    if (PG_NARGS() <= first) {
        check_without_attributes(*model_);
        parameters_ = model_->parameters();
        return model_->is_usable();
    }
    const CustomerAttributes attributes(fcinfo, *model_, first);
    if (!model_->is_usable() || !attributes.known()) return false;
    attributes.own(model_->parameters(), own_);
    parameters_ = own_;
    return true;
}

bool DatedModel::take_customer_or_none(FunctionCallInfo fcinfo, int first) {
    parameters_ = customer_parameters(fcinfo, *model_, first, {Role::purchases, Role::dropout}, own_);
    return parameters_ != nullptr;
}

HistoryDays days_of(const Customer &customer, Day as_of) {
    if (unlikely(customer.recency != std::floor(customer.recency) || customer.tenure != std::floor(customer.tenure) ||
                 customer.frequency > customer.recency || customer.tenure > as_of))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("frequency %.17g, recency %.17g and tenure %.17g are not of days up to %s", customer.frequency,
                               customer.recency, customer.tenure, day_text(as_of)),
                        errdetail("The model has a calendar, so that recency and tenure are whole days, with a purchase a day "
                                  "at most."),
                        errhint("Take them from rfm_summary(history, as_of).")));
    const Day first = as_of - static_cast<Day>(customer.tenure);
    return {customer.frequency, first, first + static_cast<Day>(customer.recency), as_of};
}

void DatedModel::reach(Day first, Day as_of, double horizon) {
    const Calendar *const calendar = model_->calendar();
    if (calendar == nullptr || !model_->is_usable()) return;
    const double ahead = calendar->repeats() ? std::fmin(std::ceil(horizon), longest) : std::ceil(horizon);
    if (unlikely(as_of - first >= most_calendar_days)) raise_before_calendar(*calendar, first);
    if (!calendar->repeats()) {
        if (unlikely(first < calendar->first)) raise_before_calendar(*calendar, first);
        if (unlikely(as_of > calendar->last)) raise_beyond_calendar(*calendar, as_of, reach_hint);
        // The horizon ends when the day after its last one begins.
        if (unlikely(std::isinf(ahead)))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("the calendar ends on %s, and the horizon is infinite", day_text(calendar->last)),
                            errdetail("It has a table of days, and does not repeat by itself."), errhint("%s", reach_hint)));
        if (unlikely(ahead > calendar->last - as_of + 1.0)) {
            const double day = std::fmin(as_of + ahead - 1, last_possible_day);
            raise_beyond_calendar(*calendar, static_cast<Day>(day), reach_hint);
        }
    }
    const Day end = static_cast<Day>(std::fmin(as_of + ahead, last_possible_day)) + 1;  // the weight of as_of, too
    const Day anchor = calendar->repeats() ? anchor_of(*calendar, as_of) : calendar->first;
    if (likely(times_ != nullptr && anchor_ == anchor && begin_ <= first && end <= begin_ + n_)) return;

    // With room for the rows to come.
    Day from = first, to = end;
    if (!calendar->repeats()) {
        from = calendar->first;
        to = calendar->last + 1;
    } else {
        from = std::min(from, anchor);
        to = std::max(to, anchor);
        if (times_ != nullptr && anchor_ == anchor) {
            from = std::min(from, begin_);
            to = std::max(to, begin_ + n_);
        }
        from -= std::min<Day>(from, 1000);
        to = std::min(to, last_possible_day - 1000) + 1000;
    }
    MemoryContext caller = MemoryContextSwitchTo(context_);
    if (sum_ != nullptr) {
        pfree(sum_);
        sum_ = nullptr;
    }
    if (times_ != nullptr) {
        pfree(times_);
        pfree(weights_);
        times_ = weights_ = nullptr;
    }
    if (leave_times_ != nullptr) {
        pfree(leave_times_);
        leave_times_ = nullptr;
    }
    if (slopes_ != nullptr) {
        pfree(slopes_);
        slopes_ = nullptr;
    }
    n_ = to - from;
    begin_ = from;
    anchor_ = anchor;
    ahead_at_most_ = calendar->repeats() ? longest : UINT32_MAX;
    double *const weights = static_cast<double *>(palloc(n_ * sizeof(double)));
    double *const times = static_cast<double *>(palloc((Size{n_} + 1) * sizeof(double)));
    double *const leave_times =
        n_dropout_columns(*calendar) == 0 ? nullptr : static_cast<double *>(palloc((Size{n_} + 1) * sizeof(double)));
    MemoryContextSwitchTo(caller);
    guarded([&] {
        const double *const coefficients = model_->calendar_coefficients();
        const CalendarClock clock(*calendar, from, n_, coefficients);
        for (uint32 i = 0; i < n_; ++i) weights[i] = clock.weight(from + i);
        add_up(weights, n_, anchor - from, times);
        if (leave_times == nullptr) return;
        const std::vector<double> leaving = weights_of(*calendar, from, n_, coefficients, ClockOf::dropout);
        add_up(leaving.data(), n_, anchor - from, leave_times);
    });
    weights_ = weights;
    times_ = times;
    leave_times_ = leave_times;
}

bool DatedModel::leaves_in_time() const { return times_ != nullptr && form_of(*model_).orders->dated != nullptr; }

double DatedModel::log_likelihood(const HistoryDays &days) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? orders.dated->log_likelihood(parameters(), clock().dated(days))
                            : orders.log_likelihood(parameters(), clock().customer(days));
}

double DatedModel::prob_alive(const HistoryDays &days) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? 1 / (1 + std::exp(orders.dated->log_odds_dead(parameters(), clock().dated(days))))
                            : orders.prob_alive(parameters(), clock().customer(days));
}

double DatedModel::prob_dead(const HistoryDays &days) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? 1 / (1 + std::exp(-orders.dated->log_odds_dead(parameters(), clock().dated(days))))
                            : orders.prob_dead(parameters(), clock().customer(days));
}

double DatedModel::prob_no_purchase(const HistoryDays &days, double horizon) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? orders.dated->prob_no_purchase(parameters(), clock().dated(days), horizon)
                            : orders.prob_no_purchase(parameters(), clock().customer(days), clock().ahead(days.as_of, horizon));
}

double DatedModel::expected_purchases(const HistoryDays &days, double horizon) const {
    return cltv::expected_purchases(family(), parameters(), clock(), days, horizon);
}

double DatedModel::purchase_pmf(const HistoryDays &days, double horizon, double n) const {
    return cltv::purchase_pmf(family(), parameters(), clock(), days, horizon, n);
}

// By differences, whose error is far below that of the delta method.
void DatedModel::prepare_interval() {
    const Size k = model_->n_calendar_coefficients(), n = Size{n_} + 1;
    if (times_ == nullptr || slopes_ != nullptr || k == 0 || model_->covariance() == nullptr) return;
    slopes_ = static_cast<double *>(MemoryContextAllocHuge(context_, (k + 1) * n * sizeof(double)));
    guarded([&] {
        constexpr double step = 1e-5;
        std::vector<double> gamma(model_->calendar_coefficients(), model_->calendar_coefficients() + k);
        std::vector<double> below_times(n), above_times(n);
        const Size of_purchases = n_coefficients(*model_->calendar(), ClockOf::purchases);
        for (Size c = 0; c < k; ++c) {
            const ClockOf side = c < of_purchases ? ClockOf::purchases : ClockOf::dropout;
            const double here = gamma[c], reach = step * std::fmax(std::fabs(here), 1);
            gamma[c] = here + reach;
            const std::vector<double> faster = weights_of(*model_->calendar(), begin_, n_, gamma.data(), side);
            gamma[c] = here - reach;
            const std::vector<double> slower = weights_of(*model_->calendar(), begin_, n_, gamma.data(), side);
            gamma[c] = here;
            add_up(slower.data(), n_, anchor_ - begin_, below_times.data());
            add_up(faster.data(), n_, anchor_ - begin_, above_times.data());
            for (Size i = 0; i < n; ++i) slopes_[c * n + i] = (above_times[i] - below_times[i]) / (2 * reach);
        }
    });
}

// Where a coefficient differs, the times follow from their derivative in it: a derivative needs no more.
ConfidenceInterval DatedModel::expected_purchases_interval(const HistoryDays &days, double horizon, double level,
                                                           const CustomerAttributes &attributes) const {
    if (horizon == 0) return {0, 0, 0};  // over a horizon of 0 nothing happens, whatever the parameters
    const OrdersFamily &orders = family();
    const ClockTimes here = clock();
    const Size k = slopes_ == nullptr ? 0 : model_->n_calendar_coefficients(), n = Size{n_} + 1;
    const double *const coefficients = model_->calendar_coefficients();
    const Size of_purchases = k == 0 ? 0 : n_coefficients(*model_->calendar(), ClockOf::purchases);
    const Size from = slopes_ == nullptr ? 0 : days.first - begin_;
    const Size to = slopes_ == nullptr
                        ? 0
                        : Size{days.as_of - begin_} + static_cast<Size>(std::ceil(here.within(days.as_of, horizon)));
    const auto expected = [&](const double *p) {
        double own[most_form_parameters];
        attributes.own(p, own);
        const double *const gamma = p + (coefficients - model_->parameters());
        for (Size c = 0; c < k; ++c) {
            const double shift = gamma[c] - coefficients[c];
            if (shift == 0) continue;
            const double *const slope = slopes_ + c * n;
            double *const moved = slopes_ + k * n;
            const double *const times = c < of_purchases ? times_ : leave_times_;
            for (Size i = from; i <= to; ++i) moved[i] = times[i] + shift * slope[i];
            ClockTimes there = here;
            (c < of_purchases ? there.times : there.leave_times) = moved;
            return cltv::expected_purchases(orders, own, there, days, horizon);
        }
        return cltv::expected_purchases(orders, own, here, days, horizon);
    };
    return delta_interval(expected, model_->view(), level);
}

double DatedModel::prob_alive_after(const HistoryDays &days, double horizon) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? orders.dated->prob_alive_after(parameters(), clock().dated(days), horizon)
                            : orders.prob_alive_after(parameters(), clock().customer(days), clock().ahead(days.as_of, horizon));
}

void DatedModel::prepare_discount(Day as_of, double horizon, double discount) {
    if (times_ != nullptr && !leaves_in_time() && discount > 0 && horizon > 0) prepare_sum(as_of, horizon, discount);
}

double DatedModel::discounted_purchases(const HistoryDays &days, double horizon, double discount) const {
    const OrdersFamily &orders = family();
    if (horizon == 0) return 0;
    if (discount == 0) return expected_purchases(days, horizon);
    if (leaves_in_time()) return orders.dated->discounted_purchases(parameters(), clock().dated(days), horizon, discount);
    const Customer at = clock().customer(days);
    if (times_ == nullptr) return orders.discounted_purchases(parameters(), at, horizon, discount);
    double total = 0;
    for (int i = 0; i < DiscountSum::n; ++i)
        total += sum_->coefficients[i] * orders.expected_purchases(parameters(), at, sum_->times[i]);
    return total;
}

// Integration by parts: the integral is e^(-discount h) E(h) + discount times that of e^(-discount s) E(s) ds. E is
// smooth on the clock, but not in days, so it is interpolated there, on panels that grow with time ahead (each by
// Chebyshev points, which the sum shares between all customers). What remains, e^(-discount s) times a polynomial in
// the clock's time of s, is integrated day by day.
void DatedModel::prepare_sum(Day as_of, double horizon, double discount) {
    if (sum_ != nullptr && sum_as_of_ == as_of && sum_horizon_ == horizon && sum_discount_ == discount) return;
    constexpr double pi = 3.14159265358979323846, negligible = 40, growth = 5, far_step = 30;
    constexpr int nodes = DiscountSum::nodes, panels = DiscountSum::panels;
    if (sum_ == nullptr) sum_ = static_cast<DiscountSum *>(MemoryContextAlloc(context_, sizeof(DiscountSum)));
    DiscountSum &sum = *sum_;
    std::memset(static_cast<void *>(sum_), 0, sizeof sum);
    // e^-40 is negligible beside what comes before.
    const double days = std::fmin(horizon, negligible / discount), end = clock().ahead(as_of, days);
    double chebyshev[nodes], weight[nodes];  // on -1..1, and the barycentric weights of these points
    for (int i = 0; i < nodes; ++i) {
        const double angle = pi * (i + 0.5) / nodes;
        chebyshev[i] = -std::cos(angle);
        weight[i] = (i % 2 == 0 ? 1 : -1) * std::sin(angle);
    }
    double bounds[panels + 1] = {};
    for (int panel = panels; panel > 0; --panel) bounds[panel] = end / std::pow(growth, panels - panel);
    for (int panel = 0; panel < panels; ++panel)
        for (int i = 0; i < nodes; ++i) {
            const double half = (bounds[panel + 1] - bounds[panel]) / 2;
            sum.times[panel * nodes + i] = bounds[panel] + half * (1 + chebyshev[i]);
        }
    sum.times[DiscountSum::n - 1] = end;
    sum.coefficients[DiscountSum::n - 1] = std::exp(-discount * days);

    const double within = clock().within(as_of, std::numeric_limits<double>::infinity());  // days ahead that the clock knows
    int panel = 0;
    for (double from = 0; from < days;) {
        const double to = std::fmin(from + (from < within ? 1 : far_step), days), middle = (from + to) / 2, half = (to - from) / 2;
        for (const double node : {-0.57735026918962576, 0.57735026918962576}) {
            const double s = middle + half * node, time = clock().ahead(as_of, s);
            while (panel + 1 < panels && time > bounds[panel + 1]) ++panel;
            const double at = 2 * (time - bounds[panel]) / (bounds[panel + 1] - bounds[panel]) - 1;
            double share[nodes], total = 0;
            int exact = -1;
            for (int i = 0; i < nodes; ++i) {
                const double off = at - chebyshev[i];
                if (off == 0) exact = i;
                total += share[i] = weight[i] / off;
            }
            for (int i = 0; i < nodes; ++i)
                sum.coefficients[panel * nodes + i] +=
                    discount * half * std::exp(-discount * s) * (exact < 0 ? share[i] / total : i == exact ? 1 : 0);
        }
        from = to;
    }
    sum_as_of_ = as_of;
    sum_horizon_ = horizon;
    sum_discount_ = discount;
}

}  // namespace cltv::pg
