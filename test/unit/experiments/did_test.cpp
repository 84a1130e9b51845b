#include "core/experiments/did.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

// Sixty units over five periods, a third each first treated in period 3, in period 4, never; the effect is the number of
// periods since. Outcomes wander, so that a unit's periods go together.
const FeatureSet &panel(std::uint64_t seed, std::vector<std::string> &names) {
    constexpr int units = 60, periods = 5;
    Random random(seed);
    Shop shop;
    names.clear();
    for (int u = 0; u < units; ++u) names.push_back("u" + std::to_string(u));
    for (int u = 0; u < units; ++u) {
        // Cohorts are a sample too.
        const double drawn = 3 * draw_uniform(random);
        const double first = drawn < 1 ? 3 : drawn < 2 ? 4 : 0;
        double level = 10 * draw_uniform(random) + first;
        for (int p = 1; p <= periods; ++p) {
            level += 0.5 + draw_gamma(1, random);
            const double effect = first > 0 && p >= first ? p - first + 1 : 0;
            shop.add(Targets::response, {level + effect, 0},
                     {{Role::any, features({first > 0 ? number("first", first) : Attribute{"first", FeatureKind::null, 0, ""},
                                            number("period", p), category("unit", names[static_cast<std::size_t>(u)].c_str())})}});
        }
    }
    return shop.sorted();
}

TEST(DifferenceInDifferences, IntervalsHoldTheTruth) {
    constexpr int rounds = 1000;
    int overall = 0, first_effect = 0, first_relative = 0, before = 0, effects = 0;
    std::vector<std::string> names;
    for (int round = 0; round < rounds; ++round) {
        const FeatureSet &set = panel(100 + static_cast<std::uint64_t>(round), names);
        for (const DidControls controls : {DidControls::never, DidControls::not_yet}) {
            const auto by_cohort = did_of_cohorts(set, controls, DidBy::cohort, .95, never_stop);
            for (const DidEffect &one : by_cohort) {
                const double truth = one.relative >= 0 ? one.relative + 1 : 0;
                const bool held = one.lower <= truth && truth <= one.upper;
                ++effects;
                first_effect += held;
                before += one.relative < 0 && held;
            }
            for (const DidEffect &one : did_of_cohorts(set, controls, DidBy::relative, .95, never_stop))
                if (one.relative == 1) first_relative += one.lower <= 2 && 2 <= one.upper;
        }
        // Cohort 3 has effects 1, 2, 3, cohort 4 has 1, 2: of cohorts of the same size (6 + 3) / 5.
        const DidEffect all = did_of_cohorts(set, DidControls::never, DidBy::all, .95, never_stop)[0];
        overall += all.lower <= 1.8 && 1.8 <= all.upper;
    }
    EXPECT_NEAR(first_effect / double(effects), .95, .012);
    EXPECT_NEAR(first_relative / (2.0 * rounds), .95, .02);
    EXPECT_NEAR(overall / double(rounds), .95, .02);
    EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace cltv
