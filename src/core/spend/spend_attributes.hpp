// What fits of spend with customer attributes share: attributes multiply the level of what a customer spends.
//
//   Gamma-Gamma: a customer's rate is Gamma(q, rate v e^(zeta'z)), so spend is multiplied by e^(zeta'z), as by a scale
//   lognormal:   ln of the own mean is normal around mu + zeta'z
//
// In both, how spends vary relative to the level is the same for all customers.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/attribute_fit.hpp"
#include "core/spend/search.hpp"

namespace cltv::spends {

inline constexpr Role spend_roles[] = {Role::spend};

// The spends of a set without attributes, sorted.
std::vector<SpendCount> pooled_spends(const FeatureSet &set, Stop stop);

// The informative customers, group by group, without those whose purchases were free.
class SpendAttributes : public AttributeSearch {
public:
    SpendAttributes(const FeatureSet &set, Stop stop);

protected:
    template <int N>
    static Surface<4> surface_of(const Jet<N> &jet) {
        Surface<4> surface{jet.value, Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
        surface.gradient.template head<N>() = jet.gradient;
        surface.hessian.template topLeftCorner<N, N>() = jet.hessian;
        return surface;
    }
    template <int N>
    static Variables<N> variables(const double *theta) {
        return variables_at<N>(Eigen::Map<const Eigen::Matrix<double, N, 1>>(theta));
    }

    const Sample &sample(std::size_t group) const { return samples_[group]; }
    double mean() const { return mean_; }  // of the spends of all

private:
    std::vector<Sample> samples_;
    double mean_ = 0;
};

}  // namespace cltv::spends
