// The fit of a family of purchases with a calendar: the rate of an active customer is lambda w(t), where the weight w
// of a day, e^(gamma'z), is common to all.
//
// Where customers leave only at their purchases, such a customer is one of the family in the time Lambda(t), the
// integral of w from the first purchase on, so with the days t_k of the repeat purchases
//     L = product of w(t_k) times L0(x, Lambda(t_x), Lambda(T)),
// where L0 is the likelihood without a calendar; its derivatives extend to gamma through those of Lambda. (P. S. Fader,
// B. G. S. Hardie: Incorporating time-varying covariates into the BG/NBD model, note 040, 2020; P. Bachmann, M.
// Meierer, J. Naef: The role of time-varying contextual factors in latent attrition models, Marketing Science 40
// (2021), for Pareto/NBD.)
//
// Where customers leave in time, a calendar may act on dropout, too: rates of leaving are mu m(t), with m = e^(delta'z)
// like w, and departures follow a clock M of their own. The coefficients are gamma and then delta.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/precise_sum.hpp"
#include "core/base/stop.hpp"
#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"
#include "core/purchases/beta_geometric_terms.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "core/rows/calendar.hpp"
#include "core/rows/calendar_clock.hpp"
#include "core/rows/calendar_customers.hpp"

namespace cltv {

// A customer by day numbers since the first day of all.
struct DatedCustomer {
    double frequency;
    std::uint32_t first, last;
    double count;
};

// Customers by frequency, first and last day, in either order of the first two, and the days that their fit covers.
struct DatedBase {
    DatedBase(const CalendarCustomers &customers, const Calendar &calendar, Stop stop, bool first_days_first = false);
    // Starts without customers; covers the days from the first purchase of all.
    DatedBase(Day begin, Day as_of, View<CalendarRow> purchase_days, const Calendar &calendar, bool first_days_first = false);

    // Appends customers by their recency and tenure in days before as_of.
    void append(double frequency, double recency, double tenure, double count) {
        const std::uint32_t first = end - static_cast<std::uint32_t>(tenure);
        customers.push_back({frequency, first, first + static_cast<std::uint32_t>(recency), count});
    }
    // Sorts a range as the sums of the forms need it: by frequency, first and last day, or by first day and frequency
    // where customers leave in time.
    void sort(std::size_t begin_row, std::size_t end_row);

    Day begin;
    bool first_days_first;
    std::uint32_t end;  // as_of, in days since the first one
    std::vector<DatedCustomer> customers;
    std::vector<double> purchases;  // repeat purchases of each day up to `end`, that included
    CalendarDesign days, reference;  // numbers divided by scale
    CalendarDesign leave_days, leave_reference;  // the same for what acts on dropout
    std::vector<std::uint32_t> run_end;  // of each day: the next day on which the calendar differs
    std::uint32_t least_run = 1;  // shorter runs are lengthened to this many days, which is an approximation
    std::vector<double> scale;       // of each coefficient: the standard deviation over the days, 1 where that is 0

    std::uint32_t n_of_purchases() const { return days.n_coefficients(); }
    std::uint32_t n_of_dropout() const { return leave_days.n_coefficients(); }
    std::uint32_t n_coefficients() const { return n_of_purchases() + n_of_dropout(); }
};

// A clock at a point of the search, with its first derivatives in its coefficients.
struct ClockSlopes {
    ClockSlopes(const CalendarDesign &days, const CalendarDesign &reference, const double *coefficients);

    std::uint32_t k;
    std::vector<double> weight, time;  // of each day; time has one more
    std::vector<double> tilt;          // of each day: the numbers less their weighted mean over the reference days
    std::vector<double> slope;         // of time
    Eigen::MatrixXd spread;            // of the numbers over the reference days
    double log_mean;

    const double *slope_of(std::uint32_t day) const { return slope.data() + std::size_t{day} * k; }
    const double *tilt_of(std::uint32_t day) const { return tilt.data() + std::size_t{day} * k; }
};

// The clock of purchases, with that of dropout beside it.
struct SlopedClock : ClockSlopes {
    SlopedClock(const DatedBase &base, const double *coefficients);

    const DatedBase &base;
    ClockSlopes leaving;
};

// Sums over customers of the log-likelihood and its derivatives; those in times by the days at which the times are
// read: u = time(last) - time(first), v = time(end) - time(first).
struct DatedSums {
    explicit DatedSums(const DatedBase &base);

