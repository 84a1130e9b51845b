#include "core/spend/lognormal.hpp"

#include <cmath>
#include <limits>
#include <memory>

#include "core/spend/gaussian.hpp"
#include "core/spend/levels.hpp"
#include "core/spend/spend_attributes.hpp"

namespace cltv::lognormal {

namespace {

using namespace spends;

constexpr double log_two_pi = 1.83787706640934548356;

// w(x): the variance of ln m around the customer's own level.
double noise(double sigma, double x) { return std::log1p(std::expm1(sigma * sigma) / x); }

double log_normal_density(double d, double variance) {
    return -0.5 * (log_two_pi + std::log(variance) + d * d / variance);
}

// The mean of a level with ln theta ~ N(mu, tau^2).
double mean_of(double mu, double tau) { return std::exp(mu + 0.5 * tau * tau); }

struct Within {
    static constexpr int n = 3;
    static double log_likelihood(const double *p, const Spend &spend) {
        const double w = noise(p[2], spend.frequency), y = std::log(spend.monetary_value);
        return log_normal_density(y - p[0] + 0.5 * w, p[1] * p[1] + w) - y;
    }
    static double population_mean(const double *p) { return mean_of(p[0], p[1]); }

    // Given m, ln theta is normal: the precisions 1/tau^2 of mu and 1/w of ln m + w/2 add up, and with the share s =
    // tau^2/(tau^2 + w) of the latter the mean is mu + s (ln m + w/2 - mu), the variance s w. Free purchases, which the
    // model does not have, say nothing.
    static double expected_spend(const double *p, const Spend &spend) {
        if (spend.frequency == 0 || !(spend.monetary_value > 0)) return population_mean(p);
        const double w = noise(p[2], spend.frequency), share = p[1] * p[1] / (p[1] * p[1] + w);
        return std::exp(p[0] + share * (std::log(spend.monetary_value) + 0.5 * w - p[0]) + 0.5 * share * w);
    }
    static Traits draw(const double *p, Random &random) { return {{p[0] + p[1] * draw_normal(random), p[2], 0}}; }
    static void shift(const double *p, double spend, double, double *own) {
        own[0] = p[0] + spend;
        own[1] = p[1];
        own[2] = p[2];
    }
    static double next_spend(const Traits &traits, Random &random) {
        const double sigma = traits.value[1];
        return std::exp(traits.value[0] + sigma * (draw_normal(random) - 0.5 * sigma));
    }
};

// sigma = 0.
struct FixedPrices {
    static constexpr int n = 2;
    static double log_likelihood(const double *p, const Spend &spend) {
        const double y = std::log(spend.monetary_value);
        return log_normal_density(y - p[0], p[1] * p[1]) - y;
    }
    static double population_mean(const double *p) { return mean_of(p[0], p[1]); }
    static double expected_spend(const double *p, const Spend &spend) {
        return spend.frequency == 0 ? population_mean(p) : spend.monetary_value;
    }
    static Traits draw(const double *p, Random &random) { return {{p[0] + p[1] * draw_normal(random), 0, 0}}; }
    static void shift(const double *p, double spend, double, double *own) {
        own[0] = p[0] + spend;
        own[1] = p[1];
    }
    static double next_spend(const Traits &traits, Random &) { return std::exp(traits.value[0]); }
};

// tau = 0: (mean, sigma) with mean = e^mu.
struct CustomersAlike {
    static constexpr int n = 2;
    static double log_likelihood(const double *p, const Spend &spend) {
        const double w = noise(p[1], spend.frequency), y = std::log(spend.monetary_value);
        return log_normal_density(y - std::log(p[0]) + 0.5 * w, w) - y;
    }
    static double population_mean(const double *p) { return p[0]; }
    static double expected_spend(const double *p, const Spend &) { return p[0]; }
    static Traits draw(const double *p, Random &) { return {{std::log(p[0]), p[1], 0}}; }
    static void shift(const double *p, double spend, double, double *own) {
        own[0] = p[0] * std::exp(spend);
        own[1] = p[1];
    }
    static double next_spend(const Traits &traits, Random &random) { return Within::next_spend(traits, random); }
};

constexpr SpendFamily spend = table_of<Within>(false, Within::shift),
                      fixed_spend = table_of<FixedPrices>(false, FixedPrices::shift),
                      alike_spend = table_of<CustomersAlike>(false, CustomersAlike::shift), one_spend = table_of<OnePrice>(false),
                      as_first_spend = table_of<AsFirst>(false),
                      spend_first = table_of<Multiplied<Within>>(false),
                      fixed_first = table_of<Multiplied<FixedPrices>>(false),
                      alike_first = table_of<Multiplied<CustomersAlike>>(false);

constexpr Parameter mu = {"mu", Domain::real}, tau = {"tau"}, sigma = {"sigma"}, mean = {"mean"},
                    told_sigma = {"sigma", Domain::positive, bit(ParameterState::unidentified)},
                    weight = {"first_weight", Domain::real}, scale = {"first_scale"};
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

constexpr auto noise_of = [](const auto &sigma, double x) {
    using J = std::decay_t<decltype(sigma)>;
    const J w = log1p(expm1(sigma * sigma) / x);
    return Noise<J::size>{w, w * 0.5};
};

template <bool first>
Fit search_with(const Sample &sample, double prior, Stop stop) {
    const auto finish = [&](const auto &maximum, auto mu, const auto &tau, const auto &sigma, const auto &b, int form,
                            Status status, double log_likelihood, bool held) {
        if constexpr (first) mu = mu + log(mean_level(b, sample));
        std::vector<std::decay_t<decltype(mu)>> natural;
        if (tau.value == 0)
            natural = {exp(mu), sigma};
        else if (sigma.value == 0)
            natural = {mu, tau};
        else
            natural = {mu, tau, sigma};
        if constexpr (first) {
            natural.push_back(b);
            return fit_of(maximum, natural, {level_reference(b.value, sample)}, form, status, sample, log_likelihood,
                          held);
        } else {
            return fit_of(maximum, natural, {}, form, status, sample, log_likelihood, held);
        }
    };
    return search<first>(sample, gaussian_sample(sample, true), prior, noise_of, finish, stop);
}

class Attributes : public SpendAttributes {
public:
    Attributes(const FeatureSet &set, Stop stop) : SpendAttributes(set, stop) {
        for (std::size_t group = 0; group < groups(); ++group) moments_.push_back(gaussian_sample(sample(group), true));
    }

