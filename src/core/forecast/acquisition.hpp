// How many customers will be won, from how many have been, week by week.
//
// Counts are level times offset. The offset, from two years of weeks on, is a trend and a season of the year, and what a calendar says of
// each week, such as campaigns, where there is one: a Poisson
// regression on ln of the mean with ridge priors (P. McCullagh, J. A. Nelder: Generalized Linear Models, 2nd ed. 1989, quasi-
// likelihood), whose trend is damped ahead (E. S. Gardner, E. McKenzie, Management Science 31 (1985) 1237-1246). The level is
// that of A. C. Harvey, C. Fernandes: Time series models for count or qualitative observations, J. Business & Economic
// Statistics 7 (1989) 407-417: gamma distributed, forgetting a share 1 - omega of what it knows each week, so that a shop that wins
// nobody any more soon has a level of nothing. Ahead it is a random walk without drift: the mean stays, the variance grows by
// each week (M. West, J. Harrison: Bayesian Forecasting and Dynamic Models, 2nd ed. 1997, section 6.3).
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

    // Counts of so many weeks, the newest last, of which `last` is the last day. Columns are of the same weeks and those to come, which are
    // asked for no further than they reach.
    Acquisition(View<double> counts, Day last, const SeriesColumns &columns = {});

    // Expected in the week number 1, 2, ... after the last.
    double mean(int week) const;
    // The covariance of what is expected in two weeks, as a share of the one times the other.
    double relative_covariance(int week, int other) const;
    // The variance of a week's count about its mean, as a multiple of the latter: 1 of Poisson's.
    double dispersion() const { return dispersion_; }
    double omega() const { return omega_; }
    bool has_season() const { return has_season_; }
    double log_likelihood() const { return log_likelihood_; }  // of each count given those before it
    double level() const { return level_; }
    // The trend, by the logarithm of the mean in a year, and the waves of the year, where there are any, and then those of the columns, by one
    // of their units; their standard errors, of what is known behind the priors.
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
    std::vector<double> least_, range_;                   // of the columns, in the weeks that are known
    Columns coefficients_, mean_columns_;                 // the latter as the level has weighed them
    std::vector<Columns> covariance_;
    double level_ = 0, known_ = 0, dispersion_ = 1, omega_ = 0, log_likelihood_ = 0;  // of the level: its mean, and what it is made of, in customers
};

// The same as a model of a series of whole weeks: level, omega, dispersion and, where there is a season (orders begin with 1), trend and
// waves; the fourth of the orders is 1 for a calendar. What comes is computed anew from the counts.
inline int acquisition_parameters(bool has_season) { return 3 + has_season * Acquisition::n_columns; }
SeriesFit fit_acquisition(const std::vector<double> &counts, Day last, const SeriesColumns &columns);

// The mean, and whole numbers between which a week's count lies with a probability.
struct AcquisitionWeek {
    double lower, estimate, upper;
};
AcquisitionWeek week_ahead(const Acquisition &acquisition, int week, double level);

}  // namespace cltv
