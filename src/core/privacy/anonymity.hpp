// How many customers look alike. Whoever knows some attributes of a person, from elsewhere, finds them in a table among those
// who share these: k-anonymity is the size of the smallest such group (L. Sweeney: k-anonymity, International Journal of
// Uncertainty, Fuzziness and Knowledge-Based Systems 10, 2002), and l-diversity how many values of something sensitive are in it
// (A. Machanavajjhala et al.: l-diversity, ACM Transactions on Knowledge Discovery from Data 1, 2007; the distinct one).
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The attributes of the rows of a set of responses: the attributes of a customer as one text, and perhaps what is sensitive.
inline constexpr char anonymity_group[] = "group", anonymity_sensitive[] = "sensitive";

struct AlikeCustomers {
    Text attributes;
    double customers = 0;
    double sensitive_values = 0;  // 0 where nothing is said to be sensitive
};

// The smallest first, then by the bytes of the attributes. The set is sorted. Throws Stopped.
std::vector<AlikeCustomers> alike_customers(const FeatureSet &set, Stop stop);

}  // namespace cltv
