#include "core/contracts/contract_limits.hpp"

#include <cmath>

#include "core/base/shift.hpp"

namespace cltv {

namespace {

double survival(const double *p, double periods) { return periods == 0 ? 1 : 1 - p[0]; }
double churn(const double *p, double renewals) { return renewals == 0 ? p[0] : 0; }
double retention(const double *p, double period) { return 1 - churn(p, period - 1); }
double log_likelihood(const double *p, const Contract &contract) {
    const double renewals = contract.periods - contract.churned;
    return (renewals == 0 ? 0 : std::log1p(-p[0])) + (contract.churned == 0 ? 0 : std::log(churn(p, renewals)));
}
double discounted(const double *p, double renewals, double horizon, double rate) {
    if (horizon == 0) return 0;
    const double factor = -std::log1p(rate), periods = rate == 0 ? horizon : std::expm1(horizon * factor) / std::expm1(factor);
    return retention(p, renewals + 1) * periods;
}
double expected(const double *p, double renewals, double horizon) { return discounted(p, renewals, horizon, 0); }

}  // namespace

const ContractFamily at_once_contract = [] {
    ContractFamily f;
    f.log_likelihood = log_likelihood;
    f.survival = survival;
    f.churn = churn;
    f.retention = retention;
    f.expected_periods = expected;
    f.discounted_periods = discounted;
    f.shift = [](const double *p, double churn, double, double *own) { shift_share(p, churn, own); };
    return f;
}();

Summit share_summit(int form, double left, double all) {
    const double p = left / all;
    Summit summit;
    summit.form = form;
    summit.odds = 1;
    summit.theta = {p / (1 - p)};
    summit.value = left * std::log(p) + (all - left) * std::log1p(-p);
    summit.covariance = Eigen::MatrixXd::Constant(1, 1, 1 / (all * p * (1 - p)));
    summit.error = std::sqrt(summit.covariance(0, 0));
    summit.settled = std::isfinite(summit.error);
    return summit;
}

bool tells_one_rate(const geometric::Decisions &d) { return d.left == 0 || d.left == d.decisions || !d.repeated; }

Fit fit_one_rate(int form, View<ContractCount> base, double prior, Stop stop) {
    Fit fit = geometric::fit(base, prior, stop);
    if (!fit.usable()) return fit;
    fit.form = form;
    if (fit.status == Status::converged) fit.status = Status::boundary;
    return fit;
}

}  // namespace cltv
