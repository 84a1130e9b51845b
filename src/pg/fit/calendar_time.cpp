#include "pg/fit/calendar_time.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/rows/calendar_clock.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/rows/calendar.hpp"

namespace cltv::pg {

namespace {

constexpr char reach_hint[] =
    "Fit with a calendar that goes on to the end of the horizon (one by rules alone repeats by itself), or shorten the horizon.";

}  // namespace

DatedModel &DatedModel::of_rows(FunctionCallInfo fcinfo, int argument) {
    const varlena *const raw = reinterpret_cast<const varlena *>(PG_GETARG_POINTER(argument));
    DatedModel *dated = static_cast<DatedModel *>(fcinfo->flinfo->fn_extra);
    const Size size = VARSIZE_ANY(raw);
    if (likely(dated != nullptr && dated->raw_size_ == size && std::memcmp(dated->raw_, raw, size) == 0)) return *dated;

    // One model at a time: rows of many come in turns.
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
                        errmsg("a model of kind %s counts opportunities, and a history has days", family_of(*model_).name),
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

void DatedModel::reach(Day first, Day as_of, double horizon) {
    const Calendar *const calendar = model_->calendar();
    if (calendar == nullptr || !model_->is_usable()) return;
    // A calendar that repeats is followed for so long, beyond which its mean is as good as it is.
    constexpr double longest = 36525;
    const double ahead = calendar->repeats() ? std::fmin(std::ceil(horizon), longest) : std::ceil(horizon);
    if (unlikely(as_of - first >= most_calendar_days)) raise_before_calendar(*calendar, first);
    if (!calendar->repeats()) {
        if (unlikely(first < calendar->first)) raise_before_calendar(*calendar, first);
        if (unlikely(as_of > calendar->last)) raise_beyond_calendar(*calendar, as_of, reach_hint);
        // The horizon ends as the day after its last one begins.
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
    if (likely(times_ != nullptr && begin_ <= first && end <= begin_ + n_)) return;

    // With room for the rows to come.
    Day from = first, to = end;
    if (!calendar->repeats()) {
        from = calendar->first;
        to = calendar->last + 1;
    } else {
        if (times_ != nullptr) {
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
    n_ = to - from;
    begin_ = from;
    double *const weights = static_cast<double *>(palloc(n_ * sizeof(double)));
    double *const times = static_cast<double *>(palloc((Size{n_} + 1) * sizeof(double)));
    MemoryContextSwitchTo(caller);
    guarded([&] {
        const CalendarClock clock(*calendar, from, n_, model_->calendar_coefficients());
        for (uint32 i = 0; i < n_; ++i) weights[i] = clock.weight(from + i);
        for (uint32 i = 0; i <= n_; ++i) times[i] = clock.time(from + i);
    });
    weights_ = weights;
    times_ = times;
}

double DatedModel::time(Day day, double after) const {
    const double whole = std::floor(after);
    const Size at = day - begin_ + static_cast<Size>(whole);
    const double rest = after - whole;
    return times_[at] + (rest > 0 ? rest * weights_[at] : 0);
}

bool DatedModel::leaves_in_time() const { return times_ != nullptr && form_of(*model_).orders->dated != nullptr; }

Customer DatedModel::customer(const HistoryDays &days) const {
    if (times_ == nullptr)
        return {days.frequency, static_cast<double>(days.last - days.first), static_cast<double>(days.as_of - days.first)};
    const double began = time(days.first, 0);
    return {days.frequency, time(days.last, 0) - began, time(days.as_of, 0) - began};
}

DatedHistory DatedModel::dated(const HistoryDays &days) const {
    return {days.frequency, days.last - days.first, days.as_of - days.first, n_ - (days.first - begin_), times_ + (days.first - begin_)};
}

double DatedModel::ahead(Day as_of, double horizon) const {
    if (times_ == nullptr || std::isinf(horizon)) return horizon;
    // Beyond the clock a day weighs 1, as it does on average.
    const double within = std::fmin(horizon, static_cast<double>(begin_ + n_ - as_of));
    return time(as_of, within) - time(as_of, 0) + (horizon - within);
}

double DatedModel::log_likelihood(const HistoryDays &days) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? orders.dated->log_likelihood(parameters(), dated(days))
                            : orders.log_likelihood(parameters(), customer(days));
}

double DatedModel::prob_alive(const HistoryDays &days) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? 1 / (1 + std::exp(orders.dated->log_odds_dead(parameters(), dated(days))))
                            : orders.prob_alive(parameters(), customer(days));
}

double DatedModel::prob_dead(const HistoryDays &days) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? 1 / (1 + std::exp(-orders.dated->log_odds_dead(parameters(), dated(days))))
                            : orders.prob_dead(parameters(), customer(days));
}

double DatedModel::prob_no_purchase(const HistoryDays &days, double horizon) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? orders.dated->prob_no_purchase(parameters(), dated(days), horizon)
                            : orders.prob_no_purchase(parameters(), customer(days), ahead(days.as_of, horizon));
}

double DatedModel::expected_purchases(const HistoryDays &days, double horizon) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? orders.dated->expected_purchases(parameters(), dated(days), horizon)
                            : orders.expected_purchases(parameters(), customer(days), ahead(days.as_of, horizon));
}

