// What fits of contracts with customer attributes share: attributes move the logit of the mean probability of leaving
// at a renewal, and leave the sum of the shapes as it is (S. Ferrari, F. Cribari-Neto: Beta regression for modelling
// rates and proportions, J. Applied Statistics 31 (2004) 799-815).
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>
#include <vector>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/contracts/geometric.hpp"
#include "core/fit/attribute_fit.hpp"

namespace cltv {

inline constexpr Role contract_roles[] = {Role::churn};

// The contracts of a set without their attributes, sorted.
std::vector<ContractCount> pooled_contracts(const FeatureSet &set, Stop stop);

class ContractAttributes : public AttributeSearch {
public:
    ContractAttributes(const FeatureSet &set, Stop stop);

    double size_of(int, int) const override { return 1; }

protected:
    // A form whose one parameter is a share; attributes move its odds.
    static AttributeForm share_form() {
        AttributeForm form;
        form.size = 1;
        form.odds = 1;
        form.sides[0] = {0, 1, false};
        return form;
    }

    View<ContractCount> contracts(std::size_t group) const {
        return {contracts_.data() + begin(group), begin(group + 1) - begin(group)};
    }
    const geometric::Decisions &decisions(std::size_t group) const { return decisions_[group]; }
    const geometric::Decisions &all() const { return all_; }
    Stop stop() const { return stop_; }

    // Adds a start at the limit of customers who leave at once or never, where everybody who left did so at the first
    // renewal.
    void add_at_once(int form, std::vector<AttributeStart> &starts) const {
        if (all_.left == all_.left_at_first && all_.left < all_.customers)
            starts.push_back({form, {all_.left / (all_.customers - all_.left)}});
    }

    // The log-likelihood of decisions of which `left` among `all` were against renewal, with the same odds, and its
    // derivatives in the odds.
    static Surface<4> share_surface(double odds, double left, double all);
    static Surface<4> decisions_surface(double odds, const geometric::Decisions &d) {
        return share_surface(odds, d.left, d.decisions);
    }

    // Puts a surface of fewer parameters in the first places of one of four.
    template <int N>
    static Surface<4> widened(const Surface<N> &here) {
        Surface<4> surface{here.value, Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
        surface.gradient.template head<N>() = here.gradient;
        surface.hessian.template topLeftCorner<N, N>() = here.hessian;
        return surface;
    }

private:
    std::vector<ContractCount> contracts_;
    std::vector<geometric::Decisions> decisions_;
    geometric::Decisions all_;
    Stop stop_;
};

// Fits a family with attributes, given its search and its fit without attributes.
template <class Search, Fit (*fit)(View<ContractCount> base, double prior, Stop stop)>
Fit fit_contract_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop) {
    const std::vector<ContractCount> contracts = pooled_contracts(set, stop);
    return fit_attributes(set, fit({contracts.data(), contracts.size()}, prior, stop), prior, effects, stop,
                          [&] { return std::make_unique<Search>(set, stop); });
}

}  // namespace cltv
