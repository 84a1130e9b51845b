// Models of any number of parameters, and of families that have limits.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/fit/family.hpp"
#include "core/fit/interval.hpp"
#include "core/fit/model.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Three parameters, one of either sign; at its limit two are left, of which one is a ratio.
constexpr unsigned any_state =
    bit(ParameterState::at_zero) | bit(ParameterState::at_infinity) | bit(ParameterState::unidentified);
constexpr Parameter parameters[] = {{"a", Domain::positive, any_state}, {"b"}, {"mu", Domain::real, any_state}};
constexpr Parameter ratio_parameters[] = {{"mu", Domain::real}, {"a/b"}};
constexpr LimitValue ratio_values[] = {{"a", infinity}};

const Form limits[] = {[] {
    Form form;
    form.limit = "all alike";
    form.sentence = "Customers do not differ.";
    form.parameters = view_of(ratio_parameters);
    form.limit_values = view_of(ratio_values);
    return form;
}()};

const Family family = [] {
    Family f;
    f.name = "made_up";
    f.parameters = view_of(parameters);
    f.limits = view_of(limits);
    return f;
}();

Fit fitted(Status status, int form, std::vector<double> values) {
    Fit fit = refused(status, 100);
    fit.form = form;
    fit.log_likelihood = -7;
    fit.parameters = values;
    fit.states.assign(values.size(), ParameterState::estimated);
    const int n = static_cast<int>(values.size());
    for (int i = 0; i < n; ++i)
        for (int j = 0; j <= i; ++j) fit.covariance.push_back(i == j ? 1 : 0.5);
    return fit;
}

const char *fault(const Fit &fit) { return find_fault(view_of(fit), family); }

TEST(Model, AFamilyHasItsForms) {
    EXPECT_EQ(family.find_form(0), &family);
    EXPECT_EQ(family.find_form(1), &limits[0]);
    EXPECT_EQ(family.find_form(2), nullptr);
    EXPECT_EQ(family.find_form(-1), nullptr);
}

TEST(Model, AReaderSeesTheParametersOfTheFamilyAndOfTheLimit) {
    const auto seen = [](const Form &form) {
        std::string text;
        for_each_parameter(family, form, [&](const char *name, int index, double limit) {
            text += std::string(name) + ' ' + std::to_string(index) + ' ' + (index < 0 ? std::to_string(limit) : "") + ';';
        });
        return text;
    };
    EXPECT_EQ(seen(family), "a 0 ;b 1 ;mu 2 ;");
    EXPECT_EQ(seen(limits[0]), "a -1 inf;b -1 nan;mu 0 ;a/b 1 ;");
}

TEST(Model, EachStatusHasWhatItSays) {
    EXPECT_EQ(fault(fitted(Status::converged, 0, {1, 2, -3})), nullptr);
    EXPECT_EQ(fault(fitted(Status::boundary, 1, {-3, 0.5})), nullptr);
    EXPECT_EQ(fault(fitted(Status::no_repeat_purchases, 0, {1, 2, 3})), nullptr);
    EXPECT_EQ(fault(refused(Status::no_repeat_purchases, 100)), nullptr);

    EXPECT_NE(fault(fitted(Status::converged, 0, {1, 2})), nullptr);
    EXPECT_NE(fault(fitted(Status::converged, 0, {1, -2, 3})), nullptr);
    EXPECT_NE(fault(fitted(Status::converged, 0, {1, 2, infinity})), nullptr);
    EXPECT_NE(fault(fitted(Status::boundary, 0, {1, 2, 3})), nullptr);
    EXPECT_NE(fault(fitted(Status::boundary, 2, {1, 2, 3})), nullptr);
    EXPECT_NE(fault(refused(Status::boundary, 100)), nullptr);
    EXPECT_NE(fault(fitted(Status::not_converged, 0, {1, 2, 3})), nullptr);

    Fit weak = fitted(Status::weak, 1, {-3, 0.5});
    EXPECT_NE(fault(weak), nullptr);
    weak.subject = 1;
    weak.prior = true;
    EXPECT_EQ(fault(weak), nullptr);
    weak.subject = 2;  // the family's, not the limit's
    EXPECT_NE(fault(weak), nullptr);
}

