#include "core/base/hyp2f1.hpp"

#include <cmath>
#include <limits>

#include "core/base/beta_mean.hpp"

namespace cltv {

namespace {

// About what the quadrature costs, so that giving up on a series never much more than doubles the time.
constexpr int max_terms = 400;
constexpr double max_cancellation = 50;

// e^x y, even where e^x alone is not a normal number.
double exp_times(double x, double y) { return std::fabs(x) < 700 ? std::exp(x) * y : std::exp(x + std::log(y)); }

}  // namespace

bool hyp2f1_series(double a, double b, double c, double z, double &value) {
    double term = 1, sum = 1, magnitude = 1;
    for (int n = 0; n < max_terms; ++n) {
        const double ratio = (a + n) * (b + n) / ((c + n) * (n + 1)) * z;
        term *= ratio;
        sum += term;
        magnitude += std::fabs(term);
        // Once the ratio has fallen below 1 it tends to z, so what is left out is at most about term/(1 - z).
        if (std::fabs(ratio) < 1 && std::fabs(term) <= 1e-17 * (1 - std::fmax(z, std::fabs(ratio))) * std::fabs(sum)) {
            value = sum;
            return magnitude < max_cancellation * std::fabs(sum) && std::isfinite(sum);
        }
    }
    return false;
}

double hyp2f1(double a, double b, double rest, double z) {
    const double c = b + rest;
    if (!(z < 1) || !(b > 0) || !(rest > 0) || !std::isfinite(a) || !std::isfinite(c) || std::isinf(z))
        return std::numeric_limits<double>::quiet_NaN();
    if (z == 0 || a == 0) return 1;

    double series;
    if (z < 0) {
        // Pfaff's transformations (DLMF 15.8.1): both bring z into (0, 1). The first has small parameters and hence few
        // terms, all of one sign where a <= c. The second has only positive terms, but about as many as their mean
        // index is large.
        const double w = z / (z - 1), log_scale = std::log1p(-z);
        if (hyp2f1_series(c - a, b, c, w, series)) return exp_times(-b * log_scale, series);
        if (a * log_scale < 600 && hyp2f1_series(a, rest, c, w, series)) return std::exp(-a * log_scale) * series;
    } else {
        // The series itself, or Euler's transformation (DLMF 15.8.1).
        if (hyp2f1_series(a, b, c, z, series)) return series;
        if (hyp2f1_series(c - a, rest, c, z, series)) return exp_times((rest - a) * std::log1p(-z), series);
    }
    // 1 - z p bends where p (1 - z) = 1 - p; written so that nothing cancels near z = p = 1.
    const double gap = 1 - z;
    return beta_mean(b, rest, -std::log(gap), std::fabs(a), [=](const Logistic &logistic) {
        return -a * (logistic.p < 0.5 ? std::log1p(-z * logistic.p) : std::log(logistic.q + gap * logistic.p));
    });
}

namespace {

// Rounding of an expansion's first coefficients excites the other solution of the equation, z^(1-c), by a factor of up
// to (1 - u/z)^-c over a step u. Steps begin where the series at 0 still converges well.
constexpr double first_reach = 0.75, step_share = 0.5, max_growth = 12;

}  // namespace

Hyp2f1Path::Hyp2f1Path(double a, double b, double c) : a_(a), b_(b), c_(c), reach_(first_reach) {
    constexpr double step = step_share * (1 - first_reach);
    usable_ = a > -8 && b > 0 && c > 0 && -c * std::log1p(-step / first_reach) < max_growth;
    if (!usable_) return;
    // The series at 0 (DLMF 15.2.1), for as long as a term counts at the far end.
    double coefficient = 1, term = 1, total = 0, magnitude = 0;
    for (int n = 0; n < max_coefficients; ++n) {
        coefficients_[n] = coefficient;
        count_ = n + 1;
        total += term;
        magnitude += std::fabs(term);
        const double ratio = (a + n) * (b + n) / ((c + n) * (n + 1));
        coefficient *= ratio;
        term *= ratio * first_reach;
        if (std::fabs(ratio) * first_reach < 1 && std::fabs(term) < 1e-17 * magnitude) break;
    }
    usable_ = count_ < max_coefficients && magnitude < 50 * total;
    coefficients_[count_] = 0;
}

double Hyp2f1Path::sum(double t) const {
    // Even and odd powers go into two sums, which the processor can work on at once, until neither counts any more. A
    // last coefficient without a partner is followed by 0.
    const double t2 = t * t;
    double power = 1, even = 0, odd = 0;
    for (int n = 0; n < count_; n += 2) {
        const double next_even = coefficients_[n] * power, next_odd = coefficients_[n + 1] * power;
        even += next_even;
        odd += next_odd;
        if (std::fabs(next_even) < 1e-18 * std::fabs(even) && std::fabs(next_odd) < 1e-18 * std::fabs(even)) break;
        power *= t2;
    }
    return even + t * odd;
}

// Coefficients at z = 1 - gap from the value there and the slope in t: at z + gap t the equation gives
// z(n + 1)(n + 2) c_(n+2) = gap (n + a)(n + b) c_n - (n + 1)[(1 - 2z)n + c - (a + b + 1)z] c_(n+1).
void Hyp2f1Path::expand(double value, double slope) {
    const double z = 1 - gap_, steady = c_ - (a_ + b_ + 1) * z;
    coefficients_[0] = value;
    coefficients_[1] = slope;
    double power = reach_, magnitude = std::fabs(value);
    count_ = 2;
    while (count_ < max_coefficients) {
        const double n = count_ - 2;
        const double pull = (n + 1) * ((1 - 2 * z) * n + steady);
        coefficients_[count_] =
            (gap_ * (n + a_) * (n + b_) * coefficients_[count_ - 2] - pull * coefficients_[count_ - 1]) /
            (z * (n + 1) * (n + 2));
        power *= reach_;
        const double term = std::fabs(coefficients_[count_]) * power;
        magnitude += term;
        ++count_;
        if (n > 8 && term < 1e-17 * magnitude) break;
    }
    coefficients_[count_] = 0;
}

void Hyp2f1Path::advance() {
    double value = 0, slope = 0;
    for (int n = count_ - 1; n >= 0; --n) {
        slope = slope * reach_ + value;
        value = value * reach_ + coefficients_[n];
    }
    const double shrinks = 1 - reach_;
    gap_ *= shrinks;
    reach_ = step_share;
    expand(value, slope * shrinks);
}

double Hyp2f1Path::operator()(double gap) {
    while (gap < gap_ * (1 - reach_)) advance();
    return sum((gap_ - gap) / gap_);
}

}  // namespace cltv
