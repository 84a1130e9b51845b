// MBG/CNBD-k: as BG/CNBD-k, but customers may also leave at the first purchase. See erlang_model.hpp.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/fit/family.hpp"

namespace cltv::mbgcnbd {

extern const Family family;

}  // namespace cltv::mbgcnbd
