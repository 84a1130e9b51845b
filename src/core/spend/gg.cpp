#include "core/spend/gg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <tuple>
#include <vector>

#include "core/base/logit_beta.hpp"
#include "core/base/draws.hpp"
#include "core/base/special.hpp"
#include "core/fit/pool.hpp"
#include "core/spend/levels.hpp"
#include "core/spend/search.hpp"
#include "core/spend/spend_attributes.hpp"

namespace cltv::gg {

namespace {

using namespace spends;

// ln of (a r)^a e^(-a r)/Gamma(a), the density of ln r where r ~ Gamma(a, rate a). Stirling's terms cancel the powers,
// which for a large a are far larger than the result.
double log_gamma_density(double a, double r) {
    constexpr double two_pi = 6.28318530717958647693;
    return 0.5 * std::log(a / two_pi) - stirling_remainder(a) + a * (std::log(r) - (r - 1));
}

// (p, q, v) as named in [FH].
struct Within {
    static constexpr int n = 3;

    // ln of the density of a customer's mean spend m over x purchases [FH, eq. 1a]: Gamma(px + q)/(Gamma(px) Gamma(q))
    // (v/(v + mx))^q (mx/(v + mx))^(px) / m.
    //
    // Apart from the last factor it is the density of the odds mx/v where the share mx/(v + mx) is Beta(px, q).
    static double log_likelihood(const double *parameters, const Spend &spend) {
        const double p = parameters[0], q = parameters[1], v = parameters[2];
        const double px = p * spend.frequency, total = spend.monetary_value * spend.frequency;
        return LogitBeta(px, q).log_density(std::log(total / v * (q / px))) - std::log(spend.monetary_value);
    }

    // E[p/nu] over the population, infinite where q <= 1: the mean does not exist in such a model.
    static double population_mean(const double *parameters) {
        const double p = parameters[0], q = parameters[1], v = parameters[2];
        return q > 1 ? p * v / (q - 1) : std::numeric_limits<double>::infinity();
    }

    // [FH, eq. 5]: p(v + mx)/(px + q - 1), the mean of p/nu given nu ~ Gamma(px + q, v + mx).
    static double expected_spend(const double *parameters, const Spend &spend) {
        if (spend.frequency == 0) return population_mean(parameters);
        const double p = parameters[0], q = parameters[1], v = parameters[2];
        const double shape = p * spend.frequency + q - 1;
        return shape > 0 ? p * (v + spend.monetary_value * spend.frequency) / shape
                         : std::numeric_limits<double>::infinity();
    }

    static Traits draw(const double *parameters, Random &random) {
        return {{parameters[0], draw_gamma(parameters[1], random) / parameters[2], 0}};
    }
    static void shift(const double *p, double spend, double, double *own) {
        own[0] = p[0];
        own[1] = p[1];
        own[2] = p[2] * std::exp(spend);
    }
    static double next_spend(const Traits &traits, Random &random) {
        return draw_gamma(traits.value[0], random) / traits.value[1];
    }
};

// (q, w) with w = p v as p -> infinity: a customer always spends w/nu', nu' ~ Gamma(q, rate 1), which is inverse gamma
// distributed over customers.
struct FixedPrices {
    static constexpr int n = 2;

    // ln of w^q/Gamma(q) m^(-q - 1) e^(-w/m).
    static double log_likelihood(const double *parameters, const Spend &spend) {
        const double q = parameters[0], m = spend.monetary_value;
        return log_gamma_density(q, parameters[1] / (m * q)) - std::log(m);
    }
    static double population_mean(const double *parameters) {
        const double q = parameters[0], w = parameters[1];
        return q > 1 ? w / (q - 1) : std::numeric_limits<double>::infinity();
    }
    static double expected_spend(const double *parameters, const Spend &spend) {
        return spend.frequency == 0 ? population_mean(parameters) : spend.monetary_value;
    }
    static Traits draw(const double *parameters, Random &random) {
        return {{parameters[1] / draw_gamma(parameters[0], random), 0, 0}};
    }
    static void shift(const double *p, double spend, double, double *own) {
        own[0] = p[0];
        own[1] = p[1] * std::exp(spend);
    }
    static double next_spend(const Traits &traits, Random &) { return traits.value[0]; }
};

// (p, mean) with mean = p v/q as q -> infinity: the spend of all customers is Gamma(p, rate p/mean).
struct CustomersAlike {
    static constexpr int n = 2;

