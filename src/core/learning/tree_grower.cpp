#include "core/learning/tree_grower.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/hash.hpp"
#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

// A gain smaller than this share of the loss that both answers together explain is rounding.
constexpr double rounding = 1e-12;

double squared(double x) { return x * x; }

}  // namespace

TreeGrower::TreeGrower(const TreeBins &bins, const std::vector<std::uint32_t> &attributes, Stop stop)
    : bins_(bins), attributes_(attributes), stop_(stop), first_bin_(bins.n_columns() + 1) {
    for (std::uint32_t c = 0; c < bins.n_columns(); ++c) first_bin_[c + 1] = first_bin_[c] + bins.n_bins(c);
}

const GrownNode &TreeGrower::leaf_of(const std::vector<GrownNode> &tree, std::uint32_t row) const {
    const std::uint8_t *const codes = bins_.row(row);
    const GrownNode *node = &tree[0];
    while (!node->is_leaf()) {
        const bool right = goes_right(*node, codes[node->column], bins_.n_bins(node->column) - 1);
        node = &tree[node->left + (right ? 1 : 0)];
    }
    return *node;
}

double TreeGrower::value_of(const Sums &sums, const Bounds &bounds) const {
    const double curvature = sums.h + options_.lambda;
    const double value = curvature > 0 ? -sums.g / curvature : 0;
    return std::min(std::max(value, bounds.low), bounds.high);
}

// Twice the amount by which a leaf lowers the loss: G^2/(H + lambda) at its best value.
double TreeGrower::score_of(const Sums &sums, const Bounds &bounds) const {
    const double curvature = sums.h + options_.lambda;
    if (!(curvature > 0)) return 0;
    const double value = -sums.g / curvature;
    if (value >= bounds.low && value <= bounds.high) return sums.g * sums.g / curvature;
    const double bounded = value_of(sums, bounds);
    return -(2 * sums.g * bounded + curvature * squared(bounded));
}

bool TreeGrower::improves(const Sums &left, const Sums &right, double before, std::uint32_t column, const Bounds &bounds,
                          double so_far, double &gain) const {
    if (left.n < options_.min_rows || right.n < options_.min_rows) return false;
    if (options_.monotone != nullptr) {
        const int sign = (*options_.monotone)[column];
        if (sign != 0 && sign * (value_of(right, bounds) - value_of(left, bounds)) < 0) return false;
    }
    const double both = score_of(left, bounds) + score_of(right, bounds);
    gain = both - before;
    // The sums of two splits that separate the same customers differ only by rounding: the first one stays.
    return gain > so_far + rounding * both;
}

void TreeGrower::try_number(std::uint32_t column, const Cell *cells, const Sums &sums, const Bounds &bounds, Split &best) const {
    const std::uint32_t n_cuts = bins_.n_bins(column) - 2;
    const Sums unknown = sums_of(cells[n_cuts + 1]);
    const double before = score_of(sums, bounds);
    const bool some_unknown = unknown.n > 0;
    // Missing numbers are tried on the right first, then on the left, and by themselves: on the right of all cuts.
    for (int way = 0; way < (some_unknown ? 2 : 1); ++way) {
        Sums left = way == 1 ? unknown : Sums{};
        for (std::uint32_t cut = 0; cut < n_cuts + (some_unknown && way == 0 ? 1 : 0); ++cut) {
            const Sums cell = sums_of(cells[cut]);
            left = {left.g + cell.g, left.h + cell.h, left.n + cell.n};
            if (cell.n == 0) continue;
            const Sums right = {sums.g - left.g, sums.h - left.h, sums.n - left.n};
            if (right.n < options_.min_rows) break;
            double gain;
            if (!improves(left, right, before, column, bounds, best.gain, gain)) continue;
            best = {gain, column, cut, false, some_unknown ? way == 0 : right.n > left.n, {}, left, right};
        }
    }
}

