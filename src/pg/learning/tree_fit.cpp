// Models of trees: tree_fit, forest_fit, boost_fit, and their predictions.
#include "core/learning/tree_fit.hpp"

#include <cmath>
#include <cstring>

#include "core/fit/tree_table.hpp"
#include "pg/base/choice_argument.hpp"
#include "pg/base/fetched_value.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/learning/learning_set.hpp"
#include "pg/learning/tree_predict.hpp"

extern "C" {
#include "utils/jsonb.h"
#include "utils/numeric.h"
}

namespace cltv::pg {

void code_or_raise(const StoredModel &model, const Features &x, CodedCustomer &customer) {
    const Match match = code_customer(*model.trees(), *model.design(), x, customer);
    if (unlikely(match.fault != MatchFault::none)) raise_mismatch(Role::any, match);
}

// The table of the trees that a query uses, from the row on at which it pays off. Until then, and where the table would
// be large or the model is not a stored one, nullptr.
static const TreeTable *table_of_rows(FunctionCallInfo fcinfo, const StoredModel &model) {
    constexpr int rows_to_wait = 10000;
    constexpr std::size_t most_bytes = std::size_t{8} << 20;  // what caches hold, and less than a megabyte is usual
    FetchedValue *const keeper = keeper_of_rows(fcinfo, &model);
    if (keeper == nullptr) return nullptr;
    if (likely(keeper->made != nullptr)) return static_cast<const TreeTable *>(keeper->made);
    if (likely(keeper->rows > rows_to_wait) || ++keeper->rows < rows_to_wait) return nullptr;
    ++keeper->rows;  // used once
    guarded([&] {
        const std::size_t bytes = TreeTable::bytes(*model.trees());
        if (bytes == 0 || bytes > most_bytes) return;
        keeper->drop = [](void *made) { delete static_cast<TreeTable *>(made); };
        keeper->made = new TreeTable(*model.trees(), interrupt_pending);
    });
    return static_cast<const TreeTable *>(keeper->made);
}

void find_margins(FunctionCallInfo fcinfo, const StoredModel &model, const Features &x, double offset,
                  double (&margins)[most_outputs]) {
    const Trees &trees = *model.trees();
    if (unlikely(offset != 0 && (trees.objective == TreeObjective::mean || trees.objective == TreeObjective::ziln)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("offset %s has no meaning for a model of kind %s without a predictor that it adds to",
                               float8out_internal(offset), family_of(model).name),
                        errhint("Leave it out, or fit with boost_fit under another objective.")));
    CodedCustomer customer;
    code_or_raise(model, x, customer);
    if (const TreeTable *const table = table_of_rows(fcinfo, model))
        table->margins(customer, margins);
    else
        margins_of(trees, customer, margins);
    margins[0] += offset;
}

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

namespace {

int checked_trees(int trees) {
    if (trees < 1 || trees > 10000)
        raise_setting("trees", psprintf("%d", trees), "between 1 and 10000", "Some hundreds are usual.");
    return trees;
}

int checked_depth(int depth) {
    if (depth < 1 || depth > deepest_tree)
        raise_setting("max_depth", psprintf("%d", depth), "between 1 and 20",
                      "It is how many questions may follow one another; a tree has up to 2^max_depth leaves.");
    return depth;
}

double checked_rows(double rows) {
    if (!(rows >= 1 && rows <= 9007199254740992.0))
        raise_setting("min_rows", float8out_internal(rows), "a number from 1 up", "It is how many customers every leaf has.");
    return rows;
}

// {"tenure": -1}: the attribute's number in the set, and whether the margin may only rise or only fall with it.
void read_monotone(const Jsonb *json, const FeatureSet &set, int8 *signs) {
    constexpr char hint[] = "Write {\"ATTRIBUTE\": 1} where the prediction may not fall with it, and -1 where it may not rise.";
    if (!JB_ROOT_IS_OBJECT(json))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("monotone must be a JSON object"), errhint("%s", hint)));
    JsonbIterator *iterator = JsonbIteratorInit(const_cast<JsonbContainer *>(&json->root));
    JsonbValue item;
    uint32 column = 0;
    for (JsonbIteratorToken token; (token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE;) {
        if (token == WJB_KEY) {
            const Text name = {item.val.string.val, static_cast<std::size_t>(item.val.string.len)};
            column = 0;
            while (column < set.n_attributes() && !(set.name(column) == name)) ++column;
            if (column == set.n_attributes())
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                errmsg("monotone names %s, which is not an attribute of the customers", text_of(name)),
                                errhint("feature_names() lists them.")));
            if (set.kind(column) == FeatureKind::category)
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                errmsg("monotone names %s, which is a category", text_of(name)),
                                errhint("Levels have no order: give numbers where they have one.")));
        } else if (token == WJB_VALUE) {
            const double sign = item.type == jbvNumeric ? DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
                                                                                            NumericGetDatum(item.val.numeric)))
                                                        : 2;
            if (sign != -1 && sign != 0 && sign != 1)
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                errmsg("monotone says neither 1 nor -1 of %s", text_of(set.name(column))), errhint("%s", hint)));
            signs[column] = static_cast<int8>(sign);
        }
    }
}

