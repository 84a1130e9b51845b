// experiment_base: its aggregates, its text and binary forms.
#include "pg/experiments/experiment_base.hpp"

#include <cmath>

#include "pg/base/json_text.hpp"
#include "pg/base/number_argument.hpp"

namespace cltv::pg {

namespace {

constexpr char type_name[] = "experiment_base";
constexpr const char *companions[] = {"none", "pre", "denominator", "weight"};

}  // namespace

template <>
struct RowsType<ExperimentBase> {
    static constexpr const char *name = type_name, *rows_are = "variants";
    static constexpr const char *way_out =
        "A variant is an arm of the test, such as 'A' or 'B', not a customer.";
    static ExperimentBase *merged(ExperimentBase *state, const ExperimentBase *source);
};

namespace {

[[noreturn]] void refuse_companions(Companion one, Companion other) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("an %s of another kind cannot be merged", type_name),
                    errdetail("Besides the outcome, one holds %s, the other %s.", companions[static_cast<int>(one)],
                              companions[static_cast<int>(other)])));
    pg_unreachable();
}

void check_customers(const VariantSums &variant) {
    if (unlikely(variant.customers > BinnedSum::most_terms || variant.skipped > BinnedSum::most_terms))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("too many customers for one %s", type_name),
                        errdetail("A variant has at most 2^37.")));
}

// Makes a place for a new variant, moving everything after it.
ExperimentBase *with_variant(ExperimentBase *state, const char *name, uint32 *place) {
    if (state->used >= ExperimentBase::most_variants)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many variants for one %s", type_name),
                        errdetail("A test has at most %u.", ExperimentBase::most_variants),
                        errhint("%s", RowsType<ExperimentBase>::way_out)));
    *place = variant_place(*state, name);
    state = with_room(state, std::uint64_t{state->used} + 1);
    VariantSums *const row = state->rows() + *place;
    std::memmove(static_cast<void *>(row + 1), row, (state->used - *place) * sizeof *row);
    ++state->used;
    *row = VariantSums{};
    std::memcpy(row->name, name, sizeof row->name);
    return state;
}

}  // namespace

ExperimentBase *RowsType<ExperimentBase>::merged(ExperimentBase *state, const ExperimentBase *source) {
    if (state->companion != source->companion) refuse_companions(state->companion, source->companion);
    state->zero_one = state->zero_one && source->zero_one;
    for (uint32 i = 0; i < source->used; ++i) {
        const VariantSums &from = source->rows()[i];
        uint32 place = variant_place(*state, from.name);
        if (!is_variant(*state, place, from.name)) state = with_variant(state, from.name, &place);
        VariantSums &to = state->rows()[place];
        add_variant(to, from);
        check_customers(to);
    }
    return state;
}

void variant_name(char (&name)[VariantSums::longest_name + 1], const text *variant) {
    const Size size = VARSIZE_ANY_EXHDR(variant);
    if (size > VariantSums::longest_name)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the name of a variant is too long"),
                        errdetail("It has %zu bytes; the limit is %zu.", size, VariantSums::longest_name)));
    std::memset(name, 0, sizeof name);
    std::memcpy(name, VARDATA_ANY(variant), size);
}

uint32 control_argument(FunctionCallInfo fcinfo, int number, const ExperimentBase &base) {
    char name[VariantSums::longest_name + 1];
    variant_name(name, PG_GETARG_TEXT_PP(number));
    const uint32 place = variant_place(base, name);
    if (!is_variant(base, place, name)) {
        StringInfoData known;
        initStringInfo(&known);
        constexpr uint32 most = 10;
        for (uint32 i = 0; i < base.used && i < most; ++i)
            appendStringInfo(&known, "%s\"%s\"", i == 0 ? "" : ", ", base.rows()[i].name);
        if (base.used > most) appendStringInfoString(&known, ", ...");
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no variant \"%s\" to be the control", name),
                        errdetail("The variants are %s.", known.data),
                        errhint("Name the one that was left alone: control => '%s'.", base.used > 0 ? base.rows()[0].name : "A")));
    }
    return place;
}

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

