// feature_base: transition and combine functions of the aggregates whose state it is.
#include "pg/rows/feature_base.hpp"

#include <initializer_list>

#include "core/rows/feature_columns.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/customer_args.hpp"
#include "pg/base/guard.hpp"
#include "pg/rows/contract_base.hpp"
#include "pg/rows/features.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace cltv::pg {

namespace {

// Values begin with the server's own length word.
FeatureSet *as_value(FeatureSet *set) {
    SET_VARSIZE(set, set->bytes());
    return set;
}

// "purchases: country", or "country" where there are no roles.
const char *column_title(Role role, const Text &name) {
    return role_name(role) == nullptr ? text_of(name) : psprintf("%s: %s", role_name(role), text_of(name));
}

[[noreturn]] void raise_problem(const FeatureProblem &problem) {
    if (problem.fault == FeatureFault::full)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("too many distinct customers and attributes for one feature_base"),
                        errdetail("A value must be smaller than 1 GB."),
                        errhint("Round numbers so that more are equal, leave out attributes with many values, or take a sample "
                                "of the customers with its weight, such as every tenth with a weight of 10.")));
    const char *detail = "";
    switch (problem.fault) {
        case FeatureFault::missing_role:
        case FeatureFault::other_role:
            detail = psprintf("Some rows have attributes of %s, others have none.",
                              role_name(problem.role) ? role_name(problem.role) : "customers");
            break;
        case FeatureFault::other_targets:
            detail = "Some are of orders, others of spend, of contracts, of survival or of a response.";
            break;
        case FeatureFault::missing_column:
        case FeatureFault::other_column:
            detail = psprintf("Some rows have %s, others have not.", column_title(problem.role, problem.column));
            break;
        default:
            detail = psprintf("%s is a number in one row and a category in another.",
                              column_title(problem.role, problem.column));
    }
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the rows do not have the same attributes"), errdetail("%s", detail),
                    errhint("Build the attributes of all rows with the same expression, and give NULL for unknown values.")));
    pg_unreachable();
}

// Adds a customer with the attributes of these roles, which are arguments from `first` on; NULL stands for a role
// without any.
Datum add_customer(FunctionCallInfo fcinfo, Targets targets, const double (&target)[most_targets],
                   std::initializer_list<Role> roles, int first, double weight) {
    RoleFeatures given[2];
    return add_customers(fcinfo, targets, target, given, given_features(fcinfo, roles, first, given), weight);
}

// A customer with an unknown number, or with all attributes unknown, is skipped and counted. The arguments are first
// numbers, then attributes, then the weight if there is one more.
bool skips(FunctionCallInfo fcinfo, int n_numbers, int n_attributes) {
    check_in_aggregate(fcinfo);
    const int first = 1 + n_numbers, weight = first + n_attributes;
    for (int i = 1; i < first; ++i)
        if (PG_ARGISNULL(i)) return true;
    bool all_unknown = true;
    for (int i = first; i < weight; ++i) all_unknown = all_unknown && PG_ARGISNULL(i);
    return all_unknown || (PG_NARGS() > weight && PG_ARGISNULL(weight));
}

double weight_argument(FunctionCallInfo fcinfo, int number) {
    return PG_NARGS() > number ? checked_weight(PG_GETARG_FLOAT8(number)) : 1;
}

// (state, frequency, recency, tenure, purchases [, dropout] [, weight])
template <class Frequency>
Datum add_orders(FunctionCallInfo fcinfo, Frequency frequency, int n_attributes) {
    const Customer customer = checked_customer(frequency, PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3));
    const double target[] = {customer.frequency, customer.recency, customer.tenure};
    const double weight = weight_argument(fcinfo, 4 + n_attributes);
    return n_attributes == 1 ? add_customer(fcinfo, Targets::orders, target, {Role::purchases}, 4, weight)
                             : add_customer(fcinfo, Targets::orders, target, {Role::purchases, Role::dropout}, 4, weight);
}

