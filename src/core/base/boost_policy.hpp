// The project's one policy for Boost.Math; for the few files that want more of it than special.hpp has.
#pragma once

#include "core/base/numbers_only.hpp"

#include <boost/math/policies/policy.hpp>

namespace cltv {

// Out-of-domain arguments come back as NaN or infinity rather than as exceptions with Boost's text, and double stays
// double: long double would give other digits on other processors.
using BoostPolicy = boost::math::policies::policy<
    boost::math::policies::domain_error<boost::math::policies::errno_on_error>,
    boost::math::policies::pole_error<boost::math::policies::errno_on_error>,
    boost::math::policies::overflow_error<boost::math::policies::errno_on_error>,
    boost::math::policies::evaluation_error<boost::math::policies::errno_on_error>,
    boost::math::policies::promote_float<false>, boost::math::policies::promote_double<false>>;

}  // namespace cltv
