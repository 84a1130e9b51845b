// The likelihood of customers with attributes by what a family says of one customer, as fits do not compute it.
#pragma once

#include <string>
#include <vector>

#include "core/fit/family.hpp"
#include "core/rows/design.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {

// The log-likelihood of the customers of a set at the parameters of a form and the coefficients of a design, each at the
// parameters that the attributes give it.
inline double log_likelihood(const FeatureSet &set, const Form &form, const Design &design, const std::vector<double> &parameters) {
    double sum = 0;
    for (std::uint32_t i = 0; i < set.used; ++i) {
        const FeatureCount &row = set.rows()[i];
        const double *const values = set.attributes(static_cast<std::uint32_t>(row.row));
        double predictor[2] = {};
        std::uint32_t column = 0;
        for (const Role role : {Role::purchases, Role::dropout, Role::spend, Role::churn}) {
            std::vector<Attribute> attributes;
            for (; column < set.n_columns && set.role(column) == role; ++column) {
                const Text name = set.name(column);
                const std::string text(name.data, name.size);
                if (set.kind(column) == FeatureKind::number) {
                    attributes.push_back(number(text.c_str(), values[column]));
                } else {
                    const Text level = set.level_text(static_cast<std::uint32_t>(values[column]));
                    attributes.push_back(category(text.c_str(), std::string(level.data, level.size).c_str()));
                }
            }
            if (attributes.empty()) continue;
            predictor[role == Role::dropout ? 1 : 0] =
                linear_predictor(design, parameters.data() + form.parameters.size, role, *features(attributes)).sum;
        }
        double own[4];
        form.shift()(parameters.data(), predictor[0], predictor[1], own);
        const double *const t = row.target;
        sum += row.count * (form.orders     ? form.orders->log_likelihood(own, {t[0], t[1], t[2]})
                            : form.spend    ? form.spend->log_likelihood(own, {t[0], t[1], 0})
                                            : form.contract->log_likelihood(own, {t[0], t[1]}));
    }
    return sum;
}

}  // namespace cltv