    // The mean of x such spends is Gamma(px, rate px/mean).
    static double log_likelihood(const double *parameters, const Spend &spend) {
        const double m = spend.monetary_value;
        return log_gamma_density(parameters[0] * spend.frequency, m / parameters[1]) - std::log(m);
    }
    static double population_mean(const double *parameters) { return parameters[1]; }
    static double expected_spend(const double *parameters, const Spend &) { return parameters[1]; }
    static Traits draw(const double *parameters, Random &) { return {{parameters[0], parameters[0] / parameters[1], 0}}; }
    static void shift(const double *p, double spend, double, double *own) { FixedPrices::shift(p, spend, 0, own); }
    static double next_spend(const Traits &traits, Random &random) {
        return draw_gamma(traits.value[0], random) / traits.value[1];
    }
};

constexpr double infinity = std::numeric_limits<double>::infinity();

constexpr SpendFamily spend = table_of<Within>(false, Within::shift),
                      fixed_spend = table_of<FixedPrices>(false, FixedPrices::shift),
                      alike_spend = table_of<CustomersAlike>(false, CustomersAlike::shift), one_spend = table_of<OnePrice>(false),
                      as_first_spend = table_of<AsFirst>(false),
                      spend_first = table_of<Multiplied<Within>>(false),
                      fixed_first = table_of<Multiplied<FixedPrices>>(false),
                      alike_first = table_of<Multiplied<CustomersAlike>>(false);

constexpr Parameter parameters[] = {{"p"}, {"q"}, {"v"}}, fixed_parameters[] = {{"q"}, {"w"}},
                    alike_parameters[] = {{"p", Domain::positive, bit(ParameterState::unidentified)}, {"mean"}},
                    one_parameters[] = {{"mean", Domain::real}},
                    first_parameters[] = {{"p"}, {"q"}, {"v"}, {"first_weight", Domain::real}, {"first_scale"}},
                    fixed_first_parameters[] = {{"q"}, {"w"}, {"first_weight", Domain::real}, {"first_scale"}},
                    alike_first_parameters[] = {{"p"}, {"mean"}, {"first_weight", Domain::real}, {"first_scale"}};
constexpr LimitValue fixed_values[] = {{"p", infinity}, {"v", 0}}, alike_values[] = {{"q", infinity}, {"v", infinity}},
                     one_values[] = {{"p", infinity}, {"q", infinity}};

const Form limits[] = {form_of(fixed_prices, view_of(fixed_parameters), view_of(fixed_values), fixed_spend),
                       form_of(customers_alike, view_of(alike_parameters), view_of(alike_values), alike_spend),
                       form_of(one_price, view_of(one_parameters), view_of(one_values), one_spend),
                       form_of(free_orders, view_of(one_parameters), view_of(one_values), one_spend),
                       form_of(within_first, view_of(first_parameters), {}, spend_first),
                       form_of(fixed_prices_first, view_of(fixed_first_parameters), view_of(fixed_values), fixed_first),
                       form_of(customers_alike_first, view_of(alike_first_parameters), view_of(alike_values),
                               alike_first),
                       form_of(as_first, view_of(one_parameters), view_of(one_values), as_first_spend)};

// The log-likelihood in p, q, ln v and b over a sample, where a customer whose first purchase gives t has the rate v
// e^(b t).
template <int N>
Jet<N> likelihood(const Jet<N> &p, const Jet<N> &q, const Jet<N> &log_v, const Jet<N> &b, const Sample &sample,
                  Stop stop) {
    const Jet<N> log_gamma_q = cltv::log_gamma(q);
    Jet<N> total;
    const double v = std::exp(log_v.value);
    for (const Group &group : sample.groups) {
        poll(stop);
        // Over the customers of frequency x: ln(V + mx) for each one's V, with its derivatives in ln v and in b.
        const double x = group.frequency, log_mean = group.log_mean;
        double s = 0, sv = 0, sb = 0, svv = 0, svb = 0, sbb = 0;
        for (std::size_t row = group.begin; row < group.end; ++row) {
            const double count = sample.rows[row].count, sum = sample.rows[row].spend.monetary_value * x;
            const double t = sample.told[row], own = t == 0 ? v : std::exp(log_v.value + b.value * t);
            const double share = own / (own + sum), bend = share * (1 - share);
            s += count * std::log(own + sum);
            sv += count * share;
            sb += count * t * share;
            svv += count * bend;
            svb += count * t * bend;
            sbb += count * t * t * bend;
        }
        const Jet<N> px = p * x, shape = px + q;
        total += (cltv::log_gamma(shape) - cltv::log_gamma(px) - log_gamma_q + q * log_v) * group.n + q * b * group.told +
                 px * (log_mean + group.n * std::log(x)) - log_mean - shape * chain(log_v, b, s, sv, sb, svv, svb, sbb);
    }
    return total;
}

// The limit p -> infinity with w = p v: a customer's mean is w/nu exactly, inverse gamma distributed over customers.
template <int N>
Jet<N> likelihood_fixed(const Jet<N> &q, const Jet<N> &log_w, const Jet<N> &b, const Sample &sample) {
    double n = 0, log_mean = 0, told = 0, s = 0, st = 0, stt = 0;
    for (const Group &group : sample.groups) {
        n += group.n;
        log_mean += group.log_mean;
        told += group.told;
    }
    for (std::size_t row = 0; row < sample.rows.size(); ++row) {
        const double count = sample.rows[row].count, t = sample.told[row];
        const double ratio = std::exp(log_w.value + b.value * t) / sample.rows[row].spend.monetary_value;
        s += count * ratio;
        st += count * t * ratio;
        stt += count * t * t * ratio;
    }
    return (q * log_w - cltv::log_gamma(q)) * n + q * b * told - (q + 1.0) * log_mean -
           chain(log_w, b, s, s, st, s, st, stt);
}

// The limit q -> infinity with mean = p v/q: the mean of x purchases is Gamma(px, rate px/mean) for all customers.
template <int N>
Jet<N> likelihood_alike(const Jet<N> &p, const Jet<N> &log_level, const Jet<N> &b, const Sample &sample) {
    Jet<N> total;
    for (const Group &group : sample.groups) {
        const double n = group.n, log_mean = group.log_mean, told = group.told, x = group.frequency;
        double s = 0, st = 0, stt = 0;
        for (std::size_t row = group.begin; row < group.end; ++row) {
            const double count = sample.rows[row].count, t = sample.told[row];
            const double ratio = sample.rows[row].spend.monetary_value * std::exp(-log_level.value - b.value * t);
            s += count * ratio;
            st += count * t * ratio;
            stt += count * t * t * ratio;
        }
        const Jet<N> px = p * x;
        total += (px * log(px) - cltv::log_gamma(px)) * n - px * (log_level * n + b * told) + (px - 1.0) * log_mean -
                 px * chain(log_level, b, s, -s, -st, s, st, stt);
    }
    return total;
}

// The mean of m e^(-b t): the mean spend of the customers without the effect of their first purchases.
template <int N>
Jet<N> mean_spend(const Jet<N> &b, const Sample &sample) {
    double s = 0, st = 0, stt = 0;
    for (std::size_t row = 0; row < sample.rows.size(); ++row) {
        const double t = sample.told[row];
        const double part = sample.rows[row].count / sample.customers * sample.rows[row].spend.monetary_value *
                            std::exp(-b.value * t);
        s += part;
        st += t * part;
        stt += t * t * part;
    }
    return b.chain(s, -st, stt);
}

// The fit with the first purchase, or without.
template <bool first>
Fit search(const Sample &sample, double prior, Stop stop) {
    using namespace spends;
    constexpr int k = first ? 1 : 0, N = 3 + k, L = 2 + k;
    using Wide = Eigen::Matrix<double, N, 1>;
    using Narrow = Eigen::Matrix<double, L, 1>;
    const double log_mean = std::log(sample.mean);
    const auto effect = [](const auto &variables) {
        if constexpr (first)
            return variables.back();
        else
            return std::decay_t<decltype(variables.back())>(0);
    };
    const auto weigh = [&](auto total, const auto &b) {
        if constexpr (first)
            if (prior > 0) total += log_prior(b, 0, first_prior_sd) * prior;
        return total;
    };
    const auto narrow = [](double a, double b) {
        Narrow point = Narrow::Zero();
        point(0) = a;
        point(1) = b;
        return point;
    };
    const auto wide = [&](double p, double q, double v) {
        Wide point = Wide::Zero();
        point(0) = std::log(p);
        point(1) = std::log(q);
        point(2) = std::log(v) + log_mean;
        return point;
    };
    // Parameters are those at the mean of the customers' levels.
    const auto finish = [&](const auto &maximum, auto natural, int level, const auto &b, int form, Status status,
                            double log_likelihood, bool held) {
        if constexpr (first) {
            natural[level] = natural[level] * mean_level(b, sample);
            natural.push_back(b);
            return fit_of(maximum, natural, {level_reference(b.value, sample)}, form, status, sample, log_likelihood,
                          prior > 0);
        } else {
            return fit_of(maximum, natural, {}, form, status, sample, log_likelihood, held);
        }
    };

    // Money is measured in mean spends. Each start has that mean, v p/(q - 1).
    const auto interior = maximise<N>(
        [&](const Variables<N> &v) {
            const Jet<N> b = effect(v);
            return weigh(likelihood(exp(v[0]), exp(v[1]), v[2], b, sample, stop), b);
        },
        {wide(3, 3, 2.0 / 3), wide(1, 4, 3), wide(10, 2, 0.1)});
    const double q_ml = std::exp(interior.point(1)), error_q = interior.error(1) * q_ml;
    const bool known = interior.found && interior.error(0) <= known_error &&
                       (prior == 0 ? interior.error(1) <= known_error : q_ml > 1 && error_q <= known_error * (q_ml - 1));

    Maximum<L> fixed, alike;
    if (!known) {
        fixed = maximise<L>(
            [&](const Variables<L> &v) {
                const Jet<L> b = effect(v);
                return weigh(likelihood_fixed(exp(v[0]), v[1], b, sample), b);
            },
            {narrow(std::log(3), std::log(2) + log_mean), narrow(std::log(30), std::log(29) + log_mean)});
        alike = maximise<L>(
            [&](const Variables<L> &v) {
                const Jet<L> b = effect(v);
                return weigh(likelihood_alike(exp(v[0]), v[1], b, sample), b);
            },
            {narrow(0, log_mean), narrow(std::log(30), log_mean)});
    }
    switch (verdict_of(known, interior.found, interior.value, fixed.found ? fixed.value : -HUGE_VAL,
                       alike.found ? alike.value : -HUGE_VAL, prior)) {
        case Verdict::interior: {
            const auto v = variables_at<N>(interior.point);
            const Jet<N> b = effect(v);
            return finish(interior, std::vector<Jet<N>>{exp(v[0]), exp(v[1]), exp(v[2])}, 2, b,
                          first ? within_first : within, Status::converged,
                          likelihood(exp(v[0]), exp(v[1]), v[2], b, sample, stop).value, false);
        }
        case Verdict::alike: {
            const auto v = variables_at<L>(alike.point);
            const Jet<L> b = effect(v);
            return finish(alike, std::vector<Jet<L>>{exp(v[0]), exp(v[1])}, 1, b,
                          first ? customers_alike_first : customers_alike, Status::boundary,
                          likelihood_alike(exp(v[0]), v[1], b, sample).value, false);
        }
        case Verdict::fixed: {
            const double q = std::exp(fixed.point(0));
            if (prior == 0 || (q > 1 && fixed.error(0) * q <= known_error * (q - 1))) {
                const auto v = variables_at<L>(fixed.point);
                const Jet<L> b = effect(v);
                return finish(fixed, std::vector<Jet<L>>{exp(v[0]), exp(v[1])}, 1, b,
                              first ? fixed_prices_first : fixed_prices, Status::boundary,
                              likelihood_fixed(exp(v[0]), v[1], b, sample).value, false);
            }
            // The same with the mean held at that of the customers.
            constexpr int H = 1 + k;
            const auto here = [&](const Variables<H> &v) {
                const Jet<H> b = effect(v);
                return likelihood_fixed(exp(v[0]) + 1.0, v[0] + log(mean_spend(b, sample)), b, sample);
            };
            const auto held = maximise<H>(
                [&](const Variables<H> &v) {
                    return weigh(here(v) + log_prior(v[0], std::log(2), prior_sd) * prior, effect(v));
                },
                {Eigen::Matrix<double, H, 1>::Zero()});
            if (!held.found) return refused(Status::not_converged, sample.customers);
            const auto v = variables_at<H>(held.point);
            const Jet<H> b = effect(v);
            return finish(held, std::vector<Jet<H>>{exp(v[0]) + 1.0, exp(v[0]) * mean_spend(b, sample)}, 1, b,
                          first ? fixed_prices_first : fixed_prices, Status::boundary, here(v).value, true);
        }
        case Verdict::weak: {
            // v is held where the population's mean is that of the customers; p and q - 1 have their priors.
            const auto level = [&](const auto &v) { return log(mean_spend(effect(v), sample)) + v[1] - v[0]; };
            const auto here = [&](const Variables<L> &v) {
                return likelihood(exp(v[0]), exp(v[1]) + 1.0, level(v), effect(v), sample, stop);
            };
            const auto held = maximise<L>(
                [&](const Variables<L> &v) {
                    return weigh(here(v) + (log_prior(v[0], std::log(2), prior_sd) +
                                            log_prior(v[1], std::log(2), prior_sd)) * prior,
                                 effect(v));
                },
                {narrow(std::log(3), std::log(2)), narrow(0, std::log(3)), narrow(std::log(10), 0)});
            if (!held.found) return refused(Status::not_converged, sample.customers);
            const auto v = variables_at<L>(held.point);
            Fit fit = finish(held, std::vector<Jet<L>>{exp(v[0]), exp(v[1]) + 1.0, exp(level(v))}, 2, effect(v),
                             first ? within_first : within, Status::weak, here(v).value, true);
            fit.subject = interior.found && interior.error(0) <= known_error ? 1 : 0;
            return fit;
        }
        case Verdict::none:
            break;
    }
    return refused(Status::not_converged, sample.customers);
}

// The likelihood of a segment in p, q and v, from repeat purchases alone.
class SegmentLikelihood {
public:
    using Vector = Eigen::Vector3d;

