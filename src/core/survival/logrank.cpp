#include "core/survival/logrank.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/base/sort_rows.hpp"
#include "core/base/special.hpp"

namespace cltv {

namespace {

// x' V^- x by Cholesky's decomposition of the lower triangle V, row by row, which is overwritten. A row that depends on
// those before it, such as that of the last group, whose differences are minus the sum of the others, adds nothing.
ChiSquaredTest quadratic_form(std::vector<double> &v, std::vector<double> &x) {
    constexpr double nothing = 1e-10;
    const std::size_t n = x.size();
    const auto at = [&v](std::size_t i, std::size_t j) -> double & { return v[i * (i + 1) / 2 + j]; };
    ChiSquaredTest test = {0, 0, std::numeric_limits<double>::quiet_NaN()};
    for (std::size_t i = 0; i < n; ++i) {
        const double whole = at(i, i);
        for (std::size_t j = 0; j <= i; ++j) {
            double rest = at(i, j);
            for (std::size_t k = 0; k < j; ++k) rest -= at(i, k) * at(j, k);
            at(i, j) = j == i ? rest : at(j, j) > 0 ? rest / at(j, j) : 0;
        }
        at(i, i) = whole > 0 && at(i, i) > nothing * whole ? std::sqrt(at(i, i)) : 0;
        if (at(i, i) == 0) continue;
        for (std::size_t k = 0; k < i; ++k) x[i] -= at(i, k) * x[k];
        x[i] /= at(i, i);
        test.statistic += x[i] * x[i];
        ++test.df;
    }
    return test;
}

// The customers at risk of one stratum, and what its times add.
class Stratum {
public:
    // The groups must ascend.
    explicit Stratum(const std::vector<double> &groups)
        : groups_(groups), at_risk_(groups.size()), left_(groups.size()) {}

    // Takes the rows of the stratum, by time, and adds to the differences and to the lower triangle of their
    // covariance.
    void add(const SurvivalRow *begin, const SurvivalRow *end, std::vector<double> &difference,
             std::vector<double> &covariance, Stop stop) {
        double all = 0;
        for (double &n : at_risk_) n = 0;
        for (const SurvivalRow *row = begin; row != end; ++row) {
            at_risk_[group_of(*row)] += row->count;
            all += row->count;
        }
        for (const SurvivalRow *row = begin; row != end;) {
            poll(stop);
            const SurvivalRow *const first = row;
            double departures = 0;
            for (double &d : left_) d = 0;
            for (; row != end && row->time == first->time; ++row) {
                if (row->left == 0) continue;
                left_[group_of(*row)] += row->count;
                departures += row->count;
            }
            if (departures > 0) add_time(all, departures, difference, covariance);
            for (const SurvivalRow *gone = first; gone != row; ++gone) {
                at_risk_[group_of(*gone)] -= gone->count;
                all -= gone->count;
            }
        }
    }

private:
    std::size_t group_of(const SurvivalRow &row) const {
        const auto place = std::lower_bound(groups_.begin(), groups_.end(), row.compared);
        return static_cast<std::size_t>(place - groups_.begin());
    }

    void add_time(double all, double departures, std::vector<double> &difference,
                  std::vector<double> &covariance) const {
        // A single customer at risk allows no comparison.
        const double scatter = all > 1 ? departures * (all - departures) / (all - 1) : 0;
        std::size_t entry = 0;
        for (std::size_t i = 0; i < at_risk_.size(); ++i) {
            const double share = at_risk_[i] / all;
            difference[i] += left_[i] - departures * share;
            for (std::size_t j = 0; j < i; ++j) covariance[entry++] -= scatter * share * (at_risk_[j] / all);
            covariance[entry++] += scatter * share * (1 - share);
        }
    }

    const std::vector<double> &groups_;
    std::vector<double> at_risk_, left_;
};

}  // namespace

double chi_squared_upper(double statistic, int df) {
    return statistic > 0 ? gamma_q(df / 2.0, statistic / 2) : 1;
}

ChiSquaredTest logrank_test(View<SurvivalRow> rows, Stop stop) {
    std::vector<double> groups;
    for (std::size_t i = 0; i < rows.size; ++i) {
        poll_at(i, stop);
        const auto place = std::lower_bound(groups.begin(), groups.end(), rows[i].compared);
        if (place != groups.end() && *place == rows[i].compared) continue;
        if (groups.size() == most_groups)
            throw std::domain_error("more than " + std::to_string(most_groups) + " groups are to be compared: " +
                                    "join small ones, or give what has many values as strata");
        groups.insert(place, rows[i].compared);
    }
    const std::size_t n = groups.size();
    std::vector<double> difference(n), covariance(n * (n + 1) / 2);
    Stratum stratum(groups);
    for (const SurvivalRow *begin = rows.begin(); begin != rows.end();) {
        const SurvivalRow *next = begin;
        while (next != rows.end() && next->stratum == begin->stratum) ++next;
        stratum.add(begin, next, difference, covariance, stop);
        begin = next;
    }
    ChiSquaredTest test = quadratic_form(covariance, difference);
    if (test.df == 0)
        test.statistic = std::numeric_limits<double>::quiet_NaN();
    else
        test.p_value = chi_squared_upper(test.statistic, test.df);
    return test;
}

}  // namespace cltv
