// What the binary forms of the project's types share.
#pragma once

#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>

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

// A number of 1, 2, 4 or 8 bytes of any kind, in network order.
template <class Number>
using BitsOf = std::conditional_t<
    sizeof(Number) == 8, std::uint64_t,
    std::conditional_t<sizeof(Number) == 4, std::uint32_t,
                       std::conditional_t<sizeof(Number) == 2, std::uint16_t, std::uint8_t>>>;

template <class Number>
void send_number(StringInfo out, const Number &number) {
    BitsOf<Number> bits;
    static_assert(std::is_trivially_copyable_v<Number> && sizeof bits == sizeof number);
    std::memcpy(&bits, &number, sizeof bits);
    if constexpr (sizeof bits == 8)
        pq_sendint64(out, bits);
    else
        pq_sendint(out, bits, sizeof bits);
}

template <class Number>
void receive_number(StringInfo in, Number &number) {
    BitsOf<Number> bits;
    if constexpr (sizeof bits == 8)
        bits = pq_getmsgint64(in);
    else
        bits = pq_getmsgint(in, sizeof bits);
    static_assert(std::is_trivially_copyable_v<Number> && sizeof bits == sizeof number);
    std::memcpy(&number, &bits, sizeof bits);
}

// The same for the numbers that a tuple refers to.
template <class Tuple>
void send_numbers(StringInfo out, const Tuple &numbers) {
    std::apply([out](const auto &...number) { (send_number(out, number), ...); }, numbers);
}

template <class Tuple>
void receive_numbers(StringInfo in, Tuple &&numbers) {
    std::apply([in](auto &...number) { (receive_number(in, number), ...); }, numbers);
}

template <class... Number>
constexpr int sent_bytes(const std::tuple<Number &...> &) {
    return (0 + ... + static_cast<int>(sizeof(Number)));
}

}  // namespace cltv::pg
