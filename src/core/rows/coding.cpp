#include "core/rows/coding.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "core/base/eigen.hpp"
#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

// The number of customers with each row of attributes.
std::vector<double> weights(const FeatureSet &set) {
    std::vector<double> weight(set.attribute_rows);
    for (std::uint32_t i = 0; i < set.used; ++i) weight[static_cast<std::size_t>(set.rows()[i].row)] += set.rows()[i].count;
    return weight;
}

double sum(const std::vector<double> &numbers) {
    double total = 0;
    for (const double number : numbers) total += number;
    return total;
}

}  // namespace

Missing find_missing(const FeatureSet &set) {
    const std::vector<double> weight = weights(set);
    std::vector<double> missing(set.n_attributes());
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        const double *const values = set.attributes(row);
        for (std::uint32_t column = 0; column < set.n_attributes(); ++column)
            if (std::isnan(values[column])) missing[column] += weight[row];
    }
    for (std::uint32_t column = 0; column < set.n_attributes(); ++column)
        if (missing[column] > 0 && set.kind(column) != FeatureKind::category) return {column, missing[column] / sum(weight)};
    return {};
}

Coding::Coding(const FeatureSet &set, Stop stop)
    : set_(set), first_(set.n_attributes(), -1), of_unknown_(set.n_attributes(), -1), of_level_(set.levels, -1) {
    const std::vector<double> weight = weights(set);
    const double total = sum(weight);
    levels_.reserve(set.n_attributes());
    const std::vector<Spread> numbers = spreads(weight, total, stop);
    auto number = numbers.begin();
    for (std::uint32_t column = 0; column < set.n_attributes(); ++column) {
        columns_.push_back({set.role(column), set.kind(column), false, set.name(column), 0, nullptr});
        levels_.emplace_back();
        first_[column] = size();
        if (set.kind(column) == FeatureKind::number)
            code_number(*number++);
        else
            code_category(column, weight, stop);
        column_of_.resize(mean_.size(), static_cast<int>(column));
        if (size() > static_cast<int>(most_coefficients))
            throw std::domain_error("attribute " + std::string(columns_[column].name.data, columns_[column].name.size) +
                                    " would give the model " + std::to_string(size()) + " coefficients, and " +
                                    std::to_string(most_coefficients) + " are possible: merge its levels");
    }
    if (fault_ == CodingFault::none) find_collinear(weight, total, stop);
}

// The mean and standard deviation of each number, and whether it has only one value, in two passes over the rows for
// all.
std::vector<Coding::Spread> Coding::spreads(const std::vector<double> &weight, double total, Stop stop) const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::vector<Spread> spreads;
    for (std::uint32_t column = 0; column < set_.n_attributes(); ++column)
        if (set_.kind(column) == FeatureKind::number)
            spreads.push_back({column, 0, 0, infinity, -infinity});
    for (std::uint32_t row = 0; row < set_.attribute_rows; ++row) {
        poll_at(row, stop);
        if (weight[row] == 0) continue;  // a part of the set has no customer there
        const double share = weight[row] / total, *const values = set_.attributes(row);
        for (Spread &spread : spreads) {
            const double value = values[spread.column];
            spread.mean += share * value;
            spread.least = std::min(spread.least, value);
            spread.most = std::max(spread.most, value);
        }
    }
    for (std::uint32_t row = 0; row < set_.attribute_rows; ++row) {
        poll_at(row, stop);
        const double share = weight[row] / total, *const values = set_.attributes(row);
        for (Spread &spread : spreads) {
            const double distance = values[spread.column] - spread.mean;
            spread.square += share * distance * distance;
        }
    }
    return spreads;
}

void Coding::code_number(const Spread &spread) {
    const double deviation = std::sqrt(spread.square);
    const bool constant = spread.least == spread.most || !(deviation > 0) || !std::isfinite(deviation);
    mean_.push_back(constant ? 0 : spread.mean);
    scale_.push_back(constant ? 1 : deviation);
    if (constant && fault_ == CodingFault::none) {
        fault_ = CodingFault::constant;
        faulty_column_ = static_cast<int>(spread.column);
    }
}

