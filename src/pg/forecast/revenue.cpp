// Future revenue and new customers: the computations of revenue_forecast, customer_equity and acquisition_forecast.
#include "core/forecast/revenue.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <string_view>
#include <vector>

#include "core/forecast/acquisition.hpp"
#include "core/purchases/ahead.hpp"
#include "core/rows/design_match.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/calendar_time.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/history/purchase_history.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

[[noreturn]] void raise_bad(const char *what, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", what), errhint("%s", hint)));
    pg_unreachable();
}

// A one-dimensional array without NULL.
template <class T>
View<T> array_argument(FunctionCallInfo fcinfo, int argument, const char *name) {
    ArrayType *const array = PG_GETARG_ARRAYTYPE_P(argument);
    if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
        raise_bad(psprintf("%s is not an array of numbers", name), "Give an array of one dimension without NULL.");
    const int n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
    return {reinterpret_cast<const T *>(ARR_DATA_PTR(array)), static_cast<size_t>(n)};
}

// Ten years: nothing can be forecast beyond.
constexpr int longest_ahead = 3653;

View<int32> ends_argument(FunctionCallInfo fcinfo, int argument) {
    const View<int32> ends = array_argument<int32>(fcinfo, argument, "ends");
    for (size_t k = 0; k < ends.size; ++k)
        if (ends[k] <= (k == 0 ? 0 : ends[k - 1]) || ends[k] > longest_ahead)
            raise_bad(psprintf("ends has %d where a day after the one before and up to %d is wanted", ends[k], longest_ahead),
                      "They are the last days of the periods, counted from the day after as_of.");
    if (ends.size == 0) raise_bad("ends has no period", "Give the last day of one at least.");
    return ends;
}

void check_attributes_are_given(const StoredModel &model) {
    if (model.design() != nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the model was fitted with attributes, but those of the customers are missing"),
                        errhint("Name a table of customers and its columns: customers => '...', attributes => '{...}'.")));
}

// The attributes of each customer, from an array of features in which NULL is a customer about whom nothing is known.
const Features **attributes_of_customers(FunctionCallInfo fcinfo, int argument, size_t n) {
    ArrayType *const array = PG_GETARG_ARRAYTYPE_P(argument);
    Datum *values;
    bool *nulls;
    int length;
    // The elements have the length and alignment of the type features.
    deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &values, &nulls, &length);
    if (static_cast<size_t>(length) != n) raise_bad("the arrays are not of one length", "Each has a number for each customer.");
    const Features **const attributes = static_cast<const Features **>(MemoryContextAllocHuge(CurrentMemoryContext, (n + 1) * sizeof(Features *)));
    for (size_t i = 0; i < n; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        attributes[i] = nulls[i] ? nullptr : reinterpret_cast<const Features *>(PG_DETOAST_DATUM(values[i]));
    }
    return attributes;
}

// Customers with the same attributes have one pattern; the order of patterns does not depend on that of customers.
std::vector<Pattern> take_patterns(const Features *const *attributes, std::vector<KnownCustomer> &customers) {
    const auto bytes_of = [](const Features *features) {
        return features == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char *>(features), VARSIZE_ANY(features));
    };
    std::map<std::string_view, int> numbers;
    for (size_t i = 0; i < customers.size(); ++i) {
        poll_at(static_cast<uint32>(i), interrupt_pending);
        numbers.emplace(bytes_of(attributes[i]), 0);
    }
    std::vector<Pattern> patterns;
    for (auto &[bytes, number] : numbers) {
        number = static_cast<int>(patterns.size());
        patterns.push_back({bytes.empty() ? nullptr : reinterpret_cast<const Features *>(bytes.data()), 0, 0});
    }
    for (size_t i = 0; i < customers.size(); ++i) {
        customers[i].pattern = numbers.find(bytes_of(attributes[i]))->second;
        Pattern &pattern = patterns[customers[i].pattern];
        ++pattern.customers;
        pattern.newcomers += customers[i].tenure < 365;
    }
    return patterns;
}

struct Rows {
    int n;
    RevenueAhead row[FLEXIBLE_ARRAY_MEMBER];
};

// Puts a float8 into a column; NaN becomes NULL.
void put(Datum *columns, bool *nulls, int column, double value) {
    nulls[column] = std::isnan(value);
    columns[column] = Float8GetDatum(value);
}

