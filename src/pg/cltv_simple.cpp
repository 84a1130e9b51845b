#include "pg/postgres.hpp"
CLTV_FUNCTION(cltv_simple) { PG_RETURN_FLOAT8(1); }
