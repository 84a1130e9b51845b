#include "core/forecast/ets.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/eigen.hpp"
#include "core/forecast/curvature.hpp"
#include "core/forecast/minimise.hpp"

namespace cltv {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// A number with its derivatives in everything that is estimated: four weights, level, slope and all but one of the
// seasonal states.
template <int most>
struct Dual {
    using Slopes = Eigen::Array<double, most, 1>;
    double v;
    Slopes d;

    Dual(double value = 0) : v(value), d(Slopes::Zero()) {}
    Dual(double value, const Slopes &slopes) : v(value), d(slopes) {}
    static Dual variable(double value, int i) {
        Dual dual(value);
        dual.d(i) = 1;
        return dual;
    }
};
template <int n>
Dual<n> operator+(const Dual<n> &a, const Dual<n> &b) { return {a.v + b.v, a.d + b.d}; }
template <int n>
Dual<n> operator-(const Dual<n> &a, const Dual<n> &b) { return {a.v - b.v, a.d - b.d}; }
template <int n>
Dual<n> operator*(const Dual<n> &a, const Dual<n> &b) { return {a.v * b.v, a.v * b.d + b.v * a.d}; }
template <int n>
Dual<n> operator*(double a, const Dual<n> &b) { return {a * b.v, a * b.d}; }
template <int n>
Dual<n> operator/(const Dual<n> &a, const Dual<n> &b) { return {a.v / b.v, (a.d - a.v / b.v * b.d) / b.v}; }
template <int n>
Dual<n> log(const Dual<n> &a) { return {std::log(a.v), a.d / a.v}; }
template <int n>
double value_of(const Dual<n> &a) { return a.v; }
double value_of(double a) { return a; }

template <class T>
struct States {
    T alpha{}, beta{}, phi{}, gamma{}, level{}, slope{};
    std::vector<T> season;  // of the period t at t modulo m
};

template <class T>
struct Errors {
    T squares{0.0}, logs{0.0};  // squared errors; logarithms of the predictions
    bool allowed = true;
};

// Runs through the series. Tables 2.2 and 2.3 of the book.
template <class T>
Errors<T> smooth(const std::vector<double> &y, const EtsForm &form, States<T> &at) {
    using std::log;
    Errors<T> errors;
    const bool relative = form.error == Component::multiplicative;
    const std::size_t m = std::max<std::size_t>(at.season.size(), 1);
    for (std::size_t t = 0; t < y.size(); ++t) {
        T before = at.level, fall{};
        if (form.trend == Component::damped) fall = at.phi * at.slope;
        if (form.trend == Component::additive) fall = at.slope;
        if (form.trend != Component::none) before = before + fall;
        T foretold = before;
        if (form.season == Component::additive) foretold = foretold + at.season[t % m];
        if (form.season == Component::multiplicative) foretold = foretold * at.season[t % m];
        const T off = T(y[t]) - foretold;
        T error = off;
        if (relative) {
            if (!(value_of(foretold) > 0)) {
                errors.allowed = false;
                return errors;
            }
            error = off / foretold;
            errors.logs = errors.logs + log(foretold);
        }
        errors.squares = errors.squares + error * error;
        // In units of the level: an error of one per cent changes level and season by that share of themselves.
        T level_step = off, season_step = off;
        if (form.season == Component::multiplicative) {
            level_step = off / at.season[t % m];
            season_step = off / before;
        }
        at.level = before + at.alpha * level_step;
        if (form.trend != Component::none) at.slope = fall + at.beta * level_step;
        if (form.season != Component::none) at.season[t % m] = at.season[t % m] + at.gamma * season_step;
    }
    return errors;
}

// The initial states: a season from the first periods by centred means, and a line through what is left.
States<double> first_states(const std::vector<double> &y, const EtsForm &form, int m) {
    States<double> at;
    std::vector<double> rest = y;
    const int n = static_cast<int>(y.size());
    if (form.season != Component::none) {
        const bool ratio = form.season == Component::multiplicative;
        const int until = std::min(n, std::max(4 * m, 2 * m + 1));
        std::vector<double> sum(m, 0), count(m, 0);
        for (int t = m / 2; t + m / 2 < until; ++t) {
            double mean = 0;
            for (int k = -(m / 2); k <= m / 2; ++k) mean += (m % 2 == 0 && (k == -(m / 2) || k == m / 2) ? 0.5 : 1) * y[t + k] / m;
            sum[t % m] += ratio ? y[t] / mean : y[t] - mean;
            ++count[t % m];
        }
        for (int j = 0; j < m; ++j) sum[j] = count[j] > 0 ? sum[j] / count[j] : ratio ? 1 : 0;
        const double mean = std::accumulate(sum.begin(), sum.end(), 0.0) / m;
        for (double &s : sum) s = ratio ? std::max(s / mean, 0.01) : s - mean;
        at.season = sum;
        for (int t = 0; t < n; ++t) rest[t] = ratio ? y[t] / sum[t % m] : y[t] - sum[t % m];
    }
    const int used = std::min(n, std::max(10, 2 * m));
    double mean = 0, middle = (used + 1) / 2.0, xx = 0, xy = 0;
    for (int t = 0; t < used; ++t) mean += rest[t] / used;
    for (int t = 0; t < used; ++t) {
        xx += (t + 1 - middle) * (t + 1 - middle);
        xy += (t + 1 - middle) * (rest[t] - mean);
    }
    at.slope = xx > 0 ? xy / xx : 0;
    at.level = form.trend == Component::none ? mean : mean - at.slope * middle;
    if (form.trend == Component::none) at.slope = 0;
    if (form.needs_positive() && !(at.level + at.slope > 0)) {
        at.level = mean;
        at.slope = 0;
    }
    return at;
}

// Weights are shares of what the usual bounds allow: 0 < alpha < 1, 0 < beta < alpha, 0 < gamma < 1 - alpha, 0.8 < phi
// < 0.98. Within these every form forgets the distant past. The search stops short of the bounds by an amount that
// nobody would notice.
constexpr double least_weight = 1e-4, least_phi = 0.8, most_phi = 0.98;

template <class T>
T logistic(const T &x) {
    if constexpr (std::is_same_v<T, double>) {
        return 1 / (1 + std::exp(-x));
    } else {
        const double s = 1 / (1 + std::exp(-x.v));
        return {s, s * (1 - s) * x.d};
    }
}

// Turns the coordinates of the search into weights and states.
template <class T, class Coordinate>
States<T> states_at(const EtsForm &form, int m, const States<double> &first, double scale, Coordinate &&x) {
    States<T> at;
    int i = 0;
    const T bound(1 - 2 * least_weight), least(least_weight);
    at.alpha = least + bound * logistic(x(i++));
    if (form.trend != Component::none) at.beta = least + (at.alpha - least) * logistic(x(i++));
    if (form.trend == Component::damped) at.phi = T(least_phi) + T(most_phi - least_phi) * logistic(x(i++));
    if (form.season != Component::none) at.gamma = least + (T(1 - least_weight) - at.alpha) * logistic(x(i++));
    at.level = T(first.level) + scale * x(i++);
    if (form.trend != Component::none) at.slope = T(first.slope) + 0.1 * scale * x(i++);
    if (form.season != Component::none) {
        const bool ratio = form.season == Component::multiplicative;
        T rest(ratio ? m : 0);
        at.season.resize(m);
        for (int j = 0; j + 1 < m; ++j) {
            at.season[j] = T(first.season[j]) + (ratio ? 0.1 : scale) * x(i++);
            rest = rest - at.season[j];
        }
        at.season[m - 1] = rest;
    }
    return at;
}

int free_parameters(const EtsForm &form, int m) { return ets_parameters(form, m) - (form.season != Component::none); }

template <class T>
T minus_twice_log_likelihood(const Errors<T> &errors, std::size_t n) {
    using std::log;
    return static_cast<double>(n) * log(errors.squares) + 2 * errors.logs;
}

States<double> states_of(const EtsForm &form, int m, const std::vector<double> &parameters) {
    States<double> at;
    const double *p = parameters.data();
    at.alpha = *p++;
    if (form.trend != Component::none) at.beta = *p++;
    if (form.trend == Component::damped) at.phi = *p++;
    if (form.season != Component::none) at.gamma = *p++;
    at.level = *p++;
    if (form.trend != Component::none) at.slope = *p++;
    if (form.season != Component::none) at.season.assign(p, p + m);
    return at;
}

std::vector<double> parameters_of(const EtsForm &form, const States<double> &at) {
    std::vector<double> parameters{at.alpha};
    if (form.trend != Component::none) parameters.push_back(at.beta);
    if (form.trend == Component::damped) parameters.push_back(at.phi);
    if (form.season != Component::none) parameters.push_back(at.gamma);
    parameters.push_back(at.level);
    if (form.trend != Component::none) parameters.push_back(at.slope);
    parameters.insert(parameters.end(), at.season.begin(), at.season.end());
    return parameters;
}

}  // namespace

