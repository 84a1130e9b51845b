#include "core/forecast/net_interval.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/special.hpp"

namespace cltv {

namespace {

double normal_probability(double z) { return erfc(-z / std::sqrt(2.0)) / 2; }

// ln x ~ N(middle, spread^2), given the mean and variance of x.
struct Lognormal {
    double middle, spread;

    explicit Lognormal(Moments x) : spread(std::sqrt(std::log1p(x.variance / (x.mean * x.mean)))) {
        middle = std::log(x.mean) - 0.5 * spread * spread;
    }
};

class Difference {
public:
    Difference(Moments gain, bool gain_has_any_sign, Moments cost, double covariance)
        : is_normal_(gain_has_any_sign), cost_(cost),
          middle_(is_normal_ ? gain.mean : Lognormal(gain).middle),
          spread_(is_normal_ ? std::sqrt(gain.variance) : Lognormal(gain).spread) {
        // The correlation of the two normal deviates: E[e^(s z) w] = s e^(s^2/2) rho, and for two lognormals cov = E E'
        // (e^(s s' rho) - 1).
        const double together = spread_ * cost_.spread;
        double rho = 0;
        if (together > 0)
            rho = (is_normal_ ? covariance / cost.mean : std::log1p(std::max(covariance / (gain.mean * cost.mean), -0.999))) / together;
        rho_ = std::clamp(rho, -0.999, 0.999);
        rest_ = spread_ * std::sqrt(1 - rho_ * rho_);
    }

    // P(difference <= x): an integral over the cost's deviate by the trapezoidal rule, whose error vanishes faster than
    // any power of the step.
    double probability(double x) const {
        constexpr int steps = 4096;
        constexpr double reach = 8.5, step = 2 * reach / steps, density = 0.39894228040143267794;
        double sum = 0;
        for (int i = 0; i <= steps; ++i) {
            const double z = -reach + i * step;
            sum += std::exp(-0.5 * z * z) * given(z, x + std::exp(cost_.middle + cost_.spread * z));
        }
        return sum * step * density;
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
    // P(gain <= g) given the cost's deviate.
    double given(double z, double g) const {
        if (!is_normal_ && !(g > 0)) return 0;
        const double off = (is_normal_ ? g : std::log(g)) - middle_ - rho_ * spread_ * z;
        return rest_ > 0 ? normal_probability(off / rest_) : off >= 0;
    }

    bool is_normal_;
    Lognormal cost_;
    double middle_, spread_, rho_, rest_;
};

}  // namespace

ConfidenceInterval net_interval(Moments gain, bool gain_has_any_sign, Moments cost, double covariance, double level) {
    const Difference difference(gain, gain_has_any_sign, cost, covariance);
    const double mean = gain.mean - cost.mean, spread = std::sqrt(std::max(gain.variance + cost.variance - 2 * covariance, 0.0));
    if (!(spread > 0)) return {mean, mean, mean};
    return {difference.quantile((1 - level) / 2, mean, spread), mean, difference.quantile((1 + level) / 2, mean, spread)};
}

}  // namespace cltv
