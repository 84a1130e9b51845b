// What each customer contributes to an answer that noise is added to: once, however many rows the customer has, and
// within bounds, so that one customer more or less changes the answer by at most a known amount.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The names of the attributes in a set of responses: the customer alone; with a value, which is the response; with a
// bin.
inline constexpr char contribution_customer[] = "customer", contribution_valued[] = "valued", contribution_bin[] = "bin";

// The range between bounds is cut into at most 2^19 steps: sums of whole steps are exact.
constexpr int contribution_step_bits = 19;
// The step, a power of two, of which `width` is 2^18 to 2^19 steps; width must be above 0.
double contribution_step(double width);

// The sum over customers, in whole steps, of the sum of their values, clipped to lower..upper, less centre.
std::int64_t clipped_total(const FeatureSet &set, double lower, double upper, double centre, double step, Stop stop);

// The number of customers in each of the given bins. A customer counts in the bin of most of their rows, given or not;
// among equally frequent bins in the first in byte order. A bin that is given twice has its customers twice.
std::vector<std::int64_t> customers_by_bin(const FeatureSet &set, const std::vector<Text> &bins, Stop stop);

}  // namespace cltv