struct NamedObjective {
    const char *name;
    TreeObjective objective;
    Asks asks;
};
const NamedObjective objectives[] = {{"squared", TreeObjective::squared, Asks::nothing},
                                     {"logistic", TreeObjective::logistic, Asks::yes_or_no},
                                     {"poisson", TreeObjective::poisson, Asks::counts},
                                     {"gamma", TreeObjective::gamma, Asks::positive_amounts},
                                     {"ziln", TreeObjective::ziln, Asks::amounts}};

Datum fit_boosted(FunctionCallInfo fcinfo, const NamedObjective &named) {
    struct {
        int trees = 200, max_depth = 4, early_stop = 20;
        double rate = 0.05, min_rows = 20, lambda = 1;
        uint64 seed = 1;
    } s;
    int8 *signs = nullptr;
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    if (PG_NARGS() > 1) {
        s.trees = checked_trees(PG_GETARG_INT32(2));
        s.rate = PG_GETARG_FLOAT8(3);
        if (!(s.rate > 0 && s.rate <= 1))
            raise_setting("rate", float8out_internal(s.rate), "above 0 and up to 1",
                          "It is the share of its best step that each tree takes: the smaller, the more trees are needed.");
        s.max_depth = checked_depth(PG_GETARG_INT32(4));
        s.min_rows = checked_rows(PG_GETARG_FLOAT8(5));
        s.lambda = PG_GETARG_FLOAT8(6) + 0.0;
        if (!(s.lambda >= 0 && std::isfinite(s.lambda)))
            raise_setting("lambda", float8out_internal(s.lambda), "a finite number from 0 up",
                          "It holds what leaves add near 0; 1 is usual.");
        s.early_stop = PG_GETARG_INT32(8);
        if (s.early_stop < 0)
            raise_setting("early_stop", psprintf("%d", s.early_stop), "0 or above",
                          "It is after how many trees without progress to stop; 0 learns from all customers.");
        s.seed = checked_seed(PG_GETARG_INT64(9));
    }
    const FeatureSet &set = checked_set(fcinfo, boosted::family, named.asks);
    if (named.objective == TreeObjective::ziln) check_no_offsets(set, "boost_fit under the objective ziln");
    if (PG_NARGS() > 1) {
        signs = static_cast<int8 *>(palloc0(set.n_attributes() + 1));
        read_monotone(PG_GETARG_JSONB_P(7), set, signs);
    }
    return fit_set(fcinfo, boosted::family, set, [&](const FeatureSet &customers, Stop stop) {
        TreeSettings settings;
        settings.objective = named.objective;
        settings.trees = s.trees;
        settings.max_depth = s.max_depth;
        settings.early_stop = s.early_stop;
        settings.rate = s.rate;
        settings.min_rows = s.min_rows;
        settings.lambda = s.lambda;
        settings.seed = s.seed;
        if (signs != nullptr) settings.monotone.assign(signs, signs + customers.n_attributes());
        return fit_boost(customers, settings, stop);
    });
}

}  // namespace

// (base [, max_depth, min_rows])
CLTV_FUNCTION(cltv_tree_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    TreeSettings settings;
    settings.max_depth = PG_NARGS() > 1 ? checked_depth(PG_GETARG_INT32(1)) : 4;
    settings.min_rows = PG_NARGS() > 1 ? checked_rows(PG_GETARG_FLOAT8(2)) : 50;
    const FeatureSet &set = checked_set(fcinfo, tree::family, Asks::nothing);
    check_no_offsets(set, "tree_fit");
    return fit_set(fcinfo, tree::family, set,
                        [&](const FeatureSet &customers, Stop stop) { return fit_tree(customers, settings, stop); });
}

// (base [, trees, max_depth, min_rows, seed])
CLTV_FUNCTION(cltv_forest_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    TreeSettings settings;
    settings.trees = PG_NARGS() > 1 ? checked_trees(PG_GETARG_INT32(1)) : 200;
    settings.max_depth = PG_NARGS() > 1 ? checked_depth(PG_GETARG_INT32(2)) : 12;
    settings.min_rows = PG_NARGS() > 1 ? checked_rows(PG_GETARG_FLOAT8(3)) : 5;
    settings.seed = PG_NARGS() > 1 ? checked_seed(PG_GETARG_INT64(4)) : 1;
    const FeatureSet &set = checked_set(fcinfo, forest::family, Asks::nothing);
    check_no_offsets(set, "forest_fit");
    return fit_set(fcinfo, forest::family, set,
                        [&](const FeatureSet &customers, Stop stop) { return fit_forest(customers, settings, stop); });
}

// (base)
CLTV_FUNCTION(cltv_boost_fit_number) { return fit_boosted(fcinfo, objectives[0]); }
CLTV_FUNCTION(cltv_boost_fit_yes_or_no) { return fit_boosted(fcinfo, objectives[1]); }

// (base, objective, trees, rate, max_depth, min_rows, lambda, monotone, early_stop, seed)
CLTV_FUNCTION(cltv_boost_fit) {
    return fit_boosted(fcinfo, choice_argument(
                                   fcinfo, 1, objectives, [](const NamedObjective &one) { return one.name; }, "objective",
                                   "Use squared, logistic, poisson, gamma or ziln."));
}
