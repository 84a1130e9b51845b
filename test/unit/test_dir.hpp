#pragma once

namespace cltv {
extern const char *const test_dir;  // the folder test/ of the checkout
}
