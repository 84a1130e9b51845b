#include "pg/segments/segment_rules.hpp"

#include <cstring>

namespace cltv::pg {
namespace {

struct ScoreKey {
    const char *name;
    ScoreRange SegmentRule::*range;
};

constexpr ScoreKey score_keys[] = {
    {"r", &SegmentRule::r}, {"f", &SegmentRule::f}, {"m", &SegmentRule::m}, {"fm", &SegmentRule::fm}};

bool is_text(const JsonbValue &value, const char *text) {
    return static_cast<std::size_t>(value.val.string.len) == std::strlen(text) &&
           std::memcmp(value.val.string.val, text, value.val.string.len) == 0;
}

[[noreturn]] void raise_bad_rules() {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("rules must be a JSON array of objects"),
                    errhint("The usual rules are an example: SELECT rfm_rules().")));
    pg_unreachable();
}

[[noreturn]] void raise_bad_scores(int number, const char *key, JsonbValue value) {
    Jsonb *json = JsonbValueToJsonb(&value);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("rule %d: \"%s\" must be a score from 1 to 5 or a range [least, most] of two: %s", number,
                           key, JsonbToCString(nullptr, &json->root, VARSIZE(json))),
                    errhint("Leave the key out where any score will do.")));
    pg_unreachable();
}

// 0 for anything but a whole number from 1 to 5.
int score_of(const JsonbValue &value) {
    if (value.type != jbvNumeric) return 0;
    const double number =
        DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value.val.numeric)));
    return number == 1 || number == 2 || number == 3 || number == 4 || number == 5 ? static_cast<int>(number) : 0;
}

// The range that a rule's key gives; {0, 0} for what is not a range.
ScoreRange range_of(const JsonbValue &value) {
    const int score = score_of(value);
    if (score != 0) return {score, score};
    if (value.type != jbvBinary || !JsonContainerIsArray(value.val.binary.data) ||
        JsonContainerSize(value.val.binary.data) != 2)
        return {0, 0};
    const int least = score_of(*getIthJsonbValueFromContainer(value.val.binary.data, 0));
    const int most = score_of(*getIthJsonbValueFromContainer(value.val.binary.data, 1));
    return least != 0 && least <= most ? ScoreRange{least, most} : ScoreRange{0, 0};
}

void read_key(SegmentRule &rule, int number, const JsonbValue &key, const JsonbValue &value) {
    if (is_text(key, "segment")) {
        if (value.type != jbvString || value.val.string.len == 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("rule %d: \"segment\" must be a text that is not empty", number)));
        rule.segment = pnstrdup(value.val.string.val, value.val.string.len);
        return;
    }
    for (const ScoreKey &scores : score_keys) {
        if (!is_text(key, scores.name)) continue;
        rule.*scores.range = range_of(value);
        if ((rule.*scores.range).least == 0) raise_bad_scores(number, scores.name, value);
        return;
    }
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("rule %d: unknown key \"%.*s\"", number, key.val.string.len, key.val.string.val),
                    errhint("The keys are segment, r, f, m and fm, the mean of f and m with a half rounded up.")));
}

SegmentRule read_rule(const JsonbValue &object, int number) {
    if (object.type != jbvBinary || !JsonContainerIsObject(object.val.binary.data)) raise_bad_rules();
    SegmentRule rule{};
    JsonbIterator *at = JsonbIteratorInit(object.val.binary.data);
    JsonbValue key, value;
    JsonbIteratorNext(&at, &key, true);
    while (JsonbIteratorNext(&at, &key, true) == WJB_KEY) {
        JsonbIteratorNext(&at, &value, true);
        read_key(rule, number, key, value);
    }
    if (rule.segment == nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("rule %d has no segment", number),
                        errhint("The key \"segment\" is the name that the rule gives.")));
    return rule;
}

void check_complete(const Segments &segments) {
    const int cell = first_unnamed_cell(segments);
    if (cell == rfm_cells) return;
    int unnamed = 0;
    for (const char *segment : segments) unnamed += segment == nullptr;
    const CellScores scores = scores_of_cell(cell);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the rules give no segment to r %d, f %d, m %d", scores.r, scores.f, scores.m),
                    errdetail("%d of the %d combinations of scores are without a segment.", unnamed, rfm_cells),
                    errhint("A last rule without scores, {\"segment\": \"Other\"}, takes what the others leave.")));
}

void append_range(StringInfo out, const char *key, ScoreRange range) {
    if (range.least == range.most)
        appendStringInfo(out, ", \"%s\": %d", key, range.least);
    else if (range.least != 1 || range.most != 5)
        appendStringInfo(out, ", \"%s\": [%d, %d]", key, range.least, range.most);
}

}  // namespace

Segments read_segment_rules(Jsonb *rules) {
    if (!JB_ROOT_IS_ARRAY(rules) || JB_ROOT_IS_SCALAR(rules)) raise_bad_rules();
    Segments segments{};
    JsonbIterator *at = JsonbIteratorInit(&rules->root);
    JsonbValue element;
    JsonbIteratorNext(&at, &element, true);
    for (int number = 1; JsonbIteratorNext(&at, &element, true) == WJB_ELEM; ++number) {
        CHECK_FOR_INTERRUPTS();
        apply_rule(segments, read_rule(element, number));
    }
    check_complete(segments);
    return segments;
}

Datum usual_rules_as_jsonb() {
    StringInfoData out;
    initStringInfo(&out);
    for (const SegmentRule &rule : usual_rules) {
        appendStringInfo(&out, "%c{\"segment\": \"%s\"", out.len == 0 ? '[' : ',', rule.segment);
        for (const ScoreKey &scores : score_keys) append_range(&out, scores.name, rule.*scores.range);
        appendStringInfoChar(&out, '}');
    }
    appendStringInfoChar(&out, ']');
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data));
}

}  // namespace cltv::pg
