// How many customers will be won, from how many have been, week by week.
//
// Counts are level times offset. From two years of weeks on the offset is a trend, a yearly season and, where there is
// a calendar, what it says about each week, such as campaigns: a Poisson regression of the log mean with ridge priors
// (P. McCullagh, J. A. Nelder: Generalized Linear Models, 2nd ed. 1989, quasi-likelihood), whose trend is damped ahead
// (E. S. Gardner, E. McKenzie, Management Science 31 (1985) 1237-1246). The level is that of A. C. Harvey, C.
// Fernandes: Time series models for count or qualitative observations, J. Business & Economic Statistics 7 (1989)
// 407-417: gamma distributed, it forgets a share 1 - omega of what it knows each week, so the level of a shop that
// stops winning customers soon falls to nothing. Ahead it is a random walk without drift: the mean stays, and the
// variance grows with each week (M. West, J. Harrison: Bayesian Forecasting and Dynamic Models, 2nd ed. 1997, section
// 6.3).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <vector>

#include "core/base/day.hpp"
#include "core/base/customer.hpp"
#include "core/forecast/series_fit.hpp"

namespace cltv {

class Acquisition {
public:
    static constexpr std::size_t weeks_of_season = 104;
    static constexpr int n_harmonics = 3, n_columns = 1 + 2 * n_harmonics;  // the trend, a sine and a cosine for each

    // Counts of weeks, the newest last, which ends on the day `last`. Columns are of the same weeks and those to come;
    // forecasts go no further than they reach.
    Acquisition(View<double> counts, Day last, const SeriesColumns &columns = {});

    // The number expected in week number 1, 2, ... after the last.
    double mean(int week) const;
    // The covariance of the expectations for two weeks, relative to their product.
    double relative_covariance(int week, int other) const;
    // The variance of a week's count about its mean, as a multiple of the mean: 1 for Poisson.
    double dispersion() const { return dispersion_; }
    double omega() const { return omega_; }
    bool has_season() const { return has_season_; }
    double log_likelihood() const { return log_likelihood_; }  // of each count given those before it
    double level() const { return level_; }
    // The coefficients: the trend (growth of the log mean in a year) and the waves of the year, where there are any,
    // then those of the columns, per unit of these; their standard errors come from the posterior.
    int n_coefficients() const { return static_cast<int>(coefficients_.size()); }
    double coefficient(int i) const { return coefficients_[i] / unit(i); }
    double coefficient_error(int i) const;
    double level_error() const;

private:
    using Columns = std::vector<double>;

    Columns ahead(int week) const;
    void fit_offset(View<double> counts);
    void filter(View<double> counts);
    double relative_offset(const Columns &columns) const;
    int n_year() const { return has_season_ ? n_columns : 0; }
    double unit(int i) const { return i < n_year() ? 1 : range_[i - n_year()]; }

    Day last_;
    bool has_season_;
    SeriesColumns calendar_;
    std::size_t n_;                                       // weeks that are known
    std::vector<double> least_, range_;                   // of the columns, in the known weeks
    Columns coefficients_, mean_columns_;                 // the latter as the level has weighed them
    std::vector<Columns> covariance_;
    double level_ = 0, known_ = 0, dispersion_ = 1, omega_ = 0, log_likelihood_ = 0;  // of the level: its mean, and what it is made of, in customers
};

// The same as a model of a series of whole weeks: level, omega, dispersion and, where there is a season (orders begin
// with 1), trend and waves; the fourth of the orders is 1 for a calendar. Forecasts are computed anew from the counts.
inline int acquisition_parameters(bool has_season) { return 3 + has_season * Acquisition::n_columns; }
SeriesFit fit_acquisition(const std::vector<double> &counts, Day last, const SeriesColumns &columns);

// The mean, and integers between which a week's count lies with a given probability.
struct AcquisitionWeek {
    double lower, estimate, upper;
};
AcquisitionWeek week_ahead(const Acquisition &acquisition, int week, double level);

}  // namespace cltv
