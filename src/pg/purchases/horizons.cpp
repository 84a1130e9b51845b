// Expected purchases within many horizons at once.
#include "core/purchases/horizons.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pg/base/guard.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/predictions.hpp"

using namespace cltv;
using namespace cltv::pg;

// (model, frequency, recency, tenure, horizons, purchases, dropout) -> an array of the shape of horizons, with NULL in
// the same places.
CLTV_FUNCTION(cltv_expected_purchases_at) {
    constexpr std::size_t most_at_once = 256;  // between two checks for a cancel request
    for (int i = 0; i < 5; ++i)
        if (PG_ARGISNULL(i)) PG_RETURN_NULL();
    const StoredModel &model = *model_argument(fcinfo, 0);
    const OrdersFamily &family = any_orders_family(model);
    const Customer customer = customer_arguments(fcinfo, 1, family);
    // The NULLs of an array are marked in its header and take no place among its numbers.
    ArrayType *const result = PG_GETARG_ARRAYTYPE_P_COPY(4);
    auto *const numbers = reinterpret_cast<double *>(ARR_DATA_PTR(result));
    const std::size_t n = ARR_NDIM(result) == 0 ? 0 : (VARSIZE(result) - ARR_DATA_OFFSET(result)) / sizeof(double);
    for (std::size_t i = 0; i < n; ++i) numbers[i] = checked_horizon(numbers[i], family);
    const CustomerAttributes attributes(fcinfo, model, 5);
    if (!model.is_usable() || !attributes.known()) PG_RETURN_NULL();
    double own[most_form_parameters];
    attributes.own(model.parameters(), own);

    double expected[most_at_once];
    for (std::size_t i = 0; i < n; i += most_at_once) {
        CHECK_FOR_INTERRUPTS();
        const std::size_t here = std::min(most_at_once, n - i);
        guarded([&] { expected_purchases_at(family, own, customer, {numbers + i, here}, expected); });
        for (std::size_t k = 0; k < here; ++k)
            if (std::isnan(expected[k])) raise_unpredictable();
        std::memcpy(numbers + i, expected, here * sizeof(double));
    }
    PG_RETURN_ARRAYTYPE_P(result);
}
