// The libFuzzer target of the properties: PROPERTY in the environment names the one to check; without it the first
// number of an input picks one, and a name that is none lists them. A check that fails throws, which ends the fuzzer
// with the input at fault in a file.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "property/property.hpp"

using namespace cltv::property;

namespace {

const Property *chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***) {
    testing::GTEST_FLAG(throw_on_failure) = true;
    const char *name = std::getenv("PROPERTY");
    if (name == nullptr) return 0;
    for (const Property &property : properties)
        if (std::strcmp(property.name, name) == 0) chosen = &property;
    if (chosen != nullptr) return 0;
    for (const Property &property : properties) std::printf("%s %d\n", property.name, property.cases);
    std::exit(0);
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t *data, std::size_t size, std::size_t most);

// A property takes dozens of numbers, and the fuzzer's own mutations would take long to make that many: inputs begin
// with random bytes enough.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t *data, std::size_t size, std::size_t most, unsigned seed) {
    constexpr std::size_t enough = 256;
    if (size >= enough || most < enough) return LLVMFuzzerMutate(data, size, most);
    std::minstd_rand random(seed);
    for (; size < enough; ++size) data[size] = static_cast<std::uint8_t>(random() >> 8);
    return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    constexpr int n_properties = sizeof properties / sizeof *properties;
    Source source(data, size);
    const Property &property = chosen != nullptr ? *chosen : properties[source.number(0, n_properties - 1)];
    property.check(source);
    return 0;
}
