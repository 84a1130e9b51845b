#include "core/forecast/arima.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "core/base/eigen.hpp"
#include "core/fit/matrices.hpp"
#include "core/forecast/curvature.hpp"
#include "core/forecast/minimise.hpp"

namespace cltv {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
constexpr double infinity = std::numeric_limits<double>::infinity();

// 1 + c_1 B + c_2 B^2 + ..., times another one.
std::vector<double> product(const std::vector<double> &a, const std::vector<double> &b) {
    std::vector<double> c(a.size() + b.size() - 1, 0);
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = 0; j < b.size(); ++j) c[i + j] += a[i] * b[j];
    return c;
}

// (1 - B)^d (1 - B^m)^D.
std::vector<double> difference_polynomial(int d, int D, int m) {
    std::vector<double> c{1};
    for (int i = 0; i < d; ++i) c = product(c, {1, -1});
    std::vector<double> season(m + 1, 0);
    season[0] = 1;
    season[m] = -1;
    for (int i = 0; i < D; ++i) c = product(c, season);
    return c;
}

std::vector<double> differences(const std::vector<double> &y, int d, int D, int m) {
    const std::vector<double> c = difference_polynomial(d, D, m);
    std::vector<double> w;
    for (std::size_t t = c.size() - 1; t < y.size(); ++t) {
        double sum = 0;
        for (std::size_t i = 0; i < c.size(); ++i)
            if (c[i] != 0) sum += c[i] * y[t - i];
        w.push_back(sum);
    }
    return w;
}

// The coefficients of `sign` 1 + sum sign c_i B^i, spread to every m-th power where it is a season's.
std::vector<double> polynomial(const double *c, int n, double sign, int apart) {
    std::vector<double> all(static_cast<std::size_t>(n) * apart + 1, 0);
    all[0] = 1;
    for (int i = 0; i < n; ++i) all[static_cast<std::size_t>(i + 1) * apart] = sign * c[i];
    return all;
}

// w_t = sum phi_i w_{t-i} + e_t + sum theta_j e_{t-j} in Harvey's form: the first of r states is w itself.
struct Filter {
    Vector phi, column;  // of the transition; what an error does to the states
    Vector state;
    Matrix spread;  // of the states before the next value, in units of the variance
    bool settled = false;

    Filter(const ArimaOrders &orders, int m, const double *c) {
        const std::vector<double> ar = product(polynomial(c, orders.p, -1, 1), polynomial(c + orders.p + orders.q, orders.P, -1, m));
        const std::vector<double> ma = product(polynomial(c + orders.p, orders.q, 1, 1),
                                               polynomial(c + orders.p + orders.q + orders.P, orders.Q, 1, m));
        const Eigen::Index r = static_cast<Eigen::Index>(std::max(ar.size() - 1, ma.size()));
        phi = Vector::Zero(r);
        column = Vector::Zero(r);
        for (std::size_t i = 1; i < ar.size(); ++i) phi(i - 1) = -ar[i];
        for (std::size_t i = 0; i < ma.size(); ++i) column(i) = ma[i];
        state = Vector::Zero(r);
        // The spread of a stationary process solves S = T S T' + R R', by doubling the number of terms of its sum.
        Matrix T = transition();
        spread = column * column.transpose();
        for (int i = 0; i < 60; ++i) {
            const Matrix more = transformed(T, spread);
            spread += more;
            if (!(more.cwiseAbs().maxCoeff() > 1e-17 * spread.cwiseAbs().maxCoeff())) break;
            T = product_of(T, T);
        }
    }

    Matrix transition() const {
        const Eigen::Index r = phi.size();
        Matrix T = Matrix::Zero(r, r);
        T.col(0) = phi;
        for (Eigen::Index i = 0; i + 1 < r; ++i) T(i, i + 1) = 1;
        return T;
    }

