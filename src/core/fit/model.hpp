// One fitted (or given) model of any family, as plain data.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include "core/fit/baseline.hpp"
#include "core/fit/net.hpp"
#include "core/fit/trees.hpp"
#include "core/rows/calendar.hpp"
#include "core/rows/design.hpp"

namespace cltv {

// Stored in databases: numbers are never reused.
enum class Kind : std::uint16_t {
    bgnbd = 1,
    gg = 2,
    mbgnbd = 3,
    pnbd = 4,
    bgbb = 5,
    sbg = 6,
    nbd = 7,
    lognormal = 8,
    own = 9,
    geometric = 10,
    bdw = 11,
    bgcnbd = 20,
    mbgcnbd = 21,
    cox = 30,
    aft_exponential = 31,
    aft_weibull = 32,
    aft_lognormal = 33,
    aft_loglogistic = 34,
    linear = 40,
    logistic = 41,
    poisson = 42,
    negbinom = 43,
    gamma = 44,
    tweedie = 45,
    ziln = 46,
    svm = 47,
    tree = 50,
    forest = 51,
    boost = 52,
    mlp = 60
};

constexpr bool is_of_trees(Kind kind) { return kind >= Kind::tree && kind <= Kind::boost; }
// Kinds of models whose design has no coefficients.
constexpr bool lacks_coefficients(Kind kind) { return is_of_trees(kind) || kind == Kind::mlp; }

// How the parameters came about, or why there are none. Stored in databases: numbers are never reused.
enum class Status : std::uint16_t {
    converged = 0,            // fitted: gradient zero, Hessian negative definite
    given = 1,                // typed in by the user
    too_few_customers = 2,    // fewer than min_customers carry information
    no_repeat_purchases = 3,  // nobody ever came back
    identical_customers = 4,  // one distinct customer, any number of times
    runaway = 5,              // the likelihood still rises where a parameter is absurdly large or small
    ridge = 6,                // the likelihood is flat along a parameter
    not_converged = 7,        // the search ended without a maximum
    nobody_churned = 8,       // no contract has ended
    boundary = 9,             // fitted: the maximum is at a limit of the family, the model's form
    weak = 10,                // fitted: the data hardly determine a parameter, which a prior holds
    constant = 11,            // an attribute, or a column of a calendar, has one value
    collinear = 12,           // one of these follows from those before it
    separated = 13,           // the likelihood still rises where an attribute's coefficient is absurdly large
    prior = 14,               // what segments have in common: their mean, and as the covariance how they differ
    pooled_of_one = 15,       // the same of a single segment, which differs from nothing
    no_differences = 16,      // the same for segments that do not differ by more than chance
    pooled = 17,              // fitted: a segment's own maximum under such a prior
    no_events = 18,           // nobody left while they were seen, or no response is above 0
    one_class = 19,           // all responses are yes, or all are no
    heavy_tail = 20,          // what customers spend differs so much that its mean depends on a few of them
    penalised = 21            // fitted: the maximum of a penalised likelihood
};

// What is known of one parameter. Stored in databases: numbers are never reused.
enum class ParameterState : std::uint8_t {
    estimated = 0,    // a finite value, whose covariance a fit has
    at_zero = 1,      // the maximum is where it is 0, at which the formulas hold
    at_infinity = 2,  // likewise
    unidentified = 3,  // the data do not determine it: its value is NaN
    chosen = 4,        // chosen among few, or by the user, without an error
    penalised = 5      // a finite value under a penalty, without an error
};

constexpr int min_customers = 10;
// A stored model has room for this many, with their covariance.
constexpr int most_parameters = 1000;

// The index in a lower triangle stored row by row.
constexpr int covariance_index(int i, int j) { return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i; }
constexpr int n_covariances(int n_parameters) { return n_parameters * (n_parameters + 1) / 2; }

// The parameters are those of the model's form (see family.hpp), none where the fit refuses.
struct Fit {
    Status status = Status::not_converged;
    int form = 0;       // the limit of the family that the model is at, 0 within
    int subject = -1;   // the parameter that a runaway, ridge or weak status speaks of (of the form, if there are
                        // parameters, else of the family; a runaway one may be a coefficient beyond them), the column of the
                        // design or, counted on, the coefficient of the calendar of a constant, collinear or separated one,
                        // else -1
    int iterations = 0;
    bool prior = false;  // the estimates maximise the likelihood times a prior
    double customers = 0;
    double skipped = 0;  // rows that said nothing to the fit, not among its customers
    double log_likelihood = std::numeric_limits<double>::quiet_NaN();  // of the data alone; NaN where there is none
    std::vector<double> parameters;
    std::vector<ParameterState> states;  // of each parameter
    std::vector<double> covariance;      // lower triangle, NaN but for estimated parameters; empty unless fitted
    std::vector<double> design;          // the bytes of a Design, whose coefficients follow the form's parameters
    std::vector<double> calendar;        // the bytes of a Calendar, whose coefficients are the last parameters
    std::vector<double> baseline;        // the bytes of a Baseline, of a fitted model of survival
    std::vector<double> trees;           // the bytes of Trees, of a fitted model of these
    std::vector<double> net;             // the bytes of a Net, of a fitted model of one
    std::vector<double> means;           // of a regression on a response, over its customers: of what each coefficient of an
                                         // attribute stands before; and as many standard deviations
    bool robust = false;  // the covariance is robust to departures from the model
    double penalty = 0;   // of the coefficients of attributes, in a model of orders, spend or contracts; 0 for none
    bool same = false;    // attributes of one name have the same coefficients on purchases and on dropout

