#include "core/contracts/bdw.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/base/jet.hpp"
#include "core/base/log_beta_ratio.hpp"
#include "core/base/shift.hpp"
#include "core/contracts/contract_attributes.hpp"
#include "core/contracts/contract_limits.hpp"
#include "core/contracts/geometric.hpp"
#include "core/contracts/power_time.hpp"
#include "core/fit/matrices.hpp"
#include "core/fit/summit.hpp"

namespace cltv::bdw {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Customers who differ: once the clock is at m, theta of those who are left is Beta(gamma, delta + m) [FHLDS18].
struct BetaClock {
    // Beyond 10^17 times the shapes a share is, to all digits, a power of the ratio of two readings.
    static constexpr double latest = 1e200, farthest = 1e290;
    BetaClock(const double *p, double reading) : gamma(p[0]), delta(p[1]), now(p[1] + reading), tail(p[0]) {}
    double log_share(double n) const { return log_beta_ratio(gamma, now, n); }
    double log_share_late(double log_ratio) const { return -gamma * log_ratio; }
    // Beyond 10^17 times this reading the share is, to all digits, a power of it.
    double scale() const { return (1 + gamma) * (1 + gamma + delta); }

    double gamma, delta, now, tail;
};

// Customers who are all alike: (1 - theta)^n.
struct AlikeClock {
    static constexpr double latest = std::numeric_limits<double>::max(), farthest = latest;
    AlikeClock(const double *p, double) : log_stays(std::log1p(-p[0])) {}
    double log_share(double n) const { return n * log_stays; }
    double log_share_late(double log_ratio) const { return log_ratio > 0 ? -infinity : 0; }
    double scale() const { return -1 / log_stays; }

    double log_stays, tail = infinity;
};

// ln(1 - e^x) for x < 0, accurate where e^x is close to 0 and where it is close to 1.
template <class T>
T log_left(const T &x) {
    using std::exp;
    using std::expm1;
    using std::log;
    using std::log1p;
    return value_of(x) > -0.7 ? log(-expm1(x)) : log1p(-exp(x));
}

// The functions of every form with such a clock; its last parameter is c.
template <class Clock, int Last>
struct Answers {
    static PowerTime<Clock> after(const double *p, double renewals) {
        return {Clock(p, renewals == 0 ? 0 : std::pow(renewals, p[Last])), p[Last], renewals};
    }
    static double survival(const double *p, double periods) { return std::exp(after(p, 0).log_share(periods)); }
    static double churn(const double *p, double renewals) { return -std::expm1(after(p, renewals).log_share(1)); }
    static double retention(const double *p, double period) { return std::exp(after(p, period - 1).log_share(1)); }
    // ln(S(t - 1) - S(t)) for a customer who left, ln S(t) for one who did not.
    static double log_likelihood(const double *p, const Contract &contract) {
        const double renewals = contract.periods - contract.churned, stayed = after(p, 0).log_share(renewals);
        return contract.churned == 0 ? stayed : stayed + log_left(after(p, renewals).log_share(1));
    }
    static double discounted(const double *p, double renewals, double horizon, double rate) {
        return after(p, renewals).sum(horizon, rate);
    }
    static double expected(const double *p, double renewals, double horizon) { return discounted(p, renewals, horizon, 0); }

