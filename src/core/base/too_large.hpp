// The exception thrown where a result would be larger than a value of the server can be.
#pragma once

#include "core/base/numbers_only.hpp"

#include <stdexcept>

namespace cltv {

// what() is a sentence in the user's words, with a way out.
struct TooLarge : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace cltv
