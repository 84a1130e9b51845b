// The SQL type features: one row of named attributes (core/rows/features.hpp).
#pragma once

#include "core/rows/features.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

inline const Features *features_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<const Features *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

// For messages.
inline char *text_of(const Text &text) { return pnstrdup(text.data, text.size); }

// A text preceded by its number of bytes, in the client's encoding.
inline void send_text(StringInfo out, const Text &text) {
    const int size = static_cast<int>(text.size);
    const char *const converted = pg_server_to_client(text.data, size);
    const int converted_size = converted == text.data ? size : static_cast<int>(std::strlen(converted));
    send_number(out, converted_size);
    pq_sendbytes(out, converted, converted_size);
}

inline Text receive_text(StringInfo in, const char *type_name) {
    const int size = static_cast<int>(pq_getmsgint(in, 4));
    check_binary(size >= 0 && size <= in->len - in->cursor, type_name, "A text is longer than the value.");
    int converted;
    const char *const text = pq_getmsgtext(in, size, &converted);
    return {text, static_cast<std::size_t>(converted)};
}

// Unsorted names, whose values have any form, on their way to features: each name, and its original position.
struct NamedPlace {
    Text name;
    int place;
};

// Sorts by name; what is wrong with the names, in a sentence, or nullptr.
const char *fault_of_names(NamedPlace *names, int n);

// The same, but raises 22023 where there are no names, or too many, or a name is empty, too long or repeated.
void sort_names(NamedPlace *names, int n);

// Features with all values null.
Features *new_features(const NamedPlace *names, int n, Size text_bytes);

// Features from sorted names, and values by the names' original positions.
Features *features_of(const NamedPlace *names, int n, const FeatureValue *values);

[[noreturn]] void raise_bad_attributes(const char *message, const char *detail, const char *hint);

// The number; raises an error unless it is finite.
double checked_attribute(const Text &name, double number);

}  // namespace cltv::pg
