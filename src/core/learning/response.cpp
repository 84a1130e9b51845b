#include "core/learning/response.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/special.hpp"

namespace cltv {

namespace {

// ln Gamma(y + theta) - ln Gamma(theta) for a whole y, with derivatives in theta. This is a difference of two large
// numbers where theta is large, so a small number of terms is added one by one.
struct Rising {
    double value, first, second;
};
Rising rising(double theta, double y) {
    constexpr double few = 32;
    if (y > few)
        return {log_rising(theta, y), digamma(theta + y) - digamma(theta), trigamma(theta + y) - trigamma(theta)};
    Rising sum{0, 0, 0};
    for (double j = 0; j < y; ++j) {
        const double inverse = 1 / (theta + j);
        sum.value += std::log(theta + j);
        sum.first += inverse;
        sum.second -= inverse * inverse;
    }
    return sum;
}

// The logarithm of the sum of the series of Tweedie's density: Dunn & Smyth 2005, equations 4 to 6, from the largest
// term in both directions until what is left out is below 10^-17 of it.
double log_tweedie_series(double y, double dispersion, double power) {
    const double alpha = (2 - power) / (power - 1);
    const double log_z = alpha * std::log(y) - alpha * std::log(power - 1) - (1 + alpha) * std::log(dispersion) -
                         std::log(2 - power);
    const auto term = [&](double j) { return j * log_z - log_gamma(1 + j) - log_gamma(alpha * j); };
    const double middle = std::fmax(1, std::floor(std::pow(y, 2 - power) / ((2 - power) * dispersion) + 0.5));
    const double largest = term(middle);
    constexpr double nothing = -39.2;  // ln 10^-17
    double sum = 0;
    for (double j = middle; j >= 1; --j) {
        const double here = term(j) - largest;
        sum += std::exp(here);
        if (here < nothing) break;
    }
    for (double j = middle + 1;; ++j) {
        const double here = term(j) - largest;
        sum += std::exp(here);
        if (here < nothing) break;
    }
    return largest + std::log(sum);
}

}  // namespace

double response_mean(Response response, double eta) {
    switch (response) {
        case Response::normal: return eta;
        case Response::yes_or_no: return eta > 0 ? 1 / (1 + std::exp(-eta)) : std::exp(eta) / (1 + std::exp(eta));
        default: return std::exp(eta);
    }
}

double log_density(Response response, double y, double mu, double shape, double power) {
    switch (response) {
        case Response::normal: {
            const double z = (y - mu) / shape;
            return -z * z / 2 - std::log(shape) - std::log(2 * M_PI) / 2;
        }
        case Response::yes_or_no: return y != 0 ? std::log(mu) : std::log1p(-mu);
        case Response::poisson: return (y > 0 ? y * std::log(mu) : 0) - mu - log_gamma(y + 1);
        case Response::negbinom: {
            // theta ln(theta/(theta + mu)) + y ln(mu/(theta + mu))
            const double log_share = -std::log1p(mu / shape);
            const double rest = y > 0 ? y * (std::log(mu) - std::log(shape + mu)) : 0;
            return rising(shape, y).value - log_gamma(y + 1) + shape * log_share + rest;
        }
        case Response::gamma: {
            const double ratio = y / mu;
            return shape * (std::log(shape) + std::log(ratio) - ratio) - log_gamma(shape) - std::log(y);
        }
        case Response::tweedie: {
            const double below = std::pow(mu, 2 - power) / (2 - power);
            if (y == 0) return -below / shape;
            const double above = y * std::pow(mu, 1 - power) / (1 - power);
            return (above - below) / shape - std::log(y) + log_tweedie_series(y, shape, power);
        }
    }
    return 0;
}

double ResponseLikelihood::score(double y, double eta, double theta) const {
    const double mu = response_mean(response_, eta);
    switch (response_) {
        case Response::negbinom: return (y - mu) / (1 + mu / theta);
        case Response::gamma: return y / mu - 1;
        case Response::tweedie: return (y - mu) * std::exp((1 - power_) * eta);
        default: return y - mu;
    }
}

Surface<Eigen::Dynamic> ResponseLikelihood::operator()(const Eigen::VectorXd &point, bool second_derivatives) const {
    const int all = size();
    Surface<Eigen::Dynamic> total{0, Eigen::VectorXd::Zero(all), Eigen::MatrixXd::Zero(all, all)};
    const double log_theta = all > n_ ? point(n_) : 0, theta = std::exp(log_theta);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        poll_at(r, stop_);
        const ResponseRow &row = rows_[r];
        const double *const x = x_ + std::size_t{row.attributes} * static_cast<std::size_t>(n_);
        const double eta = this->eta(point, row), y = row.y;

        // Derivatives in eta, and in ln theta.
        double value = 0, p = 0, pp = 0, s = 0, ps = 0, ss = 0;
        switch (response_) {
            case Response::normal: {
                value = -(y - eta) * (y - eta) / 2;
                p = y - eta;
                pp = -1;
                break;
            }
            case Response::yes_or_no: {
                const double mu = response_mean(response_, eta);
                value = (y != 0 ? eta : 0) - log1p_exp(eta);
                p = y - mu;
                pp = -mu * response_mean(response_, -eta);
                break;
            }
            case Response::poisson: {
                const double mu = std::exp(eta);
                value = y * eta - mu;
                p = y - mu;
                pp = -mu;
                break;
            }
            case Response::gamma: {
                const double ratio = y * std::exp(-eta);
                value = -eta - ratio;
                p = ratio - 1;
                pp = -ratio;
                break;
            }
            case Response::tweedie: {
                const double above = y * std::exp((1 - power_) * eta), below = std::exp((2 - power_) * eta);
                value = above / (1 - power_) - below / (2 - power_);
                p = above - below;
                pp = (1 - power_) * above - (2 - power_) * below;
                break;
            }
            case Response::negbinom: {
                const double mu = std::exp(eta), whole = theta + mu, share = mu / whole;
                const Rising up = rising(theta, y);
                value = up.value + y * (eta - std::log(whole)) - theta * std::log1p(mu / theta);
                p = y - (y + theta) * share;
                pp = -(y + theta) * share * (theta / whole);
                // The first and second derivatives in theta.
                const double first = up.first - std::log1p(mu / theta) + (mu - y) / whole;
                const double second = up.second + share / theta - (mu - y) / (whole * whole);
                s = theta * first;
                ss = theta * first + theta * theta * second;
                ps = theta * share * (y - mu) / whole;
                break;
            }
        }

        total.value += row.count * value;
        const Eigen::Map<const Eigen::VectorXd> attributes(x, n_);
        for (int j = 0; j < n_; ++j) {
            if (x[j] == 0) continue;
            total.gradient(j) += row.count * p * x[j];
            if (!second_derivatives) continue;
            total.hessian.col(j).segment(j, n_ - j) += row.count * pp * x[j] * attributes.tail(n_ - j);
            if (all > n_) total.hessian(n_, j) += row.count * ps * x[j];
        }
        if (all > n_) {
            total.gradient(n_) += row.count * s;
            if (second_derivatives) total.hessian(n_, n_) += row.count * ss;
        }
    }
    total.hessian = total.hessian.template selfadjointView<Eigen::Lower>();
    return total;
}

