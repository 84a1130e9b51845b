// Predictions of Pareto/NBD, and of those of its limits whose customers leave in time, on a clock of purchases. See
// dated_pareto.hpp for the likelihood.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/base/gauss_panels.hpp"
#include "core/base/special.hpp"
#include "core/fit/family.hpp"
#include "core/purchases/dated_races.hpp"
#include "core/purchases/rates.hpp"
#include "core/purchases/silence.hpp"

namespace cltv {

// An interval in days since the first purchase, with the readings at its beginning of the clocks of purchases and of
// dropout, and their pace, which is even until it ends.
struct DatedInterval {
    double from, to;            // days
    double began, pace;         // on the clock of purchases
    double left, leave_pace;    // on the clock of dropout
};

// Visits the nodes of the integral of f over the interval: node(days, weight). Accurate for fewer purchases, too.
template <class Purchases, class Departures, class Node>
void for_each_node(const Purchases &purchases, const Departures &departures, const DatedInterval &interval, Node &&node) {
    // As in pareto_terms.hpp.
    constexpr double reach_3 = 0.06, reach_4 = 0.25, reach_7 = 2, reach_10 = 5.5;
    const double pace = interval.pace, leave_pace = interval.leave_pace;
    for (double from = interval.from; from < interval.to;) {
        const double later = from - interval.from;
        const double a = purchases.slope(interval.began + pace * later), b = departures.slope(interval.left + leave_pace * later);
        const double steepness = pace * purchases.steepness(a) + leave_pace * (departures.steepness(b) + b);
        const double power = std::fmax(pace * a, leave_pace * b), rest = interval.to - from;
        const double length = std::fmin(rest, reach_10 / (steepness + 10 * power));
        if (length * (steepness + 3 * power) <= reach_3)
            gauss_panel<3>(from, length, node);
        else if (length * (steepness + 4 * power) <= reach_4)
            gauss_panel<4>(from, length, node);
        else if (length * (steepness + 7 * power) <= reach_7)
            gauss_panel<7>(from, length, node);
        else
            gauss_panel<10>(from, length, node);
        from = length < rest ? from + length : interval.to;
    }
}

// The integral of f over the interval, relative to e^reference.
template <class Purchases, class Departures>
double over_interval(const Purchases &purchases, const Departures &departures, const DatedInterval &interval, double reference) {
    const auto f = [&](double A, double B, double b) {
        return departures.hazard(b) * std::exp(-purchases.size * A - departures.size * B - reference);
    };
    const double pace = interval.pace, leave_pace = interval.leave_pace, length = interval.to - interval.from;

    // Over a day in which f hardly changes, by its derivatives at the middle: a rule of one node misses h^2/24 of the
    // second and h^4/1920 of the fourth, which are added; h^6/322560 of the sixth, below 1e-14 within this reach, is
    // left out.
    constexpr double reach = 0.04;
    const double clock = interval.began + pace * length / 2, left = interval.left + leave_pace * length / 2;
    const double a = purchases.slope(clock), b = departures.slope(left), p = pace * a * length, q = leave_pace * b * length;
    const double down = length * (pace * purchases.steepness(a) + leave_pace * departures.steepness(b)) + q;
    if (down + 3 * std::fmax(p, q) <= reach) {
        // The derivatives of ln f times powers of h.
        const double m = purchases.size, n = departures.size + 1, pp = p * p, qq = q * q;
        const double second = m * pp + n * qq, third = -2 * (m * pp * p + n * qq * q), fourth = 6 * (m * pp * pp + n * qq * qq);
        const double square = down * down, bend = square + second;
        const double bend_of_bend = square * square + 6 * square * second + 3 * second * second - 4 * down * third + fourth;
        return leave_pace * length * f(purchases.potential(clock), departures.potential(left), b) *
               (1 + (bend / 24 + bend_of_bend / 1920));
    }

    double sum = 0;
    for_each_node(purchases, departures, interval, [&](double t, double weight) {
        const double later = t - interval.from, gone = interval.left + leave_pace * later;
        sum += weight * f(purchases.potential(interval.began + pace * later), departures.potential(gone), departures.slope(gone));
    });
    return leave_pace * sum;
}

// ln f of a silence, without the hazard.
template <class Purchases, class Departures>
double log_silence(const Purchases &purchases, const Departures &departures, double clock, double left) {
    return -purchases.size * purchases.potential(clock) - departures.size * departures.potential(left);
}

template <class Rates, class Departures>
class DatedPareto {
public:
    static double log_likelihood(const double *p, const DatedHistory &h) {
        const Rates rates(p);
        const Departures leaving(p + Rates::n_parameters);
        return rates.log_density(h.frequency, h.time(h.as_of)) + leaving.log_density(0, h.leave_time(h.as_of)) +
               log1p_exp(log_odds_dead(p, h));
    }