    // The states after a value, of which `error` was not foretold, and before the next.
    void forward(Vector &at, double error) const {
        const Vector gain = spread.col(0) / spread(0, 0);
        at += gain * error;
        step(at);
    }
    void step(Vector &at) const {
        const double first = at(0);
        const Eigen::Index r = at.size();
        for (Eigen::Index i = 0; i + 1 < r; ++i) at(i) = at(i + 1) + phi(i) * first;
        at(r - 1) = phi(r - 1) * first;
    }
    void advance() {
        if (settled) return;
        const Eigen::Index r = phi.size();
        spread -= (spread.col(0) * spread.row(0) / spread(0, 0)).eval();
        // T S T' with T of a column phi and ones above the diagonal; the first row and column of S are now 0.
        Matrix next = column * column.transpose();
        next.topLeftCorner(r - 1, r - 1) += spread.bottomRightCorner(r - 1, r - 1);
        spread = next;
        settled = spread(0, 0) - 1 < 1e-15;
    }
};

struct Likelihood {
    double value = -infinity, mean = 0, variance = 0;
};

// Of the differences w, concentrated. Where there is a mean, the filter runs of a series of ones as well, and the mean is that of
// generalised least squares.
Likelihood likelihood_of(const std::vector<double> &w, const ArimaOrders &orders, int m, const double *c) {
    Filter filter(orders, m, c);
    Vector ones = filter.state;
    std::vector<double> errors, of_one, spreads;
    double logs = 0, xx = 0, xy = 0;
    for (const double value : w) {
        const double F = filter.spread(0, 0);
        if (!(F > 0) || !std::isfinite(F)) return {};
        const double error = value - filter.state(0), one = 1 - ones(0);
        errors.push_back(error);
        of_one.push_back(one);
        spreads.push_back(F);
        logs += std::log(F);
        xx += one * one / F;
        xy += one * error / F;
        filter.forward(filter.state, error);
        if (orders.mean) filter.forward(ones, one);
        filter.advance();
    }
    Likelihood result;
    result.mean = orders.mean ? xy / xx : 0;
    double squares = 0;
    for (std::size_t t = 0; t < w.size(); ++t) {
        const double error = errors[t] - result.mean * of_one[t];
        squares += error * error / spreads[t];
    }
    const double n = static_cast<double>(w.size());
    result.variance = squares / n;
    constexpr double ln_two_pi = 1.8378770664093454836;
    if (result.variance > 0) result.value = -(n * (ln_two_pi + std::log(result.variance) + 1) + logs) / 2;
    return result;
}

// From partial autocorrelations, which are tanh x, to the coefficients of a stationary process. R. H. Jones, Technometrics 22 (1980)
// 389-395. Moving averages are held invertible in the same way, with the other sign.
void coefficients_at(const double *x, int n, double sign, double *c) {
    std::vector<double> now(n), before(n);
    for (int k = 0; k < n; ++k) {
        const double r = std::tanh(x[k]);
        before = now;
        for (int i = 0; i < k; ++i) now[i] = before[i] - r * before[k - 1 - i];
        now[k] = r;
    }
    for (int i = 0; i < n; ++i) c[i] = sign * now[i];
}

std::vector<double> all_coefficients_at(const ArimaOrders &o, const double *x) {
    std::vector<double> c(o.coefficients());
    coefficients_at(x, o.p, 1, c.data());
    coefficients_at(x + o.p, o.q, -1, c.data() + o.p);
    coefficients_at(x + o.p + o.q, o.P, 1, c.data() + o.p + o.q);
    coefficients_at(x + o.p + o.q + o.P, o.Q, -1, c.data() + o.p + o.q + o.P);
    return c;
}

// Whether the process forgets: no root of 1 - sum c_i z^i within 1.01 of the origin.
bool forgets(const double *c, int n) {
    if (n == 0) return true;
    Matrix companion = Matrix::Zero(n, n);
    for (int i = 0; i < n; ++i) companion(0, i) = c[i];
    for (int i = 0; i + 1 < n; ++i) companion(i + 1, i) = 1;
    return spectral_radius(companion) < 1 / 1.01;
}

