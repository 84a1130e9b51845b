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
    double power = reach_, sum = value + slope * power, magnitude = std::fabs(value) + std::fabs(slope) * power;
    double slope_there = slope;
    count_ = 2;
    const bool at_0 = z == 0;
    for (int i = 0; count_ < max_coefficients; ++i) {
        // Of power n of t. At z = 0 the leading term is gone: each power tells of the coefficient before. Divided before
        // they meet the last coefficient, for all else can be worked out while that is not known yet.
        const double n = at_0 ? i + 1 : i;
        const double second = (n + 1) * ((gap - 2 * z) * n + K), third = n * ((z - 2 * gap) * (n - 1) + D - K) + pull,
                     fourth = (n - 1) * (gap * (n - 2) - D);
        if (at_0) {
            const double unit = 1 / second;
            e[i + 2] = -(fourth * unit) * e[i] - (third * unit) * e[i + 1];
        } else {
            const double unit = 1 / (z * (n + 2) * (n + 1));
            const double earlier = i == 0 ? m_ * C_ : -fourth * e[i - 1];
            e[i + 2] = (earlier - third * e[i]) * unit - (second * unit) * e[i + 1];
        }
        slope_there += (i + 2) * e[i + 2] * power;
        power *= reach_;
        sum += e[i + 2] * power;
        const double term = std::fabs(e[i + 2]) * power;
        magnitude += term;
        ++count_;
        if (i > 8 && term < 1e-17 * magnitude) break;
    }
    for (int i = 0; i < 4; ++i) e[count_ + i] = 0;
    value_there_ = sum;
    slope_there_ = slope_there;
    if (count_ >= max_coefficients || !(magnitude < max_cancellation * sum)) usable_ = false;
}

void ExpectedPath::advance() {
    const double shrinks = 1 - reach_;
    gap_ *= shrinks;
    reach_ = step_share;
    expand(value_there_, slope_there_ * shrinks);
}

double ExpectedPath::operator()(double y) {
    const double gap = 1 / (1 + y);
    while (usable_ && gap < gap_ * (1 - reach_)) advance();
    if (!usable_) return std::numeric_limits<double>::quiet_NaN();
    // At the beginning t is z itself, whose digits the difference of the gaps has not.
    const double t = gap_ == 1 ? y / (1 + y) : (gap_ - gap) / gap_, t2 = t * t;
    // Four sums, for the processor to work on at once, as long as their terms count; the coefficients are followed by zeros.
    const double *const e = coefficients_ + 1;
    const double t3 = t2 * t, t4 = t2 * t2, enough = 1e-18 * (std::fabs(e[0]) + std::fabs(e[1]) * t);
    double power = 1, sums[4] = {0, 0, 0, 0};
    for (int n = 0; n < count_; n += 4) {
        const double last = e[n + 3] * power;
        sums[0] += e[n] * power;
        sums[1] += e[n + 1] * power;
        sums[2] += e[n + 2] * power;
        sums[3] += last;
        if (n > 8 && std::fabs(last) < enough && std::fabs(e[n] * power) < enough) break;
        power *= t4;
    }
    return (sums[0] + sums[2] * t2) + (sums[1] * t + sums[3] * t3);
}

}  // namespace cltv::beta_geometric
