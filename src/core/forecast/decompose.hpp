// Separates a season from the level by centred means, as a first look at a series.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace cltv {

// The mean over a season's length around each period; where that length is even, the two ends count half. NaN where the
// series does not reach far enough.
inline std::vector<double> centred_means(const double *y, int n, int m) {
    std::vector<double> means(n, std::numeric_limits<double>::quiet_NaN());
    for (int t = m / 2; t + m / 2 < n; ++t) {
        double mean = 0;
        for (int k = -(m / 2); k <= m / 2; ++k) mean += (m % 2 == 0 && (k == -(m / 2) || k == m / 2) ? 0.5 : 1) * y[t + k] / m;
        means[t] = mean;
    }
    return means;
}

// What each of a season's m positions adds to the centred mean (0 on average), or multiplies it by (1 on average).
inline std::vector<double> season_of(const double *y, int n, int m, const std::vector<double> &means, bool multiplies) {
    std::vector<double> season(m, 0), count(m, 0);
    for (int t = 0; t < n; ++t) {
        if (std::isnan(means[t])) continue;
        season[t % m] += multiplies ? y[t] / means[t] : y[t] - means[t];
        ++count[t % m];
    }
    double mean = 0;
    for (int j = 0; j < m; ++j) {
        season[j] = count[j] > 0 ? season[j] / count[j] : multiplies ? 1 : 0;
        mean += season[j] / m;
    }
    for (double &place : season) place = multiplies ? place / mean : place - mean;
    return season;
}

}  // namespace cltv
