#include "core/purchases/calendar_fit.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <initializer_list>

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
      reference(calendar, reference_days(calendar).begin, reference_days(calendar).n), run_end(std::size_t{end} + 1, end + 1),
      scale(n_coefficients(), 1) {
    for (const CalendarRow &row : purchase_days) purchases[end - static_cast<std::uint32_t>(row.tenure)] += row.count;
    const std::uint32_t k = n_coefficients();
    for (std::uint32_t day = end; day-- > 0;) {
        const bool same = days.is_open(day) == days.is_open(day + 1) && std::equal(days.row(day), days.row(day) + k, days.row(day + 1));
        run_end[day] = same ? run_end[day + 1] : day + 1;
    }
    for (std::uint32_t c = 0; c < k; ++c) {
        double n = 0, mean = 0, square = 0;
        for (std::uint32_t day = 0; day <= end; ++day) {
            if (!days.is_open(day)) continue;
            const double off = days.row(day)[c] - mean;
            mean += off / ++n;
            square += off * (days.row(day)[c] - mean);
        }
        if (square > 0) scale[c] = std::sqrt(square / n);
        for (CalendarDesign *design : {&days, &reference})
            for (std::uint32_t day = 0; day < design->n_days(); ++day) design->row(day)[c] /= scale[c];
    }
}

SlopedClock::SlopedClock(const DatedBase &dated, const double *gamma)
    : base(dated), weight(dated.end + 1), time(dated.end + 2), tilt((dated.end + 1) * dated.n_coefficients()),
      slope((dated.end + 2) * dated.n_coefficients()), log_mean(log_mean_weight(dated.reference, gamma)) {
    const std::uint32_t k = base.n_coefficients();
    Vector mean = Vector::Zero(k);
    spread = Matrix::Zero(k, k);
    for (std::uint32_t day = 0; day < base.reference.n_days(); ++day) {
        if (!base.reference.is_open(day)) continue;
        const double w = std::exp(base.reference.predictor(day, gamma) - log_mean) / base.reference.n_days();
        const Eigen::Map<const Vector> row(base.reference.row(day), k);
        mean += w * row;
        spread += w * row * row.transpose();
    }
    spread -= mean * mean.transpose();
    for (std::uint32_t day = 0; day <= base.end; ++day) {
        weight[day] = base.days.is_open(day) ? std::exp(base.days.predictor(day, gamma) - log_mean) : 0;
        time[day + 1] = time[day] + weight[day];
        for (std::uint32_t c = 0; c < k; ++c) {
            const std::size_t at = std::size_t{day} * k + c;
            tilt[at] = base.days.row(day)[c] - mean(c);
            slope[at + k] = slope[at] + weight[day] * tilt[at];
        }
    }
}

DatedSums::DatedSums(const DatedBase &base)
    : by_time(base.end + 1), square(base.end + 1), with_end(base.end + 1),
      first_to_last((std::size_t{base.end} + 1) * base.n_coefficients()),
      direct(Eigen::MatrixXd::Zero(4 + base.n_coefficients(), 4 + base.n_coefficients())) {
    for (std::vector<double> &part : by_both) part.resize(base.end + 1);
}

DatedDays over_days(const SlopedClock &clock, const double *gamma, const DatedSums &sums) {
    const DatedBase &base = clock.base;
    const auto k = static_cast<Eigen::Index>(base.n_coefficients());
    const Eigen::Map<const Matrix> slopes(clock.slope.data(), k, base.end + 2);  // a column a day
    const Eigen::Map<const Matrix> tilts(clock.tilt.data(), k, base.end + 1);
    const Eigen::Map<const Matrix> to_last(sums.first_to_last.data(), k, base.end + 1);
    DatedDays total{0, Vector::Zero(k), sums.direct.bottomRightCorner(k, k).selfadjointView<Eigen::Lower>(),
                    sums.direct.bottomLeftCorner(k, 4)};
    Vector end_cross = Vector::Zero(k);
    double later = 0, purchases = 0;  // of by_time, what comes after the day
    for (std::uint32_t day = base.end + 1; day-- > 0;) {
        const auto slope = slopes.col(day), tilt = tilts.col(day);
        total.gradient += sums.by_time[day] * slope;
        const double bought = base.purchases[day];
        if (bought > 0) {
            total.value += bought * (base.days.predictor(day, gamma) - clock.log_mean);
            total.gradient += bought * tilt;
            purchases += bought;
        }
        end_cross += sums.with_end[day] * slope;
        total.hessian += (sums.square[day] * slope) * slope.transpose();
        total.hessian += slope * to_last.col(day).transpose() + to_last.col(day) * slope.transpose();
        for (int i = 0; i < 4; ++i) total.mixed.col(i) += sums.by_both[i][day] * slope;
        if (later != 0 && clock.weight[day] > 0)
            total.hessian += later * clock.weight[day] * (tilt * tilt.transpose() - clock.spread);
        later += sums.by_time[day];
    }
    total.hessian += end_cross * slopes.col(base.end).transpose() + slopes.col(base.end) * end_cross.transpose();
    total.hessian -= purchases * clock.spread;
    return total;
}

