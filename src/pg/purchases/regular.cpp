// Customers who buy at regular intervals: regularity(history), and the fits of BG/CNBD-k and MBG/CNBD-k to histories or
// at a given k, with their state, the type regular_base.
#include <cmath>
#include <vector>

#include "core/families.hpp"
#include "core/history/purchase_history.hpp"
#include "core/purchases/regular_fit.hpp"
#include "core/purchases/regularity.hpp"
#include "pg/base/guard.hpp"
#include "pg/fit/fit.hpp"
#include "pg/history/purchase_history.hpp"
#include "pg/rows/counted_set.hpp"
#include "pg/rows/customer_base.hpp"
#include "pg/rows/score_base.hpp"

namespace cltv::pg {

namespace {

bool is_k(double k) { return k >= 1 && k <= most_number && k == std::floor(k); }

double common_k(double one, double other) {
    if (unlikely(one != 0 && other != 0 && one != other))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("k is not the same in all rows"),
                        errdetail("It is %s in one row and %s in another.", float8out_internal(one),
                                  float8out_internal(other)),
                        errhint("Add what k depends on to GROUP BY.")));
    return one != 0 ? one : other;
}

double k_argument(FunctionCallInfo fcinfo, int argument, const char *name) {
    const int32 k = PG_GETARG_INT32(argument);
    if (unlikely(!is_k(k)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s is not between 1 and 50: %d", name, k),
                        errdetail("Gaps between purchases vary less than by chance, by 1/sqrt(k) of their mean."),
                        errhint("regularity(history) tells about how regular customers are.")));
    return k;
}

// Gaps cannot be more even than if all were alike, up to rounding.
bool can_be(const Customer &customer, double log_gaps) {
    if (customer.frequency == 0) return log_gaps == 0;
    const double most = customer.frequency * std::log(customer.recency / customer.frequency);
    return std::isfinite(log_gaps) && log_gaps <= most + 1e-9 * (1 + std::fabs(most));
}

}  // namespace

// Kept beside the rows: k, or the largest that is tried; 0 before the first row.
template <>
struct BaseType<RegularCount> : AnyBase<RegularCount> {
    static constexpr const char *name = "regular_base";
    static constexpr const char *beside = "k";
    static double merged_beside(double one, double other) { return common_k(one, other); }
    static const char *fault_beside(double k) {
        return k == 0 || is_k(k) ? nullptr : "The number k must be whole, from 1 to 50, or 0 where there are no rows.";
    }
    static RegularCount checked(const Numbers<RegularCount> &numbers) {
        const Customer customer = checked_customer(numbers[0], numbers[1], numbers[2]);
        if (unlikely(!can_be(customer, numbers[3])))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("no customer has such a row of a regular_base"),
                            errdetail("The sum of the logarithms of the gaps is %s.", float8out_internal(numbers[3]))));
        return {customer, numbers[3] + 0.0, numbers[4]};
    }
};

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

namespace {

using RegularBase = CountedSet<RegularCount>;

Datum add(FunctionCallInfo fcinfo, const RegularCount &row, double k) {
    RegularBase *state = state_argument<RegularCount>(fcinfo);
    state->beside = common_k(state->beside, k);
    PG_RETURN_POINTER(add_row_soon(state, row));
}

// (state, history, as_of [, max_k])
Datum add_history(FunctionCallInfo fcinfo, double most_k) {
    const PurchaseHistory &history = *history_argument(fcinfo, 1);
    const Day as_of = as_of_argument(fcinfo, 2);
    if (history.is_empty()) return state_as_it_was(fcinfo);
    check_as_of(history, as_of);
    const RfmSummary summary = summarise(history, as_of);
    if (!summary.purchased) return state_as_it_was(fcinfo);
    double log_gaps = 0;
    for (uint32 i = 1; i < history.used; ++i)
        log_gaps += std::log(static_cast<double>(history.days()[i].day() - history.days()[i - 1].day()));
    return add(fcinfo, {{static_cast<double>(summary.frequency), summary.recency, summary.tenure}, log_gaps, 1}, most_k);
}

// (state, frequency, recency, tenure, k): unknown gaps count as if all were alike.
template <class Frequency>
Datum add_customer(FunctionCallInfo fcinfo, Frequency frequency) {
    const Customer customer = checked_customer(frequency, PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3));
    const double log_gaps =
        customer.frequency == 0 ? 0 : customer.frequency * std::log(customer.recency / customer.frequency);
    return add(fcinfo, {customer, log_gaps, 1}, k_argument(fcinfo, 4, "k"));
}

