#include "core/spend/own.hpp"

#include <cmath>
#include <limits>

#include "core/spend/gaussian.hpp"

namespace cltv::own {

namespace {

using namespace spends;

constexpr double log_two_pi = 1.83787706640934548356;

double log_normal_density(double d, double variance) {
    return -0.5 * (log_two_pi + std::log(variance) + d * d / variance);
}

struct Within {
    static constexpr int n = 3;
    static double log_likelihood(const double *p, const Spend &spend) {
        return log_normal_density(spend.monetary_value - p[0], p[1] * p[1] + p[2] * p[2] / spend.frequency);
    }
    static double population_mean(const double *p) { return p[0]; }

    // The own mean has the weight tau^2/(tau^2 + sigma^2/x), the population's the rest [EM].
    static double expected_spend(const double *p, const Spend &spend) {
        if (spend.frequency == 0) return population_mean(p);
        const double ratio = p[2] / p[1];
        return p[0] + (spend.monetary_value - p[0]) / (1 + ratio * ratio / spend.frequency);
    }
    static Traits draw(const double *p, Random &random) { return {{p[0] + p[1] * draw_normal(random), p[2], 0}}; }
    static double next_spend(const Traits &traits, Random &random) {
        return traits.value[0] + traits.value[1] * draw_normal(random);
    }
};

// sigma = 0.
struct FixedPrices {
    static constexpr int n = 2;
    static double log_likelihood(const double *p, const Spend &spend) {
        return log_normal_density(spend.monetary_value - p[0], p[1] * p[1]);
    }
    static double population_mean(const double *p) { return p[0]; }
    static double expected_spend(const double *p, const Spend &spend) {
        return spend.frequency == 0 ? p[0] : spend.monetary_value;
    }
    static Traits draw(const double *p, Random &random) { return {{p[0] + p[1] * draw_normal(random), 0, 0}}; }
    static double next_spend(const Traits &traits, Random &) { return traits.value[0]; }
};

// tau = 0: (mean, sigma) with mean = mu.
struct CustomersAlike {
    static constexpr int n = 2;
    static double log_likelihood(const double *p, const Spend &spend) {
        return log_normal_density(spend.monetary_value - p[0], p[1] * p[1] / spend.frequency);
    }
    static double population_mean(const double *p) { return p[0]; }
    static double expected_spend(const double *p, const Spend &) { return p[0]; }
    static Traits draw(const double *p, Random &) { return {{p[0], p[1], 0}}; }
    static double next_spend(const Traits &traits, Random &random) { return Within::next_spend(traits, random); }
};

constexpr SpendFamily spend = table_of<Within>(true), fixed_spend = table_of<FixedPrices>(true),
                      alike_spend = table_of<CustomersAlike>(true), one_spend = table_of<OnePrice>(true),
                      as_first_spend = table_of<AsFirst>(true),
                      spend_first = table_of<Shifted<Within>>(true),
                      fixed_first = table_of<Shifted<FixedPrices>>(true),
                      alike_first = table_of<Shifted<CustomersAlike>>(true);

constexpr Parameter mu = {"mu", Domain::real}, tau = {"tau"}, sigma = {"sigma"}, mean = {"mean", Domain::real},
                    told_sigma = {"sigma", Domain::positive, bit(ParameterState::unidentified)},
                    weight = {"first_weight", Domain::real}, scale = {"first_scale", Domain::real};
constexpr Parameter parameters[] = {mu, tau, sigma}, fixed_parameters[] = {mu, tau},
                    alike_parameters[] = {mean, told_sigma}, one_parameters[] = {{"mean", Domain::real}},
                    first_parameters[] = {mu, tau, sigma, weight, scale},
                    fixed_first_parameters[] = {mu, tau, weight, scale},
                    alike_first_parameters[] = {mean, sigma, weight, scale};
constexpr LimitValue fixed_values[] = {{"sigma", 0}}, alike_values[] = {{"tau", 0}},
                     one_values[] = {{"tau", 0}, {"sigma", 0}};

const Form limits[] = {form_of(fixed_prices, view_of(fixed_parameters), view_of(fixed_values), fixed_spend),
                       form_of(customers_alike, view_of(alike_parameters), view_of(alike_values), alike_spend),
                       form_of(one_price, view_of(one_parameters), view_of(one_values), one_spend),
                       form_of(free_orders, view_of(one_parameters), view_of(one_values), one_spend),
                       form_of(within_first, view_of(first_parameters), {}, spend_first),
                       form_of(fixed_prices_first, view_of(fixed_first_parameters), view_of(fixed_values), fixed_first),
                       form_of(customers_alike_first, view_of(alike_first_parameters), view_of(alike_values),
                               alike_first),
                       form_of(as_first, view_of(one_parameters), view_of(one_values), as_first_spend)};

template <bool first>
Fit search_with(const Sample &sample, double prior, Stop stop) {
    const auto noise_of = [](const auto &sigma, double x) {
        using J = std::decay_t<decltype(sigma)>;
        return Noise<J::size>{sigma * sigma / x, J(0)};
    };
    const auto finish = [&](const auto &maximum, const auto &mu, const auto &tau, const auto &sigma, const auto &b,
                            int form, Status status, double log_likelihood, bool held) {
        std::vector<std::decay_t<decltype(mu)>> natural;
        if (tau.value == 0)
            natural = {mu, sigma};
        else if (sigma.value == 0)
            natural = {mu, tau};
        else
            natural = {mu, tau, sigma};
        if constexpr (first) {
            natural.push_back(b);
            return fit_of(maximum, natural, {{sample.reference, sample.first_error}}, form, status, sample, log_likelihood,
                          held);
        } else {
            return fit_of(maximum, natural, {}, form, status, sample, log_likelihood, held);
        }
    };
    return search<first>(sample, gaussian_sample(sample, false), prior, noise_of, finish, stop);
}

}  // namespace

const Family family = [] {
    Family f;
    f.kind = Kind::own;
    f.name = "own";
    f.title = "Own mean";
    f.meaning = "a customer's spends have the standard deviation sigma around the own mean, and own means the "
                "mean mu and the standard deviation tau over customers, all in the currency";
    f.source = "Efron & Morris 1973";
    f.parameters = view_of(parameters);
    f.spend = &spend;
    f.fit_spend = fit;
    f.limits = view_of(limits);
    return f;
}();

Fit fit(View<SpendCount> base, double prior, Stop stop) {
    return fit_sample(sample_of(base, true, stop), 0,
                      [&](const Sample &sample, auto first) { return search_with<first>(sample, prior, stop); });
}

}  // namespace cltv::own
