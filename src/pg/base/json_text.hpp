// Strings of any characters in the text forms of the project's types, as JSON writes them.
#pragma once

#include "pg/base/scan.hpp"

extern "C" {
#include "utils/json.h"
}

namespace cltv::pg {

// A text in the server's memory.
struct ScannedText {
    char *data;
    std::size_t size;
};

namespace json {

inline int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The four digits after \u.
inline unsigned code_unit(Scanner &scan, const char *at) {
    unsigned unit = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hex_digit(at[i]);
        if (digit < 0) scan.fail("\\u must be followed by four hexadecimal digits.");
        unit = unit << 4 | static_cast<unsigned>(digit);
    }
    return unit;
}

}  // namespace json

// Reads a string with its escapes.
inline ScannedText scan_text(Scanner &scan) {
    scan.expect("\"");
    const char *at = scan.place();
    const char *close = at;
    while (*close != '"' && *close != '\0') close += *close == '\\' && close[1] != '\0' ? 2 : 1;
    // An escape of six characters stands for at most four bytes in the encodings of servers.
    const Size most = static_cast<Size>(close - at) + MAX_UNICODE_EQUIVALENT_STRING + 1;
    char *const text = static_cast<char *>(palloc(most)), *end = text;
    while (*at != '"') {
        if (*at == '\0') scan.fail("A string has no end.");
        if (static_cast<unsigned char>(*at) < 0x20) scan.fail("A control character in a string must be escaped.");
        if (*at != '\\') {
            *end++ = *at++;
            continue;
        }
        ++at;
        switch (*at++) {
            case '"': *end++ = '"'; break;
            case '\\': *end++ = '\\'; break;
            case '/': *end++ = '/'; break;
            case 'b': *end++ = '\b'; break;
            case 'f': *end++ = '\f'; break;
            case 'n': *end++ = '\n'; break;
            case 'r': *end++ = '\r'; break;
            case 't': *end++ = '\t'; break;
            case 'u': {
                pg_wchar code = json::code_unit(scan, at);
                at += 4;
                if (code == 0) scan.fail("\\u0000 cannot be stored in a text.");
                if (is_utf16_surrogate_first(code)) {
                    if (at[0] != '\\' || at[1] != 'u') scan.fail("A high surrogate must be followed by a low one.");
                    const pg_wchar low = json::code_unit(scan, at + 2);
                    if (!is_utf16_surrogate_second(low)) scan.fail("A high surrogate must be followed by a low one.");
                    code = surrogate_pair_to_codepoint(code, low);
                    at += 6;
                } else if (is_utf16_surrogate_second(code)) {
                    scan.fail("A low surrogate must follow a high one.");
                }
                if (code > 0x7F && GetDatabaseEncoding() == PG_SQL_ASCII)
                    scan.fail("An escape beyond ASCII has no meaning in a database of encoding SQL_ASCII.");
                unsigned char converted[MAX_UNICODE_EQUIVALENT_STRING + 1];
                pg_unicode_to_server(code, converted);
                const std::size_t size = std::strlen(reinterpret_cast<const char *>(converted));
                std::memcpy(end, converted, size);
                end += size;
                break;
            }
            default: scan.fail("An escape in a string is unknown.");
        }
    }
    *end = '\0';
    scan.go_to(at + 1);
    return {text, static_cast<std::size_t>(end - text)};
}

inline void append_text(StringInfo out, const char *data, std::size_t size) {
    escape_json(out, pnstrdup(data, size));
}

}  // namespace cltv::pg
