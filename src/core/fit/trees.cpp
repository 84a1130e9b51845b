#include "core/fit/trees.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace cltv {

const char *objective_name(TreeObjective objective) {
    switch (objective) {
        case TreeObjective::mean: return "mean";
        case TreeObjective::squared: return "squared";
        case TreeObjective::logistic: return "logistic";
        case TreeObjective::poisson: return "poisson";
        case TreeObjective::gamma: return "gamma";
        case TreeObjective::ziln: return "ziln";
    }
    return nullptr;
}

double mean_of_margins(TreeObjective objective, const double *margins) {
    switch (objective) {
        case TreeObjective::logistic: return 1 / (1 + std::exp(-margins[0]));
        case TreeObjective::poisson:
        case TreeObjective::gamma: return std::exp(margins[0]);
        case TreeObjective::ziln:
            return 1 / (1 + std::exp(-margins[0])) * std::exp(margins[1] + std::exp(2 * margins[2]) / 2);
        default: return margins[0];
    }
}

namespace {

struct Sizes {
    std::size_t nodes = 0, cuts = 0;
};

Sizes sizes_of(const TreeParts &parts) {
    Sizes sizes;
    for (std::uint32_t i = 0; i < parts.n_trees; ++i) sizes.nodes += parts.n_nodes[i];
    for (std::uint32_t i = 0; i < parts.n_columns; ++i) sizes.cuts += parts.n_cuts[i];
    return sizes;
}

}  // namespace

std::size_t trees_bytes(const TreeParts &parts) {
    const Sizes sizes = sizes_of(parts);
    return padded(sizeof(Trees) + (2 * sizes.nodes + sizes.cuts) * sizeof(double) + parts.n_sets * sizeof(CodeSet) +
                  sizes.nodes * sizeof(TreeNode) + parts.n_trees * sizeof(TreePlace) +
                  (std::size_t{parts.n_columns} + 1) * sizeof(std::uint32_t));
}

void write_trees(const TreeParts &parts, void *memory) {
    const Sizes sizes = sizes_of(parts);
    const std::size_t bytes = trees_bytes(parts);
    std::memset(memory, 0, bytes);
    Trees &trees = *static_cast<Trees *>(memory);
    trees.bytes = bytes;
    trees.objective = parts.objective;
    trees.n_columns = parts.n_columns;
    trees.n_cuts = static_cast<std::uint32_t>(sizes.cuts);
    trees.n_sets = parts.n_sets;
    trees.n_trees = parts.n_trees;
    trees.n_nodes = static_cast<std::uint32_t>(sizes.nodes);
    std::copy(parts.base, parts.base + most_outputs, trees.base);
    std::copy(parts.values, parts.values + sizes.nodes, const_cast<double *>(trees.values()));
    std::copy(parts.covers, parts.covers + sizes.nodes, const_cast<double *>(trees.covers()));
    std::copy(parts.cuts, parts.cuts + sizes.cuts, const_cast<double *>(trees.cuts()));
    std::copy(parts.sets, parts.sets + parts.n_sets, const_cast<CodeSet *>(trees.sets()));

    TreeNode *const nodes = const_cast<TreeNode *>(trees.nodes());
    TreePlace *const places = const_cast<TreePlace *>(trees.places());
    std::vector<std::uint32_t> depth;
    std::uint32_t begin = 0;
    for (std::uint32_t t = 0; t < parts.n_trees; ++t) {
        const std::uint32_t n = parts.n_nodes[t];
        depth.assign(n, 0);
        places[t] = {begin, 0};
        for (std::uint32_t i = 0; i < n; ++i) {
            TreeNode node = parts.nodes[begin + i];
            places[t].depth = std::max(places[t].depth, depth[i]);
            if (!node.is_leaf(i)) depth[node.left] = depth[node.left + 1] = depth[i] + 1;
            node.left += begin;
            node.unused = 0;
            nodes[begin + i] = node;
        }
        begin += n;
    }
    std::uint32_t *const cuts_begin = const_cast<std::uint32_t *>(trees.cuts_begin());
    cuts_begin[0] = 0;
    for (std::uint32_t c = 0; c < parts.n_columns; ++c) cuts_begin[c + 1] = cuts_begin[c] + parts.n_cuts[c];
}

