// Two things that may happen to a customer, a purchase and the departure, each at a rate of its own: which comes first,
// and how often one happens before the other does.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/purchases/rates.hpp"

namespace cltv {

// P(the event happens within h, and before the other): the integral over 0..h of its density times the probability that
// the other has not happened yet. h may be infinite. Relative error about 1e-13.
double prob_first(const GammaBelief &event, const GammaBelief &other, double h);
double prob_first(const GammaBelief &event, const PointBelief &other, double h);
double prob_first(const PointBelief &event, const GammaBelief &other, double h);
double prob_first(const PointBelief &event, const PointBelief &other, double h);

// The same within a time that is short for both, by a series of few terms: false for a longer time.
bool prob_first_soon(const GammaBelief &event, const GammaBelief &other, double h, double &probability);

// The same over all time, in closed form: NaN where one rate is far below the other.
double prob_first_ever(const GammaBelief &event, const GammaBelief &other);

// P(exactly n >= 1 purchases within h and before the departure), each at its own rate.
double prob_purchases(const GammaBelief &purchase, const GammaBelief &departure, double h, double n);
double prob_purchases(const GammaBelief &purchase, const PointBelief &departure, double h, double n);
double prob_purchases(const PointBelief &purchase, const GammaBelief &departure, double h, double n);
double prob_purchases(const PointBelief &purchase, const PointBelief &departure, double h, double n);

}  // namespace cltv
