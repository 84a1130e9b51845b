#include "model/model.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace cltv {

Fit refused(Status status, double customers, int subject, int iterations) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Fit fit{};
    fit.status = status;
    fit.subject = subject;
    fit.iterations = iterations;
    fit.customers = customers;
    fit.log_likelihood = none;
    std::fill(std::begin(fit.parameters), std::end(fit.parameters), none);
    std::fill(std::begin(fit.covariance), std::end(fit.covariance), none);
    return fit;
}

}  // namespace cltv
