// Random draws shared by the simulators of the families.
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv {

struct Random;  // random.hpp

double draw_uniform(Random &random);
double draw_normal(Random &random);
double draw_exponential(Random &random);  // rate 1

// Gamma(shape, rate 1).
double draw_gamma(double shape, Random &random);

// Beta(a, b); where both gammas of a tiny a and b underflow, the draw is one of the ends with the right probability.
double draw_beta(double a, double b, Random &random);

}  // namespace cltv