// (state, frequency, monetary_value, spend [, weight]). Customers without repeat purchases say nothing.
template <class Frequency>
Datum add_spend(FunctionCallInfo fcinfo, Frequency frequency) {
    const double target[] = {checked_frequency(frequency), checked_spend("monetary_value", PG_GETARG_FLOAT8(2), false), 0};
    const double weight = weight_argument(fcinfo, 4);
    return add_customer(fcinfo, Targets::spend, target, {Role::spend}, 3, target[0] == 0 ? 0 : weight);
}

}  // namespace

void check(const FeatureProblem &problem) {
    if (unlikely(problem.fault != FeatureFault::none)) raise_problem(problem);
}

void pause_merging() { CHECK_FOR_INTERRUPTS(); }

FeatureSet *with_customers(FeatureSet *set, Targets targets, const double (&target)[most_targets], const RoleFeatures *roles, int n,
                           double count) {
    if (set == nullptr) check_room((set = start_feature_set(targets, roles, n, allocate_value)) != nullptr);
    check(add(set, roles, n, target, count, allocate_value));
    return set;
}

int given_features(FunctionCallInfo fcinfo, std::initializer_list<Role> roles, int first, RoleFeatures (&given)[2]) {
    int n = 0, argument = first;
    for (const Role role : roles) {
        if (!PG_ARGISNULL(argument)) given[n++] = {role, features_argument(fcinfo, argument)};
        ++argument;
    }
    return n;
}

Datum add_customers(FunctionCallInfo fcinfo, Targets targets, const double (&target)[most_targets],
                    const RoleFeatures *roles, int n, double weight) {
    if (weight == 0) return state_as_it_was(fcinfo);
    FeatureSet *const before = PG_ARGISNULL(0) ? nullptr : feature_set_argument(fcinfo, 0);
    FeatureSet *const state = with_customers(before, targets, target, roles, n, weight);
    PG_RETURN_POINTER(state == before ? state : as_value(state));
}

Datum skip_customer(FunctionCallInfo fcinfo, Targets targets) {
    FeatureSet *const before = PG_ARGISNULL(0) ? nullptr : feature_set_argument(fcinfo, 0);
    FeatureSet *const state = before != nullptr ? before : start_feature_set(targets, nullptr, 0, allocate_value);
    check_room(state != nullptr);
    ++state->skipped;
    PG_RETURN_POINTER(state == before ? state : as_value(state));
}

void *allocate_value(std::size_t bytes) {
    if (bytes > largest_value) return nullptr;
    return palloc(bytes);
}

void check_room(bool there_is) {
    if (unlikely(!there_is)) raise_problem({FeatureFault::full, Role::any, {}});
}

const FeatureSet *sorted_set(const FeatureSet *set) {
    if (set->layout == Layout::sorted) return set;
    void *const memory = palloc(sorted_bytes(*set));
    FeatureSet *sorted = nullptr;
    guarded([&] { sorted = copy_sorted(*set, memory, interrupt_pending); });
    return as_value(sorted);
}

Datum add_day(FunctionCallInfo fcinfo, Day day, int features) {
    const RoleFeatures row = {Role::any, features_argument(fcinfo, features)};
    const double target[] = {static_cast<double>(day), 1, 1};
    FeatureSet *state = PG_ARGISNULL(0) ? nullptr : feature_set_argument(fcinfo, 0);
    FeatureSet *const before = state;
    if (state == nullptr) check_room((state = start_feature_set(Targets::orders, &row, 1, allocate_value)) != nullptr);
    check(add(state, &row, 1, target, 1, allocate_value));
    PG_RETURN_POINTER(state == before ? state : as_value(state));
}

}  // namespace cltv::pg

// (state, frequency, recency, tenure, purchases [, weight])
CLTV_FUNCTION(cltv_feature_base_accum) {
    return skips(fcinfo, 3, 1) ? skip_customer(fcinfo, Targets::orders) : add_orders(fcinfo, int64{PG_GETARG_INT64(1)}, 1);
}

CLTV_FUNCTION(cltv_feature_base_accum_float8) {
    return skips(fcinfo, 3, 1) ? skip_customer(fcinfo, Targets::orders) : add_orders(fcinfo, PG_GETARG_FLOAT8(1), 1);
}

