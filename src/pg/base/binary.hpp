// What the binary input of the project's types shares.
#pragma once

#include "pg/base/postgres.hpp"

namespace cltv::pg {

// The detail is a sentence that says what is wrong with the value.
[[noreturn]] inline void refuse_binary(const char *type_name, const char *detail) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                    errmsg("invalid binary representation of type %s", type_name), errdetail("%s", detail)));
    pg_unreachable();
}

inline void check_binary(bool good, const char *type_name, const char *detail) {
    if (unlikely(!good)) refuse_binary(type_name, detail);
}

}  // namespace cltv::pg
