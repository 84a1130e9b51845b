#include "core/purchases/orders_attributes.hpp"

#include "core/base/sort_rows.hpp"

namespace cltv {

std::vector<CustomerCount> customers_of(const FeatureSet &set, Stop stop) {
    std::vector<CustomerCount> customers;
    customers.reserve(set.used);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        customers.push_back({{row.target[0], row.target[1], row.target[2]}, row.count});
    }
    return customers;
}

std::vector<CustomerCount> pooled_customers(const FeatureSet &set, Stop stop) {
    std::vector<CustomerCount> customers = customers_of(set, stop), sorted(set.used);
    sorted.resize(copy_sorted(customers.data(), customers.size(), sorted.data(), stop));
    return sorted;
}

namespace {

AttributeSide side_of_rates(int first, int n) {
    return n == 2 ? AttributeSide{first + 1, -1, false} : AttributeSide{first, 1, false};
}

}  // namespace

PurchaseAttributes::PurchaseAttributes(const FeatureSet &set, const PurchaseSearch &search)
    : AttributeSearch(set), search_(search) {
    double count = 0, purchases = 0, time = 0;
    for (std::uint32_t i = 0; i < set.used; ++i) {
        const FeatureCount &row = set.rows()[i];
        count += row.count;
        purchases += row.count * row.target[0];
        time += row.count * row.target[2];
    }
    between_ = time / purchases;
    tenure_ = search.departure_times ? time / count : 1;
}

AttributeForm PurchaseAttributes::form(int number) const {
    const SearchedForm &searched = search_.forms[number];
    AttributeForm form;
    if (searched.surface == nullptr) return form;
    form.size = searched.size();
    form.sides[0] = side_of_rates(0, searched.n_first);
    if (searched.n_last == 0) return form;
    const int first = searched.n_first;
    if (searched.odds) {
        form.odds = 1u << first;
        form.sides[1] = {first, 1, false};
    } else {
        form.sides[1] = search_.departure_times ? side_of_rates(first, searched.n_last)
                                                : AttributeSide{first, 1, searched.n_last == 2};
    }
    return form;
}

double PurchaseAttributes::size_of(int form, int i) const {
    const SearchedForm &searched = search_.forms[form];
    if (i < searched.n_first) return searched.n_first == 1 ? 1 / between_ : i == 1 ? between_ : 1;
    if (!search_.departure_times || searched.odds) return 1;
    return searched.n_last == 1 ? 1 / tenure_ : i == searched.n_first + 1 ? tenure_ : 1;
}

std::vector<AttributeStart> PurchaseAttributes::starts() const {
    using S = PurchaseSearch;
    const double leave = search_.departure_times ? 0.3 : 0.1;
    return {search_.forms[S::within].n_last == 0 ? start(S::within, {1, 1})
                                                 : start(S::within, {1, 1, 0.5, search_.departure_times ? 2.0 : 5.0}),
            start(S::nobody_leaves, {1, 1}),
            start(S::one_leaving, {1, 1, leave}),
            start(S::at_once_or_never, {1, 1, 0.1}),
            start(S::one_rate_nobody_leaves, {1}),
            start(S::one_rate, {1, 0.5, 2}),
            start(S::one_rate_one_leaving, {1, leave}),
            start(S::one_rate_at_once_or_never, {1, 0.1})};
}

namespace {

class OrdersAttributes : public PurchaseAttributes {
public:
    OrdersAttributes(const FeatureSet &set, const PurchaseSearch &search, Stop stop)
        : PurchaseAttributes(set, search), customers_(customers_of(set, stop)),
          base_({customers_.data(), customers_.size()}, stop, begins()), table_(std::make_unique<TwoTermTable>()), stop_(stop) {}

    Surface<4> surface(int form, const double *theta, std::size_t group) override {
        const SearchedForm &searched = search_.forms[form];
        const std::size_t end = group + 1 < groups() ? base_.block_at(group + 1) : base_.size();
        const Surface<4> wide = searched.surface(theta, base_, {base_.block_at(group), end}, *table_, stop_);
        Surface<4> packed{wide.value, Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
        for (int i = 0; i < searched.size(); ++i) {
            packed.gradient(i) = wide.gradient(searched.place(i));
            for (int j = 0; j < searched.size(); ++j)
                packed.hessian(i, j) = wide.hessian(searched.place(i), searched.place(j));
        }
        return packed;
    }

private:
    std::vector<CustomerCount> customers_;
    TwoTermBase base_;
    std::unique_ptr<TwoTermTable> table_;
    Stop stop_;
};

}  // namespace

std::unique_ptr<AttributeSearch> orders_attributes(const FeatureSet &set, const PurchaseSearch &search, Stop stop) {
    return std::make_unique<OrdersAttributes>(set, search, stop);
}

Fit fit_attributes(const FeatureSet &set, const PurchaseSearch &search, double prior, Effects effects, Stop stop) {
    const std::vector<CustomerCount> customers = pooled_customers(set, stop);
    const Fit without = fit_purchases({customers.data(), customers.size()}, search, prior, stop);
    return fit_attributes(set, without, prior, effects, stop, [&] { return orders_attributes(set, search, stop); });
}

}  // namespace cltv