Surface<Eigen::Dynamic> dated_surface(const DatedForm &form, const double *theta, const double *gamma, const DatedBase &base,
                                      Stop stop) {
    const int n = form.size(), k = static_cast<int>(base.n_coefficients());
    const SlopedClock clock(base, gamma);
    DatedSums sums(base);
    form.add(theta, clock, 0, base.customers.size(), sums, stop);
    const DatedDays days = over_days(clock, gamma, sums);

    Surface<Eigen::Dynamic> total{sums.value + days.value, Vector::Zero(n + k), Matrix::Zero(n + k, n + k)};
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

// Residuals of the columns, one after the other, off the mean and those before (modified Gram-Schmidt).
IdleColumn find_idle_column(const DatedBase &base) {
    constexpr double least_rest = 1e-10;  // of a column's variance
    std::vector<std::uint32_t> open;
    for (std::uint32_t day = 0; day <= base.end; ++day)
        if (base.days.is_open(day)) open.push_back(day);
    const auto n = static_cast<Eigen::Index>(open.size());
    std::vector<Vector> before;
    for (std::uint32_t c = 0; c < base.n_coefficients(); ++c) {
        Vector column(n);
        for (Eigen::Index i = 0; i < n; ++i) column(i) = base.days.row(open[i])[c];
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
        const auto surface = [&](const Vector &point) {
            const Vector theta = point.head(n).array().exp();
            Surface<Eigen::Dynamic> here = dated_surface(dated, theta.data(), point.data() + n, base_, stop_);
            for (int i = 0; i < n; ++i) {
                here.hessian.row(i) *= theta(i);
                here.hessian.col(i) *= theta(i);
                here.gradient(i) *= theta(i);
                here.hessian(i, i) += here.gradient(i);
            }
            return here;
        };
        return climb_with_coefficients(surface, form, n, start, centre, weight, iterations);
    }

    // From where a climb has ended.
    Climbed climb_on(const Climbed &from) { return climb(from.form, from.point, 0); }

    // From parameters, without effects of the calendar.
    Climbed climb_from(int form, const double *theta) {
        const int n = dated_.forms[form].size();
        Vector start = Vector::Zero(n + static_cast<int>(base_.n_coefficients()));
        for (int i = 0; i < n; ++i) start(i) = std::log(theta[i]);
        return climb(form, start, 0);
    }

    Climbed climb_in_sizes(int form, std::initializer_list<double> start) {
        std::vector<double> theta(start);
        for (std::size_t i = 0; i < theta.size(); ++i) theta[i] *= size_of(form, static_cast<int>(i));
        return climb_from(form, theta.data());
    }

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
};

// Where customers leave in time and the calendar changes by the day, integrals go over each day. The way up is shorter over
// longer runs, in which the clock goes evenly; the rest of it, and where it ends, is by days.
constexpr std::uint32_t long_run = 16;

bool has_short_runs(const DatedBase &base) {
    std::uint32_t runs = 0;
    for (std::uint32_t day = 0; day < base.end; day = base.run_end[day]) ++runs;
    return runs * long_run > 2 * base.end;
}

// Without effects of the calendar a form is a limit that this one may have left, or come to: whichever of all is highest.
Fit fit_dated(DatedBase &base, const PurchaseSearch &search, const DatedSearch &dated, const Fit &without, double prior,
              Stop stop) {
    using S = PurchaseSearch;
    CalendarClimber climber(base, search, dated, stop);
    double theta[4];
    const DatedForm &form = dated.forms[without.form];
    const int n = form.size();
    for (int i = 0; i < n; ++i) {
        const bool odds = form.odds && i == n - 1;
        theta[i] = odds ? without.parameters[i] / (1 - without.parameters[i]) : without.parameters[i];
    }
    Climbed first;
    if (search.departure_times && form.n_last > 0 && has_short_runs(base)) {
        base.least_run = long_run;
        const Climbed near = climber.climb_from(without.form, theta);
        base.least_run = 1;
        first = near.settled ? climber.climb_on(near) : climber.climb_from(without.form, theta);
    } else {
        first = climber.climb_from(without.form, theta);
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
    const auto visit = [&](int number, std::initializer_list<double> start) {
        if (dated.forms[number].add != nullptr && number != first.form) ends.push_back(climber.climb_in_sizes(number, start));
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
