// The SQL type cltv_model: one model of any family, stored flat.
#pragma once

#include "core/fit/family.hpp"
#include "core/fit/model.hpp"
#include "core/rows/calendar_clock.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

// Storage is main: only a model of 8 kB, such as one with 50 attributes, leaves its row, so that a prediction reads the
// datum in place. The header is followed by the parameters of the model's form and then the coefficients of attributes
// and of a calendar; the lower triangle of their covariance (for a fit that has parameters); the parameters' states, a
// byte each; and four sections, each padded to a multiple of 8 bytes: the design of the attributes and the calendar
// that a model was fitted with, the baseline of a survival model, and the trees of a model of trees. What comes last
// depends on the model: for a regression on a response, the means and the standard deviations of what its attributes'
// coefficients multiply; the weights of a neural net; or the penalty of a model of orders, spend or contracts with
// penalised attributes.
struct StoredModel {
    int32 vl_len_;  // varlena header
    uint16 version;
    uint16 kind;
    uint16 form;
    uint16 status;
    int16 subject;
    uint16 n_parameters;
    int32 iterations;
    uint32 flags;
    double customers;
    double skipped;
    double log_likelihood;
    uint32 design_size;
    uint32 calendar_size;
    uint32 baseline_size;
    uint32 trees_size;
    double values[FLEXIBLE_ARRAY_MEMBER];

    static constexpr uint16 current_version = 3;
    static constexpr uint32 has_covariance = 1, has_prior = 2, is_robust = 4, has_means = 8, has_net = 16,
                            has_penalty = 32, has_same = 64;

    const double *parameters() const { return values; }
    const double *covariance() const { return flags & has_covariance ? values + n_parameters : nullptr; }
    const ParameterState *states() const {
        const int n_covariance = flags & has_covariance ? n_covariances(n_parameters) : 0;
        return reinterpret_cast<const ParameterState *>(values + n_parameters + n_covariance);
    }
    double *covariance() { return const_cast<double *>(static_cast<const StoredModel *>(this)->covariance()); }
    ParameterState *states() { return const_cast<ParameterState *>(static_cast<const StoredModel *>(this)->states()); }

    const Design *design() const {
        return design_size == 0 ? nullptr
                                : reinterpret_cast<const Design *>(reinterpret_cast<const char *>(states()) +
                                                                   padded(n_parameters * sizeof(ParameterState)));
    }
    Design *design() { return const_cast<Design *>(static_cast<const StoredModel *>(this)->design()); }
    const Calendar *calendar() const {
        return calendar_size == 0 ? nullptr
                                  : reinterpret_cast<const Calendar *>(reinterpret_cast<const char *>(states()) +
                                                                       padded(n_parameters * sizeof(ParameterState)) + design_size);
    }
    Calendar *calendar() { return const_cast<Calendar *>(static_cast<const StoredModel *>(this)->calendar()); }
    const Baseline *baseline() const {
        return baseline_size == 0 ? nullptr
                                  : reinterpret_cast<const Baseline *>(reinterpret_cast<const char *>(states()) +
                                                                       padded(n_parameters * sizeof(ParameterState)) +
                                                                       design_size + calendar_size);
    }
    Baseline *baseline() { return const_cast<Baseline *>(static_cast<const StoredModel *>(this)->baseline()); }
    const Trees *trees() const {
        return trees_size == 0 ? nullptr
                               : reinterpret_cast<const Trees *>(reinterpret_cast<const char *>(states()) +
                                                                 padded(n_parameters * sizeof(ParameterState)) +
                                                                 design_size + calendar_size + baseline_size);
    }
    Trees *trees() { return const_cast<Trees *>(static_cast<const StoredModel *>(this)->trees()); }
    const double *means() const { return flags & has_means ? static_cast<const double *>(last_part()) : nullptr; }
    double *means() { return const_cast<double *>(static_cast<const StoredModel *>(this)->means()); }
    const Net *net() const { return flags & has_net ? static_cast<const Net *>(last_part()) : nullptr; }
    double penalty() const { return flags & has_penalty ? *static_cast<const double *>(last_part()) : 0; }
    void set_penalty(double penalty) { *static_cast<double *>(const_cast<void *>(last_part())) = penalty; }
    Net *net() { return const_cast<Net *>(static_cast<const StoredModel *>(this)->net()); }
    int n_attribute_coefficients() const {
        return design_size == 0 || lacks_coefficients(static_cast<Kind>(kind)) ? 0 : design()->n_coefficients;
    }
    int n_calendar_coefficients() const {
        return calendar_size == 0 ? 0 : static_cast<int>(cltv::n_coefficients(*calendar()));
    }
    int n_coefficients() const { return n_attribute_coefficients() + n_calendar_coefficients(); }
    const double *calendar_coefficients() const { return values + n_parameters - n_calendar_coefficients(); }
    Status model_status() const { return static_cast<Status>(status); }
    bool is_usable() const { return n_parameters > 0; }
    ModelView view() const {
        return {model_status(), form,       subject,        iterations,
                customers,      skipped,    log_likelihood, (flags & has_prior) != 0,
                n_parameters,   parameters(), states(),     covariance(),
                design(),       calendar(), baseline(),     (flags & is_robust) != 0,
                trees(),        means(),    net(),          penalty(),
                (flags & has_same) != 0};
    }

private:
    // What follows the four sections.
    const void *last_part() const {
        return reinterpret_cast<const char *>(states()) + padded(n_parameters * sizeof(ParameterState)) + design_size +
               calendar_size + baseline_size + trees_size;
    }
};

