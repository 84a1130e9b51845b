// How often yes-or-no predictions are right.
// T. Fawcett, Pattern Recognition Letters 27 (2006) 861-874.
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv {

// Whole numbers of customers, exact up to 2^53.
struct ConfusionMatrix {
    double true_positives;   // predicted yes, and the label is yes
    double false_positives;  // predicted yes, and the label is no
    double true_negatives;   // predicted no, and the label is no
    double false_negatives;  // predicted no, and the label is yes

    void add(bool label, bool predicted) {
        ++(predicted ? label ? true_positives : false_positives : label ? false_negatives : true_negatives);
    }

    // Each is NaN where its denominator is 0.
    double accuracy() const {
        return (true_positives + true_negatives) /
               (true_positives + false_positives + true_negatives + false_negatives);
    }
    double precision() const { return true_positives / (true_positives + false_positives); }
    double recall() const { return true_positives / (true_positives + false_negatives); }
    // The harmonic mean of precision and recall, defined even where one of them is not.
    double f1() const { return 2 * true_positives / (2 * true_positives + false_positives + false_negatives); }
};

}  // namespace cltv
