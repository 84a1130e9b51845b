#include "core/experiments/rdd.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

constexpr int most_order = 4, most_terms = most_order + 1;
using Terms = std::array<double, most_terms>;
using Matrix = std::array<Terms, most_terms>;

// One side of the cutoff: distances from it, ascending, and outcomes.
struct Side {
    std::vector<double> x, y;
    double distinct = 0;
    std::size_t size() const { return x.size(); }
};

struct Line {
    Side below, above;
    std::vector<double> all;  // distances
};

void append(Side &side, double x, double y) {
    if (side.x.empty() || side.x.back() != x) ++side.distinct;
    side.x.push_back(x);
    side.y.push_back(y);
}

Line line_of(View<ScoredCount> rows, double cutoff, Stop stop) {
    Line line;
    for (std::size_t i = 0; i < rows.size; ++i) {
        poll_at(i, stop);
        const double x = rows[i].scored.predicted - cutoff;
        if (std::fabs(x) > 1e100 || std::fabs(rows[i].scored.actual) > 1e100)
            throw std::overflow_error("an outcome, or how far from the cutoff a row lies, is above 1e100");
        append(x < 0 ? line.below : line.above, x, rows[i].scored.actual);
        line.all.push_back(x);
    }
    return line;
}

double kernel_weight(RddKernel kernel, double u) {
    const double a = std::fabs(u);
    if (a > 1) return 0;
    return kernel == RddKernel::triangular ? 1 - a : kernel == RddKernel::epanechnikov ? 0.75 * (1 - a * a) : 0.5;
}

// The inverse of a positive definite matrix of order n by Cholesky's factorisation; false where the matrix is not
// positive definite.
bool invert(const Matrix &matrix, int n, Matrix &inverse) {
    Matrix factor{};
    for (int i = 0; i < n; ++i)
        for (int j = 0; j <= i; ++j) {
            double sum = matrix[i][j];
            for (int k = 0; k < j; ++k) sum -= factor[i][k] * factor[j][k];
            if (i == j) {
                constexpr double rounding = 1e-13;
                if (!(sum > rounding * matrix[i][i])) return false;
                factor[i][i] = std::sqrt(sum);
            } else {
                factor[i][j] = sum / factor[j][j];
            }
        }
    for (int column = 0; column < n; ++column) {
        Terms solution{};
        for (int i = 0; i < n; ++i) {
            double sum = i == column ? 1 : 0;
            for (int k = 0; k < i; ++k) sum -= factor[i][k] * solution[k];
            solution[i] = sum / factor[i][i];
        }
        for (int i = n; i-- > 0;) {
            double sum = solution[i];
            for (int k = i + 1; k < n; ++k) sum -= factor[k][i] * solution[k];
            solution[i] = sum / factor[i][i];
        }
        for (int i = 0; i < n; ++i) inverse[i][column] = solution[i];
    }
    return true;
}

// A polynomial fitted by weighted least squares in u = x / h: its coefficients, and how they depend on the outcomes.
class LocalFit {
public:
    LocalFit(const Side &side, int order, double h, RddKernel kernel, Stop stop)
        : side_(side), terms_(order + 1), h_(h), kernel_(kernel) {
        const auto inside = [&](double x) { return kernel_weight(kernel, x / h) > 0; };
        begin_ = 0;
        end_ = side.size();
        while (begin_ < end_ && !inside(side.x[begin_])) ++begin_;
        while (end_ > begin_ && !inside(side.x[end_ - 1])) --end_;
        Matrix gram{};
        Terms moments{};
        for (std::size_t i = begin_; i < end_; ++i) {
            poll_at(i, stop);
            const double weight = weight_at(i);
            const Terms powers = powers_at(i);
            for (int a = 0; a < terms_; ++a) {
                moments[a] += weight * powers[a] * side.y[i];
                next_[a] += weight * powers[a] * std::pow(side.x[i] / h, terms_);
                for (int b = 0; b <= a; ++b) gram[a][b] += weight * powers[a] * powers[b];
            }
        }
        for (int a = 0; a < terms_; ++a)
            for (int b = 0; b < a; ++b) gram[b][a] = gram[a][b];
        if (!invert(gram, terms_, inverse_))
            throw std::domain_error("too few distinct values of the running variable lie near the cutoff on one side");
        beta_ = times(moments);
        bias_ = times(next_);
    }