int ets_parameters(const EtsForm &form, int m) {
    return 2 + 2 * (form.trend != Component::none) + (form.trend == Component::damped) + (form.season != Component::none) * (1 + m);
}

double ets_log_likelihood(const std::vector<double> &y, const EtsForm &form, int m, const std::vector<double> &parameters) {
    States<double> at = states_of(form, m, parameters);
    const Errors<double> errors = smooth(y, form, at);
    return errors.allowed ? -minus_twice_log_likelihood(errors, y.size()) / 2 : -infinity;
}

namespace {

// With room for the derivatives in `width` parameters.
template <int width>
SeriesFit fit_with(const std::vector<double> &y, const EtsForm &form, int m, Stop stop) {
    using Number = Dual<width>;
    SeriesFit fit;
    const int n = static_cast<int>(y.size()), k = free_parameters(form, m);
    const States<double> first = first_states(y, form, m);
    double scale = 0;
    for (int t = 1; t < n; ++t) scale += std::fabs(y[t] - y[t - 1]) / (n - 1);
    if (!(scale > 0)) return fit;
    const auto objective = [&](const Eigen::VectorXd &x, Eigen::VectorXd &gradient) {
        States<Number> at = states_at<Number>(form, m, first, scale, [&x](int i) { return Number::variable(x(i), i); });
        const Errors<Number> errors = smooth(y, form, at);
        gradient.resize(k);
        if (!errors.allowed || !(errors.squares.v > 0)) return infinity;
        const Number value = minus_twice_log_likelihood(errors, y.size());
        gradient = value.d.head(k).matrix();
        return value.v;
    };
    Minimum best;
    for (const double alpha : {-2.0, 0.0, 2.0}) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(k);
        int i = 0;
        x(i++) = alpha;
        if (form.trend != Component::none) x(i++) = -2;
        if (form.trend == Component::damped) x(i++) = 1;
        if (form.season != Component::none) x(i++) = -2;
        const Minimum end = minimise(objective, x, 100, 1e-7, stop);
        if (end.value < best.value) best = end;
    }
    if (std::isfinite(best.value)) best = minimise(objective, best.point, 500, 1e-13, stop);
    if (!std::isfinite(best.value)) return fit;
    States<double> at = states_at<double>(form, m, first, scale, [&](int i) { return best.point(i); });
    fit.family = SeriesFamily::ets;
    fit.orders = form.orders();
    fit.parameters = parameters_of(form, at);
    const Errors<double> errors = smooth(y, form, at);
    fit.variance = n > k ? errors.squares / (n - k) : std::numeric_limits<double>::quiet_NaN();
    fit.log_likelihood = -best.value / 2;
    fit.aicc = corrected_criterion(fit.log_likelihood, k + 1, n);
    return fit;
}

}  // namespace

