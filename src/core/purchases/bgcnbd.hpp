// BG/CNBD-k: customers who buy at regular intervals. See erlang_model.hpp.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/fit/family.hpp"

namespace cltv::bgcnbd {

extern const Family family;

}  // namespace cltv::bgcnbd
