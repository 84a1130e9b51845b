#include "core/purchases/calendar_fit.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <limits>
#include <utility>

#include "core/base/sort_rows.hpp"
#include "core/fit/climbed.hpp"

namespace cltv {

namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

Day first_day(const CalendarCustomers &customers) {
    double longest = 0;
    for (const CalendarRow &row : customers.customers()) longest = std::fmax(longest, row.tenure);
    return customers.as_of - static_cast<Day>(longest);
}

}  // namespace

DatedBase::DatedBase(const CalendarCustomers &all, const Calendar &calendar, Stop stop, bool first_days_first_)
    : DatedBase(first_day(all), all.as_of, all.purchase_days(), calendar, first_days_first_) {
    for (const CalendarRow &row : all.customers()) {
        poll_at(customers.size(), stop);
        append(row.frequency, row.recency, row.tenure, row.count);
    }
    sort(0, customers.size());
}

void DatedBase::sort(std::size_t begin_row, std::size_t end_row) {
    const bool by_first = first_days_first;
    std::sort(customers.begin() + begin_row, customers.begin() + end_row, [=](const DatedCustomer &a, const DatedCustomer &b) {
        if (by_first && a.first != b.first) return a.first < b.first;
        return a.frequency != b.frequency ? a.frequency < b.frequency : a.first != b.first ? a.first < b.first : a.last < b.last;
    });
}

DatedBase::DatedBase(Day begin_, Day as_of, View<CalendarRow> purchase_days, const Calendar &calendar, bool first_days_first_)
    : begin(begin_), first_days_first(first_days_first_), end(as_of - begin), purchases(std::size_t{end} + 1), days(calendar, begin, end + 1),
      reference(calendar, reference_days(calendar).begin, reference_days(calendar).n),
      leave_days(calendar, begin, end + 1, ClockOf::dropout),
      leave_reference(calendar, reference_days(calendar).begin, reference_days(calendar).n, ClockOf::dropout),
      run_end(std::size_t{end} + 1, end + 1), scale(n_coefficients(), 1) {
    for (const CalendarRow &row : purchase_days) purchases[end - static_cast<std::uint32_t>(row.tenure)] += row.count;
    const auto same = [](const CalendarDesign &design, std::uint32_t day) {
        return design.is_open(day) == design.is_open(day + 1) &&
               std::equal(design.row(day), design.row(day) + design.n_coefficients(), design.row(day + 1));
    };
    for (std::uint32_t day = end; day-- > 0;)
        run_end[day] = same(days, day) && same(leave_days, day) ? run_end[day + 1] : day + 1;
    double *to = scale.data();
    for (const auto &[seen, whole] : {std::pair(&days, &reference), std::pair(&leave_days, &leave_reference)})
        for (std::uint32_t c = 0; c < seen->n_coefficients(); ++c, ++to) {
            double n = 0, mean = 0, square = 0;
            for (std::uint32_t day = 0; day <= end; ++day) {
                if (!seen->is_open(day)) continue;
                const double off = seen->row(day)[c] - mean;
                mean += off / ++n;
                square += off * (seen->row(day)[c] - mean);
            }
            if (square > 0) *to = std::sqrt(square / n);
            for (CalendarDesign *design : {seen, whole})
                for (std::uint32_t day = 0; day < design->n_days(); ++day) design->row(day)[c] /= *to;
        }
}

ClockSlopes::ClockSlopes(const CalendarDesign &days, const CalendarDesign &reference, const double *coefficients)
    : k(days.n_coefficients()), weight(days.n_days()), time(days.n_days() + 1), tilt(days.n_days() * k),
      slope((days.n_days() + 1) * k), log_mean(log_mean_weight(reference, coefficients)) {
    Vector mean = Vector::Zero(k);
    spread = Matrix::Zero(k, k);
    for (std::uint32_t day = 0; day < reference.n_days(); ++day) {
        if (!reference.is_open(day)) continue;
        const double w = std::exp(reference.predictor(day, coefficients) - log_mean) / reference.n_days();
        const Eigen::Map<const Vector> row(reference.row(day), k);
        mean += w * row;
        spread += w * row * row.transpose();
    }
    spread -= mean * mean.transpose();
    for (std::uint32_t day = 0; day < days.n_days(); ++day) {
        weight[day] = days.is_open(day) ? std::exp(days.predictor(day, coefficients) - log_mean) : 0;
        time[day + 1] = time[day] + weight[day];
        for (std::uint32_t c = 0; c < k; ++c) {
            const std::size_t at = std::size_t{day} * k + c;
            tilt[at] = days.row(day)[c] - mean(c);
            slope[at + k] = slope[at] + weight[day] * tilt[at];
        }
    }
}

