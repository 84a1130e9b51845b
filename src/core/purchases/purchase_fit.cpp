#include "core/purchases/purchase_fit.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/fit/maximum_likelihood.hpp"

namespace cltv {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The standard error of a log parameter up to which a maximum is as good as surrounded by the data: limits need no look.
constexpr double clear_error = 1.5;
// Beyond this one (a 95% interval of a factor of 350 to either side) the data do not tell the parameter, and beyond
// twice as much the prior has its full weight.
constexpr double weak_error = 3;
// Log-likelihoods are as high as one another; a hundredth of what half a standard error gains.
constexpr double as_high = 0.01;
// The prior: the logarithm of each parameter is normal around its natural size (1 for shapes and odds, the mean time
// between purchases or the mean tenure for times) with a standard deviation of ln 1000. Its information, 1/48, is
// less than that of a single customer where the data speak.
constexpr double prior_precision = 1 / (6.907755 * 6.907755);

// Where a search for the maximum of one form ended; theta is in the search's terms, by odds where the form has them.
struct Summit {
    int form = 0, n = 0;
    double theta[4] = {};
    double value = -infinity;  // of the log-likelihood alone
    Eigen::MatrixXd covariance;  // of the logarithms of theta
    bool settled = false;
    double error = infinity;  // the largest standard error of a logarithm
    int subject = 0;
};

class Climber {
public:
    Climber(View<CustomerCount> customers, const PurchaseSearch &search, double count, double purchases, double time,
            Stop stop)
        : search_(search), base_(customers, stop), table_(std::make_unique<TwoTermTable>()), stop_(stop),
          between_(time / purchases), tenure_(search.departure_times ? time / count : 1) {}

    int iterations() const { return iterations_; }

    // start: in natural sizes. weight: of the prior.
    Summit climb(int form, std::initializer_list<double> start, double weight = 0) {
        std::vector<double> theta(start);
        for (std::size_t i = 0; i < theta.size(); ++i) theta[i] *= size_of(form, static_cast<int>(i));
        return climb_from(form, theta.data(), weight);
    }

    Summit climb_from(int form, const double *theta, double weight) {
        switch (search_.forms[form].size()) {
            case 1: return climb<1>(form, theta, weight);
            case 2: return climb<2>(form, theta, weight);
            case 3: return climb<3>(form, theta, weight);
            default: return climb<4>(form, theta, weight);
        }
    }

    double between() const { return between_; }
    double tenure() const { return tenure_; }

private:
    // The natural size of parameter i of a form.
    double size_of(int form, int i) const {
        const SearchedForm &searched = search_.forms[form];
        if (i < searched.n_first) return searched.n_first == 1 ? 1 / between_ : i == 1 ? between_ : 1;
        if (!search_.departure_times || searched.odds) return 1;
        return searched.n_last == 1 ? 1 / tenure_ : i == searched.n_first + 1 ? tenure_ : 1;
    }

    template <int N>
    Summit climb(int form, const double *theta, double weight) {
        using Vector = Eigen::Matrix<double, N, 1>;
        using Matrix = Eigen::Matrix<double, N, N>;
        constexpr double max_log_ratio = 16.1;  // ln 10^7
        const SearchedForm &searched = search_.forms[form];
        Vector start, centre;
        for (int i = 0; i < N; ++i) {
            start(i) = std::log(theta[i]);
            centre(i) = std::log(size_of(form, i));
        }
        const auto surface = [&](const Vector &rho) {
            const Vector natural = rho.array().exp();
            const Surface<4> full = searched.surface(natural.data(), base_, *table_, stop_);
            Surface<N> part;
            part.value = full.value;
            for (int i = 0; i < N; ++i) {
                part.gradient(i) = full.gradient(searched.place(i));
                for (int j = 0; j < N; ++j)
                    part.hessian(i, j) = full.hessian(searched.place(i), searched.place(j));
            }
            part = in_logarithms<N>(part, natural);
            if (weight == 0) return part;
            const Vector distance = rho - centre;
            part.value -= weight * prior_precision / 2 * distance.squaredNorm();
            part.gradient -= weight * prior_precision * distance;
            part.hessian.diagonal().array() -= weight * prior_precision;
            return part;
        };
        const Ascent<N> ascent = newton_ascent<N>(surface, start, centre, max_log_ratio);
        iterations_ += ascent.iterations;

        Summit summit;
        summit.form = form;
        summit.n = N;
        for (int i = 0; i < N; ++i) summit.theta[i] = std::exp(ascent.point(i));
        summit.value = ascent.surface.value +
                       (weight == 0 ? 0 : weight * prior_precision / 2 * (ascent.point - centre).squaredNorm());
        if (!std::isfinite(summit.value)) summit.value = -infinity;
        summit.settled = ascent.settled && !ascent.escaped && std::isfinite(summit.value);
        if (!summit.settled) return summit;
        const Matrix covariance = (-ascent.surface.hessian).inverse();
        summit.covariance = covariance;
        summit.error = std::sqrt(covariance.diagonal().maxCoeff(&summit.subject));
        return summit;
    }

