#include "core/privacy/noise.hpp"

#include <cmath>

#include <boost/multiprecision/cpp_int.hpp>

namespace cltv {

namespace {

// The variance of Gaussian noise is a multiple of 2^-20; comparisons with it need up to 200 bits.
using Large = boost::multiprecision::uint256_t;

// An integer from 0 to n - 1, all equally likely: bits are drawn until they are below n.
std::uint64_t uniform_below(std::uint64_t n, RandomBits bits) {
    std::uint64_t mask = n - 1;
    for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
    std::uint64_t draw;
    do draw = bits() & mask;
    while (draw >= n);
    return draw;
}
Large uniform_below(const Large &n, RandomBits bits) {
    const unsigned n_bits = n <= 1 ? 0 : boost::multiprecision::msb(n - 1) + 1;
    Large draw;
    do {
        draw = 0;
        for (unsigned done = 0; done < n_bits; done += 64) {
            const std::uint64_t word = bits();
            const unsigned wanted = n_bits - done;
            draw = (draw << (wanted < 64 ? wanted : 64)) | Large(wanted < 64 ? word >> (64 - wanted) : word);
        }
    } while (draw >= n);
    return draw;
}

// True with probability exp(-above / below), for a fraction of at most 1: whether the first K at which no success of
// probability above / (below K) comes is odd (Algorithm 1).
template <class Whole>
bool comes_to_pass_below_1(const Whole &above, const Whole &below, RandomBits bits) {
    unsigned k = 1;
    while (uniform_below(Whole(below * k), bits) < above) ++k;
    return k % 2 == 1;
}
// The same for any fraction.
template <class Whole>
bool comes_to_pass(Whole above, const Whole &below, RandomBits bits) {
    for (; above > below; above -= below)
        if (!comes_to_pass_below_1<std::uint64_t>(1, 1, bits)) return false;
    return comes_to_pass_below_1(above, below, bits);
}

// The delta of continuous Gaussian noise with that sigma, for a sensitivity of 1.
double continuous_delta(double sigma, double epsilon) {
    const auto normal = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
    return normal(0.5 / sigma - epsilon * sigma) - std::exp(epsilon) * normal(-0.5 / sigma - epsilon * sigma);
}

}  // namespace

std::int64_t discrete_laplace(std::uint64_t s, std::uint64_t t, RandomBits bits) {
    for (;;) {
        const std::uint64_t within = uniform_below(t, bits);
        if (!comes_to_pass_below_1(within, t, bits)) continue;
        std::uint64_t whole = 0;
        while (comes_to_pass_below_1<std::uint64_t>(1, 1, bits)) ++whole;
        const std::uint64_t distance = (within + t * whole) / s;
        const bool is_negative = bits() & 1;
        if (is_negative && distance == 0) continue;  // 0 would be there twice
        return is_negative ? -static_cast<std::int64_t>(distance) : static_cast<std::int64_t>(distance);
    }
}

std::int64_t discrete_gaussian(double sigma, RandomBits bits) {
    constexpr unsigned fraction = 20;
    const Large variance(std::ceil(std::ldexp(sigma * sigma, fraction)));  // in 2^-20
    const auto t = static_cast<std::uint64_t>(std::floor(sigma)) + 1;
    for (;;) {
        const std::int64_t y = discrete_laplace(1, t, bits);
        // exp(-(|y| - sigma^2 / t)^2 / (2 sigma^2)), numerator and denominator multiplied by (2^20 t)^2.
        const Large size = (Large(static_cast<std::uint64_t>(y < 0 ? -y : y)) * t) << fraction;
        const Large off = size > variance ? size - variance : variance - size;
        const Large below = ((variance * 2) << fraction) * t * t;
        if (comes_to_pass<Large>(off * off, below, bits)) return y;
    }
}

double analytic_gaussian_sigma(double epsilon, double delta) {
    double low = 1e-3, high = 1;  // delta falls as sigma rises
    while (continuous_delta(high, epsilon) > delta) high *= 2;
    while (high - low > 1e-14 * high) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        (continuous_delta(middle, epsilon) > delta ? low : high) = middle;
    }
    return high;
}

double discrete_gaussian_delta(double sigma, std::int64_t sensitivity, double epsilon) {
    const double change = static_cast<double>(sensitivity), variance = sigma * sigma;
    const auto density = [&](double y) { return std::exp(-y * y / (2 * variance)); };
    const double end = std::ceil(40 * sigma + change);
    double all = 0, delta = 0;
    for (double y = -end; y <= end; ++y) {
        all += density(y);
        // Sums where the answer with one more customer is likelier by a factor of more than exp(epsilon).
        delta += std::fmax(0, density(y) - std::exp(epsilon) * density(y + change));
    }
    return delta / all;
}

double gaussian_sigma(const Privacy &privacy) {
    const double change = static_cast<double>(privacy.sensitivity);
    double sigma = analytic_gaussian_sigma(privacy.epsilon, privacy.delta) * change;
    // For large sigma the sums of Theorem 7 equal the integrals of Balle & Wang up to a relative error of 1 / sigma^2.
    if (sigma > 1000) return sigma * (1 + 1e-5);
    while (discrete_gaussian_delta(sigma, privacy.sensitivity, privacy.epsilon) > privacy.delta) sigma *= 1 + 1e-3;
    return sigma;
}

std::int64_t draw_noise(const Privacy &privacy, RandomBits bits) {
    if (privacy.delta > 0) return discrete_gaussian(gaussian_sigma(privacy), bits);
    // Epsilon as a fraction, rounded down, to 20 bits or more.
    constexpr unsigned fraction = 30;
    const auto s = static_cast<std::uint64_t>(std::floor(std::ldexp(privacy.epsilon, fraction)));
    return discrete_laplace(s, static_cast<std::uint64_t>(privacy.sensitivity) << fraction, bits);
}

}  // namespace cltv