namespace {

// The squares of outcomes, however many, stay below the largest double.
constexpr double largest_outcome = 1e100;

double checked_number(const char *name, double value) {
    if (unlikely(!(std::fabs(value) <= largest_outcome)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s %s is not a number between -1e100 and 1e100", name, float8out_internal(value)),
                        errhint("Leave the row out with FILTER, or give NULL, which is skipped and counted.")));
    return value;
}

uint32 place_of(const ExperimentBase &state, const text *variant) {
    const Size size = VARSIZE_ANY_EXHDR(variant);
    uint32 i = 0;
    if (size > VariantSums::longest_name) return state.used;
    while (i < state.used && (std::memcmp(state.rows()[i].name, VARDATA_ANY(variant), size) != 0 ||
                              state.rows()[i].name[size] != '\0'))
        ++i;
    return i;
}

// The row of the variant that argument 1 names, a new one if necessary; the state may move.
VariantSums &row_of_argument(FunctionCallInfo fcinfo, Companion companion, ExperimentBase *&state) {
    const bool is_new = PG_ARGISNULL(0);
    state = value_state<ExperimentBase>(fcinfo);
    if (is_new) state->companion = companion;
    if (unlikely(state->companion != companion)) refuse_companions(state->companion, companion);
    const text *const variant = PG_GETARG_TEXT_PP(1);
    uint32 place = place_of(*state, variant);
    if (unlikely(place == state->used)) {
        char name[VariantSums::longest_name + 1];
        variant_name(name, variant);
        state = with_variant(state, name, &place);
    }
    VariantSums &row = state->rows()[place];
    check_customers(row);
    return row;
}

// (state, variant, outcome [, companion])
Datum accumulate(FunctionCallInfo fcinfo, Companion companion, const char *const (&names)[2]) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    ExperimentBase *state;
    VariantSums &row = row_of_argument(fcinfo, companion, state);
    if (PG_ARGISNULL(2) || (companion != Companion::none && PG_ARGISNULL(3))) {
        ++row.skipped;
        PG_RETURN_POINTER(state);
    }
    const double outcome = checked_number(names[0], PG_GETARG_FLOAT8(2));
    if (outcome != 0 && outcome != 1) state->zero_one = 0;
    if (companion == Companion::none)
        add_outcome(row, outcome);
    else
        add_outcome(row, outcome, checked_number(names[1], PG_GETARG_FLOAT8(3)));
    PG_RETURN_POINTER(state);
}

// A new base with the given companion, or the state as it is.
ExperimentBase *state_with(FunctionCallInfo fcinfo, Companion companion) {
    const bool is_new = PG_ARGISNULL(0);
    ExperimentBase *const state = value_state<ExperimentBase>(fcinfo);
    if (is_new) state->companion = companion;
    if (unlikely(state->companion != companion)) refuse_companions(state->companion, companion);
    return state;
}

VariantSums &named_row(ExperimentBase *&state, const char *called) {
    char name[VariantSums::longest_name + 1] = {};
    std::strncpy(name, called, VariantSums::longest_name);
    uint32 place = variant_place(*state, name);
    if (!is_variant(*state, place, name)) state = with_variant(state, name, &place);
    VariantSums &row = state->rows()[place];
    check_customers(row);
    return row;
}

double probability_argument(FunctionCallInfo fcinfo, int number, const char *name, const char *hint, bool may_be_0) {
    const double value = PG_GETARG_FLOAT8(number);
    if (unlikely(!(value <= 1 && (may_be_0 ? value >= 0 : value > 0)))) raise_out_of_range(name, value, hint);
    return value;
}

// The forms of a row -------------------------------------------------------------------------------------------------

struct NamedSum {
    const char *name;
    BinnedSum VariantSums::*sum;
    bool of_companion;
};

constexpr NamedSum all_sums[] = {{"y", &VariantSums::y, false},
                                 {"yy", &VariantSums::yy, false},
                                 {"z", &VariantSums::z, true},
                                 {"zz", &VariantSums::zz, true},
                                 {"yz", &VariantSums::yz, true}};

