// The design of the attributes of many customers, and their rows as a fit sees them: numbers are standardised, so that
// the search for coefficients does not depend on units, and a level of a category is a one.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/design.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// A number that is missing for a share of the customers; the share is above 0 for the first such column.
struct Missing {
    std::uint32_t column = 0;
    double share = 0;
};
Missing find_missing(const FeatureSet &set);

// Attributes of the same name on purchases and on dropout: whether there are any, and the first column of dropout whose
// values differ from its namesake's for some customers, -1 if there is none.
struct Namesakes {
    bool any = false;
    int different = -1;
};
Namesakes find_namesakes(const FeatureSet &set);

// Why coefficients cannot be distinguished, before anything is fitted.
enum class CodingFault { none, constant, collinear };

class Coding {
public:
    // Codes a sorted set without missing numbers, which must outlive it. Throws std::domain_error where a category has
    // too many levels, and Stopped.
    Coding(const FeatureSet &set, Stop stop);

    int size() const { return static_cast<int>(mean_.size()); }  // coefficients
    const std::vector<DesignColumn> &columns() const { return columns_; }
    std::vector<double> design() const;  // its bytes

    CodingFault fault() const { return fault_; }
    int faulty_column() const { return faulty_column_; }

    Role role(int coefficient) const { return columns_[static_cast<std::size_t>(column_of_[coefficient])].role; }
    int column_of(int coefficient) const { return column_of_[coefficient]; }
    double mean(int coefficient) const { return mean_[coefficient]; }
    double scale(int coefficient) const { return scale_[coefficient]; }
    // For each coefficient of dropout, that of purchases for the attribute of the same name, which has the same levels
    // if customers have the same values in both; -1 for all others.
    std::vector<int> twins() const;

    // For each column: the coefficient that has a value in a row of attributes, or -1, and the value.
    struct Entry {
        int coefficient;
        double value;
    };
    Entry entry(std::uint32_t row, std::uint32_t column) const {
        const double value = set_.attributes(row)[column];
        if (set_.kind(column) == FeatureKind::number) {
            const int coefficient = first_[column];
            return {coefficient, (value - mean_[coefficient]) / scale_[coefficient]};
        }
        return {value != value ? of_unknown_[column] : of_level_[static_cast<std::uint32_t>(value)], 1};
    }

private:
    struct Spread {
        std::uint32_t column;
        double mean, square, least, most;
    };
    std::vector<Spread> spreads(const std::vector<double> &weight, double total, Stop stop) const;
    void code_number(const Spread &spread);
    void code_category(std::uint32_t column, const std::vector<double> &weight, Stop stop);
    void find_collinear(const std::vector<double> &weight, double total, Stop stop);

    const FeatureSet &set_;
    std::vector<DesignColumn> columns_;
    std::vector<std::vector<Text>> levels_;
    std::vector<int> first_, of_unknown_, of_level_, column_of_;
    std::vector<double> mean_, scale_;
    CodingFault fault_ = CodingFault::none;
    int faulty_column_ = -1;
};

}  // namespace cltv
