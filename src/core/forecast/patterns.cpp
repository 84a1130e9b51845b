#include "core/forecast/patterns.hpp"

#include <algorithm>
#include <numeric>

namespace cltv {

OwnParameters::OwnParameters(const Design *design, Shift shift, int n_form, Role first, Role second, const std::vector<Pattern> &patterns)
    : design_(design), shift_(shift), n_form_(n_form), roles_{first, second}, patterns_(patterns) {
    if (design_ == nullptr) to_come_ = {{-1, 1}};
}

void OwnParameters::put(const double *parameters) {
    parameters_ = parameters;
    if (design_ == nullptr) return;
    predictors_.assign(2 * patterns_.size(), 0);
    std::vector<char> unknown(patterns_.size(), 0);
    for (int role = 0; role < 2; ++role) {
        if (!has_role(*design_, roles_[role]) || (role == 1 && roles_[1] == roles_[0])) continue;
        double sum = 0, customers = 0;
        std::fill(unknown.begin(), unknown.end(), 0);
        for (std::size_t i = 0; i < patterns_.size(); ++i) {
            Match match;
            if (patterns_[i].features != nullptr) match = linear_predictor(*design_, parameters + n_form_, roles_[role], *patterns_[i].features);
            unknown[i] = patterns_[i].features == nullptr || match.unknown || match.fault != MatchFault::none;
            if (unknown[i]) continue;
            predictors_[2 * i + role] = match.sum;
            sum += patterns_[i].customers * match.sum;
            customers += patterns_[i].customers;
        }
        for (std::size_t i = 0; i < patterns_.size(); ++i)
            if (unknown[i]) predictors_[2 * i + role] = customers > 0 ? sum / customers : 0;
    }
    own_.assign(most * patterns_.size(), 0);
    for (std::size_t i = 0; i < patterns_.size(); ++i) shift_(parameters, predictors_[2 * i], predictors_[2 * i + 1], &own_[most * i]);
    if (to_come_.empty()) choose();
}

void OwnParameters::choose() {
    constexpr std::size_t enough = 20;
    std::vector<int> order(patterns_.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [this](int a, int b) {
        for (int role = 0; role < 2; ++role)
            if (predictors_[2 * a + role] != predictors_[2 * b + role]) return predictors_[2 * a + role] < predictors_[2 * b + role];
        return a < b;
    });
    double all = 0;
    for (const Pattern &pattern : patterns_) all += pattern.newcomers;
    const auto weight = [&](int i) { return all > 0 ? patterns_[i].newcomers : patterns_[i].customers; };
    if (!(all > 0))
        for (const Pattern &pattern : patterns_) all += pattern.customers;
    double before = 0;
    std::size_t part = 0;
    for (const int i : order) {
        if (order.size() <= enough) {
            if (weight(i) > 0) to_come_.push_back({i, weight(i) / all});
            continue;
        }
        // The pattern in the middle of a part stands for the part.
        before += weight(i);
        while (part < enough && (static_cast<double>(part) + 0.5) / enough * all < before) {
            if (!to_come_.empty() && to_come_.back().pattern == i)
                to_come_.back().share += 1.0 / enough;
            else
                to_come_.push_back({i, 1.0 / enough});
            ++part;
        }
    }
}

}  // namespace cltv