void Coding::code_category(std::uint32_t column, const std::vector<double> &weight, Stop stop) {
    // The levels of the column in byte order, missing ones last.
    std::uint32_t begin = 0;
    while (begin < set_.levels && set_.level(begin).column != column) ++begin;
    std::uint32_t end = begin;
    while (end < set_.levels && set_.level(end).column == column) ++end;
    const std::uint32_t n = end - begin;
    std::vector<double> customers(n + 1);
    for (std::uint32_t row = 0; row < set_.attribute_rows; ++row) {
        poll_at(row, stop);
        const double value = set_.attributes(row)[column];
        customers[std::isnan(value) ? n : static_cast<std::uint32_t>(value) - begin] += weight[row];
    }
    const std::uint32_t reference =
        static_cast<std::uint32_t>(std::max_element(customers.begin(), customers.end()) - customers.begin());
    double rare = 0;
    for (std::uint32_t i = 0; i <= n; ++i)
        if (i != reference && customers[i] < min_level) rare += customers[i];

    const auto text = [&](std::uint32_t i) { return i == n ? Text{nullptr, 0} : set_.level_text(begin + i); };
    const auto code = [&](std::uint32_t i) -> int & { return i == n ? of_unknown_[column] : of_level_[begin + i]; };
    std::vector<Text> &levels = levels_[column];
    levels.push_back(text(reference));
    for (std::uint32_t i = 0; i <= n; ++i) {
        if (i == reference || customers[i] < min_level) continue;
        code(i) = size();
        levels.push_back(text(i));
        mean_.push_back(0);
        scale_.push_back(1);
    }
    DesignColumn &written = columns_[column];
    // If even the most frequent level has too few customers, there is nothing to compare the others with.
    written.has_other = customers[reference] >= min_level && rare >= min_level;
    if (written.has_other) {
        for (std::uint32_t i = 0; i <= n; ++i)
            if (i != reference && customers[i] < min_level) code(i) = size();
        mean_.push_back(0);
        scale_.push_back(1);
    }
    written.n_levels = static_cast<std::uint32_t>(levels.size());
    written.levels = levels.data();
    if (size() == first_[column] && fault_ == CodingFault::none) {
        fault_ = CodingFault::constant;
        faulty_column_ = static_cast<int>(column);
    }
}

// Cholesky's decomposition of the correlations of the coefficients' columns within a role: a column that those before
// it explain to ten digits leaves nothing. Columns are centred, because every model has a constant.
void Coding::find_collinear(const std::vector<double> &weight, double total, Stop stop) {
    constexpr double nothing = 1e-10;
    const int n = size();
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(n);
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> product = Eigen::MatrixXd::Zero(n, n);
    std::vector<Entry> entries(set_.n_attributes());
    for (std::uint32_t row = 0; row < set_.attribute_rows; ++row) {
        poll_at(row, stop);
        const double share = weight[row] / total;
        std::size_t used = 0;
        for (std::uint32_t column = 0; column < set_.n_attributes(); ++column)
            if (const Entry one = entry(row, column); one.coefficient >= 0) entries[used++] = one;
        for (std::size_t i = 0; i < used; ++i) {
            const double part = share * entries[i].value;
            mean(entries[i].coefficient) += part;
            double *const products = product.row(entries[i].coefficient).data();
            for (std::size_t j = 0; j <= i; ++j) products[entries[j].coefficient] += part * entries[j].value;
        }
    }
    for (int i = 0; i < n; ++i)
        for (int j = 0; j <= i; ++j) product(i, j) -= mean(i) * mean(j);
    for (int i = 0; i < n; ++i) {
        const double whole = product(i, i);
        for (int j = 0; j <= i; ++j) {
            if (role(i) != role(j)) continue;
            double rest = product(i, j);
            for (int k = 0; k < j; ++k)
                if (role(k) == role(i)) rest -= product(i, k) * product(j, k);
            product(i, j) = j < i ? rest / product(j, j) : rest;
        }
        if (!(product(i, i) > nothing * whole)) {
            fault_ = CodingFault::collinear;
            faulty_column_ = column_of(i);
            return;
        }
        product(i, i) = std::sqrt(product(i, i));
    }
}

Namesakes find_namesakes(const FeatureSet &set) {
    Namesakes found;
    for (std::uint32_t column = 0; column < set.n_columns; ++column) {
        if (set.role(column) != Role::dropout) continue;
        for (std::uint32_t other = 0; other < column; ++other) {
            if (set.role(other) != Role::purchases || !(set.name(other) == set.name(column))) continue;
            found.any = true;
            const bool category = set.kind(column) == FeatureKind::category;
            const auto alike = [&](double a, double b) {
                if (!category || std::isnan(a) || std::isnan(b)) return a == b || (std::isnan(a) && std::isnan(b));
                return set.level_text(static_cast<std::uint32_t>(a)) == set.level_text(static_cast<std::uint32_t>(b));
            };
            bool same = set.kind(column) == set.kind(other);
            for (std::uint32_t row = 0; same && row < set.attribute_rows; ++row)
                same = alike(set.attributes(row)[column], set.attributes(row)[other]);
            if (!same && found.different < 0) found.different = static_cast<int>(column);
        }
    }
    return found;
}

std::vector<int> Coding::twins() const {
    std::vector<int> twins(mean_.size(), -1);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        if (columns_[c].role != Role::dropout) continue;
        for (std::size_t other = 0; other < c; ++other) {
            if (columns_[other].role != Role::purchases || !(columns_[other].name == columns_[c].name)) continue;
            for (std::uint32_t i = 0; i < columns_[c].n_coefficients(); ++i)
                twins[static_cast<std::size_t>(first_[c]) + i] = first_[other] + static_cast<int>(i);
        }
    }
    return twins;
}

std::vector<double> Coding::design() const {
    std::vector<double> bytes(design_bytes(columns_.data(), columns_.size()) / sizeof(double));
    write_design(columns_.data(), columns_.size(), bytes.data());
    return bytes;
}

}  // namespace cltv
