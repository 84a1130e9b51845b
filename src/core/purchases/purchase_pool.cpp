#include "core/purchases/purchase_pool.hpp"

#include <algorithm>
#include <memory>
#include <tuple>
#include <vector>

#include "core/fit/pool.hpp"

namespace cltv {

namespace {

// The likelihood of one segment within the family.
template <int N>
class SegmentLikelihood {
public:
    SegmentLikelihood(View<CustomerCount> customers, const SearchedForm &form, TwoTermTable &table, Stop stop)
        : base_(std::make_unique<TwoTermBase>(customers, stop)), form_(&form), table_(&table), stop_(stop) {}

    Surface<N> operator()(const Eigen::Matrix<double, N, 1> &theta) const {
        const Surface<4> full = form_->surface(theta.data(), *base_, {0, base_->size()}, *table_, stop_);
        Surface<N> part;
        part.value = full.value;
        for (int i = 0; i < N; ++i) {
            part.gradient(i) = full.gradient(form_->place(i));
            for (int j = 0; j < N; ++j) part.hessian(i, j) = full.hessian(form_->place(i), form_->place(j));
        }
        return part;
    }

private:
    std::unique_ptr<TwoTermBase> base_;
    const SearchedForm *form_;
    TwoTermTable *table_;
    Stop stop_;
};

struct Sums {
    double customers = 0, purchases = 0, time = 0;

    explicit Sums(View<CustomerCount> rows) {
        for (const CustomerCount &row : rows) {
            customers += row.count;
            purchases += row.count * row.customer.frequency;
            time += row.count * row.customer.tenure;
        }
    }
};

// Sorted, so that results do not depend on the order in which the segments came.
std::vector<View<CustomerCount>> sorted_segments(View<View<CustomerCount>> segments) {
    std::vector<View<CustomerCount>> sorted(segments.begin(), segments.end());
    const auto tuple_of = [](const CustomerCount &row) {
        return std::make_tuple(row.customer.frequency, row.customer.recency, row.customer.tenure, row.count);
    };
    std::sort(sorted.begin(), sorted.end(), [&](const View<CustomerCount> &a, const View<CustomerCount> &b) {
        return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                            [&](const CustomerCount &x, const CustomerCount &y) {
                                                return tuple_of(x) < tuple_of(y);
                                            });
    });
    return sorted;
}

template <int N>
Fit pool_n(View<View<CustomerCount>> given, const PurchaseSearch &search, Stop stop) {
    using Vector = Eigen::Matrix<double, N, 1>;
    const SearchedForm &form = search.forms[PurchaseSearch::within];
    const auto table = std::make_unique<TwoTermTable>();
    std::vector<SegmentLikelihood<N>> likelihoods;
    double customers = 0, purchases = 0, time = 0;
    for (const View<CustomerCount> &segment : sorted_segments(given)) {
        const Sums sums(segment);
        if (sums.customers == 0) continue;  // says nothing, not even that there is another segment
        customers += sums.customers;
        purchases += sums.purchases;
        time += sums.time;
        likelihoods.emplace_back(segment, form, *table, stop);
    }
    if (customers == 0) return refused(Status::too_few_customers, customers);
    if (purchases == 0) return refused(Status::no_repeat_purchases, customers);

    // Parameters are measured as in a fit: times in mean times between purchases and in mean tenures.
    const double between = time / purchases, tenure = search.departure_times ? time / customers : 1;
    Vector size = Vector::Ones(), start = Vector::Ones();
    size(1) = between;
    if (N == 4) {
        size(3) = tenure;
        start(2) = 0.5;
        start(3) = search.departure_times ? 2 : 5;
    }
    return pool_segments<N>(std::vector<SmoothFunction<N>>(likelihoods.begin(), likelihoods.end()), customers,
                            Vector(Vector::Zero()), size, Vector(start.cwiseProduct(size).array().log()), stop);
}

template <int N>
Fit fit_n(View<CustomerCount> customers, const PurchaseSearch &search, const ModelView &prior, Stop stop) {
    const auto table = std::make_unique<TwoTermTable>();
    const SegmentLikelihood<N> likelihood(customers, search.forms[PurchaseSearch::within], *table, stop);
    return fit_segment<N>(likelihood, spread_of<N>(prior, Eigen::Matrix<double, N, 1>::Zero()),
                          Sums(customers).customers);
}

}  // namespace

Fit pool_purchases(View<View<CustomerCount>> segments, const PurchaseSearch &search, Stop stop) {
    return search.forms[PurchaseSearch::within].size() == 2 ? pool_n<2>(segments, search, stop)
                                                            : pool_n<4>(segments, search, stop);
}

Fit fit_purchases_pooled(View<CustomerCount> customers, const PurchaseSearch &search, const ModelView &prior, Stop stop) {
    return search.forms[PurchaseSearch::within].size() == 2 ? fit_n<2>(customers, search, prior, stop)
                                                            : fit_n<4>(customers, search, prior, stop);
}

}  // namespace cltv