namespace {

// Every node but the first is the child of one that comes before it.
const char *find_fault(const TreeParts &parts, std::size_t begin, std::uint32_t n, std::vector<std::uint8_t> &depth) {
    const char *const no_tree = "The nodes of a tree are not those of one.";
    if (n == 0) return no_tree;
    constexpr std::uint8_t nobodys = 255;
    depth.assign(n, nobodys);
    depth[0] = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
        const TreeNode &node = parts.nodes[begin + i];
        if (depth[i] == nobodys) return no_tree;
        if (!std::isfinite(parts.values[begin + i])) return "The numbers of a tree must be finite.";
        if (!(parts.covers[begin + i] > 0 && std::isfinite(parts.covers[begin + i])))
            return "Every node of a tree has customers.";
        if (node.is_leaf(i)) {
            if (node.where != TreeNode::no_cut || node.column != 0) return no_tree;
            continue;
        }
        if (node.left <= i || node.left >= n - 1) return no_tree;
        if (depth[node.left] != nobodys || depth[node.left + 1] != nobodys) return no_tree;
        if (depth[i] == deepest_tree) return "A tree is deeper than 20 questions.";
        depth[node.left] = depth[node.left + 1] = static_cast<std::uint8_t>(depth[i] + 1);
        if (node.attribute() >= parts.n_columns) return "A tree asks for an attribute that the model does not have.";
        if (node.asks_set() && node.where - TreeNode::first_set >= parts.n_sets)
            return "A tree asks for levels that the model does not have.";
    }
    return nullptr;
}

}  // namespace

const char *find_fault(const TreeParts &parts) {
    const int outputs = n_outputs(parts.objective);
    if (parts.n_trees == 0 || parts.n_trees % outputs != 0) return "There are no trees, or not as many for each margin.";
    for (int i = 0; i < most_outputs; ++i)
        if (!std::isfinite(parts.base[i]) || (i >= outputs && parts.base[i] != 0)) return "The numbers of a tree must be finite.";
    const double *cuts = parts.cuts;
    for (std::uint32_t c = 0; c < parts.n_columns; cuts += parts.n_cuts[c], ++c) {
        if (parts.n_cuts[c] > most_cuts) return "A column has more than 254 cuts.";
        for (std::uint32_t i = 0; i < parts.n_cuts[c]; ++i)
            if (!std::isfinite(cuts[i]) || (i > 0 && !(cuts[i - 1] < cuts[i]))) return "The cuts of a column must ascend.";
    }
    std::vector<std::uint8_t> depth;
    std::size_t begin = 0;
    for (std::uint32_t t = 0; t < parts.n_trees; begin += parts.n_nodes[t], ++t)
        if (const char *fault = find_fault(parts, begin, parts.n_nodes[t], depth)) return fault;
    return nullptr;
}

const char *find_fault(const Trees &trees, const Design &design) {
    if (trees.n_columns != design.n_columns || trees.n_columns > Features::most)
        return "The trees are not of the attributes of the model.";
    FeatureKind kinds[Features::most];
    StoredColumn column = first_column(design);
    for (std::uint32_t c = 0; c < trees.n_columns; ++c) {
        if (c > 0) column = column.next();
        const bool number = column.kind() == FeatureKind::number;
        kinds[c] = column.kind();
        if (column.role() != Role::any) return "Attributes of this family do not act on that.";
        if (!number && (trees.cuts_begin()[c + 1] > trees.cuts_begin()[c] ||
                        column.n_levels() + column.has_other() > most_level_codes))
            return "A category has no cuts, and no more than 255 levels.";
    }
    for (std::uint32_t i = 0; i < trees.n_nodes; ++i) {
        const TreeNode &node = trees.nodes()[i];
        if (node.is_leaf(i)) continue;
        const std::uint32_t c = node.attribute();
        if (node.asks_set() != (kinds[c] == FeatureKind::category))
            return "A tree asks for a level of a number, or for the size of a category.";
        const bool unknown_alone = node.where == TreeNode::above_all && node.unknown_goes_right();
        if (!node.asks_set() && !unknown_alone && node.where >= trees.cuts_begin()[c + 1] - trees.cuts_begin()[c])
            return "A tree asks for a cut that the column does not have.";
        if (node.asks_set() && node.unknown_goes_right()) return "What is not known of a category is one of its levels.";
    }
    return nullptr;
}