SeriesFit fit_ets(const std::vector<double> &y, const EtsForm &form, int m, Stop stop) {
    static_assert(4 + 2 + longest_season - 1 <= 32);
    const int k = free_parameters(form, m);
    return k <= 8 ? fit_with<8>(y, form, m, stop) : k <= 16 ? fit_with<16>(y, form, m, stop) : fit_with<32>(y, form, m, stop);
}

SeriesFit choose_ets(const std::vector<double> &y, int m, Stop stop) {
    const int n = static_cast<int>(y.size());
    const bool positive = std::all_of(y.begin(), y.end(), [](double value) { return value > 0; });
    SeriesFit best;
    for (const Component error : {Component::additive, Component::multiplicative})
        for (const Component trend : {Component::none, Component::additive, Component::damped})
            for (const Component season : {Component::none, Component::additive, Component::multiplicative}) {
                const EtsForm form{error, trend, season};
                if (!form.is_stable() || (form.needs_positive() && !positive)) continue;
                if (season != Component::none && (m < 2 || m > longest_season || n < 2 * m)) continue;
                if (n - free_parameters(form, m) - 2 <= 0) continue;
                const SeriesFit fit = fit_ets(y, form, m, stop);
                if (fit.aicc < best.aicc) best = fit;
            }
    return best;
}

