#include "pg/fit/attributes.hpp"

#include <algorithm>

#include "core/rows/coding.hpp"
#include "pg/base/customer_args.hpp"
#include "pg/base/fetched_value.hpp"
#include "pg/base/guard.hpp"
#include "pg/fit/fit.hpp"
#include "pg/rows/feature_base.hpp"

namespace cltv::pg {

namespace {

[[noreturn]] void raise_no_attributes(const StoredModel &model) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the model was fitted without attributes, but some are given"),
                    errhint("Leave them out, or fit a model with them, as in %s_fit(..., features(...)).", family_of(model).name)));
    pg_unreachable();
}

[[noreturn]] void raise_role(Role role, bool wanted) {
    const char *const name = role_name(role);
    if (wanted)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the model was fitted with attributes of %s, but none are given", name),
                        errhint("Give them as the argument %s, made by features() as for the fit.", name)));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the model was fitted without attributes of %s, and some are given", name),
                    errhint("Leave the argument %s out.", name)));
    pg_unreachable();
}

}  // namespace

void raise_mismatch(Role role, const Match &match) {
    const char *const column = role_name(role) == nullptr
                                   ? text_of(match.column)
                                   : psprintf("%s: %s", role_name(role), text_of(match.column));
    if (match.fault == MatchFault::missing)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("attribute %s of the model is not among those that are given", column),
                        errhint("Give all attributes of the fit by their names, and NULL for what is unknown.")));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("attribute %s is a number but was a category in the fit, or vice versa", column),
                    errhint("Build the attributes with the same expression as for the fit.")));
    pg_unreachable();
}

namespace {

// Missing numbers are refused: no coefficient says what they would have been.
void check_missing(const FeatureSet &set) {
    Missing missing;
    guarded([&] { missing = find_missing(set); });
    if (missing.share == 0) return;
    const Text name = set.name(missing.column);
    const char *const role = role_name(set.role(missing.column));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("attribute %s%s%s is NULL for %.3g %% of the customers", role ? role : "", role ? ": " : "",
                           text_of(name), 100 * missing.share),
                    errdetail("A model cannot use an unknown number."),
                    errhint("Fill in means: fill_missing(x, feature_means(base)); leave these customers out with WHERE or FILTER; or leave the "
                            "attribute out.")));
}

// A stored base may have been made for another model.
void check_role(const Family &family, Role role) {
    // Whether a response has one part or two, its base is the same, with attributes that have no role.
    if (family.learning != nullptr ? role == Role::any || role == Role::label
                                   : family.has_attributes_of(role) || (role == Role::label && family.survival != nullptr))
        return;
    StringInfoData roles;
    initStringInfo(&roles);
    for (const Role one : family.attributes)
        appendStringInfo(&roles, "%s%s", roles.len == 0 ? "" : " or on ",
                         role_name(one) ? role_name(one) : family.learning ? "the response" : "how long customers stay");
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("attributes of a model of kind %s act on %s, not on %s", family.name, roles.data,
                           role_name(role) ? role_name(role) : "customers at large"),
                    errhint("Make the base with attributes of these alone.")));
}

Targets targets_of(const Family &family) {
    return family.orders != nullptr  ? Targets::orders
           : family.spend != nullptr ? Targets::spend
           : family.survival != nullptr ? Targets::survival
           : family.learning != nullptr ? Targets::response
                                        : Targets::contracts;
}

[[noreturn]] void raise_targets(const Family &family, const FeatureSet &set) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("a feature_base of %s cannot be fitted by a model of %s", targets_name(set.targets),
                           targets_name(targets_of(family))),
                    errhint("Make the base with %s(...) of what %s takes.",
                            family.survival != nullptr   ? "survival_feature_base"
                            : family.learning != nullptr ? "response_feature_base"
                                                         : "feature_base",
                            family.fitted_by ? family.fitted_by : psprintf("%s_fit", family.name))));
    pg_unreachable();
}

}  // namespace

void check_features(const Family &family, const FeatureSet &set) {
    if (set.targets != targets_of(family)) raise_targets(family, set);
    for (int role = 0; role < n_roles; ++role)
        if (set.names_of[role].n > 0) check_role(family, static_cast<Role>(role));
    // Trees learn where a missing number belongs.
    if (family.learning == nullptr || !family.learning->of_trees) check_missing(set);
}

