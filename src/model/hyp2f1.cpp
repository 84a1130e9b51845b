#include "model/hyp2f1.hpp"

#include <cmath>
#include <limits>

#include "model/beta_mean.hpp"

namespace cltv {

namespace {

// About what the quadrature costs, so that giving up on a series never doubles the time by much.
constexpr int max_terms = 1000;
constexpr double max_cancellation = 50;

}  // namespace

bool hyp2f1_series(double a, double b, double c, double z, double &value) {
    double term = 1, sum = 1, magnitude = 1;
    for (int n = 0; n < max_terms; ++n) {
        const double ratio = (a + n) * (b + n) / ((c + n) * (n + 1)) * z;
        term *= ratio;
        sum += term;
        magnitude += std::fabs(term);
        // A ratio that has fallen below 1 tends to z, so that what is left out is at most about term/(1 - z).
        if (std::fabs(ratio) < 1 && std::fabs(term) <= 1e-17 * (1 - std::fmax(z, std::fabs(ratio))) * std::fabs(sum)) {
            value = sum;
            return magnitude < max_cancellation * std::fabs(sum) && std::isfinite(sum);
        }
    }
    return false;
}

double hyp2f1(double a, double b, double c, double z) {
    if (!(z < 1) || !(b > 0) || !(c > b) || !std::isfinite(a) || !std::isfinite(c) || std::isinf(z))
        return std::numeric_limits<double>::quiet_NaN();
    if (z == 0 || a == 0) return 1;

    double series;
    if (z < 0) {
        // Pfaff's transformations (DLMF 15.8.1): both bring z into (0, 1). The first has small parameters and hence few
        // terms, all of one sign where a <= c; the second has only positive terms but as many as its mean is large.
        const double w = z / (z - 1), log_scale = std::log1p(-z);
        if (hyp2f1_series(c - a, b, c, w, series)) return std::exp(-b * log_scale) * series;
        if (a * log_scale < 600 && hyp2f1_series(a, c - b, c, w, series)) return std::exp(-a * log_scale) * series;
    } else {
        // The series itself, or Euler's transformation (DLMF 15.8.1).
        if (hyp2f1_series(a, b, c, z, series)) return series;
        if (hyp2f1_series(c - a, c - b, c, z, series)) return std::exp((c - a - b) * std::log1p(-z)) * series;
    }
    return beta_mean(b, c - b, [=](double p) { return -a * std::log1p(-z * p); });
}

}  // namespace cltv
