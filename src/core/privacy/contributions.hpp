// What each customer contributes to an answer that noise is added to: once, however many rows there are, and within bounds, so
// that one customer more or less changes the answer by a known amount at most.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The attributes of the rows of a set of responses: the customer alone; with a value, the response; with a bin beside.
inline constexpr char contribution_customer[] = "customer", contribution_valued[] = "valued", contribution_bin[] = "bin";

// Bounds are cut into as many steps: sums of whole steps are exact.
constexpr int contribution_step_bits = 19;
// A power of two, of which `width` is 2^18 to 2^19; width is above 0.
double contribution_step(double width);

// Of customers with values: the sum over customers of the sum of their values, held within lower to upper, less centre, in whole steps.
std::int64_t clipped_total(const FeatureSet &set, double lower, double upper, double centre, double step, Stop stop);

// Of customers with bins, how many are in each of these bins: each customer in the one that most of their rows are in, of
// equally many the first by its bytes, whether it is one of these or not. A bin that is given twice has its customers twice.
std::vector<std::int64_t> customers_by_bin(const FeatureSet &set, const std::vector<Text> &bins, Stop stop);

}  // namespace cltv
