// The fit of a family of purchases with a calendar and customer attributes: on a clock common to all (see
// calendar_fit.hpp), each customer has the rate of purchases, and the chance or rate of leaving, that their attributes
// shift (see orders_attributes.hpp). In the search for the attributes' coefficients, those of the calendar are
// coordinates common to all groups.
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>

#include "core/base/stop.hpp"
#include "core/fit/attribute_fit.hpp"
#include "core/fit/model.hpp"
#include "core/purchases/calendar_fit.hpp"
#include "core/purchases/purchase_search.hpp"
#include "core/rows/calendar.hpp"
#include "core/rows/calendar_customers.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// Fits a sorted set without missing numbers, of customers whose purchase days are those of `days`, which has no
// customers of its own. Throws Stopped, and std::domain_error where there are too many coefficients.
Fit fit_calendar_attributes(const CalendarCustomers &days, const FeatureSet &set, const Calendar &calendar,
                            const PurchaseSearch &search, const DatedSearch &dated, double prior, Effects effects, Stop stop);

// The function that is maximised, for tests to look at.
std::unique_ptr<AttributeSearch> calendar_attributes(const CalendarCustomers &days, const FeatureSet &set,
                                                     const Calendar &calendar, const PurchaseSearch &search,
                                                     const DatedSearch &dated, Stop stop);

}  // namespace cltv