    const PurchaseSearch &search_;
    TwoTermBase base_;
    std::unique_ptr<TwoTermTable> table_;
    Stop stop_;
    double between_, tenure_;
    int iterations_ = 0;
};

// The model at a summit.
Fit fit_at(const Summit &summit, const PurchaseSearch &search, Status status, double count, int iterations) {
    Fit fit = refused(status, count, status == Status::weak ? summit.subject : -1, iterations);
    fit.form = summit.form;
    fit.log_likelihood = summit.value;
    double slope[4];
    for (int i = 0; i < summit.n; ++i) {
        double value = slope[i] = summit.theta[i];
        if (search.forms[summit.form].odds && i == summit.n - 1) {
            value /= 1 + summit.theta[i];
            slope[i] = value / (1 + summit.theta[i]);
        }
        fit.parameters.push_back(value);
        fit.states.push_back(ParameterState::estimated);
        for (int j = 0; j <= i; ++j) fit.covariance.push_back(slope[i] * slope[j] * summit.covariance(i, j));
    }
    return fit;
}

// Without a repeat purchase no form differs from one rate of purchases, and the likelihood e^(-lambda time) is largest
// at 0. The posterior of lambda under the prior that any unit of time suggests alike, 1/sqrt(lambda) (Jeffreys 1946), is
// Gamma(1/2, time): its mean and variance bound the rate.
Fit fit_without_purchases(double count, double time, double prior) {
    Fit fit = refused(Status::no_repeat_purchases, count);
    if (prior == 0 || time == 0) return fit;
    fit.form = PurchaseSearch::one_rate_nobody_leaves;
    fit.prior = true;
    const double rate = 0.5 / time;
    fit.log_likelihood = -rate * time;
    fit.parameters = {rate};
    fit.states = {ParameterState::estimated};
    fit.covariance = {0.5 / (time * time)};
    return fit;
}

}  // namespace