TEST(Model, AParameterMayBeAtItsBoundaryOrUnknown) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const struct {
        int parameter;
        double value;
        ParameterState state;
        bool good;
    } cases[] = {{0, 0, ParameterState::at_zero, true},       {0, infinity, ParameterState::at_infinity, true},
                 {0, none, ParameterState::unidentified, true}, {0, 0, ParameterState::estimated, false},
                 {0, 1, ParameterState::at_zero, false},      {0, 1, ParameterState::at_infinity, false},
                 {0, 1, ParameterState::unidentified, false}, {0, none, ParameterState::estimated, false},
                 {0, -infinity, ParameterState::at_infinity, false}, {2, 0, ParameterState::estimated, true},
                 {2, -infinity, ParameterState::at_infinity, true},  {2, 0, ParameterState::at_zero, false},
                 {1, 0, ParameterState::at_zero, false},      {1, infinity, ParameterState::at_infinity, false},
                 {1, none, ParameterState::unidentified, false}, {0, 1, static_cast<ParameterState>(4), false}};
    for (const auto &one : cases) {
        SCOPED_TRACE(testing::Message() << one.parameter << ' ' << one.value << ' ' << static_cast<int>(one.state));
        Fit fit = fitted(Status::converged, 0, {1, 2, 3});
        const auto i = static_cast<std::size_t>(one.parameter);
        fit.parameters[i] = one.value;
        fit.states[i] = one.state;
        if (one.state != ParameterState::estimated) {
            EXPECT_NE(fault(fit), nullptr) << "it has no covariance";
            for (int j = 0; j < 3; ++j)
                fit.covariance[static_cast<std::size_t>(covariance_index(one.parameter, j))] = none;
            EXPECT_EQ(free_parameters(view_of(fit)), 2);
        }
        EXPECT_EQ(fault(fit) == nullptr, one.good);
    }
}

// The sum of hundreds of parameters, each with variance 1 and correlated by half with all others; one that is not
// estimated has no part in the error.
TEST(Model, AnIntervalOfHundredsOfParameters) {
    constexpr int n = 300;
    Fit fit = fitted(Status::converged, 0, std::vector<double>(n, 5.0));
    const auto sum = [](const double *p) {
        double sum = 0;
        for (int i = 0; i < n; ++i) sum += p[i];
        return sum;
    };
    const auto log_width = [&] {
        const ConfidenceInterval interval = delta_interval(sum, view_of(fit), 0.95);
        EXPECT_EQ(interval.estimate, 5.0 * n);
        return std::log(interval.upper / interval.estimate);
    };
    const auto expected = [](double m) { return normal_quantile(0.95) * std::sqrt(m + m * (m - 1) / 2) / (5 * n); };
    EXPECT_NEAR(log_width(), expected(n), 1e-7);
    EXPECT_EQ(free_parameters(view_of(fit)), n);
    fit.states[7] = ParameterState::unidentified;
    for (int j = 0; j < n; ++j) fit.covariance[static_cast<std::size_t>(covariance_index(7, j))] = std::nan("");
    EXPECT_NEAR(log_width(), expected(n - 1), 1e-7);
    EXPECT_EQ(free_parameters(view_of(fit)), n - 1);
}

TEST(Model, AParameterOfEitherSignHasASymmetricInterval) {
    const ConfidenceInterval interval = normal_interval(-1, 0.5, 0.95);
    EXPECT_NEAR(interval.lower, -1 - 0.5 * 1.959963984540054, 1e-14);
    EXPECT_NEAR(interval.upper, -1 + 0.5 * 1.959963984540054, 1e-14);
}

// Every function of every form of every family is there, but for the shift by attributes, which not all of them know.
TEST(Model, FunctionTablesAreComplete) {
    const auto complete = [](const auto *table, std::size_t functions) {
        const auto *const first = reinterpret_cast<void (*const *)()>(table);
        return std::all_of(first, first + functions, [](auto function) { return function != nullptr; });
    };
    for (const Family *one : all_families())
        for (int number = 0; const Form *form = one->find_form(number); ++number) {
            SCOPED_TRACE(testing::Message() << one->name << " form " << number);
            EXPECT_EQ((form->orders != nullptr) + (form->spend != nullptr) + (form->contract != nullptr), 1);
            EXPECT_EQ(form->orders != nullptr, one->orders != nullptr);
            EXPECT_EQ(form->spend != nullptr, one->spend != nullptr);
            if (form->orders != nullptr) {
                EXPECT_TRUE(complete(form->orders, offsetof(OrdersFamily, shift) / sizeof(void (*)())));
                EXPECT_EQ(form->orders->discrete, one->orders->discrete);
            }
            if (form->spend != nullptr) {
                EXPECT_EQ(form->spend->any_sign, one->spend->any_sign);
                EXPECT_TRUE(complete(form->spend, offsetof(SpendFamily, shift) / sizeof(void (*)())));
            }
            if (form->contract != nullptr) {
                EXPECT_TRUE(complete(form->contract, offsetof(ContractFamily, shift) / sizeof(void (*)())));
            }
            EXPECT_EQ(number > 0, form->limit != nullptr && form->sentence != nullptr);
        }
    // What the SQL functions of a family are made of.
    for (const Family *one : all_families()) {
        if (one->spend != nullptr) continue;
        SCOPED_TRACE(one->name);
        EXPECT_TRUE(one->title != nullptr && one->meaning != nullptr && one->source != nullptr);
        EXPECT_EQ(one->fit_orders != nullptr, one->orders != nullptr);
        EXPECT_EQ(one->fit_contract != nullptr, one->contract != nullptr);
    }
}

}  // namespace
}  // namespace cltv