void TreeGrower::try_category(std::uint32_t column, const Cell *cells, const Sums &sums, const Bounds &bounds, Split &best) {
    const std::uint32_t n = bins_.n_bins(column);
    order_.clear();
    for (std::uint32_t level = 0; level < n; ++level) {
        const Sums cell = sums_of(cells[level]);
        const double curvature = cell.h + options_.lambda;
        if (cell.n > 0) order_.push_back({curvature > 0 ? -cell.g / curvature : 0, level});
    }
    std::sort(order_.begin(), order_.end());
    const double before = score_of(sums, bounds);
    Sums left;
    for (std::size_t i = 0; i + 1 < order_.size(); ++i) {
        const Sums cell = sums_of(cells[order_[i].second]);
        left = {left.g + cell.g, left.h + cell.h, left.n + cell.n};
        const Sums right = {sums.g - left.g, sums.h - left.h, sums.n - left.n};
        if (right.n < options_.min_rows) break;
        double gain;
        if (!improves(left, right, before, column, bounds, best.gain, gain)) continue;
        best = {gain, column, 0, true, false, {}, left, right};
        // Levels without customers here go with the larger side.
        const bool others_right = right.n > left.n;
        for (std::uint32_t level = 0; level < n; ++level)
            if (others_right) best.right_levels.put(level);
        for (std::size_t j = 0; j < order_.size(); ++j) {
            const std::uint32_t level = order_[j].second;
            best.right_levels.bits[level / 64] &= ~(std::uint64_t{1} << (level % 64));
            if (j > i) best.right_levels.put(level);
        }
    }
}

// The columns with the smallest hashes.
void TreeGrower::draw_columns(std::uint64_t path) {
    const std::uint32_t n = bins_.n_columns();
    columns_.clear();
    if (options_.columns_tried == 0 || options_.columns_tried >= n) {
        for (std::uint32_t c = 0; c < n; ++c) columns_.push_back(c);
        return;
    }
    std::vector<std::pair<std::uint64_t, std::uint32_t>> drawn(n);
    const std::uint64_t of_node = hashed(
        hashed(hashed(0, static_cast<double>(options_.seed)), options_.tree + 1.0), static_cast<double>(path));
    for (std::uint32_t c = 0; c < n; ++c) drawn[c] = {hashed(hashed(of_node, c + 1.0), 2) >> 16, c};
    std::sort(drawn.begin(), drawn.end());
    for (std::uint32_t i = 0; i < options_.columns_tried; ++i) columns_.push_back(drawn[i].second);
    std::sort(columns_.begin(), columns_.end());
}

TreeGrower::Split TreeGrower::find_split(const std::vector<Cell> &histogram, const Sums &sums, const Bounds &bounds,
                                         std::uint64_t path) {
    Split best;
    draw_columns(path);
    for (const std::uint32_t column : columns_) {
        const Cell *const cells = histogram.data() + first_bin_[column];
        if (bins_.is_number(column))
            try_number(column, cells, sums, bounds, best);
        else
            try_category(column, cells, sums, bounds, best);
    }
    return best;
}

void TreeGrower::fill(std::vector<Cell> &histogram, std::size_t begin, std::size_t end) const {
    std::fill(histogram.begin(), histogram.end(), Cell{});
    const std::uint32_t n = bins_.n_columns();
    constexpr std::size_t ahead = 16;
    Cell *const cells = histogram.data();
    const std::uint32_t *const first = first_bin_.data();
    for (std::size_t i = begin; i < end; ++i) {
        poll_at(i, stop_);
        if (i + ahead < end) {
            const std::uint32_t next = rows_[i + ahead];
            __builtin_prefetch(bins_.row(attributes_[next]));
            __builtin_prefetch(gradients_ + next);
        }
        const std::uint32_t row = rows_[i];
        const std::uint8_t *const codes = bins_.row(attributes_[row]);
        const Pair gradient = {gradients_[row].g, gradients_[row].h}, customers = {weights_[row], 0};
        for (std::uint32_t c = 0; c < n; ++c) {
            Cell &cell = cells[first[c] + codes[c]];
            cell.gradient += gradient;
            cell.customers += customers;
        }
    }
}