    PreciseSum value;
    double gradient[4] = {}, hessian[10] = {};
    std::vector<double> by_time;        // first derivatives in the time of each day
    std::vector<double> by_both[4];     // second ones in it and a parameter
    std::vector<double> square;         // in it twice
    std::vector<double> with_end;       // in it and the time of the end
    std::vector<double> first_to_last;  // by first day: the second ones times the slopes at the last days
    std::vector<double> leave_by_time;  // first derivatives in the time of each day on the clock of dropout
    // Second derivatives in parameters and coefficients, the lower triangle, where the sums are not by times:
    // everything except the part from the times' own second derivatives.
    Eigen::MatrixXd direct;

    // The second derivative in two of the four places of the parameters.
    double second(int i, int j) const {
        return hessian[covariance_index(i, j)] + (i >= j ? direct(i, j) : direct(j, i));
    }
};

struct DatedForm {
    int n_first = 0, n_last = 0;
    bool odds = false;
    // Adds the customers from a row up to another.
    void (*add)(const double *theta, const SlopedClock &clock, std::size_t begin, std::size_t end, DatedSums &sums,
                Stop stop) = nullptr;
    bool in_time = false;  // customers leave in time, so a calendar may act on dropout

    int size() const { return n_first + n_last; }
    int place(int i) const { return i < n_first ? i : 2 + i - n_first; }
};

// By the numbers of PurchaseSearch's forms.
struct DatedSearch {
    DatedForm forms[PurchaseSearch::n_forms];
};

// The derivatives in t of the factor for x purchases and silence up to t.
struct TimeSlope {
    double first, second, both[2];  // both: in t and a parameter of the rates
};
inline TimeSlope time_slope(const RateTerms<GammaRates> &, const LogTerm &waiting) {
    // t and alpha occur only as their sum.
    return {waiting.gradient[1], waiting.hessian[2], {waiting.hessian[1], waiting.hessian[2]}};
}
inline TimeSlope time_slope(const RateTerms<OneRate> &rates, const LogTerm &) { return {-rates.rate, 0, {-1, 0}}; }

// For models whose customers leave at purchases.
template <class Rates, class Chances, int first_chances>
void add_dated(const double *theta, const SlopedClock &clock, std::size_t begin, std::size_t end, DatedSums &sums, Stop stop) {
    const DatedBase &base = clock.base;
    const std::size_t k = base.n_of_purchases();
    RateTerms<Rates> rates(theta);
    ChanceTerms<Chances> chances(theta + Rates::n_parameters);
    LogTerm common{}, odds{};
    double frequency = -1;
    for (std::size_t row = begin; row < end;) {
        const DatedCustomer &head = base.customers[row];
        const double x = head.frequency;
        if (x != frequency) {
            poll(stop);
            if (x < frequency) {  // the next first day
                rates = RateTerms<Rates>(theta);
                chances = ChanceTerms<Chances>(theta + Rates::n_parameters);
            }
            frequency = x;
            common = odds = LogTerm{};
            rates.add_common(x, common);
            chances.add_common(x + first_chances, common);
            if (!chances.add_left(x + first_chances, odds)) odds = LogTerm::zero();
        }
        const double began = clock.time[head.first];
        const LogTerm stayed = rates.waiting(x, clock.time[base.end] - began);
        const TimeSlope stayed_slope = time_slope(rates, stayed);
        // Sums over the customers of this frequency and first day.
        double count = 0, left_first = 0, stayed_first = 0, square = 0, with_end = 0, both_first[4] = {}, both_end[4] = {},
               end_square = 0, stay_weight = 0;
        double *const first_to_last = sums.first_to_last.data() + head.first * k;
        for (; row < end; ++row) {
            const DatedCustomer &customer = base.customers[row];
            if (customer.frequency != x || customer.first != head.first) break;
            const double n = customer.count;
            const std::uint32_t last = customer.last;
            const LogTerm waiting = rates.waiting(x, clock.time[last] - began);
            const TimeSlope slope = time_slope(rates, waiting);
            const double left = waiting.value + odds.value, difference = left - stayed.value;
            const double ratio = std::exp(-std::fabs(difference)), larger = 1 / (1 + ratio);
            const double share = difference > 0 ? larger : ratio * larger, rest = difference > 0 ? ratio * larger : larger;
            const double product = ratio * larger * larger;
            count += n;
            stay_weight += n * rest;
            sums.value += n * (std::fmax(left, stayed.value) + std::log1p(ratio));

            double apart[4];
            for (int i = 0; i < 4; ++i) {
                const double to_left = waiting.gradient[i] + odds.gradient[i];
                apart[i] = to_left - stayed.gradient[i];
                sums.gradient[i] += n * share * to_left;
            }
            for (int i = 0, h = 0; i < 4; ++i)
                for (int j = 0; j <= i; ++j, ++h)
                    sums.hessian[h] += n * (share * (waiting.hessian[h] + odds.hessian[h]) + product * apart[i] * apart[j]);

            const double u = n * share * slope.first, v = n * rest * stayed_slope.first;
            const double uu = n * (share * slope.second + product * slope.first * slope.first);
            const double uv = -n * product * slope.first * stayed_slope.first;
            const double vv = n * (rest * stayed_slope.second + product * stayed_slope.first * stayed_slope.first);
            sums.by_time[last] += u;
            left_first += u;
            stayed_first += v;
            sums.square[last] += uu;
            sums.with_end[last] += uv;
            square += uu + 2 * uv + vv;
            with_end -= uv + vv;
            end_square += vv;
            for (int i = 0; i < 4; ++i) {
                const double iu = n * ((i < 2 ? share * slope.both[i] : 0) + product * apart[i] * slope.first);
                const double iv = n * ((i < 2 ? rest * stayed_slope.both[i] : 0) - product * apart[i] * stayed_slope.first);
                sums.by_both[i][last] += iu;
                both_first[i] -= iu + iv;
                both_end[i] += iv;
            }
            const double *const at_last = clock.slope_of(last);
            const double cross = -(uu + uv);
            for (std::size_t c = 0; c < k; ++c) first_to_last[c] += cross * at_last[c];
        }
        for (int i = 0; i < 4; ++i) {
            sums.gradient[i] += count * common.gradient[i] + stay_weight * stayed.gradient[i];
            sums.by_both[i][head.first] += both_first[i];
            sums.by_both[i][base.end] += both_end[i];
        }
        for (int h = 0; h < 10; ++h) sums.hessian[h] += count * common.hessian[h] + stay_weight * stayed.hessian[h];
        sums.value += count * common.value;
        sums.by_time[head.first] -= left_first + stayed_first;
        sums.by_time[base.end] += stayed_first;
        sums.square[head.first] += square;
        sums.square[base.end] += end_square;
        sums.with_end[head.first] += with_end;
    }
}

template <class Rates, class Chances, int first_chances>
DatedForm dated(bool odds = false) {
    return {Rates::n_parameters, Chances::n_parameters, odds, add_dated<Rates, Chances, first_chances>};
}

template <int first_chances>
DatedSearch dated_search() {
    return {{dated<GammaRates, BetaChances, first_chances>(), dated<GammaRates, NeverLeaves, first_chances>(),
             dated<GammaRates, OneChance, first_chances>(true), dated<GammaRates, AtOnceOrNever, first_chances>(true),
             dated<OneRate, BetaChances, first_chances>(), dated<OneRate, NeverLeaves, first_chances>(),
             dated<OneRate, OneChance, first_chances>(true), dated<OneRate, AtOnceOrNever, first_chances>(true)}};
}

// The log-likelihood with its derivatives in the form's parameters, in their order, and then in the coefficients of
// numbers divided by the base's scale: what the search maximises and tests look at.
Surface<Eigen::Dynamic> dated_surface(const DatedForm &form, const double *theta, const double *gamma, const DatedBase &base,
                                      Stop stop);

// The results of the sums by day: the value of the weights of purchases, and the derivatives in the coefficients and,
// mixed, in these and the four places of the parameters.
struct DatedDays {
    double value;
    Eigen::VectorXd gradient;
    Eigen::MatrixXd hessian, mixed;
};
DatedDays over_days(const SlopedClock &clock, const double *gamma, const DatedSums &sums);

// The first column that tells nothing, because it has one value on all open days on which customers could be seen or
// follows from the columns before it: Status::constant or collinear, and its coefficient, -1 for none.
struct IdleColumn {
    Status status = Status::converged;
    int coefficient = -1;
};
IdleColumn find_idle_column(const DatedBase &base);

// The fit with the calendar as part of the model.
Fit with_calendar(Fit fit, const Calendar &calendar);

// Fits with a calendar; `search` is that of the family without one, where the search begins. Refusing purchases on
// closed days is up to the caller. Throws Stopped.
Fit fit_calendar(const CalendarCustomers &customers, const Calendar &calendar, const PurchaseSearch &search,
                 const DatedSearch &dated, double prior, Stop stop);

}  // namespace cltv
