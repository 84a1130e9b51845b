#include "core/purchases/regular_fit.hpp"

#include <cmath>
#include <limits>

namespace cltv {

namespace {

// The excess of the log-likelihood of all gaps at k over that of evenly scattered purchases.
double of_gaps(View<CustomerCount> customers, double k, double log_gaps) {
    double even = 0, purchases = 0;
    for (const CustomerCount &row : customers) {
        even += row.count * log_even_gaps(row.customer.frequency, k, row.customer.recency);
        purchases += row.count * row.customer.frequency;
    }
    return (k - 1) * log_gaps - purchases * log_gamma(k) - even;
}

Fit with_k(Fit fit, double k) {
    if (!fit.usable()) return fit;
    fit.parameters.push_back(k);
    fit.states.push_back(ParameterState::chosen);
    if (!fit.covariance.empty())
        fit.covariance.insert(fit.covariance.end(), fit.parameters.size(), std::numeric_limits<double>::quiet_NaN());
    return fit;
}

}  // namespace

double customers_of(View<RegularCount> rows, std::vector<CustomerCount> &customers) {
    double log_gaps = 0;
    for (const RegularCount &row : rows) {
        log_gaps += row.count * row.log_gaps;
        const Customer *const last = customers.empty() ? nullptr : &customers.back().customer;
        if (last != nullptr && last->frequency == row.customer.frequency && last->recency == row.customer.recency &&
            last->tenure == row.customer.tenure)
            customers.back().count += row.count;
        else
            customers.push_back({row.customer, row.count});
    }
    return log_gaps;
}

Fit fit_regular(View<CustomerCount> customers, PurchaseSearch (*search)(double k), const PurchaseSearch &irregular,
                int least_k, int most_k, const double *log_gaps, double prior, Stop stop) {
    // The likelihood rises with k up to its maximum, and falls from there on.
    constexpr int most_falls = 2;
    Fit best;
    int best_k = 0, falls = 0;
    for (int k = least_k; k <= most_k && falls < most_falls; ++k) {
        Fit fit = fit_purchases(customers, k == 1 ? irregular : search(k), prior, stop);
        if (fit.status == Status::no_repeat_purchases || fit.status == Status::identical_customers) return with_k(fit, k);
        if (log_gaps != nullptr && k > 1) fit.log_likelihood += of_gaps(customers, k, *log_gaps);
        const bool better = fit.usable() && (!best.usable() || fit.log_likelihood > best.log_likelihood);
        falls = better ? 0 : falls + 1;
        if (!better && best_k != 0) continue;
        best = fit;
        best_k = k;
    }
    return with_k(best, best_k);
}

}  // namespace cltv