// Puts the rows that go left first; each part keeps its order.
std::size_t TreeGrower::partition(std::size_t begin, std::size_t end, const GrownNode &node) {
    // The side of each code, looked up: the order of the rows gives a processor nothing to predict branches by.
    std::uint8_t side[256];
    for (unsigned code = 0; code < 256; ++code)
        side[code] = goes_right(node, static_cast<std::uint8_t>(code), bins_.n_bins(node.column) - 1);
    std::size_t to = begin, kept = 0;
    const std::uint8_t *const codes = bins_.column(node.column);
    moved_.resize(std::max(moved_.size(), end - begin));
    std::uint32_t *const moved = moved_.data(), *const rows = rows_;
    const std::uint32_t *const attributes = attributes_.data();
    for (std::size_t i = begin; i < end; ++i) {
        poll_at(i, stop_);
        const std::uint32_t row = rows[i];
        const std::size_t right = side[codes[attributes[row]]];
        rows[to] = row;
        moved[kept] = row;
        to += 1 - right;
        kept += right;
    }
    std::copy(moved_.begin(), moved_.begin() + static_cast<std::ptrdiff_t>(kept), rows_ + to);
    return to;
}

std::vector<TreeGrower::Cell> TreeGrower::take_histogram() {
    if (spare_.empty()) return std::vector<Cell>(first_bin_.back());
    std::vector<Cell> histogram = std::move(spare_.back());
    spare_.pop_back();
    return histogram;
}

void TreeGrower::grow_node(std::uint32_t number, std::size_t begin, std::size_t end, const Sums &sums, const Bounds &bounds,
                           int depth, std::uint64_t path, std::vector<Cell> &histogram) {
    poll(stop_);
    nodes_[number].customers = sums.n;
    Split split;
    if (depth < options_.max_depth) split = find_split(histogram, sums, bounds, path);
    if (!(split.gain > 0)) {
        nodes_[number].value = value_of(sums, bounds);
        leaves_.push_back({number, begin, end});
        return;
    }
    const std::uint32_t left = static_cast<std::uint32_t>(nodes_.size());
    nodes_.resize(nodes_.size() + 2);
    GrownNode &node = nodes_[number];
    node.left = left;
    node.column = split.column;
    node.cut = split.cut;
    node.asks_set = split.asks_set;
    node.unknown_goes_right = split.unknown_goes_right;
    node.right_levels = split.right_levels;
    node.gain = split.gain / 2;
    const std::size_t middle = partition(begin, end, node);

    Bounds of_left = bounds, of_right = bounds;
    const int sign = options_.monotone == nullptr ? 0 : (*options_.monotone)[split.column];
    if (sign != 0) {
        const double between = (value_of(split.left, bounds) + value_of(split.right, bounds)) / 2;
        (sign > 0 ? of_left.high : of_left.low) = between;
        (sign > 0 ? of_right.low : of_right.high) = between;
    }
    // The children of the deepest questions ask nothing.
    if (depth + 1 == options_.max_depth) {
        grow_node(left, begin, middle, split.left, of_left, depth + 1, 2 * path, histogram);
        grow_node(left + 1, middle, end, split.right, of_right, depth + 1, 2 * path + 1, histogram);
        return;
    }
    // The smaller child is counted; the other is the difference from the parent.
    std::vector<Cell> counted = take_histogram();
    const bool left_is_smaller = middle - begin <= end - middle;
    if (left_is_smaller)
        fill(counted, begin, middle);
    else
        fill(counted, middle, end);
    for (std::size_t i = 0; i < histogram.size(); ++i) {
        histogram[i].gradient -= counted[i].gradient;
        histogram[i].customers -= counted[i].customers;
    }
    grow_node(left, begin, middle, split.left, of_left, depth + 1, 2 * path, left_is_smaller ? counted : histogram);
    grow_node(left + 1, middle, end, split.right, of_right, depth + 1, 2 * path + 1, left_is_smaller ? histogram : counted);
    spare_.push_back(std::move(counted));
}

void TreeGrower::grow_nodes(std::vector<std::uint32_t> &rows, const std::vector<Gradient> &gradients,
                            const std::vector<double> &weights, const GrowOptions &options) {
    rows_ = rows.data();
    gradients_ = gradients.data();
    weights_ = weights.data();
    options_ = options;
    nodes_.assign(1, GrownNode{});
    leaves_.clear();
    Sums sums;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        poll_at(i, stop_);
        const Gradient &gradient = gradients[rows[i]];
        sums = {sums.g + gradient.g, sums.h + gradient.h, sums.n + weights[rows[i]]};
    }
    std::vector<Cell> histogram = take_histogram();
    if (options.max_depth > 0) fill(histogram, 0, rows.size());
    grow_node(0, 0, rows.size(), sums, {}, 0, 1, histogram);
    spare_.push_back(std::move(histogram));
}

}  // namespace cltv
