// Answers with noise: what customers contribute, and the noise, from the server's cryptographic source of random bits.
#include "core/privacy/contributions.hpp"
#include "core/privacy/noise.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pg/base/aggregate.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/rows/response.hpp"

extern "C" {
#include "utils/uuid.h"
}

using namespace cltv;
using namespace cltv::pg;

namespace {

std::uint64_t strong_bits(void *) {
    std::uint64_t word;
    if (!pg_strong_random(&word, sizeof word))
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
    return word;
}

// The customer as text. Each type has functions of its own, because direct callers of an aggregate's functions need not
// pass the types.
Text customer_text(FunctionCallInfo fcinfo) {
    const text *const customer = PG_GETARG_TEXT_PP(1);
    return {VARDATA_ANY(customer), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(customer))};
}
Text customer_bigint(FunctionCallInfo fcinfo) {
    const char *const digits = psprintf(INT64_FORMAT, PG_GETARG_INT64(1));
    return {digits, std::strlen(digits)};
}
Text customer_uuid(FunctionCallInfo fcinfo) {
    const char *const digits = DatumGetCString(DirectFunctionCall1(uuid_out, PG_GETARG_DATUM(1)));
    return {digits, std::strlen(digits)};
}
using CustomerArgument = Text (*)(FunctionCallInfo);

// (state, customer)
Datum add_customer(FunctionCallInfo fcinfo, CustomerArgument customer) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return skip_customer(fcinfo, Targets::response);
    const NamedPlace names[] = {{{contribution_customer, std::strlen(contribution_customer)}, 0}};
    const FeatureValue values[] = {{FeatureKind::category, 0, customer(fcinfo)}};
    const double target[] = {0, 0, 0};
    const RoleFeatures row = {Role::any, features_of(names, 1, values)};
    return add_customers(fcinfo, Targets::response, target, &row, 1, 1);
}

// (state, customer, value)
Datum add_value(FunctionCallInfo fcinfo, CustomerArgument customer) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1) || PG_ARGISNULL(2)) return skip_customer(fcinfo, Targets::response);
    const NamedPlace names[] = {{{contribution_valued, std::strlen(contribution_valued)}, 0}};
    const FeatureValue values[] = {{FeatureKind::category, 0, customer(fcinfo)}};
    const double target[] = {checked_response("value", PG_GETARG_FLOAT8(2)), 0, 0};
    const RoleFeatures row = {Role::any, features_of(names, 1, values)};
    return add_customers(fcinfo, Targets::response, target, &row, 1, 1);
}

// (state, customer, bin)
Datum add_bin(FunctionCallInfo fcinfo, CustomerArgument customer) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1) || PG_ARGISNULL(2)) return skip_customer(fcinfo, Targets::response);
    const NamedPlace names[] = {{{contribution_bin, std::strlen(contribution_bin)}, 0},
                                {{contribution_customer, std::strlen(contribution_customer)}, 1}};
    const text *const bin = PG_GETARG_TEXT_PP(2);
    const FeatureValue values[] = {
        {FeatureKind::category, 0, {VARDATA_ANY(bin), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(bin))}},
        {FeatureKind::category, 0, customer(fcinfo)}};
    const double target[] = {0, 0, 0};
    const RoleFeatures row = {Role::any, features_of(names, 2, values)};
    return add_customers(fcinfo, Targets::response, target, &row, 1, 1);
}

// The customers of a base with the columns that are needed; nullptr if there are none.
const FeatureSet *contributions_argument(FunctionCallInfo fcinfo, std::initializer_list<const char *> columns, const char *made) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    if (set.used == 0) return nullptr;
    bool fits = set.targets == Targets::response && set.n_columns == columns.size() && set.n_attributes() == set.n_columns;
    std::uint32_t column = 0;
    for (const char *const name : columns) {
        fits = fits && set.name(column) == Text{name, std::strlen(name)} && set.kind(column) == FeatureKind::category;
        ++column;
    }
    for (uint32 i = 0; fits && i < set.used; ++i) {
        const double *const known = set.attributes(static_cast<uint32>(set.rows()[i].row));
        for (column = 0; column < set.n_columns; ++column) fits = fits && !std::isnan(known[column]);
    }
    if (!fits)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the feature_base was made for another question"),
                        errhint("Make it with %s.", made)));
    return &set;
}

}  // namespace

