#include "core/learning/tree_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <tuple>

#include "core/base/hash.hpp"
#include "core/base/sort_rows.hpp"
#include "core/base/too_large.hpp"
#include "core/fit/regression.hpp"
#include "core/learning/folds.hpp"
#include "core/learning/learning_fit.hpp"
#include "core/learning/tree_bins.hpp"
#include "core/learning/tree_grower.hpp"

namespace cltv {

namespace {

// The most nodes of all trees together that fit in a value of less than 1 GB.
constexpr std::size_t most_nodes = std::size_t{1} << 25;

std::vector<double> weights_of_attributes(const FeatureSet &set) {
    std::vector<double> weight(set.attribute_rows);
    for (std::uint32_t i = 0; i < set.used; ++i) weight[static_cast<std::size_t>(set.rows()[i].row)] += set.rows()[i].count;
    return weight;
}

// A number in [0, 1) from a hash of three numbers.
double draw(std::uint64_t seed, double first, double second) {
    const std::uint64_t hash = hashed(hashed(hashed(hashed(0, static_cast<double>(seed)), first + 1), second + 1), 1);
    return static_cast<double>(hash >> 11) * 0x1p-53;
}

// A Poisson draw with this mean from a uniform draw u; a normal one with the same variance where the mean is large.
double poisson_draw(double mean, double u) {
    if (mean > 64) {
        const double root = std::sqrt(mean);
        // By the logistic distribution, which has about the same spread with a scale of 1/1.7, and needs no table.
        const double z = std::log(std::max(u, 1e-12) / std::max(1 - u, 1e-12)) / 1.7;
        return std::max(0.0, std::round(mean + root * z));
    }
    double p = std::exp(-mean), below = p, k = 0;
    while (u >= below && k < 1000) {
        ++k;
        p *= mean / k;
        below += p;
    }
    return k;
}

struct TreeLearner {
    TreeLearner(const FeatureSet &set_, const TreeSettings &settings_, Stop stop_)
        : set(set_), settings(settings_), stop(stop_), bins(set_, weights_of_attributes(set_), stop_) {
        const std::uint32_t n = set.used;
        attributes.resize(n);
        y.resize(n);
        weight.resize(n);
        for (std::uint32_t i = 0; i < n; ++i) {
            poll_at(i, stop);
            const FeatureCount &row = set.rows()[i];
            attributes[i] = static_cast<std::uint32_t>(row.row);
            y[i] = row.target[0];
            weight[i] = row.count;
            customers += row.count;
            total += row.count * y[i];
            has_offsets = has_offsets || row.target[1] != 0;
            exposure += row.count * std::exp(row.target[1]);
            offsets += row.count * row.target[1];
            is_same = is_same && y[i] == y[0];
            yes_or_no = yes_or_no && (y[i] == 0 || y[i] == 1);
            positive += y[i] > 0 ? row.count : 0;
        }
    }

    double offset(std::uint32_t row) const { return set.rows()[row].target[1]; }

    // Whether the fit is refused before anything is fitted.
    bool refuses(Fit &fit) const {
        const bool of_amounts = settings.objective == TreeObjective::poisson || settings.objective == TreeObjective::gamma ||
                                settings.objective == TreeObjective::ziln;
        if (customers < std::max<double>(min_customers, 2 * settings.min_rows))
            fit = refused(Status::too_few_customers, customers);
        else if (of_amounts && total == 0)
            fit = refused(Status::no_events, customers);
        else if (is_same && !has_offsets)
            fit = refused(Status::one_class, customers);
        else if (bins.first_telling_column() == bins.n_columns())
            fit = refused(Status::constant, customers, 0);
        else
            return false;
        return true;
    }