SlopedClock::SlopedClock(const DatedBase &dated, const double *coefficients)
    : ClockSlopes(dated.days, dated.reference, coefficients), base(dated),
      leaving(dated.leave_days, dated.leave_reference, coefficients + dated.n_of_purchases()) {}

DatedSums::DatedSums(const DatedBase &base)
    : by_time(base.end + 1), square(base.end + 1), with_end(base.end + 1),
      first_to_last((std::size_t{base.end} + 1) * base.n_of_purchases()), leave_by_time(base.end + 1),
      direct(Eigen::MatrixXd::Zero(4 + base.n_coefficients(), 4 + base.n_coefficients())) {
    for (std::vector<double> &part : by_both) part.resize(base.end + 1);
}

DatedDays over_days(const SlopedClock &clock, const double *gamma, const DatedSums &sums) {
    const DatedBase &base = clock.base;
    const auto all = static_cast<Eigen::Index>(base.n_coefficients()), k = static_cast<Eigen::Index>(clock.k);
    const Eigen::Map<const Matrix> slopes(clock.slope.data(), k, base.end + 2);  // a column a day
    const Eigen::Map<const Matrix> tilts(clock.tilt.data(), k, base.end + 1);
    const Eigen::Map<const Matrix> to_last(sums.first_to_last.data(), k, base.end + 1);
    PreciseSum value;
    DatedDays total{0, Vector::Zero(all), sums.direct.bottomRightCorner(all, all).selfadjointView<Eigen::Lower>(),
                    sums.direct.bottomLeftCorner(all, 4)};
    auto gradient = total.gradient.head(k);
    auto hessian = total.hessian.topLeftCorner(k, k);
    Vector end_cross = Vector::Zero(k);
    double later = 0, purchases = 0;  // of by_time, what comes after the day
    for (std::uint32_t day = base.end + 1; day-- > 0;) {
        const auto slope = slopes.col(day), tilt = tilts.col(day);
        gradient += sums.by_time[day] * slope;
        const double bought = base.purchases[day];
        if (bought > 0) {
            value += bought * (base.days.predictor(day, gamma) - clock.log_mean);
            gradient += bought * tilt;
            purchases += bought;
        }
        end_cross += sums.with_end[day] * slope;
        hessian += (sums.square[day] * slope) * slope.transpose();
        hessian += slope * to_last.col(day).transpose() + to_last.col(day) * slope.transpose();
        for (int i = 0; i < 4; ++i) total.mixed.col(i).head(k) += sums.by_both[i][day] * slope;
        if (later != 0 && clock.weight[day] > 0)
            hessian += later * clock.weight[day] * (tilt * tilt.transpose() - clock.spread);
        later += sums.by_time[day];
    }
    hessian += end_cross * slopes.col(base.end).transpose() + slopes.col(base.end) * end_cross.transpose();
    hessian -= purchases * clock.spread;
    total.value = value.value();

    // The clock of dropout: all but the second derivatives of its times is in the sums by now. Summed by parts, for what a
    // departure within a piece owes to the length of the piece is a difference of times.
    const ClockSlopes &leaving = clock.leaving;
    const auto n_leave = static_cast<Eigen::Index>(leaving.k);
    if (n_leave == 0) return total;
    const Eigen::Map<const Matrix> leave_tilts(leaving.tilt.data(), n_leave, base.end + 1);
    later = 0;
    for (std::uint32_t day = base.end + 1; day-- > 0;) {
        const auto tilt = leave_tilts.col(day);
        const double pull = later * leaving.weight[day];
        total.gradient.tail(n_leave) += pull * tilt;
        if (pull != 0) total.hessian.bottomRightCorner(n_leave, n_leave) += pull * (tilt * tilt.transpose() - leaving.spread);
        later += sums.leave_by_time[day];
    }
    return total;
}

