// Explanations of models of a response: explain, feature_importance, tree_rules.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/learning/tree_shap.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/base/scan.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/fit/number_or_null.hpp"
#include "pg/learning/tree_predict.hpp"

extern "C" {
#include "utils/builtins.h"
}

using namespace cltv;
using namespace cltv::pg;

namespace {

constexpr char of_all[] = "(base)";

// A row of a result: texts without data are NULL, and so are numbers that are NaN.
struct ToldRow {
    const char *first, *second;
    double number, other;
};
using ToldRows = PallocList<ToldRow>;

// The rows that make(rows) appends, one per call. columns(row, values, nulls) fills a tuple.
template <class Make, class Columns>
Datum return_rows(FunctionCallInfo fcinfo, Make &&make, Columns &&columns) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        ToldRows *const rows = static_cast<ToldRows *>(palloc0(sizeof(ToldRows)));
        make(*rows);
        context->user_fctx = rows;
        context->max_calls = rows->size;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    Datum values[3];
    bool nulls[3] = {};
    columns(static_cast<const ToldRows *>(context->user_fctx)->data[context->call_cntr], values, nulls);
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
}

void put_text(const char *text, Datum &value, bool &null) {
    null = text == nullptr;
    value = null ? Datum{0} : CStringGetTextDatum(text);
}

void put_number(double number, Datum &value, bool &null) {
    null = std::isnan(number);
    value = null ? Datum{0} : Float8GetDatum(number);
}

char *number_text(double number) {
    StringInfoData text;
    initStringInfo(&text);
    append_number(&text, number);
    return text.data;
}

// The contributions of a net's units cannot be attributed to single attributes.
void check_no_net(const LearningFamily &family) {
    if (family.of_net)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a neural net does not say what its attributes add"),
                        errhint("Fit boost_fit to the same base: it is explained, and mostly predicts better.")));
}

// The value of an attribute by its name.
FeatureValue value_of(const Features &x, const Text &name, FeatureKind kind) {
    NameBlock names(x.names());
    for (int i = 0; i < x.n; ++i) {
        if (!(names.next() == name)) continue;
        const FeatureValue value = x.value(i);
        if (value.kind != FeatureKind::null && value.kind != kind)
            raise_mismatch(Role::any, {MatchFault::kind, name, false, 0});
        return value;
    }
    raise_mismatch(Role::any, {MatchFault::missing, name, false, 0});
}

const char *value_text(const FeatureValue &value) {
    return value.kind == FeatureKind::number     ? number_text(value.number)
           : value.kind == FeatureKind::category ? text_of(value.text)
                                                 : nullptr;
}

const char *margin_prefix(TreeObjective objective, int output) {
    if (objective != TreeObjective::ziln) return "";
    return output == 0 ? "purchases: " : output == 1 ? "spend: " : "sigma: ";
}

// Linear predictors: the contribution of each attribute relative to the mean over the customers of the fit.
void explain_linear(const StoredModel &model, const LearningFamily &family, const Features &x, ToldRows &rows) {
    const double *const coefficients = model.values + form_of(model).parameters.size;
    const double *const means = model.means();
    for (int part = 0; part < (family.of_both ? 2 : 1); ++part) {
        const Role role = !family.of_both ? Role::any : part == 0 ? Role::purchases : Role::spend;
        const uint32 first = rows.size;
        rows.append() = {family.of_both ? psprintf("%s: %s", role_name(role), of_all) : of_all, nullptr, model.values[part], 0};
        StoredColumn column = first_column(*model.design());
        for (int i = 0; i < model.design()->n_columns; ++i) {
            if (i > 0) column = column.next();
            if (column.role() != role) continue;
            const FeatureValue value = value_of(x, column.name(), column.kind());
            double on_average = 0, own = 0;
            for (uint32 j = column.first_coefficient(); j < column.first_coefficient() + column.n_coefficients(); ++j)
                on_average += coefficients[j] * means[j];
            if (column.kind() == FeatureKind::number) {
                own = value.kind == FeatureKind::null ? none : coefficients[column.first_coefficient()] * value.number;
            } else {
                const int level = column.coefficient_of(value.kind == FeatureKind::null ? Text{nullptr, 0} : value.text);
                if (level >= 0) own = coefficients[column.first_coefficient() + static_cast<uint32>(level)];
            }
            rows.data[first].number += on_average;
            rows.append() = {column_title(column), value_text(value), own - on_average, 0};
        }
    }
}

