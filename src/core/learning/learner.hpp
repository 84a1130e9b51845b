// What the fits of a response read from a set of customers, and the reasons to refuse before anything is fitted.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/model.hpp"
#include "core/learning/learning_fit.hpp"
#include "core/learning/response.hpp"
#include "core/rows/coding.hpp"

namespace cltv {

struct Learner : Learning {
    Learner(const FeatureSet &features, const Learning &learning, Stop stop_)
        : Learning(learning), set(features), coding(features, stop_), stop(stop_) {
        rows.reserve(set.used);
        for (std::uint32_t i = 0; i < set.used; ++i) {
            const FeatureCount &row = set.rows()[i];
            rows.push_back({row.target[0], row.target[1], row.count, static_cast<std::uint32_t>(row.row)});
            customers += row.count;
            total += row.count * row.target[0];
            exposure += row.count * (response == Response::normal ? row.target[1] : std::exp(row.target[1]));
            square += row.count * row.target[0] * row.target[0];
        }
    }

    int n() const { return 1 + coding.size(); }

    // Whether the fit is refused before anything is fitted.
    bool refuses(Fit &fit) const {
        // Under a penalty effects need not be distinguishable.
        if (coding.fault() == CodingFault::constant || (coding.fault() != CodingFault::none && penalty.size == 0)) {
            fit = refused(coding.fault() == CodingFault::constant ? Status::constant : Status::collinear, customers,
                          coding.faulty_column());
            return true;
        }
        if (customers < min_customers || (customers <= n() && penalty.size == 0)) {
            fit = refused(Status::too_few_customers, customers);
        } else if (response == Response::yes_or_no && (total == 0 || total == customers)) {
            fit = refused(Status::one_class, customers);
        } else if (response != Response::normal && total == 0) {
            fit = refused(Status::no_events, customers);
        } else {
            return false;
        }
        return true;
    }

    // From coordinates to parameters: the intercept, the shapes, and the coefficients in their own units. `moving` of
    // the shapes move with coordinates that follow those of the coefficients, with the given slopes on the diagonal.
    Eigen::MatrixXd jacobian(int shapes, int moving, const double *slopes) const {
        Eigen::MatrixXd jacobian = Eigen::MatrixXd::Zero(n() + shapes, n() + moving);
        jacobian(0, 0) = 1;
        for (int i = 0; i < coding.size(); ++i) {
            jacobian(1 + shapes + i, 1 + i) = 1 / coding.scale(i);
            jacobian(0, 1 + i) = -coding.mean(i) / coding.scale(i);
        }
        for (int i = 0; i < moving; ++i) jacobian(1 + i, n() + i) = slopes[i];
        return jacobian;
    }

    // The point at which all customers are alike.
    Eigen::VectorXd alike() const {
        Eigen::VectorXd point = Eigen::VectorXd::Zero(n());
        const double mean = response == Response::normal      ? (total - exposure) / customers
                            : response == Response::yes_or_no ? total / customers
                                                              : total / exposure;
        point(0) = response == Response::normal      ? mean
                   : response == Response::yes_or_no ? std::log(mean) - std::log1p(-mean)
                                                     : std::log(mean);
        return point;
    }

    const FeatureSet &set;
    Coding coding;
    Stop stop;
    std::vector<ResponseRow> rows;
    double customers = 0, total = 0, exposure = 0, square = 0;
};

// The mean over customers of what each coefficient of an attribute multiplies, a number or the indicator of a level;
// then the standard deviations, in the same order. Throws Stopped.
std::vector<double> means_of(const FeatureSet &set, const Coding &coding, Stop stop);

// The standard deviations of the coordinates of rows other than the intercept. Throws Stopped.
Eigen::VectorXd spread_of(const std::vector<ResponseRow> &rows, const std::vector<double> &x, int n, Stop stop);

}  // namespace cltv
