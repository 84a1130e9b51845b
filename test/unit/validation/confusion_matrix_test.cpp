#include "core/validation/confusion_matrix.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace cltv {
namespace {

TEST(ConfusionMatrix, Fawcett2006) {
    // Figure 3 at the threshold 0.54: (0.1, 0.5) in ROC space, accuracy 70 %.
    ConfusionMatrix m{};
    const char labels[] = "ppnpppnnpnpnpnnnpnpn";
    for (int i = 0; i < 20; ++i) m.add(labels[i] == 'p', i < 6);
    EXPECT_EQ(m.true_positives, 5);
    EXPECT_EQ(m.false_positives, 1);
    EXPECT_EQ(m.true_negatives, 9);
    EXPECT_EQ(m.false_negatives, 5);
    EXPECT_EQ(m.accuracy(), 0.7);
    EXPECT_DOUBLE_EQ(m.precision(), 5 / 6.0);
    EXPECT_EQ(m.recall(), 0.5);
    EXPECT_DOUBLE_EQ(m.f1(), 2 * m.precision() * m.recall() / (m.precision() + m.recall()));
}

TEST(ConfusionMatrix, WhatIsNotDefined) {
    ConfusionMatrix m{};
    for (int i = 0; i < 3; ++i) m.add(false, false);
    EXPECT_EQ(m.accuracy(), 1);
    EXPECT_TRUE(std::isnan(m.precision()));
    EXPECT_TRUE(std::isnan(m.recall()));
    EXPECT_TRUE(std::isnan(m.f1()));
    m.add(true, false);
    EXPECT_TRUE(std::isnan(m.precision()));
    EXPECT_EQ(m.recall(), 0);
    EXPECT_EQ(m.f1(), 0);
}

}  // namespace
}  // namespace cltv
