// A reference to anything callable, without its type: a function that takes one is compiled once, not once for each
// caller.
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>
#include <type_traits>
#include <utility>

namespace cltv {

template <class Signature>
class FunctionRef;

// The callable must outlive the reference, so use it for parameters only.
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
public:
    template <class Function, class = std::enable_if_t<!std::is_same_v<std::decay_t<Function>, FunctionRef>>>
    FunctionRef(Function &&f)
        : object_(const_cast<void *>(static_cast<const void *>(std::addressof(f)))), call_([](void *object, Arguments... arguments) -> Result {
              return (*static_cast<std::remove_reference_t<Function> *>(object))(std::forward<Arguments>(arguments)...);
          }) {}

    Result operator()(Arguments... arguments) const { return call_(object_, std::forward<Arguments>(arguments)...); }

private:
    void *object_;
    Result (*call_)(void *, Arguments...);
};

}  // namespace cltv
