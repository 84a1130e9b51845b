// The limits that families of contracts have in common.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/contracts/geometric.hpp"
#include "core/fit/family.hpp"
#include "core/fit/summit.hpp"

namespace cltv {

// A share of the customers leaves at the first renewal, the others stay for good: the limit of few kinds of customers, of whom
// some always leave and the others never.
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

// The maximum of a limit whose parameter is a share: so many of all.
Summit share_summit(int form, double left, double all);

}  // namespace cltv