    SegmentLikelihood(View<SpendCount> base, Stop stop) : sample_(sample_of(base, false, stop)), stop_(stop) {
        std::fill(sample_.told.begin(), sample_.told.end(), 0);
    }

    const Sample &sample() const { return sample_; }

    Surface<3> operator()(const Vector &theta) const {
        const auto v = variables_at<3>(theta);
        const Jet<3> here = likelihood<3>(v[0], v[1], log(v[2]), 0, sample_, stop_);
        return {here.value, here.gradient, here.hessian};
    }

private:
    Sample sample_;
    Stop stop_;
};

// The logarithms of p, q - 1 and v resemble one another over segments, so that every segment has a mean.
const Eigen::Vector3d from_one(0, 1, 0);

Fit pool(View<View<SpendCount>> segments, Stop stop) {
    const auto tuple_of = [](const SpendCount &row) {
        return std::make_tuple(row.spend.frequency, row.spend.monetary_value, row.spend.first_value, row.count);
    };
    std::vector<View<SpendCount>> sorted(segments.begin(), segments.end());
    std::sort(sorted.begin(), sorted.end(), [&](const View<SpendCount> &a, const View<SpendCount> &b) {
        return std::lexicographical_compare(
            a.begin(), a.end(), b.begin(), b.end(),
            [&](const SpendCount &x, const SpendCount &y) { return tuple_of(x) < tuple_of(y); });
    });
    std::vector<SegmentLikelihood> likelihoods;
    double customers = 0, sum = 0;
    for (const View<SpendCount> &segment : sorted) {
        likelihoods.emplace_back(segment, stop);
        const Sample &sample = likelihoods.back().sample();
        if (sample.customers == 0) {  // says nothing, not even that there is another segment
            likelihoods.pop_back();
            continue;
        }
        customers += sample.customers;
        sum += sample.customers * sample.mean;
    }
    if (customers == 0) return refused(Status::no_repeat_purchases, customers);
    const Eigen::Vector3d size(1, 1, sum / customers), start(std::log(3), std::log(2), std::log(2.0 / 3 * size(2)));
    return pool_segments<3>(std::vector<SmoothFunction<3>>(likelihoods.begin(), likelihoods.end()), customers, from_one, size,
                            start, stop);
}

Fit fit_pooled(View<SpendCount> base, const ModelView &prior, Stop stop) {
    const SegmentLikelihood likelihood(base, stop);
    Fit fit = fit_segment<3>(likelihood, spread_of<3>(prior, from_one), likelihood.sample().customers);
    fit.skipped = likelihood.sample().skipped;
    return fit;
}

}  // namespace

double log_likelihood(View<SpendCount> base, const double *parameters, double *gradient, double *hessian, Stop stop) {
    const Sample sample = sample_of(base, false, stop);
    const auto v = variables_at<3>(Eigen::Map<const Eigen::Vector3d>(parameters));
    const Jet<3> here = likelihood<3>(v[0], v[1], log(v[2]), 0, sample, stop);
    Eigen::Map<Eigen::Vector3d>{gradient} = here.gradient;
    Eigen::Map<Eigen::Matrix3d>{hessian} = here.hessian;
    return here.value;
}

namespace {

class Attributes : public SpendAttributes {
public:
    Attributes(const FeatureSet &set, double prior, Stop stop)
        : SpendAttributes(set, stop), shape_(prior > 0 ? Scale::above_one : Scale::logarithm), stop_(stop) {}

