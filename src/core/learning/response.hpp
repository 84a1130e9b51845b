// Generalised linear models: the response y of each customer has the mean g(b'x), where x are attributes (P. McCullagh,
// J. A. Nelder: Generalized Linear Models, Chapman & Hall 1989; J. M. Hilbe: Negative Binomial Regression, Cambridge
// 2011, of the form NB2; P. K. Dunn, G. K. Smyth: Series evaluation of Tweedie exponential dispersion model densities,
// Statistics and Computing 15 (2005) 267-280).
//
// The predictor is eta = b'x + offset. The mean is eta itself for the normal distribution, 1/(1 + e^-eta) for yes or
// no, and e^eta for all others.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/sort_rows.hpp"
#include "core/base/stop.hpp"
#include "core/fit/newton.hpp"

namespace cltv {

enum class Response { normal, yes_or_no, poisson, negbinom, gamma, tweedie };

// A number of customers with the same response and the same row of attributes.
struct ResponseRow {
    double y, offset, count;
    std::uint32_t attributes;
};

// The mean, given the predictor.
double response_mean(Response response, double eta);

// The logarithm of the density, or probability, of y where the mean is mu. shape: the standard deviation of the normal
// distribution, theta of the negative binomial (variance mu + mu^2/theta), the shape of the gamma, the dispersion of
// Tweedie's (variance dispersion mu^power), and nothing for the others.
double log_density(Response response, double y, double mu, double shape, double power);

// The log-likelihood of b and, for the negative binomial distribution, of ln theta after it.
class ResponseLikelihood {
public:
    // x: for each row of attributes its n values, one row after the other. x and the rows must outlive this. power is
    // that of Tweedie's distribution.
    ResponseLikelihood(Response response, double power, const std::vector<ResponseRow> &rows, const double *x, int n,
                       Stop stop)
        : response_(response), power_(power), rows_(rows), x_(x), n_(n), stop_(stop) {}

    int size() const { return n_ + (response_ == Response::negbinom ? 1 : 0); }

    // The function that is maximised, up to a constant, with derivatives: for the normal distribution with standard
    // deviation 1, the gamma with shape 1, Tweedie's with dispersion 1, since the maximum in b does not depend on
    // these. Without second derivatives, which cost the most, the Hessian is 0. Throws Stopped.
    Surface<Eigen::Dynamic> operator()(const Eigen::VectorXd &point, bool second_derivatives = true) const;

    // The expected information of b under the same, and sums over clusters of the outer products of scores; cluster:
    // for each row of attributes a number from 0 up; nullptr: each customer is its own. Throw Stopped.
    Eigen::MatrixXd information(const Eigen::VectorXd &point) const;
    Eigen::MatrixXd score_products(const Eigen::VectorXd &point, const std::vector<std::uint32_t> *cluster) const;

    // visit(row, mean) for each row. Throws Stopped.
    template <class Visit>
    void for_each_mean(const Eigen::VectorXd &point, Visit &&visit) const {
        for (std::size_t r = 0; r < rows_.size(); ++r) {
            poll_at(r, stop_);
            visit(rows_[r], response_mean(response_, eta(point, rows_[r])));
        }
    }

private:
    double eta(const Eigen::VectorXd &point, const ResponseRow &row) const {
        const double *const x = x_ + std::size_t{row.attributes} * static_cast<std::size_t>(n_);
        double sum = row.offset;
        for (int i = 0; i < n_; ++i) sum += point(i) * x[i];
        return sum;
    }
    double score(double y, double eta, double theta) const;

    Response response_;
    double power_;
    const std::vector<ResponseRow> &rows_;
    const double *x_;
    int n_;
    Stop stop_;
};

}  // namespace cltv