SeriesFit fit_differences(const std::vector<double> &w, const ArimaOrders &orders, int m, double tolerance, Stop stop) {
    SeriesFit fit;
    const int k = orders.coefficients(), n = static_cast<int>(w.size());
    if (n < k + orders.mean + 3) return fit;
    const auto value = [&](const Vector &x) {
        poll(stop);
        const std::vector<double> c = all_coefficients_at(orders, x.data());
        return -likelihood_of(w, orders, m, c.data()).value;
    };
    Minimum best;
    const bool is_search = tolerance > 1e-10;
    for (const double start : {0.1, -0.5}) {
        Vector x = Vector::Constant(k, start);
        // A likelihood that still rises after so many steps has no maximum: a sine, say, is its last two values for certain, and
        // the search among forms would follow each of them to the edge.
        const Minimum end = minimise_by_differences(value, x, is_search ? 40 : 200, tolerance, stop);
        if (end.value < best.value) best = end;
        if (k == 0 || is_search) break;
    }
    if (!std::isfinite(best.value)) return fit;
    const std::vector<double> c = all_coefficients_at(orders, best.point.data());
    if (!forgets(c.data(), orders.p) || !forgets(c.data() + orders.p + orders.q, orders.P)) return fit;
    const Likelihood at = likelihood_of(w, orders, m, c.data());
    fit.family = SeriesFamily::arima;
    fit.orders = orders.orders();
    fit.parameters = c;
    if (orders.mean) fit.parameters.push_back(at.mean);
    fit.variance = at.variance;
    fit.log_likelihood = at.value;
    fit.aicc = corrected_criterion(at.value, arima_parameters(orders) + 1, n);
    return fit;
}

bool is_constant(const std::vector<double> &w) {
    return std::all_of(w.begin(), w.end(), [&w](double value) { return value == w[0]; });
}

// Of what is left when a centred mean of a season's length is taken off: the share that the places of the season explain.
double strength_of_season(const std::vector<double> &y, int m) {
    std::vector<double> rest, season(m, 0), count(m, 0);
    std::vector<int> place;
    for (int t = m / 2; t + m / 2 < static_cast<int>(y.size()); ++t) {
        double mean = 0;
        for (int k = -(m / 2); k <= m / 2; ++k) mean += (m % 2 == 0 && (k == -(m / 2) || k == m / 2) ? 0.5 : 1) * y[t + k] / m;
        rest.push_back(y[t] - mean);
        place.push_back(t % m);
        season[t % m] += y[t] - mean;
        ++count[t % m];
    }
    double all = 0, left = 0, mean = 0;
    for (const double value : rest) mean += value / static_cast<double>(rest.size());
    for (std::size_t i = 0; i < rest.size(); ++i) {
        const double off = rest[i] - season[place[i]] / count[place[i]];
        left += off * off;
        all += (rest[i] - mean) * (rest[i] - mean);
    }
    return all > 0 ? 1 - left / all : 0;
}

// The statistic of Kwiatkowski, Phillips, Schmidt and Shin for a constant level.
bool is_stationary(const std::vector<double> &w) {
    const int n = static_cast<int>(w.size()), lags = static_cast<int>(3 * std::sqrt(n) / 13);
    const double mean = std::accumulate(w.begin(), w.end(), 0.0) / n;
    double sum = 0, squares = 0, variance = 0;
    for (const double value : w) {
        sum += value - mean;
        squares += sum * sum;
    }
    for (int lag = 0; lag <= lags; ++lag) {
        double covariance = 0;
        for (int t = lag; t < n; ++t) covariance += (w[t] - mean) * (w[t - lag] - mean);
        variance += (lag == 0 ? 1 : 2 * (1 - lag / (lags + 1.0))) * covariance / n;
    }
    constexpr double critical = 0.463;  // at 5 %
    return !(variance > 0) || squares / (static_cast<double>(n) * n * variance) < critical;
}

}  // namespace

