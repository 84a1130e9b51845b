// What the fits of the spend families share: which rows are informative, the search for a maximum, the choice between a
// family and its limits, and how the first purchase's amount enters.
#pragma once

#include "core/base/numbers_only.hpp"

#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <type_traits>
#include <vector>

#include "core/base/customer.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/jet.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::spends {

// The forms of every spend family; the numbers are stored.
enum FormNumber : int {
    within = 0,
    fixed_prices = 1,     // every customer always spends the same
    customers_alike = 2,  // all customers spend alike
    one_price = 3,        // every purchase of every customer has one price
    free_orders = 4,      // and that is 0
    within_first = 5,     // the same again with the first purchase's amount, which moves the level of a customer
    fixed_prices_first = 6,
    customers_alike_first = 7,
    as_first = 8  // every purchase of a customer has the amount of the first
};

inline constexpr const char *form_names[] = {nullptr,
                                             "fixed prices",
                                             "customers alike",
                                             "one price",
                                             "free orders",
                                             "first order",
                                             "fixed prices, first order",
                                             "customers alike, first order",
                                             "as the first order"};

inline constexpr const char *form_sentences[] = {
    nullptr,
    "Every customer always spends about the same: who has purchased again is expected to go on at the own mean.",
    "Customers do not differ in what they spend, so that one mean is expected of all of them.",
    "Every repeat purchase was of the same amount, which is expected of everybody.",
    "Every repeat purchase was free, so that nothing is expected to be paid.",
    "The amount of the first purchase tells what a customer spends later.",
    "Every customer always spends about the same; of those who have not purchased again the first purchase tells.",
    "Customers differ in what they spend only as their first purchases do.",
    "Every purchase of a customer was of the same amount as the first, which is expected to go on."};

// The customers of a base who say something: those with repeat purchases (of an amount above 0 unless signed amounts
// are meant), with what the first purchase says relative to its mean over them.
// The customers of one frequency: rows begin..end of a sample with sums over their number of ln m and of what their
// first purchases tell.
struct Group {
    double frequency, n, log_mean, told;
    std::size_t begin, end;
};

struct Sample {
    std::vector<SpendCount> rows;  // ascending by frequency
    std::vector<Group> groups;
    std::vector<double> told;      // of each row: ln(first/reference), or first - reference; 0 where it is unknown
    double customers = 0, mean = 0, least = 0, largest = 0;
    double skipped = 0;  // customers whose repeat purchases were free
    bool with_first = false;
    bool as_first = false;  // every mean equals the first purchase
    double reference = 0;  // geometric or plain mean of the first purchases of these customers
    // From the first purchases of all customers of the base, including those without a repeat purchase:
    std::vector<SpendCount> firsts;
    double n_firsts = 0, mean_first = 0, first_error = 0;  // mean of the amounts, standard error of the reference

    bool is_one_price() const { return largest - least <= 1e-9 * std::fmax(std::fabs(least), std::fabs(largest)); }
};

Sample sample_of(View<SpendCount> base, bool any_sign, Stop stop);

// Fits that need no search: no repeat purchases, free orders, one price. True if the sample is of such a kind.
bool settled_without_search(const Sample &sample, int alike_level, Fit &fit);

// The fit of a family: search(sample, whether the first purchase is used) looks for the maximum where there is one.
template <class Search>
Fit fit_sample(const Sample &sample, int alike_level, Search &&search) {
    Fit fit;
    if (settled_without_search(sample, alike_level, fit)) return fit;
    if (sample.with_first) {
        // Where the first purchase determines the rest almost exactly, there may be no maximum with it.
        fit = search(sample, std::true_type{});
        if (fit.usable()) return fit;
    }
    return search(sample, std::false_type{});
}

// The strength of the priors: on the logarithm of a parameter that the data hardly determine (a ratio of ten thousand
// to one between the ends of its 95 % range), and on the effect of the first purchase.
constexpr double prior_sd = 3, first_prior_sd = 0.5;

template <int N>
using Variables = std::array<Jet<N>, N>;

template <int N>
struct Maximum {
    using Vector = Eigen::Matrix<double, N, 1>;
    using Matrix = Eigen::Matrix<double, N, N>;
    bool found = false;
    Vector point = Vector::Zero();
    Matrix covariance = Matrix::Zero();
    double value = -std::numeric_limits<double>::infinity();
    int iterations = 0;

    double error(int i) const { return std::sqrt(covariance(i, i)); }
};

template <int N>
Variables<N> variables_at(const Eigen::Matrix<double, N, 1> &point) {
    Variables<N> variables;
    for (int i = 0; i < N; ++i) variables[i] = Jet<N>::variable(point(i), i);
    return variables;
}

// The first maximum from the starts that is not below where an earlier start led, each searched within a factor of ten
// million around the first. Compiled in search.cpp, for N = 1 to 4, as is fit_of below.
template <int N>
Maximum<N> maximise(FunctionRef<Jet<N>(const Variables<N> &)> objective,
                    std::initializer_list<Eigen::Matrix<double, N, 1>> starts);