SeriesForecast forecast_ets(const std::vector<double> &y, const SeriesFit &fit, int m, int periods) {
    using Matrix = Eigen::MatrixXd;
    using Vector = Eigen::VectorXd;
    const EtsForm form = EtsForm::of(fit.orders);
    States<double> at = states_of(form, m, fit.parameters);
    smooth(y, form, at);
    const double phi = form.trend == Component::damped ? at.phi : form.trend == Component::additive ? 1 : 0, s2 = fit.variance;
    const int n = static_cast<int>(y.size());
    SeriesForecast forecast;
    if (form.season == Component::multiplicative) {
        // Level and slope x, and the state s of each seasonal position: z = x s of that position. With the error e of a
        // period, x' = (F + G e) x, and s' = (1 + gamma e) s for the period's own position. The first and second
        // moments of z are exact: those of e are 1, 0, s2, 0, 3 s2^2.
        Eigen::Matrix2d F, G;
        F << 1, phi, 0, phi;
        G << at.alpha, at.alpha * phi, at.beta, at.beta * phi;
        const Eigen::Matrix2d G1 = G + at.gamma * F, G2 = at.gamma * G;
        const Eigen::Vector2d w(1, phi), x(at.level, at.slope);
        std::vector<Eigen::Vector2d> mean(m);
        std::vector<Eigen::Matrix2d> second(m);
        for (int j = 0; j < m; ++j) {
            mean[j] = at.season[j] * x;
            second[j] = mean[j] * mean[j].transpose();
        }
        for (int h = 0; h < periods; ++h) {
            const int now = (n + h) % m;
            const double mu = w.dot(mean[now]), square = w.dot(second[now] * w);
            forecast.mean.push_back(mu);
            forecast.variance.push_back((1 + s2) * square - mu * mu);
            for (int j = 0; j < m; ++j) {
                const Eigen::Matrix2d M = second[j];
                if (j == now) {
                    mean[j] = (F * mean[j] + s2 * G2 * mean[j]).eval();
                    second[j] = F * M * F.transpose() + s2 * (G1 * M * G1.transpose() + G2 * M * F.transpose() + F * M * G2.transpose()) +
                                3 * s2 * s2 * G2 * M * G2.transpose();
                } else {
                    mean[j] = (F * mean[j]).eval();
                    second[j] = F * M * F.transpose() + s2 * G * M * G.transpose();
                }
            }
        }
        return forecast;
    }
    // The linear states: level, slope, and those of the season, of which the period's own comes first and moves to the
    // end.
    const int places = form.season == Component::none ? 0 : m, size = 2 + places;
    Matrix F = Matrix::Zero(size, size);
    Vector w = Vector::Zero(size), g = Vector::Zero(size), x = Vector::Zero(size);
    F(0, 0) = 1;
    F(0, 1) = F(1, 1) = phi;
    w(0) = 1;
    w(1) = phi;
    g(0) = at.alpha;
    g(1) = at.beta;
    x(0) = at.level;
    x(1) = at.slope;
    if (places > 0) {
        w(2) = 1;
        g(size - 1) = at.gamma;
        F(size - 1, 2) = 1;
        for (int j = 0; j + 1 < m; ++j) F(2 + j, 3 + j) = 1;
        for (int j = 0; j < m; ++j) x(2 + j) = at.season[(n + j) % m];
    }
    const bool relative = form.error == Component::multiplicative;
    Matrix spread = Matrix::Zero(size, size);  // covariance of the states
    for (int h = 0; h < periods; ++h) {
        const double mu = w.dot(x), noise = relative ? s2 * (w.dot(spread * w) + mu * mu) : s2;
        forecast.mean.push_back(mu);
        forecast.variance.push_back(w.dot(spread * w) + noise);
        x = (F * x).eval();
        spread = (F * spread * F.transpose() + noise * g * g.transpose()).eval();
    }
    return forecast;
}

