// Whether groups of customers stay equally long: the log-rank test (N. Mantel: Evaluation of survival data and two
// new rank order statistics arising in its consideration, Cancer Chemotherapy Reports 50 (1966) 163-170).
//
// At each time with departures, those of a group that has n_k of the n customers at risk are compared with n_k/n of all
// departures, as if these were drawn without replacement. The differences are added up over the times and over the
// strata; customers are compared only within strata. The statistic is the quadratic form of the differences in the
// inverse of their covariance.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/survival/survival_row.hpp"

namespace cltv {

struct ChiSquaredTest {
    double statistic;  // NaN without degrees of freedom
    int df;
    double p_value;
};

// P(chi-squared with df degrees of freedom > statistic).
double chi_squared_upper(double statistic, int df);

constexpr int most_groups = 500;

// For sorted rows, whose groups are in `compared`. Throws Stopped, and std::domain_error where there are too many
// groups.
ChiSquaredTest logrank_test(View<SurvivalRow> rows, Stop stop);

}  // namespace cltv