// The log density, up to its constant, of a normal prior around 0 (or another centre) with that standard deviation.
template <int N>
Jet<N> log_prior(const Jet<N> &x, double centre, double sd) {
    const Jet<N> z = (x - centre) / sd;
    return z * z * -0.5;
}

// A parameter whose standard error on the logarithmic scale is larger than this does not count as known.
constexpr double known_error = 1;

enum class Verdict { interior, fixed, alike, weak, none };

// The choice between a family and its two limits: their maxima, and whether the family's own one determines its
// parameters. The likelihood rises to a limit; one that cannot be distinguished from the other limit is no answer.
inline Verdict verdict_of(bool known, bool found, double interior, double fixed, double alike, double prior) {
    constexpr double tie = 0.01, apart = 1;
    if (known) return Verdict::interior;
    if (std::fmax(fixed, alike) >= interior - tie && (std::fabs(fixed - alike) > apart || prior == 0))
        return fixed > alike ? Verdict::fixed : Verdict::alike;
    return prior > 0 ? Verdict::weak : found ? Verdict::interior : Verdict::none;
}

// The fit of a form at a maximum: its natural parameters as functions of the search's variables, followed by those that
// the data give directly (the reference of the first purchases), with a standard error of their own.
struct Known {
    double value, error;
};

template <int N>
Fit fit_of(const Maximum<N> &maximum, const std::vector<Jet<N>> &natural, std::initializer_list<Known> beside, int form,
           Status status, const Sample &sample, double log_likelihood, bool prior);

// Tables of functions ------------------------------------------------------------------------------------------------

inline Form form_of(FormNumber number, View<Parameter> parameters, View<LimitValue> values, const SpendFamily &spend) {
    Form form;
    form.limit = form_names[number];
    form.sentence = form_sentences[number];
    form.parameters = parameters;
    form.limit_values = values;
    form.spend = &spend;
    return form;
}

// The functions of a form, from a struct with members of these names.
template <class F>
constexpr SpendFamily table_of(bool any_sign, Shift shift = nullptr) {
    SpendFamily family;
    family.shift = shift;
    family.log_likelihood = F::log_likelihood;
    family.population_mean = F::population_mean;
    family.expected_spend = F::expected_spend;
    family.draw = F::draw;
    family.next_spend = F::next_spend;
    family.any_sign = any_sign;
    return family;
}

// A form whose parameters are followed by b and f: the level of a customer is (first/f)^b times that of the population,
// and spend divided by it follows the form without b.
template <class F>
struct Multiplied : F {
    static double level(const double *p, const Spend &spend) {
        return spend.first_value > 0 ? std::exp(p[F::n] * std::log(spend.first_value / p[F::n + 1])) : 1;
    }
    static double log_likelihood(const double *p, const Spend &spend) {
        const double k = level(p, spend);
        return F::log_likelihood(p, {spend.frequency, spend.monetary_value / k, 0}) - std::log(k);
    }
    static double expected_spend(const double *p, const Spend &spend) {
        const double k = level(p, spend);
        return k * F::expected_spend(p, {spend.frequency, spend.monetary_value / k, 0});
    }
};

// The same with a level b (first - f) above that of the population.
template <class F>
struct Shifted : F {
    static double level(const double *p, const Spend &spend) {
        return spend.first_value != 0 ? p[F::n] * (spend.first_value - p[F::n + 1]) : 0;
    }
    static double log_likelihood(const double *p, const Spend &spend) {
        return F::log_likelihood(p, {spend.frequency, spend.monetary_value - level(p, spend), 0});
    }
    static double expected_spend(const double *p, const Spend &spend) {
        const double k = level(p, spend);
        return k + F::expected_spend(p, {spend.frequency, spend.monetary_value - k, 0});
    }
};

// Every purchase of every customer has one price, the only parameter. The likelihood of a certainty is 1.
struct OnePrice {
    static constexpr int n = 1;
    static double log_likelihood(const double *p, const Spend &spend) {
        return std::fabs(spend.monetary_value - p[0]) <= 1e-9 * std::fabs(p[0]) ? 0
                                                                               : -std::numeric_limits<double>::infinity();
    }
    static double population_mean(const double *p) { return p[0]; }
    static double expected_spend(const double *p, const Spend &) { return p[0]; }
    static Traits draw(const double *p, Random &) { return {{p[0], 0, 0}}; }
    static double next_spend(const Traits &traits, Random &) { return traits.value[0]; }
};

// Every purchase of a customer has the amount of the first; the parameter is the mean over customers.
struct AsFirst : OnePrice {
    static double log_likelihood(const double *, const Spend &spend) {
        return spend.first_value == 0 ? 0 : OnePrice::log_likelihood(&spend.first_value, spend);
    }
    static double expected_spend(const double *p, const Spend &spend) {
        return spend.frequency > 0 ? spend.monetary_value : spend.first_value != 0 ? spend.first_value : p[0];
    }
};

}  // namespace cltv::spends
