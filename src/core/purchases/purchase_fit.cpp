#include "core/purchases/purchase_search.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <memory>
#include <vector>

#include "core/fit/logarithms.hpp"
#include "core/fit/summit.hpp"

namespace cltv {

namespace {

// Of many customers an evenly spaced part, with counts to match: customers are in order of frequency, recency and
// tenure, so the part is representative, and its likelihood has its maximum near that of all.
std::vector<CustomerCount> thinned(View<CustomerCount> customers) {
    constexpr std::size_t enough = 20000;
    std::vector<CustomerCount> some;
    if (customers.size < 3 * enough) return some;
    const std::size_t every = customers.size / enough;
    some.reserve(customers.size / every + 1);
    for (std::size_t i = every / 2; i < customers.size; i += every) {
        some.push_back(customers[i]);
        some.back().count *= static_cast<double>(every);
    }
    return some;
}

class Climber {
public:
    Climber(View<CustomerCount> customers, const PurchaseSearch &search, double count, double purchases, double time,
            Stop stop)
        : search_(search), base_(customers, stop, {nullptr, 0}, search.k), some_(thinned(customers)),
          thin_({some_.data(), some_.size()}, stop, {nullptr, 0}, search.k), table_(new TwoTermTable), stop_(stop),
          between_(time / purchases), tenure_(search.departure_times ? time / count : 1) {}

    int iterations = 0;

    // start: in natural sizes. least: lower maxima than this are of no interest; a start whose likelihood among some of
    // the customers is far below it is not climbed from.
    Summit climb(int form, std::initializer_list<double> start, double least = -std::numeric_limits<double>::infinity()) {
        std::vector<double> theta(start);
        for (std::size_t i = 0; i < theta.size(); ++i) theta[i] *= size_of(form, static_cast<int>(i));
        return climb_from(form, theta.data(), 0, least);
    }

    // weight: of the prior.
    Summit climb_from(int form, const double *theta, double weight, double least = -std::numeric_limits<double>::infinity()) {
        switch (search_.forms[form].size()) {
            case 1: return climb_n<1>(form, theta, weight, least);
            case 2: return climb_n<2>(form, theta, weight, least);
            case 3: return climb_n<3>(form, theta, weight, least);
            default: return climb_n<4>(form, theta, weight, least);
        }
    }

    // Climbs within the family from a point next to a limit.
    Summit climb_beside(const Summit &limit) {
        constexpr double alike = 4, hardly = 0.05;  // shapes with little spread, and for departures that hardly occur
        using S = PurchaseSearch;
        const double *t = limit.theta.data();
        const bool gamma_rates = search_.forms[limit.form].n_first == 2;
        const double *d = t + search_.forms[limit.form].n_first;
        double a = hardly, b = tenure_;
        if (limit.form == S::one_leaving || limit.form == S::one_rate_one_leaving) a = alike, b = alike / d[0];
        if (limit.form == S::at_once_or_never || limit.form == S::one_rate_at_once_or_never)
            a = hardly * d[0], b = hardly * tenure_;
        if (limit.form == S::one_rate) a = d[0], b = d[1];
        const double start[4] = {gamma_rates ? t[0] : alike, gamma_rates ? t[1] : alike / t[0], a, b};
        return climb_from(S::within, start, 0);
    }

private:
    // The natural size of parameter i of a form.
    double size_of(int form, int i) const {
        const SearchedForm &searched = search_.forms[form];
        if (i < searched.n_first) return searched.n_first == 1 ? 1 / between_ : i == 1 ? between_ : 1;
        if (!search_.departure_times || searched.odds) return 1;
        return searched.n_last == 1 ? 1 / tenure_ : i == searched.n_first + 1 ? tenure_ : 1;
    }

    template <int N>
    Surface<N> surface(int form, const Eigen::Matrix<double, N, 1> &natural, const TwoTermBase &base) {
        const SearchedForm &searched = search_.forms[form];
        const Surface<4> full = searched.surface(natural.data(), base, {0, base.size()}, *table_, stop_);
        Surface<N> part;
        part.value = full.value;
        for (int i = 0; i < N; ++i) {
            part.gradient(i) = full.gradient(searched.place(i));
            for (int j = 0; j < N; ++j) part.hessian(i, j) = full.hessian(searched.place(i), searched.place(j));
        }
        return part;
    }

