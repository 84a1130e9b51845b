#include "core/learning/learning_fit.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/hash.hpp"
#include "core/base/special.hpp"
#include "core/rows/coding.hpp"

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

struct Learner : Learning {
    Learner(const FeatureSet &features, const Learning &learning, Stop stop_)
        : Learning(learning), set(features), coding(features, stop_), stop(stop_) {
        rows.reserve(set.used);
        for (std::uint32_t i = 0; i < set.used; ++i) {
            const FeatureCount &row = set.rows()[i];
            rows.push_back({row.target[0], row.target[1], row.count, static_cast<std::uint32_t>(row.row)});
            customers += row.count;
            total += row.count * row.target[0];
            exposure += row.count * (response == Response::normal ? row.target[1] : std::exp(row.target[1]));
            square += row.count * row.target[0] * row.target[0];
        }
    }

    int n() const { return 1 + coding.size(); }

    // What refuses before anything is fitted.
    bool refuses(Fit &fit) const {
        // Under a penalty effects need not be told apart.
        if (coding.fault() == CodingFault::constant || (coding.fault() != CodingFault::none && penalty.size == 0)) {
            fit = refused(coding.fault() == CodingFault::constant ? Status::constant : Status::collinear, customers,
                          coding.faulty_column());
            return true;
        }
        if (customers < min_customers || (customers <= n() && penalty.size == 0)) {
            fit = refused(Status::too_few_customers, customers);
        } else if (response == Response::yes_or_no && (total == 0 || total == customers)) {
            fit = refused(Status::one_class, customers);
        } else if (response != Response::normal && total == 0) {
            fit = refused(Status::no_events, customers);
        } else {
            return false;
        }
        return true;
    }

    // From coordinates to parameters: the intercept, the shapes, and the coefficients in their own units. `shapes` of
    // them move with coordinates that follow those of the coefficients, by what is on the diagonal.
    Matrix jacobian(int shapes, int moving, const double *slopes) const {
        Matrix jacobian = Matrix::Zero(n() + shapes, n() + moving);
        jacobian(0, 0) = 1;
        for (int i = 0; i < coding.size(); ++i) {
            jacobian(1 + shapes + i, 1 + i) = 1 / coding.scale(i);
            jacobian(0, 1 + i) = -coding.mean(i) / coding.scale(i);
        }
        for (int i = 0; i < moving; ++i) jacobian(1 + i, n() + i) = slopes[i];
        return jacobian;
    }

    // b'V b of the scores between what the information says.
    Matrix sandwich(const ResponseLikelihood &likelihood, const Vector &point, const Matrix &inverse) const {
        const int column = label_column(set, response_cluster_label);
        const std::vector<std::uint32_t> clusters =
            column < 0 ? std::vector<std::uint32_t>() : levels_of_rows(set, column);
        double factor = customers / (customers - n());
        if (column >= 0) {
            std::vector<char> seen(set.levels + 1);
            double number = 0;
            for (const std::uint32_t cluster : clusters) {
                if (!seen[cluster]) ++number;
                seen[cluster] = 1;
            }
            factor = number > 1 ? number / (number - 1) * (customers - 1) / (customers - n()) : 1;
        }
        return inverse * likelihood.score_products(point, column < 0 ? nullptr : &clusters) * inverse * factor;
    }

    // The point at which all customers are alike.
    Vector alike() const {
        Vector point = Vector::Zero(n());
        const double mean = response == Response::normal      ? (total - exposure) / customers
                            : response == Response::yes_or_no ? total / customers
                                                              : total / exposure;
        point(0) = response == Response::normal      ? mean
                   : response == Response::yes_or_no ? std::log(mean) - std::log1p(-mean)
                                                     : std::log(mean);
        return point;
    }

    const FeatureSet &set;
    Coding coding;
    Stop stop;
    std::vector<ResponseRow> rows;
    double customers = 0, total = 0, exposure = 0, square = 0;
};

Fit with_design(Fit fit, const Coding &coding) {
    fit.design = coding.design();
    return fit;
}