    // Attributes move mu, or ln of the mean.
    AttributeForm form(int number) const override {
        AttributeForm form;
        if (number > customers_alike) return form;
        form.size = number == within ? 3 : 2;
        form.sides[0].location = 0;
        if (number != customers_alike) form.scale[0] = Scale::real;
        return form;
    }

    double size_of(int form, int i) const override {
        return i > 0 ? 0.5 : form == customers_alike ? mean() : std::log(mean());
    }

    Surface<4> surface(int form, const double *theta, std::size_t group) override {
        if (sample(group).rows.empty()) return surface_of(Jet<2>(0));
        if (form == within) {
            const auto v = variables<3>(theta);
            return surface_of(likelihood_at(v[0], v[1], v[2], group));
        }
        const auto v = variables<2>(theta);
        return surface_of(form == fixed_prices ? likelihood_at(v[0], v[1], Jet<2>(0), group)
                                               : likelihood_at(log(v[0]), Jet<2>(0), v[1], group));
    }

    std::vector<AttributeStart> starts() const override {
        return {start(within, {1, 1, 1}), start(fixed_prices, {1, 1}), start(customers_alike, {1, 1})};
    }

private:
    template <int N>
    Jet<N> likelihood_at(const Jet<N> &mu, const Jet<N> &tau, const Jet<N> &sigma, std::size_t group) const {
        return likelihood(mu - moments_[group].centre, tau, sigma, Jet<N>(0), moments_[group], noise_of);
    }

    std::vector<GaussianSample> moments_;
};

Fit fit_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop) {
    const std::vector<SpendCount> spends = pooled_spends(set, stop);
    return cltv::fit_attributes(set, fit({spends.data(), spends.size()}, prior, stop), prior, effects, stop,
                                [&] { return std::make_unique<Attributes>(set, stop); });
}

}  // namespace

std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop) {
    return std::make_unique<Attributes>(set, stop);
}

const Family family = [] {
    Family f;
    f.kind = Kind::lognormal;
    f.name = "lognormal";
    f.title = "Lognormal";
    f.meaning = "a customer's spends are lognormal around the own mean, sigma the standard deviation of their "
                "logarithms; the logarithms of own means are normal over customers with mean mu and standard "
                "deviation tau";
    f.source = "Fenton 1960";
    f.parameters = view_of(parameters);
    f.spend = &spend;
    f.fit_spend = fit;
    f.attributes = view_of(spend_roles);
    f.fit_attributes = fit_attributes;
    f.limits = view_of(limits);
    return f;
}();

Fit fit(View<SpendCount> base, double prior, Stop stop) {
    return fit_sample(sample_of(base, false, stop), 0,
                      [&](const Sample &sample, auto first) { return search_with<first>(sample, prior, stop); });
}

}  // namespace cltv::lognormal
