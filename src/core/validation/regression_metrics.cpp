#include "core/validation/regression_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/base/double_double.hpp"
#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct Range {
    double least = std::numeric_limits<double>::infinity();
    double most = -std::numeric_limits<double>::infinity();

    void add(double x) {
        least = std::min(least, x);
        most = std::max(most, x);
    }
    double largest() const { return std::max(std::abs(least), std::abs(most)); }
    bool is_point() const { return least == most; }
};

template <class Visit>
void for_each_row(View<ScoredCount> rows, Stop stop, Visit &&visit) {
    for (std::size_t i = 0; i < rows.size; ++i) {
        poll_at(i, stop);
        visit(rows[i].scored, rows[i].count);
    }
}

// In two passes: deviations from the means first lose nothing that the products need. The rounding of the means, which
// remains in the sums of deviations, is subtracted (T. F. Chan, G. H. Golub, R. J. LeVeque, The American Statistician
// 37 (1983) 242-247).
double correlation(View<ScoredCount> rows, Range actual, Range predicted, double customers, Stop stop) {
    if (actual.is_point() || predicted.is_point()) return none;
    const double actual_scale = scale_for(actual.largest()), predicted_scale = scale_for(predicted.largest());
    DoubleDouble actual_sum{}, predicted_sum{};
    for_each_row(rows, stop, [&](const Scored &scored, double count) {
        actual_sum = actual_sum + two_product(scored.actual * actual_scale, count);
        predicted_sum = predicted_sum + two_product(scored.predicted * predicted_scale, count);
    });
    const double actual_mean = actual_sum.hi / customers, predicted_mean = predicted_sum.hi / customers;
    DoubleDouble x_sum{}, y_sum{}, xx{}, yy{}, xy{};
    for_each_row(rows, stop, [&](const Scored &scored, double count) {
        const double x = scored.actual * actual_scale - actual_mean;
        const double y = scored.predicted * predicted_scale - predicted_mean;
        x_sum = x_sum + x * count;
        y_sum = y_sum + y * count;
        xx = xx + x * x * count;
        yy = yy + y * y * count;
        xy = xy + x * y * count;
    });
    const double x_variance = xx.hi - x_sum.hi * x_sum.hi / customers;
    const double y_variance = yy.hi - y_sum.hi * y_sum.hi / customers;
    const double covariance = xy.hi - x_sum.hi * y_sum.hi / customers;
    return std::clamp(covariance / std::sqrt(x_variance * y_variance), -1.0, 1.0);
}

// The relative error |predicted - actual| / |actual|, for an actual value other than 0. Not scaled, because a value
// that is small beside others would become 0. Where the difference overflows float8 the numbers have opposite signs,
// and the other form subtracts nothing.
double relative_error(const Scored &scored) {
    const double error = scored.predicted - scored.actual;
    return std::abs(std::isfinite(error) ? error / scored.actual : scored.predicted / scored.actual - 1);
}

// A sum that overflowed float8 has no number in its high part.
double mean(DoubleDouble sum, double customers) {
    return std::isfinite(sum.hi) ? sum.hi / customers : std::numeric_limits<double>::infinity();
}

}  // namespace

RegressionMetrics regression_metrics(View<ScoredCount> rows, Stop stop) {
    Range actual, predicted;
    double customers = 0;
    for_each_row(rows, stop, [&](const Scored &scored, double count) {
        actual.add(scored.actual);
        predicted.add(scored.predicted);
        customers += count;
    });
    const double scale = scale_for(std::max(actual.largest(), predicted.largest()));
    DoubleDouble errors{}, magnitudes{}, squares{}, shares{};
    double not_zero = 0;
    for_each_row(rows, stop, [&](const Scored &scored, double count) {
        const double error = scored.predicted * scale - scored.actual * scale;
        errors = errors + error * count;
        magnitudes = magnitudes + std::abs(error) * count;
        squares = squares + error * error * count;
        if (scored.actual == 0) return;
        shares = shares + relative_error(scored) * count;
        not_zero += count;
    });
    return {customers,
            mean(magnitudes, customers) / scale,
            std::sqrt(mean(squares, customers)) / scale,
            mean(errors, customers) / scale,
            not_zero > 0 ? mean(shares, not_zero) : none,
            correlation(rows, actual, predicted, customers, stop)};
}

}  // namespace cltv