void explain_by_trees(const StoredModel &model, const Features &x, ToldRows &rows) {
    const Trees &trees = *model.trees();
    CodedCustomer customer;
    code_or_raise(model, x, customer);
    const int outputs = trees.n_outputs();
    double *const base = static_cast<double *>(palloc(outputs * sizeof(double)));
    double *const added = static_cast<double *>(palloc(Size{trees.n_columns} * outputs * sizeof(double)));
    guarded([&] {
        const TreeContributions all = explain_trees(trees, customer, interrupt_pending);
        std::copy(all.base.begin(), all.base.end(), base);
        std::copy(all.added.begin(), all.added.end(), added);
    });
    for (int output = 0; output < outputs; ++output) {
        const char *const prefix = margin_prefix(trees.objective, output);
        rows.append() = {psprintf("%s%s", prefix, of_all), nullptr, base[output], 0};
        StoredColumn column = first_column(*model.design());
        for (uint32 c = 0; c < trees.n_columns; ++c) {
            if (c > 0) column = column.next();
            rows.append() = {psprintf("%s%s", prefix, column_title(column)),
                             value_text(value_of(x, column.name(), column.kind())), added[output * trees.n_columns + c], 0};
        }
    }
}

// Adds each row's share among the rows from `first` on.
void put_shares(ToldRows &rows, uint32 first) {
    double total = 0;
    for (uint32 i = first; i < rows.size; ++i) total += rows.data[i].number;
    for (uint32 i = first; i < rows.size; ++i) rows.data[i].other = total > 0 ? rows.data[i].number / total : none;
}

// The variance, over the customers of the fit, of an attribute's contribution to the predictor.
double variance_of(const StoredColumn &column, const double *coefficients, const double *means, const double *deviations) {
    double mean = 0, square = 0;
    for (uint32 j = column.first_coefficient(); j < column.first_coefficient() + column.n_coefficients(); ++j) {
        if (column.kind() == FeatureKind::number) return coefficients[j] * coefficients[j] * deviations[j] * deviations[j];
        mean += coefficients[j] * means[j];
        square += coefficients[j] * coefficients[j] * means[j];
    }
    return std::max(0.0, square - mean * mean);
}

void tell_importance(const StoredModel &model, const LearningFamily &family, ToldRows &rows) {
    if (family.of_trees) {
        const Trees &trees = *model.trees();
        const int outputs = trees.n_outputs();
        double *const gains = static_cast<double *>(palloc(Size{trees.n_columns} * outputs * sizeof(double)));
        guarded([&] {
            const std::vector<double> all = gains_of(trees);
            std::copy(all.begin(), all.end(), gains);
        });
        for (int output = 0; output < outputs; ++output) {
            const uint32 first = rows.size;
            StoredColumn column = first_column(*model.design());
            for (uint32 c = 0; c < trees.n_columns; ++c) {
                if (c > 0) column = column.next();
                rows.append() = {psprintf("%s%s", margin_prefix(trees.objective, output), column_title(column)), nullptr,
                                 gains[output * trees.n_columns + c], 0};
            }
            put_shares(rows, first);
        }
        return;
    }
    const double *const coefficients = model.values + form_of(model).parameters.size;
    const double *const means = model.means();
    uint32 first = 0;
    Role role = first_column(*model.design()).role();
    StoredColumn column = first_column(*model.design());
    for (int i = 0; i < model.design()->n_columns; ++i) {
        if (i > 0) column = column.next();
        if (column.role() != role) {
            put_shares(rows, first);
            first = rows.size;
            role = column.role();
        }
        rows.append() = {column_title(column), nullptr,
                         variance_of(column, coefficients, means, means + model.n_attribute_coefficients()), 0};
    }
    put_shares(rows, first);
}