    std::size_t begin() const { return begin_; }
    std::size_t end() const { return end_; }
    // The coefficient of x^k.
    double coefficient(int k) const { return beta_[k] / std::pow(h_, k); }
    // How much a term of the next order would add to coefficient k, in u.
    double bias(int k) const { return bias_[k]; }
    // How much outcome i adds to the coefficient of x^k.
    double influence(std::size_t i, int k) const {
        if (i < begin_ || i >= end_) return 0;
        const Terms powers = powers_at(i);
        double sum = 0;
        for (int a = 0; a < terms_; ++a) sum += inverse_[k][a] * powers[a];
        return sum * weight_at(i) / std::pow(h_, k);
    }

private:
    double weight_at(std::size_t i) const { return kernel_weight(kernel_, side_.x[i] / h_); }
    Terms powers_at(std::size_t i) const {
        Terms powers{};
        powers[0] = 1;
        for (int a = 1; a < terms_; ++a) powers[a] = powers[a - 1] * (side_.x[i] / h_);
        return powers;
    }
    Terms times(const Terms &vector) const {
        Terms product{};
        for (int a = 0; a < terms_; ++a)
            for (int b = 0; b < terms_; ++b) product[a] += inverse_[a][b] * vector[b];
        return product;
    }

    const Side &side_;
    int terms_;
    double h_;
    RddKernel kernel_;
    std::size_t begin_, end_;
    Matrix inverse_{};
    Terms beta_{}, bias_{}, next_{};
};

// The squared errors of rows begin..end, from each row's three nearest neighbours among them, more where they tie: A.
// Abadie, G. Imbens 2006. Rows of one value share their neighbours.
std::vector<double> squared_errors(const Side &side, std::size_t begin, std::size_t end, Stop stop) {
    constexpr std::size_t matches = 3;
    std::vector<double> squares(end - begin);
    const auto group_end = [&](std::size_t i) {
        const double x = side.x[i];
        while (i < end && side.x[i] == x) ++i;
        return i;
    };
    const auto group_begin = [&](std::size_t i) {  // of the row before i
        const double x = side.x[i - 1];
        while (i > begin && side.x[i - 1] == x) --i;
        return i;
    };
    for (std::size_t from = begin; from < end;) {
        poll_at(from, stop);
        const std::size_t to = group_end(from);
        const double x = side.x[from];
        std::size_t left = from, right = to;
        while (right - left - 1 < std::min(matches, end - begin - 1)) {
            const double lower = left > begin ? x - side.x[left - 1] : std::numeric_limits<double>::infinity();
            const double upper = right < end ? side.x[right] - x : std::numeric_limits<double>::infinity();
            const bool goes_left = lower <= upper, goes_right = upper <= lower;
            if (goes_left) left = group_begin(left);
            if (goes_right) right = group_end(right);
        }
        double sum = 0;
        for (std::size_t i = left; i < right; ++i) {
            poll_at(i, stop);
            sum += side.y[i];
        }
        const auto others = static_cast<double>(right - left - 1);
        for (std::size_t i = from; i < to; ++i) {
            const double away = side.y[i] - (sum - side.y[i]) / others;
            squares[i - begin] = others > 0 ? others / (others + 1) * away * away : 0;
        }
        from = to;
    }
    return squares;
}

double variance(const LocalFit &fit, const Side &side, int k, Stop stop) {
    const std::vector<double> squares = squared_errors(side, fit.begin(), fit.end(), stop);
    double sum = 0;
    for (std::size_t i = fit.begin(); i < fit.end(); ++i) {
        poll_at(i, stop);
        const double influence = fit.influence(i, k);
        sum += influence * influence * squares[i - fit.begin()];
    }
    return sum;
}

// The ingredients of a bandwidth for derivative nu of a polynomial of that order: variance, bias, and the uncertainty
// of the bias.
struct Tradeoff {
    double variance, bias, doubt;
};

