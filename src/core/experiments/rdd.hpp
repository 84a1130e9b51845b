// Regression discontinuity: what crossing a line did, by those just below and just above it.
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
    double estimate, std_error;                // of local lines
    double robust_estimate, robust_std_error;  // less the bias that local parabolas see, and the error with that
    double bandwidth, bias_bandwidth;
    RddSide below, above;  // the line itself is above
};

struct RddDensity {
    double below, above;  // densities of the running variable at the line
    double std_error;     // of their difference
    double bandwidth;
    RddSide rows_below, rows_above;
};

// Of rows sorted by the running variable, which is `predicted`, the outcome being `actual`. Local linear, the bandwidth for the
// least mean squared error unless given, the bias by local parabolas with a bandwidth of their own (the same where it is given),
// errors of three nearest neighbours: S. Calonico, M. D. Cattaneo, R. Titiunik: Robust nonparametric confidence intervals for
// regression-discontinuity designs, Econometrica 82 (2014) 2295-2326; the bandwidths by their and M. H. Farrell's: On the effect
// of bias estimation on coverage accuracy in nonparametric inference, JASA 113 (2018). Ties of the running variable: their section
// on mass points in rdrobust, Stata Journal 17 (2017), which takes distinct values for rows.
// Throws std::domain_error where too little is on a side.
RddFit fit_discontinuity(View<ScoredCount> rows, double cutoff, RddKernel kernel, double bandwidth, Stop stop);

// Is the running variable as dense just above the line as just below? Who could move themselves over it would make it not so.
// Local cubics of its distribution function at a bandwidth of reference: M. D. Cattaneo, M. Jansson, X. Ma: Simple local polynomial
// density estimators, JASA 115 (2020) 1449-1455.
RddDensity density_discontinuity(View<ScoredCount> rows, double cutoff, double bandwidth, Stop stop);

}  // namespace cltv