// (sensitivity, epsilon, delta)
CLTV_FUNCTION(cltv_noise) {
    const Privacy privacy = {PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2), PG_GETARG_INT64(0)};
    if (!(privacy.epsilon >= least_epsilon && privacy.epsilon <= largest_epsilon))
        raise_out_of_range("epsilon", privacy.epsilon, "It is from 0.001 to 100: 1 is usual, less is more private.");
    if (!(privacy.delta == 0 || (privacy.delta >= least_delta && privacy.delta <= largest_delta)))
        raise_out_of_range("delta", privacy.delta, "It is 0, or from 1e-12 to 0.1: well below one in so many customers as there are.");
    if (privacy.sensitivity < 1 || privacy.sensitivity > largest_sensitivity)
        raise_out_of_range("sensitivity", static_cast<double>(privacy.sensitivity), "It is a whole number from 1 to 1048576.");
    PG_RETURN_INT64(draw_noise(privacy, {strong_bits, nullptr}));
}

// (width)
CLTV_FUNCTION(cltv_dp_step) {
    PG_RETURN_FLOAT8(contribution_step(amount_argument(fcinfo, 0, "width", "It is a number above 0.")));
}

// For each type of a customer
#define CLTV_DP_BASE(type)                                                                          \
    CLTV_FUNCTION(cltv_dp_base_accum_##type) { return add_customer(fcinfo, customer_##type); }      \
    CLTV_FUNCTION(cltv_dp_base_accum_value_##type) { return add_value(fcinfo, customer_##type); }   \
    CLTV_FUNCTION(cltv_dp_base_accum_bin_##type) { return add_bin(fcinfo, customer_##type); }
CLTV_DP_BASE(text)
CLTV_DP_BASE(bigint)
CLTV_DP_BASE(uuid)

// (base): of any of the three kinds
CLTV_FUNCTION(cltv_dp_customers) {
    const FeatureSet &set = *feature_set_argument(fcinfo, 0);
    const bool has_bins = set.n_columns == 2;
    const bool has_values = set.n_columns == 1 && set.name(0) == Text{contribution_valued, std::strlen(contribution_valued)};
    const char made[] = "dp_base(customer)";
    const FeatureSet *const known = has_bins     ? contributions_argument(fcinfo, {contribution_bin, contribution_customer}, made)
                                    : has_values ? contributions_argument(fcinfo, {contribution_valued}, made)
                                                 : contributions_argument(fcinfo, {contribution_customer}, made);
    if (known == nullptr) PG_RETURN_INT64(0);
    int64 n = 0;
    for (std::uint32_t level = 0; level < known->levels; ++level) n += known->level(level).column == (has_bins ? 1u : 0u);
    PG_RETURN_INT64(n);
}

// (base, lower, upper, centre, step)
CLTV_FUNCTION(cltv_dp_total) {
    const FeatureSet *const set = contributions_argument(fcinfo, {contribution_valued}, "dp_base(customer, value)");
    if (set == nullptr) PG_RETURN_INT64(0);
    const double lower = PG_GETARG_FLOAT8(1), upper = PG_GETARG_FLOAT8(2), centre = PG_GETARG_FLOAT8(3), step = PG_GETARG_FLOAT8(4);
    if (!(lower <= upper && std::fmax(std::fabs(lower - centre), std::fabs(upper - centre)) / step <= largest_sensitivity))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("bounds and step do not fit"),
                        errhint("Call dp_sum or dp_mean.")));
    std::int64_t total = 0;
    guarded([&] { total = clipped_total(*set, lower, upper, centre, step, interrupt_pending); });
    PG_RETURN_INT64(total);
}

// (base, bins)
CLTV_FUNCTION(cltv_dp_bins) {
    ArrayType *const array = PG_GETARG_ARRAYTYPE_P(1);
    Datum *elements;
    bool *nulls;
    int n;
    deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
    Text *const bins = static_cast<Text *>(palloc(std::max(1, n) * sizeof(Text)));
    for (int i = 0; i < n; ++i) {
        if (nulls[i])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a bin must not be NULL"),
                            errhint("Give the bins by their names.")));
        const text *const bin = DatumGetTextPP(elements[i]);
        bins[i] = {VARDATA_ANY(bin), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(bin))};
    }
    const FeatureSet *const set = contributions_argument(fcinfo, {contribution_bin, contribution_customer}, "dp_base(customer, bin)");
    Datum *const counts = static_cast<Datum *>(palloc0(std::max(1, n) * sizeof(Datum)));
    int64 *const found = static_cast<int64 *>(palloc0(std::max(1, n) * sizeof(int64)));
    if (set != nullptr)
        guarded([&] {
            const std::vector<std::int64_t> all = customers_by_bin(*set, std::vector<Text>(bins, bins + n), interrupt_pending);
            std::copy(all.begin(), all.end(), found);
        });
    for (int i = 0; i < n; ++i) counts[i] = Int64GetDatum(found[i]);
    PG_RETURN_ARRAYTYPE_P(construct_array(counts, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
