#include "core/forecast/gain.hpp"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "core/base/boost_policy.hpp"
#include "core/base/special.hpp"
#include "core/fit/interval.hpp"

namespace cltv {

// With p = 1 - nothing and what comes of mean m and squared coefficient of variation c: mean = p m, and
// variance + mean^2 = p m^2 (1 + c).
Gain::Gain(Moments moments, bool any_sign, double nothing) : moments_(moments), any_sign_(any_sign), nothing_(nothing) {
    if (any_sign_ || !(moments.mean > 0)) return;
    const double relative = moments.variance / (moments.mean * moments.mean);
    squared_ = std::fmax((1 - nothing_) * relative - nothing_, 0);
}

double Gain::at(double z) const {
    if (any_sign_) return moments_.mean + std::sqrt(moments_.variance) * z;
    const double some = 1 - nothing_, mean = moments_.mean / some;
    // From the nearer end, where a probability has its digits.
    const bool is_low = z < 0;
    const double below = normal_probability(z) - nothing_, tail = std::fmin((is_low ? below : normal_probability(-z)) / some, 1);
    if (!(below > 0) || !(mean > 0)) return 0;
    // A gamma distribution of so large a shape differs from a normal one by its skewness, c^(1/2) 2, alone (Cornish & Fisher).
    constexpr double large = 1e8;
    if (squared_ * large < 1) {
        const double deviate = nothing_ == 0 ? z : std::sqrt(2.0) * erfc_inv(2 * tail) * (is_low ? -1 : 1);
        return mean * (1 + std::sqrt(squared_) * deviate + squared_ * (deviate * deviate - 1) / 3);
    }
    const double shape = 1 / squared_;
    return mean * squared_ *
           (is_low ? boost::math::gamma_p_inv(shape, tail, BoostPolicy()) : boost::math::gamma_q_inv(shape, tail, BoostPolicy()));
}

}  // namespace cltv
