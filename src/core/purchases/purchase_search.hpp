// The forms of a family of purchases as searches for a maximum see them, whatever their formulas.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"
#include "core/purchases/two_term_likelihood.hpp"

namespace cltv {

// A form as the search sees it: the numbers of parameters of purchases and of departures, whether the last is a
// probability, searched for by its odds, and the log-likelihood with its derivatives in four places, of which purchases
// have the first two and departures the last two.
struct SearchedForm {
    int n_first, n_last;
    bool odds;
    Surface<4> (*surface)(const double *theta, const TwoTermBase &base, TwoTermRange blocks, TwoTermTable &table, Stop stop);

    int size() const { return n_first + n_last; }
    int place(int i) const { return i < n_first ? i : 2 + i - n_first; }
};

// The forms of a family by number: the family itself, and the limits of purchase_limits.
struct PurchaseSearch {
    enum { within, nobody_leaves, one_leaving, at_once_or_never, one_rate, one_rate_nobody_leaves, one_rate_one_leaving,
           one_rate_at_once_or_never, n_forms };
    SearchedForm forms[n_forms];
    bool departure_times;  // departures have a rate, not a probability
    double k = 1;          // the number of events per purchase
};

// Fits customers sorted by frequency. A form without a surface is not searched. With prior = 0 no prior holds what the
// data do not determine. Throws Stopped.
Fit fit_purchases(View<CustomerCount> customers, const PurchaseSearch &search, double prior, Stop stop);

}  // namespace cltv
