// One tree at a time: the questions whose answers lower the loss most, from histograms of the gradients (T. Chen, C.
// Guestrin: XGBoost, a scalable tree boosting system, KDD 2016; G. Ke et al.: LightGBM, NIPS 2017).
//
// Near the present margins the loss is known by its gradient g and curvature h in each of them. A leaf with the sums G
// and H adds -G/(H + lambda), and lowers the loss by half of G^2/(H + lambda); the gain of a question is by how much
// more its two answers lower it than the node alone. The levels of a category are sorted by -G/(H + lambda): in that
// order the best division into two is among those with a single cut (W. D. Fisher: On grouping for maximum homogeneity,
// JASA 53 (1958) 789-798). A missing number goes with the answer that gains more by it; where none is missing, with
// that of more customers.
//
// All sums go over the rows in their order, and one of two children is the parent less the other: results depend on
// nothing but the rows. Among equal gains the first column wins, and within it the first cut.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/trees.hpp"
#include "core/learning/tree_bins.hpp"

namespace cltv {

// The gradient and curvature of a row's loss, times its weight.
struct Gradient {
    double g, h;
};

// A node as it grows: its children have the numbers left and left + 1; 0 for a leaf.
struct GrownNode {
    std::uint32_t left = 0, column = 0, cut = 0;  // right if the bin is above the cut
    bool asks_set = false, unknown_goes_right = false;
    CodeSet right_levels{};
    double value = 0, gain = 0, customers = 0;

    bool is_leaf() const { return left == 0; }
};

struct GrowOptions {
    int max_depth = 4;
    double min_rows = 20;  // customers in a leaf
    double lambda = 1;
    const std::vector<std::int8_t> *monotone = nullptr;  // by column: 1 rises, -1 falls
    // The number of columns, drawn for each node by a hash, of which the best is used; 0: all.
    std::uint32_t columns_tried = 0;
    std::uint64_t seed = 0;
    std::uint32_t tree = 0;
};

class TreeGrower {
public:
    // attributes: for each row the number of its row of attributes in the bins. Both must outlive this.
    TreeGrower(const TreeBins &bins, const std::vector<std::uint32_t> &attributes, Stop stop);

    // Grows a tree from the given rows, which ascend, with their gradients and weights; `rows` is put into the order of
    // the leaves. see(node, first, last) is called with a leaf and the range of its rows. Throws Stopped.
    template <class See>
    std::vector<GrownNode> grow(std::vector<std::uint32_t> &rows, const std::vector<Gradient> &gradients,
                                const std::vector<double> &weights, const GrowOptions &options, See &&see) {
        grow_nodes(rows, gradients, weights, options);
        for (const Leaf &leaf : leaves_) see(nodes_[leaf.node], rows.data() + leaf.begin, rows.data() + leaf.end);
        return std::move(nodes_);
    }

    // The leaf of a row of attributes.
    const GrownNode &leaf_of(const std::vector<GrownNode> &tree, std::uint32_t row) const;

private:
    // Two pairs, each of which a processor adds at once.
    typedef double Pair __attribute__((vector_size(16)));
    struct Cell {
        Pair gradient;   // g, h
        Pair customers;  // and nothing
    };
    struct Sums {
        double g = 0, h = 0, n = 0;
    };
    struct Bounds {
        double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
    };
    struct Leaf {
        std::uint32_t node;
        std::size_t begin, end;
    };
    struct Split {
        double gain = 0;
        std::uint32_t column = 0, cut = 0;
        bool asks_set = false, unknown_goes_right = false;
        CodeSet right_levels{};
        Sums left{}, right{};
    };

    static Sums sums_of(const Cell &cell) { return {cell.gradient[0], cell.gradient[1], cell.customers[0]}; }
    double value_of(const Sums &sums, const Bounds &bounds) const;
    double score_of(const Sums &sums, const Bounds &bounds) const;

    void grow_nodes(std::vector<std::uint32_t> &rows, const std::vector<Gradient> &gradients,
                    const std::vector<double> &weights, const GrowOptions &options);
    void grow_node(std::uint32_t node, std::size_t begin, std::size_t end, const Sums &sums, const Bounds &bounds, int depth,
                   std::uint64_t path, std::vector<Cell> &histogram);
    void fill(std::vector<Cell> &histogram, std::size_t begin, std::size_t end) const;
    Split find_split(const std::vector<Cell> &histogram, const Sums &sums, const Bounds &bounds, std::uint64_t path);
    void try_number(std::uint32_t column, const Cell *cells, const Sums &sums, const Bounds &bounds, Split &best) const;
    void try_category(std::uint32_t column, const Cell *cells, const Sums &sums, const Bounds &bounds, Split &best);
    bool improves(const Sums &left, const Sums &right, double before, std::uint32_t column, const Bounds &bounds,
                  double so_far, double &gain) const;
    std::size_t partition(std::size_t begin, std::size_t end, const GrownNode &node);
    std::vector<Cell> take_histogram();
    void draw_columns(std::uint64_t path);

    const TreeBins &bins_;
    const std::vector<std::uint32_t> &attributes_;
    Stop stop_;
    std::vector<std::uint32_t> first_bin_;  // of each column among those of all

    // The state of the tree that is growing.
    std::uint32_t *rows_ = nullptr;
    const Gradient *gradients_ = nullptr;
    const double *weights_ = nullptr;
    GrowOptions options_;
    std::vector<GrownNode> nodes_;
    std::vector<Leaf> leaves_;
    std::vector<std::vector<Cell>> spare_;
    std::vector<std::uint32_t> moved_, columns_;
    std::vector<std::pair<double, std::uint32_t>> order_;
};

// Whether a code, in a row of attributes of the bins, goes right.
inline bool goes_right(const GrownNode &node, std::uint8_t code, std::uint32_t bin_of_unknown) {
    if (node.asks_set) return node.right_levels.has(code);
    return code == bin_of_unknown ? node.unknown_goes_right : code > node.cut;
}

}  // namespace cltv
