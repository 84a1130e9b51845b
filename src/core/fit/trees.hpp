// Decision trees as a model carries them, and their predictions.
//
// The attributes of a customer are coded first: a number by how many of its column's cuts are below it, a category by
// the place of its level in the design. Every question of every tree is then about one byte: whether it is above
// another, or whether it is in a set. The answer "yes" goes to the right.
#pragma once

#include "core/base/numbers_only.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/rows/design.hpp"
#include "core/rows/features.hpp"

namespace cltv {

// What the sum of the trees' leaves, the margin, says about the response. Stored in databases: numbers are never
// reused.
enum class TreeObjective : std::uint16_t {
    mean = 0,      // the margin is the mean
    squared = 1,   // likewise, with trees that correct one another
    logistic = 2,  // 1/(1 + e^-margin)
    poisson = 3,   // e^margin
    gamma = 4,     // e^margin
    ziln = 5       // three margins: P(above 0), the mean and the log standard deviation of the logarithm
};
constexpr int n_tree_objectives = 6;
const char *objective_name(TreeObjective objective);
constexpr int n_outputs(TreeObjective objective) { return objective == TreeObjective::ziln ? 3 : 1; }
constexpr int most_outputs = 3;

// The mean of the response.
double mean_of_margins(TreeObjective objective, const double *margins);

// Codes are bytes: a number has up to 254 cuts, and so a code of up to 254.
constexpr std::uint32_t most_cuts = 254;
constexpr std::uint32_t most_level_codes = 255;
constexpr std::uint8_t code_of_unknown = 255;
constexpr int deepest_tree = 20;

// A question goes right if the code of the column is above `where`, or, from first_set on, if it is in the set where -
// first_set. A missing number goes right if `column`, which is twice the column's number or one more, is odd. A leaf
// asks whether a code is above 255, and leads to itself.
struct TreeNode {
    std::uint32_t left;  // the other child comes right after it
    std::uint16_t column;  // twice the number, and one more where missing numbers go right
    std::uint16_t unused;
    std::uint32_t where;

    // The code above 254 is that of a missing number that goes right: all known ones go left.
    static constexpr std::uint32_t first_set = 256, no_cut = 255, above_all = 254;
    std::uint32_t attribute() const { return column / 2u; }
    bool unknown_goes_right() const { return (column & 1) != 0; }
    bool asks_set() const { return where >= first_set; }
    bool is_leaf(std::uint32_t self) const { return left == self; }
};
static_assert(sizeof(TreeNode) == 12);

struct CodeSet {
    std::uint64_t bits[4];

    bool has(unsigned code) const { return bits[code / 64] >> (code % 64) & 1; }
    void put(unsigned code) { bits[code / 64] |= std::uint64_t{1} << (code % 64); }
    bool operator==(const CodeSet &other) const {
        return bits[0] == other.bits[0] && bits[1] == other.bits[1] && bits[2] == other.bits[2] && bits[3] == other.bits[3];
    }
};

struct TreePlace {
    std::uint32_t begin, depth;
};

// The parts of trees, to be written. Nodes name their children by their number within the tree; a parent comes before
// its children.
struct TreeParts {
    TreeObjective objective = TreeObjective::mean;
    double base[most_outputs] = {};  // of each margin, before any tree
    std::uint32_t n_columns = 0;
    const std::uint32_t *n_cuts = nullptr;  // of each column
    const double *cuts = nullptr;           // one column after the other
    std::uint32_t n_sets = 0;
    const CodeSet *sets = nullptr;
    std::uint32_t n_trees = 0;              // for ziln, one of each margin in turn
    const std::uint32_t *n_nodes = nullptr;  // of each tree
    const TreeNode *nodes = nullptr;
    const double *values = nullptr;  // of a leaf what it adds, of a question by how much it lowers the loss
    const double *covers = nullptr;  // customers of the fit who came by
};

// A flat record: header, values, covers, cuts, sets, nodes, where trees begin, where the cuts of columns begin.
struct Trees {
    std::uint64_t bytes;  // of the whole, a multiple of 8
    TreeObjective objective;
    std::uint16_t reserved;
    std::uint32_t n_columns, n_cuts, n_sets, n_trees, n_nodes;
    double base[most_outputs];

    int n_outputs() const { return cltv::n_outputs(objective); }
    // Trees that are alike vote: the margin is their mean, not their sum.
    double share() const { return objective == TreeObjective::mean ? 1.0 / n_trees : 1.0; }

    const double *values() const { return reinterpret_cast<const double *>(this + 1); }
    const double *covers() const { return values() + n_nodes; }
    const double *cuts() const { return covers() + n_nodes; }
    const CodeSet *sets() const { return reinterpret_cast<const CodeSet *>(cuts() + n_cuts); }
    const TreeNode *nodes() const { return reinterpret_cast<const TreeNode *>(sets() + n_sets); }
    const TreePlace *places() const { return reinterpret_cast<const TreePlace *>(nodes() + n_nodes); }
    const std::uint32_t *cuts_begin() const { return reinterpret_cast<const std::uint32_t *>(places() + n_trees); }
    std::uint32_t n_nodes_of(std::uint32_t tree) const {
        return (tree + 1 < n_trees ? places()[tree + 1].begin : n_nodes) - places()[tree].begin;
    }
};
static_assert(sizeof(Trees) == 56);

std::size_t trees_bytes(const TreeParts &parts);
void write_trees(const TreeParts &parts, void *memory);

// What is wrong with parts that claim to be trees, in a sentence, or nullptr; then the same for trees beside the design
// about whose columns they ask.
const char *find_fault(const TreeParts &parts);
const char *find_fault(const Trees &trees, const Design &design);

// The codes of a customer: for each column one where a missing number goes left, and one where it goes right.
constexpr int most_code_bytes = 2 * Features::most;
struct CodedCustomer {
    std::uint8_t code[most_code_bytes];
};

// The design's columns must be among the features; `sum` of the result has no meaning.
Match code_customer(const Trees &trees, const Design &design, const Features &features, CodedCustomer &customer);

inline bool goes_right(const TreeNode &node, const CodeSet *sets, const CodedCustomer &customer) {
    const unsigned code = customer.code[node.column];
    return node.asks_set() ? sets[node.where - TreeNode::first_set].has(code) : code > node.where;
}

// The sums of the trees' leaves, each margin from its base.
void margins_of(const Trees &trees, const CodedCustomer &customer, double *margins);

}  // namespace cltv