SeriesFit fit_arima(const std::vector<double> &y, const ArimaOrders &orders, int m, Stop stop) {
    return fit_differences(differences(y, orders.d, orders.D, m), orders, m, 1e-14, stop);
}

SeriesFit choose_arima(const std::vector<double> &y, int m, Stop stop) {
    const int n = static_cast<int>(y.size());
    const bool seasonal = m > 1 && m <= longest_season && n >= 2 * m + 4;
    ArimaOrders differenced;
    differenced.D = seasonal && strength_of_season(y, m) > 0.64;
    while (differenced.d < most_arima_differences - differenced.D) {
        const std::vector<double> w = differences(y, differenced.d, differenced.D, m);
        if (w.size() < 8 || is_constant(w) || is_stationary(w)) break;
        ++differenced.d;
    }
    const bool may_have_mean = differenced.d + differenced.D <= 1;
    const std::vector<double> w = differences(y, differenced.d, differenced.D, m);
    if (w.size() >= 2 && is_constant(w)) {
        // A line, or a season over and over: nothing is left that varies, and what comes is known, but for rounding.
        differenced.mean = may_have_mean && w[0] != 0;
        double largest = 0;
        for (const double value : y) largest = std::fmax(largest, std::fabs(value));
        SeriesFit exact;
        exact.family = SeriesFamily::arima;
        exact.orders = differenced.orders();
        if (differenced.mean) exact.parameters = {w[0]};
        exact.variance = std::pow(1e-12 * largest, 2);
        exact.log_likelihood = -0.5 * static_cast<double>(w.size()) * std::log(std::fmax(exact.variance, 1e-300));
        exact.aicc = corrected_criterion(exact.log_likelihood, 1 + differenced.mean, static_cast<double>(w.size()));
        return exact;
    }
    SeriesFit best;
    ArimaOrders at;
    std::set<SeriesOrders> tried;
    const auto attempt = [&](ArimaOrders o) {
        if (o.p < 0 || o.q < 0 || o.P < 0 || o.Q < 0 || o.p > most_arima_lags || o.q > most_arima_lags || o.p + o.q + o.P + o.Q > 5 ||
            o.P > (seasonal ? most_arima_seasonal_lags : 0) || o.Q > (seasonal ? most_arima_seasonal_lags : 0))
            return false;
        if (o.mean && !may_have_mean) return false;
        if (tried.size() >= 94 || !tried.insert(o.orders()).second) return false;
        const SeriesFit fit = fit_differences(w, o, m, 1e-9, stop);
        if (!(fit.aicc < best.aicc)) return false;
        best = fit;
        at = o;
        return true;
    };
    const int s = seasonal;
    for (const std::array<int, 4> &start : {std::array<int, 4>{2, 2, s, s}, {0, 0, 0, 0}, {1, 0, s, 0}, {0, 1, 0, s}}) {
        ArimaOrders o = differenced;
        o.p = start[0];
        o.q = start[1];
        o.P = start[2];
        o.Q = start[3];
        o.mean = may_have_mean;
        attempt(o);
    }
    if (may_have_mean) attempt(differenced);
    for (bool moved = true; moved;) {
        moved = false;
        const ArimaOrders here = at;
        for (const std::array<int, 4> &step :
             {std::array<int, 4>{0, 0, -1, 0}, {0, 0, 1, 0}, {0, 0, 0, -1}, {0, 0, 0, 1}, {0, 0, -1, -1}, {0, 0, 1, 1}, {-1, 0, 0, 0},
              {1, 0, 0, 0}, {0, -1, 0, 0}, {0, 1, 0, 0}, {-1, -1, 0, 0}, {1, 1, 0, 0}, {0, 0, 0, 0}}) {
            ArimaOrders o = here;
            o.p += step[0];
            o.q += step[1];
            o.P += step[2];
            o.Q += step[3];
            if (step == std::array<int, 4>{0, 0, 0, 0}) o.mean = !o.mean;
            moved = attempt(o) || moved;
            if (moved) break;
        }
    }
    if (best.family == SeriesFamily::none) return best;
    const SeriesFit sharper = fit_differences(w, at, m, 1e-14, stop);
    return sharper.log_likelihood >= best.log_likelihood ? sharper : best;
}