// For outcomes of 0 and 1 the sum is the number of ones, and so is the sum of squares. Weighted sums need not be whole.
bool is_of_ones(const VariantSums &row, bool weighted) {
    const double ones = row.y.value().hi;
    return row.y.top == row.yy.top && std::memcmp(row.y.part, row.yy.part, sizeof row.y.part) == 0 && ones >= 0 &&
           (weighted ? ones <= row.z.value().hi : ones <= static_cast<double>(row.customers) && ones == std::floor(ones));
}

const char *fault_of(const VariantSums &row, Companion companion, bool zero_one) {
    if (row.customers < 0 || row.skipped < 0 || row.customers > BinnedSum::most_terms || row.skipped > BinnedSum::most_terms)
        return "A number of customers is negative or above 2^37.";
    for (const NamedSum &each : all_sums)
        if (!(row.*each.sum).is_sum_of(row.customers)) return "A sum is not one of so many customers.";
    const bool weighted = companion == Companion::weight;
    // Weights are from 0 to 1.
    if (weighted && !(row.z.value().hi >= 0 && row.z.value().hi <= static_cast<double>(row.customers)))
        return "The weights are not between 0 and 1.";
    if (zero_one && !is_of_ones(row, weighted)) return "The outcomes are not 0 and 1.";
    return nullptr;
}

bool follows(const ExperimentBase &base, const char *name) {
    return base.used == 0 || std::memcmp(base.rows()[base.used - 1].name, name, VariantSums::longest_name) < 0;
}

constexpr char order_rule[] = "Variants stand in the order of their bytes, each once.";

}  // namespace

CLTV_FUNCTION(cltv_experiment_base_accum) {
    return accumulate(fcinfo, PG_NARGS() > 3 ? Companion::pre : Companion::none, {"outcome", "pre"});
}
CLTV_FUNCTION(cltv_experiment_ratio_base_accum) {
    return accumulate(fcinfo, Companion::denominator, {"numerator", "denominator"});
}
// (state, arm, reward, age, decay)
CLTV_FUNCTION(cltv_bandit_accum) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    ExperimentBase *state;
    VariantSums &row = row_of_argument(fcinfo, Companion::weight, state);
    if (PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4)) {
        ++row.skipped;
        PG_RETURN_POINTER(state);
    }
    const double reward = checked_number("reward", PG_GETARG_FLOAT8(2));
    const double age = amount_argument(fcinfo, 3, "age", "It is how many periods ago the reward came, 0 or more.");
    const double decay = PG_GETARG_FLOAT8(4);
    if (unlikely(!(decay > 0 && decay <= 1)))
        raise_out_of_range("decay", decay, "It is what a reward still weighs after a period: above 0, and 1 for all that came.");
    if (reward != 0 && reward != 1) state->zero_one = 0;
    add_weighted(row, reward, std::pow(decay, age));
    PG_RETURN_POINTER(state);
}

// (state, reward, logged_prob, target_prob [, model_value]): with w = target / logged, adds w r with companion w; where
// a model predicted m, also m + w (r - m) with companion w, as the variant "model".
CLTV_FUNCTION(cltv_policy_base_accum) {
    check_in_aggregate(fcinfo);
    ExperimentBase *state = state_with(fcinfo, Companion::denominator);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) {
            ++named_row(state, "").skipped;
            PG_RETURN_POINTER(state);
        }
    const double reward = checked_number("reward", PG_GETARG_FLOAT8(1));
    const double logged = probability_argument(fcinfo, 2, "logged_prob", "It is how probable the choice was when it was made: above 0, and at most 1.", false);
    const double target = probability_argument(fcinfo, 3, "target_prob", "It is how probable the same choice is with the other policy, from 0 to 1.", true);
    const double weight = checked_number("target_prob / logged_prob", target / logged);
    state->zero_one = 0;
    add_outcome(named_row(state, ""), checked_number("weighted reward", weight * reward), weight);
    if (PG_NARGS() > 4) {
        const double foretold = checked_number("model_value", PG_GETARG_FLOAT8(4));
        add_outcome(named_row(state, "model"), checked_number("corrected model_value", foretold + weight * (reward - foretold)), weight);
    }
    PG_RETURN_POINTER(state);
}

