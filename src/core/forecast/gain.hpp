// How a total of what purchases bring is distributed, given its mean and variance.
//
// Where purchases may lose money it is normal. Otherwise it is never negative, and of few customers often nothing at all: with a
// probability of its own it is 0, and what comes if something does is gamma distributed, with the mean and the variance that
// leave those of the total as they are. A sum of many purchases is nearly normal either way.
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv {

struct Moments {
    double mean, variance;
};

class Gain {
public:
    static Gain of_any_sign(Moments moments) { return {moments, true, 0}; }
    // mean >= 0; nothing, 0 <= nothing < 1, is the probability of 0.
    static Gain nonnegative(Moments moments, double nothing) { return {moments, false, nothing}; }

    const Moments &moments() const { return moments_; }
    // The quantile that the standard normal deviate has: P(gain <= at(z)) = Phi(z).
    double at(double z) const;

private:
    Gain(Moments moments, bool any_sign, double nothing);

    Moments moments_;
    bool any_sign_;
    double nothing_, squared_ = 0;  // the squared coefficient of variation of what comes if something does
};

}  // namespace cltv
