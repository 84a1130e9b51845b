#include "core/learning/tree_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "core/base/random.hpp"
#include "core/fit/tree_table.hpp"
#include "core/learning/tree_shap.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

struct Row {
    double y;
    const Features *x;
};

// Three numbers, one of them now and then not known, and a category.
std::vector<Row> customers(int n, std::uint64_t seed, bool yes_or_no) {
    Random random(seed);
    std::vector<Row> rows;
    for (int i = 0; i < n; ++i) {
        const double a = std::floor(20 * draw_uniform(random)), b = draw_normal(random), c = draw_uniform(random);
        const bool unknown = draw_uniform(random) < 0.2;
        const char *const levels[] = {"AT", "CH", "DE", "FR"};
        const int level = static_cast<int>(4 * draw_uniform(random));
        const double eta = 0.15 * a - 1.5 + (unknown ? 1 : b) * (level == 2 ? 1 : -0.5) + (level == 0 ? 0.7 : 0);
        const double y = yes_or_no ? (draw_uniform(random) < 1 / (1 + std::exp(-eta)) ? 1 : 0) : eta + draw_normal(random);
        rows.push_back({y, features({number("a", a), unknown ? Attribute{"b", FeatureKind::null, 0, ""} : number("b", b),
                                     number("c", c), category("land", levels[level])})});
    }
    return rows;
}

const FeatureSet &set_of(const std::vector<Row> &rows, bool backwards = false) {
    Shop shop;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row &row = rows[backwards ? rows.size() - 1 - i : i];
        shop.add(Targets::response, {row.y, 0}, {{Role::any, row.x}});
    }
    return shop.sorted();
}

const Trees &trees_of(const Fit &fit) { return *reinterpret_cast<const Trees *>(fit.trees.data()); }
const Design &design_of(const Fit &fit) { return *reinterpret_cast<const Design *>(fit.design.data()); }

CodedCustomer coded(const Fit &fit, const Features *x) {
    CodedCustomer customer;
    EXPECT_EQ(code_customer(trees_of(fit), design_of(fit), *x, customer).fault, MatchFault::none);
    return customer;
}

TreeSettings settings(TreeObjective objective, int trees, int depth, double rows) {
    TreeSettings s;
    s.objective = objective;
    s.trees = trees;
    s.max_depth = depth;
    s.min_rows = rows;
    s.rate = 0.3;
    s.lambda = 1;
    return s;
}

// The mean of a tree where only the columns of a subset are known.
double expected(const Trees &trees, std::uint32_t node, const CodedCustomer &customer, unsigned known) {
    const TreeNode &n = trees.nodes()[node];
    if (n.is_leaf(node)) return trees.values()[node];
    if (known >> n.attribute() & 1)
        return expected(trees, n.left + (goes_right(n, trees.sets(), customer) ? 1 : 0), customer, known);
    const double left = trees.covers()[n.left], right = trees.covers()[n.left + 1];
    return (left * expected(trees, n.left, customer, known) + right * expected(trees, n.left + 1, customer, known)) / (left + right);
}

TEST(Trees, ContributionsAreShapleyValuesOverAllSubsets) {
    const std::vector<Row> rows = customers(600, 1, true);
    const FeatureSet &set = set_of(rows);
    const Fit fits[] = {fit_tree(set, settings(TreeObjective::mean, 1, 6, 5), never_stop),
                        fit_forest(set, settings(TreeObjective::mean, 7, 8, 3), never_stop),
                        fit_boost(set, settings(TreeObjective::logistic, 9, 5, 5), never_stop)};
    for (const Fit &fit : fits) {
        ASSERT_TRUE(fit.usable());
        EXPECT_EQ(find_fault(view_of(fit), fit.parameters.size() == 2   ? tree::family
                                           : fit.parameters.size() == 4 ? forest::family
                                                                        : boosted::family),
                  nullptr);
        const Trees &trees = trees_of(fit);
        for (int i = 0; i < 40; ++i) {
            const CodedCustomer customer = coded(fit, rows[i].x);
            const TreeContributions told = explain_trees(trees, customer, never_stop);
            double value[16] = {};
            for (unsigned known = 0; known < 16; ++known)
                for (std::uint32_t t = 0; t < trees.n_trees; ++t)
                    value[known] += trees.share() * expected(trees, trees.places()[t].begin, customer, known);
            constexpr double weight[] = {1.0 / 4, 1.0 / 12, 1.0 / 12, 1.0 / 4};
            double sum = told.base[0];
            EXPECT_NEAR(told.base[0], trees.base[0] + value[0], 1e-12);
            for (int c = 0; c < 4; ++c) {
                double shapley = 0;
                for (unsigned known = 0; known < 16; ++known)
                    if (!(known >> c & 1)) {
                        const int size = __builtin_popcount(known);
                        shapley += weight[size] * (value[known | 1u << c] - value[known]);
                    }
                EXPECT_NEAR(told.added[c], shapley, 1e-12);
                sum += told.added[c];
            }
            double margin[most_outputs];
            margins_of(trees, customer, margin);
            EXPECT_NEAR(sum, margin[0], 1e-12);
        }
    }
}

