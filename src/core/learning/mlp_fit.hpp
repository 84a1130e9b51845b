// Small neural nets that learn a response: their weights minimise the mean loss of a customer plus half a penalty times
// the sum of their squares, from a random start, by the method of core/fit/lbfgs.hpp. With the objective ziln a net has
// three margins: whether a customer spends, how much, and how much that varies (X. Wang, T. Liu, J. Miao: A deep
// probabilistic model for customer lifetime value prediction, arXiv 1912.07753, 2019).
//
// All sums go over the sorted rows in their order: results depend on nothing but the customers and the seed.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/eigen.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/net.hpp"
#include "core/learning/response.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

struct NetSettings {
    TreeObjective objective = TreeObjective::squared;
    std::uint16_t n_hidden = 1;
    std::uint32_t width[most_layers] = {8, 0};
    double penalty = 0.001;
    int iterations = 500;
    std::uint64_t seed = 1;
};

// The loss of a net in coordinates in which the inputs and the target have mean 0 and standard deviation 1.
class NetLoss {
public:
    // x: for each row of attributes a one and then the inputs; y: for each row the response or, under ziln, the
    // logarithm of what is above 0, and NaN for 0. They must outlive this.
    NetLoss(const NetShape &shape, double penalty, const std::vector<ResponseRow> &rows, const std::vector<double> &y,
            const double *x, double customers, Stop stop)
        : shape_(shape), penalty_(penalty), rows_(rows), y_(y), x_(x), customers_(customers), stop_(stop) {}

    // Throws Stopped.
    double operator()(const Eigen::VectorXd &weights, Eigen::VectorXd &gradient) const;

private:
    const NetShape &shape_;
    double penalty_;
    const std::vector<ResponseRow> &rows_;
    const std::vector<double> &y_;
    const double *x_;
    double customers_;
    Stop stop_;
};

// Fits a sorted set without missing numbers. Throws Stopped, and std::domain_error where there are too many inputs.
Fit fit_net(const FeatureSet &set, const NetSettings &settings, Stop stop);

namespace mlp { extern const Family family; }

}  // namespace cltv
