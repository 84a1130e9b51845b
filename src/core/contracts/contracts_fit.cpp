#include "core/contracts/contracts_fit.hpp"

namespace cltv {

FamilyFit fit_contracts(View<ContractCount> base, double prior, Stop stop) {
    return best_fit([](const Family &family) { return family.contract != nullptr; },
                    [&](const Family &family) { return family.fit_contract(base, prior, stop); });
}

}  // namespace cltv
