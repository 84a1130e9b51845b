// Where the tables of test/reference are: the one unit that depends on the place of the checkout, so that a compiler
// cache can keep all others.
#include "unit/test_dir.hpp"

namespace cltv {
const char *const test_dir = CLTV_TEST_DIR;
}
