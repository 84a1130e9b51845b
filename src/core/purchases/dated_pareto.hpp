// Pareto/NBD and its limits whose customers leave in time, with a calendar of purchases: departures go by the days since the
// first purchase, purchases by the clock of the calendar,
//     L = product of w(t_k) times common(x) [e^B + integral over t_x..T of f],
//     e^B = P(silent, and there) on the clock's time of T and after T days, f(t) = the same at t times the hazard to leave.
// P. Bachmann, M. Meierer, J. Naef: The role of time-varying contextual factors in latent attrition models, Marketing
// Science 40 (2021). The integral goes over panels within which the calendar does not change, by Gauss-Legendre rules.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/purchases/calendar_fit.hpp"
#include "core/purchases/dated_pareto_model.hpp"
#include "core/purchases/pareto_terms.hpp"
#include "core/purchases/rates.hpp"

namespace cltv {

// Value, gradient, and first derivatives in times: those forms whose second derivatives are differences of the first.
template <class Rates, class Departures>
void add_dated_pareto(const double *theta, const SlopedClock &clock, DatedSums &sums, Stop stop) {
    const DatedBase &base = clock.base;
    const std::size_t size = base.customers.size();
    const Rates rates(theta);
    const Departures leaving(theta + Rates::n_parameters);
    RateTerms<Rates> rate_terms(theta);
    RateTerms<Departures> departure_terms(theta + Rates::n_parameters);
    LogTerm common{}, departure{};
    departure_terms.add_common(0, departure);
    const auto departures = silence_of(leaving.after(0, 0));
    double frequency = -1;

    struct Piece {  // of the integral from a mark to the next one, relative to e^reference
        double reference, mass, potential_a, slope_a, potential_b, slope_b, at_begin, at_end;
        double rest;  // of the integral from the mark on
    };
    std::vector<std::uint32_t> marks;
    std::vector<Piece> pieces;
    for (std::size_t row = 0; row < size;) {
        const DatedCustomer &head = base.customers[row];
        const double x = head.frequency;
        poll_at(row, stop);
        if (x != frequency) {
            poll(stop);
            frequency = x;
            common = LogTerm{};
            rate_terms.add_common(x, common);
        }
        std::size_t end_row = row;
        while (end_row < size && base.customers[end_row].frequency == x && base.customers[end_row].first == head.first) ++end_row;

        const auto purchases = silence_of(rates.after(x, 0));
        const double began = clock.time[head.first];
        const auto on_clock = [&](std::uint32_t day) { return clock.time[day] - began; };
        const auto days = [&](std::uint32_t day) { return static_cast<double>(day - head.first); };
        // Marks: where the calendar changes, and where somebody's silence begins.
        marks.clear();
        std::size_t next = row;
        for (std::uint32_t day = base.customers[row].last; day < base.end;) {
            marks.push_back(day);
            while (next < end_row && base.customers[next].last <= day) ++next;
            std::uint32_t to = std::min(base.run_end[day], base.end);
            if (next < end_row) to = std::min(to, base.customers[next].last);
            day = to;
        }
        marks.push_back(base.end);
        const std::size_t n = marks.size() - 1;
        pieces.assign(n + 1, Piece{});
        pieces[n].reference = log_silence(purchases, departures, on_clock(base.end), days(base.end));
        for (std::size_t i = n; i-- > 0;) {
            Piece &piece = pieces[i];
            const DatedInterval interval = {days(marks[i]), days(marks[i + 1]), on_clock(marks[i]), on_clock(marks[i + 1])};
            piece.reference = log_silence(purchases, departures, interval.began, interval.from);
            over_interval(purchases, departures, interval, piece.reference,
                          [&](double f, double share, double A, double a, double B, double b) {
                              piece.mass += f;
                              piece.potential_a += f * A;
                              piece.potential_b += f * B;
                              piece.slope_b += f * b;
                              const double steep = f * purchases.steepness(a);
                              piece.slope_a += steep;
                              piece.at_end += share * steep;
                          });
            piece.at_begin = piece.slope_a - piece.at_end;
            piece.rest = piece.mass + pieces[i + 1].rest * std::exp(pieces[i + 1].reference - piece.reference);
        }

        const LogTerm stayed = rate_terms.waiting(x, on_clock(base.end));
        const double stayed_slope = -purchases.steepness(purchases.slope(on_clock(base.end)));
        const double log_stayed = pieces[n].reference;
        double count = 0, stay_weight = 0;
        // Of what is left of the integral at a mark, in units of e^reference there.
        double weight = 0;
        double left[4] = {}, left_count = 0, first_slope = 0;
        for (std::size_t i = 0; i <= n; ++i) {
            if (i > 0) weight *= std::exp(pieces[i].reference - pieces[i - 1].reference);
            for (; row < end_row && base.customers[row].last == marks[i]; ++row) {
                const DatedCustomer &customer = base.customers[row];
                const double log_left = pieces[i].rest > 0 ? pieces[i].reference + std::log(pieces[i].rest)
                                                           : -std::numeric_limits<double>::infinity();
                const double difference = log_left - log_stayed, ratio = std::exp(-std::fabs(difference));
                const double larger = 1 / (1 + ratio);
                const double share = difference > 0 ? larger : ratio * larger, rest = difference > 0 ? ratio * larger : larger;
                sums.value += customer.count * (std::fmax(log_left, log_stayed) + std::log1p(ratio));
                count += customer.count;
                stay_weight += customer.count * rest;
                left_count += customer.count * share;
                if (pieces[i].rest > 0) weight += customer.count * share / pieces[i].rest;
            }
            if (i == n || weight == 0) continue;
            const Piece &piece = pieces[i];
            left[0] -= weight * piece.potential_a;
            left[1] -= weight * piece.slope_a;
            left[2] -= weight * piece.potential_b;
            left[3] -= weight * piece.slope_b;
            sums.by_time[marks[i]] -= weight * piece.at_begin;
            sums.by_time[marks[i + 1]] -= weight * piece.at_end;
            first_slope += weight * piece.slope_a;
        }
        // f's exponent in the departures' parameters: with the hazard, which the silence has not.
        if (Rates::n_parameters == 1) left[1] = 0;
        left[2] += left_count / theta[Rates::n_parameters];
        left[3] = Departures::n_parameters == 2 ? left[3] * (departures.size + 1) : 0;
        LogTerm gone = departure_terms.waiting(0, days(base.end));
        sums.value += count * (common.value + departure.value);
        for (int i = 0; i < 2; ++i) {
            sums.gradient[i] += count * common.gradient[i] + stay_weight * stayed.gradient[i] + left[i];
            sums.gradient[2 + i] += count * departure.gradient[i] + stay_weight * gone.gradient[i] + left[2 + i];
        }
        sums.by_time[base.end] += stay_weight * stayed_slope;
        sums.by_time[head.first] += first_slope - stay_weight * stayed_slope;
    }
}

// The forms of Pareto/NBD; where customers leave at once or never, they do so at their first purchase.
inline DatedSearch dated_time_search() {
    const auto timed = [](int n_first, int n_last, auto add) {
        DatedForm form;
        form.n_first = n_first;
        form.n_last = n_last;
        form.add = add;
        form.exact = false;
        return form;
    };
    return {{timed(2, 2, add_dated_pareto<GammaRates, GammaRates>), dated<GammaRates, NeverLeaves, 1>(),
             timed(2, 1, add_dated_pareto<GammaRates, OneRate>), dated<GammaRates, AtOnceOrNever, 1>(true),
             timed(1, 2, add_dated_pareto<OneRate, GammaRates>), dated<OneRate, NeverLeaves, 1>(),
             timed(1, 1, add_dated_pareto<OneRate, OneRate>), dated<OneRate, AtOnceOrNever, 1>(true)}};
}

}  // namespace cltv