// The model's family and its form; raises an error where the kind, the form or the version is from the future.
const Family &family_of(const StoredModel &model);
const Form &form_of(const StoredModel &model);

// Called within a guard: throws std::bad_alloc.
StoredModel *store(const Family &family, const Fit &fit);

// A model with only its size, shape and penalty set, to be filled. means: their number; net: its bytes.
StoredModel *new_model(const Family &family, int n_parameters, bool with_covariance, Size design = 0, Size calendar = 0,
                       Size baseline = 0, Size trees = 0, Size means = 0, Size net = 0, double penalty = 0);

// The end of every fit: if it refuses, a WARNING says why, and for which group. A query with many refused groups
// reports only the first few. what: the end of the function's name, after that of the family.
void report(FunctionCallInfo fcinfo, const Family &family, const StoredModel &model, const char *what = "fit");

// The same for a function that keeps something else in fn_extra: every refusal is reported, without its group.
void report(const Family &family, const StoredModel &model, const char *what = "fit");

// A model from the parameters that an SQL function was called with, in the family's order.
Datum given_model(const Family &family, FunctionCallInfo fcinfo);

// "converged", "runaway: alpha", ...; palloc'd where it names a parameter or a limit.
const char *status_text(const StoredModel &model);

// Names of statuses: those that end in ": " are followed by the name of a parameter, a limit or an attribute.
struct StatusName {
    Status status;
    const char *name;
};
View<StatusName> status_names();

// The name of a parameter, which may be the coefficient of an attribute or of a calendar: "alpha", "purchases:
// country=AT", "season: december".
const char *parameter_name(const StoredModel &model, int index);

// "purchases: country", the attribute to which a column of a design belongs.
const char *column_title(const StoredColumn &column);
// "season: december", by the number of the coefficient.
const char *season_title(const Calendar &calendar, int coefficient);

const StoredModel *model_argument(FunctionCallInfo fcinfo, int argument);

// The same, but raises an error where the model is not of the family, or class of families, that the function works
// for.
const StoredModel *model_argument(FunctionCallInfo fcinfo, int argument, const Family &family, const char *hint = nullptr);
// Models with attributes, or with a calendar, raise an error too, for callers who do not know the customer's
// attributes, or the days of the purchases; any_... is for callers who do.
const OrdersFamily &any_orders_family(const StoredModel &model);
const OrdersFamily &orders_family(const StoredModel &model);
const SpendFamily &any_spend_family(const StoredModel &model);
const SpendFamily &spend_family(const StoredModel &model);
const ContractFamily &any_contract_family(const StoredModel &model);
const ContractFamily &contract_family(const StoredModel &model);
const SurvivalFamily &survival_family(const StoredModel &model);
const LearningFamily &learning_family(const StoredModel &model);

// Raises an error where the model has attributes and the customer none.
void check_without_attributes(const StoredModel &model);

}  // namespace cltv::pg