TEST(Trees, TheFirstQuestionIsTheBestOfAll) {
    const std::vector<Row> rows = customers(400, 2, false);
    const Fit fit = fit_tree(set_of(rows), settings(TreeObjective::mean, 1, 1, 20), never_stop);
    const Trees &trees = trees_of(fit);
    ASSERT_EQ(trees.n_nodes, 3u);
    // Every division by a number, with what is not known on either side, and by levels.
    double best = 0, mean = 0;
    for (const Row &row : rows) mean += row.y / static_cast<double>(rows.size());
    const auto consider = [&](auto &&right) {
        double n[2] = {}, sum[2] = {};
        for (const Row &row : rows) {
            const bool side = right(*row.x);
            n[side] += 1;
            sum[side] += row.y - mean;
        }
        if (n[0] < 20 || n[1] < 20) return;
        best = std::max(best, sum[0] * sum[0] / n[0] + sum[1] * sum[1] / n[1]);
    };
    for (int c = 0; c < 3; ++c)
        for (const Row &at : rows) {
            if (at.x->kind(c) == FeatureKind::null) continue;
            for (const bool unknown_right : {false, true})
                consider([&](const Features &x) {
                    return x.kind(c) == FeatureKind::null ? unknown_right : x.number(c) > at.x->number(c);
                });
        }
    for (unsigned levels = 1; levels < 8; ++levels)
        consider([&](const Features &x) {
            const Text text = x.text(3);
            const unsigned level = text == Text{"AT", 2} ? 0 : text == Text{"CH", 2} ? 1 : text == Text{"DE", 2} ? 2 : 3;
            return (levels >> level & 1) != 0;
        });
    // 400 values are more than there are cuts for.
    EXPECT_LE(2 * trees.values()[0], best * (1 + 1e-12));
    EXPECT_GE(2 * trees.values()[0], best * 0.995);
    // The leaves are means, and the codes lead there.
    for (const bool right : {false, true}) {
        double n = 0, sum = 0;
        for (const Row &row : rows)
            if (goes_right(trees.nodes()[0], trees.sets(), coded(fit, row.x)) == right) n += 1, sum += row.y;
        EXPECT_EQ(trees.covers()[right ? 2 : 1], n);
        EXPECT_NEAR(trees.values()[right ? 2 : 1], sum / n, 1e-13);
    }
}

TEST(Trees, TheOrderOfRowsDoesNotMatter) {
    const std::vector<Row> rows = customers(1000, 3, true);
    const FeatureSet &one = set_of(rows), &other = set_of(rows, true);
    const TreeSettings s = settings(TreeObjective::logistic, 20, 5, 5), m = settings(TreeObjective::mean, 20, 9, 2);
    EXPECT_EQ(fit_boost(one, s, never_stop).trees, fit_boost(other, s, never_stop).trees);
    EXPECT_EQ(fit_forest(one, m, never_stop).trees, fit_forest(other, m, never_stop).trees);
    TreeSettings seeded = m;
    seeded.seed = 2;
    EXPECT_NE(fit_forest(one, m, never_stop).trees, fit_forest(one, seeded, never_stop).trees);
}

TEST(Trees, MonotoneAttributesNeverTurn) {
    const std::vector<Row> rows = customers(1500, 4, false);
    for (const int sign : {1, -1}) {
        TreeSettings s = settings(TreeObjective::squared, 40, 5, 10);
        s.monotone = {static_cast<std::int8_t>(sign), 0, 0, 0};
        const Fit fit = fit_boost(set_of(rows), s, never_stop);
        bool moves = false;
        for (int i = 0; i < 60; ++i) {
            double before = 0;
            for (int a = 0; a < 20; ++a) {
                std::vector<Attribute> x = {number("a", a), number("b", rows[i].x->kind(1) == FeatureKind::null ? 0 : rows[i].x->number(1)),
                                            number("c", rows[i].x->number(2)), category("land", "DE")};
                double margin[most_outputs];
                margins_of(trees_of(fit), coded(fit, features(x)), margin);
                if (a > 0) {
                    EXPECT_GE(sign * (margin[0] - before), 0);
                }
                moves = moves || (a > 0 && margin[0] != before);
                before = margin[0];
            }
        }
        EXPECT_EQ(moves, sign > 0);  // the response rises with it
    }
}