    const FeatureSet &set;
    const TreeSettings &settings;
    Stop stop;
    TreeBins bins;
    std::vector<std::uint32_t> attributes;
    std::vector<double> y, weight;
    double customers = 0, total = 0, exposure = 0, offsets = 0, positive = 0;
    bool is_same = true, has_offsets = false, yes_or_no = true;
};

// Grown trees, with the cuts and sets of levels that their questions use.
class Collected {
public:
    explicit Collected(const TreeBins &bins) : bins_(bins), used_(bins.n_columns()) {
        for (std::uint32_t c = 0; c < bins.n_columns(); ++c) used_[c].resize(bins.cuts(c).size());
    }

    // Adds the nodes in order of depth, so that the first steps of all customers are close together in memory.
    void add(const std::vector<GrownNode> &tree) {
        std::vector<std::uint32_t> order = {0}, place(tree.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            place[order[i]] = static_cast<std::uint32_t>(i);
            if (tree[order[i]].is_leaf()) continue;
            order.push_back(tree[order[i]].left);
            order.push_back(tree[order[i]].left + 1);
        }
        if (nodes_.size() + order.size() > most_nodes)
            throw TooLarge("the trees would be too large for one value: fit fewer or shallower ones, or with more "
                           "customers in a leaf (min_rows)");
        for (std::size_t i = 0; i < order.size(); ++i) {
            const GrownNode &grown = tree[order[i]];
            values_.push_back(grown.is_leaf() ? grown.value : grown.gain);
            covers_.push_back(grown.customers);
            if (grown.is_leaf()) {
                nodes_.push_back({static_cast<std::uint32_t>(i), 0, 0, TreeNode::no_cut});
                continue;
            }
            const std::uint16_t column =
                static_cast<std::uint16_t>(2 * grown.column + (!grown.asks_set && grown.unknown_goes_right ? 1 : 0));
            std::uint32_t where = grown.cut;
            if (grown.asks_set)
                where = TreeNode::first_set + set_number(grown.right_levels);
            else if (grown.cut < used_[grown.column].size())
                used_[grown.column][grown.cut] = true;
            else
                where = TreeNode::above_all;
            nodes_.push_back({place[grown.left], column, 0, where});
        }
        n_nodes_.push_back(static_cast<std::uint32_t>(tree.size()));
    }

    std::size_t trees() const { return n_nodes_.size(); }

    // The bytes of Trees with the first n trees.
    std::vector<double> bytes(TreeObjective objective, const double *base, std::size_t n) {
        TreeParts parts;
        parts.objective = objective;
        std::copy(base, base + n_outputs(objective), parts.base);
        std::size_t n_nodes = 0;
        for (std::size_t t = 0; t < n; ++t) n_nodes += n_nodes_[t];
        // Cuts by their number among those that are used.
        std::vector<std::uint32_t> n_cuts;
        std::vector<double> cuts;
        std::vector<std::vector<std::uint32_t>> number(used_.size());
        for (std::size_t c = 0; c < used_.size(); ++c) {
            number[c].resize(used_[c].size());
            n_cuts.push_back(0);
            for (std::size_t i = 0; i < used_[c].size(); ++i) {
                if (!used_[c][i]) continue;
                number[c][i] = n_cuts[c]++;
                cuts.push_back(bins_.cuts(static_cast<std::uint32_t>(c))[i]);
            }
        }
        for (std::size_t i = 0; i < n_nodes; ++i) {
            TreeNode &node = nodes_[i];
            if (node.where < TreeNode::above_all) node.where = number[node.attribute()][node.where];
        }
        parts.n_columns = bins_.n_columns();
        parts.n_cuts = n_cuts.data();
        parts.cuts = cuts.data();
        parts.n_sets = static_cast<std::uint32_t>(sets_.size());
        parts.sets = sets_.data();
        parts.n_trees = static_cast<std::uint32_t>(n);
        parts.n_nodes = n_nodes_.data();
        parts.nodes = nodes_.data();
        parts.values = values_.data();
        parts.covers = covers_.data();
        std::vector<double> bytes(trees_bytes(parts) / sizeof(double));
        write_trees(parts, bytes.data());
        return bytes;
    }

private:
    std::uint32_t set_number(const CodeSet &set) {
        const auto key = std::make_tuple(set.bits[0], set.bits[1], set.bits[2], set.bits[3]);
        const auto found = set_numbers_.emplace(key, static_cast<std::uint32_t>(sets_.size()));
        if (found.second) sets_.push_back(set);
        return found.first->second;
    }

