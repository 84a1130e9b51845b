// A row of a base, whatever its struct, as numbers: its columns and its count.
#pragma once

#include "core/base/numbers_only.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace cltv {

// A row as plain numbers: its columns, then its count.
template <class Row>
using Numbers = std::array<double, sizeof(Row) / sizeof(double)>;

template <class Row>
Numbers<Row> numbers_of(const Row &row) {
    static_assert(std::is_trivially_copyable_v<Row> && sizeof(Numbers<Row>) == sizeof(Row));
    Numbers<Row> numbers;
    std::memcpy(&numbers, &row, sizeof row);
    return numbers;
}

template <class Row>
Row row_of(const Numbers<Row> &numbers) {
    Row row;
    std::memcpy(static_cast<void *>(&row), &numbers, sizeof row);
    return row;
}

// Hashes the columns, not the count. Columns are neither NaN nor -0, so equal numbers have equal bits.
template <class Row>
bool same_columns(const Row &a, const Row &b) {
    const Numbers<Row> left = numbers_of(a), right = numbers_of(b);
    bool same = true;
    for (std::size_t i = 0; i + 1 < left.size(); ++i) same &= left[i] == right[i];
    return same;
}

template <class Row>
bool columns_before(const Row &a, const Row &b) {
    const Numbers<Row> left = numbers_of(a), right = numbers_of(b);
    for (std::size_t i = 0; i + 2 < left.size(); ++i)
        if (left[i] != right[i]) return left[i] < right[i];
    return left[left.size() - 2] < right[left.size() - 2];
}

}  // namespace cltv