void check_same(const FeatureSet &set) {
    if (set.is_bare()) return;
    Namesakes namesakes;
    guarded([&] { namesakes = find_namesakes(set); });
    if (!namesakes.any)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("no attribute acts on purchases and on dropout, so that none can have the same effect on both"),
                        errhint("Give attributes of the same names as purchases and as dropout, or leave same out.")));
    if (namesakes.different < 0) return;
    const char *const name = text_of(set.name(static_cast<uint32>(namesakes.different)));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("attribute %s has other values as dropout than as purchases for some customers", name),
                    errdetail("It cannot have the same effect on both."),
                    errhint("Give the same features() for both, or leave same out.")));
}

Datum fit_features(FunctionCallInfo fcinfo, const Family &family) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    const double prior = prior_argument(fcinfo, 1);
    const Effects effects = effects_argument(fcinfo, 2);
    check_features(family, set);
    if (effects.same) check_same(set);
    if (set.is_bare()) PG_RETURN_NULL();
    if (family.orders != nullptr && family.orders->discrete)
        for (uint32 i = 0; i < set.used; ++i)
            checked_discrete({set.rows()[i].target[0], set.rows()[i].target[1], set.rows()[i].target[2]});
    StoredModel *model;
    guarded([&] { model = store(family, with_skipped(family.fit_attributes(set, prior, effects, interrupt_pending), set)); });
    report(fcinfo, family, *model);
    PG_RETURN_POINTER(model);
}

Datum fit_best_features(FunctionCallInfo fcinfo, const Family &one, FamilyFit (*fit)(const FeatureSet &, double, Effects, Stop)) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    const double prior = prior_argument(fcinfo, 1);
    const Effects effects = effects_argument(fcinfo, 2);
    check_features(one, set);
    if (effects.same) check_same(set);
    if (set.is_bare()) PG_RETURN_NULL();
    StoredModel *model;
    const Family *family;
    guarded([&] {
        const FamilyFit best = fit(set, prior, effects, interrupt_pending);
        family = best.family;
        model = store(*family, with_skipped(best.fit, set));
    });
    report(fcinfo, *family, *model);
    PG_RETURN_POINTER(model);
}

const StoredModel &model_of_rows(FunctionCallInfo fcinfo, int argument) {
    return *reinterpret_cast<const StoredModel *>(value_of_rows(fcinfo, argument));
}

CustomerAttributes::CustomerAttributes(FunctionCallInfo fcinfo, const StoredModel &model, int first,
                                       std::initializer_list<Role> roles)
    : shift_(form_of(model).shift()), design_(model.design()), n_form_(static_cast<int>(form_of(model).parameters.size)) {
    std::copy(roles.begin(), roles.end(), roles_);
    const int n = static_cast<int>(roles.size());
    bool any = false;
    for (int i = 0; i < n; ++i) any = any || !PG_ARGISNULL(first + i);
    if (unlikely(design_ == nullptr && any)) raise_no_attributes(model);
    known_ = design_ == nullptr;
    if (!any) return;
    known_ = true;
    for (int i = 0; i < n; ++i) {
        const bool wanted = has_role(*design_, roles_[i]);
        if (unlikely(wanted == PG_ARGISNULL(first + i))) raise_role(roles_[i], wanted);
        if (!wanted) continue;
        features_[i] = features_argument(fcinfo, first + i);
        if (!model.is_usable()) continue;
        const Match match = linear_predictor(*design_, model.values + n_form_, roles_[i], *features_[i]);
        if (unlikely(match.fault != MatchFault::none)) raise_mismatch(roles_[i], match);
        known_ = known_ && !match.unknown;
    }
}

void CustomerAttributes::own(const double *parameters, double *own) const {
    if (design_ == nullptr) {
        std::copy(parameters, parameters + n_form_, own);
        return;
    }
    double predictor[most] = {};
    for (int i = 0; i < most; ++i)
        if (features_[i] != nullptr)
            predictor[i] = linear_predictor(*design_, parameters + n_form_, roles_[i], *features_[i]).sum;
    shift_(parameters, predictor[0], predictor[1], own);
}

const double *customer_parameters(FunctionCallInfo fcinfo, const StoredModel &model, int first,
                                  std::initializer_list<Role> roles, double *own) {
    bool given = false;
    for (int i = first; i < first + static_cast<int>(roles.size()) && i < PG_NARGS(); ++i) given = given || !PG_ARGISNULL(i);
    if (!given) {
        check_without_attributes(model);
        return model.is_usable() ? model.parameters() : nullptr;
    }
    const CustomerAttributes attributes(fcinfo, model, first, roles);
    if (!model.is_usable() || !attributes.known()) return nullptr;
    attributes.own(model.parameters(), own);
    return own;
}

}  // namespace cltv::pg
