// sBG: a customer leaves at every renewal with probability theta ~ Beta(alpha, beta). Sums over the renewals.
#include <cmath>

#include "table.hpp"
#include "traits.hpp"

namespace reference {

namespace {

// The sum over the next `horizon` renewals h of P(made them all), divided by (1 + rate)^(h - 1).
Real renewals(const Real &a, const Real &b, double horizon, double rate) {
    if (std::isinf(horizon)) {
        if (rate == 0) return a > 1 ? exp(Real(log_beta_integral(a - 1, b + 1) - log_beta_integral(a, b))) : Real(HUGE_VAL);
        // Geometric for each theta: (1 - theta)(1 + rate)/(rate + theta).
        const auto f = [&](const auto &v) {
            using N = std::decay_t<decltype(v)>;
            const Logit<N> theta(v);
            return N(N(a) * theta.log_p + (N(b) + 1) * theta.log_q - log_sum(N(log(N(rate))), theta.log_p));
        };
        const double mean = static_cast<double>(log(Real(a / b)));
        return (1 + Real(rate)) * exp(Real(log_integral<Real>(f, {0, std::log(rate), mean}) - log_beta_integral(a, b)));
    }
    Real term = 1 + Real(rate), sum = 0;
    for (double h = 0; h < horizon; ++h) {
        term *= (b + h) / ((a + b + h) * (1 + Real(rate)));
        sum += term;
    }
    return sum;
}

}  // namespace

void sbg_table(Part part) {
    print_header(part, "alpha beta periods horizon rate log_likelihood_churned log_likelihood_active survival churn "
                       "retention expected_periods discounted_periods");
    for (int i = part.part; i < 1200; i += part.parts) {
        Draws draw(300000 + static_cast<std::uint64_t>(i));
        const bool wide = i % 3 == 0;
        double parameters[2];
        for (double &p : parameters) p = wide ? draw_parameter(draw) : draw.log_uniform(0.05, 20);
        if (i % 3 == 2) {  // the mean of a lifetime becomes infinite at alpha = 1
            const double near = draw.chance(0.3) ? 0 : draw.sign() * draw.log_uniform(1e-15, 1e-3);
            parameters[0] = 1 + draw.below(3) + near;
        }
        const double periods = std::round(draw.log_uniform(1, wide ? 36500 : 100));
        const double horizon = draw.chance(0.3) ? HUGE_VAL : std::round(draw.log_uniform(1, wide ? 36500 : 1000));
        const double rate = draw.log_uniform(wide ? 1e-7 : 1e-3, 1);

        const Real a = parameters[0], b = parameters[1], whole = log_beta_integral(a, b);
        const Real stayed = log_beta_integral(a, b + periods), left = log_beta_integral(a + 1, b + periods - 1);
        const Real before = log_beta_integral(a, b + periods - 1);
        for (double input : {parameters[0], parameters[1], periods, horizon, rate}) print_input(input);
        print_result(left - whole, '\t');
        print_result(stayed - whole, '\t');
        print_result(exp(Real(stayed - whole)), '\t');
        print_result(exp(Real(log_beta_integral(a + 1, b + periods) - stayed)), '\t');
        print_result(exp(Real(stayed - before)), '\t');
        print_result(renewals(a, b + periods, horizon, 0), '\t');
        print_result(renewals(a, b + periods, horizon, rate), '\n');
        std::fflush(stdout);
    }
}

// Customers who are all alike: products of the same factor, added up.
void geometric_table(Part part) {
    print_header(part, "theta periods horizon rate log_likelihood_churned log_likelihood_active survival churn retention "
                       "expected_periods discounted_periods");
    for (int i = part.part; i < 200; i += part.parts) {
        Draws draw(350000 + static_cast<std::uint64_t>(i));
        const double theta = i % 4 == 0 ? draw.log_uniform(1e-9, 1e-3) : draw.uniform(0.001, 0.999);
        const double periods = std::round(draw.log_uniform(1, 1000));
        const double horizon = draw.chance(0.3) ? HUGE_VAL : std::round(draw.log_uniform(1, 10000));
        const double rate = draw.log_uniform(1e-7, 1);

        const Real leaves = theta, stays = 1 - leaves;
        const auto renewals = [&](const Real &discount) {
            if (std::isinf(horizon)) return Real(stays * (1 + discount) / (discount + leaves));
            Real term = 1 + discount, sum = 0;
            for (double h = 0; h < horizon; ++h) {
                term *= stays / (1 + discount);
                sum += term;
            }
            return sum;
        };
        const Real survival = pow(stays, Real(periods));
        for (double input : {theta, periods, horizon, rate}) print_input(input);
        print_result(log(Real(pow(stays, Real(periods - 1)) * leaves)), '\t');
        print_result(log(survival), '\t');
        print_result(survival, '\t');
        print_result(leaves, '\t');
        print_result(stays, '\t');
        print_result(renewals(Real(0)), '\t');
        print_result(renewals(Real(rate)), '\n');
        std::fflush(stdout);
    }
}

}  // namespace reference