// (state, frequency, recency, tenure, purchases, dropout [, weight])
CLTV_FUNCTION(cltv_feature_base_accum_both) {
    return skips(fcinfo, 3, 2) ? skip_customer(fcinfo, Targets::orders) : add_orders(fcinfo, int64{PG_GETARG_INT64(1)}, 2);
}

CLTV_FUNCTION(cltv_feature_base_accum_both_float8) {
    return skips(fcinfo, 3, 2) ? skip_customer(fcinfo, Targets::orders) : add_orders(fcinfo, PG_GETARG_FLOAT8(1), 2);
}

// (state, frequency, monetary_value, spend [, weight])
CLTV_FUNCTION(cltv_feature_base_accum_spend) {
    return skips(fcinfo, 2, 1) ? skip_customer(fcinfo, Targets::spend) : add_spend(fcinfo, int64{PG_GETARG_INT64(1)});
}

CLTV_FUNCTION(cltv_feature_base_accum_spend_float8) {
    return skips(fcinfo, 2, 1) ? skip_customer(fcinfo, Targets::spend) : add_spend(fcinfo, PG_GETARG_FLOAT8(1));
}

// (state, periods, churned, churn [, weight]). Customers who have made no decision yet say nothing.
CLTV_FUNCTION(cltv_feature_base_accum_contract) {
    if (skips(fcinfo, 2, 1)) return skip_customer(fcinfo, Targets::contracts);
    const Contract contract = checked_contract(PG_GETARG_FLOAT8(1), PG_GETARG_BOOL(2) ? 1 : 0);
    const double target[] = {contract.periods, contract.churned, 0};
    const double weight = weight_argument(fcinfo, 4);
    return add_customer(fcinfo, Targets::contracts, target, {Role::churn}, 3, contract.periods == 0 ? 0 : weight);
}

CLTV_FUNCTION(cltv_feature_base_combine) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    const FeatureSet *const source = feature_set_argument(fcinfo, 1);
    if (PG_ARGISNULL(0)) PG_RETURN_POINTER(source);
    FeatureSet *state = feature_set_argument(fcinfo, 0), *const before = state;
    check(merge(state, *source, pause_merging, allocate_value));
    PG_RETURN_POINTER(state == before ? state : as_value(state));
}

CLTV_FUNCTION(cltv_feature_base_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const FeatureSet *const set = sorted_set(feature_set_argument(fcinfo, 0));
    for (uint32 i = 0; i < set->used; ++i)
        if (unlikely(!is_customer_count(set->rows()[i].count)))
            ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                            errmsg("too many equal customers for one feature_base: %s", float8out_internal(set->rows()[i].count)),
                            errdetail("A value counts at most 2^53 customers that are equal."),
                            errhint("Check the weights: they are numbers of customers.")));
    if (set->is_bare()) PG_RETURN_NULL();
    PG_RETURN_POINTER(set);
}

// (base, names): without the attributes with these names, in any role
CLTV_FUNCTION(cltv_feature_base_without) {
    const FeatureSet &set = *feature_set_argument(fcinfo, 0);
    Datum *name;
    bool *name_null;
    int n_names;
    deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &name, &name_null, &n_names);
    bool *const leaves = static_cast<bool *>(palloc0(set.n_columns + 1));
    bool none_stays = true;
    for (uint32 column = 0; column < set.n_columns; ++column) {
        const Text own = set.name(column);
        for (int i = 0; i < n_names && !leaves[column]; ++i) {
            if (name_null[i]) continue;
            const varlena *const text = PG_DETOAST_DATUM_PACKED(name[i]);
            leaves[column] = own == Text{VARDATA_ANY(text), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(text))};
        }
        none_stays = none_stays && leaves[column];
    }
    if (none_stays) PG_RETURN_NULL();
    FeatureSet *const rest = without_columns(set, leaves, pause_merging, allocate_value);
    check_room(rest != nullptr);
    PG_RETURN_POINTER(sorted_set(as_value(rest)));
}
