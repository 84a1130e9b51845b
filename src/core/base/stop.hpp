// Cooperative cancellation of long computations.
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv {

// Polled by long loops, a few hundred times a second or more; true asks to stop early.
using Stop = bool (*)();

// Thrown by a computation that was asked to stop.
struct Stopped {};

inline bool never_stop() { return false; }

inline void poll(Stop stop) {
    if (stop()) throw Stopped{};
}

}  // namespace cltv