Fit fit_purchases(View<CustomerCount> customers, const PurchaseSearch &search, double prior, Stop stop) {
    using S = PurchaseSearch;
    double count = 0, purchases = 0, time = 0;
    for (const CustomerCount &row : customers) {
        count += row.count;
        purchases += row.count * row.customer.frequency;
        time += row.count * row.customer.tenure;
    }
    if (purchases == 0) return fit_without_purchases(count, time, prior);
    if (customers.size == 1) return refused(Status::identical_customers, count);

    Climber climber(customers, search, count, purchases, time, stop);
    const auto searched = [&](int form) { return search.forms[form].surface != nullptr; };
    const auto finish = [&](const Summit &summit, Status status) {
        return fit_at(summit, search, status, count, climber.iterations());
    };

    // Within the family. The starts: many customers leave, few do, customers are much alike. Each has the mean rate of
    // purchases of the base.
    Summit inside, highest;
    const auto look = [&](const Summit &summit) {
        if (summit.value > highest.value) highest = summit;
        Summit &best = inside;
        if (summit.form == S::within && summit.settled && !(summit.value <= best.value)) best = summit;
    };
    const std::initializer_list<double> chance_starts[] = {{0.5, 0.5, 1, 2}, {1, 1, 0.5, 5}, {3, 3, 3, 3}};
    const std::initializer_list<double> time_starts[] = {{0.5, 0.5, 0.5, 0.5}, {1, 1, 0.5, 2}, {3, 3, 3, 3}};
    const std::initializer_list<double> rate_starts[] = {{1, 1}, {0.3, 0.3}, {3, 3}};
    for (int i = 0; i < 3; ++i) {
        const double before = highest.value;
        const Summit summit = climber.climb(S::within, search.forms[S::within].n_last == 0 ? rate_starts[i]
                                                       : search.departure_times            ? time_starts[i]
                                                                                           : chance_starts[i]);
        look(summit);
        if (!summit.settled || summit.value < before - as_high) continue;
        if (summit.error <= clear_error) return finish(summit, Status::converged);
        if (summit.error <= weak_error) break;
    }

    // At the limits, from the simplest to those with more parameters. Where customers do not order alike by far, limits
    // of that kind are left out.
    std::vector<Summit> limits;
    const auto visit = [&](int form, std::initializer_list<double> start) {
        if (!searched(form)) return -infinity;
        limits.push_back(climber.climb(form, start));
        look(limits.back());
        return limits.back().value;
    };
    const double leave = search.departure_times ? 0.3 : 0.1;
    double best = visit(S::nobody_leaves, {1, 1});
    best = std::fmax(best, visit(S::one_leaving, {1, 1, leave}));
    best = std::fmax(best, visit(S::at_once_or_never, {1, 1, 0.1}));
    const double alike = std::fmax(visit(S::one_rate_nobody_leaves, {1}),
                                   std::fmax(visit(S::one_rate, {1, 0.5, 2}),
                                             std::fmax(visit(S::one_rate_one_leaving, {1, leave}),
                                                       visit(S::one_rate_at_once_or_never, {1, 0.1}))));
    best = std::fmax(best, alike);

    // A limit whose maximum is settled; of those as high as one another that with the fewest parameters.
    const Summit *limit = nullptr;
    for (const Summit &summit : limits) {
        if (!summit.settled) continue;
        const bool higher = limit == nullptr || summit.value > limit->value + as_high;
        const bool simpler = limit != nullptr && summit.value > limit->value - as_high && summit.n < limit->n;
        if (higher || simpler) limit = &summit;
    }
    // The likelihood may rise from a limit to the inside: a search that begins next to it tells.
    if (limit != nullptr && !(inside.value > limit->value + as_high)) {
        const double *t = limit->theta, alike_shape = 4;
        const bool gamma_rates = search.forms[limit->form].n_first == 2;
        const double r = gamma_rates ? t[0] : alike_shape, alpha = gamma_rates ? t[1] : alike_shape / t[0];
        const double *d = t + search.forms[limit->form].n_first;
        double a = 0.05, b = 1 * climber.tenure();
        switch (limit->form) {
            case S::one_leaving:
            case S::one_rate_one_leaving: a = alike_shape, b = alike_shape / d[0]; break;
            case S::at_once_or_never:
            case S::one_rate_at_once_or_never: a = 0.05 * d[0], b = 0.05 * climber.tenure(); break;
            case S::one_rate: a = d[0], b = d[1]; break;
            default: break;
        }
        const double start[4] = {r, alpha, a, b};
        look(climber.climb_from(S::within, start, 0));
    }

    const Summit *chosen = limit;
    if (limit == nullptr || inside.value > limit->value + as_high) chosen = &inside;
    // An end that no search could settle, but is higher: the prior holds it.
    Summit held = *chosen;
    double weight = 0;
    if (highest.value > held.value + as_high) {
        held = highest;
        weight = 1;
    } else if (held.error > weak_error) {
        const double share = std::fmin((held.error - weak_error) / weak_error, 1);
        weight = share * share * (3 - 2 * share);
    }
    weight *= prior;
    if (weight == 0) {
        if (!held.settled) held = *chosen;
        if (!held.settled) return refused(Status::not_converged, count, -1, climber.iterations());
        return finish(held, held.error > weak_error ? Status::weak
                            : held.form == 0        ? Status::converged
                                                    : Status::boundary);
    }
    const int subject = held.subject;
    const Summit under_prior = climber.climb_from(held.form, held.theta, weight);
    if (!under_prior.settled) {
        if (chosen->settled) return finish(*chosen, chosen->form == 0 ? Status::converged : Status::boundary);
        return refused(Status::not_converged, count, -1, climber.iterations());
    }
    Fit fit = finish(under_prior, Status::weak);
    if (held.settled) fit.subject = subject;
    fit.prior = true;
    return fit;
}

}  // namespace cltv
