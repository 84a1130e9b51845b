#include "core/purchases/beta_geometric_path.hpp"

#include <cmath>
#include <limits>

namespace cltv::beta_geometric {

namespace {

// Rounding of an expansion's first coefficients excites the other solution at z = 0, z^(1-C), by up to (1 - u/z)^-C
// over a step u. So steps begin later for larger C, where the series at 0 converges faster.
constexpr double early_reach = 0.5, late_reach = 0.75, step_share = 0.45, max_growth = 8;

constexpr double max_cancellation = 8, least_gap = 1e-9;

// The upper ends of the bands of t within an expansion's reach.
constexpr double bands[] = {0.2, 0.5, 1};

// Horner's scheme for several t at once, because for a single one the processor would wait for each step to end; in
// separate variables, which stay in its registers.
constexpr std::size_t at_once = 8;

void horner(const double *e, int n, const double *t, double *sum) {
    typedef double Pair __attribute__((vector_size(16)));
    const Pair t0 = {t[0], t[1]}, t1 = {t[2], t[3]}, t2 = {t[4], t[5]}, t3 = {t[6], t[7]};
    Pair s0 = {0, 0}, s1 = s0, s2 = s0, s3 = s0;
    for (int j = n; j-- > 0;) {
        const Pair c = {e[j], e[j]};
        s0 = s0 * t0 + c;
        s1 = s1 * t1 + c;
        s2 = s2 * t2 + c;
        s3 = s3 * t3 + c;
    }
    const Pair sums[] = {s0, s1, s2, s3};
    for (std::size_t k = 0; k < at_once; ++k) sum[k] = sums[k / 2][k % 2];
}

}  // namespace

ExpectedPath::ExpectedPath(double m, double a, double g) : m_(m), a_(a), C_(a + g - 1) {
    const auto growth = [&](double reach) { return -C_ * std::log1p(-step_share * (1 - reach) / reach); };
    reach_ = growth(early_reach) < max_growth ? early_reach : late_reach;
    usable_ = C_ > 0.05 && a + g - 1 - m > -8 && growth(reach_) < max_growth;
    if (usable_) expand(0, m);
}

// Coefficients at z = 1 - gap from the value there and the slope in t: at z + gap t the equation becomes
//     (z + gap t)(1 - t)^2 E'' + (1 - t)(C gap (1 - t) + (m + a - 2)(z + gap t)) E' + m (a - 1) E = m C,
// where the derivatives are in t.
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
        // The coefficient of t^n. At z = 0 the leading term is gone, and each power gives the coefficient before.
        // Division comes before multiplication with the last coefficient, so everything else can be computed while that
        // is still unknown.
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
    for (int band = 0; band < n_bands; ++band) {
        const double end = reach_ * bands[band], enough = 1e-18 * (std::fabs(value) + std::fabs(slope) * end);
        counts_[band] = 2;
        double size = end;
        for (int n = 2; n < count_; ++n) {
            size *= end;
            if (std::fabs(e[n]) * size > enough) counts_[band] = n + 1;
        }
    }
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

void ExpectedPath::operator()(const double *ys, std::size_t n, double *expected) {
    const auto gap = [](double y) { return 1 / (1 + y); };
    // At the beginning t is z itself, whose digits the difference of the gaps would lose.
    const auto place = [&](double y) { return gap_ == 1 ? y / (1 + y) : (gap_ - gap(y)) / gap_; };
    const double *const e = coefficients_ + 1;
    for (std::size_t i = 0; i < n;) {
        const double to = gap(ys[i]);
        while (usable_ && to >= least_gap && to < gap_ * (1 - reach_)) advance();
        if (!usable_ || to < least_gap) {
            expected[i++] = std::numeric_limits<double>::quiet_NaN();
            continue;
        }
        double t[at_once], sum[at_once];
        t[0] = place(ys[i]);
        int band = 0;
        while (band < n_bands - 1 && t[0] > reach_ * bands[band]) ++band;
        std::size_t here = 1;
        for (; here < at_once && i + here < n && gap(ys[i + here]) >= gap_ * (1 - reach_); ++here) {
            t[here] = place(ys[i + here]);
            if (band < n_bands - 1 && t[here] > reach_ * bands[band]) break;
        }
        for (std::size_t k = here; k < at_once; ++k) t[k] = t[0];
        horner(e, counts_[band], t, sum);
        for (std::size_t k = 0; k < here; ++k) expected[i++] = sum[k];
    }
}

}  // namespace cltv::beta_geometric