    static constexpr ContractFamily contract(Shift shift) {
        ContractFamily f;
        f.log_likelihood = log_likelihood;
        f.survival = survival;
        f.churn = churn;
        f.retention = retention;
        f.expected_periods = expected;
        f.discounted_periods = discounted;
        f.shift = shift;
        return f;
    }
};

constexpr ContractFamily contract = Answers<BetaClock, 2>::contract([](const double *p, double churn, double, double *own) {
    shift_beta(p, churn, own);
    own[2] = p[2];
});

constexpr ContractFamily alike = Answers<AlikeClock, 1>::contract([](const double *p, double churn, double, double *own) {
    shift_share(p, churn, own);
    own[1] = p[1];
});

constexpr Parameter parameters[] = {{"gamma"}, {"delta"}, {"c"}}, alike_parameters[] = {{"theta", Domain::share}, {"c"}};

enum { all_alike = 1, at_once_or_never, one_churn_rate };

constexpr Form limits[] = {
    contract_limit("all alike", "All customers are equally likely to leave after the same time: the data show no difference.",
                   view_of(alike_parameters), alike),
    at_once_form(), one_churn_rate_form()};

// Log-likelihood and derivatives over a base sorted by periods. log_share(m, n): ln of the share of those left when the
// clock is at m who are still there at m + n; power: c. The clock's steps are t^c - (t - 1)^c without cancellation. A
// clock so fast that squares of its readings would overflow has no likelihood: the search stays where derivatives
// exist.
template <int N, class LogShare>
Surface<N> surface(View<ContractCount> base, const Jet<N> &power, LogShare &&log_share, Stop stop) {
    using J = Jet<N>;
    constexpr double log_fastest = 230;  // ln 10^100
    J total;
    if (base.size > 0 && !(power.value * std::log(base[base.size - 1].contract.periods) < log_fastest))
        return {std::numeric_limits<double>::quiet_NaN(), total.gradient, total.hessian};
    for (const ContractCount *row = base.begin(); row != base.end();) {
        poll(stop);
        const double t = row->contract.periods;
        double left = 0, stayed = 0;
        for (; row != base.end() && row->contract.periods == t; ++row)
            (row->contract.churned == 0 ? stayed : left) += row->count;
        if (t == 0) continue;

        const J before = t == 1 ? J() : exp(J(std::log(t - 1)) * power);
        const J until = t == 1 ? J() : log_share(J(), before);
        if (left > 0 || t == 1) {
            const J step = t == 1 ? J(1.0) : before * expm1(J(std::log1p(1 / (t - 1))) * power);
            const J here = log_share(before, step);
            if (left > 0) total += J(left) * (until + log_left(here));
            if (stayed > 0) total += J(stayed) * (until + here);
        } else {
            total += J(stayed) * log_share(J(), exp(J(std::log(t)) * power));
        }
    }
    return {total.value, total.gradient, total.hessian};
}

// The clock as a search sees it. A fast clock reads t^c, next to nothing at first and a huge number when most customers
// leave, and delta follows it. So the search is for delta' = delta s^(1 - c) and odds' = odds s^(c - 1), where s is the
// time at which customers typically leave: these are of natural size whatever c is. At c = 1, where the search begins,
// they are delta and the odds themselves.
class ClockScale {
public:
    explicit ClockScale(double log_typical) : log_typical_(log_typical) {}

    template <class T>
    T speed(const T &c) const {  // s^(c - 1)
        using std::exp;
        return exp((c - T(1.0)) * T(log_typical_));
    }

    // Turns the parameters and covariance that the search found into those of the model.
    void to_model(Fit &fit) const {
        if (!fit.usable() || (fit.form != 0 && fit.form != all_alike)) return;
        const int at = fit.form == 0 ? 1 : 0, c = fit.form == 0 ? 2 : 1, n = c + 1;
        double &parameter = fit.parameters[at];
        const double speed = this->speed(fit.parameters[c]);
        double slope, slope_in_c;
        if (fit.form == 0) {
            parameter *= speed;
            slope = speed;
            slope_in_c = parameter * log_typical_;
        } else {
            const double odds = parameter / (1 - parameter) / speed, rest = 1 / (1 + odds);
            slope = rest * rest / speed / ((1 - parameter) * (1 - parameter));
            parameter = odds * rest;
            slope_in_c = -log_typical_ * odds * rest * rest;
        }
        Eigen::MatrixXd jacobian = Eigen::MatrixXd::Identity(n, n), covariance(n, n);
        jacobian(at, at) = slope;
        jacobian(at, c) = slope_in_c;
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j) covariance(i, j) = fit.covariance[covariance_index(i, j)];
        covariance = transformed(jacobian, covariance);
        for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j) fit.covariance[covariance_index(i, j)] = covariance(i, j);
    }

private:
    double log_typical_;
};

// The logarithm of a typical time: the mean number of periods after which customers left.
double log_typical_end(View<ContractCount> base, Stop stop) {
    double total = 0, left = 0;
    std::size_t i = 0;
    for (const ContractCount &row : base) {
        poll_at(i++, stop);
        if (row.contract.churned == 0 || row.contract.periods == 0) continue;
        total += row.count * std::log(row.contract.periods);
        left += row.count;
    }
    return total / left;
}

Surface<3> surface(const Eigen::Vector3d &theta, View<ContractCount> base, const ClockScale &scale, Stop stop) {
    using J = Jet<3>;
    const J gamma = J::variable(theta(0), 0), c = J::variable(theta(2), 2), delta = J::variable(theta(1), 1) * scale.speed(c);
    return surface<3>(base, c, [&](const J &m, const J &n) { return log_beta_ratio<J>(gamma, delta + m, n); }, stop);
}

Surface<2> alike_surface(const Eigen::Vector2d &theta, View<ContractCount> base, const ClockScale &scale, Stop stop) {
    using J = Jet<2>;
    const J c = J::variable(theta(1), 1), stays = -log1p(J::variable(theta(0), 0) / scale.speed(c));  // theta(0): odds'
    return surface<2>(base, c, [&](const J &, const J &n) { return n * stays; }, stop);
}

}  // namespace

