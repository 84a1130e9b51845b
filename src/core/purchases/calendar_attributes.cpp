#include "core/purchases/calendar_attributes.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/purchases/orders_attributes.hpp"

namespace cltv {

namespace {

Day first_day(const FeatureSet &set, Day as_of) {
    double longest = 0;
    for (std::uint32_t i = 0; i < set.used; ++i) longest = std::fmax(longest, set.rows()[i].target[2]);
    return as_of - static_cast<Day>(longest);
}

class CalendarAttributes : public PurchaseAttributes {
public:
    CalendarAttributes(const CalendarCustomers &days, const FeatureSet &set, const Calendar &calendar,
                       const PurchaseSearch &search, const DatedSearch &dated, Stop stop)
        : PurchaseAttributes(set, search), dated_(dated), base_(first_day(set, days.as_of), days.as_of, days.purchase_days(), calendar, search.departure_times),
          stop_(stop) {
        base_.customers.reserve(set.used);
        for (std::uint32_t i = 0; i < set.used; ++i) {
            poll_at(i, stop);
            const FeatureCount &row = set.rows()[i];
            base_.append(row.target[0], row.target[1], row.target[2], row.count);
        }
        for (std::size_t group = 0; group < groups(); ++group) base_.sort(begin(group), begin(group + 1));
    }

    AttributeForm form(int number) const override {
        const DatedForm &dated = dated_.forms[number];
        return dated.add == nullptr || (base_.n_of_dropout() > 0 && !dated.in_time) ? AttributeForm() : PurchaseAttributes::form(number);
    }

    int n_common() const override { return static_cast<int>(base_.n_coefficients()); }
    double common_scale(int i) const override { return base_.scale[i]; }
    CommonFault common_fault() const override {
        const IdleColumn idle = find_idle_column(base_);
        return {idle.status, idle.coefficient};
    }

    void start_at(const double *gamma) override {
        gamma_.assign(gamma, gamma + n_common());
        clock_ = std::make_unique<SlopedClock>(base_, gamma);
        sums_ = std::make_unique<DatedSums>(base_);
    }

    // The sums in parameters belong to the group and are taken out; the others carry over to the next group.
    Surface<4> surface(int number, const double *theta, std::size_t group) override {
        const DatedForm &form = dated_.forms[number];
        const int n = form.size(), k = n_common();
        DatedSums &sums = *sums_;
        form.add(theta, *clock_, begin(group), begin(group + 1), sums, stop_);
        Surface<4> packed{sums.value.value(), Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
        mixed_.setZero(k, 4);
        for (std::size_t row = begin(group); row < begin(group + 1); ++row) {
            const DatedCustomer &customer = base_.customers[row];
            take_mixed(form, customer.first);
            take_mixed(form, customer.last);
        }
        take_mixed(form, base_.end);
        for (int i = 0; i < n; ++i) {
            const int place = form.place(i);
            packed.gradient(i) = sums.gradient[place];
            for (int j = 0; j < n; ++j) packed.hessian(i, j) = sums.second(place, form.place(j));
            mixed_.col(i) += sums.direct.block(4, place, k, 1);
        }
        sums.value = {};
        std::fill(std::begin(sums.gradient), std::end(sums.gradient), 0);
        std::fill(std::begin(sums.hessian), std::end(sums.hessian), 0);
        sums.direct.leftCols(4).setZero();
        return packed;
    }
    const Eigen::MatrixXd &mixed() const override { return mixed_; }

    void add_common(Surface<Eigen::Dynamic> &total) override {
        const int k = n_common();
        const DatedDays days = over_days(*clock_, gamma_.data(), *sums_);
        total.value += days.value;
        total.gradient.tail(k) += days.gradient;
        total.hessian.bottomRightCorner(k, k) += days.hessian;
    }

private:
    void take_mixed(const DatedForm &form, std::uint32_t day) {
        const double *const slope = clock_->slope_of(day);
        for (int i = 0; i < form.size(); ++i) {
            double &both = sums_->by_both[form.place(i)][day];
            if (both == 0) continue;
            for (std::uint32_t c = 0; c < base_.n_of_purchases(); ++c) mixed_(c, i) += both * slope[c];
            both = 0;
        }
    }

    const DatedSearch &dated_;
    DatedBase base_;
    Stop stop_;
    std::vector<double> gamma_;
    std::unique_ptr<SlopedClock> clock_;
    std::unique_ptr<DatedSums> sums_;
    Eigen::MatrixXd mixed_;
};

}  // namespace

std::unique_ptr<AttributeSearch> calendar_attributes(const CalendarCustomers &days, const FeatureSet &set,
                                                     const Calendar &calendar, const PurchaseSearch &search,
                                                     const DatedSearch &dated, Stop stop) {
    return std::make_unique<CalendarAttributes>(days, set, calendar, search, dated, stop);
}

Fit fit_calendar_attributes(const CalendarCustomers &days, const FeatureSet &set, const Calendar &calendar,
                            const PurchaseSearch &search, const DatedSearch &dated, double prior, Effects effects, Stop stop) {
    const std::vector<CustomerCount> customers = pooled_customers(set, stop);
    const Fit without = fit_purchases({customers.data(), customers.size()}, search, prior, stop);
    return with_calendar(fit_attributes(set, without, prior, effects, stop,
                                        [&] { return calendar_attributes(days, set, calendar, search, dated, stop); }),
                         calendar);
}

}  // namespace cltv
