#include "core/learning/tree_bins.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "core/base/sort_rows.hpp"

namespace cltv {

TreeBins::TreeBins(const FeatureSet &set, const std::vector<double> &weight, Stop stop)
    : n_rows_(set.attribute_rows), codes_(n_rows_ * set.n_attributes()), by_column_(codes_.size()) {
    const std::uint32_t n = set.n_attributes();
    columns_.reserve(n);
    levels_.resize(n);
    cuts_.resize(n);
    n_bins_.resize(n);
    tells_.resize(n);
    std::uint32_t coefficients = 0;
    for (std::uint32_t c = 0; c < n; ++c) {
        // Of a column that is always missing not even the kind is known.
        const bool category = set.kind(c) == FeatureKind::category;
        columns_.push_back({set.role(c), category ? FeatureKind::category : FeatureKind::number, false, set.name(c), 0, nullptr});
    }
    for (std::uint32_t c = 0; c < n; ++c) {
        if (is_number(c))
            cut_number(set, c, weight, stop);
        else
            code_category(set, c, weight, stop);
        coefficients += columns_[c].n_coefficients();
        if (coefficients > most_coefficients)
            throw std::domain_error("attribute " + std::string(columns_[c].name.data, columns_[c].name.size) +
                                    " would give the model " + std::to_string(coefficients) +
                                    " columns and levels, and " + std::to_string(most_coefficients) +
                                    " are possible: merge its levels");
    }
}

void TreeBins::cut_number(const FeatureSet &set, std::uint32_t column, const std::vector<double> &weight, Stop stop) {
    struct Value {
        double value, weight;
    };
    std::vector<Value> values;
    values.reserve(set.attribute_rows);
    bool unknown = false;
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        const double value = set.attributes(row)[column];
        if (weight[row] == 0) continue;
        if (std::isnan(value))
            unknown = true;
        else
            values.push_back({value, weight[row]});
    }
    sort_by_key(values, [](const Value &one) { return ordered_bits(one.value); }, stop);
    std::size_t distinct = 0;
    double total = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        poll_at(i, stop);
        total += values[i].weight;
        if (distinct > 0 && values[distinct - 1].value == values[i].value)
            values[distinct - 1].weight += values[i].weight;
        else
            values[distinct++] = values[i];
    }
    // Cuts at the midpoint of two neighbours, or at the lower one where no double lies between them.
    std::vector<double> &cuts = cuts_[column];
    const auto cut_after = [&](std::size_t i) {
        const double low = values[i].value, high = values[i + 1].value, middle = low + (high - low) / 2;
        cuts.push_back(middle > low && middle < high ? middle : low);
    };
    if (distinct <= most_cuts + 1) {
        for (std::size_t i = 0; i + 1 < distinct; ++i) cut_after(i);
    } else {
        // Divides the remaining customers as evenly as possible among the remaining groups: a value with very many
        // customers gets one alone.
        double before = 0, passed = 0;
        for (std::size_t i = 0; i + 1 < distinct && cuts.size() < most_cuts; ++i) {
            passed += values[i].weight;
            const double groups = static_cast<double>(most_cuts + 1 - cuts.size());
            const double aim = (total - before) / groups, next = values[i + 1].weight;
            // Cut here unless the next value brings the group closer to its due size.
            if (passed - before < aim && std::fabs(passed + next - before - aim) <= std::fabs(passed - before - aim)) continue;
            cut_after(i);
            before = passed;
        }
    }
    n_bins_[column] = static_cast<std::uint32_t>(cuts.size()) + 2;
    tells_[column] = !cuts.empty() || (unknown && !values.empty());

    // The bin of each value, by the cuts below it.
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        const double value = set.attributes(row)[column];
        const std::size_t code = std::isnan(value) ? cuts.size() + 1
                                                   : static_cast<std::size_t>(
                                                         std::lower_bound(cuts.begin(), cuts.end(), value) - cuts.begin());
        put(row, column, static_cast<std::uint8_t>(code));
    }
}

void TreeBins::code_category(const FeatureSet &set, std::uint32_t column, const std::vector<double> &weight, Stop stop) {
    // The levels of the column in byte order, missing ones last.
    std::uint32_t begin = 0;
    while (begin < set.levels && set.level(begin).column != column) ++begin;
    std::uint32_t end = begin;
    while (end < set.levels && set.level(end).column == column) ++end;
    const std::uint32_t n = end - begin;
    const auto level_of = [&](std::uint32_t row) {
        const double value = set.attributes(row)[column];
        return std::isnan(value) ? n : static_cast<std::uint32_t>(value) - begin;
    };
    std::vector<double> customers(n + 1);
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        customers[level_of(row)] += weight[row];
    }
    std::vector<std::uint32_t> order(n + 1);
    for (std::uint32_t i = 0; i <= n; ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return customers[a] > customers[b]; });
    // The most frequent level is the reference, however few customers it has; others need enough customers, and a code.
    std::vector<bool> kept(n + 1);
    kept[order[0]] = true;
    for (std::size_t i = 1; i < order.size() && i < most_level_codes - 1; ++i) kept[order[i]] = customers[order[i]] >= min_level;
    double rare = 0;
    for (std::uint32_t i = 0; i <= n; ++i)
        if (!kept[i]) rare += customers[i];

    std::vector<std::uint8_t> code(n + 1, 0);
    std::vector<Text> &levels = levels_[column];
    const auto text = [&](std::uint32_t i) { return i == n ? Text{nullptr, 0} : set.level_text(begin + i); };
    levels.push_back(text(order[0]));
    for (std::uint32_t i = 0; i <= n; ++i) {
        if (i == order[0] || !kept[i]) continue;
        code[i] = static_cast<std::uint8_t>(levels.size());
        levels.push_back(text(i));
    }
    DesignColumn &written = columns_[column];
    written.has_other = rare >= min_level;
    if (written.has_other)
        for (std::uint32_t i = 0; i <= n; ++i)
            if (!kept[i]) code[i] = static_cast<std::uint8_t>(levels.size());
    written.n_levels = static_cast<std::uint32_t>(levels.size());
    written.levels = levels.data();
    n_bins_[column] = written.n_levels + (written.has_other ? 1 : 0);
    tells_[column] = n_bins_[column] > 1;
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        put(row, column, code[level_of(row)]);
    }
}

std::vector<double> TreeBins::design() const {
    std::vector<double> bytes(design_bytes(columns_.data(), columns_.size()) / sizeof(double));
    write_design(columns_.data(), columns_.size(), bytes.data());
    return bytes;
}

std::uint32_t TreeBins::first_telling_column() const {
    return static_cast<std::uint32_t>(std::find(tells_.begin(), tells_.end(), true) - tells_.begin());
}

}  // namespace cltv
