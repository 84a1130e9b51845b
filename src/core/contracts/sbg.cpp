#include "core/contracts/sbg.hpp"

#include <cmath>

#include "core/base/beta_lifetime.hpp"
#include "core/base/special.hpp"
#include "core/fit/maximum_likelihood.hpp"

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
    return f;
}();

constexpr Parameter parameters[] = {{"alpha"}, {"beta"}};

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

const Family family = [] {
    Family f;
    f.kind = Kind::sbg;
    f.name = "sbg";
    f.title = "sBG";
    f.parameters = view_of(parameters);
    f.contract = &contract;
    return f;
}();

Fit fit(View<ContractCount> base, Stop stop) {
    double customers = 0, left = 0, decisions = 0;
    int distinct = 0;
    bool repeated = false;  // somebody was seen to decide twice
    for (const ContractCount &row : base) {
        if (row.contract.periods == 0) continue;
        customers += row.count;
        left += row.count * row.contract.churned;
        decisions += row.count * row.contract.periods;
        distinct += distinct < 2;
        repeated = repeated || row.contract.periods > 1;
    }
    if (customers < min_customers) return refused(Status::too_few_customers, customers);
    if (left == 0) return refused(Status::nobody_churned, customers);
    if (distinct == 1) return refused(Status::identical_customers, customers);
    // One share tells a mean of theta, and nothing of how customers differ.
    if (!repeated) return refused(Status::ridge, customers, 0);

    // Each start has the mean share of decisions that were made against renewal.
    const Eigen::Vector2d shares(left / decisions, 1 - left / decisions);
    return maximum_likelihood<2>([&](const Eigen::Vector2d &theta) { return surface(theta, base, stop); },
                                 Eigen::Vector2d(1, 1), customers,
                                 {Eigen::Vector2d(2 * shares), Eigen::Vector2d(0.5 * shares), Eigen::Vector2d(20 * shares)});
}

}  // namespace cltv::sbg
