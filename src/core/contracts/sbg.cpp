#include "core/contracts/sbg.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/base/beta_lifetime.hpp"
#include "core/base/shift.hpp"
#include "core/base/special.hpp"
#include "core/contracts/contract_attributes.hpp"
#include "core/contracts/contract_limits.hpp"
#include "core/contracts/geometric.hpp"
#include "core/fit/summit.hpp"

namespace cltv::sbg {

namespace {

// As named in [FH07].
struct Parameters {
    explicit Parameters(const double *p) : alpha(p[0]), beta(p[1]) {}
    double alpha, beta;
};

// S(t) = B(alpha, beta + t)/B(alpha, beta) [FH07, eq. 6].
double survival(const double *parameters, double periods) {
    const Parameters p(parameters);
    return std::exp(log_survival(p.alpha, p.beta, periods));
}

double churn(const double *parameters, double renewals) {
    const Parameters p(parameters);
    return p.alpha / (p.alpha + p.beta + renewals);
}

double retention(const double *parameters, double period) {
    const Parameters p(parameters);
    return (p.beta + (period - 1)) / (p.alpha + p.beta + (period - 1));
}

// ln P(T = t) = ln S(t - 1) + ln(alpha/(alpha + beta + t - 1)) for a customer who left [FH07, eq. 5], ln S(t) for one
// who did not.
double log_likelihood(const double *parameters, const Contract &contract) {
    const Parameters p(parameters);
    const double renewals = contract.periods - contract.churned;
    const double stayed = log_survival(p.alpha, p.beta, renewals);
    return contract.churned == 0 ? stayed : stayed - std::log1p((p.beta + renewals) / p.alpha);
}

double expected(const double *parameters, double renewals, double horizon) {
    const Parameters p(parameters);
    return expected_periods(p.alpha, p.beta + renewals, horizon);
}

// For an infinite horizon this is the discounted expected residual lifetime of [FH10], valued just before the next
// decision.
double discounted(const double *parameters, double renewals, double horizon, double rate) {
    const Parameters p(parameters);
    return discounted_periods(p.alpha, p.beta + renewals, horizon, rate);
}

constexpr ContractFamily contract = [] {
    ContractFamily f;
    f.log_likelihood = log_likelihood;
    f.survival = survival;
    f.churn = churn;
    f.retention = retention;
    f.expected_periods = expected;
    f.discounted_periods = discounted;
    f.shift = [](const double *p, double churn, double, double *own) { shift_beta(p, churn, own); };
    return f;
}();

constexpr Parameter parameters[] = {{"alpha"}, {"beta"}};

enum { one_churn_rate = 1, at_once_or_never };

constexpr Form limits[] = {one_churn_rate_form(), at_once_form()};

// Log-likelihood, gradient and Hessian over a base sorted by periods. In rising factorials a customer who left after t
// periods has alpha (beta)_(t-1)/(alpha + beta)_t, one who is still there has (beta)_t/(alpha + beta)_t.
Surface<2> surface(const Eigen::Vector2d &theta, View<ContractCount> base, Stop stop) {
    enum { alpha, beta };
    const Parameters p(theta.data());
    const double log_alpha = std::log(p.alpha);
    RisingLog rising_beta(p.beta), rising_both(p.alpha + p.beta);
    Surface<2> total{0, Eigen::Vector2d::Zero(), Eigen::Matrix2d::Zero()};
    Eigen::Vector2d &g = total.gradient;
    Eigen::Matrix2d &H = total.hessian;
    const auto add_beta = [&](double n) {
        total.value += n * rising_beta.value();
        g(beta) += n * rising_beta.first();
        H(beta, beta) += n * rising_beta.second();
    };

    for (const ContractCount *row = base.begin(); row != base.end();) {
        poll(stop);
        const double t = row->contract.periods;
        double left = 0, stayed = 0;
        for (; row != base.end() && row->contract.periods == t; ++row)
            (row->contract.churned == 0 ? stayed : left) += row->count;
        if (t == 0) continue;

        rising_beta.advance(t - 1);
        add_beta(left);
        rising_beta.advance(t);
        add_beta(stayed);
        rising_both.advance(t);
        const double n = left + stayed, first = n * rising_both.first(), second = n * rising_both.second();
        total.value += left * log_alpha - n * rising_both.value();
        g(alpha) += left / p.alpha - first;
        g(beta) -= first;
        H(alpha, alpha) -= left / (p.alpha * p.alpha) + second;
        H(beta, alpha) -= second;
        H(beta, beta) -= second;
    }
    H = H.selfadjointView<Eigen::Lower>();
    return total;
}

}  // namespace

Fit fit(View<ContractCount> base, double prior, Stop stop) {
    const geometric::Decisions d(base);
    if (tells_one_rate(d)) return fit_one_rate(one_churn_rate, base, prior, stop);

    int iterations = 0;
    const auto climb_from = [&](const Eigen::Vector2d &start, double weight) {
        return climb<2>([&](const Eigen::Vector2d &theta) { return surface(theta, base, stop); }, start,
                        Eigen::Vector2d(1, 1), weight, iterations);
    };
    // Each start has the observed share of decisions that were against renewal.
    const Eigen::Vector2d shares(d.left / d.decisions, 1 - d.left / d.decisions);
    auto [inside, highest, clear] = climb_from_sizes([&](double size) { return climb_from(size * shares, 0); });
    if (clear) return fit_at(inside, Status::converged, d.customers, iterations);

    // The maxima of the limits are known: shares of decisions.
    std::vector<Summit> summits = {share_summit(one_churn_rate, d.left, d.decisions)};
    if (d.left == d.left_at_first && d.left < d.customers)
        summits.push_back(share_summit(at_once_or_never, d.left, d.customers));
    for (const Summit &summit : summits)
        if (summit.value > highest.value) highest = summit;
    return fit_of(inside, summits, highest, prior, d.customers, iterations, [&](const Summit &summit, double weight) {
        return summit.form == 0 ? climb_from({summit.theta[0], summit.theta[1]}, weight) : summit;
    });
}

namespace {

class Attributes : public ContractAttributes {
public:
    using ContractAttributes::ContractAttributes;

