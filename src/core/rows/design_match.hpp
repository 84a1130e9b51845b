// Matches a customer's attributes with a design: the one place that says which belong together.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/rows/design.hpp"

namespace cltv {

// Calls term(coefficient, value) for each coefficient of a role whose value is not 0: numbers as they are, a one for a
// level. The sum of the result stays 0; a fault ends the walk.
template <class Term>
Match match_design(const Design &design, Role role, const Features &features, Term &&term) {
    Match match;
    NameBlock names(features.names());
    int at = 0;  // names of the features that were passed
    StoredColumn column = first_column(design);
    for (int i = 0; i < design.n_columns; ++i) {
        if (i > 0) column = column.next();
        if (column.role() != role) continue;
        int order = -1;
        while (at < features.n && order < 0) {
            order = compare(names.next(), column.name());
            ++at;
        }
        if (order != 0) {
            match.fault = MatchFault::missing;
            match.column = column.name();
            return match;
        }
        const FeatureValue value = features.value(at - 1);
        if (value.kind != FeatureKind::null && value.kind != column.kind()) {
            match.fault = MatchFault::kind;
            match.column = column.name();
            return match;
        }
        if (column.kind() == FeatureKind::number) {
            if (value.kind == FeatureKind::null)
                match.unknown = true;
            else
                term(column.first_coefficient(), value.number);
        } else {
            const int level = column.coefficient_of(value.kind == FeatureKind::null ? Text{nullptr, 0} : value.text);
            if (level >= 0) term(column.first_coefficient() + static_cast<std::uint32_t>(level), 1.0);
        }
    }
    return match;
}

}  // namespace cltv
