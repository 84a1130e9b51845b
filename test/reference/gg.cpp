// Gamma-Gamma: total spend ~ Gamma(px, rate nu), nu ~ Gamma(q, rate v).
#include "table.hpp"
#include "traits.hpp"

namespace reference {

void gg_table(Part part) {
    Draws draw(24);
    print_header(part, "p q v frequency monetary_value log_likelihood expected_spend");
    for (int i = 0; i < 900; ++i) {
        double p, q, v;
        if (i % 2 == 0) {
            p = draw.log_uniform(1e-3, 1e4);
            q = draw.log_uniform(1e-3, 1e4);
            v = draw.log_uniform(1e-3, 1e4);
        } else {
            p = draw.uniform(0.5, 10);
            q = draw.uniform(0.5, 10);
            v = draw.log_uniform(1, 500);
        }
        const double x = std::round(draw.log_uniform(1, i % 2 == 0 ? 10000 : 100));
        const double mean = draw.log_uniform(0.01, i % 2 == 0 ? 1e6 : 1e3);
        if (!part.holds(i)) continue;
        const Real px = Real(p) * x, shape = px + q, rate = Real(v) + Real(mean) * x, one = 1;
        const Real posterior = log_gamma_integral(shape, rate);
        const Real log_likelihood = px * log(Real(x)) + (px - one) * log(Real(mean)) - log_gamma_integral(px, one) +
                                    Real(q) * log(Real(v)) - log_gamma_integral(q, one) + posterior;
        for (double input : {p, q, v, x, mean}) print_input(input);
        print_result(log_likelihood, '\t');
        // The mean of p/nu does not exist where shape <= 1.
        if (shape > 1)
            print_result(p * exp(Real(log_gamma_integral(shape - 1, rate) - posterior)), '\n');
        else
            std::printf("inf\n");
    }
}

// Its limits: 1, fixed prices, where a customer's spend is w/nu with nu ~ Gamma(q, rate 1), always; 2, customers alike,
// where everybody's spends are Gamma(p, rate p/mean). Parameters a, b are q, w and p, mean.
void gg_limits_table(Part part) {
    Draws draw(27);
    print_header(part, "limit a b frequency monetary_value log_likelihood population_mean");
    for (int i = 0; i < 600; ++i) {
        const int limit = 1 + i % 2;
        const double a = i % 4 < 2 ? draw.log_uniform(1e-3, 1e6) : draw.uniform(0.5, 10);
        const double b = draw.log_uniform(1e-3, 1e6);
        const double x = std::round(draw.log_uniform(1, 1e4));
        // Where the density is, or a few powers of ten away.
        const double middle = limit == 1 ? b / a : b;
        const double m = Draws::brief(middle * std::exp(draw.uniform(-1, 1) * (draw.chance(0.5) ? 3 / std::sqrt(a) : 2)));
        if (!part.holds(i)) continue;
        const Real one = 1;
        Real log_likelihood, mean;
        if (limit == 1) {
            // The density of nu at w/m, times w/m^2.
            const Real nu = Real(b) / m;
            log_likelihood = (Real(a) - one) * log(nu) - nu - log_gamma_integral(Real(a), one) + log(Real(nu / m));
            if (a > 1) mean = b * exp(Real(log_gamma_integral(Real(a) - one, one) - log_gamma_integral(Real(a), one)));
        } else {
            const Real shape = Real(a) * x, rate = shape / b;
            log_likelihood = shape * log(rate) + (shape - one) * log(Real(m)) - rate * m - log_gamma_integral(shape, one);
            mean = exp(Real(log_gamma_integral(shape + one, one) - log_gamma_integral(shape, one))) / rate;
        }
        print_input(limit);
        for (double input : {a, b, x, m}) print_input(input);
        print_result(log_likelihood, '\t');
        if (limit == 1 && a <= 1)
            std::printf("inf\n");
        else
            print_result(mean, '\n');
    }
}

}  // namespace reference
