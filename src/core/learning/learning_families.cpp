// The registry of models of a response.
#include <cmath>
#include <limits>

#include "core/base/special.hpp"
#include "core/learning/learning_fit.hpp"

namespace cltv {

namespace {

constexpr Role any[] = {Role::any}, both[] = {Role::purchases, Role::spend};

constexpr Parameter intercept[] = {{"intercept", Domain::real}};
constexpr Parameter with_sigma[] = {{"intercept", Domain::real}, {"sigma"}};
constexpr Parameter with_theta[] = {{"intercept", Domain::real}, {"theta"}};
constexpr Parameter with_shape[] = {{"intercept", Domain::real}, {"shape"}};
constexpr Parameter with_dispersion[] = {{"intercept", Domain::real}, {"dispersion"}, {"power", Domain::power}};
constexpr Parameter of_both[] = {{"purchase_intercept", Domain::real}, {"spend_intercept", Domain::real}, {"sigma"}};
constexpr LimitValue theta_at_infinity[] = {{"theta", std::numeric_limits<double>::infinity()}};

template <Response response>
double mean(const double *, double eta, double) {
    return response_mean(response, eta);
}
double mean_of_both(const double *p, double first, double second) {
    return response_mean(Response::yes_or_no, first) * std::exp(second + p[2] * p[2] / 2);
}

// The quantile for a customer who spends nothing with probability 1 - P: 0 below that share, and the lognormal's above
// it.
double quantile_of_both(const double *p, double first, double second, double share) {
    const double spends = response_mean(Response::yes_or_no, first), above = (1 - share) / spends;
    if (!(above < 1)) return 0;
    return std::exp(second + p[2] * std::sqrt(2.0) * erfc_inv(2 * above));
}
double normal_quantile(const double *p, double eta, double, double share) {
    return eta + p[1] * -std::sqrt(2.0) * erfc_inv(2 * share);
}

constexpr LearningFamily learn_normal = {mean<Response::normal>, normal_quantile, false};
constexpr LearningFamily learn_yes_or_no = {mean<Response::yes_or_no>, nullptr, false};
constexpr LearningFamily learn_log = {mean<Response::poisson>, nullptr, false};
constexpr LearningFamily learn_both = {mean_of_both, quantile_of_both, true};

template <Response response>
Fit fit_of(const FeatureSet &set, double, Effects, Stop stop) {
    return fit_response(set, {response, 1.5, false, {}}, stop);
}
Fit fit_of_both(const FeatureSet &set, double, Effects, Stop stop) { return fit_zero_inflated(set, false, {}, stop); }

Family make(Kind kind, const char *name, const char *title, const LearningFamily &learning, View<Parameter> parameters,
            Fit (*fit)(const FeatureSet &, double, Effects, Stop), View<Form> limits) {
    Family family;
    family.learning = &learning;
    family.kind = kind;
    family.name = name;
    family.title = title;
    family.parameters = parameters;
    family.attributes = learning.of_both ? view_of(both) : view_of(any);
    family.fit_attributes = fit;
    family.has_prior = false;
    family.limits = limits;
    return family;
}

// The parameters of a penalised fit: the same, and those of its penalty.
constexpr Parameter held_intercept[] = {
    {"intercept", Domain::real}, {"penalty", Domain::choice}, {"alpha", Domain::choice}};
constexpr Parameter held_sigma[] = {
    {"intercept", Domain::real}, {"sigma"}, {"penalty", Domain::choice}, {"alpha", Domain::choice}};
constexpr Parameter held_shape[] = {
    {"intercept", Domain::real}, {"shape"}, {"penalty", Domain::choice}, {"alpha", Domain::choice}};
constexpr Parameter held_dispersion[] = {{"intercept", Domain::real}, {"dispersion"}, {"power", Domain::power},
                                         {"penalty", Domain::choice}, {"alpha", Domain::choice}};
constexpr Parameter held_both[] = {{"purchase_intercept", Domain::real}, {"spend_intercept", Domain::real}, {"sigma"},
                                   {"penalty", Domain::choice}, {"alpha", Domain::choice}};
Form penalised(const LearningFamily &learning, View<Parameter> parameters) {
    Form form;
    form.limit = "penalised";
    form.sentence = "coefficients are held near 0 by a penalty";
    form.parameters = parameters;
    form.learning = &learning;
    form.penalised = true;
    return form;
}
const Form linear_penalised[] = {penalised(learn_normal, view_of(held_sigma))};
const Form logistic_penalised[] = {penalised(learn_yes_or_no, view_of(held_intercept))};
const Form poisson_penalised[] = {penalised(learn_log, view_of(held_intercept))};
const Form gamma_penalised[] = {penalised(learn_log, view_of(held_shape))};
const Form tweedie_penalised[] = {penalised(learn_log, view_of(held_dispersion))};
const Form ziln_penalised[] = {penalised(learn_both, view_of(held_both))};

Form poisson_limit() {
    Form form;
    form.limit = "no overdispersion";
    form.sentence = "counts differ by no more than chance";
    form.parameters = view_of(intercept);
    form.limit_values = view_of(theta_at_infinity);
    form.learning = &learn_log;
    return form;
}
const Form negbinom_limits[] = {poisson_limit()};

}  // namespace

namespace linear {
const Family family = make(Kind::linear, "linear", "linear regression", learn_normal, view_of(with_sigma),
                           fit_of<Response::normal>, view_of(linear_penalised));
}
namespace logistic {
const Family family = make(Kind::logistic, "logistic", "logistic regression", learn_yes_or_no, view_of(intercept),
                           fit_of<Response::yes_or_no>, view_of(logistic_penalised));
}
namespace poisson {
const Family family = make(Kind::poisson, "poisson", "Poisson regression", learn_log, view_of(intercept),
                           fit_of<Response::poisson>, view_of(poisson_penalised));
}
namespace negbinom {
const Family family = make(Kind::negbinom, "negbinom", "negative binomial regression", learn_log, view_of(with_theta),
                           fit_of<Response::negbinom>, view_of(negbinom_limits));
}
namespace gamma {
const Family family = make(Kind::gamma, "gamma", "gamma regression", learn_log, view_of(with_shape),
                           fit_of<Response::gamma>, view_of(gamma_penalised));
}
namespace tweedie {
const Family family = make(Kind::tweedie, "tweedie", "Tweedie regression", learn_log, view_of(with_dispersion),
                           fit_of<Response::tweedie>, view_of(tweedie_penalised));
}
namespace ziln {
const Family family = make(Kind::ziln, "ziln", "zero-inflated lognormal", learn_both, view_of(of_both), fit_of_both,
                           view_of(ziln_penalised));
}

}  // namespace cltv
