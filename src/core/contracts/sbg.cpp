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

// ln P(T = t) = ln S(t - 1) + ln(alpha/(alpha + beta + t - 1)) of who left [FH07, eq. 5], ln S(t) of who did not.
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

// Over an infinite horizon the discounted expected residual lifetime of [FH10], valued just before the next
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
    // One share tells a mean of theta, and nothing of how customers differ; neither do renewals alone.
    if (d.left == 0 || d.left == d.decisions || !d.repeated) {
        Fit fit = geometric::fit(base, prior, stop);
        if (!fit.usable()) return fit;
        fit.form = one_churn_rate;
        if (fit.status == Status::converged) fit.status = Status::boundary;
        return fit;
    }

    int iterations = 0;
    const auto climb_from = [&](const Eigen::Vector2d &start, double weight) {
        return climb<2>([&](const Eigen::Vector2d &theta) { return surface(theta, base, stop); }, start,
                        Eigen::Vector2d(1, 1), weight, iterations);
    };
    // Each start has the mean share of decisions that were made against renewal.
    const Eigen::Vector2d shares(d.left / d.decisions, 1 - d.left / d.decisions);
    Summit inside, highest;
    for (const double size : {2.0, 0.5, 20.0}) {
        const double before = highest.value;
        const Summit summit = climb_from(size * shares, 0);
        if (summit.value > highest.value || highest.theta.empty()) highest = summit;
        if (summit.settled && summit.value > inside.value) inside = summit;
        if (!summit.settled || is_higher(before, summit.value)) continue;
        if (summit.error <= clear_error) return fit_at(summit, Status::converged, d.customers, iterations);
        if (summit.error <= weak_error) break;
    }

    // The limits' maxima are known: shares of decisions.
    std::vector<Summit> summits;
    const auto visit = [&](int form, double left, double all) {
        const Summit summit = share_summit(form, left, all);
        if (summit.value > highest.value) highest = summit;
        summits.push_back(summit);
    };
    visit(one_churn_rate, d.left, d.decisions);
    if (d.left == d.left_at_first && d.left < d.customers) visit(at_once_or_never, d.left, d.customers);
    return fit_of(inside, summits, highest, prior, d.customers, iterations, [&](const Summit &summit, double weight) {
        return summit.form == 0 ? climb_from({summit.theta[0], summit.theta[1]}, weight) : summit;
    });
}

namespace {

class Attributes : public ContractAttributes {
public:
    Attributes(const FeatureSet &set, Stop stop) : ContractAttributes(set, stop), stop_(stop) {
        for (std::size_t group = 0; group < groups(); ++group) {
            const geometric::Decisions &d = decisions(group);
            left_ += d.left;
            decisions_ += d.decisions;
            customers_ += d.customers;
            left_at_first_ += d.left_at_first;
        }
    }

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
        return widened<2>(sbg::surface({theta[0], theta[1]}, contracts(group), stop_));
    }

    std::vector<AttributeStart> starts() const override {
        const double share = left_ / decisions_;
        std::vector<AttributeStart> starts = {{0, {2 * share, 2 * (1 - share)}}, {one_churn_rate, {share / (1 - share)}}};
        if (left_ == left_at_first_ && left_ < customers_)
            starts.push_back({at_once_or_never, {left_ / (customers_ - left_)}});
        return starts;
    }

private:
    Stop stop_;
    double left_ = 0, decisions_ = 0, customers_ = 0, left_at_first_ = 0;
};

Fit fit_attributes(const FeatureSet &set, double prior, Stop stop) {
    const std::vector<ContractCount> contracts = pooled_contracts(set, stop);
    return cltv::fit_attributes(set, fit({contracts.data(), contracts.size()}, prior, stop), prior, stop,
                                [&] { return std::make_unique<Attributes>(set, stop); });
}

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
    f.fit_attributes = fit_attributes;
    return f;
}();

}  // namespace cltv::sbg
