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

}  // namespace reference