// What the path to a leaf says about an attribute.
struct Condition {
    bool asked;
    double low, high;      // above and up to; infinite: nothing
    bool known, unknown;   // whether a known number, or a missing one, comes here
    CodeSet codes;         // of a category
};

class TreeRules {
public:
    TreeRules(const StoredModel &model, ToldRows &rows) : model_(model), trees_(*model.trees()), rows_(rows) {
        conditions_ = static_cast<Condition *>(palloc0(trees_.n_columns * sizeof(Condition)));
        constexpr double infinity = std::numeric_limits<double>::infinity();
        for (uint32 c = 0; c < trees_.n_columns; ++c) {
            conditions_[c] = {false, -infinity, infinity, true, true, {}};
            std::memset(&conditions_[c].codes, 0xFF, sizeof(CodeSet));
        }
        follow(0);
    }

private:
    void follow(uint32 number) {
        const TreeNode &node = trees_.nodes()[number];
        if (node.is_leaf(number)) {
            rows_.append() = {rule(), nullptr, trees_.covers()[number], trees_.values()[number]};
            return;
        }
        Condition &condition = conditions_[node.attribute()];
        const Condition before = condition;
        for (const bool right : {false, true}) {
            condition.asked = true;
            if (node.asks_set()) {
                const CodeSet &set = trees_.sets()[node.where - TreeNode::first_set];
                for (int i = 0; i < 4; ++i) condition.codes.bits[i] &= right ? set.bits[i] : ~set.bits[i];
            } else {
                if (node.where == TreeNode::above_all) {
                    condition.known = condition.known && !right;
                } else {
                    const double cut = trees_.cuts()[trees_.cuts_begin()[node.attribute()] + node.where];
                    if (right)
                        condition.low = std::max(condition.low, cut);
                    else
                        condition.high = std::min(condition.high, cut);
                }
                condition.unknown = condition.unknown && right == node.unknown_goes_right();
            }
            follow(node.left + (right ? 1 : 0));
            condition = before;
        }
    }

    char *rule() const {
        StringInfoData text;
        initStringInfo(&text);
        StoredColumn column = first_column(*model_.design());
        for (uint32 c = 0; c < trees_.n_columns; ++c) {
            if (c > 0) column = column.next();
            if (!conditions_[c].asked) continue;
            StringInfoData one;
            initStringInfo(&one);
            if (column.kind() == FeatureKind::number)
                append_number_rule(&one, column, conditions_[c]);
            else
                append_level_rule(&one, column, conditions_[c]);
            if (one.len > 0) appendStringInfo(&text, "%s%s", text.len > 0 ? " AND " : "", one.data);
        }
        if (text.len == 0) appendStringInfoString(&text, "true");
        return text.data;
    }

    static void append_number_rule(StringInfo out, const StoredColumn &column, const Condition &condition) {
        const char *const name = quote_identifier(text_of(column.name()));
        if (!condition.known) {
            appendStringInfo(out, "%s IS NULL", name);
            return;
        }
        StringInfoData range;
        initStringInfo(&range);
        if (std::isfinite(condition.low)) appendStringInfo(&range, "%s > %s", name, number_text(condition.low));
        if (std::isfinite(condition.high))
            appendStringInfo(&range, "%s%s <= %s", range.len > 0 ? " AND " : "", name, number_text(condition.high));
        if (range.len == 0) {
            if (!condition.unknown) appendStringInfo(out, "%s IS NOT NULL", name);
        } else if (condition.unknown) {
            appendStringInfo(out, "(%s OR %s IS NULL)", range.data, name);
        } else {
            appendStringInfoString(out, range.data);
        }
    }