    AttributeForm form(int number) const override {
        if (number != 0) return share_form();
        AttributeForm form;
        form.size = 2;
        form.sides[0] = {0, 1, true};
        return form;
    }

    Surface<4> surface(int form, const double *theta, std::size_t group) override {
        if (form == one_churn_rate) return decisions_surface(*theta, decisions(group));
        if (form == at_once_or_never) return share_surface(*theta, decisions(group).left, decisions(group).customers);
        return widened<2>(sbg::surface({theta[0], theta[1]}, contracts(group), stop()));
    }

    std::vector<AttributeStart> starts() const override {
        const double share = all().left / all().decisions;
        std::vector<AttributeStart> starts = {{0, {2 * share, 2 * (1 - share)}}, {one_churn_rate, {share / (1 - share)}}};
        add_at_once(at_once_or_never, starts);
        return starts;
    }
};

}  // namespace

std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop) {
    return std::make_unique<Attributes>(set, stop);
}

const Family family = [] {
    Family f;
    f.kind = Kind::sbg;
    f.name = "sbg";
    f.title = "sBG";
    f.meaning = "customers' probabilities to leave at a renewal are Beta(alpha, beta)";
    f.source = "Fader & Hardie 2007";
    f.parameters = view_of(parameters);
    f.contract = &contract;
    f.limits = view_of(limits);
    f.fit_contract = fit;
    f.attributes = view_of(contract_roles);
    f.fit_attributes = fit_contract_attributes<Attributes, fit>;
    return f;
}();

}  // namespace cltv::sbg
