// A model of a series: values of equal periods, one after the other, and what was fitted to them.
#pragma once

#include "core/base/numbers_only.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/stop.hpp"

namespace cltv {

// Stored in databases: numbers are never reused.
enum class SeriesFamily : std::uint8_t {
    none = 0, ets = 1, arima = 2, seasonal = 3, holt_winters = 4, holt_winters_multiplicative = 5, theta = 6, acquisition = 7
};

// The longest season, in periods, of exponential smoothing and ARIMA models: a longer one has more parameters than
// data.
constexpr int longest_season = 24;

using SeriesOrders = std::array<std::int8_t, 8>;

struct SeriesFit {
    SeriesFamily family = SeriesFamily::none;
    SeriesOrders orders{};
    std::vector<double> parameters;
    double variance = std::numeric_limits<double>::quiet_NaN();        // of the errors one period ahead
    double log_likelihood = -std::numeric_limits<double>::infinity();
    double aicc = std::numeric_limits<double>::infinity();
};

// Further numbers for each period, including those to come, in rows of `n` per period: what a calendar says.
struct SeriesColumns {
    int n = 0;
    std::vector<double> values;

    const double *row(std::size_t period) const { return values.data() + period * static_cast<std::size_t>(n); }
    std::size_t periods() const { return n > 0 ? values.size() / static_cast<std::size_t>(n) : 0; }
};

struct SeriesForecast {
    std::vector<double> mean, variance;
};

// Akaike's criterion corrected for small samples: C. M. Hurvich, C.-L. Tsai, Biometrika 76 (1989) 297-307. k counts the
// variance.
inline double corrected_criterion(double log_likelihood, double k, double n) {
    return n - k - 1 > 0 ? -2 * log_likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1) : std::numeric_limits<double>::infinity();
}

}  // namespace cltv