    // Levels that the model does not name count as one of those for which it has codes.
    static void append_level_rule(StringInfo out, const StoredColumn &column, const Condition &condition) {
        const char *const name = quote_identifier(text_of(column.name()));
        const uint32 all_others = column.has_other() ? column.n_levels() : 0;
        const bool with_others = condition.codes.has(all_others);
        const bool with_null =
            condition.codes.has(static_cast<unsigned>(column.coefficient_of(Text{nullptr, 0}) + 1));
        StringInfoData list;
        initStringInfo(&list);
        int n = 0;
        for (uint32 level = 0; level < column.n_levels(); ++level) {
            const Text text = column.level(level);
            if (is_unknown(text) || condition.codes.has(level) == with_others) continue;
            appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", quote_literal_cstr(text_of(text)));
            ++n;
        }
        if (list.len == 0) {
            if (with_others != with_null) appendStringInfo(out, "%s IS %sNULL", name, with_others ? "NOT " : "");
            return;
        }
        if (n == 1 && with_others && with_null) {
            appendStringInfo(out, "%s IS DISTINCT FROM %s", name, list.data);
            return;
        }
        const char *const in = n == 1 ? psprintf("%s %s %s", name, with_others ? "<>" : "=", list.data)
                                      : psprintf("%s %s (%s)", name, with_others ? "NOT IN" : "IN", list.data);
        if (with_null)
            appendStringInfo(out, "(%s OR %s IS NULL)", in, name);
        else
            appendStringInfoString(out, in);
    }

    const StoredModel &model_;
    const Trees &trees_;
    ToldRows &rows_;
    Condition *conditions_;
};

}  // namespace

// (model, x) -> rows (feature, value, contribution)
CLTV_FUNCTION(cltv_explain) {
    return return_rows(
        fcinfo,
        [&](ToldRows &rows) {
            const StoredModel &model = *model_argument(fcinfo, 0);
            const LearningFamily &family = learning_family(model);
            check_no_net(family);
            if (!model.is_usable()) return;
            const Features &x = *features_argument(fcinfo, 1);
            if (family.of_trees)
                explain_by_trees(model, x, rows);
            else
                explain_linear(model, family, x, rows);
        },
        [](const ToldRow &row, Datum *values, bool *nulls) {
            put_text(row.first, values[0], nulls[0]);
            put_text(row.second, values[1], nulls[1]);
            put_number(row.number, values[2], nulls[2]);
        });
}

// (model) -> rows (feature, importance, share)
CLTV_FUNCTION(cltv_feature_importance) {
    return return_rows(
        fcinfo,
        [&](ToldRows &rows) {
            const StoredModel &model = *model_argument(fcinfo, 0);
            const LearningFamily &family = learning_family(model);
            check_no_net(family);
            if (model.is_usable()) tell_importance(model, family, rows);
        },
        [](const ToldRow &row, Datum *values, bool *nulls) {
            put_text(row.first, values[0], nulls[0]);
            put_number(row.number, values[1], nulls[1]);
            put_number(row.other, values[2], nulls[2]);
        });
}

// (model) -> rows (rule, customers, prediction)
CLTV_FUNCTION(cltv_tree_rules) {
    return return_rows(
        fcinfo,
        [&](ToldRows &rows) {
            const StoredModel &model = *model_argument(fcinfo, 0);
            learning_family(model);
            if (model.kind != static_cast<uint16>(Kind::tree))
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                errmsg("a model of kind %s is not one tree", family_of(model).name),
                                errhint("tree_fit makes one; explain(model, x) explains the prediction of any model.")));
            if (model.is_usable()) TreeRules(model, rows);
        },
        [](const ToldRow &row, Datum *values, bool *nulls) {
            put_text(row.first, values[0], nulls[0]);
            put_number(row.number, values[1], nulls[1]);
            put_number(row.other, values[2], nulls[2]);
        });
}
