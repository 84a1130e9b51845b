// The text forms of the project's types: JSON with its keys in a fixed order, written with the shortest digits that
// read back as the same float8, whatever the session's extra_float_digits or DateStyle, and read strictly.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/base/double_double.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

inline void append_number(StringInfo out, double value) {
    char digits[DOUBLE_SHORTEST_DECIMAL_LEN];
    double_to_shortest_decimal_buf(value, digits);
    appendStringInfoString(out, digits);
}

// Reads one value of type_name from a NUL-terminated text. White space may precede every token. Each reader either
// returns what it promises or raises 22P02 (for a number outside float8: 22003). Plain data, so that ereport() may jump
// over it.
class Scanner {
  public:
    Scanner(const char *text, const char *type_name) : text_(text), at_(text), type_name_(type_name) {}

    // Consumes the literal if it comes next.
    bool accept(const char *literal) {
        skip_space();
        return accept_here(literal);
    }

    // The same without white space before it.
    bool accept_here(const char *literal) {
        const std::size_t length = std::strlen(literal);
        if (std::strncmp(at_, literal, length) != 0) return false;
        at_ += length;
        return true;
    }

    void expect(const char *literal) {
        if (!accept(literal)) fail_expecting(literal);
    }

    void expect_here(const char *literal) {
        if (!accept_here(literal)) fail_expecting(literal);
    }

    // "name":
    void key(const char *name) {
        expect("\"");
        const std::size_t length = std::strlen(name);
        if (std::strncmp(at_, name, length) != 0 || at_[length] != '"') fail_expecting(name);
        at_ += length + 1;
        expect(":");
    }

    // A string without escapes of at most size - 1 bytes: a name.
    void string(char *name, std::size_t size) {
        expect("\"");
        const std::size_t length = std::strcspn(at_, "\"\\");
        if (length >= size || at_[length] != '"') fail_expecting("a name");
        std::memcpy(name, at_, length);
        name[length] = '\0';
        at_ += length + 1;
    }

    // An object with its keys in any order: each(name) is called with the scanner before the value, and consumes it.
    template <class Each>
    void object(Each &&each) {
        expect("{");
        if (accept("}")) return;
        do {
            char name[longest_name];
            string(name, sizeof name);
            expect(":");
            each(name);
        } while (accept(","));
        expect("}");
    }

    // An array: each() is called with the scanner before every element, and consumes it.
    template <class Each>
    void array(Each &&each) {
        expect("[");
        for (bool between = false; !accept("]"); between = true) {
            CHECK_FOR_INTERRUPTS();
            if (between) expect(",");
            each();
        }
    }

    // Skips a value of any kind, for a reader who comes back for it.
    void skip_value() {
        int depth = 0;
        do {
            skip_space();
            if (*at_ == '\0') fail_expecting("a value");
            if (*at_ == '"') {
                const char *end = at_ + 1;
                while (*end != '"' && *end != '\0') end += *end == '\\' && end[1] != '\0' ? 2 : 1;
                if (*end == '\0') fail_expecting("a string with an end");
                at_ = end + 1;
            } else if (*at_ == '{' || *at_ == '[') {
                ++depth;
                ++at_;
            } else if (*at_ == '}' || *at_ == ']') {
                if (--depth < 0) fail_expecting("a value");
                ++at_;
            } else {
                const std::size_t length = std::strcspn(at_, "\"{}[],: \t\n\r");
                if (length == 0 && depth == 0) fail_expecting("a value");
                at_ += length == 0 ? 1 : length;
            }
        } while (depth > 0);
    }

    // The position of the scanner, and a return to it.
    const char *place() const { return at_; }
    void go_to(const char *place) { at_ = place; }

    // A decimal integer of the whole int64 range.
    int64_t integer() {
        skip_space();
        const bool negative = *at_ == '-';
        const char *digit = at_ + negative;
        if (!is_digit(*digit)) fail_expecting("an integer");
        int64_t value = 0;
        for (; is_digit(*digit); ++digit) {
            const int64_t step = negative ? '0' - *digit : *digit - '0';
            if (__builtin_mul_overflow(value, int64_t{10}, &value) || __builtin_add_overflow(value, step, &value))
                fail("The integer is out of range.");
        }
        at_ = digit;
        return value;
    }

    // A number of `least` to `most` <= 9 digits, without white space before them.
    int32_t digits(int least, int most) {
        int32_t value = 0;
        for (int i = 0; i < most && (i < least || is_digit(*at_)); ++i, ++at_) {
            if (!is_digit(*at_)) fail_expecting("a digit");
            value = value * 10 + (*at_ - '0');
        }
        return value;
    }

    bool sees_digit() const { return is_digit(*at_); }

    // A JSON number: no NaN, no infinity, no hexadecimal.
    double number() {
        skip_space();
        const std::size_t length = std::strspn(at_, "+-.0123456789Ee");
        char digits[64];
        if (length == 0 || length >= sizeof digits || !(is_digit(*at_) || *at_ == '-')) fail_expecting("a number");
        std::memcpy(digits, at_, length);
        digits[length] = '\0';
        at_ += length;
        return float8_from_text(digits, type_name_);
    }

    // Nothing but white space may be left.
    void end() {
        skip_space();
        if (*at_ != '\0') fail_expecting("the end of the value");
    }

    // Raises 22P02 with a sentence that says what is wrong with the value.
    [[noreturn]] void fail(const char *detail) const {
        ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), syntax_error(), errdetail("%s", detail)));
        pg_unreachable();
    }

  private:
    static constexpr int excerpt = 40;  // bytes of the text that an error shows
    static constexpr std::size_t longest_name = 256;

    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    static int clipped(const char *text) {
        const int length = static_cast<int>(strnlen(text, excerpt + MAX_MULTIBYTE_CHAR_LEN));
        return pg_mbcliplen(text, length, excerpt);
    }

    void skip_space() { at_ += std::strspn(at_, " \t\n\r"); }

    int syntax_error() const {
        return errmsg("invalid input syntax for type %s: \"%.*s\"", type_name_, clipped(text_), text_);
    }

    [[noreturn]] void fail_expecting(const char *what) const {
        ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), syntax_error(),
                        errdetail("Expected %s at byte %lld, found \"%.*s\".", what,
                                  static_cast<long long>(at_ - text_) + 1, clipped(at_), at_)));
        pg_unreachable();
    }

    const char *text_;
    const char *at_;
    const char *type_name_;
};

// An exact sum is the array of its two numbers.
inline void append_pair(StringInfo out, DoubleDouble pair) {
    appendStringInfoChar(out, '[');
    append_number(out, pair.hi);
    appendStringInfoChar(out, ',');
    append_number(out, pair.lo);
    appendStringInfoChar(out, ']');
}

inline DoubleDouble scan_pair(Scanner &scanner) {
    scanner.expect("[");
    const double hi = scanner.number();
    scanner.expect(",");
    const double lo = scanner.number();
    scanner.expect("]");
    return {hi, lo};
}

}  // namespace cltv::pg
