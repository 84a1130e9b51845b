// Tests of variants: their results, whether groups have the expected sizes, and how many customers a test takes.
#include "core/experiments/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pg/base/choice_argument.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/experiments/experiment_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

struct NamedMethod {
    const char *name;
    TestMethod method;
};
constexpr NamedMethod all_methods[] = {{"welch", TestMethod::welch}, {"cuped", TestMethod::cuped}, {"lin", TestMethod::lin}};

void check_variants(const ExperimentBase &base, TestMethod method) {
    if (base.used < 2)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is nothing to compare the control with"),
                        errdetail("All customers have the same variant, \"%s\".", base.used == 1 ? base.rows()[0].name : "")));
    if (base.companion == Companion::weight)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("rewards that lose weight with time are not a test of variants"),
                        errhint("Make the base with experiment_base(variant, outcome), or ask bandit_shares.")));
    if (method != TestMethod::welch && base.companion != Companion::pre)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("method cuped or lin needs what customers did before the test"),
                        errhint("Make the base with experiment_base(variant, outcome, pre), or use method => 'welch'.")));
    const int64 fewest = method == TestMethod::lin ? 3 : 2;
    for (uint32 i = 0; i < base.used; ++i) {
        const VariantSums &row = base.rows()[i];
        if (row.customers < fewest)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("variant \"%s\" has too few customers: %lld", row.name, static_cast<long long>(row.customers)),
                            errdetail("At least %lld with a known outcome are needed; %lld rows were skipped for a NULL.",
                                      static_cast<long long>(fewest), static_cast<long long>(row.skipped)),
                            errhint("Leave the variant out with FILTER (WHERE ...).")));
        if (base.companion == Companion::denominator && !(row.z.value().hi > 0))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("the denominators of variant \"%s\" do not add up to more than 0", row.name)));
    }
}

void check_tests(const ExperimentBase &base, const VariantTest *tests) {
    for (uint32 i = 1; i < base.used; ++i)
        if (!(tests[i].std_error > 0))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("the outcome varies neither in variant \"%s\" nor in \"%s\"",
                                   base.rows()[tests[0].variant].name, base.rows()[tests[i].variant].name),
                            errhint("Without variance there is no standard error. Check that the outcome is the right one, "
                                    "or wait until the test has results.")));
}

// A probability above 0 and below 1.
double share_argument(FunctionCallInfo fcinfo, int number, const char *name, const char *hint, double least = 0) {
    const double value = PG_GETARG_FLOAT8(number);
    if (!(value > least && value < 1)) raise_out_of_range(name, value, hint);
    return value;
}

struct TestPlan {
    double baseline, power, level, sd;  // sd NaN: for shares
};

// Arguments 0, 2, 3, 4 of (baseline, ..., power, level, sd); not strict, because sd may be NULL.
bool plan_argument(FunctionCallInfo fcinfo, TestPlan &plan) {
    for (int i = 0; i < 4; ++i)
        if (PG_ARGISNULL(i)) return false;
    plan.power = share_argument(fcinfo, 2, "power", "It is the probability of detecting the difference: from 0.5 to below 1.", 0.499999);
    plan.level = level_argument(fcinfo, 3);
    plan.baseline = PG_GETARG_FLOAT8(0);
    plan.sd = std::numeric_limits<double>::quiet_NaN();
    if (!PG_ARGISNULL(4)) {
        plan.sd = PG_GETARG_FLOAT8(4);
        if (!(plan.sd > 0 && std::isfinite(plan.sd)))
            raise_out_of_range("sd", plan.sd, "It is the standard deviation of the outcome of one customer.");
        if (!std::isfinite(plan.baseline)) raise_out_of_range("baseline", plan.baseline, "It is the mean outcome of the control.");
    } else if (!(plan.baseline > 0 && plan.baseline < 1)) {
        raise_out_of_range("baseline", plan.baseline,
                           "Without sd it is the share of customers with the outcome, between 0 and 1; give sd for money.");
    }
    return true;
}

}  // namespace