SeriesForecast forecast_arima(const std::vector<double> &y, const SeriesFit &fit, int m, int periods) {
    const ArimaOrders orders = ArimaOrders::of(fit.orders);
    const double mean = orders.mean ? fit.parameters.back() : 0;
    Filter filter(orders, m, fit.parameters.data());
    Vector ones = filter.state;
    double information = 0;  // of the mean, in units of one over the variance
    for (const double value : differences(y, orders.d, orders.D, m)) {
        const double one = 1 - ones(0);
        information += one * one / filter.spread(0, 0);
        filter.forward(filter.state, value - mean - filter.state(0));
        filter.forward(ones, one);
        filter.advance();
    }
    // The states of the differences, and behind them the last values of the series: y_t = w_t + what the differences took off.
    const std::vector<double> c = difference_polynomial(orders.d, orders.D, m);
    const Eigen::Index r = filter.phi.size(), lags = static_cast<Eigen::Index>(c.size()) - 1, size = r + lags;
    Matrix F = Matrix::Zero(size, size), spread = Matrix::Zero(size, size);
    Vector at = Vector::Zero(size), w = Vector::Zero(size), R = Vector::Zero(size), slope = Vector::Zero(size);
    F.topLeftCorner(r, r) = filter.transition();
    R.head(r) = filter.column;
    at.head(r) = filter.state;
    // What is foretold is linear in the mean, and the mean is an estimate: its slope in the mean goes along.
    slope.head(r) = -ones;
    spread.topLeftCorner(r, r) = filter.spread;
    w(0) = 1;
    for (Eigen::Index i = 0; i < lags; ++i) {
        w(r + i) = -c[i + 1];
        at(r + i) = y[y.size() - 1 - i];
        if (i > 0) F(r + i, r + i - 1) = 1;
    }
    if (lags > 0) F.row(r) = w.transpose();
    SeriesForecast forecast;
    for (int h = 0; h < periods; ++h) {
        const double next = w.dot(at) + mean, by_mean = orders.mean ? w.dot(slope) + 1 : 0;
        forecast.mean.push_back(next);
        forecast.variance.push_back(fit.variance * (w.dot(spread * w) + (orders.mean ? by_mean * by_mean / information : 0)));
        at = (F * at).eval();
        slope = (F * slope).eval();
        if (lags > 0) {
            at(r) = next;
            slope(r) = by_mean;
        }
        spread = transformed(F, spread) + R * R.transpose();
    }
    return forecast;
}

std::vector<double> arima_errors(const std::vector<double> &y, const SeriesFit &fit, int m) {
    const ArimaOrders orders = ArimaOrders::of(fit.orders);
    const std::vector<double> w = differences(y, orders.d, orders.D, m);
    const int k = orders.coefficients();
    const Vector c = Vector::Map(fit.parameters.data(), k);
    const Matrix covariance = inverse_curvature(
        [&](const Vector &moved) { return -likelihood_of(w, orders, m, moved.data()).value; }, c, Vector::Constant(k, 1e-4));
    std::vector<double> errors;
    for (int i = 0; i < k; ++i) errors.push_back(std::sqrt(covariance(i, i)));
    if (orders.mean) {
        // The mean is uncorrelated with the others, as n grows.
        Filter filter(orders, m, fit.parameters.data());
        Vector ones = filter.state;
        double information = 0;
        for (std::size_t t = 0; t < w.size(); ++t) {
            const double one = 1 - ones(0);
            information += one * one / filter.spread(0, 0);
            filter.forward(ones, one);
            filter.advance();
        }
        errors.push_back(std::sqrt(fit.variance / information));
    }
    return errors;
}

}  // namespace cltv
