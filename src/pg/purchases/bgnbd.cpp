#include "core/purchases/bgnbd.hpp"

#include "pg/fit/fit.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_bgnbd_fit) { return fit_base<CustomerCount>(fcinfo, bgnbd::family, bgnbd::fit); }
CLTV_FUNCTION(cltv_bgnbd_fit_prior) { return fit_base_with_prior<CustomerCount>(fcinfo, bgnbd::family, bgnbd::fit); }
CLTV_FUNCTION(cltv_bgnbd_model) { return given_model(bgnbd::family, fcinfo); }
CLTV_FUNCTION(cltv_bgnbd_predict) { return expected_purchases(fcinfo, model_argument(fcinfo, 0, bgnbd::family)); }