    // Attributes move v, w or the mean. Under priors q is above 1, so that a mean exists, as without attributes.
    AttributeForm form(int number) const override {
        AttributeForm form;
        if (number > customers_alike) return form;
        form.size = number == within ? 3 : 2;
        form.sides[0].location = form.size - 1;
        if (number == within) form.scale[1] = shape_;
        if (number == fixed_prices) form.scale[0] = shape_;
        return form;
    }

    double size_of(int form, int i) const override {
        if (i == this->form(form).size - 1) return mean();
        return (form == within && i == 1) || (form == fixed_prices && i == 0) ? 2 : 1;
    }

    Surface<4> surface(int form, const double *theta, std::size_t group) override {
        if (form == within) {
            const auto v = variables<3>(theta);
            return surface_of(likelihood(v[0], v[1], log(v[2]), Jet<3>(0), sample(group), stop_));
        }
        const auto v = variables<2>(theta);
        return surface_of(form == fixed_prices ? likelihood_fixed(v[0], log(v[1]), Jet<2>(0), sample(group))
                                               : likelihood_alike(v[0], log(v[1]), Jet<2>(0), sample(group)));
    }

    std::vector<AttributeStart> starts() const override {
        return {{within, {3, 3, mean() * 2 / 3}}, {fixed_prices, {3, 2 * mean()}}, {customers_alike, {1, mean()}}};
    }

private:
    Scale shape_;
    Stop stop_;
};

Fit fit_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop) {
    const std::vector<SpendCount> spends = pooled_spends(set, stop);
    return cltv::fit_attributes(set, fit({spends.data(), spends.size()}, prior, stop), prior, effects, stop,
                                [&] { return std::make_unique<Attributes>(set, prior, stop); });
}

}  // namespace

std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop) {
    return std::make_unique<Attributes>(set, 0, stop);
}

const Family family = [] {
    Family f;
    f.kind = Kind::gg;
    f.name = "gg";
    f.title = "Gamma-Gamma";
    f.meaning = "a customer's spends are Gamma(p, rate nu), and nu is Gamma(q, rate v) over customers, v in "
                "the currency";
    f.source = "Fader & Hardie 2013";
    f.parameters = view_of(parameters);
    f.spend = &spend;
    f.fit_spend = fit;
    f.attributes = view_of(spend_roles);
    f.fit_attributes = fit_attributes;
    f.pool_spend = pool;
    f.fit_spend_pooled = fit_pooled;
    f.limits = view_of(limits);
    return f;
}();

Fit fit(View<SpendCount> base, double prior, Stop stop) {
    return fit_sample(sample_of(base, false, stop), 1,
                      [&](const Sample &sample, auto first) { return search<first>(sample, prior, stop); });
}

}  // namespace cltv::gg