    static double log_odds_dead(const double *p, const DatedHistory &h) {
        return log_leaving(p, h, h.last, h.as_of, h.as_of);
    }

    // Within the horizon an active customer may leave before a purchase, or wait.
    static double prob_no_purchase(const double *p, const DatedHistory &h, double horizon) {
        const double odds = log_odds_dead(p, h), alive = 1 / (1 + std::exp(odds)), dead = 1 / (1 + std::exp(-odds));
        const Rates rates(p);
        const Departures leaving(p + Rates::n_parameters);
        const auto purchases = silence_of(rates.after(h.frequency, 0));
        const auto departures = silence_of(leaving.after(0, 0));
        const double end = h.as_of + horizon;
        const double here = log_silence(purchases, departures, h.time(h.as_of), h.leave_time(h.as_of));
        const double waits = std::exp(log_silence(purchases, departures, clock_at(h, end), left_at(h, end)) - here);
        return as_probability(dead + alive * (waits + std::exp(log_leaving(p, h, h.as_of, h.as_of + horizon, h.as_of))));
    }

    // The mean rate, on the clock, times the time for which the customer stays.
    static double expected_purchases(const double *p, const DatedHistory &h, double horizon) {
        const double alive = 1 / (1 + std::exp(log_odds_dead(p, h)));
        const auto rate = Rates(p).after(h.frequency, h.time(h.as_of));
        const auto departure = departure_now(p, h);
        constexpr double slow = 0.01;  // differences on so slow a clock of dropout lose digits
        double time = 0, before = 0;
        const double known = h.n > h.as_of ? h.n - h.as_of : 0, within = std::fmin(horizon, known);
        for (double from = 0; from < within; ++from) {
            const std::uint32_t day = h.as_of + static_cast<std::uint32_t>(from);
            const double to = std::fmin(from + 1, within), pace = h.times[day + 1] - h.times[day], leave_pace = leave_pace_of(h, day);
            const double left = departure.time_left(left_ahead(h, to));
            if (leave_pace >= slow)
                time += pace * (left - before) / leave_pace;
            else
                gauss_panel<3>(from, to - from, [&](double u, double weight) {
                    time += pace * weight * std::exp(departure.log_silence(left_ahead(h, u)));
                });
            before = left;
        }
        if (horizon > within) time += departure.time_left(left_ahead(h, horizon)) - departure.time_left(left_ahead(h, within));
        return std::isinf(time) ? time : alive * rate.mean() * time;
    }

    static double prob_alive_after(const double *p, const DatedHistory &h, double horizon) {
        return std::exp(departure_now(p, h).log_silence(left_ahead(h, horizon))) / (1 + std::exp(log_odds_dead(p, h)));
    }

    // n purchases and still active, or n purchases and then gone.
    static double purchase_pmf(const double *p, const DatedHistory &h, double horizon, double n) {
        if (n == 0) return prob_no_purchase(p, h, horizon);
        if (horizon == 0) return 0;
        const double alive = 1 / (1 + std::exp(log_odds_dead(p, h))), begin = h.as_of, end = begin + horizon;
        const auto rate = Rates(p).after(h.frequency, h.time(h.as_of));
        const auto departure = departure_now(p, h);
        const auto count = count_of(rate, n);
        const auto leaving = departure_of(departure);
        const double now = clock_at(h, begin);
        const double stays = std::isinf(horizon) ? 0 : std::exp(departure.log_silence(left_ahead(h, horizon)));
        double sum = stays > 0 ? stays * rate.pmf(clock_at(h, end) - now, n) : 0;
        for (double day = begin; day < end;) {
            const Stretch next = stretch(h, day, end);
            const double time = clock_at(h, day) - now, from = day - begin, to = next.end - begin;
            const double left = left_ahead(h, from);
            if (next.pace > 0) {
                sum += count_and_depart(count, leaving, {from, to, time, next.pace, left, next.leave_pace});
            } else if (time > 0) {
                const double before = departure.log_silence(left), after = departure.log_silence(left + next.leave_pace * (to - from));
                sum += rate.pmf(time, n) * std::exp(before) * -std::expm1(after - before);
            }
            day = next.end;
        }
        return as_probability(alive * sum);
    }

