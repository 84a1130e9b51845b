// What each attribute of a customer adds to what trees say: Shapley values, the mean over all orders in which attributes
// become known of what each changes then (S. Lundberg et al.: From local explanations to global understanding with
// explainable AI for trees, Nature Machine Intelligence 2 (2020) 56-67, algorithm 2). While an attribute is not known, each
// answer to a question about it counts as much as customers of the fit gave it.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/trees.hpp"

namespace cltv {

struct TreeContributions {
    std::vector<double> base;   // of each margin: what it is where nothing is known
    std::vector<double> added;  // by margin, then by column
};

// Base and contributions sum up to the margins. Throws Stopped.
TreeContributions explain_trees(const Trees &trees, const CodedCustomer &customer, Stop stop);

// By how much the questions about each column make the loss smaller, over all trees, by margin and column.
std::vector<double> gains_of(const Trees &trees);

}  // namespace cltv
