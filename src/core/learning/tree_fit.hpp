// The fits of trees to a response: one (L. Breiman, J. Friedman, R. Olshen, C. Stone: Classification and Regression Trees,
// Wadsworth 1984), many of bootstrap samples that vote (L. Breiman: Random Forests, Machine Learning 45 (2001) 5-32), and
// many that correct one another (J. Friedman: Greedy function approximation, Annals of Statistics 29 (2001) 1189-1232).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/trees.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

struct TreeSettings {
    TreeObjective objective = TreeObjective::mean;
    int trees = 1;
    int max_depth = 4;
    double min_rows = 50;
    double rate = 1;
    double lambda = 0;
    std::uint64_t seed = 1;
    int early_stop = 0;  // rounds without progress on held-out customers; 0: none are held out
    std::vector<std::int8_t> monotone{};  // by attribute of the set; empty: none
};

// How many of n attributes each split of a forest tries, for classification and for regression.
std::uint32_t attributes_tried(std::uint32_t n, bool yes_or_no);

// Boosting holds out a fifth of the customers if these are at least as many as this.
constexpr double least_held_out = 100;

// Fits to a sorted set whose targets are responses and offsets. Throw Stopped, std::domain_error where a category has
// too many levels, and TooLarge.
Fit fit_tree(const FeatureSet &set, const TreeSettings &settings, Stop stop);
Fit fit_forest(const FeatureSet &set, const TreeSettings &settings, Stop stop);
Fit fit_boost(const FeatureSet &set, const TreeSettings &settings, Stop stop);

namespace tree { extern const Family family; }
namespace forest { extern const Family family; }
namespace boosted { extern const Family family; }

}  // namespace cltv
