// Prediction intervals from the errors of predictions for customers from whom nothing was learnt (conformal
// prediction).
//
// Customers whose outcome is known, and was not used to predict it, are divided by their predictions into bins of about
// the same size. Another customer's outcome lies within the range of the middle errors in the same bin with at least
// the requested probability, however good the model is and however errors are distributed, as long as the customer is
// exchangeable with these (Mondrian conformal prediction: V. Vovk, D. Lindsay, I. Nouretdinov, A. Gammerman 2003; H.
// Bostrom, U. Johansson, T. Lofstrom, COPA 2021, with bins of the predictions).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/scored.hpp"

namespace cltv {

struct HeldOutErrors {
    // Bins have `fewest` customers or more, and there are at most `most_bins`; equal predictions are in one bin.
    static constexpr std::size_t fewest = 200, most_bins = 20;

    // Rows must be in the order of sort_scored. Throws Stopped.
    HeldOutErrors(const std::vector<ScoredCount> &rows, Stop stop);

    struct Interval {
        double lower, upper;  // NaN where there are too few customers to tell
    };
    // level is within 0..1. Never below 0 if no outcome was.
    Interval around(double estimate, double level) const;

    // The number of customers that a bin needs for an interval of this level with two ends.
    static double needed(double level) { return 2 / (1 - level); }

    std::vector<double> first;                // the least prediction of each bin
    std::vector<std::vector<double>> errors;  // of each bin, actual less predicted, ascending
    bool any_negative = false;
};

}  // namespace cltv