Tradeoff tradeoff(const Side &side, int order, int nu, double variance_h, double bias_h, bool doubted, RddKernel kernel, Stop stop) {
    const LocalFit narrow(side, order, variance_h, kernel, stop), wide(side, order + 1, bias_h, kernel, stop);
    const double constant = narrow.bias(nu), twice = 2 * (order + 1 - nu);
    return {(2 * nu + 1) * std::pow(variance_h, 2 * nu + 1) * variance(narrow, side, nu, stop),
            std::sqrt(twice) * constant * wide.coefficient(order + 1),
            doubted ? twice * 3 * constant * constant * variance(wide, side, order + 1, stop) : 0};
}

double best_bandwidth(const Tradeoff &below, const Tradeoff &above, int order) {
    const double bias = above.bias - below.bias;
    return std::pow((below.variance + above.variance) / (bias * bias + below.doubt + above.doubt), 1.0 / (2 * order + 3));
}

// The quantile of sorted numbers: the midpoint of two where it falls between them.
double quantile(const std::vector<double> &sorted, double share) {
    const double place = share * static_cast<double>(sorted.size());
    const auto whole = static_cast<std::size_t>(std::floor(place));
    const double next = sorted[std::min(whole, sorted.size() - 1)];
    return place == std::floor(place) && whole > 0 ? (sorted[whole - 1] + next) / 2 : next;
}

// Silverman's rule for a sample of n.
double reference_bandwidth(const std::vector<double> &sorted, double n, double constant) {
    double mean = 0, square = 0;
    for (double x : sorted) mean += x / static_cast<double>(sorted.size());
    for (double x : sorted) square += (x - mean) * (x - mean);
    const double deviation = std::sqrt(square / static_cast<double>(sorted.size() - 1));
    const double middle = (quantile(sorted, .75) - quantile(sorted, .25)) / 1.349;
    return constant * std::fmin(deviation, middle) * std::pow(n, -0.2);
}

// The share of rows on this side that repeat a value of the running variable.
double repeated(const Side &side) { return 1 - side.distinct / static_cast<double>(side.size()); }

// The distance of the tenth distinct value from the cutoff.
double tenth_distance(std::vector<double> x) {
    for (double &each : x) each = std::fabs(each);
    std::sort(x.begin(), x.end());
    x.erase(std::unique(x.begin(), x.end()), x.end());
    return x[std::min<std::size_t>(10, x.size()) - 1] + 1e-8;
}

void check_sides(const Line &line, double bandwidth) {
    constexpr std::size_t fewest = 20;
    if (line.below.size() == 0 || line.above.size() == 0)
        throw std::domain_error("there are no rows on one side of the cutoff");
    if (std::isnan(bandwidth) && line.all.size() < fewest)
        throw std::domain_error("there are too few rows to choose a bandwidth: give one, or take 20 or more");
}

}  // namespace

RddFit fit_discontinuity(View<ScoredCount> rows, double cutoff, RddKernel kernel, double bandwidth, Stop stop) {
    const Line line = line_of(rows, cutoff, stop);
    check_sides(line, bandwidth);
    const Side &below = line.below, &above = line.above;
    double h = bandwidth, b = bandwidth;
    if (std::isnan(h)) {
        const double constant = kernel == RddKernel::triangular ? 2.576 : kernel == RddKernel::epanechnikov ? 2.34 : 1.843;
        const double below_range = -below.x.front(), above_range = above.x.back(), widest = std::fmax(below_range, above_range);
        double narrowest = 0;
        if (std::fmax(repeated(below), repeated(above)) >= 0.2) narrowest = std::fmax(tenth_distance(below.x), tenth_distance(above.x));
        const double pilot = std::fmax(narrowest, std::fmin(widest, reference_bandwidth(line.all, below.distinct + above.distinct, constant)));
        const auto step = [&](int order, int nu, double below_h, double above_h, bool doubted) {
            return std::fmin(widest, best_bandwidth(tradeoff(below, order, nu, pilot, below_h, doubted, kernel, stop),
                                          tradeoff(above, order, nu, pilot, above_h, doubted, kernel, stop), order));
        };
        // First a bandwidth for the third derivative that the next step needs, then one for the second, which the bias
        // needs, then the one for the line.
        const double d = std::fmax(narrowest, step(3, 3, below_range, above_range, false));
        b = step(2, 2, d, d, true);
        h = step(1, 0, b, b, true);
    }

    RddFit result{};
    double variance = 0, robust_variance = 0;
    for (const Side *side : {&below, &above}) {
        const double sign = side == &above ? 1 : -1;
        const LocalFit line_fit(*side, 1, h, kernel, stop), parabola(*side, 2, b, kernel, stop);
        const double bias = h * h * line_fit.bias(0);
        result.estimate += sign * line_fit.coefficient(0);
        result.robust_estimate += sign * (line_fit.coefficient(0) - bias * parabola.coefficient(2));
        const std::size_t begin = std::min(line_fit.begin(), parabola.begin()), end = std::max(line_fit.end(), parabola.end());
        const std::vector<double> squares = squared_errors(*side, begin, end, stop);
        for (std::size_t i = begin; i < end; ++i) {
            poll_at(i, stop);
            const double plain = line_fit.influence(i, 0), robust = plain - bias * parabola.influence(i, 2);
            variance += plain * plain * squares[i - begin];
            robust_variance += robust * robust * squares[i - begin];
        }
        (sign > 0 ? result.above : result.below) = RddSide{static_cast<double>(side->size()), side->distinct,
                                                           static_cast<double>(line_fit.end() - line_fit.begin())};
    }
    result.std_error = std::sqrt(variance);
    result.robust_std_error = std::sqrt(robust_variance);
    result.bandwidth = h;
    result.bias_bandwidth = b;
    return result;
}

