#include "pg/base/postgres.hpp"

extern "C" {
#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "cltv", .version = "0.1");
#else
PG_MODULE_MAGIC;
#endif
}
