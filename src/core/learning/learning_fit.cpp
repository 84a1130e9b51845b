#include "core/learning/learning_fit.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/special.hpp"
#include "core/rows/coding.hpp"

namespace cltv {

namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

// The parameters of a form before the coefficients: an intercept, and a shape where there is one.
constexpr int n_shapes(Response response) {
    return response == Response::normal || response == Response::gamma || response == Response::negbinom ? 1
           : response == Response::tweedie                                                              ? 2
                                                                                                        : 0;
}

struct Learner {
    Learner(const FeatureSet &features, Response response_, double power_, bool robust_, Stop stop_)
        : set(features), coding(features, stop_), response(response_), power(power_), robust(robust_), stop(stop_) {
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
        if (coding.fault() != CodingFault::none) {
            fit = refused(coding.fault() == CodingFault::constant ? Status::constant : Status::collinear, customers,
                          coding.faulty_column());
            return true;
        }
        if (customers < min_customers || customers <= n()) {
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

    // From coordinates to parameters: the intercept, the shapes, and the coefficients in their own units. `shapes` of them
    // move with coordinates that follow those of the coefficients, by what is on the diagonal.
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

    const FeatureSet &set;
    Coding coding;
    Response response;
    double power;
    bool robust;
    Stop stop;
    std::vector<ResponseRow> rows;
    double customers = 0, total = 0, exposure = 0, square = 0;
};

Fit with_design(Fit fit, const Coding &coding) {
    fit.design = coding.design();
    return fit;
}

void set_log_likelihood(Fit &fit, const Learner &data, const ResponseLikelihood &likelihood, const Vector &point, double shape) {
    fit.log_likelihood = 0;
    likelihood.for_each_mean(point, [&](const ResponseRow &row, double mu) {
        fit.log_likelihood += row.count * log_density(data.response, row.y, mu, shape, data.power);
    });
}

// Least squares: by the normal equations of coordinates that are centred and scaled, and then corrected by what they leave,
// until a correction is rounding.
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
    if (!(squares > rounding * rounding * data.square * data.customers)) return refused(Status::runaway, data.customers, 1, iterations);

    const double sigma = std::sqrt(squares / (data.customers - n));
    Fit fit = refused(Status::converged, data.customers, -1, iterations);
    const Matrix inverse = information.solve(Matrix::Identity(n, n));
    Matrix covariance = Matrix::Zero(n + 1, n + 1);
    covariance.topLeftCorner(n, n) = data.robust ? data.sandwich(likelihood, point, inverse) : Matrix(inverse * sigma * sigma);
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

Fit fit_gradual(const Learner &data) {
    const int n = data.n();
    const bool counts = data.response == Response::negbinom;
    const double mean = data.total / (data.response == Response::yes_or_no ? data.customers : data.exposure);
    const double level = data.response == Response::yes_or_no ? std::log(mean) - std::log1p(-mean) : std::log(mean);

    // Customers who all are alike first, without dispersion of counts: from there the rest is found.
    const Response simple = counts ? Response::poisson : data.response;
    std::vector<ResponseRow> alike = data.rows;
    for (ResponseRow &row : alike) row.attributes = 0;
    const double one = 1;
    const Vector start = Vector::Constant(1, level);
    const Ascent<Eigen::Dynamic> null = newton_ascent<Eigen::Dynamic>(
        ResponseLikelihood(simple, data.power, alike, &one, 1, data.stop), start, start, farthest_coefficient);
    const auto lost = [&](const Ascent<Eigen::Dynamic> &ascent, const Vector &centre, int iterations) {
        const int subject = lost_coordinate(ascent, centre);
        if (subject < 0) return refused(Status::not_converged, data.customers, -1, iterations);
        if (subject == 0 || subject == n) return refused(Status::runaway, data.customers, subject == 0 ? 0 : 1, iterations);
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
        // Where counts differ by no more than chance the likelihood rises as theta does: its derivative in 1/theta at 0.
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
            const Ascent<Eigen::Dynamic> whole = newton_ascent<Eigen::Dynamic>(likelihood, from, middle, farthest_coefficient);
            iterations += whole.iterations;
            if (!whole.settled || whole.escaped) return lost(whole, middle, iterations);
            ascent = whole;
            shape = slope = std::exp(whole.point(n));
            shape_variance = 1 / -whole.surface.hessian(n, n);
        }
    } else if (data.response == Response::gamma) {
        // The mean of y/mu is 1 at the maximum, so that ln k - digamma(k) is the mean of -ln(y/mu).
        double below = 0;
        likelihood.for_each_mean(ascent.point, [&](const ResponseRow &row, double mu) {
            below += row.count / data.customers * (row.y / mu - 1 - std::log(row.y / mu));
        });
        if (!(below > 1e-12)) return refused(Status::runaway, data.customers, 1, iterations);
        const double guess = (3 - below + std::sqrt((below - 3) * (below - 3) + 24 * below)) / (12 * below);
        std::uintmax_t steps = 100;
        const auto bracket = boost::math::tools::toms748_solve(
            [&](double k) { return log_less_digamma(k) - below; }, guess / 2, guess * 2,
            boost::math::tools::eps_tolerance<double>(), steps, BoostPolicy());
        shape = (bracket.first + bracket.second) / 2;
        slope = 1;
        shape_variance = 1 / (data.customers * (trigamma(shape) - 1 / shape));
    } else if (data.response == Response::tweedie) {
        double chi_square = 0;
        likelihood.for_each_mean(ascent.point, [&](const ResponseRow &row, double mu) {
            chi_square += row.count * (row.y - mu) * (row.y - mu) / std::pow(mu, data.power);
        });
        shape = chi_square / (data.customers - n);
        slope = 1;
        shape_variance = 2 * shape * shape / (data.customers - n);
    }

    const bool shaped = n_shapes(data.response) > 0 && form == 0;
    const ResponseLikelihood &fitted = form == 0 ? likelihood : plain;
    const Matrix inverse = fitted.information(ascent.point).inverse();
    Matrix all = Matrix::Zero(n + shaped, n + shaped);
    // Under the gamma distribution the information of the coefficients is shape times as large, under Tweedie's it is divided
    // by the dispersion; the scores of the sandwich move likewise, and what is between them stays.
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

Fit fit_response(const FeatureSet &set, Response response, double power, bool robust, Stop stop) {
    const Learner data(set, response, power, robust, stop);
    return with_design(fit_learner(data), data.coding);
}

Fit fit_zero_inflated(const FeatureSet &set, bool robust, Stop stop) {
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
    const Learner first(*reinterpret_cast<const FeatureSet *>(whether.data()), Response::yes_or_no, 0, robust, stop);
    const Learner second(*reinterpret_cast<const FeatureSet *>(how_much.data()), Response::normal, 0, robust, stop);

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
        const bool of_column = fit.status == Status::constant || fit.status == Status::collinear || fit.status == Status::separated;
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
    fit = refused(Status::converged, first.customers, -1, purchases.iterations + spend.iterations);
    fit.log_likelihood = purchases.log_likelihood + spend.log_likelihood + of_logarithms;
    struct Place {
        const Fit *part;
        int index;
    };
    std::vector<Place> places = {{&purchases, 0}, {&spend, 0}, {&spend, 1}};
    for (int i = 1; i < static_cast<int>(purchases.parameters.size()); ++i) places.push_back({&purchases, i});
    for (int i = 2; i < static_cast<int>(spend.parameters.size()); ++i) places.push_back({&spend, i});
    for (std::size_t i = 0; i < places.size(); ++i) {
        fit.parameters.push_back(places[i].part->parameters[static_cast<std::size_t>(places[i].index)]);
        for (std::size_t j = 0; j <= i; ++j)
            fit.covariance.push_back(places[i].part != places[j].part
                                         ? 0
                                         : places[i].part->covariance[static_cast<std::size_t>(
                                               covariance_index(places[i].index, places[j].index))]);
    }
    fit.states.assign(fit.parameters.size(), ParameterState::estimated);
    fit.robust = robust;
    return done();
}

// The registry ---------------------------------------------------------------------------------------------------------

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
    return fit_response(set, response, 1.5, false, stop);
}
Fit fit_of_both(const FeatureSet &set, double, Stop stop) { return fit_zero_inflated(set, false, stop); }

Family make(Kind kind, const char *name, const char *title, const LearningFamily &learning, View<Parameter> parameters,
            Fit (*fit)(const FeatureSet &, double, Stop)) {
    Family family;
    family.learning = &learning;
    family.kind = kind;
    family.name = name;
    family.title = title;
    family.parameters = parameters;
    family.attributes = learning.of_both ? view_of(both) : view_of(any);
    family.fit_attributes = fit;
    family.has_prior = false;
    return family;
}

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

Family make_negbinom() {
    Family family = make(Kind::negbinom, "negbinom", "negative binomial regression", learn_log, view_of(with_theta),
                         fit_of<Response::negbinom>);
    family.limits = view_of(negbinom_limits);
    return family;
}

}  // namespace

namespace linear {
const Family family = make(Kind::linear, "linear", "linear regression", learn_normal, view_of(with_sigma),
                           fit_of<Response::normal>);
}
namespace logistic {
const Family family = make(Kind::logistic, "logistic", "logistic regression", learn_yes_or_no, view_of(intercept),
                           fit_of<Response::yes_or_no>);
}
namespace poisson {
const Family family = make(Kind::poisson, "poisson", "Poisson regression", learn_log, view_of(intercept),
                           fit_of<Response::poisson>);
}
namespace negbinom { const Family family = make_negbinom(); }
namespace gamma {
const Family family = make(Kind::gamma, "gamma", "gamma regression", learn_log, view_of(with_shape), fit_of<Response::gamma>);
}
namespace tweedie {
const Family family = make(Kind::tweedie, "tweedie", "Tweedie regression", learn_log, view_of(with_dispersion),
                           fit_of<Response::tweedie>);
}
namespace ziln {
const Family family = make(Kind::ziln, "ziln", "zero-inflated lognormal", learn_both, view_of(of_both), fit_of_both);
}

}  // namespace cltv
