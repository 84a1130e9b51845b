// Errors that a check of the SQL found on behalf of whoever called it.
#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "pg/base/postgres.hpp"

namespace {

// nullptr for NULL and for an empty text, which says nothing.
const char *words(FunctionCallInfo fcinfo, int n) {
    if (PG_ARGISNULL(n)) return nullptr;
    const char *said = text_to_cstring(PG_GETARG_TEXT_PP(n));
    return *said == '\0' ? nullptr : said;
}

bool is_of_class(const char *code, std::initializer_list<const char *> classes) {
    return std::any_of(classes.begin(), classes.end(), [&](const char *one) { return std::strncmp(code, one, 2) == 0; });
}

bool is_error(const char *code) {
    if (code == nullptr || std::strlen(code) != 5) return false;
    for (const char *c = code; *c != '\0'; ++c)
        if (!((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z'))) return false;
    return !is_of_class(code, {"00", "01", "02"});  // success, a warning, no data
}

}  // namespace

CLTV_FUNCTION(cltv_refuse) {
    const char *code = words(fcinfo, 0), *message = words(fcinfo, 1), *detail = words(fcinfo, 2), *hint = words(fcinfo, 3);
    if (!is_error(code) || message == nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no error can be raised without its code and a message"),
                        errhint("The code is an SQLSTATE, such as 22023.")));
    // A bad value, a violated constraint, what does not exist or may not be read: the functions on the way from the caller to the
    // check, with the queries in them, say nothing to whoever gave the value. Whoever catches the error has their own context
    // back: it is saved with the place to jump to.
    if (is_of_class(code, {"22", "23", "3F", "42"})) error_context_stack = nullptr;
    ereport(ERROR, (errcode(MAKE_SQLSTATE(code[0], code[1], code[2], code[3], code[4])), errmsg_internal("%s", message),
                    detail == nullptr ? 0 : errdetail_internal("%s", detail), hint == nullptr ? 0 : errhint("%s", hint)));
    PG_RETURN_VOID();
}