// (base, control, level, method, planned)
CLTV_FUNCTION(cltv_ab_test) {
    struct Results {
        const ExperimentBase *base;
        VariantTest *tests;
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        Results *const results = static_cast<Results *>(palloc(sizeof(Results)));
        const ExperimentBase &base = *value_argument<ExperimentBase>(fcinfo, 0);
        results->base = copy_with_capacity(base, base.used);
        const uint32 control = control_argument(fcinfo, 1, base);
        TestOptions options;
        options.level = level_argument(fcinfo, 2);
        options.method = choice_argument(fcinfo, 3, all_methods, [](const NamedMethod &one) { return one.name; }, "method",
                                         "Methods are welch, cuped and lin.").method;
        options.planned = PG_GETARG_FLOAT8(4);
        if (!(options.planned >= 1 && std::isfinite(options.planned)))
            raise_out_of_range("planned", options.planned, "It is a number of customers, 1 or more.");
        check_variants(base, options.method);
        results->tests = static_cast<VariantTest *>(palloc(base.used * sizeof(VariantTest)));
        guarded([&] {
            const std::vector<VariantTest> all = test_variants(base, control, options, interrupt_pending);
            std::copy(all.begin(), all.end(), results->tests);
        });
        check_tests(base, results->tests);
        context->max_calls = base.used;
        context->user_fctx = results;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Results &results = *static_cast<const Results *>(context->user_fctx);
    const VariantTest &test = results.tests[context->call_cntr];
    constexpr int first = 2;
    const double numbers[] = {test.mean,           test.difference,         test.std_error,    test.lower,       test.upper,
                              test.p_value,        test.p_adjusted,         test.relative,     test.relative_lower,
                              test.relative_upper, test.variance_reduction, test.lower_always, test.upper_always,
                              test.prob_better};
    constexpr int n = first + sizeof numbers / sizeof *numbers;
    Datum columns[n] = {CStringGetTextDatum(results.base->rows()[test.variant].name),
                        Int64GetDatum(static_cast<int64>(test.customers))};
    bool nulls[n] = {};
    for (int i = first; i < n; ++i) {
        columns[i] = Float8GetDatum(numbers[i - first]);
        nulls[i] = std::isnan(numbers[i - first]);
    }
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

// (base, shares)
CLTV_FUNCTION(cltv_srm_test) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ExperimentBase &base = *value_argument<ExperimentBase>(fcinfo, 0);
    if (base.used < 2)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("all customers have the same variant"),
                        errhint("Shares are those of two variants or more.")));
    Datum *elements = nullptr;
    if (!PG_ARGISNULL(1)) {
        int n;
        bool *element_nulls;
        ArrayType *const array = PG_GETARG_ARRAYTYPE_P(1);
        deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &element_nulls, &n);
        if (ARR_NDIM(array) != 1 || n != static_cast<int>(base.used))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("there are %d shares for %u variants", n, base.used),
                            errhint("Give one per variant, in byte order of their names.")));
        for (int i = 0; i < n; ++i) {
            const double share = element_nulls[i] ? std::numeric_limits<double>::quiet_NaN() : DatumGetFloat8(elements[i]);
            if (!(share > 0 && share <= 1e9))
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                errmsg("the share of variant \"%s\" is not a positive number: %s", base.rows()[i].name,
                                       element_nulls[i] ? "NULL" : float8out_internal(share)),
                                errhint("Shares are parts of the customers, such as {0.5,0.5} or {2,1}.")));
        }
    }
    MismatchTest test;
    guarded([&] {
        std::vector<double> customers, shares;
        for (uint32 i = 0; i < base.used; ++i) {
            const VariantSums &row = base.rows()[i];
            customers.push_back(static_cast<double>(row.customers + row.skipped));
            shares.push_back(elements != nullptr ? DatumGetFloat8(elements[i]) : 1);
        }
        test = mismatch_test(customers, shares);
    });
    return row_or_error(fcinfo, {number(test.chi2), count(test.df), number(test.p_value)});
}

// (baseline, lift, power, level, sd)
CLTV_FUNCTION(cltv_sample_size) {
    TestPlan plan;
    if (!plan_argument(fcinfo, plan)) PG_RETURN_NULL();
    const double lift = PG_GETARG_FLOAT8(1), raised = plan.baseline + lift;
    if (lift == 0 || !std::isfinite(lift))
        raise_out_of_range("lift", lift, "It is the difference to be detected, not 0, in the unit of the baseline.");
    if (std::isnan(plan.sd) && !(raised >= 0 && raised <= 1))
        raise_out_of_range("lift", lift, "Baseline and lift together are a share between 0 and 1; 2 points more are 0.02.");
    double customers;
    guarded([&] { customers = sample_size(plan.baseline, lift, plan.power, plan.level, plan.sd); });
    PG_RETURN_FLOAT8(customers);
}

// (baseline, customers, power, level, sd)
CLTV_FUNCTION(cltv_minimum_detectable_effect) {
    TestPlan plan;
    if (!plan_argument(fcinfo, plan)) PG_RETURN_NULL();
    const double customers = PG_GETARG_FLOAT8(1);
    if (!(customers >= 2 && std::isfinite(customers)))
        raise_out_of_range("customers", customers, "It is how many each variant has, 2 or more.");
    double effect;
    guarded([&] { effect = detectable_effect(plan.baseline, customers, plan.power, plan.level, plan.sd); });
    return float8_or_null(fcinfo, effect);
}
