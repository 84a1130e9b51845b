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

// Of an integral of e^(ln f), relative to e^reference, and of the derivatives of ln f in the four places of the parameters and
// then the coefficients: the mass, the moments of the gradient, those of its outer product with itself plus the Hessian.
// What the Hessian owes to the clock's second derivatives is not in it: that comes from the sums' by_time.
class SlopedIntegral {
public:
    explicit SlopedIntegral(std::size_t n_coefficients)
        : k_(n_coefficients), first_(4 + k_), second_(pairs(4 + k_)), later_(k_) {}

    double reference = 0, mass = 0;

    void clear(double to) {
        reference = to;
        mass = 0;
        std::fill(first_.begin(), first_.end(), 0);
        std::fill(second_.begin(), second_.end(), 0);
    }
    void refer_to(double other) {
        const double unit = std::exp(reference - other);
        reference = other;
        mass *= unit;
        for (double &moment : first_) moment *= unit;
        for (double &moment : second_) moment *= unit;
    }

    // Where f is e^-(m A + n B) but for what is constant; slope: of the clock's time.
    template <class Purchases, class Departures>
    void add(double f, const Purchases &purchases, double A, double a, double n, double B, double b, const double *slope) {
        const double pull = purchases.steepness(a), bend = pull * a, faster = purchases.steepness_by_size(a);
        const double own = Purchases::has_slope ? pull : 0, leave = Departures::has_slope ? n * b : 0;
        mass += f;
        first_[0] -= f * A;
        first_[1] -= f * own;
        first_[2] -= f * B;
        first_[3] -= f * leave;
        double *to = second_.data();
        *to++ += f * (A * A);
        *to++ += f * (own * A - (Purchases::has_slope ? a : 0));
        *to++ += f * (own * own + bend);
        *to++ += f * (B * A);
        *to++ += f * (B * own);
        *to++ += f * (B * B);
        *to++ += f * (leave * A);
        *to++ += f * (leave * own);
        *to++ += f * (leave * B - b);
        *to++ += f * (leave * leave + leave * b);
        const double with[4] = {f * (pull * A - faster), f * (pull * own + bend), f * (pull * B), f * (pull * leave)};
        const double both = f * (pull * pull + bend), pulled = f * pull;
        for (std::size_t c = 0; c < k_; ++c) {
            const double at = slope[c];
            first_[4 + c] -= pulled * at;
            for (int i = 0; i < 4; ++i) to[i] += with[i] * at;
            to += 4;
            const double row = both * at;
            for (std::size_t d = 0; d <= c; ++d) to[d] += row * slope[d];
            to += c + 1;
        }
    }
    // The same within an interval on which the clock's slope goes straight from one to another.
    template <class Purchases, class Departures>
    void add(double f, const Purchases &purchases, double A, double a, double n, double B, double b, double share,
             const double *from, const double *to) {
        for (std::size_t c = 0; c < k_; ++c) later_[c] = from[c] + share * (to[c] - from[c]);
        add<Purchases, Departures>(f, purchases, A, a, n, B, b, later_.data());
    }

    double gradient(std::size_t i) const { return first_[i] / mass; }
    // Of ln of the integral: the mean of the Hessian plus the covariance of the gradient.
    double hessian(std::size_t i, std::size_t j) const {
        return second_[pairs(i) + j] / mass - gradient(i) * gradient(j);
    }

private:
    static std::size_t pairs(std::size_t n) { return n * (n + 1) / 2; }

    std::size_t k_;
    std::vector<double> first_, second_, later_;
};

