// One fitted (or given) model of any family, as plain data.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>

namespace cltv {

// Stored in databases: numbers are never reused.
enum class Kind : std::uint16_t { bgnbd = 1, gg = 2, mbgnbd = 3, pnbd = 4, bgbb = 5, sbg = 6 };

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
    nobody_churned = 8        // no contract has ended
};

constexpr int max_parameters = 4;
constexpr int max_covariances = max_parameters * (max_parameters + 1) / 2;
constexpr int min_customers = 10;

// A lower triangle, row by row.
constexpr int covariance_index(int i, int j) { return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i; }
constexpr int n_covariances(int n_parameters) { return n_parameters * (n_parameters + 1) / 2; }

struct Fit {
    Status status;
    int subject;  // the parameter that a runaway or ridge status speaks of, else -1
    int iterations;
    double customers;
    double log_likelihood;  // NaN where there is none, as below
    double parameters[max_parameters];
    double covariance[max_covariances];
};

// Only these two have parameters to predict from.
constexpr bool usable(Status status) { return status == Status::converged || status == Status::given; }

// A model from the user's parameters.
Fit given(const double *parameters, int n_parameters);

// A fit that refuses: a status and no numbers.
Fit refused(Status status, double customers, int subject = -1, int iterations = 0);

// What is wrong with a model that claims to have n_parameters, in a sentence; nullptr if nothing is. Every model read
// from text or from the network passes here.
const char *find_fault(const Fit &fit, int n_parameters);

}  // namespace cltv