Fit fit(View<ContractCount> base, double prior, Stop stop) {
    const geometric::Decisions d(base);
    if (tells_one_rate(d)) return fit_one_rate(one_churn_rate, base, prior, stop);

    const ClockScale scale(log_typical_end(base, stop));
    int iterations = 0;
    const auto climb_from = [&](const Eigen::Vector3d &start, double weight) {
        return climb<3>([&](const Eigen::Vector3d &theta) { return surface(theta, base, scale, stop); }, start,
                        Eigen::Vector3d(1, 1, 1), weight, iterations);
    };
    const auto climb_alike = [&](const Eigen::Vector2d &start, double weight) {
        Summit summit = climb<2>([&](const Eigen::Vector2d &theta) { return alike_surface(theta, base, scale, stop); }, start,
                                 Eigen::Vector2d(1, 1), weight, iterations);
        summit.form = all_alike;
        summit.odds = 1;
        return summit;
    };
    // Each start has the observed share of decisions that were against renewal, and a clock that runs evenly.
    const double share = d.left / d.decisions;
    auto [inside, highest, clear] =
        climb_from_sizes([&](double size) { return climb_from({size * share, size * (1 - share), 1}, 0); });
    if (clear) {
        Fit fit = fit_at(inside, Status::converged, d.customers, iterations);
        scale.to_model(fit);
        return fit;
    }

    std::vector<Summit> summits = {climb_alike({share / (1 - share), 1}, 0)};
    if (d.left == d.left_at_first && d.left < d.customers)
        summits.push_back(share_summit(at_once_or_never, d.left, d.customers));
    for (const Summit &summit : summits)
        if (summit.value > highest.value) highest = summit;
    // Where the likelihood led to the edge of the search region, the search under the prior starts from the middle.
    Fit fit = fit_of(inside, summits, highest, prior, d.customers, iterations, [&](const Summit &summit, double weight) {
        if (summit.form == at_once_or_never) return summit;
        const auto climb_on = [&](const std::vector<double> &theta) {
            return summit.form == all_alike ? climb_alike({theta[0], theta[1]}, weight)
                                            : climb_from({theta[0], theta[1], theta[2]}, weight);
        };
        const Summit there = climb_on(summit.theta);
        if (there.settled) return there;
        return summit.form == all_alike ? climb_on({share / (1 - share), 1, 1}) : climb_on({2 * share, 2 * (1 - share), 1});
    });
    scale.to_model(fit);
    return fit;
}

namespace {

// Attributes move the shapes themselves; their search scales the clock through the coordinates of its form.
const ClockScale natural_clock(0);

class Attributes : public ContractAttributes {
public:
    explicit Attributes(const FeatureSet &set, Stop stop, double log_typical = 0)
        : ContractAttributes(set, stop), log_typical_(log_typical) {}

    AttributeForm form(int number) const override {
        if (number == at_once_or_never || number == one_churn_rate) return share_form();
        AttributeForm form;
        form.size = number == all_alike ? 2 : 3;
        form.odds = number == all_alike ? 1 : 0;
        form.sides[0] = {0, 1, number != all_alike};
        form.clock = form.size - 1;
        form.log_typical = log_typical_;
        return form;
    }

    Surface<4> surface(int form, const double *theta, std::size_t group) override {
        if (form == one_churn_rate) return decisions_surface(*theta, decisions(group));
        if (form == at_once_or_never) return share_surface(*theta, decisions(group).left, decisions(group).customers);
        if (form == all_alike) return widened<2>(alike_surface({theta[0], theta[1]}, contracts(group), natural_clock, stop()));
        return widened<3>(bdw::surface({theta[0], theta[1], theta[2]}, contracts(group), natural_clock, stop()));
    }

    std::vector<AttributeStart> starts() const override {
        const double share = all().left / all().decisions, odds = share / (1 - share);
        std::vector<AttributeStart> starts = {{0, {2 * share, 2 * (1 - share), 1}}, {all_alike, {odds, 1}}};
        add_at_once(at_once_or_never, starts);
        return starts;
    }

private:
    double log_typical_;
};

Fit fit_with_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop) {
    const std::vector<ContractCount> contracts = pooled_contracts(set, stop);
    const View<ContractCount> all{contracts.data(), contracts.size()};
    return fit_attributes(set, fit(all, prior, stop), prior, effects, stop,
                          [&] { return std::make_unique<Attributes>(set, stop, log_typical_end(all, stop)); });
}

}  // namespace

std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop, double log_typical) {
    return std::make_unique<Attributes>(set, stop, log_typical);
}

const Family family = [] {
    Family f;
    f.kind = Kind::bdw;
    f.name = "bdw";
    f.title = "BdW";
    f.meaning = "a customer stays for t periods with the probability (1 - theta)^(t^c), theta ~ Beta(gamma, delta)";
    f.source = "Fader, Hardie, Liu, Davin & Steenburgh 2018";
    f.parameters = view_of(parameters);
    f.contract = &contract;
    f.limits = view_of(limits);
    f.fit_contract = fit;
    f.attributes = view_of(contract_roles);
    f.fit_attributes = fit_with_attributes;
    return f;
}();

}  // namespace cltv::bdw
