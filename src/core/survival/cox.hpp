// Cox's model of proportional hazards: h(t | x) = h0(t) e^(b'x), with no assumption about h0 (D. R. Cox: Regression
// models and life-tables, J. Royal Statistical Society B 34 (1972) 187-220), with late entries and strata, each of
// which has an h0 of its own (T. M. Therneau, P. M. Grambsch: Modeling Survival Data, Springer 2000, chapter 3).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/newton.hpp"

namespace cltv {

// How departures at the same time enter. Breslow: as if each met the whole risk set (N. Breslow, Biometrics 30 (1974)
// 89-99). Efron: as if they came in some order, each meeting what is left of the others, averaged over all orders (B.
// Efron, J. American Statistical Association 72 (1977) 557-565), which is close to exact.
enum class Ties { efron, breslow };

// A number of customers with the same row of attributes who left, or were last seen, at a time, and were observed from
// `entered` on.
struct CoxRow {
    double stratum, time, left, entered, count;
    std::uint32_t attributes;
};

// The cumulative hazard of a customer whose attributes are all 0, from a time on.
struct HazardStep {
    double stratum, time, hazard;
};

class CoxLikelihood {
public:
    // x: for each row of attributes its n values, one row after the other; it must outlive this. Rows that leave, or
    // stay, at one time are added up in the order in which they are given. Throws Stopped.
    CoxLikelihood(std::vector<CoxRow> rows, const double *x, int n, Ties ties, Stop stop);

    // The log partial likelihood of the coefficients, with derivatives. Throws Stopped.
    Surface<Eigen::Dynamic> operator()(const Eigen::VectorXd &coefficients);

    // By stratum, in ascending order of times.
    std::vector<HazardStep> baseline(const Eigen::VectorXd &coefficients);

    // The value alone, in a fraction of the time. Throws Stopped.
    double value(const Eigen::VectorXd &coefficients);

    // The score and information, for the model extended by coefficients of x g(t), at the maximum of the likelihood
    // without these, which are 0 where hazards are proportional: of x and of x g(t), so twice as many as coefficients.
    // g(time) must not fall. Throws Stopped.
    Surface<Eigen::Dynamic> with_time(const Eigen::VectorXd &coefficients, const std::function<double(double)> &g);

    // The sum over clusters of the outer products of their scores. cluster: for each row of attributes a number from 0
    // up; nullptr: each customer is its own. The score of a row is that of Therneau and Grambsch (2000, chapter 7; with
    // Efron's ties each customer who leaves meets a share of the others). Throws Stopped.
    Eigen::MatrixXd score_products(const Eigen::VectorXd &coefficients, const std::vector<std::uint32_t> *cluster);

    double departures() const { return departures_; }

private:
    struct Sums;
    void sort_rows();
    void gather();
    void add_rows(Sums &sums, std::size_t begin, std::size_t end);
    template <class Visit>
    void for_each_departure(const Eigen::VectorXd &coefficients, bool moments, Visit &&visit);

    std::vector<CoxRow> rows_;               // by stratum, the last time first
    std::vector<std::uint32_t> by_entry_;    // numbers of the rows that entered late, by stratum, the last entry first
    const double *x_;
    std::vector<double> gathered_;           // x in the order of rows_, where most of these have a row of their own
    std::vector<std::uint32_t> as_given_;    // and the numbers that their rows of attributes had
    int n_;
    std::size_t attribute_rows_ = 0;
    Ties ties_;
    Stop stop_;
    double departures_ = 0;
    std::vector<double> risk_;               // e^(b'x) of each row of attributes
    std::vector<double> predictor_;
    std::vector<double> weights_;            // of the rows that are being added
    std::size_t polls_ = 0;
};

}  // namespace cltv
