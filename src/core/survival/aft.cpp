#include "core/survival/aft.hpp"

#include <cmath>
#include <limits>

#include "core/base/gauss_panels.hpp"
#include "core/base/sort_rows.hpp"
#include "core/base/special.hpp"
#include "core/survival/moments.hpp"

namespace cltv {

namespace {

// A function of z with its first two derivatives.
struct Term {
    double value, first, second;
};

// The hazard of the standard normal distribution, f(z)/S(z). Beyond 36, where both come near the smallest double, by
// its asymptotic series, of which the first term left out is below 10^-13 of the whole there.
double normal_hazard(double z) {
    constexpr double far = 36;
    if (z > far) {
        const double u = 1 / (z * z);
        return z + (1 - u * (2 - u * (10 - u * (74 - 706 * u)))) / z;
    }
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
    return density / (erfc(z / std::sqrt(2.0)) / 2);
}

// ln f(z).
Term log_density(LifetimeFamily family, double z) {
    switch (family) {
        case LifetimeFamily::lognormal: return {-z * z / 2 - std::log(2 * M_PI) / 2, -z, -1};
        case LifetimeFamily::loglogistic: {
            const double p = 1 / (1 + std::exp(-z));
            return {z - 2 * log1p_exp(z), 1 - 2 * p, -2 * p * (1 - p)};
        }
        default: {
            const double hazard = std::exp(z);
            return {z - hazard, 1 - hazard, -hazard};
        }
    }
}

// ln S(z).
Term log_survival(LifetimeFamily family, double z) {
    switch (family) {
        case LifetimeFamily::lognormal: {
            const double hazard = normal_hazard(z);
            const double value = z < 1 ? std::log(erfc(z / std::sqrt(2.0)) / 2)
                                       : -z * z / 2 - std::log(2 * M_PI) / 2 - std::log(hazard);
            return {value, -hazard, -hazard * (hazard - z)};
        }
        case LifetimeFamily::loglogistic: {
            const double p = 1 / (1 + std::exp(-z));
            return {-log1p_exp(z), -p, -p * (1 - p)};
        }
        default: {
            const double hazard = std::exp(z);
            return {-hazard, -hazard, -hazard};
        }
    }
}

}  // namespace

Surface<Eigen::Dynamic> LifetimeLikelihood::operator()(const Eigen::VectorXd &point) const {
    const int all = size();
    Surface<Eigen::Dynamic> total{0, Eigen::VectorXd::Zero(all), Eigen::MatrixXd::Zero(all, all)};
    const double log_scale = has_scale(family_) ? point(n_) : 0, scale = std::exp(log_scale);
    Eigen::MatrixXd squares = Eigen::MatrixXd::Zero(n_, n_);
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(n_ + 1), cross = Eigen::VectorXd::Zero(n_ + 1);
    // Blocks of rows, whose weights in the sums of x x' are known before these are made.
    constexpr std::size_t block = 64;
    double of_square[block];
    Eigen::VectorXd unused = Eigen::VectorXd::Zero(n_);
    std::size_t begin = 0;
    const auto add_squares = [&](std::size_t end) {
        const double *const x = x_ + std::size_t{rows_[begin].attributes} * n_;
        add_moments(of_square, x, end - begin, n_, unused.data(), squares.data());
        begin = end;
    };
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        poll_at(r, stop_);
        const LifetimeRow &row = rows_[r];
        if (r > begin && (r - begin == block || row.attributes != rows_[r - 1].attributes + 1)) add_squares(r);
        const double *const x = x_ + std::size_t{row.attributes} * n_;
        double predictor = 0;
        for (int i = 0; i < n_; ++i) predictor += point(i) * x[i];

        // Derivatives in the predictor and in ln s: dz/db'x = -1/s, dz/dln s = -z.
        double value = 0, p = 0, s = 0, pp = 0, ps = 0, ss = 0;
        const auto add = [&](const Term &term, double z, double sign) {
            value += sign * term.value;
            p -= sign * term.first / scale;
            s -= sign * term.first * z;
            pp += sign * term.second / (scale * scale);
            ps += sign * (term.first + z * term.second) / scale;
            ss += sign * z * (term.first + z * term.second);
        };
        const double z = (log_times_[r] - predictor) / scale;
        if (row.left != 0) {
            add(log_density(family_, z), z, 1);
            value -= log_scale + log_times_[r];
            s -= 1;
        } else {
            add(log_survival(family_, z), z, 1);
        }
        if (row.entered > 0) {
            const double before = (std::log(row.entered) - predictor) / scale;
            add(log_survival(family_, before), before, -1);
        }

        total.value += row.count * value;
        of_square[r - begin] = row.count * pp;
        const double in_gradient = row.count * p, in_cross = row.count * ps;
        for (int j = 0; j < n_; ++j) {
            gradient[j] += in_gradient * x[j];
            cross[j] += in_cross * x[j];
        }
        if (all > n_) {
            gradient[n_] += row.count * s;
            cross[n_] += row.count * ss;
        }
    }
    if (begin < rows_.size()) add_squares(rows_.size());
    total.gradient = gradient.head(all);
    total.hessian.topLeftCorner(n_, n_) = squares;
    if (all > n_) total.hessian.row(n_) = cross.transpose();
    total.hessian = total.hessian.template selfadjointView<Eigen::Lower>();
    return total;
}