Rows *rows_ahead(FunctionCallInfo fcinfo) {
    DatedModel &dated = DatedModel::of_rows(fcinfo, 0);
    const OrdersFamily &family = dated.family();
    const bool has_attributes = !PG_ARGISNULL(13);
    if (!has_attributes) check_attributes_are_given(dated.model());
    const StoredModel *const spend_model = PG_ARGISNULL(1) ? nullptr : model_argument(fcinfo, 1);
    const SpendFamily *const spends = spend_model == nullptr ? nullptr : &any_spend_family(*spend_model);
    if (spend_model != nullptr && !has_attributes) check_attributes_are_given(*spend_model);
    const View<double> frequency = array_argument<double>(fcinfo, 2, "frequency"), recency = array_argument<double>(fcinfo, 3, "recency"),
                       tenure = array_argument<double>(fcinfo, 4, "tenure"), monetary = array_argument<double>(fcinfo, 5, "monetary_value"),
                       first = array_argument<double>(fcinfo, 6, "first_value");
    const size_t n = frequency.size;
    for (const View<double> &other : {recency, tenure, monetary, first})
        if (other.size != n) raise_bad("the arrays are not of one length", "Each has a number for each customer.");
    const Day as_of = as_of_argument(fcinfo, 7);
    double longest = 0;
    for (size_t i = 0; i < n; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        const Customer customer = checked_customer(frequency[i], recency[i], tenure[i]);
        days_of(customer, as_of);
        longest = std::fmax(longest, tenure[i]);
    }
    const View<int32> ends = ends_argument(fcinfo, 8);
    View<double> weights{nullptr, 0};
    if (!PG_ARGISNULL(9)) {
        weights = array_argument<double>(fcinfo, 9, "weights");
        if (weights.size != ends.size) raise_bad("there are not as many weights as periods", "Give one a period.");
    }
    const double cost = PG_GETARG_FLOAT8(10), net = PG_GETARG_FLOAT8(11), level = level_argument(fcinfo, 12);
    for (const double number : {cost, net})
        if (!std::isfinite(number)) raise_bad("cost and net must be finite numbers", "net is 1 without refunds, and cost 0.");
    if (!dated.model().is_usable() || n == 0) return nullptr;
    const bool has_spend = spend_model != nullptr && spend_model->is_usable();
    const Design *const designs[] = {dated.model().design(), has_spend ? spend_model->design() : nullptr};
    const Features **const attributes = has_attributes ? attributes_of_customers(fcinfo, 13, n) : nullptr;
    for (const Design *const design : designs)
        for (size_t i = 0; design != nullptr && i < n; ++i) {
            if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
            if (attributes[i] == nullptr) continue;
            for (const Role role : {Role::purchases, Role::dropout, Role::spend}) {
                if (!has_role(*design, role)) continue;
                const Match match = match_design(*design, role, *attributes[i], [](std::uint32_t, double) {});
                if (match.fault != MatchFault::none) raise_mismatch(role, match);
            }
        }

    dated.reach(as_of - static_cast<Day>(longest), as_of, ends[ends.size - 1]);
    const ClockTimes clock = dated.clock();
    const size_t n_rows = weights.size > 0 ? 1 : ends.size;
    Rows *const rows = static_cast<Rows *>(palloc0(offsetof(Rows, row) + n_rows * sizeof(RevenueAhead)));
    guarded([&] {
        const RevenueQuestion question{as_of, {ends.begin(), ends.end()}, {weights.begin(), weights.end()}, cost, net, level,
                                       {clock.begin, clock.n}, PG_ARGISNULL(14) || PG_GETARG_BOOL(14)};
        std::vector<KnownCustomer> customers(n);
        for (size_t i = 0; i < n; ++i) customers[i] = {frequency[i], recency[i], tenure[i], monetary[i], first[i]};
        std::vector<Pattern> patterns;
        if (designs[0] != nullptr || designs[1] != nullptr) patterns = take_patterns(attributes, customers);
        const RevenueModels models{family, dated.model().view(), has_spend ? spends : nullptr, has_spend ? spend_model->parameters() : nullptr,
                                   designs[0], designs[1], static_cast<int>(form_of(dated.model()).parameters.size),
                                   has_spend ? static_cast<int>(form_of(*spend_model).parameters.size) : 0};
        const std::vector<RevenueAhead> ahead = revenue_ahead(models, std::move(customers), patterns, question, interrupt_pending);
        rows->n = static_cast<int>(ahead.size());
        std::memcpy(rows->row, ahead.data(), ahead.size() * sizeof(RevenueAhead));
    });
    return rows;
}

}  // namespace