RddDensity density_discontinuity(View<ScoredCount> rows, double cutoff, double bandwidth, Stop stop) {
    Line line = line_of(rows, cutoff, stop);
    check_sides(line, bandwidth);
    const auto n = static_cast<double>(line.all.size());
    constexpr RddKernel kernel = RddKernel::triangular;
    const double h = std::isnan(bandwidth) ? reference_bandwidth(line.all, n, 2.576) : bandwidth;

    // The distribution function, with ties at their last row: the share of all rows at or below each.
    std::size_t before = 0;
    for (Side *side : {&line.below, &line.above}) {
        for (std::size_t i = 0; i < side->size();) {
            poll_at(i, stop);
            std::size_t end = i;
            while (end < side->size() && side->x[end] == side->x[i]) ++end;
            for (; i < end; ++i) side->y[i] = static_cast<double>(before + end) / n;
        }
        before += side->size();
    }

    RddDensity result{};
    double variance = 0;
    // Each row moves the distribution function at all rows above it.
    std::vector<double> moved(line.all.size());
    std::size_t first = 0;
    for (const Side *side : {&line.below, &line.above}) {
        const double sign = side == &line.above ? 1 : -1;
        const LocalFit fit(*side, 3, h, kernel, stop);
        const double density = fit.coefficient(1);
        // The sum over j of the weight of F(x_j), times (1 if x_i <= x_j, else 0) less F(x_j).
        double expected = 0, at_or_above = 0;
        for (std::size_t j = fit.begin(); j < fit.end(); ++j) expected += fit.influence(j, 1) * side->y[j];
        std::vector<double> &influence = moved;
        const auto add = [&](std::size_t row, double share) { influence[row] += sign * (share - expected) / n; };
        for (std::size_t i = side->size(); i-- > 0;) {
            poll_at(i, stop);
            at_or_above += fit.influence(i, 1);
            if (i == 0 || side->x[i - 1] != side->x[i])
                for (std::size_t tie = i; tie < side->size() && side->x[tie] == side->x[i]; ++tie) add(first + tie, at_or_above);
        }
        // Rows below the side move all of it; rows above it move none of it.
        for (std::size_t row = 0; row < first; ++row) add(row, at_or_above);
        for (std::size_t row = first + side->size(); row < moved.size(); ++row) add(row, 0);
        first += side->size();
        (sign > 0 ? result.above : result.below) = density;
        (sign > 0 ? result.rows_above : result.rows_below) = RddSide{static_cast<double>(side->size()), side->distinct,
                                                                     static_cast<double>(fit.end() - fit.begin())};
    }
    for (double each : moved) variance += each * each;
    result.std_error = std::sqrt(variance);
    result.bandwidth = h;
    return result;
}

}  // namespace cltv
