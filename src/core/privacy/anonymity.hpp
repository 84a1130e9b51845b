// How many customers look alike. Somebody who knows some attributes of a person from elsewhere finds that person among
// the customers who share them: k-anonymity is the size of the smallest such group (L. Sweeney: k-anonymity,
// International Journal of Uncertainty, Fuzziness and Knowledge-Based Systems 10, 2002), and distinct l-diversity is
// the number of values of a sensitive attribute within it (A. Machanavajjhala et al.: l-diversity, ACM Transactions on
// Knowledge Discovery from Data 1, 2007).
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The names of the attributes in a set of responses: the attributes of a customer as one text and, optionally, what is
// sensitive.
inline constexpr char anonymity_group[] = "group", anonymity_sensitive[] = "sensitive";

struct AlikeCustomers {
    Text attributes;
    double customers = 0;
    double sensitive_values = 0;  // 0 where nothing is said to be sensitive
};

// The smallest group first, then by the bytes of the attributes. The set must be sorted. Throws Stopped.
std::vector<AlikeCustomers> alike_customers(const FeatureSet &set, Stop stop);

}  // namespace cltv
