// The attributes of many customers as trees see them: a byte each.
//
// Numbers are cut between neighbouring values, or, where there are too many of these, between as many groups of about as
// many customers. Levels of categories are those of a design (rows/design.hpp): the rare ones are joined, and what is not
// known is a level.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/trees.hpp"
#include "core/rows/design.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

class TreeBins {
public:
    // Bins the attributes of a sorted set, which must outlive it. weight: the number of customers of each row of
    // attributes. Throws std::domain_error where there are too many levels, and Stopped.
    TreeBins(const FeatureSet &set, const std::vector<double> &weight, Stop stop);

    std::uint32_t n_columns() const { return static_cast<std::uint32_t>(columns_.size()); }
    const std::vector<DesignColumn> &columns() const { return columns_; }
    std::vector<double> design() const;  // its bytes
    bool is_number(std::uint32_t column) const { return columns_[column].kind == FeatureKind::number; }
    const std::vector<double> &cuts(std::uint32_t column) const { return cuts_[column]; }

    // The number of bins of a column: those between cuts and, as the last, that of missing numbers; or one for each
    // level's code.
    std::uint32_t n_bins(std::uint32_t column) const { return n_bins_[column]; }
    // The codes of a row of attributes, a byte per column; a missing number is in the last bin.
    const std::uint8_t *row(std::uint32_t row) const { return codes_.data() + std::size_t{row} * n_columns(); }

    // The codes of a column, one row of attributes after the other: one question about many rows reads a tenth of the
    // memory.
    const std::uint8_t *column(std::uint32_t column) const { return by_column_.data() + std::size_t{column} * n_rows_; }

    // The first column in which customers differ; n_columns() if there is none.
    std::uint32_t first_telling_column() const;

private:
    void put(std::size_t row, std::uint32_t column, std::uint8_t code) {
        codes_[row * n_columns() + column] = code;
        by_column_[column * n_rows_ + row] = code;
    }
    void cut_number(const FeatureSet &set, std::uint32_t column, const std::vector<double> &weight, Stop stop);
    void code_category(const FeatureSet &set, std::uint32_t column, const std::vector<double> &weight, Stop stop);

    std::vector<DesignColumn> columns_;
    std::vector<std::vector<Text>> levels_;
    std::vector<std::vector<double>> cuts_;
    std::vector<std::uint32_t> n_bins_;
    std::vector<bool> tells_;
    std::size_t n_rows_;
    std::vector<std::uint8_t> codes_, by_column_;  // the same, by row and by column
};

}  // namespace cltv