double log_lifetime_survival(LifetimeFamily family, double predictor, double scale, double time) {
    if (time <= 0) return 0;
    const double z = (std::log(time) - predictor) / scale;
    return z == std::numeric_limits<double>::infinity() ? -z : log_survival(family, z).value;
}

double lifetime_survival(LifetimeFamily family, double predictor, double scale, double time) {
    if (time <= 0) return 1;
    const double z = (std::log(time) - predictor) / scale;
    switch (family) {
        case LifetimeFamily::lognormal: return erfc(z / std::sqrt(2.0)) / 2;
        case LifetimeFamily::loglogistic: return 1 / (1 + std::exp(z));
        default: return std::exp(-std::exp(z));
    }
}

double lifetime_quantile(LifetimeFamily family, double predictor, double scale, double p) {
    const auto z = [&] {
        switch (family) {
            case LifetimeFamily::lognormal: return -std::sqrt(2.0) * erfc_inv(2 * p);
            case LifetimeFamily::loglogistic: return std::log(p) - std::log1p(-p);
            default: return std::log(-std::log1p(-p));
        }
    }();
    return std::exp(predictor + scale * z);
}

double expected_lifetime(LifetimeFamily family, double predictor, double scale, double horizon) {
    if (horizon <= 0) return 0;
    const double z = (std::log(horizon) - predictor) / scale;
    const bool whole = std::isinf(horizon);
    switch (family) {
        case LifetimeFamily::lognormal: {
            // Half of erfc where exp(predictor + scale^2/2) overflows would be 0 times infinity.
            const double below = whole ? 0 : std::log(erfc((scale - z) / std::sqrt(2.0)) / 2);
            const double left = whole ? 0 : horizon * lifetime_survival(family, predictor, scale, horizon);
            return std::exp(predictor + scale * scale / 2 + below) + left;
        }
        case LifetimeFamily::loglogistic: {
            // With u = (t/e^b'x)^(1/s) and v = u/(1 + u), s e^b'x times the integral of v^(s-1) (1 - v)^(-s) over 0..v.
            if (whole)
                return scale < 1 ? std::exp(predictor) * M_PI * scale / std::sin(M_PI * scale)
                                 : std::numeric_limits<double>::infinity();
            if (scale < 1) {
                // B(v; s, 1 - s), from the side on which v is the smaller.
                const double v = 1 / (1 + std::exp(-z)), rest = 1 / (1 + std::exp(z));
                const double share = v <= 0.5 ? ibeta(scale, 1 - scale, v)
                                              : ibetac(1 - scale, scale, rest);
                return std::exp(predictor) * share * M_PI * scale / std::sin(M_PI * scale);
            }
            // In y = ln t - ln horizon, which is as smooth as s, at least 1, is wide; below -40 nothing is left.
            double sum = 0;
            for (int panel = 0; panel < 40; ++panel)
                gauss_panel<10>(-panel - 1, 1, [&](double y, double weight) {
                    sum += weight * std::exp(y - log1p_exp(z + y / scale));
                });
            return horizon * sum;
        }
        default: {
            const double mean = predictor + log_gamma(1 + scale);
            return whole ? std::exp(mean)
                         : std::exp(mean) * gamma_p(scale, std::exp(z));
        }
    }
}

}  // namespace cltv
