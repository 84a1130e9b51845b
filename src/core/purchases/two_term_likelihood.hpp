// The sum over a base of log-likelihoods that have two terms, one for each end of a customer's silence:
//     L = common(x) [left(x, t_x) + stayed(x, T)].
// The first is that the customer left after the last purchase, the second that nobody can tell yet. Models of purchases
// in continuous time are of this form. A base has far fewer distinct pairs (x, time) than customers, so that a term
// with all its derivatives is computed once for all customers who share it, and each customer costs little more than
// the logarithm of a sum.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <vector>

#include "core/base/customer.hpp"
#include "core/base/precise_sum.hpp"
#include "core/base/stop.hpp"
#include "core/fit/newton.hpp"

namespace cltv {

// The logarithm of a positive quantity as a function of four parameters, with its derivatives there.
struct LogTerm {
    double value;
    double gradient[4];
    double hessian[10];  // the lower triangle, row by row

    // Of nothing: the neutral element of the sum.
    static LogTerm zero() { return {-std::numeric_limits<double>::infinity(), {}, {}}; }
};

// Two such quantities added. The derivatives of ln(e^u + e^v) are those of u and v, averaged with the shares of the sum
// as weights, plus, in the second order, the product of the shares times the outer product of grad u - grad v.
inline LogTerm operator+(const LogTerm &u, const LogTerm &v) {
    const double difference = u.value - v.value, ratio = std::exp(-std::fabs(difference)), larger = 1 / (1 + ratio);
    const double share = difference > 0 ? larger : ratio * larger, rest = difference > 0 ? ratio * larger : larger;
    LogTerm sum;
    // Of a logarithm of a likelihood digits count from the point on: log1p would add none.
    sum.value = (difference > 0 ? u.value : v.value) + std::log(1 + ratio);
    double apart[4];
    for (int i = 0; i < 4; ++i) {
        sum.gradient[i] = share * u.gradient[i] + rest * v.gradient[i];
        apart[i] = u.gradient[i] - v.gradient[i];
    }
    for (int i = 0, k = 0; i < 4; ++i)
        for (int j = 0; j <= i; ++j, ++k)
            sum.hessian[k] = share * u.hessian[k] + rest * v.hessian[k] + share * rest * apart[i] * apart[j];
    return sum;
}

// Where the recency and the tenure of a customer stand among the times of a block.
struct TwoTermPlaces {
    std::uint16_t recency, tenure;
};

// Customers of one frequency, consecutive in a base sorted by frequency, and their times.
struct TwoTermBlock {
    View<CustomerCount> customers;
    View<double> times;           // the distinct recencies and tenures, ascending
    const TwoTermPlaces *places;  // of each customer
};

// Such a base cut into such blocks, once for all evaluations of a fit. A block has at most so many times that its
// terms stay in the processor's cache, whatever the grain of the times.
class TwoTermBase {
public:
    static constexpr std::size_t max_times = 4096;

    // cuts: customers, ascending, before whom a block ends.
    // k: of how many events a purchase consists (erlang_terms.hpp).
    TwoTermBase(View<CustomerCount> customers, Stop stop, View<std::size_t> cuts = {nullptr, 0}, double k = 1);

    double k() const { return k_; }

    std::size_t size() const { return blocks_.size(); }
    // The block that begins at the cut of that number.
    std::size_t block_at(std::size_t cut) const { return block_at_[cut]; }
    TwoTermBlock block(std::size_t number) const;

private:
    // Where the customers and the times of a block begin; they end where the next one's begin.
    struct Begin {
        std::size_t customer, time;
    };

    double k_;
    View<CustomerCount> customers_;
    std::vector<Begin> blocks_;
    std::vector<std::size_t> block_at_;
    std::vector<double> times_;
    std::vector<TwoTermPlaces> places_;
};

// The terms that hold for each of a block's times.
struct TwoTermTable {
    LogTerm left[TwoTermBase::max_times], stayed[TwoTermBase::max_times];
};

// Sums over the customers of a block, given its terms and the factor that they have in common; those of the log-likelihood go
// into `value`.
void add_block(Surface<4> &total, PreciseSum &value, const TwoTermBlock &block, const LogTerm &common, const TwoTermTable &table);

// Some of a base's blocks, in a row.
struct TwoTermRange {
    std::size_t begin, end;
};

// Log-likelihood, gradient and Hessian of a base. The model's terms at its parameters are
//     LogTerm common(double frequency);  asked for at ascending frequencies
//     void tabulate(double frequency, View<double> times, TwoTermTable &table, Stop stop);  for ascending times
template <class Terms>
Surface<4> two_term_likelihood(Terms &&terms, const TwoTermBase &base, TwoTermRange blocks, TwoTermTable &table,
                               Stop stop) {
    Surface<4> total{0, Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
    PreciseSum value;
    for (std::size_t i = blocks.begin; i < blocks.end; ++i) {
        poll(stop);
        const TwoTermBlock block = base.block(i);
        const double frequency = block.customers[0].customer.frequency;
        terms.tabulate(frequency, block.times, table, stop);
        add_block(total, value, block, terms.common(frequency), table);
    }
    total.value = value.value();
    total.hessian = total.hessian.template selfadjointView<Eigen::Lower>();
    return total;
}

template <class Terms>
Surface<4> two_term_likelihood(Terms &&terms, const TwoTermBase &base, TwoTermTable &table, Stop stop) {
    return two_term_likelihood(terms, base, {0, base.size()}, table, stop);
}

}  // namespace cltv