Eigen::MatrixXd ResponseLikelihood::information(const Eigen::VectorXd &point) const {
    const double theta = size() > n_ ? std::exp(point(n_)) : 0;
    Eigen::MatrixXd total = Eigen::MatrixXd::Zero(n_, n_);
    for_each_mean(point, [&](const ResponseRow &row, double mu) {
        double weight = row.count;
        switch (response_) {
            case Response::yes_or_no: weight *= mu * (1 - mu); break;
            case Response::poisson: weight *= mu; break;
            case Response::negbinom: weight *= mu / (1 + mu / theta); break;
            case Response::tweedie: weight *= std::pow(mu, 2 - power_); break;
            default: break;
        }
        const double *const x = x_ + std::size_t{row.attributes} * static_cast<std::size_t>(n_);
        const Eigen::Map<const Eigen::VectorXd> attributes(x, n_);
        for (int j = 0; j < n_; ++j)
            if (x[j] != 0) total.col(j).segment(j, n_ - j) += weight * x[j] * attributes.tail(n_ - j);
    });
    return total.selfadjointView<Eigen::Lower>();
}

Eigen::MatrixXd ResponseLikelihood::score_products(const Eigen::VectorXd &point,
                                                   const std::vector<std::uint32_t> *cluster) const {
    const double theta = size() > n_ ? std::exp(point(n_)) : 0;
    Eigen::MatrixXd total = Eigen::MatrixXd::Zero(n_, n_);
    const auto add = [&](const Eigen::Map<const Eigen::VectorXd> &scores, double weight) {
        for (int j = 0; j < n_; ++j)
            if (scores(j) != 0) total.col(j).segment(j, n_ - j) += weight * scores(j) * scores.tail(n_ - j);
    };
    std::vector<double> of_clusters;
    if (cluster != nullptr && !cluster->empty())
        of_clusters.resize((std::size_t{*std::max_element(cluster->begin(), cluster->end())} + 1) * n_);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        poll_at(r, stop_);
        const ResponseRow &row = rows_[r];
        const double *const x = x_ + std::size_t{row.attributes} * static_cast<std::size_t>(n_);
        const double score = this->score(row.y, eta(point, row), theta);
        if (cluster == nullptr) {
            add(Eigen::Map<const Eigen::VectorXd>(x, n_), row.count * score * score);
        } else {
            double *const sums = of_clusters.data() + std::size_t{(*cluster)[row.attributes]} * n_;
            for (int i = 0; i < n_; ++i) sums[i] += row.count * score * x[i];
        }
    }
    for (std::size_t at = 0; at < of_clusters.size(); at += static_cast<std::size_t>(n_))
        add(Eigen::Map<const Eigen::VectorXd>(of_clusters.data() + at, n_), 1);
    return total.selfadjointView<Eigen::Lower>();
}

}  // namespace cltv
