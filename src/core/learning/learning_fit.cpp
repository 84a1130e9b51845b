#include "core/learning/learning_fit.hpp"

#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/boost_policy.hpp"
#include "core/base/special.hpp"
#include "core/fit/matrices.hpp"
#include "core/learning/learner.hpp"

namespace cltv {

namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

constexpr int penalised_form = 1;

// The parameters of a form before the coefficients: an intercept, and a shape where there is one.
constexpr int n_shapes(Response response) {
    return response == Response::normal || response == Response::gamma || response == Response::negbinom ? 1
           : response == Response::tweedie                                                              ? 2
                                                                                                        : 0;
}

// The products of the scores between what the information says.
Matrix sandwich(const Learner &data, const ResponseLikelihood &likelihood, const Vector &point, const Matrix &inverse) {
    const int column = label_column(data.set, response_cluster_label);
    const std::vector<std::uint32_t> clusters =
        column < 0 ? std::vector<std::uint32_t>() : levels_of_rows(data.set, column);
    double factor = data.customers / (data.customers - data.n());
    if (column >= 0) {
        std::vector<char> seen(data.set.levels + 1);
        double number = 0;
        for (const std::uint32_t cluster : clusters) {
            if (!seen[cluster]) ++number;
            seen[cluster] = 1;
        }
        factor = number > 1 ? number / (number - 1) * (data.customers - 1) / (data.customers - data.n()) : 1;
    }
    return inverse * likelihood.score_products(point, column < 0 ? nullptr : &clusters) * inverse * factor;
}

// Of a response of this distribution, which may be another than that of the data where the fit is at a limit.
void set_log_likelihood(Fit &fit, const Learner &data, Response response, const ResponseLikelihood &likelihood,
                        const Vector &point, double shape) {
    fit.log_likelihood = 0;
    likelihood.for_each_mean(point, [&](const ResponseRow &row, double mu) {
        fit.log_likelihood += row.count * log_density(response, row.y, mu, shape, data.power);
    });
}

// Least squares: by the normal equations of coordinates that are centred and scaled, and then corrected by what they
// leave, until a correction is rounding.
Fit fit_normal(const Learner &data) {
    const int n = data.n();
    const std::vector<double> x = coded_rows(data.set, data.coding, 1, data.stop);
    const ResponseLikelihood likelihood(Response::normal, 0, data.rows, x.data(), n, data.stop);
    Vector point = Vector::Zero(n);
    Surface<Eigen::Dynamic> surface = likelihood(point);
    const SymmetricSolver solved(-surface.hessian);
    // A correction that is right halves at least; the sum of squares is flat to rounding long before.
    int iterations = 0;
    for (double longest = std::numeric_limits<double>::infinity(); iterations < 10; ++iterations) {
        const Vector step = solved(surface.gradient);
        const double length = step.cwiseAbs().maxCoeff();
        if (!(length < longest / 2)) break;
        point += step;
        surface = likelihood(point, false);     // the second derivatives are the same everywhere
        longest = length;
    }
    const double squares = -2 * surface.value;
    const double rounding = 1e-15;
    if (!(squares > rounding * rounding * data.square * data.customers))
        return refused(Status::runaway, data.customers, 1, iterations);

    const double sigma = std::sqrt(squares / (data.customers - n));
    Fit fit = refused(Status::converged, data.customers, -1, iterations);
    const Matrix inverse = solved(Matrix(Matrix::Identity(n, n)));
    Matrix covariance = Matrix::Zero(n + 1, n + 1);
    covariance.topLeftCorner(n, n) =
        data.robust ? sandwich(data, likelihood, point, inverse) : Matrix(inverse * sigma * sigma);
    covariance(n, n) = sigma * sigma / (2 * (data.customers - n));
    const double slope = 1;
    const Matrix jacobian = data.jacobian(1, 1, &slope);
    Vector all(n + 1);
    all << point, sigma;
    put_estimates(fit, jacobian * all, covariance, jacobian);
    set_log_likelihood(fit, data, data.response, likelihood, point, std::sqrt(squares / data.customers));
    return fit;
}

// ln k - digamma(k), which falls from infinity to 0; beyond 10^6 by its series, where the difference cancels.
double log_less_digamma(double k) {
    return k < 1e6 ? std::log(k) - digamma(k) : 1 / (2 * k) + 1 / (12 * k * k);
}

// The maximum of the likelihood of gamma distributed amounts in their shape: ln k - digamma(k) is what the mean of y/mu
// exceeds 1 and the mean of ln(y/mu). Infinite where amounts are their means.
double gamma_shape(const Learner &data, const ResponseLikelihood &likelihood, const Vector &point) {
    double below = 0;
    likelihood.for_each_mean(point, [&](const ResponseRow &row, double mu) {
        below += row.count / data.customers * (row.y / mu - 1 - std::log(row.y / mu));
    });
    if (!(below > 1e-12)) return std::numeric_limits<double>::infinity();
    const double guess = (3 - below + std::sqrt((below - 3) * (below - 3) + 24 * below)) / (12 * below);
    std::uintmax_t steps = 100;
    const auto bracket =
        boost::math::tools::toms748_solve([&](double k) { return log_less_digamma(k) - below; }, guess / 2, guess * 2,
                                          boost::math::tools::eps_tolerance<double>(), steps, BoostPolicy());
    return (bracket.first + bracket.second) / 2;
}

// Pearson's, of so many coefficients.
double dispersion(const Learner &data, const ResponseLikelihood &likelihood, const Vector &point, int coefficients) {
    double chi_square = 0;
    likelihood.for_each_mean(point, [&](const ResponseRow &row, double mu) {
        chi_square += row.count * (row.y - mu) * (row.y - mu) / std::pow(mu, data.power);
    });
    return chi_square / (data.customers - coefficients);
}

// Under a penalty: estimates without errors, which nobody knows.
Fit fit_penalised(const Learner &data) {
    const int n = data.n();
    const std::vector<double> x = coded_rows(data.set, data.coding, 1, data.stop);
    const ResponseLikelihood likelihood(data.response, data.power, data.rows, x.data(), n, data.stop);
    const Vector spread = spread_of(data.rows, x, n, data.stop);
    const ElasticNet net = fit_elastic_net(likelihood, data.customers, spread, data.alike(), data.penalty, data.stop);
    if (!net.settled) return refused(Status::not_converged, data.customers, -1, net.iterations);

    const int used = static_cast<int>((net.point.array() != 0).count()), shapes = n_shapes(data.response);
    double shape = 0, of_likelihood = 0;
    if (data.response == Response::normal) {
        const double squares = -2 * likelihood(net.point).value;
        shape = std::sqrt(squares / (data.customers - used));
        of_likelihood = std::sqrt(squares / data.customers);
        if (!(shape > 0 && std::isfinite(shape))) return refused(Status::runaway, data.customers, 1, net.iterations);
    } else if (shapes > 0) {
        of_likelihood = shape = data.response == Response::gamma ? gamma_shape(data, likelihood, net.point)
                                                                  : dispersion(data, likelihood, net.point, used);
        if (!(shape > 0 && std::isfinite(shape))) return refused(Status::runaway, data.customers, 1, net.iterations);
    }
    const Vector natural = data.jacobian(0, 0, nullptr) * net.point;
    Fit fit = refused(Status::penalised, data.customers, -1, net.iterations);
    fit.form = penalised_form;
    fit.prior = true;
    const auto put = [&](double value, ParameterState state) {
        fit.parameters.push_back(value);
        fit.states.push_back(state);
    };
    put(natural(0), ParameterState::penalised);
    if (shapes > 0) put(shape, ParameterState::penalised);
    if (shapes > 1) put(data.power, ParameterState::chosen);
    put(data.penalty.size, ParameterState::chosen);
    put(data.penalty.alpha, ParameterState::chosen);
    for (int i = 1; i < n; ++i) put(natural(i), ParameterState::penalised);
    set_log_likelihood(fit, data, data.response, likelihood, net.point, of_likelihood);
    return fit;
}

Fit fit_gradual(const Learner &data) {
    const int n = data.n();
    const bool counts = data.response == Response::negbinom;

    // Customers who all are alike first, without dispersion of counts: from there the rest is found.
    const Response simple = counts ? Response::poisson : data.response;
    std::vector<ResponseRow> alike = data.rows;
    for (ResponseRow &row : alike) row.attributes = 0;
    const double one = 1;
    const Vector start = data.alike().head(1);
    const Ascent<Eigen::Dynamic> null = newton_ascent<Eigen::Dynamic>(
        ResponseLikelihood(simple, data.power, alike, &one, 1, data.stop), start, start, farthest_coefficient);
    const auto lost = [&](const Ascent<Eigen::Dynamic> &ascent, const Vector &centre, int iterations) {
        const int subject = lost_coordinate(ascent, centre);
        if (subject < 0) return refused(Status::not_converged, data.customers, -1, iterations);
        if (subject == 0 || subject == n)
            return refused(Status::runaway, data.customers, subject == 0 ? 0 : 1, iterations);
        return refused(Status::separated, data.customers, data.coding.column_of(subject - 1), iterations);
    };
    if (!null.settled || null.escaped) return lost(null, start, null.iterations);

    const std::vector<double> x = coded_rows(data.set, data.coding, 1, data.stop);
    Vector centre = Vector::Zero(n);
    centre(0) = null.point(0);
    Matrix covariance;
    const ResponseLikelihood plain(simple, data.power, data.rows, x.data(), n, data.stop);
    Ascent<Eigen::Dynamic> ascent = newton_ascent<Eigen::Dynamic>(plain, centre, centre, farthest_coefficient);
    int iterations = null.iterations + ascent.iterations;
    if (!is_known(ascent, covariance)) return lost(ascent, centre, iterations);

    int form = 0;
    double shape = 0, slope = 0, shape_variance = 0;
    const ResponseLikelihood likelihood(data.response, data.power, data.rows, x.data(), n, data.stop);
    if (counts) {
        // Where counts differ by no more than chance the likelihood rises as theta does: its derivative in
        // 1/theta at 0.
        double rise = 0, spread = 0;
        plain.for_each_mean(ascent.point, [&](const ResponseRow &row, double mu) {
            rise += row.count * ((row.y - mu) * (row.y - mu) - row.y) / 2;
            spread += row.count * mu * mu;
        });
        form = rise > 0 ? 0 : 1;
        if (form == 0) {
            Vector from(n + 1);
            from << ascent.point, std::log(spread / (2 * rise));
            Vector middle = Vector::Zero(n + 1);
            middle << centre, from(n);
            const Ascent<Eigen::Dynamic> whole =
                newton_ascent<Eigen::Dynamic>(likelihood, from, middle, farthest_coefficient);
            iterations += whole.iterations;
            if (!whole.settled || whole.escaped) return lost(whole, middle, iterations);
            ascent = whole;
            shape = slope = std::exp(whole.point(n));
            shape_variance = 1 / -whole.surface.hessian(n, n);
        }
    } else if (data.response == Response::gamma) {
        shape = gamma_shape(data, likelihood, ascent.point);
        if (std::isinf(shape)) return refused(Status::runaway, data.customers, 1, iterations);
        slope = 1;
        shape_variance = 1 / (data.customers * (trigamma(shape) - 1 / shape));
    } else if (data.response == Response::tweedie) {
        shape = dispersion(data, likelihood, ascent.point, n);
        slope = 1;
        shape_variance = 2 * shape * shape / (data.customers - n);
    }

    const bool shaped = n_shapes(data.response) > 0 && form == 0;
    const ResponseLikelihood &fitted = form == 0 ? likelihood : plain;
    const Matrix inverse = inverse_of(fitted.information(ascent.point));
    Matrix all = Matrix::Zero(n + shaped, n + shaped);
    // Under the gamma distribution the information of the coefficients is shape times as large, under Tweedie's it is
    // divided by the dispersion; the scores of the sandwich move likewise, and what is between them stays.
    const double factor = data.response == Response::gamma ? 1 / shape : data.response == Response::tweedie ? shape : 1;
    all.topLeftCorner(n, n) = data.robust ? sandwich(data, fitted, ascent.point, inverse) : Matrix(inverse * factor);
    if (shaped) all(n, n) = shape_variance;

    Fit fit = refused(form == 0 ? Status::converged : Status::boundary, data.customers, -1, iterations);
    fit.form = form;
    const int shapes = shaped ? n_shapes(data.response) : 0;
    const Matrix jacobian = data.jacobian(shapes, shaped ? 1 : 0, &slope);
    Vector parameters = jacobian.leftCols(n) * ascent.point.head(n);
    if (shaped) parameters(1) = shape;
    if (data.response == Response::tweedie) parameters(2) = data.power;
    put_estimates(fit, parameters, all, jacobian);
    if (data.response == Response::tweedie) {
        fit.states[2] = ParameterState::chosen;
        for (std::size_t i = 0; i < fit.parameters.size(); ++i)
            fit.covariance[static_cast<std::size_t>(covariance_index(static_cast<int>(i), 2))] =
                std::numeric_limits<double>::quiet_NaN();
    }
    set_log_likelihood(fit, data, form == 0 ? data.response : simple, fitted, ascent.point, shape);
    return fit;
}

Fit fit_learner(const Learner &data) {
    Fit fit;
    if (data.refuses(fit)) return fit;
    if (data.penalty.size > 0) return fit_penalised(data);
    fit = data.response == Response::normal ? fit_normal(data) : fit_gradual(data);
    fit.robust = data.robust && fit.usable();
    return fit;
}

// A copy of a sorted set with the response that f says, of those of whom it says that they stay.
template <class Function>
std::vector<double> changed(const FeatureSet &set, Function &&f) {
    std::vector<double> memory((set.bytes() + sizeof(double) - 1) / sizeof(double));
    std::memcpy(memory.data(), &set, set.bytes());
    FeatureSet &copy = *reinterpret_cast<FeatureSet *>(memory.data());
    copy.used = 0;
    for (std::uint32_t i = 0; i < set.used; ++i) {
        FeatureCount row = set.rows()[i];
        if (f(row.target[0])) copy.rows()[copy.used++] = row;
    }
    return memory;
}

}  // namespace