double DatedModel::prob_alive_after(const HistoryDays &days, double horizon) const {
    const OrdersFamily &orders = family();
    return leaves_in_time() ? orders.dated->prob_alive_after(parameters(), dated(days), horizon)
                            : orders.prob_alive_after(parameters(), customer(days), ahead(days.as_of, horizon));
}

void DatedModel::prepare_discount(Day as_of, double horizon, double discount) {
    if (times_ != nullptr && !leaves_in_time() && discount > 0 && horizon > 0) prepare_sum(as_of, horizon, discount);
}

double DatedModel::discounted_purchases(const HistoryDays &days, double horizon, double discount) const {
    const OrdersFamily &orders = family();
    if (horizon == 0) return 0;
    if (discount == 0) return expected_purchases(days, horizon);
    if (leaves_in_time()) return orders.dated->discounted_purchases(parameters(), dated(days), horizon, discount);
    const Customer at = customer(days);
    if (times_ == nullptr) return orders.discounted_purchases(parameters(), at, horizon, discount);
    double total = 0;
    for (int i = 0; i < DiscountSum::n; ++i)
        total += sum_->coefficients[i] * orders.expected_purchases(parameters(), at, sum_->times[i]);
    return total;
}

// By parts the integral is e^(-discount h) E(h) + discount times that of e^(-discount s) E(s) ds. E is smooth on the clock,
// but not in days; so it is interpolated there, on panels that grow from now on (each by Chebyshev points, which the sum
// shares between all customers), and what is left, e^(-discount s) times a polynomial in the clock's time of s, is integrated
// day by day.
void DatedModel::prepare_sum(Day as_of, double horizon, double discount) {
    if (sum_ != nullptr && sum_as_of_ == as_of && sum_horizon_ == horizon && sum_discount_ == discount) return;
    constexpr double pi = 3.14159265358979323846, negligible = 40, growth = 5, far_step = 30;
    constexpr int nodes = DiscountSum::nodes, panels = DiscountSum::panels;
    if (sum_ == nullptr) sum_ = static_cast<DiscountSum *>(MemoryContextAlloc(context_, sizeof(DiscountSum)));
    DiscountSum &sum = *sum_;
    std::memset(static_cast<void *>(sum_), 0, sizeof sum);
    // e^-40 is nothing beside what comes before.
    const double days = std::fmin(horizon, negligible / discount), end = ahead(as_of, days);
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

    const double within = begin_ + n_ - static_cast<double>(as_of);  // days ahead that the clock knows
    int panel = 0;
    for (double from = 0; from < days;) {
        const double to = std::fmin(from + (from < within ? 1 : far_step), days), middle = (from + to) / 2, half = (to - from) / 2;
        for (const double node : {-0.57735026918962576, 0.57735026918962576}) {
            const double s = middle + half * node, time = ahead(as_of, s);
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
