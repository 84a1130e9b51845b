#include "core/spend/gg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/logit_beta.hpp"
#include "core/base/random.hpp"
#include "core/base/special.hpp"
#include "core/fit/maximum_likelihood.hpp"

namespace cltv::gg {

namespace {

// (p, q, v) as named in [FH].
struct Parameters {
    explicit Parameters(const double *parameters) : p(parameters[0]), q(parameters[1]), v(parameters[2]) {}
    double p, q, v;
};

// ln of the density of a customer's mean spend m over x purchases [FH, eq. 1a]:
// Gamma(px + q)/(Gamma(px) Gamma(q)) (v/(v + mx))^q (mx/(v + mx))^(px) / m.
//
// But for the last factor, the density of the odds mx/v where the share mx/(v + mx) is Beta(px, q).
double log_likelihood(const double *parameters, const Spend &spend) {
    const Parameters p(parameters);
    const double px = p.p * spend.frequency, total = spend.monetary_value * spend.frequency;
    return LogitBeta(px, p.q).log_density(std::log(total / p.v * (p.q / px))) - std::log(spend.monetary_value);
}

// E[p/nu] over the population, infinite where q <= 1: such a fit says that the mean does not exist.
double population_mean(const double *parameters) {
    const Parameters p(parameters);
    return p.q > 1 ? p.p * p.v / (p.q - 1) : std::numeric_limits<double>::infinity();
}

// [FH, eq. 5]: p(v + mx)/(px + q - 1), the mean of p/nu given nu ~ Gamma(px + q, v + mx).
double expected_spend(const double *parameters, const Spend &spend) {
    const Parameters p(parameters);
    const double shape = p.p * spend.frequency + p.q - 1;
    return shape > 0 ? p.p * (p.v + spend.monetary_value * spend.frequency) / shape
                     : std::numeric_limits<double>::infinity();
}

Traits draw(const double *parameters, Random &random) {
    const Parameters p(parameters);
    return {{p.p, draw_gamma(p.q, random) / p.v, 0}};
}

double next_spend(const Traits &traits, Random &random) { return draw_gamma(traits.value[0], random) / traits.value[1]; }

constexpr SpendFamily spend = [] {
    SpendFamily f;
    f.log_likelihood = log_likelihood;
    f.population_mean = population_mean;
    f.expected_spend = expected_spend;
    f.draw = draw;
    f.next_spend = next_spend;
    return f;
}();

constexpr Parameter parameters[] = {{"p"}, {"q"}, {"v"}};

// Log-likelihood, gradient and Hessian over a base sorted by frequency.
Surface<3> surface(const Eigen::Vector3d &theta, View<SpendCount> base, Stop stop) {
    enum { p, q, v };
    constexpr std::ptrdiff_t rows_between_polls = 4096;
    const Parameters parameters(theta.data());
    const double P = parameters.p, Q = parameters.q, V = parameters.v;
    const double log_gamma_q = log_gamma(Q), digamma_q = digamma(Q), trigamma_q = trigamma(Q), log_v = std::log(V);
    Surface<3> total{0, Eigen::Vector3d::Zero(), Eigen::Matrix3d::Zero()};
    Eigen::Vector3d &g = total.gradient;
    Eigen::Matrix3d &H = total.hessian;

    for (const SpendCount *row = base.begin(); row != base.end();) {
        const double x = row->spend.frequency;
        // Over the customers of frequency x: ln(mx), ln m, ln(v + mx), 1/(v + mx) and its square.
        double n = 0, log_total = 0, log_mean = 0, log_sum = 0, inverse = 0, inverse2 = 0;
        while (row != base.end() && row->spend.frequency == x) {
            poll(stop);
            const SpendCount *limit = row + std::min(rows_between_polls, base.end() - row);
            for (; row != limit && row->spend.frequency == x; ++row) {
                const double total_spend = row->spend.monetary_value * x, one = 1 / (V + total_spend);
                n += row->count;
                log_total += row->count * std::log(total_spend);
                log_mean += row->count * std::log(row->spend.monetary_value);
                log_sum += row->count * std::log(V + total_spend);
                inverse += row->count * one;
                inverse2 += row->count * one * one;
            }
        }
        const double px = P * x, s = px + Q;
        const double trigamma_s = trigamma(s);
        const double from_p = digamma(s) - digamma(px), from_q = digamma(s) - digamma_q;
        total.value += n * (log_gamma(s) - log_gamma(px) - log_gamma_q + Q * log_v) + px * log_total - log_mean -
                       s * log_sum;
        g(p) += x * (n * from_p + log_total - log_sum);
        g(q) += n * (from_q + log_v) - log_sum;
        g(v) += n * Q / V - s * inverse;

        H(p, p) += n * x * x * (trigamma_s - trigamma(px));
        H(q, p) += n * x * trigamma_s;
        H(q, q) += n * (trigamma_s - trigamma_q);
        H(v, p) -= x * inverse;
        H(v, q) += n / V - inverse;
        H(v, v) += s * inverse2 - n * Q / (V * V);
    }
    H = H.selfadjointView<Eigen::Lower>();
    return total;
}

}  // namespace

double log_likelihood(View<SpendCount> base, const double *parameters, double *gradient, double *hessian, Stop stop) {
    const Surface<3> here = surface(Eigen::Map<const Eigen::Vector3d>(parameters), base, stop);
    Eigen::Map<Eigen::Vector3d>{gradient} = here.gradient;
    Eigen::Map<Eigen::Matrix3d>{hessian} = here.hessian;
    return here.value;
}

const Family family = [] {
    Family f;
    f.kind = Kind::gg;
    f.name = "gg";
    f.title = "Gamma-Gamma";
    f.parameters = view_of(parameters);
    f.spend = &spend;
    return f;
}();

Fit fit(View<SpendCount> base, Stop stop) {
    double customers = 0, spend = 0;
    for (const SpendCount &row : base) {
        customers += row.count;
        spend += row.count * row.spend.monetary_value;
    }
    if (customers == 0) return refused(Status::no_repeat_purchases, customers);
    if (customers < min_customers) return refused(Status::too_few_customers, customers);
    if (base.size == 1) return refused(Status::identical_customers, customers);

    // Money is measured in mean spends. Each start has that mean, v p/(q - 1).
    const Eigen::Vector3d scale(1, 1, spend / customers);
    return maximum_likelihood<3>([&](const Eigen::Vector3d &theta) { return surface(theta, base, stop); }, scale,
                                 customers,
                                 {Eigen::Vector3d(3, 3, 2.0 / 3), Eigen::Vector3d(1, 4, 3), Eigen::Vector3d(10, 2, 0.1)});
}

}  // namespace cltv::gg
