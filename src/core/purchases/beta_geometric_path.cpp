#include "core/purchases/beta_geometric_path.hpp"

#include <cmath>
#include <limits>

namespace cltv::beta_geometric {

namespace {

// Rounding of an expansion's first coefficients excites the other solution at z = 0, z^(1-C), by up to (1 - u/z)^-C over a
// step u: steps begin the later the larger C is, when the series at 0 converges the faster.
constexpr double early_reach = 0.5, late_reach = 0.75, step_share = 0.45, max_growth = 8;

constexpr double max_cancellation = 50;

}  // namespace

ExpectedPath::ExpectedPath(double m, double a, double g) : m_(m), a_(a), C_(a + g - 1) {
    const auto growth = [&](double reach) { return -C_ * std::log1p(-step_share * (1 - reach) / reach); };
    reach_ = growth(early_reach) < max_growth ? early_reach : late_reach;
    usable_ = C_ > 0.05 && a + g - 1 - m > -8 && growth(reach_) < max_growth;
    if (usable_) expand(0, m);
}

// Coefficients at z = 1 - gap from the value there and the slope in t: at z + gap t the equation becomes
//     (z + gap t)(1 - t)^2 E'' + (1 - t)(C gap (1 - t) + (m + a - 2)(z + gap t)) E' + m (a - 1) E = m C,
// the derivatives in t.
void ExpectedPath::expand(double value, double slope) {
    const double gap = gap_, z = 1 - gap, P = m_ + a_ - 2, K = C_ * gap + P * z, D = (P - C_) * gap, pull = m_ * (a_ - 1);
    double *const e = coefficients_ + 1;  // e[-1] is 0
    e[-1] = 0;
    e[0] = value;
    e[1] = slope;
    double power = reach_, magnitude = std::fabs(value) + std::fabs(slope) * power;
    count_ = 2;
    for (int i = 0; count_ < max_coefficients; ++i) {
        // Of power n of t. At z = 0 the leading term is gone: each power tells of the coefficient before.
        const double n = z > 0 ? i : i + 1;
        const double second = (n + 1) * ((gap - 2 * z) * n + K), third = n * ((z - 2 * gap) * (n - 1) + D - K) + pull,
                     fourth = (n - 1) * (gap * (n - 2) - D);
        e[i + 2] = z > 0 ? ((i == 0 ? m_ * C_ : 0) - second * e[i + 1] - third * e[i] - fourth * (i == 0 ? 0 : e[i - 1])) /
                               (z * (n + 2) * (n + 1))
                         : -(third * e[i + 1] + fourth * e[i]) / second;
        power *= reach_;
        const double term = std::fabs(e[i + 2]) * power;
        magnitude += term;
        ++count_;
        if (i > 8 && term < 1e-17 * magnitude) break;
    }
    for (int i = 0; i < 2; ++i) e[count_ + i] = 0;
    double sum = 0;
    for (int n = count_ - 1; n >= 0; --n) sum = sum * reach_ + e[n];
    if (count_ >= max_coefficients || !(magnitude < max_cancellation * sum)) usable_ = false;
}

void ExpectedPath::advance() {
    const double *const e = coefficients_ + 1;
    double value = 0, slope = 0;
    for (int n = count_ - 1; n >= 0; --n) {
        slope = slope * reach_ + value;
        value = value * reach_ + e[n];
    }
    const double shrinks = 1 - reach_;
    gap_ *= shrinks;
    reach_ = step_share;
    expand(value, slope * shrinks);
}

double ExpectedPath::operator()(double y) {
    const double gap = 1 / (1 + y);
    while (usable_ && gap < gap_ * (1 - reach_)) advance();
    if (!usable_) return std::numeric_limits<double>::quiet_NaN();
    // At the beginning t is z itself, whose digits the difference of the gaps has not.
    const double t = gap_ == 1 ? y / (1 + y) : (gap_ - gap) / gap_, t2 = t * t;
    const double *const e = coefficients_ + 1;
    double power = 1, even = 0, odd = 0;
    for (int n = 0; n < count_; n += 2) {
        const double next_even = e[n] * power, next_odd = e[n + 1] * power;
        even += next_even;
        odd += next_odd;
        if (n > 8 && std::fabs(next_even) < 1e-18 * odd * t && std::fabs(next_odd) < 1e-18 * odd) break;
        power *= t2;
    }
    return even + t * odd;
}

}  // namespace cltv::beta_geometric