std::vector<double> ets_errors(const std::vector<double> &y, const SeriesFit &fit, int m) {
    const EtsForm form = EtsForm::of(fit.orders);
    std::vector<double> all = fit.parameters, errors(all.size(), std::numeric_limits<double>::quiet_NaN());
    const States<double> at = states_of(form, m, all);
    constexpr double reach = 1e-4;
    const auto is_inside = [](double weight, double least, double most) { return weight > least + 2 * reach && weight < most - 2 * reach; };
    std::vector<std::size_t> free;
    std::vector<double> reaches;
    std::size_t i = 0;
    const auto put_weight = [&](bool inside) {
        if (inside) {
            free.push_back(i);
            reaches.push_back(reach);
        }
        ++i;
    };
    put_weight(is_inside(at.alpha, least_weight, 1 - least_weight));
    if (form.trend != Component::none) put_weight(is_inside(at.beta, least_weight, at.alpha));
    if (form.trend == Component::damped) put_weight(is_inside(at.phi, least_phi, most_phi));
    if (form.season != Component::none) put_weight(is_inside(at.gamma, least_weight, 1 - at.alpha));
    // Additive states step by a hundredth of an error; those of a multiplicative season are shares.
    const double off = std::sqrt(fit.variance) * (form.error == Component::multiplicative ? std::fabs(at.level) : 1);
    const bool ratio = form.season == Component::multiplicative;
    const auto put_state = [&](double unit) {
        free.push_back(i++);
        reaches.push_back(1e-2 * unit);
    };
    put_state(off);
    if (form.trend != Component::none) put_state(0.1 * off);
    const std::size_t season = i, n_season = at.season.size();
    for (std::size_t j = 0; j + 1 < n_season; ++j) put_state(ratio ? off / std::fabs(at.level) : off);
    const std::size_t k = free.size();
    Eigen::VectorXd x(k);
    for (std::size_t f = 0; f < k; ++f) x(f) = all[free[f]];
    const Eigen::MatrixXd covariance = inverse_curvature(
        [&](const Eigen::VectorXd &moved) {
            for (std::size_t f = 0; f < k; ++f) all[free[f]] = moved(f);
            if (n_season > 0) {
                double rest = ratio ? static_cast<double>(n_season) : 0;
                for (std::size_t j = 0; j + 1 < n_season; ++j) rest -= all[season + j];
                all[season + n_season - 1] = rest;
            }
            return -ets_log_likelihood(y, form, m, all);
        },
        x, Eigen::VectorXd::Map(reaches.data(), k));
    Eigen::VectorXd last = Eigen::VectorXd::Zero(k);  // of the season: what the others leave
    for (std::size_t f = 0; f < k; ++f) {
        errors[free[f]] = std::sqrt(covariance(f, f));
        if (free[f] >= season) last(f) = -1;
    }
    if (n_season > 0) errors.back() = std::sqrt(last.dot(covariance * last));
    return errors;
}

}  // namespace cltv
