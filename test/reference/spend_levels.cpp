// The lognormal model and that of own means: integrals over the customer's own level, which is normal over customers.
#include "table.hpp"
#include "traits.hpp"

namespace reference {

namespace {

// ln of the normal density around `mean` of the given variance.
template <class N>
N log_normal(const N &x, const N &mean, const N &variance) {
    static const Real two_pi = 8 * atan(Real(1));
    const N d = x - mean;
    return N(-(N(log(N(N(two_pi) * variance))) + d * d / variance) / 2);
}

}  // namespace

// Level e^z with z ~ N(mu, tau^2); the mean m of x purchases is lognormal with the mean e^z and the squared coefficient
// of variation (e^(sigma^2) - 1)/x.
void lognormal_table(Part part) {
    Draws draw(25);
    print_header(part, "mu tau sigma frequency monetary_value log_likelihood expected_spend");
    for (int i = 0; i < 500; ++i) {
        const bool wide = i % 2 == 0;
        const double mu = draw.uniform(wide ? -10 : 0, wide ? 10 : 6);
        const double tau = draw.log_uniform(wide ? 1e-3 : 0.1, wide ? 5 : 2);
        const double sigma = draw.log_uniform(wide ? 1e-3 : 0.1, wide ? 5 : 2);
        const double x = std::round(draw.log_uniform(1, wide ? 10000 : 100));
        const double m = Draws::brief(std::exp(mu + draw.uniform(-3, 3) * std::fmax(tau, sigma)));
        if (!part.holds(i)) continue;
        const Real w = log1p(Real(expm1(Real(sigma) * sigma) / x)), y = log(Real(m));
        const auto integral = [&](int power) {
            const double spread = std::sqrt(tau * tau + static_cast<double>(w));
            const auto f = [&](const auto &u) {  // z in units that neither density is narrower than by much
                using N = std::decay_t<decltype(u)>;
                const N z = N(mu) + N(spread) * u;
                return N(N(power) * z + log_normal<N>(z, N(mu), N(N(tau) * tau)) +
                         log_normal<N>(N(y), N(z - N(w) / 2), N(w)));
            };
            const double share = tau * tau / (tau * tau + static_cast<double>(w));
            const double top = share * (static_cast<double>(y) - mu + static_cast<double>(w) / 2) +
                               power * share * static_cast<double>(w);
            return Real(log_integral<Real>(f, {top / spread}) + log(Real(spread)));
        };
        const Real density = integral(0);
        for (double input : {mu, tau, sigma, x, m}) print_input(input);
        print_result(density - y, '\t');
        print_result(exp(Real(integral(1) - density)), '\n');
    }
}

// Level z ~ N(mu, tau^2); the mean of x purchases is N(z, sigma^2/x).
void own_table(Part part) {
    Draws draw(26);
    print_header(part, "mu tau sigma frequency monetary_value log_likelihood expected_spend");
    for (int i = 0; i < 500; ++i) {
        const bool wide = i % 2 == 0;
        const double mu = draw.sign() * draw.log_uniform(0.1, 1000);
        const double tau = draw.log_uniform(wide ? 1e-3 : 1, wide ? 1e4 : 100);
        const double sigma = draw.log_uniform(wide ? 1e-3 : 1, wide ? 1e4 : 100);
        const double x = std::round(draw.log_uniform(1, wide ? 10000 : 100));
        const double m = Draws::brief(mu + draw.uniform(-3, 3) * std::fmax(tau, sigma));
        if (!part.holds(i)) continue;
        const Real noise = Real(sigma) * sigma / x;
        const double spread = std::sqrt(tau * tau + static_cast<double>(noise));
        const double share = tau * tau / (tau * tau + static_cast<double>(noise)), top = share * (m - mu) / spread;
        // The second integral is of the distance from far below, which keeps it above 0.
        const Real far = mu - 1000 * spread;
        const auto integral = [&](bool distance) {
            const auto f = [&](const auto &u) {
                using N = std::decay_t<decltype(u)>;
                const N z = N(mu) + N(spread) * u;
                const N from = N(z - N(far)) / N(spread);
                return N((distance ? (from > 0 ? N(log(from)) : N(-1e9)) : N(0)) +
                         log_normal<N>(z, N(mu), N(N(tau) * tau)) + log_normal<N>(N(m), z, N(noise)));
            };
            return Real(log_integral<Real>(f, {top}) + log(Real(spread)));
        };
        const Real density = integral(false);
        for (double input : {mu, tau, sigma, x, m}) print_input(input);
        print_result(density, '\t');
        print_result(far + spread * exp(Real(integral(true) - density)), '\n');
    }
}

}  // namespace reference
