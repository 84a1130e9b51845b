// Models with attributes: their fits, and what predictions need from them.
#pragma once

#include <initializer_list>

#include "core/fit/family.hpp"
#include "core/fit/family_fit.hpp"
#include "core/rows/feature_set.hpp"
#include "pg/base/postgres.hpp"
#include "pg/fit/cltv_model.hpp"
#include "pg/rows/features.hpp"

namespace cltv::pg {

// (base [, prior]): the final function of the fits of a family with attributes.
Datum fit_features(FunctionCallInfo fcinfo, const Family &family);

// The same for the best of several families, all of which have the requirements of `one`.
Datum fit_best_features(FunctionCallInfo fcinfo, const Family &one, FamilyFit (*fit)(const FeatureSet &, double, Effects, Stop));

// Checks what a fit needs of a feature_base: that its targets are those of the family and its attributes are of roles
// that the family knows, and that no number is missing. Raises 22023.
void check_features(const Family &family, const FeatureSet &set);

// Checks what a fit with the same effects on purchases and on dropout needs: that some attribute acts on both, with the
// same values. Raises 22023.
void check_same(const FeatureSet &set);

// The fit of a base; rows that the base skipped count as skipped by the fit.
inline Fit with_skipped(Fit fit, const FeatureSet &set) {
    fit.skipped += set.skipped;
    return fit;
}

// Raises 22023, saying why a row of attributes does not match a design.
[[noreturn]] void raise_mismatch(Role role, const Match &match);

// The attributes of a customer as arguments of a prediction, from number `first` on: of purchases and of dropout, or of
// the given role. Each is NULL if it is not given.
class CustomerAttributes {
public:
    // Raises 22023 where the model has no attributes and some are given, or has others than are given. If all of them
    // are NULL, nothing is known about the customer, which is enough for a model without attributes.
    CustomerAttributes(FunctionCallInfo fcinfo, const StoredModel &model, int first,
                       std::initializer_list<Role> roles = {Role::purchases, Role::dropout});

    // Whether a prediction can be made: no number that the model needs is NULL.
    bool known() const { return known_; }

    // The parameters of this customer, from those of a model or of one with other values.
    void own(const double *parameters, double *own) const;

private:
    static constexpr int most = 2;

    Shift shift_;
    const Design *design_;
    int n_form_;
    Role roles_[most] = {};
    const Features *features_[most] = {};
    bool known_ = false;
};

constexpr int most_form_parameters = 5;

// The parameters to predict with, where attributes are arguments that may be left out or NULL: the model's own or, for
// a model with attributes, the customer's, written to `own`; nullptr where nothing can be predicted. Raises errors as
// CustomerAttributes does, and where the model has attributes and none are given.
const double *customer_parameters(FunctionCallInfo fcinfo, const StoredModel &model, int first,
                                  std::initializer_list<Role> roles, double *own);

// The model argument. A model that is stored out of line, or compressed, is fetched once for all rows, not for each.
const StoredModel &model_of_rows(FunctionCallInfo fcinfo, int argument);

}  // namespace cltv::pg
