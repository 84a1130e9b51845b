#include "core/spend/search.hpp"

#include <Eigen/LU>
#include <algorithm>

#include "core/fit/newton.hpp"

namespace cltv::spends {

Sample sample_of(View<SpendCount> base, bool any_sign, Stop stop) {
    Sample sample;
    double known = 0, sum_known = 0;
    bool differs = false;
    const auto reference_of = [any_sign](double first) { return any_sign ? first : std::log(first); };
    const auto tells = [any_sign](double first) { return any_sign ? first != 0 : first > 0; };
    std::size_t i = 0;
    for (const SpendCount &row : base) {
        if ((i++ & 0xFFF) == 0) poll(stop);
        const Spend &spend = row.spend;
        if (tells(spend.first_value)) sample.firsts.push_back(row);
        if (spend.frequency == 0) continue;
        if (!any_sign && !(spend.monetary_value > 0)) {
            sample.skipped += row.count;
            continue;
        }
        if (sample.groups.empty() || sample.groups.back().frequency != spend.frequency)
            sample.groups.push_back({spend.frequency, 0, 0, 0, sample.rows.size(), 0});
        sample.groups.back().n += row.count;
        if (!any_sign) sample.groups.back().log_mean += row.count * std::log(spend.monetary_value);
        sample.rows.push_back(row);
        sample.groups.back().end = sample.rows.size();
        if (sample.customers == 0) sample.least = sample.largest = spend.monetary_value;
        sample.least = std::min(sample.least, spend.monetary_value);
        sample.largest = std::max(sample.largest, spend.monetary_value);
        sample.customers += row.count;
        sample.mean += row.count * spend.monetary_value;
        if (tells(spend.first_value)) {
            known += row.count;
            sum_known += row.count * reference_of(spend.first_value);
        }
        differs = differs || std::fabs(spend.first_value - spend.monetary_value) > 1e-9 * std::fabs(spend.monetary_value);
    }
    if (sample.customers > 0) sample.mean /= sample.customers;

    double sum_firsts = 0;
    for (const SpendCount &row : sample.firsts) {
        sample.n_firsts += row.count;
        sum_firsts += row.count * row.spend.first_value;
    }
    if (sample.n_firsts > 0) sample.mean_first = sum_firsts / sample.n_firsts;

    // Signed amounts are relative to the mean over all customers, to which the population's mean then belongs.
    const double centre = any_sign ? sample.mean_first : known > 0 ? sum_known / known : 0;
    double square = 0, square_firsts = 0;
    sample.told.assign(sample.rows.size(), 0);
    for (Group &group : sample.groups)
        for (std::size_t row = group.begin; row < group.end; ++row)
            if (tells(sample.rows[row].spend.first_value)) {
                const double told = reference_of(sample.rows[row].spend.first_value) - centre;
                sample.told[row] = told;
                group.told += sample.rows[row].count * told;
                square += sample.rows[row].count * told * told;
            }
    for (const SpendCount &row : sample.firsts) {
        const double told = reference_of(row.spend.first_value) - centre;
        square_firsts += row.count * told * told;
    }
    sample.reference = any_sign ? centre : std::exp(centre);
    const double spread = sample.n_firsts > 0 ? std::sqrt(square_firsts) / sample.n_firsts : 0;
    sample.first_error = any_sign ? spread : spread * sample.reference;  // for a geometric mean by the delta method
    const double level = any_sign ? std::fmax(std::fabs(sample.least), std::fabs(sample.largest)) : 1;
    sample.as_first = sample.customers > 0 && !differs;
    sample.with_first = known > 1 && std::sqrt(square / known) > 1e-9 * level;
    return sample;
}

bool settled_without_search(const Sample &sample, int alike_level, Fit &fit) {
    const auto settle = [&](FormNumber form, std::vector<double> parameters, int level, double variance, Status status,
                            double customers) {
        fit = refused(status, customers);
        fit.form = form;
        fit.skipped = sample.skipped;
        fit.log_likelihood = 0;
        fit.parameters = std::move(parameters);
        const int n = static_cast<int>(fit.parameters.size());
        for (int i = 0; i < n; ++i) {
            fit.states.push_back(i == level ? ParameterState::estimated : ParameterState::unidentified);
            for (int j = 0; j <= i; ++j)
                fit.covariance.push_back(i == level && j == level ? variance
                                                                  : std::numeric_limits<double>::quiet_NaN());
        }
    };
    if (sample.customers > 0) {
        if (!sample.is_one_price()) {
            if (!sample.as_first) return false;
            settle(as_first, {sample.mean_first}, 0, sample.first_error * sample.first_error, Status::boundary,
                   sample.customers);
            return true;
        }
        settle(sample.mean == 0 ? free_orders : one_price, {sample.mean}, 0, 0, Status::boundary, sample.customers);
    } else if (sample.skipped > 0) {
        settle(free_orders, {0}, 0, 0, Status::boundary, sample.skipped);
    } else if (sample.n_firsts > 0) {
        // Nothing is known about later purchases except that first ones are the best guess.
        double square = 0;
        for (const SpendCount &row : sample.firsts)
            square += row.count * (row.spend.first_value - sample.mean_first) *
                      (row.spend.first_value - sample.mean_first);
        std::vector<double> parameters(2, std::numeric_limits<double>::quiet_NaN());
        parameters[alike_level] = sample.mean_first;
        settle(customers_alike, parameters, alike_level, square / sample.n_firsts / sample.n_firsts,
               Status::no_repeat_purchases, sample.n_firsts);
    } else {
        fit = refused(Status::no_repeat_purchases, 0);
    }
    return true;
}

template <int N>
Maximum<N> maximise(FunctionRef<Jet<N>(const Variables<N> &)> objective,
                    std::initializer_list<Eigen::Matrix<double, N, 1>> starts) {
    constexpr double radius = 16.1;  // ln 10^7
    Maximum<N> best;
    for (const auto &start : starts) {
        const auto surface = [&](const Eigen::Matrix<double, N, 1> &point) {
            const Jet<N> here = objective(variables_at<N>(point));
            return Surface<N>{here.value, here.gradient, here.hessian};
        };
        const Ascent<N> ascent = newton_ascent<N>(surface, start, *starts.begin(), radius);
        best.iterations += ascent.iterations;
        const double value = ascent.surface.value;
        if (std::isnan(value) || !(value > best.value)) continue;
        best.value = value;
        best.point = ascent.point;
        best.found = ascent.settled && !ascent.escaped;
        if (!best.found) continue;
        best.covariance = (-ascent.surface.hessian).inverse();
        break;
    }
    return best;
}

template <int N>
Fit fit_of(const Maximum<N> &maximum, const std::vector<Jet<N>> &natural, std::initializer_list<Known> beside, int form,
           Status status, const Sample &sample, double log_likelihood, bool prior) {
    Fit fit = refused(status, sample.customers);
    fit.form = form;
    fit.iterations = maximum.iterations;
    fit.skipped = sample.skipped;
    fit.log_likelihood = log_likelihood;
    fit.prior = prior;
    for (const Jet<N> &parameter : natural) fit.parameters.push_back(parameter.value);
    for (const Known &known : beside) fit.parameters.push_back(known.value);
    const int n = static_cast<int>(natural.size()), all = n + static_cast<int>(beside.size());
    fit.states.assign(all, ParameterState::estimated);
    for (int i = 0; i < all; ++i)
        for (int j = 0; j <= i; ++j) {
            double covariance = 0;
            if (i < n) covariance = natural[i].gradient.dot(maximum.covariance * natural[j].gradient);
            if (i >= n && i == j) covariance = beside.begin()[i - n].error * beside.begin()[i - n].error;
            fit.covariance.push_back(covariance);
        }
    return fit;
}

#define CLTV_SEARCH(N)                                                                                             \
    template Maximum<N> maximise<N>(FunctionRef<Jet<N>(const Variables<N> &)>,                                     \
                                    std::initializer_list<Eigen::Matrix<double, N, 1>>);                           \
    template Fit fit_of<N>(const Maximum<N> &, const std::vector<Jet<N>> &, std::initializer_list<Known>, int, Status, \
                           const Sample &, double, bool);
CLTV_SEARCH(1)
CLTV_SEARCH(2)
CLTV_SEARCH(3)
CLTV_SEARCH(4)
#undef CLTV_SEARCH

}  // namespace cltv::spends