Surface<Eigen::Dynamic> dated_surface(const DatedForm &form, const double *theta, const double *gamma, const DatedBase &base,
                                      Stop stop) {
    const int n = form.size(), k = static_cast<int>(base.n_coefficients());
    const SlopedClock clock(base, gamma);
    DatedSums sums(base);
    form.add(theta, clock, 0, base.customers.size(), sums, stop);
    const DatedDays days = over_days(clock, gamma, sums);

    sums.value += days.value;
    Surface<Eigen::Dynamic> total{sums.value.value(), Vector::Zero(n + k), Matrix::Zero(n + k, n + k)};
    for (int i = 0; i < n; ++i) {
        total.gradient(i) = sums.gradient[form.place(i)];
        for (int j = 0; j <= i; ++j) total.hessian(i, j) = sums.second(form.place(i), form.place(j));
        total.hessian.block(n, i, k, 1) = days.mixed.col(form.place(i));
    }
    total.gradient.tail(k) = days.gradient;
    total.hessian.bottomRightCorner(k, k) = days.hessian;
    total.hessian = total.hessian.template selfadjointView<Eigen::Lower>();
    return total;
}

namespace {

// Residuals of the columns, one after the other, off the mean and those before (modified Gram-Schmidt).
IdleColumn find_idle_column(const CalendarDesign &days) {
    constexpr double least_rest = 1e-10;  // of a column's variance
    std::vector<std::uint32_t> open;
    for (std::uint32_t day = 0; day < days.n_days(); ++day)
        if (days.is_open(day)) open.push_back(day);
    const auto n = static_cast<Eigen::Index>(open.size());
    std::vector<Vector> before;
    for (std::uint32_t c = 0; c < days.n_coefficients(); ++c) {
        Vector column(n);
        for (Eigen::Index i = 0; i < n; ++i) column(i) = days.row(open[i])[c];
        const double size = column.cwiseAbs().maxCoeff();
        if (n > 0) column.array() -= column.mean();
        const double square = column.squaredNorm();
        if (!(std::sqrt(square) > 1e-12 * size * std::sqrt(static_cast<double>(n))))
            return {Status::constant, static_cast<int>(c)};
        for (int pass = 0; pass < 2; ++pass)
            for (const Vector &other : before) column -= other.dot(column) * other;
        if (!(column.squaredNorm() > least_rest * square))
            return {Status::collinear, static_cast<int>(c)};
        before.push_back(column.normalized());
    }
    return {};
}

}  // namespace

IdleColumn find_idle_column(const DatedBase &base) {
    const IdleColumn of_purchases = find_idle_column(base.days);
    if (of_purchases.coefficient >= 0) return of_purchases;
    IdleColumn of_dropout = find_idle_column(base.leave_days);
    if (of_dropout.coefficient >= 0) of_dropout.coefficient += static_cast<int>(base.n_of_purchases());
    return of_dropout;
}

namespace {

class CalendarClimber {
public:
    CalendarClimber(const DatedBase &base, const PurchaseSearch &search, const DatedSearch &dated, Stop stop)
        : base_(base), search_(search), dated_(dated), stop_(stop) {
        double purchases = 0, time = 0;
        for (const DatedCustomer &customer : base.customers) {
            count_ += customer.count;
            purchases += customer.count * customer.frequency;
            time += customer.count * (base.end - customer.first);
        }
        between_ = time / purchases;
        tenure_ = search.departure_times ? time / count_ : 1;
    }

    int iterations = 0;
    double count() const { return count_; }

    Climbed climb(int form, const Vector &start, double weight) {
        const DatedForm &dated = dated_.forms[form];
        const int n = dated.size();
        Vector centre = Vector::Zero(start.size());
        for (int i = 0; i < n; ++i) centre(i) = std::log(size_of(form, i));
        const auto climbed = [&](const Vector &point) {
            Surface<Eigen::Dynamic> here = nearby_ ? nearby_(point) : surface(form, point);
            if (weight == 0 && are_alike(dated, point)) here.hessian.setConstant(std::numeric_limits<double>::quiet_NaN());
            return here;
        };
        return climb_with_coefficients(climbed, form, n, start, centre, weight, iterations);
    }

