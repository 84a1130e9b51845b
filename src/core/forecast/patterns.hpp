// The parameters of customers by their attributes: customers with the same attributes have the same parameters.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/fit/family.hpp"
#include "core/rows/design.hpp"

namespace cltv {

// A pattern of attributes with the number of customers who have it, among all and among those who came within the last
// year.
struct Pattern {
    const Features *features;  // nullptr: nothing is known about them
    double customers, newcomers;
};

// Parameters by pattern. Customers with an unknown number get those of the mean of what attributes add for the others.
class OwnParameters {
public:
    static constexpr int most = 5;

    // For a model without a design: all customers have the parameters of the model.
    OwnParameters(const Design *design, Shift shift, int n_form, Role first, Role second, const std::vector<Pattern> &patterns);

    // Sets the parameters of the model, coefficients after those of the form.
    void put(const double *parameters);
    const double *of(int pattern) const { return design_ == nullptr ? parameters_ : &own_[static_cast<std::size_t>(pattern) * most]; }

    // Patterns that stand for the customers to come, with their shares: the newcomers, in the order of what attributes
    // add, are divided evenly. One pattern, -1, without a design.
    struct Share {
        int pattern;
        double share;
    };
    const std::vector<Share> &to_come() const { return to_come_; }

private:
    void choose();

    const Design *design_;
    Shift shift_;
    int n_form_;
    Role roles_[2];
    const std::vector<Pattern> &patterns_;
    const double *parameters_ = nullptr;
    std::vector<double> own_, predictors_;
    std::vector<Share> to_come_;
};

}  // namespace cltv
