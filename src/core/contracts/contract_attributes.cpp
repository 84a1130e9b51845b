#include "core/contracts/contract_attributes.hpp"

#include <cmath>

#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

std::vector<ContractCount> contracts_of(const FeatureSet &set, Stop stop) {
    std::vector<ContractCount> contracts;
    contracts.reserve(set.used);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        contracts.push_back({{row.target[0], row.target[1]}, row.count});
    }
    return contracts;
}

}  // namespace

std::vector<ContractCount> pooled_contracts(const FeatureSet &set, Stop stop) {
    std::vector<ContractCount> contracts = contracts_of(set, stop), sorted(set.used);
    sorted.resize(copy_sorted(contracts.data(), contracts.size(), sorted.data(), stop));
    return sorted;
}

ContractAttributes::ContractAttributes(const FeatureSet &set, Stop stop)
    : AttributeSearch(set), contracts_(contracts_of(set, stop)), stop_(stop) {
    for (std::size_t group = 0; group < groups(); ++group) {
        decisions_.emplace_back(contracts(group));
        all_.add(decisions_.back());
    }
}

Surface<4> ContractAttributes::share_surface(double odds, double left, double all) {
    Surface<4> surface{0, Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
    const double rest = 1 / (1 + odds);
    surface.value = (left == 0 ? 0 : left * std::log(odds)) - all * std::log1p(odds);
    surface.gradient(0) = left / odds - all * rest;
    surface.hessian(0, 0) = all * rest * rest - left / (odds * odds);
    return surface;
}

}  // namespace cltv
