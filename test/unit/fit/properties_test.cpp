// The properties of test/property over seeded pseudo-random arguments.
#include <string>

#include <gtest/gtest.h>

#include "property/property.hpp"

namespace cltv::property {
namespace {

class Properties : public testing::TestWithParam<Property> {};

TEST_P(Properties, Hold) {
    for (int seed = 0; seed < GetParam().cases; ++seed) {
        Source source(static_cast<std::uint64_t>(seed));
        GetParam().check(source);
        if (HasFailure()) FAIL() << "with seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(OfTheModels, Properties, testing::ValuesIn(properties),
                         [](const auto &info) { return std::string(info.param.name); });

}  // namespace
}  // namespace cltv::property
