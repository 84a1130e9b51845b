// The tables of test/reference, and how far computed values are from them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/test_dir.hpp"

namespace cltv {

using ReferenceRow = std::vector<double>;

inline std::string reference_file(const std::string &name) {
    return std::string(test_dir) + "/reference/" + name + ".tsv";
}

// The names of the columns, from the first line.
inline std::vector<std::string> reference_columns(const std::string &name) {
    std::ifstream file(reference_file(name));
    std::string line, word;
    std::getline(file, line);
    std::istringstream words(line.substr(std::min(line.size(), std::size_t{1})));
    std::vector<std::string> columns;
    while (words >> word) columns.push_back(word);
    return columns;
}

inline std::vector<ReferenceRow> reference_table(const std::string &name, std::size_t columns,
                                                 std::size_t more_than = 300) {
    std::ifstream file(reference_file(name));
    EXPECT_TRUE(file) << name;
    std::vector<ReferenceRow> rows;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream words(line);
        ReferenceRow row;
        for (std::string word; words >> word;) row.push_back(std::strtod(word.c_str(), nullptr));
        EXPECT_EQ(row.size(), columns) << line;
        rows.push_back(row);
    }
    EXPECT_GT(rows.size(), more_than) << name;
    return rows;
}

// Collects relative errors and says at the end which was the largest.
class WorstError {
public:
    explicit WorstError(const char *what) : what_(what) {}

    // Values below 1e-300 need only be as small.
    void add(double computed, double exact, const ReferenceRow &row) {
        double error = std::fabs(computed - exact) / std::fabs(exact);
        if (computed == exact || (std::fabs(exact) < 1e-300 && std::fabs(computed) < 1e-300)) error = 0;
        if (error <= worst_ || std::isnan(worst_)) return;  // a NaN stays
        worst_ = error;
        std::ostringstream where;
        where.precision(17);
        where << "computed " << computed << ", exact " << exact << ", row";
        for (double value : row) where << ' ' << value;
        where_ = where.str();
    }

    // NaN fails, too.
    void expect_below(double bound) const {
        EXPECT_TRUE(worst_ <= bound) << what_ << ": relative error " << worst_ << ", " << where_;
        std::printf("%s: worst relative error %.1e\n", what_, worst_);
    }

private:
    const char *what_;
    double worst_ = 0;
    std::string where_;
};

}  // namespace cltv