// (state, score): a promoter (9 or 10) counts 1, a detractor (0 to 6) -1.
CLTV_FUNCTION(cltv_nps_base_accum) {
    check_in_aggregate(fcinfo);
    ExperimentBase *state = state_with(fcinfo, Companion::none);
    VariantSums &row = named_row(state, "");
    if (PG_ARGISNULL(1)) {
        ++row.skipped;
        PG_RETURN_POINTER(state);
    }
    const int32 score = PG_GETARG_INT32(1);
    if (unlikely(score < 0 || score > 10)) raise_out_of_range("score", score, "An answer is a whole number from 0 to 10.");
    const double counts = score >= 9 ? 1 : score <= 6 ? -1 : 0;
    if (counts < 0) state->zero_one = 0;
    add_outcome(row, counts);
    PG_RETURN_POINTER(state);
}
CLTV_FUNCTION(cltv_experiment_base_combine) { return value_combine<ExperimentBase>(fcinfo); }

// Spare room is left behind.
CLTV_FUNCTION(cltv_experiment_base_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ExperimentBase &state = *value_argument<ExperimentBase>(fcinfo, 0);
    PG_RETURN_POINTER(copy_with_capacity(state, state.used));
}

// {"companion":"none","zero_one":true,"variants":[{"variant":"A","customers":2,"skipped":0,"y":[46,...],"yy":[...]}]},
// where a sum is the number of its first bin and the content of each bin.
CLTV_FUNCTION(cltv_experiment_base_out) {
    const ExperimentBase &base = *value_argument<ExperimentBase>(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfo(&out, "{\"companion\":\"%s\",\"zero_one\":%s,\"variants\":[", companions[static_cast<int>(base.companion)],
                     base.zero_one ? "true" : "false");
    for (uint32 i = 0; i < base.used; ++i) {
        const VariantSums &row = base.rows()[i];
        appendStringInfoString(&out, i == 0 ? "{\"variant\":" : ",{\"variant\":");
        append_text(&out, row.name, std::strlen(row.name));
        appendStringInfo(&out, ",\"customers\":%lld,\"skipped\":%lld", static_cast<long long>(row.customers),
                         static_cast<long long>(row.skipped));
        for (const NamedSum &each : all_sums) {
            if (each.of_companion && base.companion == Companion::none) continue;
            const BinnedSum &sum = row.*each.sum;
            appendStringInfo(&out, ",\"%s\":[%lld", each.name, static_cast<long long>(sum.top));
            for (const std::int64_t part : sum.part) appendStringInfo(&out, ",%lld", static_cast<long long>(part));
            appendStringInfoChar(&out, ']');
        }
        appendStringInfoChar(&out, '}');
    }
    appendStringInfoString(&out, "]}");
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_experiment_base_in) {
    Scanner scan(PG_GETARG_CSTRING(0), type_name);
    ExperimentBase *base = new_value<ExperimentBase>(ExperimentBase::capacity_for(1));
    scan.expect("{");
    scan.key("companion");
    char word[16];
    scan.string(word, sizeof word);
    uint32 kind = 0;
    while (kind < lengthof(companions) && std::strcmp(word, companions[kind]) != 0) ++kind;
    if (kind == lengthof(companions)) scan.fail("The companion is none, pre, denominator or weight.");
    base->companion = static_cast<Companion>(kind);
    scan.expect(",");
    scan.key("zero_one");
    base->zero_one = scan.accept("true");
    if (!base->zero_one) scan.expect("false");
    scan.expect(",");
    scan.key("variants");
    scan.array([&] {
        scan.expect("{");
        scan.key("variant");
        const ScannedText name = scan_text(scan);
        VariantSums row{};
        if (name.size > VariantSums::longest_name) scan.fail("The name of a variant has more than 63 bytes.");
        std::memcpy(row.name, name.data, name.size);
        scan.expect(",");
        scan.key("customers");
        row.customers = scan.integer();
        scan.expect(",");
        scan.key("skipped");
        row.skipped = scan.integer();
        for (const NamedSum &each : all_sums) {
            if (each.of_companion && base->companion == Companion::none) continue;
            BinnedSum &sum = row.*each.sum;
            scan.expect(",");
            scan.key(each.name);
            scan.expect("[");
            sum.top = scan.integer();
            for (std::int64_t &part : sum.part) {
                scan.expect(",");
                part = scan.integer();
            }
            scan.expect("]");
        }
        scan.expect("}");
        if (const char *fault = fault_of(row, base->companion, base->zero_one)) scan.fail(fault);
        if (!follows(*base, row.name)) scan.fail(order_rule);
        if (base->used >= ExperimentBase::most_variants) scan.fail("There are more than 1000 variants.");
        base = with_row(base, row);
    });
    scan.expect("}");
    scan.end();
    PG_RETURN_POINTER(copy_with_capacity(*base, base->used));
}

// Version, companion, zero_one, number of variants; for each the name as counted text, customers, skipped, the five
// sums.
CLTV_FUNCTION(cltv_experiment_base_send) {
    const ExperimentBase &base = *value_argument<ExperimentBase>(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    pq_sendint16(&out, base.version);
    pq_sendint8(&out, static_cast<uint8>(base.companion));
    pq_sendint8(&out, base.zero_one);
    pq_sendint32(&out, base.used);
    for (uint32 i = 0; i < base.used; ++i) {
        const VariantSums &row = base.rows()[i];
        StringInfoData name;
        initStringInfo(&name);
        pq_sendtext(&name, row.name, static_cast<int>(std::strlen(row.name)));
        pq_sendint32(&out, name.len);
        pq_sendbytes(&out, name.data, name.len);
        pq_sendint64(&out, row.customers);
        pq_sendint64(&out, row.skipped);
        for (const NamedSum &each : all_sums) {
            pq_sendint64(&out, (row.*each.sum).top);
            for (const std::int64_t part : (row.*each.sum).part) pq_sendint64(&out, part);
        }
    }
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_experiment_base_recv) {
    const auto check = [](bool good, const char *detail) { check_binary(good, type_name, detail); };
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    check(in->len - in->cursor >= 8, "The value is cut short.");
    check(pq_getmsgint(in, 2) == ExperimentBase::current_version, "The version is unknown.");
    const uint32 companion = pq_getmsgint(in, 1), zero_one = pq_getmsgint(in, 1), variants = pq_getmsgint(in, 4);
    check(companion < lengthof(companions), "The companion is unknown.");
    check(zero_one <= 1, "The mark of outcomes that are 0 or 1 is neither.");
    check(variants <= ExperimentBase::most_variants, "There are more than 1000 variants.");
    ExperimentBase *base = new_value<ExperimentBase>(variants);
    base->companion = static_cast<Companion>(companion);
    base->zero_one = static_cast<std::uint8_t>(zero_one);
    for (uint32 i = 0; i < variants; ++i) {
        CHECK_FOR_INTERRUPTS();
        const int bytes = static_cast<int>(pq_getmsgint(in, 4));
        check(bytes >= 0 && bytes <= in->len - in->cursor, "The value is cut short.");
        int size;
        const char *const name = pq_getmsgtext(in, bytes, &size);
        check(static_cast<Size>(size) <= VariantSums::longest_name, "The name of a variant has more than 63 bytes.");
        VariantSums row{};
        std::memcpy(row.name, name, static_cast<Size>(size));
        row.customers = pq_getmsgint64(in);
        row.skipped = pq_getmsgint64(in);
        for (const NamedSum &each : all_sums) {
            BinnedSum &sum = row.*each.sum;
            sum.top = pq_getmsgint64(in);
            for (std::int64_t &part : sum.part) part = pq_getmsgint64(in);
            check(!each.of_companion || base->companion != Companion::none || (sum.top == 0 && sum.is_sum_of(0)),
                  "There is a sum of what customers do not have.");
        }
        const char *const fault = fault_of(row, base->companion, zero_one);
        check(fault == nullptr, fault);
        check(follows(*base, row.name), order_rule);
        base->rows()[base->used++] = row;
    }
    PG_RETURN_POINTER(base);
}
