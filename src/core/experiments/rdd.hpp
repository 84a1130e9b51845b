// Regression discontinuity: the effect of crossing a cutoff, from the rows just below and just above it.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/stop.hpp"
#include "core/rows/scored.hpp"

namespace cltv {

enum class RddKernel { triangular, epanechnikov, uniform };

struct RddSide {
    double customers, distinct;  // rows, and distinct values of the running variable
    double in_bandwidth;
};

struct RddFit {
    double estimate, std_error;                // of local linear regressions
    double robust_estimate, robust_std_error;  // less the bias that local quadratics find, and its error
    double bandwidth, bias_bandwidth;
    RddSide below, above;  // a row at the cutoff is above
};

struct RddDensity {
    double below, above;  // densities of the running variable at the cutoff
    double std_error;     // of their difference
    double bandwidth;
    RddSide rows_below, rows_above;
};

// Fits rows sorted by the running variable, which is `predicted`; the outcome is `actual`. Local linear regression,
// with the bandwidth of least mean squared error unless one is given; the bias by local quadratics with a bandwidth of
// their own (the same where one is given); errors from three nearest neighbours: S. Calonico, M. D. Cattaneo, R.
// Titiunik: Robust nonparametric confidence intervals for regression-discontinuity designs, Econometrica 82 (2014)
// 2295-2326. The bandwidths are those of S. Calonico, M. D. Cattaneo, M. H. Farrell: On the effect of bias estimation
// on coverage accuracy in nonparametric inference, JASA 113 (2018). Ties of the running variable follow the section on
// mass points of rdrobust, Stata Journal 17 (2017), which counts distinct values in place of rows. Throws
// std::domain_error where a side has too few rows.
RddFit fit_discontinuity(View<ScoredCount> rows, double cutoff, RddKernel kernel, double bandwidth, Stop stop);

// Is the running variable as dense just above the cutoff as just below? It would not be if people could move themselves
// across. Local cubics of its distribution function at a reference bandwidth: M. D. Cattaneo, M. Jansson, X. Ma: Simple
// local polynomial density estimators, JASA 115 (2020) 1449-1455.
RddDensity density_discontinuity(View<ScoredCount> rows, double cutoff, double bandwidth, Stop stop);

}  // namespace cltv
