#include "core/fit/model.hpp"

#include <algorithm>
#include <cmath>

#include "core/fit/family.hpp"
#include "core/rows/calendar_clock.hpp"

namespace cltv {

Fit refused(Status status, double customers, int subject, int iterations) {
    Fit fit;
    fit.status = status;
    fit.subject = subject;
    fit.iterations = iterations;
    fit.customers = customers;
    return fit;
}

Fit given(const double *parameters, int n_parameters) {
    Fit fit = refused(Status::given, 0);
    fit.parameters.assign(parameters, parameters + n_parameters);
    fit.states.assign(fit.parameters.size(), ParameterState::estimated);
    return fit;
}

namespace {

// Finds the column of purchases that has the same name as a column of dropout; false if there is none.
bool find_twin(const Design &design, const StoredColumn &column, StoredColumn &twin) {
    if (column.role() != Role::dropout) return false;
    twin = first_column(design);
    for (int i = 0; i < design.n_columns; ++i) {
        if (i > 0) twin = twin.next();
        if (twin.role() == Role::purchases && twin.name() == column.name()) return true;
    }
    return false;
}

// Where effects are the same: the number of dropout's coefficients that are not counted because they are those of
// purchases.
int n_twins(const ModelView &model) {
    int twins = 0;
    const int first = model.n_parameters - model.design->n_coefficients -
                      (model.calendar != nullptr ? static_cast<int>(n_coefficients(*model.calendar)) : 0);
    StoredColumn column = first_column(*model.design), twin = column;
    for (int i = 0; i < model.design->n_columns; ++i) {
        if (i > 0) column = column.next();
        if (!find_twin(*model.design, column, twin)) continue;
        for (std::uint32_t c = 0; c < column.n_coefficients(); ++c) {
            const int at = first + static_cast<int>(column.first_coefficient() + c);
            twins += model.states[at] == ParameterState::estimated ||
                     (model.states[at] == ParameterState::penalised && model.parameters[at] != 0);
        }
    }
    return twins;
}

// Whether some attributes act on both, with the same levels and, where customers leave in this form, the same
// coefficients.
bool are_same(const ModelView &model, int first) {
    bool any = false;
    StoredColumn column = first_column(*model.design), twin = column;
    for (int i = 0; i < model.design->n_columns; ++i) {
        if (i > 0) column = column.next();
        if (!find_twin(*model.design, column, twin)) continue;
        any = true;
        if (column.kind() != twin.kind() || column.n_coefficients() != twin.n_coefficients() || column.has_other() != twin.has_other())
            return false;
        for (std::uint32_t level = 0; column.kind() == FeatureKind::category && level < column.n_levels(); ++level)
            if (compare_levels(column.level(level), twin.level(level)) != 0) return false;
        for (std::uint32_t c = 0; c < column.n_coefficients(); ++c) {
            const double here = model.parameters[first + static_cast<int>(column.first_coefficient() + c)];
            const double there = model.parameters[first + static_cast<int>(twin.first_coefficient() + c)];
            if (here != there && !std::isnan(here)) return false;
        }
    }
    return any;
}

}  // namespace

int free_parameters(const ModelView &model) {
    int free = 0;
    for (int i = 0; i < model.n_parameters; ++i)
        free += model.states[i] == ParameterState::estimated ||
                (model.states[i] == ParameterState::penalised && model.parameters[i] != 0);
    return model.same ? free - n_twins(model) : free;
}

namespace {

const char *find_fault(double value, ParameterState state, const Parameter &parameter) {
    const bool positive = parameter.domain != Domain::real, share = parameter.domain == Domain::share;
    if (state > ParameterState::penalised) return "The state of a parameter is unknown.";
    if (parameter.domain == Domain::number)
        return value >= 1 && value <= most_number && value == std::floor(value) && state == ParameterState::chosen
                   ? nullptr
                   : "A parameter that is a number must be a whole one from 1 to 50.";
    if (parameter.domain == Domain::choice)
        return value >= 0 && std::isfinite(value) && state == ParameterState::chosen ? nullptr
                                                                                     : "A penalty must be 0 or above.";
    if (parameter.domain == Domain::power)
        return value > 1 && value < 2 && state == ParameterState::chosen ? nullptr
                                                                         : "A power must be above 1 and below 2.";
    if (state == ParameterState::chosen) return "Only a number, a power and a penalty are chosen.";
    if (state != ParameterState::estimated && state != ParameterState::penalised && (parameter.other_states & bit(state)) == 0) state = ParameterState::estimated;
    switch (state) {
        case ParameterState::penalised:
        case ParameterState::estimated:
            if (std::isfinite(value) && (value > 0 || !positive) && (value < 1 || !share)) return nullptr;
            if (share) return "A share must be above 0 and below 1.";
            return positive ? "Every parameter must be a finite number above 0." : "Every parameter must be finite.";
        case ParameterState::at_zero:
            return value == 0 && positive ? nullptr : "A parameter at 0 must be 0.";
        case ParameterState::at_infinity:
            return std::isinf(value) && (value > 0 || !positive) ? nullptr : "A parameter at infinity must be infinite.";
        case ParameterState::unidentified:
            return std::isnan(value) ? nullptr : "A parameter that is not identified has no value.";
        case ParameterState::chosen:
            break;
    }
    return nullptr;
}

// A coefficient of an attribute may be of either sign; those of dropout are not identified where nobody leaves.
constexpr Parameter coefficient = {"coefficient", Domain::real, bit(ParameterState::unidentified)};

// Whether the estimated parameters, and no others, have finite entries, with correlations of at most 1.
bool is_covariance(const ModelView &model) {
    const auto estimated = [&](int i) { return model.states[i] == ParameterState::estimated; };
    const auto variance = [&](int i) { return model.covariance[covariance_index(i, i)]; };
    for (int i = 0; i < model.n_parameters; ++i)
        for (int j = 0; j <= i; ++j) {
            const double covariance = model.covariance[covariance_index(i, j)];
            if (!estimated(i) || !estimated(j)) {
                if (!std::isnan(covariance)) return false;
            } else if (!(variance(i) >= 0 && variance(j) >= 0 &&
                         std::fabs(covariance) <= std::sqrt(variance(i)) * std::sqrt(variance(j)) * (1 + 1e-9))) {
                return false;
            }
        }
    return true;
}

}  // namespace

const char *find_fault(const ModelView &model, const Family &family) {
    const Form *form = family.find_form(model.form);
    if (form == nullptr) return "The family has no such limit.";
    if (model.status > Status::penalised) return "The status is unknown.";
    if ((model.status == Status::boundary) && model.form == 0) return "A model at a boundary has the form of a limit.";

    // The parameters of the form, then the coefficients of attributes, then those of the calendar.
    const int n_form = static_cast<int>(form->parameters.size);
    if (model.design != nullptr && family.fit_attributes == nullptr)
        return "Models of this family have no attributes.";
    if (model.design != nullptr) {
        if (model.n_parameters > 0 && form->shift() == nullptr && form->survival == nullptr &&
            form->learning == nullptr)
            return "This limit of the family knows no attributes.";
        StoredColumn column = first_column(*model.design);
        for (int i = 0; i < model.design->n_columns; ++i) {
            if (i > 0) column = column.next();
            if (!family.has_attributes_of(column.role())) return "Attributes of this family do not act on that.";
        }
    }
    // pool.hpp reads as many parameters as the family has.
    const bool of_segments = model.status >= Status::prior && model.status <= Status::pooled;
    if (of_segments && family.pool_orders == nullptr && family.pool_spend == nullptr)
        return "Segments of this family are not pooled.";
    if (of_segments && (model.form != 0 || model.design != nullptr || model.calendar != nullptr))
        return "A model of segments is within its family, without attributes and calendar.";
    if (model.calendar != nullptr && family.fit_calendar == nullptr) return "Models of this family have no calendar.";
    if (model.calendar != nullptr && n_dropout_columns(*model.calendar) > 0 && form->orders->dated == nullptr)
        return "Customers of this model do not leave in time, so that no calendar acts on dropout.";
    const int in_calendar = model.calendar != nullptr ? static_cast<int>(n_coefficients(*model.calendar)) : 0;
    const bool of_trees = is_of_trees(family.kind), of_net = family.kind == Kind::mlp;
    const bool bare = lacks_coefficients(family.kind);
    const int n = n_form + (model.design != nullptr && !bare ? model.design->n_coefficients : 0) + in_calendar;
    // Nothing in the data determines the model's prediction, but a prior may bound it.
    const bool by_prior_alone =
        model.status == Status::no_repeat_purchases || model.status == Status::nobody_churned;
    const bool held = model.status == Status::penalised;
    if (form->learning != nullptr) {
        if (held != (model.n_parameters > 0 && form->penalised))
            return "A penalised model has the form of one, and no other has.";
    } else if (held != (model.penalty > 0)) {
        return "A penalised model says its penalty, and no other has one.";
    }
    if (!(model.penalty >= 0 && std::isfinite(model.penalty))) return "A penalty must be a finite number from 0 up.";
    if (model.penalty > 0 && (form->shift() == nullptr || model.design == nullptr))
        return "What a penalty holds are the coefficients of attributes.";
    if (model.same && (model.n_parameters != n || model.design == nullptr || form->orders == nullptr || !are_same(model, n_form)))
        return "Effects that are the same are those of attributes of one name on purchases and on dropout.";
    const bool fitted = model.status == Status::converged || held || model.status == Status::boundary ||
                        model.status == Status::weak || of_segments || by_prior_alone;
    const bool predicts = model.n_parameters > 0;
    if ((model.trees != nullptr) != (of_trees && predicts)) return "A fitted model of trees has trees, and no other has.";
    if ((model.net != nullptr) != (of_net && predicts)) return "A fitted neural net has its weights, and no other model has.";
    if ((model.means != nullptr) != (form->learning != nullptr && !bare && predicts && fitted))
        return "A fitted regression on a response has the means of its attributes, and no other model has.";
    if (model.means != nullptr)
        for (int i = 0, coefficients = model.design == nullptr ? 0 : model.design->n_coefficients; i < coefficients; ++i)
            if (!std::isfinite(model.means[i]) || !(model.means[coefficients + i] >= 0 && std::isfinite(model.means[coefficients + i])))
                return "The means of attributes must be finite, and their standard deviations 0 or above.";
    if (bare && (model.robust || model.prior)) return "A model of trees or of a net has no errors and no prior.";
    if (model.status == Status::given || (fitted && !by_prior_alone)
            ? model.n_parameters != n
            : predicts && (!fitted || model.n_parameters != n))
        return fitted || model.status == Status::given ? "The model does not have the parameters of its form."
                                                       : "A model without a usable fit has no parameters.";
    if (!predicts && model.form != 0) return "A model without parameters has no form.";

    const bool names_parameter =
        model.status == Status::runaway || model.status == Status::ridge || model.status == Status::weak;
    const bool names_column = model.status == Status::constant || model.status == Status::collinear ||
                              model.status == Status::separated;
    const int columns = (model.design != nullptr ? model.design->n_columns : 0) + in_calendar;
    if (names_column && columns == 0) return "The status refers to attributes that the model does not have.";
    const int subjects = model.status == Status::runaway ? n : names_parameter ? n_form : names_column ? columns : 0;
    if (subjects > 0 ? model.subject < 0 || model.subject >= subjects : model.subject != -1)
        return "The status refers to a parameter that the model does not have.";
    if (model.iterations < 0) return "The number of iterations is negative.";
    if (!std::isfinite(model.customers) || model.customers < 0)
        return "The number of customers is not a number from 0 up.";
    if (!std::isfinite(model.skipped) || model.skipped < 0)
        return "The number of skipped rows is not a number from 0 up.";
    if (model.prior && !(fitted && predicts)) return "Only a fit with parameters has a prior.";
    if (model.baseline != nullptr && (form->survival == nullptr || !predicts || !fitted))
        return "Only a fitted model of survival has a baseline.";
    if (model.robust && !(form->learning != nullptr && predicts && fitted) && model.baseline == nullptr)
        return "Only a fitted model of survival or of a response has robust errors.";
    if ((form->survival != nullptr || form->learning != nullptr) && model.design == nullptr)
        return "A model of survival or of a response has attributes.";

    for (int i = 0; i < model.n_parameters; ++i)
        if (const char *fault = find_fault(model.parameters[i], model.states[i],
                                           i < n_form ? form->parameters[i] : coefficient))
            return fault;
    if (of_segments)
        for (int i = 0; i < model.n_parameters; ++i)
            if (model.states[i] != ParameterState::estimated) return "A model of segments knows all of its parameters.";
    if (!predicts || !fitted) {
        if (!std::isnan(model.log_likelihood) || model.covariance != nullptr)
            return "Only a fit with parameters has a log-likelihood and a covariance.";
        if (model.status == Status::given && (model.customers != 0 || model.iterations != 0 || model.skipped != 0))
            return "A model that was given, not fitted, has no customers and no iterations.";
        return nullptr;
    }
    if (bare) {
        if (!std::isnan(model.log_likelihood) || model.covariance != nullptr || model.status != Status::converged)
            return "A model of trees or of a net has no log-likelihood and no covariance.";
        if (of_trees && (model.trees->objective != TreeObjective::mean) != (family.kind == Kind::boost))
            return "Trees that correct one another have an objective, and no others.";
        if (!(model.customers > 0)) return "A converged fit has customers.";
        return of_trees ? find_fault(*model.trees, *model.design) : find_fault(*model.net, *model.design);
    }
    if (!std::isfinite(model.log_likelihood)) return "A converged fit has a finite log-likelihood.";
    if (form->survival != nullptr) {
        if (model.baseline == nullptr) return "A fitted model of survival has a baseline.";
        if ((model.baseline->n_strata > 0) != form->survival->has_baseline())
            return "A model of proportional hazards has strata, or one for all, and no other model has.";
        if (!std::isfinite(model.baseline->null_log_likelihood) || !std::isfinite(model.baseline->centre))
            return "The numbers of a baseline must be finite.";
        if (!(model.baseline->events > 0 && model.baseline->events <= model.customers))
            return "Of the customers of a model of survival some have left, and no more than there are.";
    }
    if (!(model.customers > 0) && model.status != Status::pooled) return "A converged fit has customers.";
    for (int i = 0; i < model.n_parameters; ++i)
        if (held ? model.states[i] != ParameterState::penalised && model.states[i] != ParameterState::chosen &&
                       !(model.penalty > 0 && model.states[i] == ParameterState::unidentified)
                 : model.states[i] == ParameterState::penalised)
            return "All parameters of a penalised model are, and of no other model.";
    if (held) return model.covariance == nullptr ? nullptr : "The errors of a penalised fit are not known.";
    if (model.covariance == nullptr) return "A converged fit has a covariance.";
    if (!is_covariance(model)) return "The covariance is not that of any parameters.";
    return nullptr;
}

}  // namespace cltv
