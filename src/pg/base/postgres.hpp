// The only file that includes the server's headers, and the only one that knows how PostgreSQL versions 13 to 18
// differ. Standard, Boost and src/core headers are included before it where possible.
#pragma once

extern "C" {
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/float.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "windowapi.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}
// The server defines these as macros, and a header that comes later and says std::snprintf, or declares gettext, would not
// compile. The second group are macros only where the server was built without translations.
#undef vsnprintf
#undef snprintf
#undef vsprintf
#undef sprintf
#undef vfprintf
#undef fprintf
#undef vprintf
#undef printf
#ifndef ENABLE_NLS
#undef gettext
#undef dgettext
#undef ngettext
#undef dngettext
#endif

#if PG_VERSION_NUM < 140000
#define MONEYOID CASHOID
#endif

// Defines an SQL-callable function: exported whatever the visibility flags, with C linkage, declared before its info.
#define CLTV_FUNCTION(name)                         \
    extern "C" {                                    \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);       \
    PG_FUNCTION_INFO_V1(name);                      \
    }                                               \
    extern "C" Datum name([[maybe_unused]] PG_FUNCTION_ARGS)

namespace cltv::pg {

// float8's own input function; nothing may follow the number. 22P02 for bad syntax, 22003 for a number out of range.
inline double float8_from_text(char *text, const char *type_name) {
#if PG_VERSION_NUM >= 160000
    return float8in_internal(text, nullptr, type_name, text, nullptr);
#else
    return float8in_internal(text, nullptr, type_name, text);
#endif
}

}  // namespace cltv::pg
