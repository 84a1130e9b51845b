// Arguments that are one of a few words.
#pragma once

#include <cstddef>
#include <cstring>

#include "pg/base/postgres.hpp"

namespace cltv::pg {

// The entry of a list whose name is the text argument, in upper or lower case, as in date_trunc; raises an error that
// names the argument where there is none. name_of(entry) is its word.
template <class T, std::size_t n, class NameOf>
const T &choice_argument(FunctionCallInfo fcinfo, int number, const T (&list)[n], NameOf &&name_of, const char *argument,
                         const char *hint) {
    const text *word = PG_GETARG_TEXT_PP(number);
    const std::size_t length = VARSIZE_ANY_EXHDR(word);
    for (const T &one : list)
        if (std::strlen(name_of(one)) == length && pg_strncasecmp(name_of(one), VARDATA_ANY(word), length) == 0) return one;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("unknown %s \"%s\"", argument, text_to_cstring(word)), errhint("%s", hint)));
    pg_unreachable();
}

}  // namespace cltv::pg
