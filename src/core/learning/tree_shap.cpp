#include "core/learning/tree_shap.hpp"

#include <algorithm>

namespace cltv {

namespace {

// An attribute on the way to a leaf: the share of customers who go that way when it is unknown, whether this customer
// does, and the weight of the subsets with that many attributes before it.
struct Step {
    int column;
    double unknown, known, weight;
};

// A path has at most this many columns, and one more.
constexpr int longest = deepest_tree + 2;

class TreePaths {
public:
    TreePaths(const Trees &trees, const CodedCustomer &customer, double share, double *added)
        : nodes_(trees.nodes()), sets_(trees.sets()), values_(trees.values()), covers_(trees.covers()), customer_(customer),
          share_(share), added_(added) {}

    // Returns the mean of the leaves below a node.
    double follow(std::uint32_t node) {
        return follow(node, nullptr, 0, 1, 1, -1);
    }

private:
    static int extend(Step *path, int n, double unknown, double known, int column) {
        path[n] = {column, unknown, known, n == 0 ? 1.0 : 0.0};
        for (int i = n - 1; i >= 0; --i) {
            path[i + 1].weight += known * path[i].weight * (i + 1) / (n + 1);
            path[i].weight = unknown * path[i].weight * (n - i) / (n + 1);
        }
        return n + 1;
    }

    // Takes back a step from any place in the path.
    static int unwind(Step *path, int n, int at) {
        const int last = n - 1;
        const double unknown = path[at].unknown, known = path[at].known;
        double next = path[last].weight;
        for (int i = last - 1; i >= 0; --i) {
            if (known != 0) {
                const double before = path[i].weight;
                path[i].weight = next * n / ((i + 1) * known);
                next = before - path[i].weight * unknown * (last - i) / n;
            } else {
                path[i].weight = path[i].weight * n / (unknown * (last - i));
            }
        }
        for (int i = at; i < last; ++i) {
            path[i].column = path[i + 1].column;
            path[i].unknown = path[i + 1].unknown;
            path[i].known = path[i + 1].known;
        }
        return last;
    }

    // The weights of the path without a step.
    static double weight_without(const Step *path, int n, int at) {
        const int last = n - 1;
        const double unknown = path[at].unknown, known = path[at].known;
        double next = path[last].weight, total = 0;
        for (int i = last - 1; i >= 0; --i) {
            if (known != 0) {
                const double weight = next * n / ((i + 1) * known);
                total += weight;
                next = path[i].weight - weight * unknown * (last - i) / n;
            } else {
                total += path[i].weight * n / (unknown * (last - i));
            }
        }
        return total;
    }

    double follow(std::uint32_t number, const Step *before, int n, double unknown, double known, int column) {
        Step path[longest];
        std::copy(before, before + n, path);
        n = extend(path, n, unknown, known, column);
        const TreeNode &node = nodes_[number];
        if (node.is_leaf(number)) {
            const double value = values_[number];
            for (int i = 1; i < n; ++i)
                added_[path[i].column] += weight_without(path, n, i) * (path[i].known - path[i].unknown) * value * share_;
            return value;
        }
        const std::uint32_t taken = node.left + (goes_right(node, sets_, customer_) ? 1 : 0);
        const std::uint32_t other = 2 * node.left + 1 - taken;
        const double all = covers_[taken] + covers_[other], share = covers_[taken] / all, rest = covers_[other] / all;
        const int asked = static_cast<int>(node.attribute());
        double of_unknown = 1, of_known = 1;
        for (int i = 1; i < n; ++i) {
            if (path[i].column != asked) continue;
            of_unknown = path[i].unknown;
            of_known = path[i].known;
            n = unwind(path, n, i);
            break;
        }
        return share * follow(taken, path, n, of_unknown * share, of_known, asked) +
               rest * follow(other, path, n, of_unknown * rest, 0, asked);
    }

    const TreeNode *nodes_;
    const CodeSet *sets_;
    const double *values_, *covers_;
    const CodedCustomer &customer_;
    double share_;
    double *added_;
};

}  // namespace

TreeContributions explain_trees(const Trees &trees, const CodedCustomer &customer, Stop stop) {
    const std::uint32_t outputs = static_cast<std::uint32_t>(trees.n_outputs());
    TreeContributions all;
    all.base.assign(trees.base, trees.base + outputs);
    all.added.resize(std::size_t{outputs} * trees.n_columns);
    for (std::uint32_t t = 0; t < trees.n_trees; ++t) {
        poll(stop);
        const std::uint32_t output = t % outputs;
        TreePaths paths(trees, customer, trees.share(), all.added.data() + std::size_t{output} * trees.n_columns);
        all.base[output] += paths.follow(trees.places()[t].begin) * trees.share();
    }
    return all;
}

std::vector<double> gains_of(const Trees &trees) {
    const std::uint32_t outputs = static_cast<std::uint32_t>(trees.n_outputs());
    std::vector<double> gains(std::size_t{outputs} * trees.n_columns);
    for (std::uint32_t t = 0; t < trees.n_trees; ++t)
        for (std::uint32_t i = trees.places()[t].begin, end = i + trees.n_nodes_of(t); i < end; ++i)
            if (!trees.nodes()[i].is_leaf(i))
                gains[std::size_t{t % outputs} * trees.n_columns + trees.nodes()[i].attribute()] += trees.values()[i];
    return gains;
}

}  // namespace cltv
