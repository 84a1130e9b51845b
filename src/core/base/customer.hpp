// What the models know about one customer, and about many customers who look the same.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <cstddef>

namespace cltv {

// The sufficient statistics of an orders model. One time unit throughout; days everywhere in the pipeline.
struct Customer {
    double frequency;  // x: repeat purchases
    double recency;    // t_x: from the first to the last purchase
    double tenure;     // T: from the first purchase to the observation date
};

// A customer whose time is counted in opportunities, each of which brings at most one purchase: recency is the number
// of the last opportunity with a purchase, tenure the number of opportunities so far. Models of such customers sum over
// opportunities, hence the limit.
constexpr double max_opportunities = 100000;

inline bool is_discrete(const Customer &customer) {
    return customer.frequency <= customer.recency && std::trunc(customer.recency) == customer.recency &&
           std::trunc(customer.tenure) == customer.tenure && customer.tenure <= max_opportunities;
}

// Rows of a base: distinct customers, sorted, with the number of customers (or the sum of their weights).
struct CustomerCount {
    Customer customer;
    double count;
};

// The sufficient statistics of a spend model.
struct Spend {
    double frequency;        // x: repeat purchases
    double monetary_value;   // m_x: mean spend per repeat purchase; 0 without one
    double first_value = 0;  // what the first purchase brought; 0: unknown, or nothing
};

struct SpendCount {
    Spend spend;
    double count;
};

// The sufficient statistics of a contract that is renewed, or not, at the end of each period.
struct Contract {
    double periods;  // whole periods behind the customer
    double churned;  // 1 if the customer left at the end of the last of them, 0 if every one was renewed
};

struct ContractCount {
    Contract contract;
    double count;
};

// Read-only view of an array; std::span arrives with C++20 only.
template <class T>
struct View {
    const T *data;
    std::size_t size;
    const T *begin() const { return data; }
    const T *end() const { return data + size; }
    constexpr const T &operator[](std::size_t i) const { return data[i]; }
};

template <class T, std::size_t size>
constexpr View<T> view_of(const T (&array)[size]) {
    return {array, size};
}

}  // namespace cltv