namespace {

// The number of cuts below a number, computed without branches, since their outcome cannot be predicted. (Compilers
// turn a choice between two places into one.)
unsigned cuts_below(const double *cuts, std::uint32_t n, double x) {
    const double *first = cuts;
    while (n > 1) {
        const std::uint32_t half = n / 2;
        first += half & -static_cast<std::uint32_t>(first[half - 1] < x);
        n -= half;
    }
    return static_cast<unsigned>(first - cuts) + (n == 1 && *first < x ? 1 : 0);
}

}  // namespace

Match code_customer(const Trees &trees, const Design &design, const Features &features, CodedCustomer &customer) {
    Match match;
    NameBlock names(features.names());
    int at = 0;  // names of the features that were passed over
    StoredColumn column = first_column(design);
    const std::uint32_t *const begin = trees.cuts_begin();
    for (std::uint32_t c = 0; c < trees.n_columns; ++c) {
        if (c > 0) column = column.next();
        int order = -1;
        while (at < features.n && order < 0) {
            order = compare(names.next(), column.name());
            ++at;
        }
        if (order != 0) {
            match.fault = MatchFault::missing;
            match.column = column.name();
            return match;
        }
        const FeatureKind kind = features.kind(at - 1);
        std::uint8_t *const code = customer.code + 2 * c;
        if (kind != FeatureKind::null && kind != column.kind()) {
            match.fault = MatchFault::kind;
            match.column = column.name();
            return match;
        }
        if (column.kind() == FeatureKind::number) {
            if (kind == FeatureKind::null) {
                code[0] = 0;
                code[1] = code_of_unknown;
            } else {
                code[0] = code[1] = static_cast<std::uint8_t>(
                    cuts_below(trees.cuts() + begin[c], begin[c + 1] - begin[c], features.number(at - 1)));
            }
        } else {
            const Text level = kind == FeatureKind::null ? Text{nullptr, 0} : features.text(at - 1);
            code[0] = code[1] = static_cast<std::uint8_t>(column.coefficient_of(level) + 1);
        }
    }
    return match;
}

namespace {

// Several trees at a time, so that their waits for memory overlap. A leaf leads to itself.
constexpr std::uint32_t abreast = 8;

template <bool sets>
void add_trees(const Trees &trees, const CodedCustomer &customer, double *margins) {
    const TreeNode *const nodes = trees.nodes();
    const CodeSet *const all_sets = trees.sets();
    const double *const values = trees.values();
    const int outputs = trees.n_outputs();
    int output = 0;
    for (std::uint32_t t = 0; t < trees.n_trees; t += abreast) {
        const std::uint32_t n = std::min(abreast, trees.n_trees - t);
        std::uint32_t at[abreast], depth = 0;
        for (std::uint32_t k = 0; k < abreast; ++k) {
            const TreePlace &place = trees.places()[t + (k < n ? k : 0)];
            at[k] = place.begin;
            depth = std::max(depth, place.depth);
        }
        for (std::uint32_t step = 0; step < depth; ++step)
#ifndef __clang__  // which does so by itself, and does not know this in old versions
#pragma GCC unroll 8  // keeps what is known of each tree's place in registers
#endif
            for (std::uint32_t k = 0; k < abreast; ++k) {
                const TreeNode &node = nodes[at[k]];
                const unsigned code = customer.code[node.column];
                if (sets && node.asks_set())
                    at[k] = node.left + (all_sets[node.where - TreeNode::first_set].has(code) ? 1 : 0);
                else
                    at[k] = node.left + (code > node.where ? 1 : 0);
            }
        for (std::uint32_t k = 0; k < n; ++k) {
            margins[output] += values[at[k]];
            if (++output == outputs) output = 0;
        }
    }
}

}  // namespace

void margins_of(const Trees &trees, const CodedCustomer &customer, double *margins) {
    double sums[most_outputs] = {};
    if (trees.n_sets > 0)
        add_trees<true>(trees, customer, sums);
    else
        add_trees<false>(trees, customer, sums);
    const double share = trees.share();
    for (int i = 0; i < trees.n_outputs(); ++i) margins[i] = trees.base[i] + sums[i] * share;
}

}  // namespace cltv
