#include "core/spend/spend_fit.hpp"

#include <algorithm>
#include <utility>

#include "core/fit/family.hpp"

namespace cltv {

std::vector<ComparedSpend> fit_spends(View<SpendCount> base, double prior, Stop stop) {
    std::vector<SpendCount> paid;
    bool has_negative = false;
    for (const SpendCount &row : base) {
        has_negative = has_negative || row.spend.monetary_value < 0 || row.spend.first_value < 0;
        if (row.spend.frequency == 0 || row.spend.monetary_value != 0) paid.push_back(row);
    }
    const bool has_free = !has_negative && paid.size() < base.size;
    std::vector<ComparedSpend> fits;
    for (const Family *family : all_families()) {
        if (family->spend == nullptr || (has_negative && !family->spend->any_sign)) continue;
        const bool parts = has_free && family->spend->any_sign;
        Fit fit = family->fit_spend(parts ? View<SpendCount>{paid.data(), paid.size()} : base, prior, stop);
        const double bic = bic_of(fit), log_likelihood = fit.log_likelihood;
        const double aic = fit.usable() ? 2 * free_parameters(view_of(fit)) - 2 * log_likelihood : bic;
        if (parts) fit = family->fit_spend(base, prior, stop);
        fits.push_back({{family, std::move(fit)}, log_likelihood, aic, bic});
    }
    std::stable_sort(fits.begin(), fits.end(),
                     [](const ComparedSpend &one, const ComparedSpend &other) { return one.bic < other.bic; });
    return fits;
}

FamilyFit fit_spends_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop) {
    return best_fit([](const Family &family) { return family.spend != nullptr && family.fit_attributes != nullptr; },
                    [&](const Family &family) { return family.fit_attributes(set, prior, effects, stop); });
}

}  // namespace cltv
