// Errors that a check of the SQL found on behalf of whoever called it.
#include <cstring>

#include "pg/base/postgres.hpp"

namespace {

char *text_or_null(FunctionCallInfo fcinfo, int n) {
    return PG_ARGISNULL(n) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

// An SQLSTATE of a user's fault: of no other class could a caller be told.
bool is_sqlstate(const char *code) {
    if (code == nullptr || std::strlen(code) != 5) return false;
    for (const char *c = code; *c != '\0'; ++c)
        if (!((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z'))) return false;
    return std::strncmp(code, "22", 2) == 0 || std::strncmp(code, "23", 2) == 0 || std::strncmp(code, "3F", 2) == 0 ||
           std::strncmp(code, "42", 2) == 0;
}

}  // namespace

CLTV_FUNCTION(cltv_refuse) {
    const char *code = text_or_null(fcinfo, 0), *message = text_or_null(fcinfo, 1);
    const char *detail = text_or_null(fcinfo, 2), *hint = text_or_null(fcinfo, 3);
    if (!is_sqlstate(code) || message == nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no error can be raised without its code and a message"),
                        errhint("The code is an SQLSTATE of class 22, 23, 3F or 42, such as 22023.")));
    // The functions on the way from the caller to the check, with the queries in them, say nothing to whoever gave the
    // value. Whoever catches the error has their own context back: it is saved with the place to jump to.
    error_context_stack = nullptr;
    ereport(ERROR, (errcode(MAKE_SQLSTATE(code[0], code[1], code[2], code[3], code[4])), errmsg_internal("%s", message),
                    detail == nullptr ? 0 : errdetail_internal("%s", detail), hint == nullptr ? 0 : errhint("%s", hint)));
    PG_RETURN_VOID();
}
