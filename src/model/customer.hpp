// What the models know of one customer, and of a multitude of customers who look the same.
#pragma once

#include "model/numbers_only.hpp"

#include <cstddef>

namespace cltv {

// The sufficient statistics of an orders model. One time unit throughout; days everywhere in the pipeline.
struct Customer {
    double frequency;  // x: repeat purchases
    double recency;    // t_x: from the first to the last purchase
    double tenure;     // T: from the first purchase to the observation date
};

// Rows of a base: distinct customers, sorted, with the number of customers (or the sum of their weights).
struct CustomerCount {
    Customer customer;
    double count;
};

// The sufficient statistics of a spend model.
struct Spend {
    double frequency;       // x: repeat purchases
    double monetary_value;  // m_x: mean spend per repeat purchase
};

struct SpendCount {
    Spend spend;
    double count;
};

// Read-only view of an array; std::span arrives with C++20 only.
template <class T>
struct View {
    const T *data;
    std::size_t size;
    const T *begin() const { return data; }
    const T *end() const { return data + size; }
    const T &operator[](std::size_t i) const { return data[i]; }
};

}  // namespace cltv
