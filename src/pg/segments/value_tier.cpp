// The window function value_tier.
#include "core/segments/value_tier.hpp"

#include <cmath>
#include <cstring>

#include "pg/base/guard.hpp"
#include "pg/base/postgres.hpp"
#include "pg/segments/partition.hpp"

namespace cltv::pg {
namespace {

enum Argument { value_argument, shares_argument, by_argument };

struct Terms {
    bool by_revenue;
    TierShares shares;
};

bool operator==(const Terms &a, const Terms &b) {
    return a.by_revenue == b.by_revenue && a.shares.high == b.shares.high && a.shares.medium == b.shares.medium;
}

// State of one partition; the executor zeroes it before the first row.
struct Partition {
    bool ready;
    bool terms_unknown;
    Terms terms;
    TierCuts cuts;
};

struct TierValue {
    using Value = double;
    static Value get(Datum datum) { return DatumGetFloat8(datum); }
    static Value check(Value value) {
        if (unlikely(!std::isfinite(value)))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("value must be a finite number: %s", float8out_internal(value)),
                            errhint("Give each customer's value, or NULL where it is unknown.")));
        return value;
    }
};

TierShares read_shares(Datum datum) {
    const ArrayType *array = DatumGetArrayTypeP(datum);
    if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != 2 || array_contains_nulls(const_cast<ArrayType *>(array)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("shares must be two numbers, the bounds of High and of Medium"),
                        errhint("The usual ones are '{0.2,0.5}': High to 20 %%, Medium to 50 %%, Low the rest.")));
    const auto *numbers = reinterpret_cast<const double *>(ARR_DATA_PTR(array));
    const TierShares shares{numbers[0], numbers[1]};
    if (!(shares.high >= 0 && shares.high < shares.medium && shares.medium <= 1))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("shares must rise and lie between 0 and 1: %s and %s", float8out_internal(shares.high),
                               float8out_internal(shares.medium)),
                        errhint("Shares are cumulative: '{0.2,0.5}' is 20 %% High and the next 30 %% Medium.")));
    return shares;
}

bool read_by(Datum datum) {
    const char *by = TextDatumGetCString(datum);
    if (std::strcmp(by, "customers") == 0) return false;
    if (std::strcmp(by, "revenue") == 0) return true;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("by must be customers or revenue: \"%s\"", by),
                    errhint("By customers, High are the first 20 %% of them; by revenue, those that bring in the first "
                            "20 %% of it.")));
    pg_unreachable();
}

MemoryContext scratch_of(FunctionCallInfo fcinfo) {
    FmgrInfo *function = fcinfo->flinfo;
    if (function->fn_extra == nullptr) function->fn_extra = new_scratch(fcinfo);
    return static_cast<MemoryContext>(function->fn_extra);
}

// shares and by of the partition's first row, which all others must share; NULL leaves the partition without tiers.
void read_terms(FunctionCallInfo fcinfo, WindowObject window, int rows, MemoryContext scratch, Partition &partition) {
    bool shares_unknown, by_unknown;
    const Datum shares = WinGetFuncArgCurrent(window, shares_argument, &shares_unknown);
    if (!shares_unknown) partition.terms.shares = read_shares(shares);
    const Datum by = WinGetFuncArgCurrent(window, by_argument, &by_unknown);
    if (!by_unknown) partition.terms.by_revenue = read_by(by);
    partition.terms_unknown = shares_unknown || by_unknown;

    const Terms &terms = partition.terms;
    check_same_in_partition(fcinfo, window, shares_argument, "shares", rows, scratch, [&](Datum other, bool is_null) {
        return is_null == shares_unknown && (is_null || Terms{terms.by_revenue, read_shares(other)} == terms);
    });
    check_same_in_partition(fcinfo, window, by_argument, "by", rows, scratch, [&](Datum other, bool is_null) {
        return is_null == by_unknown && (is_null || read_by(other) == terms.by_revenue);
    });
}

void cut_partition(FunctionCallInfo fcinfo, WindowObject window, Partition &partition) {
    MemoryContext scratch = scratch_of(fcinfo);
    const int rows = count_rows(window, "value_tier");
    read_terms(fcinfo, window, rows, scratch, partition);
    partition.ready = true;
    if (partition.terms_unknown) return;

    auto values = Gathered<TierValue>::with_room(rows);
    for_each_row_of_partition(rows, scratch, [&](int row) { values.take(window, value_argument, row); });
    const Terms &terms = partition.terms;
    guarded([&] {
        partition.cuts = terms.by_revenue
                             ? tiers_by_revenue(values.values, values.count, terms.shares, interrupt_pending)
                             : tiers_by_customers(values.values, values.count, terms.shares, interrupt_pending);
    });
    pfree(values.values);
}

const char *tier_name(Tier tier) {
    switch (tier) {
        case Tier::high:
            return "High";
        case Tier::medium:
            return "Medium";
        case Tier::low:
            return "Low";
    }
    pg_unreachable();
}

}  // namespace
}  // namespace cltv::pg

using namespace cltv::pg;

CLTV_FUNCTION(cltv_value_tier) {
    WindowObject window = PG_WINDOW_OBJECT();
    auto *partition = static_cast<Partition *>(WinGetPartitionLocalMemory(window, sizeof(Partition)));
    if (!partition->ready) cut_partition(fcinfo, window, *partition);
    bool is_null;
    const Datum value = WinGetFuncArgCurrent(window, value_argument, &is_null);
    if (is_null || partition->terms_unknown) PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(tier_name(partition->cuts.tier(DatumGetFloat8(value)))));
}
