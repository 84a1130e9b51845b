// Contributions of attributes beside those of XGBoost 1.7.4: ten trees of depth 3 that it grew on IBM's Telco sample (exact, rate
// 0.3, lambda 1, base score 0.5: log-loss 0.41650249), and its pred_contribs of the first customer.
#include "core/learning/tree_shap.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

namespace cltv {
namespace {

// A question: below the cut goes left, to the child of that number, and else to the next one. A leaf has no child, and what
// it adds instead of a cut. Weights are sums of second derivatives.
struct Node {
    int left, column;
    double cut, weight;
};
const std::vector<std::vector<Node>> grown = {
    {{1, 0, 16.5, 1760.75}, {3, 5, 0.5, 637.5}, {5, 5, 0.5, 1123.25}, {7, 0, 3.5, 365.5}, {9, 0, 1.5, 272},
     {11, 4, 0.5, 621.25}, {13, 0, 50.5, 502}, {-1, -1, -0.0949367136, 157}, {-1, -1, -0.368019104, 208.5},
     {-1, -1, 0.429288715, 58.75}, {-1, -1, 0.15472579, 213.25}, {-1, -1, -0.479182452, 329.25},
     {-1, -1, -0.580546081, 292}, {-1, -1, -0.140712962, 265.5}, {-1, -1, -0.406736851, 236.5}},
    {{1, 7, 0.5, 1697.2843}, {3, 0, 12.5, 1120.15771}, {5, 0, 22.5, 577.126587}, {7, 5, 0.5, 296.811676},
     {9, 4, 0.5, 823.346008}, {11, 6, 0.5, 319.040131}, {13, 5, 0.5, 258.086487}, {-1, -1, -0.22499232, 225.802505},
     {-1, -1, 0.14993988, 71.0091782}, {-1, -1, -0.306954652, 483.491913}, {-1, -1, -0.445554018, 339.854065},
     {-1, -1, 0.126382679, 302.898132}, {-1, -1, -0.275565624, 16.1420002}, {-1, -1, -0.343551457, 76.3000488},
     {-1, -1, -0.090724133, 181.786423}},
    {{1, 4, 0.5, 1589.14661}, {3, 3, 0.5, 1246.34314}, {5, 1, 92.42500305175781, 342.803467}, {7, 5, 0.5, 918.140259},
     {9, 1, 99.17500305175781, 328.20282}, {-1, -1, -0.393077165, 257.805603}, {11, 1, 94.17500305175781, 84.9978638},
     {-1, -1, -0.126938283, 405.148682}, {-1, -1, 0.061920926, 512.991577}, {-1, -1, -0.347719967, 260.156464},
     {-1, -1, -0.145147055, 68.0463486}, {-1, -1, -0.0752292573, 3.56281209}, {-1, -1, -0.342553765, 81.435051}},
    {{1, 0, 5.5, 1480.09399}, {3, 6, 0.5, 324.021118}, {5, 5, 0.5, 1156.07288}, {7, 0, 1.5, 249.551529},
     {9, 0, 1.5, 74.4696045}, {11, 6, 0.5, 582.513611}, {13, 0, 43.5, 573.559265}, {-1, -1, 0.215026945, 105.988739},
     {-1, -1, 0.0884565488, 143.56279}, {-1, -1, -0.0585870966, 40.6658249}, {-1, -1, -0.289275974, 33.8037758},
     {-1, -1, -0.230661273, 367.626709}, {-1, -1, -0.345368713, 214.886917}, {-1, -1, -0.000989627442, 332.170105},
     {-1, -1, -0.184545308, 241.38913}},
    {{1, 4, 0.5, 1376.83057}, {3, 3, 0.5, 1133.66858}, {5, 1, 92.42500305175781, 243.161972}, {7, 7, 0.5, 872.418213},
     {9, 1, 101.94999694824219, 261.250366}, {11, 7, 0.5, 175.652115}, {13, 0, 71.5, 67.5098572},
     {-1, -1, -0.0613527447, 441.019867}, {-1, -1, 0.0599026941, 431.398346}, {-1, -1, -0.245315343, 214.493484},
     {-1, -1, -0.0408431105, 46.7568817}, {-1, -1, -0.335157096, 163.801605}, {-1, -1, -0.222816706, 11.8505049},
     {-1, -1, -0.200158373, 44.5575676}, {-1, -1, -0.328265607, 22.9522934}},
    {{1, 4, 0.5, 1295.5387}, {3, 3, 0.5, 1097.92615}, {5, 1, 92.42500305175781, 197.612518}, {7, 2, 0.5, 865.665466},
     {9, 1, 99.17500305175781, 232.260651}, {11, 7, 0.5, 139.119278}, {13, 1, 96.30000305175781, 58.4932365},
     {-1, -1, -0.0292658471, 679.701294}, {-1, -1, 0.101664864, 185.964188}, {-1, -1, -0.211506635, 172.857956},
     {-1, -1, -0.045168221, 59.4026794}, {-1, -1, -0.312212795, 128.900131}, {-1, -1, -0.189515725, 10.219141},
     {-1, -1, -0.0300661065, 6.1339016}, {-1, -1, -0.228357509, 52.3593369}},
    {{1, 4, 0.5, 1233.02942}, {3, 6, 0.5, 1072.10583}, {5, 1, 92.42500305175781, 160.923599}, {7, 0, 6.5, 926.044983},
     {9, 0, 1.5, 146.060822}, {11, 7, 0.5, 109.831909}, {13, 0, 71.5, 51.0916939}, {-1, -1, 0.102800377, 259.613434},
     {-1, -1, -0.0443205088, 666.43158}, {-1, -1, -0.00208357209, 37.5936508}, {-1, -1, -0.239538774, 108.467163},
     {-1, -1, -0.292715281, 100.911255}, {-1, -1, -0.159521818, 8.9206562}, {-1, -1, -0.119948752, 35.0209389},
     {-1, -1, -0.27468124, 16.070755}},
    {{1, 4, 0.5, 1177.90466}, {3, 3, 0.5, 1045.60095}, {5, 1, 103.32499694824219, 132.303696},
     {7, 1, 95.9749984741211, 847.925171}, {9, 1, 41.375, 197.675781}, {11, 7, 0.5, 101.929306},
     {13, 1, 110.0250015258789, 30.3743992}, {-1, -1, -0.016433578, 731.726318}, {-1, -1, 0.125224441, 116.198814},
     {-1, -1, -0.250190109, 42.6364784}, {-1, -1, -0.0813339576, 155.039307}, {-1, -1, -0.264013916, 90.0629654},
     {-1, -1, -0.160089597, 11.8663349}, {-1, -1, 0.00296910177, 15.3162565}, {-1, -1, -0.229734719, 15.0581427}},
    {{1, 4, 0.5, 1140.36096}, {3, 0, 1.5, 1029.98206}, {5, 1, 92.42500305175781, 110.378845},
     {7, 1, 50.25, 136.37883}, {9, 6, 0.5, 893.603271}, {11, 7, 0.5, 69.7476578}, {13, 0, 71.5, 40.6311913},
     {-1, -1, 0.0305580311, 75.855957}, {-1, -1, 0.194320381, 60.5228729}, {-1, -1, -0.0162325725, 807.018494},
     {-1, -1, -0.186624974, 86.584816}, {-1, -1, -0.256613731, 62.7768631}, {-1, -1, -0.103285201, 6.97079229},
     {-1, -1, -0.0581923313, 29.0628242}, {-1, -1, -0.233684212, 11.568367}},
    {{1, 0, 17.5, 1106.35779}, {3, 1, 84.375, 535.612183}, {5, 1, 93.67500305175781, 570.745544},
     {7, 0, 2.5, 422.678711}, {9, 0, 14.5, 112.933487}, {11, 2, 0.5, 353.937958}, {13, 0, 70.5, 216.807587},
     {-1, -1, 0.0486833118, 168.777573}, {-1, -1, -0.0447231159, 253.901123}, {-1, -1, 0.163241372, 94.2504807},
     {-1, -1, 0.0227112006, 18.6830025}, {-1, -1, -0.138840795, 286.930573}, {-1, -1, -0.00109227432, 67.0073853},
     {-1, -1, 0.0221612155, 197.411591}, {-1, -1, -0.201436251, 19.3960037}},
};
// tenure, MonthlyCharges, SeniorCitizen, one year, two years, fiber, no internet, electronic check
const std::vector<double> first_customer = {1, 29.85, 0, 0, 0, 0, 0, 1};

TEST(TreeShap, SaysWhatXgboostSaysOfItsTrees) {
    const std::size_t n_columns = first_customer.size();
    std::vector<std::vector<double>> cuts(n_columns);
    for (const auto &tree : grown)
        for (const Node &node : tree)
            if (node.left >= 0) cuts[static_cast<std::size_t>(node.column)].push_back(node.cut);
    std::vector<double> all_cuts;
    std::vector<std::uint32_t> n_cuts;
    CodedCustomer customer{};
    for (std::size_t c = 0; c < n_columns; ++c) {
        std::sort(cuts[c].begin(), cuts[c].end());
        cuts[c].erase(std::unique(cuts[c].begin(), cuts[c].end()), cuts[c].end());
        all_cuts.insert(all_cuts.end(), cuts[c].begin(), cuts[c].end());
        n_cuts.push_back(static_cast<std::uint32_t>(cuts[c].size()));
        const auto below = std::lower_bound(cuts[c].begin(), cuts[c].end(), first_customer[c]) - cuts[c].begin();
        customer.code[2 * c] = customer.code[2 * c + 1] = static_cast<std::uint8_t>(below);
    }
    std::vector<std::uint32_t> n_nodes;
    std::vector<TreeNode> nodes;
    std::vector<double> values, covers;
    for (const auto &tree : grown) {
        n_nodes.push_back(static_cast<std::uint32_t>(tree.size()));
        for (std::uint32_t i = 0; i < tree.size(); ++i) {
            const Node &node = tree[i];
            const bool is_leaf = node.left < 0;
            TreeNode written{is_leaf ? i : static_cast<std::uint32_t>(node.left), 0, 0, TreeNode::no_cut};
            if (!is_leaf) {
                const std::vector<double> &own = cuts[static_cast<std::size_t>(node.column)];
                written.column = static_cast<std::uint16_t>(2 * node.column);
                written.where = static_cast<std::uint32_t>(std::find(own.begin(), own.end(), node.cut) - own.begin());
            }
            nodes.push_back(written);
            values.push_back(is_leaf ? node.cut : 0);
            covers.push_back(node.weight);
        }
    }
    TreeParts parts;
    parts.objective = TreeObjective::logistic;
    parts.n_columns = static_cast<std::uint32_t>(n_columns);
    parts.n_cuts = n_cuts.data();
    parts.cuts = all_cuts.data();
    parts.n_trees = static_cast<std::uint32_t>(grown.size());
    parts.n_nodes = n_nodes.data();
    parts.nodes = nodes.data();
    parts.values = values.data();
    parts.covers = covers.data();
    ASSERT_EQ(find_fault(parts), nullptr);
    std::vector<double> memory(trees_bytes(parts) / sizeof(double) + 1);
    write_trees(parts, memory.data());
    const Trees &trees = *reinterpret_cast<const Trees *>(memory.data());

    const TreeContributions told = explain_trees(trees, customer, never_stop);
    const double theirs[] = {1.128939, -.121684, -.028332, .179273, .226350, -.337280, .085706, .269249};
    ASSERT_EQ(told.added.size(), n_columns);
    double sum = told.base[0];
    for (std::size_t c = 0; c < n_columns; ++c) {
        EXPECT_NEAR(told.added[c], theirs[c], 1e-6) << c;
        sum += told.added[c];
    }
    EXPECT_NEAR(told.base[0], -1.086440, 1e-6);
    double margin[most_outputs];
    margins_of(trees, customer, margin);
    EXPECT_NEAR(margin[0], .31577963, 1e-7);
    EXPECT_NEAR(sum, margin[0], 1e-12);
}

}  // namespace
}  // namespace cltv
