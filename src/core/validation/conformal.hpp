// Intervals of predictions from how far others were off that nobody had learnt from (conformal prediction).
//
// Customers whose outcome is known, and was not used to predict it, are parted by their predictions into bins of about as many
// each; what comes of another customer lies within the errors that the middle of those in the same bin had, with the probability
// asked for or more, whatever the model is worth and however errors are distributed, so long as the customer is one like
// these (Mondrian conformal prediction: V. Vovk, D. Lindsay, I. Nouretdinov, A. Gammerman 2003; H. Bostrom, U. Johansson, T. Lofstrom,
// COPA 2021, with bins of the predictions).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/scored.hpp"

namespace cltv {

struct HeldOutErrors {
    // Bins of `fewest` customers or more, `most_bins` at most; equal predictions stand in one bin.
    static constexpr std::size_t fewest = 200, most_bins = 20;

    // Rows in the order of sort_scored. Throws Stopped.
    HeldOutErrors(const std::vector<ScoredCount> &rows, Stop stop);

    struct Interval {
        double lower, upper;  // NaN where too few customers are there to tell
    };
    // level within 0..1. Never below 0 where no outcome was.
    Interval around(double estimate, double level) const;

    // How many customers a bin needs so that an interval of this level has two ends.
    static double needed(double level) { return 2 / (1 - level); }

    std::vector<double> first;                // the least prediction of each bin
    std::vector<std::vector<double>> errors;  // of each bin, actual less predicted, ascending
    bool any_negative = false;
};

}  // namespace cltv
