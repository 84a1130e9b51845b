// The limits that the contract families have in common.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/contracts/geometric.hpp"
#include "core/fit/family.hpp"
#include "core/fit/summit.hpp"

namespace cltv {

// A share of the customers leaves at the first renewal and the others stay for good: the limit where some customers
// always leave and the others never do.
extern const ContractFamily at_once_contract;

inline constexpr Parameter theta_alone[] = {{"theta", Domain::share}}, share_alone[] = {{"share", Domain::share}};

constexpr Form contract_limit(const char *name, const char *sentence, View<Parameter> left, const ContractFamily &contract) {
    Form form;
    form.limit = name;
    form.sentence = sentence;
    form.parameters = left;
    form.contract = &contract;
    return form;
}

constexpr Form one_churn_rate_form() {
    return contract_limit("one churn rate",
                          "All customers are equally likely to leave at a renewal: the data show no difference.",
                          view_of(theta_alone), geometric::contract);
}

constexpr Form at_once_form() {
    return contract_limit("at once or never",
                          "A share of the customers leaves at the first renewal; the others stay for good.",
                          view_of(share_alone), at_once_contract);
}

// The maximum of a limit whose parameter is a share: `left` among `all`.
Summit share_summit(int form, double left, double all);

// Whether the decisions determine only one churn rate. A single decision a customer tells a mean, but not how customers
// differ, nor how their churn changes with time; neither do renewals alone, or data in which everybody left. The fit is
// then of the form with one churn rate.
bool tells_one_rate(const geometric::Decisions &d);
Fit fit_one_rate(int form, View<ContractCount> base, double prior, Stop stop);

// Where the searches from starts of several sizes ended.
struct ContractEnds {
    Summit inside, highest;  // the best that settled, and the highest, settled or not
    bool clear = false;      // inside stands so clear of all limits that they need no look
};
// climb_at(size) climbs from shapes that add up to `size` and have the observed share of decisions against renewal as
// their mean.
template <class ClimbAt>
ContractEnds climb_from_sizes(ClimbAt &&climb_at) {
    ContractEnds ends;
    for (const double size : {2.0, 0.5, 20.0}) {
        const double before = ends.highest.value;
        const Summit summit = climb_at(size);
        if (summit.value > ends.highest.value || ends.highest.theta.empty()) ends.highest = summit;
        if (summit.settled && summit.value > ends.inside.value) ends.inside = summit;
        if (!summit.settled || is_higher(before, summit.value)) continue;
        ends.clear = summit.error <= clear_error;
        if (ends.clear) ends.inside = summit;
        if (summit.error <= weak_error) break;
    }
    return ends;
}

}  // namespace cltv
