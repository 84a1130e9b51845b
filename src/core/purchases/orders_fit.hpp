// The choice among the models of orders in days.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family_fit.hpp"
#include "core/rows/calendar.hpp"
#include "core/rows/calendar_customers.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// Fits NBD, BG/NBD, MBG/NBD and Pareto/NBD to a base sorted by frequency and returns the one with the smallest bic_of;
// where several are the same at a limit, the simplest family. prior: the weight of the prior, as in the fits of the
// families. Throws Stopped.
FamilyFit fit_orders(View<CustomerCount> base, double prior, Stop stop);
inline FamilyFit fit_orders(View<CustomerCount> base, Stop stop) { return fit_orders(base, 1, stop); }

// The same for customers with attributes, among the families that know what these act on.
FamilyFit fit_orders_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop);

// The same with a calendar, and with attributes unless `set` is nullptr; with a calendar that acts on dropout, among
// the families whose customers leave in time.
FamilyFit fit_orders_calendar(const CalendarCustomers &customers, const FeatureSet *set, const Calendar &calendar, double prior,
                              Effects effects, Stop stop);

}  // namespace cltv
