#include "core/fit/tree_table.hpp"

#include <algorithm>

namespace cltv {

namespace {

// A customer with the code that a row of a column stands for. The last row of a number is for a missing one.
CodedCustomer customer_of(std::uint32_t column, std::uint32_t row, bool unknown) {
    CodedCustomer customer;
    customer.code[2 * column] = static_cast<std::uint8_t>(unknown ? 0 : row);
    customer.code[2 * column + 1] = unknown ? code_of_unknown : static_cast<std::uint8_t>(row);
    return customer;
}

}  // namespace

TreeTable::Shape TreeTable::shape_of(const Trees &trees) {
    Shape shape;
    std::vector<int> last(trees.n_columns, -1);
    for (std::uint32_t t = 0; t < trees.n_trees; ++t) {
        std::uint32_t leaves = 0;
        for (std::uint32_t i = 0; i < trees.n_nodes_of(t); ++i) {
            const std::uint32_t number = trees.places()[t].begin + i;
            const TreeNode &node = trees.nodes()[number];
            if (node.is_leaf(number)) {
                ++leaves;
                continue;
            }
            const std::uint32_t column = node.attribute();
            if (node.asks_set()) {
                const CodeSet &set = trees.sets()[node.where - TreeNode::first_set];
                int above = 0;  // the highest level in any question: levels above it get the answers of none
                for (int code = 0; code < 256; ++code)
                    if (set.has(static_cast<unsigned>(code))) above = std::min(code + 1, 255);
                last[column] = std::max(last[column], above);
            } else {
                last[column] = static_cast<int>(trees.cuts_begin()[column + 1] - trees.cuts_begin()[column]) + 1;
            }
        }
        shape.leaves = std::max(shape.leaves, leaves);
    }
    for (std::uint32_t column = 0; column < trees.n_columns; ++column) {
        // One column stands for a forest that asks nothing.
        if (last[column] < 0 && !(column + 1 == trees.n_columns && shape.columns.empty())) continue;
        shape.columns.push_back({column, static_cast<std::uint32_t>(std::max(last[column], 0)), shape.rows});
        shape.rows += shape.columns.back().last + std::size_t{1};
    }
    return shape;
}

std::size_t TreeTable::bytes(const Trees &trees) {
    const Shape shape = shape_of(trees);
    if (shape.leaves > 64 || shape.columns.empty()) return 0;
    return shape.rows * shape.stride(trees.n_trees) * shape.width() / 8 + std::size_t{trees.n_trees} * shape.width() * sizeof(double);
}

TreeTable::TreeTable(const Trees &trees, Stop stop)
    : shape_(shape_of(trees)), n_trees_(trees.n_trees), outputs_(trees.n_outputs()), share_(trees.share()) {
    std::copy(trees.base, trees.base + most_outputs, base_);
    switch (shape_.width()) {
        case 8: fill<std::uint8_t>(trees, stop); break;
        case 16: fill<std::uint16_t>(trees, stop); break;
        case 32: fill<std::uint32_t>(trees, stop); break;
        default: fill<std::uint64_t>(trees, stop); break;
    }
}

template <class Leaves>
void TreeTable::fill(const Trees &trees, Stop stop) {
    constexpr std::uint32_t width = 8 * sizeof(Leaves);
    const std::size_t stride = shape_.stride(n_trees_);
    auto &table = std::get<std::vector<Leaves>>(tables_);
    table.assign(shape_.rows * stride, static_cast<Leaves>(~Leaves{0}));
    values_.assign(std::size_t{n_trees_} * width, 0);
    std::vector<const Column *> columns(trees.n_columns);
    for (const Column &column : shape_.columns) columns[column.number] = &column;
    std::vector<Leaves> below;  // of each node the leaves that it leads to
    for (std::uint32_t t = 0; t < n_trees_; ++t) {
        const std::uint32_t begin = trees.places()[t].begin, n = trees.n_nodes_of(t);
        const TreeNode *const nodes = trees.nodes();
        below.assign(n, 0);
        std::uint32_t leaves = 0;
        for (std::uint32_t i = n; i-- > 0;) {  // children come after their parent
            const TreeNode &node = nodes[begin + i];
            if (node.is_leaf(begin + i)) {
                values_[std::size_t{t} * width + leaves] = trees.values()[begin + i];
                below[i] = static_cast<Leaves>(Leaves{1} << leaves++);
            } else {
                below[i] = static_cast<Leaves>(below[node.left - begin] | below[node.left + 1 - begin]);
            }
        }
        for (std::uint32_t i = 0; i < n; ++i) {
            poll_at(i, stop);
            const TreeNode &node = nodes[begin + i];
            if (node.is_leaf(begin + i)) continue;
            const Column &column = *columns[node.attribute()];
            for (std::uint32_t row = 0; row <= column.last; ++row) {
                const bool unknown = !node.asks_set() && row == column.last;
                const bool right = goes_right(node, trees.sets(), customer_of(column.number, row, unknown));
                Leaves &left = table[(column.first_row + row) * stride + t];
                left = static_cast<Leaves>(left & ~below[node.left - begin + (right ? 0 : 1)]);
            }
        }
    }
}

template <class Leaves>
void TreeTable::add(const CodedCustomer &customer, double *sums) const {
    constexpr std::uint32_t width = 8 * sizeof(Leaves);
    constexpr std::size_t at_once = block(width);
    const std::size_t stride = shape_.stride(n_trees_), n = shape_.columns.size();
    const Leaves *const table = std::get<std::vector<Leaves>>(tables_).data();
    std::size_t rows[Features::most];
    for (std::size_t c = 0; c < n; ++c) {
        const Column &column = shape_.columns[c];
        rows[c] = (column.first_row + std::min<std::uint32_t>(customer.code[2 * column.number + 1], column.last)) * stride;
    }
    int output = 0;
    for (std::size_t begin = 0; begin < n_trees_; begin += at_once) {
        Leaves left[at_once];
        const Leaves *first = table + rows[0] + begin;
        for (std::size_t k = 0; k < at_once; ++k) left[k] = first[k];
        for (std::size_t c = 1; c < n; ++c) {
            const Leaves *const row = table + rows[c] + begin;
            for (std::size_t k = 0; k < at_once; ++k) left[k] = static_cast<Leaves>(left[k] & row[k]);
        }
        const std::size_t last = std::min(at_once, n_trees_ - begin);
        const double *values = values_.data() + begin * width;
        for (std::size_t k = 0; k < last; ++k, values += width) {
            sums[output] += values[__builtin_ctzll(left[k])];
            if (++output == outputs_) output = 0;
        }
    }
}

void TreeTable::margins(const CodedCustomer &customer, double *margins) const {
    double sums[most_outputs] = {};
    switch (shape_.width()) {
        case 8: add<std::uint8_t>(customer, sums); break;
        case 16: add<std::uint16_t>(customer, sums); break;
        case 32: add<std::uint32_t>(customer, sums); break;
        default: add<std::uint64_t>(customer, sums);
    }
    for (int i = 0; i < outputs_; ++i) margins[i] = base_[i] + sums[i] * share_;
}

}  // namespace cltv