// (orders_model, spend_model, frequency[], recency[], tenure[], monetary_value[], first_value[], as_of, ends[],
// weights[], cost, net, level, attributes[], losses) -> one row per period
CLTV_FUNCTION(cltv_revenue_ahead) {
    constexpr int n = 11;
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        for (const int argument : {0, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12})
            if (PG_ARGISNULL(argument)) SRF_RETURN_DONE(context);
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        // The model with its clock is kept in fn_extra, where this function keeps its rows: it gets a place of its own.
        FmgrInfo *const theirs = fcinfo->flinfo;
        FmgrInfo own = *theirs;
        own.fn_extra = nullptr;
        own.fn_mcxt = context->multi_call_memory_ctx;
        fcinfo->flinfo = &own;
        Rows *const rows = rows_ahead(fcinfo);
        fcinfo->flinfo = theirs;
        context->user_fctx = rows;
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    const Rows *const rows = static_cast<const Rows *>(context->user_fctx);
    if (rows == nullptr || context->call_cntr >= static_cast<uint64>(rows->n)) SRF_RETURN_DONE(context);
    const RevenueAhead &row = rows->row[context->call_cntr];
    Datum columns[n] = {Int32GetDatum(static_cast<int32>(context->call_cntr) + 1)};
    bool nulls[n] = {false};
    const double numbers[] = {row.existing_customers, row.new_customers, row.existing_purchases, row.new_purchases, row.existing_revenue,
                              row.new_revenue, row.revenue, row.lower, row.upper, row.weighted_new_customers};
    for (int i = 1; i < n; ++i) put(columns, nulls, i, numbers[i - 1]);
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

namespace {

struct Weeks {
    int n;
    struct { double lower, estimate, upper; } week[FLEXIBLE_ARRAY_MEMBER];
};

Weeks *weeks_ahead(FunctionCallInfo fcinfo) {
    const View<double> counts = array_argument<double>(fcinfo, 0, "counts");
    for (size_t i = 0; i < counts.size; ++i)
        if (!(counts[i] >= 0 && counts[i] <= 1e15))
            raise_bad(psprintf("counts has %s", float8out_internal(counts[i])), "They are numbers of new customers, week by week.");
    if (counts.size > 20000) raise_bad("counts are of more than 20000 weeks", "Leave out those that are long past.");
    const Day last = as_of_argument(fcinfo, 1);
    const int n = PG_GETARG_INT32(2);
    if (n < 1 || n > longest_ahead / 7 + 1)
        raise_bad(psprintf("weeks %d is not from 1 to %d", n, longest_ahead / 7 + 1), "Give the number of weeks to forecast.");
    const double level = level_argument(fcinfo, 3);
    if (counts.size == 0) return nullptr;
    Weeks *const weeks = static_cast<Weeks *>(palloc0(offsetof(Weeks, week) + n * sizeof weeks->week[0]));
    weeks->n = n;
    guarded([&] {
        const Acquisition acquisition(counts, last);
        for (int w = 0; w < n; ++w) {
            const AcquisitionWeek week = week_ahead(acquisition, w + 1, level);
            weeks->week[w] = {week.lower, week.estimate, week.upper};
        }
    });
    return weeks;
}

}  // namespace

// (counts[], last, weeks, level) -> one row per week ahead
CLTV_FUNCTION(cltv_acquisition_ahead) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        context->user_fctx = weeks_ahead(fcinfo);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    const Weeks *const weeks = static_cast<const Weeks *>(context->user_fctx);
    if (weeks == nullptr || context->call_cntr >= static_cast<uint64>(weeks->n)) SRF_RETURN_DONE(context);
    const auto &week = weeks->week[context->call_cntr];
    Datum columns[4] = {Int32GetDatum(static_cast<int32>(context->call_cntr) + 1), Float8GetDatum(week.estimate), Float8GetDatum(week.lower),
                        Float8GetDatum(week.upper)};
    bool nulls[4] = {};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