Fit fit_response(const FeatureSet &set, const Learning &learning, Stop stop) {
    const Learner data(set, learning, stop);
    Fit fit = with_design(fit_learner(data), data.coding);
    if (fit.usable()) fit.means = means_of(set, data.coding, stop);
    return fit;
}

Fit fit_zero_inflated(const FeatureSet &set, bool robust, const Penalty &penalty, Stop stop) {
    const std::vector<double> whether = changed(set, [](double &y) {
        y = y > 0 ? 1 : 0;
        return true;
    });
    double of_logarithms = 0;  // from the density of ln y to that of y
    for (std::uint32_t i = 0; i < set.used; ++i)
        if (set.rows()[i].target[0] > 0) of_logarithms -= set.rows()[i].count * std::log(set.rows()[i].target[0]);
    const std::vector<double> how_much = changed(set, [](double &y) {
        if (!(y > 0)) return false;
        y = std::log(y);
        return true;
    });
    const Learner first(*reinterpret_cast<const FeatureSet *>(whether.data()),
                        {Response::yes_or_no, 0, robust, penalty}, stop);
    const Learner second(*reinterpret_cast<const FeatureSet *>(how_much.data()), {Response::normal, 0, robust, penalty},
                         stop);

    std::vector<DesignColumn> columns;
    const int n_first = static_cast<int>(first.coding.columns().size());
    for (const Learner *const learner : {&first, &second})
        for (DesignColumn column : learner->coding.columns()) {
            column.role = learner == &first ? Role::purchases : Role::spend;
            columns.push_back(column);
        }
    Fit fit;
    const auto done = [&] {
        fit.customers = first.customers;
        fit.design.resize(design_bytes(columns.data(), columns.size()) / sizeof(double));
        write_design(columns.data(), columns.size(), fit.design.data());
        return fit;
    };
    if (first.total == 0) {
        fit = refused(Status::no_events, first.customers);
        return done();
    }
    const Fit purchases = fit_learner(first), spend = fit_learner(second);
    for (const Fit *const part : {&purchases, &spend}) {
        if (part->usable()) continue;
        fit = *part;
        const bool of_column =
            fit.status == Status::constant || fit.status == Status::collinear || fit.status == Status::separated;
        // The parameters of the whole: two intercepts, sigma.
        if (part == &spend && (of_column || fit.status == Status::runaway)) fit.subject += of_column ? n_first : 1;
        return done();
    }
    const double sigma = spend.parameters[1];
    if (sigma > heaviest_sigma) {
        fit = refused(Status::heavy_tail, first.customers);
        return done();
    }

    // Both intercepts, sigma, the coefficients of the first, of the second: places in the parts, which are independent.
    fit = refused(purchases.status, first.customers, -1, purchases.iterations + spend.iterations);
    fit.form = purchases.form;
    fit.prior = purchases.prior;
    fit.log_likelihood = purchases.log_likelihood + spend.log_likelihood + of_logarithms;
    struct Place {
        const Fit *part;
        int index;
    };
    std::vector<Place> places = {{&purchases, 0}, {&spend, 0}, {&spend, 1}};
    const int chosen = penalty.size > 0 ? 2 : 0;  // the penalty and its alpha, the same of both
    for (int i = 0; i < chosen; ++i) places.push_back({&purchases, 1 + i});
    for (int i = 1 + chosen; i < static_cast<int>(purchases.parameters.size()); ++i) places.push_back({&purchases, i});
    for (int i = 2 + chosen; i < static_cast<int>(spend.parameters.size()); ++i) places.push_back({&spend, i});
    for (std::size_t i = 0; i < places.size(); ++i) {
        fit.parameters.push_back(places[i].part->parameters[static_cast<std::size_t>(places[i].index)]);
        fit.states.push_back(places[i].part->states[static_cast<std::size_t>(places[i].index)]);
        for (std::size_t j = 0; j <= i && chosen == 0; ++j)
            fit.covariance.push_back(places[i].part != places[j].part
                                         ? 0
                                         : places[i].part->covariance[static_cast<std::size_t>(
                                               covariance_index(places[i].index, places[j].index))]);
    }
    fit.robust = purchases.robust;
    const std::vector<double> one = means_of(first.set, first.coding, stop), other = means_of(second.set, second.coding, stop);
    for (const int part : {0, 1})  // the means of both, then the deviations
        for (const std::vector<double> *const of : {&one, &other}) {
            const auto half = static_cast<std::ptrdiff_t>(of->size() / 2);
            fit.means.insert(fit.means.end(), of->begin() + part * half, of->begin() + (part + 1) * half);
        }
    return done();
}

}  // namespace cltv
