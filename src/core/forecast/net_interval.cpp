#include "core/forecast/net_interval.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cltv {

namespace {

// ln x ~ N(middle, spread^2), given the mean and variance of x.
struct Lognormal {
    double middle, spread;

    explicit Lognormal(Moments x) : spread(std::sqrt(std::log1p(x.variance / (x.mean * x.mean)))) {
        middle = std::log(x.mean) - 0.5 * spread * spread;
    }
};

// Both deviates run over the same even steps, so far that what is beyond does not count.
constexpr int steps = 4096;
constexpr double reach = 8.5, step = 2 * reach / steps, density = 0.39894228040143267794;
double deviate(int i) { return -reach + i * step; }
double weight(double z) { return step * density * std::exp(-0.5 * z * z); }

class Difference {
public:
    Difference(const Gain &gain, Moments cost, double covariance) : cost_(cost), gains_(steps + 1) {
        for (int i = 0; i <= steps; ++i) gains_[i] = gain.at(deviate(i));
        rho_ = correlation(gain.moments().mean * cost.mean + covariance, cost.mean);
        rest_ = std::sqrt(1 - rho_ * rho_);
    }

    // P(difference <= x): an integral over the cost's deviate by the trapezoidal rule, whose error vanishes faster than
    // any power of the step.
    double probability(double x) const {
        double sum = 0;
        int above = 0;  // the first gain above what makes the difference x, which grows with the cost
        for (int i = 0; i <= steps; ++i) {
            const double z = deviate(i), enough = x + std::exp(cost_.middle + cost_.spread * z);
            while (above <= steps && gains_[above] <= enough) ++above;
            if (above == 0) continue;
            const double w = above > steps ? 1 : normal_probability((deviate_of(enough, above) - rho_ * z) / rest_);
            sum += weight(z) * w;
        }
        return sum;
    }

    double quantile(double probability_below, double about, double spread) const {
        double low = about - spread, high = about + spread;
        for (double wider = spread; probability(low) > probability_below && std::isfinite(low); wider *= 2) low -= wider;
        for (double wider = spread; probability(high) < probability_below && std::isfinite(high); wider *= 2) high += wider;
        for (int i = 0; i < 60; ++i) {
            const double middle = 0.5 * (low + high);
            (probability(middle) < probability_below ? low : high) = middle;
        }
        return 0.5 * (low + high);
    }

private:
    // The correlation of the deviates s of the gain and w of the cost that gives the mean of the product: given s, the cost has the
    // mean E[cost] e^(rho t s - rho^2 t^2/2). It grows with rho, for both grow with their deviates.
    double correlation(double mean_product, double mean_cost) const {
        const double t = cost_.spread;
        if (t == 0 || gains_.front() == gains_.back()) return 0;
        std::vector<double> weighted(gains_);
        for (int i = 0; i <= steps; ++i) weighted[i] *= weight(deviate(i)) * mean_cost;
        double low = -0.999, high = 0.999;
        for (int k = 0; k < 40; ++k) {
            const double rho = 0.5 * (low + high);
            double product = 0;
            for (int i = 0; i <= steps; ++i) product += weighted[i] * std::exp(rho * t * (deviate(i) - 0.5 * rho * t));
            (product < mean_product ? low : high) = rho;
        }
        return 0.5 * (low + high);
    }

    // The deviate of a gain next below gains_[above], in a straight line between the two.
    double deviate_of(double gain, int above) const {
        const double before = gains_[above - 1];
        return deviate(above - 1) + step * (gain - before) / (gains_[above] - before);
    }

    Lognormal cost_;
    std::vector<double> gains_;  // by deviates
    double rho_, rest_;
};

}  // namespace

ConfidenceInterval net_interval(const Gain &gain, Moments cost, double covariance, double level) {
    const Moments gained = gain.moments();
    const double mean = gained.mean - cost.mean, spread = std::sqrt(std::max(gained.variance + cost.variance - 2 * covariance, 0.0));
    if (!(spread > 0)) return {mean, mean, mean};
    const Difference difference(gain, cost, covariance);
    return {difference.quantile((1 - level) / 2, mean, spread), mean, difference.quantile((1 + level) / 2, mean, spread)};
}

}  // namespace cltv
