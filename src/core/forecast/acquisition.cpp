#include "core/forecast/acquisition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/eigen.hpp"
#include "core/fit/matrices.hpp"
#include "core/fit/interval.hpp"
#include "core/purchases/ahead.hpp"

namespace cltv {

namespace {

constexpr double weeks_per_year = 365.2425 / 7, pi = 3.14159265358979323846;
// Standard deviations of the growth of the log mean in a year, and of the first harmonic: half and double are within
// one.
constexpr double trend_sd = 0.7, season_sd = 0.5;
// That of the log mean between the smallest and the largest number of a column.
constexpr double column_sd = 0.7;
constexpr double damping = 0.98;  // per week
// How much of what it knew a week ago the level keeps. Never all of it: no shop stays as it is for ever.
constexpr double omegas[] = {0.99, 0.985, 0.98, 0.97, 0.96, 0.94, 0.92, 0.9, 0.87, 0.84, 0.8, 0.75, 0.7, 0.6, 0.5};
// The information of a level that remembers no customers.
constexpr double least_known = 1e-3;

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

// ln P(n) of a negative binomial distribution with this mean and variance, or of a Poisson distribution.
double log_count_probability(double n, double mean, double variance) {
    const double surplus = variance - mean;
    if (surplus <= 1e-9 * mean) return n * std::log(mean) - mean - std::lgamma(n + 1);
    const double shape = mean * mean / surplus;
    return std::lgamma(n + shape) - std::lgamma(shape) - std::lgamma(n + 1) + shape * std::log(mean / variance) +
           n * std::log(surplus / variance);
}

}  // namespace

// The season at the middle of a week, counted from the last one; negative numbers are in the past.
static std::array<double, 2 * Acquisition::n_harmonics> season_columns(Day last, int week) {
    const std::int64_t middle = std::int64_t{last} + 7 * std::int64_t{week} - 3;
    const CivilDay civil_day = civil(static_cast<Day>(std::max<std::int64_t>(middle, 0)));
    const double share = (day_in_year(static_cast<Day>(std::max<std::int64_t>(middle, 0))) + 0.5) / days_of_year(civil_day.year);
    std::array<double, 2 * Acquisition::n_harmonics> columns;
    for (int k = 0; k < Acquisition::n_harmonics; ++k) {
        columns[2 * k] = std::sin(2 * pi * (k + 1) * share);
        columns[2 * k + 1] = std::cos(2 * pi * (k + 1) * share);
    }
    return columns;
}

// The columns of a week; the trend goes on with steps that shrink from week to week.
Acquisition::Columns Acquisition::ahead(int week) const {
    Columns columns(n_year());
    if (has_season_) columns[0] = week <= 0 ? week / weeks_per_year
                           : damping * (1 - std::pow(damping, week)) / (1 - damping) / weeks_per_year;
    if (has_season_) {
        const auto season = season_columns(last_, week);
        std::copy(season.begin(), season.end(), columns.begin() + 1);
    }
    for (int j = 0; j < calendar_.n; ++j)
        columns.push_back((calendar_.row(n_ + static_cast<std::size_t>(week - 1))[j] - least_[j]) / range_[j]);
    return columns;
}

double Acquisition::relative_offset(const Columns &columns) const {
    double sum = 0;
    for (std::size_t i = 0; i < coefficients_.size(); ++i) sum += coefficients_[i] * columns[i];
    return std::exp(sum);
}

Acquisition::Acquisition(View<double> counts, Day last, const SeriesColumns &columns)
    : last_(last), has_season_(counts.size >= weeks_of_season), calendar_(columns), n_(counts.size) {
    for (int j = 0; j < calendar_.n; ++j) {
        double least = calendar_.row(0)[j], largest = least;
        for (std::size_t t = 1; t < n_; ++t) {
            least = std::fmin(least, calendar_.row(t)[j]);
            largest = std::fmax(largest, calendar_.row(t)[j]);
        }
        least_.push_back(least);
        range_.push_back(largest > least ? largest - least : 1);
    }
    const std::size_t p = static_cast<std::size_t>(n_year() + calendar_.n);
    coefficients_.assign(p, 0);
    mean_columns_.assign(p, 0);
    covariance_.assign(p, Columns(p, 0));
    if (p > 0) fit_offset(counts);
    filter(counts);
}

// Penalised iteratively reweighted least squares; the dispersion is Pearson's, of the fit before.
void Acquisition::fit_offset(View<double> counts) {
    const int n = static_cast<int>(counts.size), p = static_cast<int>(coefficients_.size()) + 1;
    Matrix x(n, p);
    Vector precision = Vector::Zero(p);
    double total = 0;
    for (int i = 0; i < n; ++i) {
        const Columns columns = ahead(i + 1 - n);
        x(i, 0) = 1;
        for (int j = 0; j + 1 < p; ++j) x(i, j + 1) = columns[j];
        total += counts[i];
    }
    if (!(total > 0)) return;
    for (int j = n_year() + 1; j < p; ++j) precision[j] = 1 / (column_sd * column_sd);
    if (has_season_) precision[1] = 1 / (trend_sd * trend_sd);
    for (int k = 0; has_season_ && k < n_harmonics; ++k)
        precision[2 + 2 * k] = precision[3 + 2 * k] = (k + 1) * (k + 1) / (season_sd * season_sd);
    Vector beta = Vector::Zero(p);
    beta[0] = std::log(total / n);
    double dispersion = 1;
    Matrix information;
    for (int step = 0; step < 50; ++step) {
        const Vector eta = (x * beta).cwiseMin(700);
        const Vector mu = eta.array().exp().max(1e-10);
        Vector left(n);
        double pearson = 0;
        for (int i = 0; i < n; ++i) {
            left[i] = counts[i] - mu[i];
            pearson += left[i] * left[i] / mu[i];
        }
        if (step > 2) dispersion = std::fmax(1, pearson / std::max(1, n - p));
        information = x.transpose() * mu.asDiagonal() * x / dispersion;
        information.diagonal() += precision;
        const Vector gradient = x.transpose() * left / dispersion - precision.cwiseProduct(beta);
        Vector move = SymmetricSolver(information)(gradient);
        const double longest = move.cwiseAbs().maxCoeff();
        if (longest > 1) move /= longest;  // of exponents: one step must not leave the range of the linearisation
        beta += move;
        if (longest < 1e-9 && step > 6) break;
    }
    const Matrix covariance = SymmetricSolver(information)(Matrix(Matrix::Identity(p, p)));
    if (!beta.allFinite() || !covariance.allFinite()) return;
    for (int i = 0; i + 1 < p; ++i) {
        coefficients_[i] = beta[i + 1];
        for (int j = 0; j + 1 < p; ++j) covariance_[i][j] = covariance(i + 1, j + 1);
    }
}

// The level, at the omega that maximises the likelihood of each count given those before it.
void Acquisition::filter(View<double> counts) {
    const int n = static_cast<int>(counts.size);
    std::vector<double> offsets(counts.size);
    double total = 0, exposure = 0;
    for (int i = 0; i < n; ++i) {
        offsets[i] = relative_offset(ahead(i + 1 - n));
        total += counts[i];
        exposure += offsets[i];
    }
    if (n == 0 || !(exposure > 0)) return;
    // The prior of the level: a tenth of a customer at the mean rate.
    const double known_before = 0.1, exposed_before = total > 0 ? known_before * exposure / total : 1;
    const auto walk = [&](double omega, auto &&visit) {
        double known = known_before, exposed = exposed_before;
        for (int i = 0; i < n; ++i) {
            known = std::fmax(omega * known, least_known);
            exposed *= omega;
            visit(i, offsets[i] * known / exposed, 1 + offsets[i] / exposed);
            known += counts[i];
            exposed += offsets[i];
        }
        return std::array<double, 2>{known, exposed};
    };
    double best = -HUGE_VAL;
    for (const double omega : omegas) {
        double pearson = 0, likelihood = 0;
        walk(omega, [&](int i, double mean, double spread) {
            if (i > 0) pearson += (counts[i] - mean) * (counts[i] - mean) / (mean * spread);
        });
        const double dispersion = n > 1 ? std::fmax(1, pearson / (n - 1)) : 1;
        walk(omega, [&](int i, double mean, double spread) {
            if (i > 0) likelihood += log_count_probability(counts[i], mean, dispersion * mean * spread);
        });
        if (!(likelihood > best)) continue;
        best = log_likelihood_ = likelihood;
        omega_ = omega;
        dispersion_ = dispersion;
    }
    if (omega_ == 0) omega_ = omegas[0];
    const auto [known, exposed] = walk(omega_, [](int, double, double) {});
    level_ = known / exposed;
    known_ = known;

    // The offsets by which the level was divided: their errors are errors of the level.
    double weight = 1, weights = 0;
    for (int i = n - 1; i >= 0; --i, weight *= omega_) {
        const Columns columns = ahead(i + 1 - n);
        for (std::size_t j = 0; j < columns.size(); ++j) mean_columns_[j] += weight * offsets[i] * columns[j];
        weights += weight * offsets[i];
    }
    for (double &column : mean_columns_) column /= weights;
}

double Acquisition::mean(int week) const { return level_ * relative_offset(ahead(week)); }

double Acquisition::relative_covariance(int week, int other) const {
    const double walked = 1 + std::min(week, other) * (1 - omega_) / omega_;
    double of_level = known_ > 0 ? dispersion_ / known_ * walked : 0;
    if (coefficients_.empty()) return of_level;
    const Columns one = ahead(week), two = ahead(other);
    for (std::size_t i = 0; i < one.size(); ++i)
        for (std::size_t j = 0; j < one.size(); ++j)
            of_level += (one[i] - mean_columns_[i]) * covariance_[i][j] * (two[j] - mean_columns_[j]);
    return of_level;
}

double Acquisition::level_error() const { return known_ > 0 ? level_ * std::sqrt(dispersion_ / known_) : std::numeric_limits<double>::quiet_NaN(); }

double Acquisition::coefficient_error(int i) const { return std::sqrt(covariance_[i][i]) / unit(i); }

SeriesFit fit_acquisition(const std::vector<double> &counts, Day last, const SeriesColumns &columns) {
    const Acquisition acquisition({counts.data(), counts.size()}, last, columns);
    SeriesFit fit;
    fit.family = SeriesFamily::acquisition;
    fit.orders = {static_cast<std::int8_t>(acquisition.has_season()), 0, 0, static_cast<std::int8_t>(columns.n > 0)};
    fit.parameters = {acquisition.level(), acquisition.omega(), acquisition.dispersion()};
    for (int i = 0; acquisition.has_season() && i < Acquisition::n_columns; ++i) fit.parameters.push_back(acquisition.coefficient(i));
    // Without a column for the week to come, that of the last week is used.
    const int next = columns.n > 0 ? 0 : 1;
    const double mean = acquisition.mean(next);
    fit.variance = mean * acquisition.dispersion() + mean * mean * acquisition.relative_covariance(next, next);
    fit.log_likelihood = acquisition.log_likelihood();
    fit.aicc = corrected_criterion(fit.log_likelihood, 2 + acquisition.n_coefficients(), static_cast<double>(counts.size()) - 1);
    return fit;
}

AcquisitionWeek week_ahead(const Acquisition &acquisition, int week, double level) {
    const double mean = acquisition.mean(week);
    if (!(mean > 0)) return {0, 0, 0};
    const double variance = mean * acquisition.dispersion() + mean * mean * acquisition.relative_covariance(week, week);
    const ConfidenceInterval interval = count_interval(mean, variance, level);
    return {interval.lower, interval.estimate, interval.upper};
}

}  // namespace cltv