    // From where a climb over long runs has ended, to the top of the likelihood by days. What this has beside the likelihood over
    // runs is small, and next to a place as good as its value, slope and curvature there: so one or two surfaces by days do.
    Climbed climb_by_days(DatedBase &base, Climbed from, std::uint32_t run) {
        // Of a squared standard error: errors of what was taken for the difference are of its root by that of the customers.
        const double near = 2e-7 * count_;
        constexpr int rounds = 4;
        for (int round = 0; round < rounds && from.settled; ++round) {
            const Vector begin = from.point;
            const Surface<Eigen::Dynamic> by_days = surface(from.form, begin);
            base.least_run = run;
            const Surface<Eigen::Dynamic> over_runs = surface(from.form, begin);
            Known known{begin, by_days};
            nearby_ = [&](const Vector &point) {
                if (known.reaches(point)) return known.at(point);
                const Vector away = point - begin;
                Surface<Eigen::Dynamic> here = surface(from.form, point);
                const Matrix bend = by_days.hessian - over_runs.hessian;
                const Vector slope = by_days.gradient - over_runs.gradient;
                here.value += by_days.value - over_runs.value + away.dot(slope) + away.dot(bend * away) / 2;
                here.gradient += slope + bend * away;
                here.hessian += bend;
                known = {point, here};
                return here;
            };
            from = climb(from.form, begin, 0);
            nearby_ = nullptr;
            base.least_run = 1;
            const Vector away = from.point - begin;
            if (from.settled && -away.dot(by_days.hessian * away) <= near) return from;
        }
        return climb(from.form, from.point, 0);
    }

    // From parameters and effects of the calendar.
    Climbed climb_from(int form, const double *theta, const Vector &coefficients) {
        const int n = dated_.forms[form].size();
        Vector start(n + coefficients.size());
        for (int i = 0; i < n; ++i) start(i) = std::log(theta[i]);
        start.tail(coefficients.size()) = coefficients;
        return climb(form, start, 0);
    }

    Climbed climb_in_sizes(int form, std::initializer_list<double> start, const Vector &coefficients) {
        std::vector<double> theta(start);
        for (std::size_t i = 0; i < theta.size(); ++i) theta[i] *= size_of(form, static_cast<int>(i));
        return climb_from(form, theta.data(), coefficients);
    }

    double value_at(const Climbed &climbed) const { return surface(climbed.form, climbed.point).value; }

    Vector no_effects() const { return Vector::Zero(static_cast<Eigen::Index>(base_.n_coefficients())); }

    // The model at a summit; coefficients are those of the numbers as they came.
    Fit fit_at(const Climbed &climbed, Status status) const {
        const DatedForm &form = dated_.forms[climbed.form];
        const int n = form.size(), all = static_cast<int>(climbed.point.size());
        Fit fit = refused(status, count_, status == Status::weak ? climbed.subject : -1, iterations);
        fit.form = climbed.form;
        fit.log_likelihood = climbed.value;
        std::vector<double> slopes;  // of the parameters in the coordinates
        for (int i = 0; i < all; ++i) {
            if (i < n) {
                const double theta = std::exp(climbed.point(i)), share = theta / (1 + theta);
                const bool odds = form.odds && i == n - 1;
                fit.parameters.push_back(odds ? share : theta);
                slopes.push_back(odds ? share / (1 + theta) : theta);
            } else {
                fit.parameters.push_back(climbed.point(i) / base_.scale[i - n]);
                slopes.push_back(1 / base_.scale[i - n]);
            }
            fit.states.push_back(ParameterState::estimated);
            for (int j = 0; j <= i; ++j) fit.covariance.push_back(slopes[i] * slopes[j] * climbed.covariance(i, j));
        }
        return fit;
    }

private:
    // Whether rates or departures differ by 0.3 % between customers, which no data tell from not at all: a search that has come so
    // far is on its way to a limit, which is a form of its own. It would crawl on where second derivatives drown in rounding, so it
    // is stopped, for want of them.
    static bool are_alike(const DatedForm &form, const Vector &point) {
        const double largest_shape = std::log(1e5);
        const bool rates = form.n_first == 2 && point(0) > largest_shape;
        return rates || (form.n_last == 2 && point(form.n_first) > largest_shape);
    }

    // A surface, which a tiny step away is as good as itself.
    struct Known {
        Vector place;
        Surface<Eigen::Dynamic> surface;

