// The SQL type feature_base: customers with attributes (core/rows/feature_set.hpp), the state of the fits of models with
// attributes.
#pragma once

#include <initializer_list>

#include "core/base/day.hpp"
#include "core/rows/feature_set.hpp"
#include "pg/base/customer_args.hpp"
#include "pg/base/postgres.hpp"
#include "pg/base/scan.hpp"

namespace cltv::pg {

inline FeatureSet *feature_set_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<FeatureSet *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

// The set in its sorted layout: itself, or a copy.
const FeatureSet *sorted_set(const FeatureSet *set);

// Memory for a value; nullptr where none can be that large.
void *allocate_value(std::size_t bytes);
// Raises an error if there was no room.
void check_room(bool there_is);

// Transition: adds a number of equal customers with the attributes of n roles, in the order of these.
Datum add_customers(FunctionCallInfo fcinfo, Targets targets, const double (&target)[most_targets],
                    const RoleFeatures *roles, int n, double weight);

// Transition: skips the row, and counts it as skipped.
Datum skip_customer(FunctionCallInfo fcinfo, Targets targets);

// Counts of customers stay exact below this.
inline bool is_customer_count(double count) { return count > 0 && count <= largest_frequency; }

// Raises 22023 or 54000 for what is wrong with a row or with a set that is to be merged.
void check(const FeatureProblem &problem);
// For merging: reacts to cancel requests.
void pause_merging();

// The set, or a new one for nullptr, with customers of these attributes added: in the same memory, or in other memory
// that is not a value yet.
FeatureSet *with_customers(FeatureSet *set, Targets targets, const double (&target)[most_targets], const RoleFeatures *roles, int n,
                           double count);
// The attributes of these roles, from the arguments from `first` on that are not NULL, and their number.
int given_features(FunctionCallInfo fcinfo, std::initializer_list<Role> roles, int first, RoleFeatures (&given)[2]);

// The text and the binary form, also for a set within another value; a set that is read is sorted.
void append_feature_set(StringInfo out, const FeatureSet &set);
const FeatureSet *scan_feature_set(Scanner &scan);
void send_feature_set(StringInfo out, const FeatureSet &set);
const FeatureSet *receive_feature_set(StringInfo in);
double customers_of(const FeatureSet &set);

// Transition of an aggregate over days with attributes: the day takes the place of a customer's frequency, and the
// argument with that number has its features.
Datum add_day(FunctionCallInfo fcinfo, Day day, int features);

}  // namespace cltv::pg
