// What each attribute of a customer adds to the prediction of trees: Shapley values, the change that an attribute makes
// when it becomes known, averaged over all orders in which attributes become known (S. Lundberg et al.: From local
// explanations to global understanding with explainable AI for trees, Nature Machine Intelligence 2 (2020) 56-67,
// algorithm 2). While an attribute is unknown, each answer to a question about it counts in proportion to the customers
// of the fit who gave it.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/trees.hpp"

namespace cltv {

struct TreeContributions {
    std::vector<double> base;   // of each margin: its value where nothing is known
    std::vector<double> added;  // by margin, then by column
};

// Base and contributions add up to the margins. Throws Stopped.
TreeContributions explain_trees(const Trees &trees, const CodedCustomer &customer, Stop stop);

// How much the questions about each column lower the loss, over all trees, by margin and column.
std::vector<double> gains_of(const Trees &trees);

}  // namespace cltv