        bool reaches(const Vector &point) const {
            constexpr double tiny = 1e-10;  // of a squared standard error
            const Vector away = point - place;
            return std::fabs(away.dot(surface.hessian * away)) <= tiny;
        }
        Surface<Eigen::Dynamic> at(const Vector &point) const {
            const Vector away = point - place, turn = surface.hessian * away;
            return {surface.value + away.dot(surface.gradient) + away.dot(turn) / 2, surface.gradient + turn, surface.hessian};
        }
    };

    // In the logarithms of the form's parameters, and the coefficients.
    Surface<Eigen::Dynamic> surface(int form, const Vector &point) const {
        const DatedForm &dated = dated_.forms[form];
        const int n = dated.size();
        const Vector theta = point.head(n).array().exp();
        Surface<Eigen::Dynamic> here = dated_surface(dated, theta.data(), point.data() + n, base_, stop_);
        for (int i = 0; i < n; ++i) {
            here.hessian.row(i) *= theta(i);
            here.hessian.col(i) *= theta(i);
            here.gradient(i) *= theta(i);
            here.hessian(i, i) += here.gradient(i);
        }
        return here;
    }

    double size_of(int form, int i) const {
        const DatedForm &dated = dated_.forms[form];
        if (i < dated.n_first) return dated.n_first == 1 ? 1 / between_ : i == 1 ? between_ : 1;
        if (!search_.departure_times || dated.odds) return 1;
        return dated.n_last == 1 ? 1 / tenure_ : i == dated.n_first + 1 ? tenure_ : 1;
    }

    const DatedBase &base_;
    const PurchaseSearch &search_;
    const DatedSearch &dated_;
    Stop stop_;
    double count_ = 0, between_ = 0, tenure_ = 1;
    std::function<Surface<Eigen::Dynamic>(const Vector &)> nearby_;  // what is climbed in the place of the surface
};

// Where customers leave in time and the calendar changes by the day, integrals go over each day. The way up is shorter over
// longer runs, in which the clock goes evenly; the rest of it, and where it ends, is by days.
constexpr std::uint32_t long_run = 16;

bool has_short_runs(const DatedBase &base) {
    std::uint32_t runs = 0;
    for (std::uint32_t day = 0; day < base.end; day = base.run_end[day]) ++runs;
    return runs * long_run > 2 * base.end;
}

// The customers of every few first days, where the search begins if they are so many.
constexpr std::size_t many = 2500;

DatedBase part_of(const DatedBase &base) {
    constexpr std::uint32_t few = 8;
    DatedBase part = base;
    part.customers.clear();
    double all = 0, some = 0;
    for (const DatedCustomer &customer : base.customers) {
        all += customer.count * customer.frequency;
        if (customer.first % few != 0) continue;
        part.customers.push_back(customer);
        some += customer.count * customer.frequency;
    }
    for (double &purchases : part.purchases) purchases *= some / all;
    return part;
}

// Without effects of the calendar a form is a limit that this one may have left, or come to: whichever of all is highest.
Fit fit_dated(DatedBase &base, const PurchaseSearch &search, const DatedSearch &dated, const Fit &without, double prior,
              Stop stop) {
    using S = PurchaseSearch;
    CalendarClimber climber(base, search, dated, stop);
    // What acts on dropout says nothing where customers leave at once or never.
    const auto is_open = [&](int number) {
        return dated.forms[number].add != nullptr && (base.n_of_dropout() == 0 || dated.forms[number].in_time);
    };
    const DatedForm &form = dated.forms[is_open(without.form) ? without.form : S::within];
    const int n = form.size();
    const auto start = [&](CalendarClimber &of) {
        if (!is_open(without.form)) return of.climb_in_sizes(S::within, {1, 1, 0.5, 2}, of.no_effects());
        double theta[4];
        for (int i = 0; i < n; ++i) {
            const bool odds = form.odds && i == n - 1;
            theta[i] = odds ? without.parameters[i] / (1 - without.parameters[i]) : without.parameters[i];
        }
        return of.climb_from(without.form, theta, of.no_effects());
    };
    Climbed first;
    if (search.departure_times && form.n_last > 0 && has_short_runs(base)) {
        base.least_run = long_run;
        Climbed near;
        if (const DatedBase part = part_of(base); part.customers.size() >= many) {
            CalendarClimber climber_of_part(part, search, dated, stop);
            near = start(climber_of_part);
            climber.iterations += climber_of_part.iterations;
        }
        near = near.settled ? climber.climb(near.form, near.point, 0) : start(climber);
        base.least_run = 1;
        first = near.settled ? climber.climb_by_days(base, near, long_run) : start(climber);
    } else {
        first = start(climber);
    }
    const auto lost = [&](const Climbed &climbed) {
        if (climbed.subject < dated.forms[climbed.form].size())
            return refused(Status::not_converged, climber.count(), -1, climber.iterations);
        const int within = dated.forms[S::within].size(), coefficient = climbed.subject - dated.forms[climbed.form].size();
        return refused(Status::runaway, climber.count(), within + coefficient, climber.iterations);
    };
    if (!first.settled && first.subject >= n) return lost(first);
    if (first.settled && first.form == S::within && first.error <= clear_error)
        return climber.fit_at(first, Status::converged);

    std::vector<Climbed> ends = {first};
    // The calendar acts much alike under all forms. By days, only those are climbed that come near over longer runs.
    const Vector effects = std::isfinite(first.value) ? Vector(first.point.tail(base.n_coefficients())) : climber.no_effects();
    constexpr double margin = 3;  // of the log-likelihood: by far more than runs make of the difference between two forms
    const bool over_runs = search.departure_times && has_short_runs(base);
    const auto run_value = [&](const Climbed &climbed) {
        return climbed.settled ? climber.value_at(climbed) : -std::numeric_limits<double>::infinity();
    };
    if (over_runs) base.least_run = long_run;
    double highest = over_runs ? run_value(first) : 0;
    const auto visit = [&](int number, std::initializer_list<double> start) {
        if (!is_open(number) || number == first.form) return;
        Climbed end = climber.climb_in_sizes(number, start, effects);
        if (over_runs) {
            if (!end.settled || end.value < highest - margin) return;
            highest = std::fmax(highest, end.value);
            base.least_run = 1;
            end = climber.climb_by_days(base, end, long_run);
            base.least_run = long_run;
        }
        ends.push_back(std::move(end));
    };
    const double leave = search.departure_times ? 0.3 : 0.1;
    if (dated.forms[S::within].n_last == 0)
        visit(S::within, {1, 1});
    else if (search.departure_times)
        visit(S::within, {1, 1, 0.5, 2});
    else
        visit(S::within, {1, 1, 0.5, 5});
    visit(S::nobody_leaves, {1, 1});
    visit(S::one_leaving, {1, 1, leave});
    visit(S::at_once_or_never, {1, 1, 0.1});
    visit(S::one_rate_nobody_leaves, {1});
    visit(S::one_rate, {1, 0.5, 2});
    visit(S::one_rate_one_leaving, {1, leave});
    visit(S::one_rate_at_once_or_never, {1, 0.1});
    base.least_run = 1;

    return fit_of_ends(ends, prior, climber, lost);
}

}  // namespace