bool is_null_among(FunctionCallInfo fcinfo, int last) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i <= last; ++i)
        if (PG_ARGISNULL(i)) return true;
    return false;
}

// The final function: from histories, at each k from 1 to that of the state; otherwise at that k.
Datum fit_base_of(FunctionCallInfo fcinfo, const Family &family, bool by_histories) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const RegularBase *base = value_argument<RegularBase>(fcinfo, 0);
    const int k = static_cast<int>(std::fmax(base->beside, 1));
    return fit_rows<RegularCount>(fcinfo, family, [&](View<RegularCount> rows, Stop stop) {
        std::vector<CustomerCount> customers;
        const double log_gaps = customers_of(rows, customers);
        const View<CustomerCount> view{customers.data(), customers.size()};
        return by_histories ? family.fit_regular(view, 1, k, &log_gaps, stop) : family.fit_regular(view, k, k, nullptr, stop);
    });
}

// (base, k)
Datum fit_at(FunctionCallInfo fcinfo, const Family &family) {
    const int k = static_cast<int>(k_argument(fcinfo, 1, "k"));
    return fit_rows<CustomerCount>(fcinfo, family, [&](View<CustomerCount> rows, Stop stop) {
        return family.fit_regular(rows, k, k, nullptr, stop);
    });
}

}  // namespace

CLTV_FUNCTION(cltv_regular_base_accum_history) {
    return is_null_among(fcinfo, 2) ? state_as_it_was(fcinfo) : add_history(fcinfo, usual_most_k);
}
CLTV_FUNCTION(cltv_regular_base_accum_history_k) {
    return is_null_among(fcinfo, 3) ? state_as_it_was(fcinfo) : add_history(fcinfo, k_argument(fcinfo, 3, "max_k"));
}
CLTV_FUNCTION(cltv_regular_base_accum) {
    return is_null_among(fcinfo, 4) ? state_as_it_was(fcinfo) : add_customer(fcinfo, int64{PG_GETARG_INT64(1)});
}
CLTV_FUNCTION(cltv_regular_base_accum_float8) {
    return is_null_among(fcinfo, 4) ? state_as_it_was(fcinfo) : add_customer(fcinfo, PG_GETARG_FLOAT8(1));
}
CLTV_FUNCTION(cltv_regular_base_combine) { return value_combine<RegularBase>(fcinfo); }
CLTV_FUNCTION(cltv_regular_base_in) { return value_in<RegularBase>(fcinfo); }
CLTV_FUNCTION(cltv_regular_base_out) { return value_out<RegularBase>(fcinfo); }
CLTV_FUNCTION(cltv_regular_base_recv) { return value_recv<RegularBase>(fcinfo); }
CLTV_FUNCTION(cltv_regular_base_send) { return value_send<RegularBase>(fcinfo); }

#define CLTV_DEFINE(name)                                                                                     \
    CLTV_FUNCTION(cltv_##name##_fit_histories) { return fit_base_of(fcinfo, name::family, true); }             \
    CLTV_FUNCTION(cltv_##name##_fit_given_k) { return fit_base_of(fcinfo, name::family, false); }              \
    CLTV_FUNCTION(cltv_##name##_fit_at) { return fit_at(fcinfo, name::family); }
CLTV_DEFINE(bgcnbd)
CLTV_DEFINE(mbgcnbd)

// (state, history): the share of the first of the last two gaps in their sum; fewer than two say nothing.
CLTV_FUNCTION(cltv_score_base_accum_gaps) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    const PurchaseHistory &history = *history_argument(fcinfo, 1);
    if (history.used < 3) return state_as_it_was(fcinfo);
    const PurchaseDay *const last = history.days() + history.used - 1;
    const double first = last[-1].day() - last[-2].day(), second = last[0].day() - last[-1].day();
    PG_RETURN_POINTER(with_pair(fcinfo, Scored{first / (first + second), 0}));
}

CLTV_FUNCTION(cltv_regularity_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ScoreBase *base = value_argument<ScoreBase>(fcinfo, 0);
    if (base->used == 0) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(of_sorted_rows(base, [](View<ScoredCount> rows) { return regularity(rows); }));
}
