// Values that grow by rows: a header, the rows after it, and spare room after those, all in one piece of raw memory
// that may be copied byte by byte, so it can be the state of an aggregate and a stored value at once. The memory
// belongs to its owner, who moves the value to a larger piece when it is full.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cltv {

// A value of the server is below 1 GB, with some room for the row or the message around it.
constexpr std::size_t largest_growable_bytes = (std::size_t{1} << 30) - 1 - 1024;

// The base of `struct Value : Growable<Value, Row>`, plain data with these members, where Value{} is an empty value:
//   length_word  of 4 bytes at the beginning, for the server, which finds the size of a value there
//   version      = current_version; others are not read
//   used         rows
//   capacity     rows that the memory has room for
// Sizes in bytes are powers of two, which is what allocators hand out anyway.
template <class Value, class RowType>
struct Growable {
    using Row = RowType;
    static constexpr std::uint16_t current_version = 1;
    static constexpr std::size_t smallest_bytes = 256;

    Row *rows() { return reinterpret_cast<Row *>(static_cast<Value *>(this) + 1); }
    const Row *rows() const { return reinterpret_cast<const Row *>(static_cast<const Value *>(this) + 1); }

    static constexpr std::size_t bytes(std::size_t capacity) { return sizeof(Value) + capacity * sizeof(Row); }
    static constexpr std::uint32_t largest_capacity() { return (largest_growable_bytes - sizeof(Value)) / sizeof(Row); }
    static constexpr std::uint32_t limit(std::uint32_t capacity) { return capacity; }  // rows that so many places take
    static constexpr std::uint32_t largest_rows() { return Value::limit(Value::largest_capacity()); }

    // The capacity for that many rows, if a value can have them.
    static constexpr std::uint32_t capacity_for(std::uint64_t rows) {
        for (std::size_t size = Value::smallest_bytes; size < largest_growable_bytes; size *= 2) {
            const auto capacity = static_cast<std::uint32_t>((size - sizeof(Value)) / sizeof(Row));
            if (rows <= Value::limit(capacity)) return capacity;
        }
        return Value::largest_capacity();
    }

    // Makes an empty value for that many rows in raw memory.
    static Value &start(void *memory, std::uint32_t capacity) {
        static_assert(offsetof(Value, length_word) == 0 && alignof(Value) >= alignof(Row));
        Value &value = *static_cast<Value *>(memory);
        value = {};
        value.capacity = capacity;
        return value;
    }

    // Makes a copy in raw memory for capacity >= from.used rows.
    static Value &copy(void *memory, std::uint32_t capacity, const Value &from) {
        std::memcpy(memory, &from, bytes(from.used));
        Value &value = *static_cast<Value *>(memory);
        value.capacity = capacity;
        return value;
    }

    // There must be room.
    void append(const Row *rows, std::uint32_t count) {
        auto &value = static_cast<Value &>(*this);
        std::memcpy(value.rows() + value.used, rows, count * sizeof(Row));
        value.used += count;
    }
};

}  // namespace cltv
