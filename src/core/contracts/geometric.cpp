#include "core/contracts/geometric.hpp"

#include <cmath>
#include <limits>

#include "core/base/beta_lifetime.hpp"
#include "core/base/shift.hpp"
#include "core/contracts/contract_attributes.hpp"

namespace cltv::geometric {

namespace {

double survival(const double *p, double periods) { return periods == 0 ? 1 : std::exp(periods * std::log1p(-p[0])); }

double churn(const double *p, double) { return p[0]; }

double retention(const double *p, double) { return 1 - p[0]; }

double log_likelihood(const double *p, const Contract &contract) {
    const double renewals = contract.periods - contract.churned;
    return (renewals == 0 ? 0 : renewals * std::log1p(-p[0])) + (contract.churned == 0 ? 0 : std::log(p[0]));
}

double discounted(const double *p, double, double horizon, double rate) { return alike_periods(p[0], horizon, rate); }

double expected(const double *p, double renewals, double horizon) { return discounted(p, renewals, horizon, 0); }

constexpr Parameter parameters[] = {{"theta", Domain::share}};

}  // namespace

const ContractFamily contract = [] {
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

Decisions::Decisions(View<ContractCount> base) {
    for (const ContractCount &row : base) {
        if (row.contract.periods == 0) continue;
        customers += row.count;
        decisions += row.count * row.contract.periods;
        left += row.count * row.contract.churned;
        if (row.contract.periods == 1) left_at_first += row.count * row.contract.churned;
        repeated = repeated || row.contract.periods > 1;
    }
}

void Decisions::add(const Decisions &other) {
    customers += other.customers;
    decisions += other.decisions;
    left += other.left;
    left_at_first += other.left_at_first;
    repeated = repeated || other.repeated;
}

Fit fit(View<ContractCount> base, double prior, Stop stop) {
    poll(stop);
    const Decisions d(base);
    Fit fit = refused(d.left == 0 ? Status::nobody_churned : Status::converged, d.customers);
    if (d.decisions == 0 || (d.left == 0 && prior == 0)) return refused(Status::nobody_churned, d.customers);
    if (d.left == d.decisions) return refused(Status::identical_customers, d.customers);
    const bool by_prior = d.left == 0;
    const double theta = by_prior ? 0.5 / (d.decisions + 1) : d.left / d.decisions;
    fit.prior = by_prior;
    fit.parameters = {theta};
    fit.states = {ParameterState::estimated};
    fit.covariance = {theta * (1 - theta) / (by_prior ? d.decisions + 2 : d.decisions)};
    fit.log_likelihood = (by_prior ? 0 : d.left * std::log(theta)) + (d.decisions - d.left) * std::log1p(-theta);
    return fit;
}

namespace {

// Attributes move theta itself, by its odds.
class Attributes : public ContractAttributes {
public:
    using ContractAttributes::ContractAttributes;

    AttributeForm form(int) const override { return share_form(); }
    Surface<4> surface(int, const double *odds, std::size_t group) override {
        return decisions_surface(*odds, decisions(group));
    }
    std::vector<AttributeStart> starts() const override { return {}; }
};

}  // namespace

std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop) {
    return std::make_unique<Attributes>(set, stop);
}

const Family family = [] {
    Family f;
    f.kind = Kind::geometric;
    f.name = "geometric";
    f.title = "Geometric";
    f.meaning = "every customer leaves at every renewal with the probability theta";
    f.source = "Fader & Hardie 2007";
    f.parameters = view_of(parameters);
    f.contract = &contract;
    f.fit_contract = fit;
    f.attributes = view_of(contract_roles);
    f.fit_attributes = fit_contract_attributes<Attributes, fit>;
    return f;
}();

}  // namespace cltv::geometric