Fit fit_calendar(const CalendarCustomers &customers, const Calendar &calendar, const PurchaseSearch &search,
                 const DatedSearch &dated, double prior, Stop stop) {
    const View<CalendarRow> rows = customers.customers();
    std::vector<CustomerCount> plain;
    plain.reserve(rows.size);
    for (const CalendarRow &row : rows) plain.push_back({{row.frequency, row.recency, row.tenure}, row.count});
    const Fit without = fit_purchases({plain.data(), plain.size()}, search, prior, stop);
    const auto fitted = [&] {
        // Nothing tells days apart on which nobody came back.
        if (!without.usable() || without.status == Status::no_repeat_purchases)
            return refused(without.status, without.customers, without.subject, without.iterations);
        DatedBase base(customers, calendar, stop, search.departure_times);
        const IdleColumn idle = find_idle_column(base);
        if (idle.coefficient >= 0) return refused(idle.status, without.customers, idle.coefficient);
        return fit_dated(base, search, dated, without, prior, stop);
    };
    return with_calendar(fitted(), calendar);
}

Fit with_calendar(Fit fit, const Calendar &calendar) {
    fit.calendar.resize(calendar.bytes / sizeof(double));
    std::memcpy(fit.calendar.data(), &calendar, calendar.bytes);
    reinterpret_cast<Calendar *>(fit.calendar.data())->length_word = 0;  // the server's, of a value by itself
    return fit;
}

}  // namespace cltv
