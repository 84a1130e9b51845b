#include "core/contracts/contracts_fit.hpp"

#include "pg/fit/fit.hpp"
#include "pg/rows/contract_base.hpp"

using namespace cltv;
using namespace cltv::pg;

// (base [, prior])
CLTV_FUNCTION(cltv_contracts_fit) { return fit_best<ContractCount>(fcinfo, fit_contracts); }
