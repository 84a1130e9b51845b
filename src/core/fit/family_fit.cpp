#include "core/fit/family_fit.hpp"

#include <cmath>
#include <limits>

namespace cltv {

double bic_of(const Fit &fit) {
    if (!fit.usable()) return std::numeric_limits<double>::infinity();
    return free_parameters(view_of(fit)) * std::log(fit.customers) - 2 * fit.log_likelihood;
}

}  // namespace cltv