void set_log_likelihood(Fit &fit, const Learner &data, const ResponseLikelihood &likelihood, const Vector &point,
                        double shape) {
    fit.log_likelihood = 0;
    likelihood.for_each_mean(point, [&](const ResponseRow &row, double mu) {
        fit.log_likelihood += row.count * log_density(data.response, row.y, mu, shape, data.power);
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
    const Eigen::LDLT<Matrix> information(-surface.hessian);
    int iterations = 0;
    double squares = -2 * surface.value;
    for (; iterations < 4; ++iterations) {
        const Vector next = point + information.solve(surface.gradient);
        const Surface<Eigen::Dynamic> there = likelihood(next);
        if (iterations > 0 && !(-2 * there.value < squares)) break;
        point = next;
        surface = there;
        squares = -2 * surface.value;
    }
    const double rounding = 1e-15;
    if (!(squares > rounding * rounding * data.square * data.customers))
        return refused(Status::runaway, data.customers, 1, iterations);

    const double sigma = std::sqrt(squares / (data.customers - n));
    Fit fit = refused(Status::converged, data.customers, -1, iterations);
    const Matrix inverse = information.solve(Matrix::Identity(n, n));
    Matrix covariance = Matrix::Zero(n + 1, n + 1);
    covariance.topLeftCorner(n, n) =
        data.robust ? data.sandwich(likelihood, point, inverse) : Matrix(inverse * sigma * sigma);
    covariance(n, n) = sigma * sigma / (2 * (data.customers - n));
    const double slope = 1;
    const Matrix jacobian = data.jacobian(1, 1, &slope);
    Vector all(n + 1);
    all << point, sigma;
    put_estimates(fit, jacobian * all, covariance, jacobian);
    set_log_likelihood(fit, data, likelihood, point, std::sqrt(squares / data.customers));
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

// The standard deviations of the coordinates but for the intercept.
Vector spread_of(const std::vector<ResponseRow> &rows, const std::vector<double> &x, int n, Stop stop) {
    Vector mean = Vector::Zero(n), square = Vector::Zero(n);
    double customers = 0;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        poll_at(r, stop);
        const Eigen::Map<const Vector> values(x.data() + std::size_t{rows[r].attributes} * static_cast<std::size_t>(n),
                                              n);
        customers += rows[r].count;
        mean += rows[r].count * values;
        square += rows[r].count * values.cwiseProduct(values);
    }
    mean /= customers;
    Vector spread = (square / customers - mean.cwiseProduct(mean)).cwiseMax(0).cwiseSqrt();
    spread(0) = 0;
    return spread;
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
    set_log_likelihood(fit, data, likelihood, net.point, of_likelihood);
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
    const Matrix inverse = fitted.information(ascent.point).inverse();
    Matrix all = Matrix::Zero(n + shaped, n + shaped);
    // Under the gamma distribution the information of the coefficients is shape times as large, under Tweedie's it is
    // divided by the dispersion; the scores of the sandwich move likewise, and what is between them stays.
    const double factor = data.response == Response::gamma ? 1 / shape : data.response == Response::tweedie ? shape : 1;
    all.topLeftCorner(n, n) = data.robust ? data.sandwich(fitted, ascent.point, inverse) : Matrix(inverse * factor);
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
    fit.log_likelihood = 0;
    fitted.for_each_mean(ascent.point, [&](const ResponseRow &row, double mu) {
        fit.log_likelihood += row.count * log_density(form == 0 ? data.response : simple, row.y, mu, shape, data.power);
    });
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
    return with_design(fit_learner(data), data.coding);
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
    return done();
}

namespace {

// From 0 to folds - 1, by the highest bits of a hash.
int fold_of(std::uint64_t seed, std::uint64_t unit, int folds) {
    const std::uint64_t hash = hashed(hashed(hashed(0, static_cast<double>(seed)), static_cast<double>(unit)), 1);
    return static_cast<int>((hash >> 32) * static_cast<std::uint64_t>(folds) >> 32);
}

// Twice what the logarithm of the density loses at this mean, at shape 1.
double deviance(Response response, double power, double y, double mu) {
    const double by_logarithm = y > 0 ? y * std::log(y / mu) : 0;
    switch (response) {
        case Response::normal: return (y - mu) * (y - mu);
        case Response::yes_or_no: return -2 * (y != 0 ? std::log(mu) : std::log1p(-mu));
        case Response::gamma: return 2 * (y / mu - 1 - std::log(y / mu));
        case Response::tweedie:
            return 2 * (std::pow(y, 2 - power) / ((1 - power) * (2 - power)) -
                        y * std::pow(mu, 1 - power) / (1 - power) + std::pow(mu, 2 - power) / (2 - power));
        default: return 2 * (by_logarithm - (y - mu));
    }
}

}  // namespace

PenaltyPath try_penalties(const FeatureSet &set, const Learning &learning, int folds, std::uint64_t seed, Stop stop) {
    constexpr int steps = 50;
    constexpr double least_share = 1e-3;  // of the penalty under which no coefficient is left
    constexpr double least_alpha = 1e-3;  // there is none without a lasso
    Learning held = learning;
    held.penalty.size = 1;
    const Learner data(set, held, stop);
    PenaltyPath path;
    if (data.refuses(path.fit)) {
        path.fit.design = data.coding.design();
        return path;
    }
    const int n = data.n();
    const std::vector<double> x = coded_rows(set, data.coding, 1, stop);
    const int column = label_column(set, response_cluster_label);
    const std::vector<std::uint32_t> clusters = column < 0 ? std::vector<std::uint32_t>() : levels_of_rows(set, column);
    const Vector alike = data.alike();

    // Fits to the rows that are not of a fold, -1 for all: see(step, fit).
    const auto follow = [&](const std::vector<ResponseRow> &rows, const std::vector<double> &penalties, auto &&see) {
        double customers = 0;
        for (const ResponseRow &row : rows) customers += row.count;
        const ResponseLikelihood likelihood(data.response, data.power, rows, x.data(), n, stop);
        const Vector spread = spread_of(rows, x, n, stop);
        Vector from = alike;
        for (std::size_t i = 0; i < penalties.size(); ++i) {
            const ElasticNet net =
                fit_elastic_net(likelihood, customers, spread, from, {penalties[i], learning.penalty.alpha}, stop);
            from = net.point;
            see(i, net.point);
        }
    };

    const ResponseLikelihood whole(data.response, data.power, data.rows, x.data(), n, stop);
    const Vector spread = spread_of(data.rows, x, n, stop);
    const ElasticNet none = fit_elastic_net(whole, data.customers, spread, alike, {1e10, 1}, stop);
    const double largest = least_penalty_of_none(whole, data.customers, spread, none.point,
                                                 std::fmax(learning.penalty.alpha, least_alpha));
    std::vector<double> penalties;
    for (int i = 0; i < steps; ++i) penalties.push_back(largest * std::pow(least_share, i / (steps - 1.0)));
    follow(data.rows, penalties, [&](std::size_t i, const Vector &point) {
        path.steps.push_back({penalties[i], 0, 0, static_cast<int>((point.tail(n - 1).array() != 0).count())});
    });

    // Of each fold: customers, and by step the mean deviance.
    std::vector<double> customers;
    std::vector<std::vector<double>> deviances;
    for (int fold = 0; fold < folds; ++fold) {
        std::vector<ResponseRow> seen, unseen;
        double seen_total = 0, of_fold = 0;
        for (std::size_t r = 0; r < data.rows.size(); ++r) {
            const std::uint64_t unit = clusters.empty() ? r : clusters[data.rows[r].attributes];
            const bool here = fold_of(seed, unit, folds) == fold;
            (here ? unseen : seen).push_back(data.rows[r]);
            (here ? of_fold : seen_total) += data.rows[r].count * (here ? 1 : std::fabs(data.rows[r].y));
        }
        // A fold is of use where both it and the others say something.
        if (of_fold == 0 || seen_total == 0) continue;
        customers.push_back(of_fold);
        deviances.emplace_back(penalties.size());
        follow(seen, penalties, [&](std::size_t i, const Vector &point) {
            const ResponseLikelihood likelihood(data.response, data.power, unseen, x.data(), n, stop);
            double sum = 0;
            likelihood.for_each_mean(point, [&](const ResponseRow &row, double mu) {
                sum += row.count * deviance(data.response, data.power, row.y, mu);
            });
            deviances.back()[i] = sum / of_fold;
        });
    }
    double all = 0;
    for (const double of_fold : customers) all += of_fold;
    for (std::size_t i = 0; i < penalties.size(); ++i) {
        PenaltyStep &step = path.steps[i];
        for (std::size_t k = 0; k < customers.size(); ++k) step.deviance += customers[k] / all * deviances[k][i];
        double square = 0;
        for (std::size_t k = 0; k < customers.size(); ++k)
            square += customers[k] / all * (deviances[k][i] - step.deviance) * (deviances[k][i] - step.deviance);
        step.std_error = customers.size() > 1 ? std::sqrt(square / (static_cast<double>(customers.size()) - 1))
                                              : std::numeric_limits<double>::quiet_NaN();
    }
    return path;
}

// The registry --------------------------------------------------------------------------------------------------------

namespace {

constexpr Role any[] = {Role::any}, both[] = {Role::purchases, Role::spend};

constexpr Parameter intercept[] = {{"intercept", Domain::real}};
constexpr Parameter with_sigma[] = {{"intercept", Domain::real}, {"sigma"}};
constexpr Parameter with_theta[] = {{"intercept", Domain::real}, {"theta"}};
constexpr Parameter with_shape[] = {{"intercept", Domain::real}, {"shape"}};
constexpr Parameter with_dispersion[] = {{"intercept", Domain::real}, {"dispersion"}, {"power", Domain::power}};
constexpr Parameter of_both[] = {{"purchase_intercept", Domain::real}, {"spend_intercept", Domain::real}, {"sigma"}};
constexpr LimitValue theta_at_infinity[] = {{"theta", std::numeric_limits<double>::infinity()}};

template <Response response>
double mean(const double *, double eta, double) {
    return response_mean(response, eta);
}
double mean_of_both(const double *p, double first, double second) {
    return response_mean(Response::yes_or_no, first) * std::exp(second + p[2] * p[2] / 2);
}

// Of who spends nothing with probability 1 - P: below that share 0, and above it the lognormal's.
double quantile_of_both(const double *p, double first, double second, double share) {
    const double spends = response_mean(Response::yes_or_no, first), above = (1 - share) / spends;
    if (!(above < 1)) return 0;
    return std::exp(second + p[2] * std::sqrt(2.0) * boost::math::erfc_inv(2 * above, BoostPolicy()));
}
double normal_quantile(const double *p, double eta, double, double share) {
    return eta + p[1] * -std::sqrt(2.0) * boost::math::erfc_inv(2 * share, BoostPolicy());
}

constexpr LearningFamily learn_normal = {mean<Response::normal>, normal_quantile, false};
constexpr LearningFamily learn_yes_or_no = {mean<Response::yes_or_no>, nullptr, false};
constexpr LearningFamily learn_log = {mean<Response::poisson>, nullptr, false};
constexpr LearningFamily learn_both = {mean_of_both, quantile_of_both, true};

template <Response response>
Fit fit_of(const FeatureSet &set, double, Stop stop) {
    return fit_response(set, {response, 1.5, false, {}}, stop);
}
Fit fit_of_both(const FeatureSet &set, double, Stop stop) { return fit_zero_inflated(set, false, {}, stop); }

Family make(Kind kind, const char *name, const char *title, const LearningFamily &learning, View<Parameter> parameters,
            Fit (*fit)(const FeatureSet &, double, Stop), View<Form> limits) {
    Family family;
    family.learning = &learning;
    family.kind = kind;
    family.name = name;
    family.title = title;
    family.parameters = parameters;
    family.attributes = learning.of_both ? view_of(both) : view_of(any);
    family.fit_attributes = fit;
    family.has_prior = false;
    family.limits = limits;
    return family;
}

// What a penalised fit knows: the same parameters, and by what they are penalised.
constexpr Parameter held_intercept[] = {
    {"intercept", Domain::real}, {"penalty", Domain::choice}, {"alpha", Domain::choice}};
constexpr Parameter held_sigma[] = {
    {"intercept", Domain::real}, {"sigma"}, {"penalty", Domain::choice}, {"alpha", Domain::choice}};
constexpr Parameter held_shape[] = {
    {"intercept", Domain::real}, {"shape"}, {"penalty", Domain::choice}, {"alpha", Domain::choice}};
constexpr Parameter held_dispersion[] = {{"intercept", Domain::real}, {"dispersion"}, {"power", Domain::power},
                                         {"penalty", Domain::choice}, {"alpha", Domain::choice}};
constexpr Parameter held_both[] = {{"purchase_intercept", Domain::real}, {"spend_intercept", Domain::real}, {"sigma"},
                                   {"penalty", Domain::choice}, {"alpha", Domain::choice}};
Form penalised(const LearningFamily &learning, View<Parameter> parameters) {
    Form form;
    form.limit = "penalised";
    form.sentence = "coefficients are held near 0 by a penalty";
    form.parameters = parameters;
    form.learning = &learning;
    form.penalised = true;
    return form;
}
const Form linear_penalised[] = {penalised(learn_normal, view_of(held_sigma))};
const Form logistic_penalised[] = {penalised(learn_yes_or_no, view_of(held_intercept))};
const Form poisson_penalised[] = {penalised(learn_log, view_of(held_intercept))};
const Form gamma_penalised[] = {penalised(learn_log, view_of(held_shape))};
const Form tweedie_penalised[] = {penalised(learn_log, view_of(held_dispersion))};
const Form ziln_penalised[] = {penalised(learn_both, view_of(held_both))};

Form poisson_limit() {
    Form form;
    form.limit = "no overdispersion";
    form.sentence = "counts differ by no more than chance";
    form.parameters = view_of(intercept);
    form.limit_values = view_of(theta_at_infinity);
    form.learning = &learn_log;
    return form;
}
const Form negbinom_limits[] = {poisson_limit()};

}  // namespace

namespace linear {
const Family family = make(Kind::linear, "linear", "linear regression", learn_normal, view_of(with_sigma),
                           fit_of<Response::normal>, view_of(linear_penalised));
}
namespace logistic {
const Family family = make(Kind::logistic, "logistic", "logistic regression", learn_yes_or_no, view_of(intercept),
                           fit_of<Response::yes_or_no>, view_of(logistic_penalised));
}
namespace poisson {
const Family family = make(Kind::poisson, "poisson", "Poisson regression", learn_log, view_of(intercept),
                           fit_of<Response::poisson>, view_of(poisson_penalised));
}
namespace negbinom {
const Family family = make(Kind::negbinom, "negbinom", "negative binomial regression", learn_log, view_of(with_theta),
                           fit_of<Response::negbinom>, view_of(negbinom_limits));
}
namespace gamma {
const Family family = make(Kind::gamma, "gamma", "gamma regression", learn_log, view_of(with_shape),
                           fit_of<Response::gamma>, view_of(gamma_penalised));
}
namespace tweedie {
const Family family = make(Kind::tweedie, "tweedie", "Tweedie regression", learn_log, view_of(with_dispersion),
                           fit_of<Response::tweedie>, view_of(tweedie_penalised));
}
namespace ziln {
const Family family = make(Kind::ziln, "ziln", "zero-inflated lognormal", learn_both, view_of(of_both), fit_of_both,
                           view_of(ziln_penalised));
}

}  // namespace cltv