    bool usable() const { return !parameters.empty(); }
};

// A model from the user's parameters.
Fit given(const double *parameters, int n_parameters);

// A fit that refuses: a status and no numbers.
Fit refused(Status status, double customers, int subject = -1, int iterations = 0);

// A fit or a stored model, wherever its arrays are; covariance is nullptr where there is none.
struct ModelView {
    Status status;
    int form, subject, iterations;
    double customers, skipped, log_likelihood;
    bool prior;
    int n_parameters;
    const double *parameters;
    const ParameterState *states;
    const double *covariance;
    const Design *design;      // nullptr without attributes
    const Calendar *calendar;  // nullptr without a calendar
    const Baseline *baseline;  // nullptr except for a fitted model of survival
    bool robust;
    const Trees *trees;  // nullptr except for a fitted model of trees
    const double *means;  // nullptr except for a fitted regression on a response
    const Net *net;       // nullptr except for a fitted model of a net
    double penalty;       // of the coefficients of attributes, in a model of orders, spend or contracts; 0 for none
    bool same;            // attributes of one name have the same coefficients on purchases and on dropout
};

inline ModelView view_of(const Fit &fit) {
    return {fit.status,
            fit.form,
            fit.subject,
            fit.iterations,
            fit.customers,
            fit.skipped,
            fit.log_likelihood,
            fit.prior,
            static_cast<int>(fit.parameters.size()),
            fit.parameters.data(),
            fit.states.data(),
            fit.covariance.empty() ? nullptr : fit.covariance.data(),
            fit.design.empty() ? nullptr : reinterpret_cast<const Design *>(fit.design.data()),
            fit.calendar.empty() ? nullptr : reinterpret_cast<const Calendar *>(fit.calendar.data()),
            fit.baseline.empty() ? nullptr : reinterpret_cast<const Baseline *>(fit.baseline.data()),
            fit.robust,
            fit.trees.empty() ? nullptr : reinterpret_cast<const Trees *>(fit.trees.data()),
            fit.means.empty() ? nullptr : fit.means.data(),
            fit.net.empty() ? nullptr : reinterpret_cast<const Net *>(fit.net.data()),
            fit.penalty,
            fit.same};
}

// The number of parameters that were estimated, plus those under a penalty that are not 0, without those that equal
// others by definition: what the measures of fit count.
int free_parameters(const ModelView &model);

struct Family;

// What is wrong with a model that claims to be of the family, in a sentence; nullptr if nothing is. Every model read
// from text or from the network is checked here.
const char *find_fault(const ModelView &model, const Family &family);

}  // namespace cltv
