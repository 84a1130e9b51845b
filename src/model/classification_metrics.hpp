// How often yes-or-no predictions are right: yes where the prediction reaches a threshold.
// T. Fawcett, Pattern Recognition Letters 27 (2006) 861-874.
#pragma once

#include "model/numbers_only.hpp"

#include "model/customer.hpp"
#include "model/scored.hpp"

namespace cltv {

struct ClassificationMetrics {
    double true_positives = 0;   // yes, and the label is there
    double false_positives = 0;  // yes, and it is not
    double true_negatives = 0;   // no, and it is not
    double false_negatives = 0;  // no, and it is there

    void add(bool label, bool predicted, double count) {
        (predicted ? label ? true_positives : false_positives : label ? false_negatives : true_negatives) += count;
    }

    // Each is NaN where nothing is there to divide by.
    double accuracy() const {
        return (true_positives + true_negatives) /
               (true_positives + false_positives + true_negatives + false_negatives);
    }
    double precision() const { return true_positives / (true_positives + false_positives); }
    double recall() const { return true_positives / (true_positives + false_negatives); }
    // Harmonic mean of precision and recall, defined also where one of them is not.
    double f1() const { return 2 * true_positives / (2 * true_positives + false_positives + false_negatives); }
};

}  // namespace cltv
