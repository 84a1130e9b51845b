#include "core/forecast/trend.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "core/base/eigen.hpp"
#include "core/forecast/minimise.hpp"

namespace cltv {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
constexpr double two_pi = 6.283185307179586477;

// The slope may change at points that divide the first 80 % of the series evenly.
double place_of_change(int i, int changes) { return 0.8 * (i + 1) / (changes + 1); }

struct Design {
    Design(const TrendOrders &trend_orders, std::size_t length, double periods_of_year, const SeriesColumns &calendar_columns,
           int late = 0)
        : orders(trend_orders), late_changes(late), n(static_cast<double>(length)), year(periods_of_year), calendar(calendar_columns) {
        // A column is scaled by its range in the known periods, so that its unit does not matter; one that does not
        // vary there is used as it is, and only makes the forecast less certain.
        for (int j = 0; j < n_calendar(); ++j) {
            double least = calendar.row(0)[j], largest = least;
            for (std::size_t t = 1; t < length; ++t) {
                least = std::fmin(least, calendar.row(t)[j]);
                largest = std::fmax(largest, calendar.row(t)[j]);
            }
            middle.push_back(least);
            range.push_back(largest > least ? largest - least : 1);
        }
    }

    TrendOrders orders;
    int late_changes;  // in the last 20 %, with the same spacing
    double n, year;
    const SeriesColumns &calendar;
    std::vector<double> middle, range;  // of the columns of the calendar

    int n_calendar() const { return orders.calendar ? calendar.n : 0; }
    int columns() const { return 2 + orders.changes + late_changes + 2 * orders.waves + 6 * orders.week + n_calendar(); }

    // The row of a period, counted from 0; time runs from 0 to 1 over the series.
    Vector row(double t) const {
        Vector row = Vector::Zero(columns());
        const double at = t / n;
        int i = 0;
        row(i++) = 1;
        row(i++) = at;
        for (int j = 0; j < orders.changes + late_changes; ++j) row(i++) = std::fmax(0, at - place_of_change(j, orders.changes));
        for (int j = 1; j <= orders.waves; ++j) {
            row(i++) = std::sin(two_pi * j * t / year);
            row(i++) = std::cos(two_pi * j * t / year);
        }
        if (orders.week) {
            const int day = static_cast<int>(std::fmod(t, 7));
            for (int j = 0; j < 6; ++j) row(i++) = (day == j) - (day == 6);
        }
        for (int j = 0; j < n_calendar(); ++j) row(i++) = (calendar.row(static_cast<std::size_t>(t))[j] - middle[j]) / range[j];
        return row;
    }

    // The prior precisions of the coefficients, in units of that of the noise; 0 for those of the line.
    Vector precisions(const double *scale) const {
        Vector precision = Vector::Zero(columns());
        int i = 2;
        const auto put = [&](int count) {
            if (count == 0) return;
            for (int j = 0; j < count; ++j) precision(i++) = 1 / (*scale * *scale);
            ++scale;
        };
        put(orders.changes + late_changes);
        put(2 * orders.waves);
        put(6 * orders.week);
        put(n_calendar());
        return precision;
    }
};

struct Normal {
    Matrix xx;
    Vector xy;
    double yy = 0;
};

Normal normal_equations(const std::vector<double> &y, const Design &design, Stop stop) {
    Normal normal{Matrix::Zero(design.columns(), design.columns()), Vector::Zero(design.columns()), 0};
    for (std::size_t t = 0; t < y.size(); ++t) {
        if ((t & 0xFF) == 0) poll(stop);
        const Vector row = design.row(static_cast<double>(t));
        normal.xx.selfadjointView<Eigen::Lower>().rankUpdate(row);
        normal.xy += row * y[t];
        normal.yy += y[t] * y[t];
    }
    normal.xx = Matrix(normal.xx.selfadjointView<Eigen::Lower>());
    return normal;
}

struct Solved {
    Eigen::LLT<Matrix> factor;
    Vector coefficients;
    double squares = 0;      // of the noise, and of the coefficients in their own units
    double criterion = std::numeric_limits<double>::infinity();  // minus twice the restricted log-likelihood, but for a constant
};

Solved solve(const Normal &normal, const Design &design, const double *scale) {
    Solved solved;
    const Vector precision = design.precisions(scale);
    const Matrix all = normal.xx + Matrix(precision.asDiagonal());
    solved.factor.compute(all);
    if (solved.factor.info() != Eigen::Success) return solved;
    solved.coefficients = solved.factor.solve(normal.xy);
    solved.squares = normal.yy - normal.xy.dot(solved.coefficients);
    if (!(solved.squares > 0)) return solved;
    double logs = 2 * solved.factor.matrixLLT().diagonal().array().log().sum();
    for (int i = 2; i < precision.size(); ++i) logs -= std::log(precision(i));
    solved.criterion = (design.n - 2) * std::log(solved.squares / (design.n - 2)) + logs;
    return solved;
}

double middle_of(const std::vector<double> &y) {
    double sum = 0;
    for (const double value : y) sum += value / static_cast<double>(y.size());
    return sum;
}

// Subtracts the mean, which the line takes up: squares of large numbers would leave few digits.
std::vector<double> centred(const std::vector<double> &y) {
    std::vector<double> z = y;
    const double mean = middle_of(y);
    for (double &value : z) value -= mean;
    return z;
}

}  // namespace

