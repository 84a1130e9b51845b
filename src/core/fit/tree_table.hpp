// The predictions of trees for many customers, without a walk through each tree.
//
// Every answer to a question rules out the leaves on its other side, and the one leaf that none rules out is where a
// walk would end (C. Lucchese et al.: QuickScorer, SIGIR 2015). What a column's code rules out in a tree, by all
// questions about it, is known beforehand. So a table gives, by column and code, the leaves of each tree that are left,
// a bit each, and for a customer the rows of all columns are combined. No step waits for the one before, as the steps
// of a walk do.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/trees.hpp"

namespace cltv {

class TreeTable {
public:
    // The size of the table; 0 where a tree has more than 64 leaves, which have no table.
    static std::size_t bytes(const Trees &trees);

    // Only where bytes(trees) is not 0. Throws Stopped.
    TreeTable(const Trees &trees, Stop stop);

    // The margins as margins_of gives them, to the same bits.
    void margins(const CodedCustomer &customer, double *margins) const;

private:
    // A column that questions ask about: its rows are those of the codes from 0 to `last`, which stands for all from
    // there on.
    struct Column {
        std::uint32_t number, last;
        std::size_t first_row;
    };
    struct Shape {
        std::uint32_t leaves = 1;  // of the largest tree
        std::size_t rows = 0;
        std::vector<Column> columns{};
        std::uint32_t width() const { return leaves <= 8 ? 8 : leaves <= 16 ? 16 : leaves <= 32 ? 32 : 64; }
        // The number of trees in a row of the table, padded to whole blocks.
        std::size_t stride(std::size_t trees) const { return (trees + block(width()) - 1) / block(width()) * block(width()); }
    };
    // Trees whose leaves take 128 bytes: what registers hold.
    static constexpr std::size_t block(std::uint32_t width) { return 1024 / width; }
    static Shape shape_of(const Trees &trees);

    template <class Leaves>
    void fill(const Trees &trees, Stop stop);
    template <class Leaves>
    void add(const CodedCustomer &customer, double *sums) const;

    Shape shape_;
    std::uint32_t n_trees_;
    int outputs_;
    double share_, base_[most_outputs];
    // One of them is used: that whose numbers have a bit for each leaf of the largest tree.
    std::tuple<std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<std::uint32_t>, std::vector<std::uint64_t>> tables_;
    std::vector<double> values_;  // of leaves; each tree has as many as a number has bits
};

}  // namespace cltv