// The mean of the loss falls from tree to tree on those learnt from, and each objective finds its mean.
TEST(Trees, BoostingLearns) {
    const std::vector<Row> rows = customers(1200, 5, false);
    for (const TreeObjective objective : {TreeObjective::squared, TreeObjective::logistic, TreeObjective::poisson, TreeObjective::gamma,
                                          TreeObjective::ziln}) {
        std::vector<Row> own = rows;
        double total = 0;
        for (Row &row : own) {
            row.y = objective == TreeObjective::squared    ? row.y
                    : objective == TreeObjective::logistic ? (row.y > 0 ? 1 : 0)
                    : objective == TreeObjective::poisson  ? std::floor(std::exp(row.y / 2))
                    : objective == TreeObjective::gamma    ? std::exp(row.y / 3)
                                                           : (row.y > 0 ? std::exp(row.y / 3) : 0);
            total += row.y;
        }
        const Fit fit = fit_boost(set_of(own), settings(objective, 60, 4, 10), never_stop);
        ASSERT_TRUE(fit.usable());
        double predicted = 0, error = 0, alike = 0;
        const double mean = total / static_cast<double>(own.size());
        for (const Row &row : own) {
            double margins[most_outputs];
            margins_of(trees_of(fit), coded(fit, row.x), margins);
            const double p = mean_of_margins(objective, margins);
            predicted += p;
            error += (p - row.y) * (p - row.y);
            alike += (mean - row.y) * (mean - row.y);
        }
        EXPECT_NEAR(predicted / total, 1, 0.05) << objective_name(objective);
        EXPECT_LT(error, 0.75 * alike) << objective_name(objective);
    }
}

TEST(Trees, RefusalsAreNamed) {
    const std::vector<Row> rows = customers(60, 6, true);
    const TreeSettings s = settings(TreeObjective::mean, 1, 4, 10);
    EXPECT_EQ(fit_tree(set_of(rows), settings(TreeObjective::mean, 1, 4, 31), never_stop).status, Status::too_few_customers);
    std::vector<Row> same = rows, alike = rows;
    for (Row &row : same) row.y = 1;
    EXPECT_EQ(fit_tree(set_of(same), s, never_stop).status, Status::one_class);
    for (Row &row : alike) row.x = rows[0].x;
    EXPECT_EQ(fit_tree(set_of(alike), s, never_stop).status, Status::constant);
    for (Row &row : same) row.y = 0;
    EXPECT_EQ(fit_boost(set_of(same), settings(TreeObjective::poisson, 5, 4, 10), never_stop).status, Status::no_events);
    EXPECT_THROW(fit_tree(set_of(rows), s, [] { return true; }), Stopped);
}

TEST(Trees, TheTableOfManyCustomersSaysTheSameBits) {
    const std::vector<Row> rows = customers(900, 7, true);
    const FeatureSet &set = set_of(rows);
    std::vector<const Features *> asked;
    for (const Row &row : customers(300, 8, true)) asked.push_back(row.x);
    const Attribute unknown = {"b", FeatureKind::null, 0, ""}, nowhere = {"land", FeatureKind::null, 0, ""};
    asked.push_back(features({number("a", -1e300), number("b", 1e300), number("c", 0.5), category("land", "seen by none")}));
    asked.push_back(features({{"a", FeatureKind::null, 0, ""}, unknown, {"c", FeatureKind::null, 0, ""}, nowhere}));
    // Up to 8, 16, 32 and 64 leaves, sums, means and three margins; the deepest have no table.
    for (int depth = 1; depth <= 7; ++depth) {
        std::vector<Fit> fits = {fit_boost(set, settings(TreeObjective::logistic, 37, depth, 1), never_stop),
                                 fit_forest(set, settings(TreeObjective::mean, 150, depth, 1), never_stop)};
        std::vector<Row> amounts = customers(700, 9, false);
        for (Row &row : amounts) row.y = row.y > 0 ? std::exp(row.y) : 0;
        fits.push_back(fit_boost(set_of(amounts), settings(TreeObjective::ziln, 20, depth, 5), never_stop));
        for (const Fit &fit : fits) {
            ASSERT_EQ(fit.status, Status::converged);
            const Trees &trees = trees_of(fit);
            if (TreeTable::bytes(trees) == 0) {
                EXPECT_EQ(depth, 7);
                continue;
            }
            const TreeTable table(trees, never_stop);
            for (const Features *x : asked) {
                double walked[most_outputs] = {}, looked_up[most_outputs] = {};
                margins_of(trees, coded(fit, x), walked);
                table.margins(coded(fit, x), looked_up);
                for (int i = 0; i < trees.n_outputs(); ++i) EXPECT_EQ(walked[i], looked_up[i]) << depth;
            }
        }
    }
}

}  // namespace
}  // namespace cltv