    template <int N>
    Summit climb_n(int form, const double *theta, double weight, double least) {
        using Vector = Eigen::Matrix<double, N, 1>;
        Vector size;
        for (int i = 0; i < N; ++i) size(i) = size_of(form, i);
        // At the start of a climb, whose point has been through logarithms and back, the surface may be known already.
        Surface<N> known;
        Vector known_at = Vector::Constant(std::numeric_limits<double>::quiet_NaN());  // no point, not even 0, equals it
        const auto climb_in = [&](const TwoTermBase &base, const Vector &start) {
            return cltv::climb<N>(
                [&](const Vector &natural) {
                    return &base == &base_ && natural == known_at ? known : surface<N>(form, natural, base);
                },
                start, size, weight, iterations);
        };
        Vector start = Eigen::Map<const Vector>(theta);
        if (thin_.size() > 0 && weight == 0) {
            const Summit near = climb_in(thin_, start);
            if (std::isfinite(near.value)) start = Eigen::Map<const Vector>(near.theta.data());
            if (near.settled) {
                const Vector logarithms = start.array().log();
                known_at = logarithms.array().exp();
                known = surface<N>(form, known_at, base_);
                if (is_far_below<N>(known, known_at, least)) return of_form(Summit(), form);
            }
        }
        return of_form(climb_in(base_, start), form);
    }

    Summit of_form(Summit summit, int form) const {
        summit.form = form;
        const SearchedForm &searched = search_.forms[form];
        if (searched.odds) summit.odds = 1u << (searched.size() - 1);
        return summit;
    }

    // Whether the maximum near a point where the likelihood is concave is certainly below a value: the Newton decrement
    // is twice the gain that is left.
    template <int N>
    static bool is_far_below(const Surface<N> &natural, const Eigen::Matrix<double, N, 1> &theta, double least) {
        constexpr double margin = 10;
        if (!(natural.value + margin < least)) return false;
        const Surface<N> here = in_logarithms<N>(natural, theta);
        const Eigen::LLT<Eigen::Matrix<double, N, N>> curvature(-here.hessian);
        return curvature.info() == Eigen::Success &&
               here.value + margin * (1 + here.gradient.dot(curvature.solve(here.gradient))) < least;
    }

    const PurchaseSearch &search_;
    TwoTermBase base_;
    std::vector<CustomerCount> some_;
    TwoTermBase thin_;  // a part of many customers; empty for few
    std::unique_ptr<TwoTermTable> table_;
    Stop stop_;
    double between_, tenure_;
};

// Without repeat purchases no form differs from one rate of purchases, and the likelihood e^(-lambda time) is largest
// at 0. The posterior of lambda under the prior that does not depend on the unit of time, 1/sqrt(lambda) (Jeffreys
// 1946), is Gamma(1/2, time): the fit is its mean and variance.
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

// Many customers leave, few do, customers are much alike; each with the mean rate of purchases of the base.
const std::initializer_list<double> chance_starts[] = {{0.5, 0.5, 1, 2}, {1, 1, 0.5, 5}, {3, 3, 3, 3}};
const std::initializer_list<double> time_starts[] = {{0.5, 0.5, 0.5, 0.5}, {1, 1, 0.5, 2}, {3, 3, 3, 3}};
const std::initializer_list<double> rate_starts[] = {{1, 1}, {0.3, 0.3}, {3, 3}};

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
    Summit inside, highest;
    const auto look = [&](const Summit &summit) {
        if (summit.value > highest.value || highest.theta.empty()) highest = summit;
        if (summit.form == S::within && summit.settled && summit.value > inside.value) inside = summit;
    };
    const auto &starts = search.forms[S::within].n_last == 0 ? rate_starts
                         : search.departure_times            ? time_starts
                                                             : chance_starts;
    for (const std::initializer_list<double> &start : starts) {
        const double before = highest.value;
        const Summit summit = climber.climb(S::within, start);
        look(summit);
        if (!summit.settled || is_higher(before, summit.value)) continue;
        if (summit.error <= clear_error) return fit_at(summit, Status::converged, count, climber.iterations);
        if (summit.error <= weak_error) break;
    }

    std::vector<Summit> limits;
    double settled = inside.value;  // the highest maximum so far
    const auto visit = [&](int form, std::initializer_list<double> start) {
        if (search.forms[form].surface == nullptr) return;
        limits.push_back(climber.climb(form, start, settled));
        look(limits.back());
        if (limits.back().settled) settled = std::fmax(settled, limits.back().value);
    };
    const double leave = search.departure_times ? 0.3 : 0.1;
    visit(S::nobody_leaves, {1, 1});
    visit(S::one_leaving, {1, 1, leave});
    visit(S::at_once_or_never, {1, 1, 0.1});
    visit(S::one_rate_nobody_leaves, {1});
    visit(S::one_rate, {1, 0.5, 2});
    visit(S::one_rate_one_leaving, {1, leave});
    visit(S::one_rate_at_once_or_never, {1, 0.1});
    // The likelihood may rise from the limit into the family.
    const Summit *const limit = best_limit(limits);
    if (limit != nullptr && search.forms[S::within].n_last > 0 && !is_higher(inside.value, limit->value))
        look(climber.climb_beside(*limit));

    return fit_of(inside, limits, highest, prior, count, climber.iterations, [&](const Summit &summit, double weight) {
        return climber.climb_from(summit.form, summit.theta.data(), weight);
    });
}

}  // namespace cltv