template <class Rates, class Departures>
void add_dated_pareto(const double *theta, const SlopedClock &clock, std::size_t begin, std::size_t end, DatedSums &sums,
                      Stop stop) {
    const DatedBase &base = clock.base;
    const std::size_t k = base.n_coefficients(), all = 4 + k;
    const Rates rates(theta);
    const Departures leaving(theta + Rates::n_parameters);
    RateTerms<Rates> rate_terms(theta);
    RateTerms<Departures> departure_terms(theta + Rates::n_parameters);
    LogTerm common{}, departure{};
    departure_terms.add_common(0, departure);
    const auto departures = silence_of(leaving.after(0, 0));
    using Purchases = decltype(silence_of(rates.after(0, 0)));
    using Leaving = decltype(silence_of(leaving.after(0, 0)));
    double frequency = -1;

    struct Piece {  // from a mark to the next one, relative to e^reference
        double reference, at_begin, at_end;  // how much of the integral's change with the clock is its change at the ends
        double weight;                       // of the customers whose silence begins at the mark
    };
    std::vector<std::uint32_t> marks;
    std::vector<Piece> pieces;
    SlopedIntegral left(k), stayed(k);
    std::vector<double> slopes(2 * k), gone(all), apart(all);
    for (std::size_t row = begin; row < end;) {
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
        while (end_row < end && base.customers[end_row].frequency == x && base.customers[end_row].first == head.first) ++end_row;

        const Purchases purchases = silence_of(rates.after(x, 0));
        const double began = clock.time[head.first];
        const double *const slope_began = clock.slope_of(head.first);
        const auto on_clock = [&](std::uint32_t day) { return clock.time[day] - began; };
        const auto days = [&](std::uint32_t day) { return static_cast<double>(day - head.first); };
        const auto slope_on_clock = [&](std::uint32_t day, double *slope) {
            for (std::size_t c = 0; c < k; ++c) slope[c] = clock.slope_of(day)[c] - slope_began[c];
        };
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
        double *at_begin = slopes.data(), *at_end = at_begin + k;
        slope_on_clock(base.end, at_begin);
        stayed.clear(pieces[n].reference);
        {
            const double t = on_clock(base.end), d = days(base.end);
            stayed.add<Purchases, Leaving>(1, purchases, purchases.potential(t), purchases.slope(t), departures.size,
                                           departures.potential(d), departures.slope(d), at_begin);
        }
        left.clear(pieces[n].reference);

        double count = 0, stay_weight = 0, left_count = 0;
        for (std::size_t i = n + 1; i-- > 0;) {
            Piece &piece = pieces[i];
            if (i < n) {
                std::swap(at_begin, at_end);
                slope_on_clock(marks[i], at_begin);
                const DatedInterval interval = {days(marks[i]), days(marks[i + 1]), on_clock(marks[i]), on_clock(marks[i + 1])};
                piece.reference = log_silence(purchases, departures, interval.began, interval.from);
                left.refer_to(piece.reference);
                over_interval(purchases, departures, interval, piece.reference,
                              [&](double f, double share, double A, double a, double B, double b) {
                                  const double steep = f * purchases.steepness(a);
                                  piece.at_begin += (1 - share) * steep;
                                  piece.at_end += share * steep;
                                  left.add<Purchases, Leaving>(f, purchases, A, a, departures.next_size(), B, b, share,
                                                               at_begin, at_end);
                              });
            }
            for (; end_row > row && base.customers[end_row - 1].last == marks[i]; --end_row) {
                const double own = base.customers[end_row - 1].count;
                const double log_left = left.mass > 0 ? left.reference + std::log(left.mass)
                                                      : -std::numeric_limits<double>::infinity();
                const double difference = log_left - stayed.reference, ratio = std::exp(-std::fabs(difference));
                const double larger = 1 / (1 + ratio);
                const double share = difference > 0 ? larger : ratio * larger, rest = difference > 0 ? ratio * larger : larger;
                sums.value += own * (std::fmax(log_left, stayed.reference) + std::log1p(ratio));
                count += own;
                stay_weight += own * rest;
                if (!(left.mass > 0)) continue;
                left_count += own * share;
                piece.weight += own * share / left.mass;
                const double product = own * share * rest;
                for (std::size_t j = 0; j < all; ++j) {
                    gone[j] = left.gradient(j);
                    apart[j] = gone[j] - stayed.gradient(j);
                }
                apart[2] += 1 / theta[Rates::n_parameters];
                for (int j = 0; j < 4; ++j) sums.gradient[j] += own * share * gone[j];
                for (std::size_t j = 0; j < all; ++j)
                    for (std::size_t l = 0; l <= j; ++l)
                        sums.direct(j, l) += own * share * left.hessian(j, l) + product * apart[j] * apart[l];
            }
        }
        // The hazard to leave, which is in the integral.
        const double unit = 1 / theta[Rates::n_parameters];
        sums.gradient[2] += left_count * unit;
        sums.direct(2, 2) -= left_count * unit * unit;
        for (int j = 0; j < 4; ++j) sums.gradient[j] += stay_weight * stayed.gradient(j);
        for (std::size_t j = 0; j < all; ++j)
            for (std::size_t l = 0; l <= j; ++l) sums.direct(j, l) += stay_weight * stayed.hessian(j, l);
        sums.value += count * (common.value + departure.value);
        for (int i = 0, h = 0; i < 2; ++i) {
            sums.gradient[i] += count * common.gradient[i];
            sums.gradient[2 + i] += count * departure.gradient[i];
            for (int j = 0; j <= i; ++j, ++h) {
                sums.direct(i, j) += count * common.hessian[h];
                sums.direct(2 + i, 2 + j) += count * departure.hessian[h];
            }
        }

        // In units of e^reference of each mark: the customers whose silence has begun.
        double weight = 0, in_all = 0;
        for (std::size_t i = 0; i < n; ++i) {
            if (i > 0) weight *= std::exp(pieces[i].reference - pieces[i - 1].reference);
            weight += pieces[i].weight;
            const double begins = weight * pieces[i].at_begin, ends = weight * pieces[i].at_end;
            sums.by_time[marks[i]] -= begins;
            sums.by_time[marks[i + 1]] -= ends;
            in_all += begins + ends;
        }
        const double stays = stay_weight * purchases.steepness(purchases.slope(on_clock(base.end)));
        sums.by_time[base.end] -= stays;
        sums.by_time[head.first] += in_all + stays;
        while (row < end && base.customers[row].frequency == x && base.customers[row].first == head.first) ++row;
    }
}

// The forms of Pareto/NBD; where customers leave at once or never, they do so at their first purchase.
inline DatedSearch dated_time_search() {
    const auto timed = [](int n_first, int n_last, auto add) {
        DatedForm form;
        form.n_first = n_first;
        form.n_last = n_last;
        form.add = add;
        return form;
    };
    return {{timed(2, 2, add_dated_pareto<GammaRates, GammaRates>), dated<GammaRates, NeverLeaves, 1>(),
             timed(2, 1, add_dated_pareto<GammaRates, OneRate>), dated<GammaRates, AtOnceOrNever, 1>(true),
             timed(1, 2, add_dated_pareto<OneRate, GammaRates>), dated<OneRate, NeverLeaves, 1>(),
             timed(1, 1, add_dated_pareto<OneRate, OneRate>), dated<OneRate, AtOnceOrNever, 1>(true)}};
}

}  // namespace cltv