    // The sum ends where discounting makes everything that follows negligible.
    static double discounted_purchases(const double *p, const DatedHistory &h, double horizon, double discount) {
        constexpr double negligible = 40, far_step = 30;
        const double alive = 1 / (1 + std::exp(log_odds_dead(p, h)));
        const auto rate = Rates(p).after(h.frequency, h.time(h.as_of));
        const auto departure = departure_now(p, h);
        const double known = h.n > h.as_of ? h.n - h.as_of : 0, end = std::fmin(horizon, negligible / discount);
        double sum = 0;
        for (double from = 0; from < end;) {
            const bool near = from < known;
            const std::uint32_t day = h.as_of + static_cast<std::uint32_t>(near ? from : 0);
            const double pace = near ? h.times[day + 1] - h.times[day] : 1, to = std::fmin(from + (near ? 1 : far_step), end);
            gauss_panel<3>(from, to - from, [&](double u, double weight) {
                sum += weight * pace * std::exp(departure.log_silence(left_ahead(h, u)) - discount * u);
            });
            from = to;
        }
        return alive * rate.mean() * sum;
    }

    static constexpr DatedOrders orders = {log_likelihood, log_odds_dead, prob_no_purchase, expected_purchases, prob_alive_after,
                                           discounted_purchases, purchase_pmf};

private:
    static auto departure_now(const double *p, const DatedHistory &h) {
        return Departures(p + Rates::n_parameters).after(0, h.leave_time(h.as_of));
    }
    static double clock_at(const DatedHistory &h, double days) {
        const double whole = std::fmin(std::floor(days), h.n);
        const auto day = static_cast<std::uint32_t>(whole);
        const double pace = day < h.n ? h.times[day + 1] - h.times[day] : 1, rest = days - whole;
        return h.time(day) + (rest > 0 ? pace * rest : 0);
    }
    // The same on the clock of dropout, and what lies ahead on it.
    static double left_at(const DatedHistory &h, double days) {
        if (h.leave_times == nullptr) return days;
        const double whole = std::fmin(std::floor(days), h.n), rest = days - whole;
        const auto day = static_cast<std::uint32_t>(whole);
        return h.leave_time(day) + (rest > 0 ? leave_pace_of(h, day) * rest : 0);
    }
    static double left_ahead(const DatedHistory &h, double days) {
        return h.leave_times == nullptr ? days : left_at(h, h.as_of + days) - h.leave_time(h.as_of);
    }

    // ln of the integral of f over a range of days, given the silence as of a day.
    static double log_leaving(const double *p, const DatedHistory &h, double from, double to, double as_of) {
        const Rates rates(p);
        const Departures leaving(p + Rates::n_parameters);
        const auto purchases = silence_of(rates.after(h.frequency, 0));
        const auto departures = silence_of(leaving.after(0, 0));
        const double begin = log_silence(purchases, departures, clock_at(h, from), left_at(h, from));
        double sum = 0, began = clock_at(h, from);
        for (double day = from; day < to;) {
            const bool known = day < h.n;
            double next = stretch(h, day, to).end;
            // Beyond the known days, in growing steps.
            if (!known) next = std::fmin(std::fmax(std::floor(day) + 1, 2 * day + 1), to);
            if (std::isinf(next)) next = 4 * day + 1e9;
            const double ends = clock_at(h, next), pace = (ends - began) / (next - day);
            const DatedInterval interval = {day, next, began, pace, left_at(h, day), leave_pace_of(h, day)};
            const double part = over_interval(purchases, departures, interval, begin);
            sum += part;
            if (part <= 1e-17 * sum && !known) break;
            day = next;
            began = ends;
        }
        return begin + std::log(sum) - log_silence(purchases, departures, clock_at(h, as_of), left_at(h, as_of));
    }
    // Days with one pace are taken together, and so are all beyond the known ones.
    struct Stretch {
        double end, pace, leave_pace;
    };
    static Stretch stretch(const DatedHistory &h, double day, double to) {
        constexpr double rounding = 1e-11;  // of differences of times
        if (day >= h.n) return {to, 1, 1};
        const double pace = pace_of(h, day), leave_pace = leave_pace_of(h, day);
        const auto same = [](double one, double other) { return std::fabs(one - other) <= rounding * (other + 1); };
        double next = std::floor(day) + 1;
        while (next < to && next < h.n && same(pace_of(h, next), pace) && same(leave_pace_of(h, next), leave_pace)) ++next;
        return {std::fmin(next, to), pace, leave_pace};
    }
    static double pace_of(const DatedHistory &h, double day) {
        const auto at = static_cast<std::uint32_t>(day);
        return h.times[at + 1] - h.times[at];
    }
    static double leave_pace_of(const DatedHistory &h, double day) {
        if (h.leave_times == nullptr || !(day < h.n)) return 1;
        const auto at = static_cast<std::uint32_t>(day);
        return h.leave_times[at + 1] - h.leave_times[at];
    }
};

}  // namespace cltv
