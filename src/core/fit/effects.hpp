// How the effects of customer attributes are constrained in a fit.
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv {

struct Effects {
    Effects(double penalty_ = 0, bool same_ = false) : penalty(penalty_), same(same_) {}

    double penalty;  // of the coefficients, 0 for none; see attribute_fit.hpp. Learners have penalties of their own
    bool same;       // an attribute of purchases and dropout has one coefficient for both
};

}  // namespace cltv