    const TreeBins &bins_;
    std::vector<std::vector<bool>> used_;
    std::vector<std::uint32_t> n_nodes_;
    std::vector<TreeNode> nodes_;
    std::vector<double> values_, covers_;
    std::vector<CodeSet> sets_;
    std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>, std::uint32_t> set_numbers_;
};

Fit fitted(const TreeLearner &data, Collected &collected, const double *base, std::size_t trees,
           const std::vector<double> &parameters) {
    const TreeObjective objective = data.settings.objective;
    Fit fit = refused(Status::converged, data.customers, -1, static_cast<int>(trees) / n_outputs(objective));
    fit.parameters = parameters;
    fit.states.assign(parameters.size(), ParameterState::chosen);
    fit.trees = collected.bytes(objective, base, trees);
    fit.design = data.bins.design();
    return fit;
}

Fit refusal(const TreeLearner &data, Fit fit) {
    fit.design = data.bins.design();
    return fit;
}

// The mean of y in each leaf of a tree whose gradients are distances from the overall mean.
template <class Learner>
std::vector<GrownNode> grow_means(TreeGrower &grower, const Learner &data, std::vector<std::uint32_t> rows,
                                  const std::vector<double> &weight, const GrowOptions &options) {
    double customers = 0, total = 0;
    for (const std::uint32_t row : rows) {
        customers += weight[row];
        total += weight[row] * data.y[row];
    }
    const double mean = total / customers;
    std::vector<Gradient> gradients(data.y.size());
    for (const std::uint32_t row : rows) gradients[row] = {weight[row] * (mean - data.y[row]), weight[row]};
    return grower.grow(rows, gradients, weight, options, [&](GrownNode &leaf, const std::uint32_t *first, const std::uint32_t *last) {
        double n = 0, sum = 0;
        for (const std::uint32_t *row = first; row != last; ++row) {
            n += weight[*row];
            sum += weight[*row] * data.y[*row];
        }
        leaf.value = sum / n;
    });
}

std::vector<std::uint32_t> all_rows(std::size_t n) {
    std::vector<std::uint32_t> rows(n);
    for (std::size_t i = 0; i < n; ++i) rows[i] = static_cast<std::uint32_t>(i);
    return rows;
}

// What boosting minimises: the loss of a row, and its gradient and curvature in each margin.
double loss_of(TreeObjective objective, double y, const double *margin) {
    switch (objective) {
        case TreeObjective::logistic: return (margin[0] > 0 ? margin[0] : 0) + std::log1p(std::exp(-std::fabs(margin[0]))) - y * margin[0];
        case TreeObjective::poisson: return std::exp(margin[0]) - y * margin[0];
        case TreeObjective::gamma: return y * std::exp(-margin[0]) + margin[0];
        case TreeObjective::ziln: {
            const double whether = loss_of(TreeObjective::logistic, y > 0 ? 1 : 0, margin);
            if (!(y > 0)) return whether;
            const double z = (std::log(y) - margin[1]) * std::exp(-margin[2]);
            return whether + z * z / 2 + margin[2];
        }
        default: return (y - margin[0]) * (y - margin[0]) / 2;
    }
}

Gradient gradient_of(TreeObjective objective, double y, double margin) {
    // A vanishing curvature does not tell where the loss is least.
    constexpr double least_curvature = 1e-16;
    switch (objective) {
        case TreeObjective::logistic: {
            const double p = 1 / (1 + std::exp(-margin));
            return {p - y, std::max(p * (1 - p), least_curvature)};
        }
        case TreeObjective::poisson: {
            const double mean = std::exp(margin);
            return {mean - y, std::max(mean, least_curvature)};
        }
        case TreeObjective::gamma: {
            const double ratio = y * std::exp(-margin);
            return {1 - ratio, std::max(ratio, least_curvature)};
        }
        default: return {margin - y, 1};
    }
}

// The lognormal part: gradients in the mean and in the logarithm of the standard deviation; the curvatures are expected
// ones.
Gradient lognormal_gradient(int output, double y, double mean, double log_sigma) {
    const double scale = std::exp(-log_sigma), z = (std::log(y) - mean) * scale;
    return output == 1 ? Gradient{-z * scale, scale * scale} : Gradient{1 - z * z, 2};
}

// The best margins if all customers are alike.
bool base_of(const TreeLearner &data, double *base, Fit &fit) {
    const double mean = data.total / data.customers;
    switch (data.settings.objective) {
        case TreeObjective::logistic: base[0] = std::log(mean) - std::log1p(-mean); return true;
        case TreeObjective::poisson: base[0] = std::log(data.total / data.exposure); return true;
        case TreeObjective::gamma: {
            double sum = 0;
            for (std::uint32_t i = 0; i < data.y.size(); ++i) sum += data.weight[i] * data.y[i] * std::exp(-data.offset(i));
            base[0] = std::log(sum / data.customers);
            return true;
        }
        case TreeObjective::ziln: {
            double sum = 0, square = 0;
            for (std::size_t i = 0; i < data.y.size(); ++i)
                if (data.y[i] > 0) sum += data.weight[i] * std::log(data.y[i]);
            const double centre = sum / data.positive;
            for (std::size_t i = 0; i < data.y.size(); ++i)
                if (data.y[i] > 0) square += data.weight[i] * (std::log(data.y[i]) - centre) * (std::log(data.y[i]) - centre);
            const double sigma = std::sqrt(square / data.positive), share = data.positive / data.customers;
            if (data.positive < min_customers)
                fit = refused(Status::too_few_customers, data.customers);
            else if (share == 1)
                fit = refused(Status::one_class, data.customers);
            else if (!(sigma > 0))
                fit = refused(Status::identical_customers, data.customers);
            else if (sigma > heaviest_sigma)
                fit = refused(Status::heavy_tail, data.customers);
            else {
                base[0] = std::log(share) - std::log1p(-share);
                base[1] = centre;
                base[2] = std::log(sigma);
                return true;
            }
            return false;
        }
        default: base[0] = mean - data.offsets / data.customers; return true;
    }
}

}  // namespace

std::uint32_t attributes_tried(std::uint32_t n, bool yes_or_no) {
    const double tried = yes_or_no ? std::floor(std::sqrt(static_cast<double>(n))) : std::floor(n / 3.0);
    return static_cast<std::uint32_t>(std::max(1.0, tried));
}

Fit fit_tree(const FeatureSet &set, const TreeSettings &settings, Stop stop) {
    const TreeLearner data(set, settings, stop);
    Fit fit;
    if (data.refuses(fit)) return refusal(data, fit);
    TreeGrower grower(data.bins, data.attributes, stop);
    GrowOptions options;
    options.max_depth = settings.max_depth;
    options.min_rows = settings.min_rows;
    options.lambda = 0;
    Collected collected(data.bins);
    collected.add(grow_means(grower, data, all_rows(data.y.size()), data.weight, options));
    const double base[most_outputs] = {};
    return fitted(data, collected, base, 1, {static_cast<double>(settings.max_depth), settings.min_rows});
}

Fit fit_forest(const FeatureSet &set, const TreeSettings &settings, Stop stop) {
    const TreeLearner data(set, settings, stop);
    Fit fit;
    if (data.refuses(fit)) return refusal(data, fit);
    TreeGrower grower(data.bins, data.attributes, stop);
    GrowOptions options;
    options.max_depth = settings.max_depth;
    options.min_rows = settings.min_rows;
    options.lambda = 0;
    options.columns_tried = attributes_tried(data.bins.n_columns(), data.yes_or_no);
    options.seed = settings.seed;
    Collected collected(data.bins);
    const FoldUnits units(set, -1, stop);
    std::vector<double> weight(data.y.size());
    std::vector<std::uint32_t> rows;
    for (int t = 0; t < settings.trees; ++t) {
        rows.clear();
        for (std::size_t i = 0; i < weight.size(); ++i) {
            poll_at(i, stop);
            weight[i] = poisson_draw(data.weight[i], draw(settings.seed, t, static_cast<double>(units.of_row(set.rows()[i]))));
            if (weight[i] > 0) rows.push_back(static_cast<std::uint32_t>(i));
        }
        if (rows.empty()) {  // with very few customers
            rows = all_rows(weight.size());
            weight = data.weight;
        }
        options.tree = static_cast<std::uint32_t>(t);
        collected.add(grow_means(grower, data, rows, weight, options));
    }
    const double base[most_outputs] = {};
    return fitted(data, collected, base, collected.trees(),
                  {static_cast<double>(settings.trees), static_cast<double>(settings.max_depth), settings.min_rows,
                   static_cast<double>(options.columns_tried)});
}

Fit fit_boost(const FeatureSet &set, const TreeSettings &settings, Stop stop) {
    const TreeLearner data(set, settings, stop);
    Fit fit;
    double base[most_outputs] = {};
    if (data.refuses(fit) || !base_of(data, base, fit)) return refusal(data, fit);
    const TreeObjective objective = settings.objective;
    const int outputs = n_outputs(objective);
    const std::size_t n = data.y.size();

    // Customers with the same attributes, or of one cluster, are held out together.
    std::vector<std::uint32_t> learnt, held;
    double held_customers = 0;
    if (settings.early_stop > 0) {
        const FoldUnits units(set, label_column(set, response_cluster_label), stop);
        for (std::uint32_t i = 0; i < n; ++i) {
            const bool holds = fold_of(settings.seed, units.of_attributes(data.attributes[i]), 5) == 0;
            (holds ? held : learnt).push_back(i);
            if (holds) held_customers += data.weight[i];
        }
    }
    const bool stops = held_customers >= least_held_out && data.customers - held_customers >= 2 * settings.min_rows;
    if (!stops) {
        learnt = all_rows(n);
        held.clear();
    }

    std::vector<double> margins(n * static_cast<std::size_t>(outputs));
    for (std::uint32_t i = 0; i < n; ++i)
        for (int o = 0; o < outputs; ++o) margins[i * static_cast<std::size_t>(outputs) + o] = base[o] + (o == 0 ? data.offset(i) : 0);
    std::vector<std::uint32_t> positive;
    if (outputs > 1)
        for (const std::uint32_t row : learnt)
            if (data.y[row] > 0) positive.push_back(row);

    TreeGrower grower(data.bins, data.attributes, stop);
    GrowOptions options;
    options.max_depth = settings.max_depth;
    options.min_rows = settings.min_rows;
    options.lambda = settings.lambda;
    if (!settings.monotone.empty()) options.monotone = &settings.monotone;
    Collected collected(data.bins);
    std::vector<std::vector<Gradient>> gradients(static_cast<std::size_t>(outputs), std::vector<Gradient>(n));
    std::vector<std::uint32_t> rows;
    const auto held_loss = [&] {
        double loss = 0;
        for (std::size_t i = 0; i < held.size(); ++i) {
            poll_at(i, stop);
            loss += data.weight[held[i]] *
                    loss_of(objective, data.y[held[i]], &margins[held[i] * static_cast<std::size_t>(outputs)]);
        }
        return loss;
    };
    double least = stops ? held_loss() : 0;
    int best_round = 0;
    for (int round = 1; round <= settings.trees; ++round) {
        for (std::size_t i = 0; i < learnt.size(); ++i) {
            poll_at(i, stop);
            const std::uint32_t row = learnt[i];
            const double *const margin = &margins[row * static_cast<std::size_t>(outputs)];
            const double y = data.y[row], w = data.weight[row];
            const auto put = [&](int output, const Gradient &gradient) {
                gradients[static_cast<std::size_t>(output)][row] = {w * gradient.g, w * gradient.h};
            };
            if (outputs == 1) {
                put(0, gradient_of(objective, y, margin[0]));
            } else {
                put(0, gradient_of(TreeObjective::logistic, y > 0 ? 1 : 0, margin[0]));
                if (y > 0) put(1, lognormal_gradient(1, y, margin[1], margin[2]));
                if (y > 0) put(2, lognormal_gradient(2, y, margin[1], margin[2]));
            }
        }
        bool asks = false;
        for (int o = 0; o < outputs; ++o) {
            rows = o == 0 ? learnt : positive;
            std::vector<GrownNode> tree =
                grower.grow(rows, gradients[static_cast<std::size_t>(o)], data.weight, options,
                            [&](GrownNode &leaf, const std::uint32_t *first, const std::uint32_t *last) {
                                leaf.value *= settings.rate;
                                if (o > 0) return;
                                for (const std::uint32_t *row = first; row != last; ++row)
                                    margins[*row * static_cast<std::size_t>(outputs)] += leaf.value;
                            });
            asks = asks || tree.size() > 1;
            // Adds the tree's values where growing it has not: to rows that had no part in it, such as those without
            // spend, and to those held out.
            const auto add = [&](const std::vector<std::uint32_t> &to) {
                for (std::size_t i = 0; i < to.size(); ++i) {
                    poll_at(i, stop);
                    margins[to[i] * static_cast<std::size_t>(outputs) + o] += grower.leaf_of(tree, data.attributes[to[i]]).value;
                }
            };
            if (o > 0) add(learnt);
            add(held);
            collected.add(tree);
        }
        if (stops) {
            const double loss = held_loss();
            if (loss < least) {
                least = loss;
                best_round = round;
            } else if (round - best_round >= settings.early_stop) {
                break;
            }
        } else {
            best_round = round;
        }
        if (!asks) break;
    }
    const int rounds = std::max(best_round, 1);
    return fitted(data, collected, base, static_cast<std::size_t>(rounds * outputs),
                  {static_cast<double>(rounds), settings.rate, static_cast<double>(settings.max_depth), settings.min_rows,
                   settings.lambda});
}

namespace {

constexpr Role any[] = {Role::any};
constexpr Parameter of_tree[] = {{"max_depth", Domain::choice}, {"min_rows", Domain::choice}};
constexpr Parameter of_forest[] = {{"trees", Domain::choice}, {"max_depth", Domain::choice}, {"min_rows", Domain::choice},
                                   {"attributes_tried", Domain::choice}};
constexpr Parameter of_boost[] = {{"trees", Domain::choice}, {"rate", Domain::choice}, {"max_depth", Domain::choice},
                                  {"min_rows", Domain::choice}, {"lambda", Domain::choice}};
constexpr LearningFamily learn_by_trees = {nullptr, nullptr, false, true};

Fit default_fit(const FeatureSet &set, double, Effects, Stop stop) { return fit_tree(set, {}, stop); }

Family make(Kind kind, const char *name, const char *title, View<Parameter> parameters) {
    Family family;
    family.learning = &learn_by_trees;
    family.kind = kind;
    family.name = name;
    family.title = title;
    family.parameters = parameters;
    family.attributes = view_of(any);
    family.fit_attributes = default_fit;
    family.has_prior = false;
    return family;
}

}  // namespace

namespace tree {
const Family family = make(Kind::tree, "tree", "decision tree", view_of(of_tree));
}
namespace forest {
const Family family = make(Kind::forest, "forest", "random forest", view_of(of_forest));
}
namespace boosted {
const Family family = make(Kind::boost, "boost", "boosted trees", view_of(of_boost));
}

}  // namespace cltv