SeriesFit fit_trend(const std::vector<double> &y, double periods_of_year, bool days, const SeriesColumns &columns, Stop stop) {
    SeriesFit fit;
    const double n = static_cast<double>(y.size());
    if (n < 6) return fit;
    TrendOrders orders;
    orders.changes = std::min(most_trend_changes, static_cast<int>(n / 4));
    // A wave needs at least two periods, and a year two years, to be seen.
    if (n >= 2 * periods_of_year && periods_of_year > 2)
        orders.waves = std::min(most_trend_waves, static_cast<int>((periods_of_year - 1) / 2));
    orders.week = days && n >= 14;
    orders.calendar = columns.n > 0;
    const Design design(orders, y.size(), periods_of_year, columns);
    const std::vector<double> z = centred(y);
    const Normal normal = normal_equations(z, design, stop);
    if (!(normal.yy > 0)) return fit;
    const int k = trend_parameters(orders);
    const auto scales_at = [k](const Vector &x) {
        std::vector<double> scale(k);
        // Kept between a millionth and a million times the noise.
        for (int i = 0; i < k; ++i) scale[i] = std::exp(14 * std::tanh(x(i) / 14));
        return scale;
    };
    const auto criterion = [&](const Vector &at) {
        poll(stop);
        return solve(normal, design, scales_at(at).data()).criterion;
    };
    Minimum best;
    for (const double start : {0.0, 3.0}) {
        const Minimum end = minimise_by_differences(criterion, Vector::Constant(k, start), 200, 1e-11, stop);
        if (end.value < best.value) best = end;
    }
    if (!std::isfinite(best.value)) return fit;
    const std::vector<double> scale = scales_at(best.point);
    const Solved solved = solve(normal, design, scale.data());
    fit.family = SeriesFamily::seasonal;
    fit.orders = orders.orders();
    fit.parameters = scale;
    fit.variance = solved.squares / (n - 2);
    constexpr double ln_two_pi = 1.8378770664093454836;
    fit.log_likelihood = -(best.value + (n - 2) * (ln_two_pi + 1)) / 2;
    fit.aicc = corrected_criterion(fit.log_likelihood, k + 1, n);
    return fit;
}

SeriesForecast forecast_trend(const std::vector<double> &y, const SeriesFit &fit, double periods_of_year, const SeriesColumns &columns,
                              int periods) {
    const TrendOrders orders = TrendOrders::of(fit.orders);
    const double n = static_cast<double>(y.size()), mean = middle_of(y);
    const double apart = orders.changes > 0 ? 0.8 / (orders.changes + 1) : 1, change = orders.changes > 0 ? fit.parameters[0] : 0;
    // The fit has no changes in the last 20 %, but they occur there as everywhere; the data say how large they can have
    // been.
    const Design design(orders, y.size(), periods_of_year, columns, orders.changes > 0 ? (orders.changes + 4) / 4 : 0);
    const Normal normal = normal_equations(centred(y), design, never_stop);
    const Solved solved = solve(normal, design, fit.parameters.data());
    SeriesForecast forecast;
    if (!std::isfinite(solved.criterion)) {
        forecast.mean.assign(periods, std::numeric_limits<double>::quiet_NaN());
        forecast.variance = forecast.mean;
        return forecast;
    }
    for (int h = 0; h < periods; ++h) {
        const Vector row = design.row(n + h);
        forecast.mean.push_back(mean + row.dot(solved.coefficients));
        // After the last known period the slope goes on changing as often and as much as before (Taylor & Letham 2018,
        // section 3.1.4): a change at u adds change^2 (t - u)^2, and changes come at any time, on average one in each
        // interval between two change points.
        const double beyond = (h + 1) / n, bends = beyond * beyond * beyond / (3 * apart);
        forecast.variance.push_back(fit.variance * (1 + row.dot(solved.factor.solve(row)) + change * change * bends));
    }
    return forecast;
}

TrendCoefficients trend_coefficients(const std::vector<double> &y, const SeriesFit &fit, double periods_of_year,
                                     const SeriesColumns &columns) {
    const TrendOrders orders = TrendOrders::of(fit.orders);
    const Design design(orders, y.size(), periods_of_year, columns);
    const Normal normal = normal_equations(centred(y), design, never_stop);
    const Solved solved = solve(normal, design, fit.parameters.data());
    TrendCoefficients all;
    if (!std::isfinite(solved.criterion)) return all;
    const Matrix covariance = fit.variance * solved.factor.solve(Matrix::Identity(design.columns(), design.columns()));
    const auto put = [&](double unit, const Vector &of, double more) {
        all.estimates.push_back(unit * of.dot(solved.coefficients) + more);
        all.std_errors.push_back(unit * std::sqrt(of.dot(covariance * of)));
    };
    const auto one = [&](int i) -> Vector { return Vector::Unit(design.columns(), i); };
    int i = 0;
    // The columns of the calendar are scaled from their least number, which need not be 0.
    Vector level = one(i++);
    const int calendar = design.columns() - design.n_calendar();
    for (int j = 0; j < design.n_calendar(); ++j) level(calendar + j) = -design.middle[j] / design.range[j];
    put(1, level, middle_of(y));
    put(1 / design.n, one(i++), 0);
    for (int j = 0; j < orders.changes; ++j) put(1 / design.n, one(i++), 0);
    for (int j = 0; j < 2 * orders.waves; ++j) put(1, one(i++), 0);
    if (orders.week) {
        Vector last = Vector::Zero(design.columns());
        for (int j = 0; j < 6; ++j) {
            last(i) = -1;
            put(1, one(i++), 0);
        }
        put(1, last, 0);
    }
    for (int j = 0; j < design.n_calendar(); ++j) put(1 / design.range[j], one(i++), 0);
    return all;
}

}  // namespace cltv
