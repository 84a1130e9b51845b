// Models of accelerated failure time: ln T = b'x + s e, where e has a known distribution, so attributes stretch the
// time that customers stay (J. D. Kalbfleisch, R. L. Prentice: The Statistical Analysis of Failure Time Data, Wiley
// 2002, chapter 3). A customer who left at t adds ln f(z) - ln s - ln t to the log-likelihood, with z = (ln t - b'x)/s;
// one who was still there adds ln S(z). For one who was observed from `entered` on, ln S at that time is subtracted.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/newton.hpp"

namespace cltv {

// The distribution of T; e is the logarithm of an exponential variable for the first two, normal, and logistic.
enum class LifetimeFamily { exponential, weibull, lognormal, loglogistic };

constexpr bool has_scale(LifetimeFamily family) { return family != LifetimeFamily::exponential; }

// A number of customers with the same row of attributes; times are above 0, except that an entry of 0 is from the
// beginning.
struct LifetimeRow {
    double time, left, entered, count;
    std::uint32_t attributes;
};

class LifetimeLikelihood {
public:
    // x: for each row of attributes its n values, one row after the other. x and the rows must outlive this.
    LifetimeLikelihood(LifetimeFamily family, const std::vector<LifetimeRow> &rows, const double *x, int n, Stop stop)
        : family_(family), rows_(rows), x_(x), n_(n), stop_(stop) {
        log_times_.reserve(rows.size());
        for (const LifetimeRow &row : rows) log_times_.push_back(std::log(row.time));
    }

    // Coefficients, and then ln s where the family has a scale.
    int size() const { return n_ + (has_scale(family_) ? 1 : 0); }

    // The log-likelihood with derivatives. Throws Stopped.
    Surface<Eigen::Dynamic> operator()(const Eigen::VectorXd &point) const;

private:
    LifetimeFamily family_;
    const std::vector<LifetimeRow> &rows_;
    std::vector<double> log_times_;
    const double *x_;
    int n_;
    Stop stop_;
};

// P(T > t) for a customer with this b'x, and its logarithm, which keeps its digits far out.
double lifetime_survival(LifetimeFamily family, double predictor, double scale, double time);
double log_lifetime_survival(LifetimeFamily family, double predictor, double scale, double time);

// The time at which P(T > t) = 1 - p, 0 < p < 1.
double lifetime_quantile(LifetimeFamily family, double predictor, double scale, double p);

// E[min(T, horizon)], the integral of P(T > t) from 0 to the horizon. For an infinite horizon the result may be
// infinite, too, as it is for a loglogistic T with s of 1 or more.
double expected_lifetime(LifetimeFamily family, double predictor, double scale, double horizon);

}  // namespace cltv
