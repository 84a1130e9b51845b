// rfm_segment, by the usual rules and by the user's own.
#include "core/segments/rfm_segment.hpp"

#include <cmath>
#include <cstring>

#include "pg/base/postgres.hpp"
#include "pg/segments/segment_rules.hpp"

namespace cltv::pg {
namespace {

int quintile_argument(FunctionCallInfo fcinfo, int number, const char *name) {
    const double score = PG_GETARG_FLOAT8(number);
    if (unlikely(!(score >= 1 && score <= 5)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s score must be between 1 and 5: %s", name, float8out_internal(score)),
                        errhint("Rescale a score out of n bins by ceil(score * 5.0 / n).")));
    if (unlikely(score != std::floor(score)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s score must be a whole number: %s", name, float8out_internal(score)),
                        errhint("Round a mean of scores, by round or ceil.")));
    return static_cast<int>(score);
}

int cell_argument(FunctionCallInfo fcinfo) {
    const int r = quintile_argument(fcinfo, 0, "recency"), f = quintile_argument(fcinfo, 1, "frequency"),
              m = quintile_argument(fcinfo, 2, "monetary");
    return rfm_cell(r, f, m);
}

// The rules of the last call and their meaning. All rows of a query usually have the same ones; but a cached expression
// may see others, even if its argument is a parameter, so every call compares.
struct ReadRules {
    MemoryContext context;
    Jsonb *rules;
    Segments segments;
};

bool is_same(const Jsonb *a, const Jsonb *b) {
    return VARSIZE(a) == VARSIZE(b) && std::memcmp(a, b, VARSIZE(a)) == 0;
}

void read_rules(ReadRules *read, Jsonb *rules) {
    read->rules = nullptr;  // an error below leaves none
    MemoryContextReset(read->context);
    MemoryContext caller = MemoryContextSwitchTo(read->context);
    read->segments = read_segment_rules(rules);
    read->rules = static_cast<Jsonb *>(std::memcpy(palloc(VARSIZE(rules)), rules, VARSIZE(rules)));
    MemoryContextSwitchTo(caller);
}

const Segments &rules_argument(FunctionCallInfo fcinfo, int number) {
    FmgrInfo *function = fcinfo->flinfo;
    auto *read = static_cast<ReadRules *>(function->fn_extra);
    if (unlikely(read == nullptr)) {
        read = static_cast<ReadRules *>(MemoryContextAllocZero(function->fn_mcxt, sizeof(ReadRules)));
        read->context = AllocSetContextCreate(function->fn_mcxt, "rfm_segment rules", ALLOCSET_SMALL_SIZES);
        function->fn_extra = read;
    }
    Jsonb *rules = PG_GETARG_JSONB_P(number);
    if (unlikely(read->rules == nullptr || !is_same(read->rules, rules))) read_rules(read, rules);
    return read->segments;
}

}  // namespace
}  // namespace cltv::pg

using namespace cltv::pg;

CLTV_FUNCTION(cltv_rfm_segment) {
    PG_RETURN_TEXT_P(cstring_to_text(cltv::usual_segments[cell_argument(fcinfo)]));
}

CLTV_FUNCTION(cltv_rfm_segment_by_rules) {
    PG_RETURN_TEXT_P(cstring_to_text(rules_argument(fcinfo, 3)[cell_argument(fcinfo)]));
}

CLTV_FUNCTION(cltv_rfm_rules) { PG_RETURN_DATUM(usual_rules_as_jsonb()); }
