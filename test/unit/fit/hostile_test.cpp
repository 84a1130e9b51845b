// Bases that no model was made for. A fit must end, and then either refuse or be what it claims: a maximum of the
// likelihood with a covariance, not below any point around it.
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <functional>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/contracts/sbg.hpp"
#include "core/purchases/bgbb.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/mbgnbd.hpp"
#include "core/purchases/nbd.hpp"
#include "core/purchases/pnbd.hpp"
#include "core/spend/gg.hpp"
#include "unit/purchases/simulated_base.hpp"

namespace cltv {
namespace {

using Base = std::vector<CustomerCount>;
using Spends = std::vector<SpendCount>;
using Contracts = std::vector<ContractCount>;
using LogLikelihood = std::function<double(const double *)>;

// The largest change of the log-likelihood for a relative change of a parameter, by central differences.
double steepest(const LogLikelihood &log_likelihood, const Fit &fit, int n) {
    constexpr double step = 1e-4;
    double steepest = 0;
    for (int i = 0; i < n; ++i) {
        std::vector<double> moved = fit.parameters;
        moved[i] = fit.parameters[i] * std::exp(step);
        const double above = log_likelihood(moved.data());
        moved[i] = fit.parameters[i] * std::exp(-step);
        steepest = std::fmax(steepest, std::fabs(above - log_likelihood(moved.data())) / (2 * step));
    }
    return steepest;
}

// The greatest log-likelihood on a coarse grid about `centre`.
double best_around(const LogLikelihood &log_likelihood, const double *centre, int n) {
    double best = -HUGE_VAL;
    for (int point = 0; point < std::pow(3, n); ++point) {
        std::vector<double> p(n);
        for (int i = 0, digits = point; i < n; ++i, digits /= 3) p[i] = centre[i] * std::pow(6, digits % 3 - 1);
        best = std::fmax(best, log_likelihood(p.data()));
    }
    return best;
}

// At a limit of the family and under a prior, the log-likelihood is that of the data alone: log_likelihood(form, p). A
// limit is no lower than the family is on a coarse grid.
template <class FormLogLikelihood>
void expect_answer(const Fit &fit, const Family &family, FormLogLikelihood &&log_likelihood, const double *sizes) {
    EXPECT_EQ(find_fault(view_of(fit), family), nullptr) << find_fault(view_of(fit), family);
    if (!fit.usable()) return;
    const double value = log_likelihood(*family.find_form(fit.form), fit.parameters.data());
    EXPECT_NEAR(fit.log_likelihood, value, 1e-9 * (1 + std::fabs(value)));
    if (fit.status != Status::boundary) return;
    EXPECT_EQ(fit.prior, false);
    EXPECT_LT(steepest([&](const double *p) { return log_likelihood(*family.find_form(fit.form), p); }, fit,
                       static_cast<int>(fit.parameters.size())),
              1e-6 * (1 + std::fabs(value)));
    const double within = best_around([&](const double *p) { return log_likelihood(family, p); }, sizes,
                                      static_cast<int>(family.parameters.size));
    EXPECT_GE(value + 0.011, within);
}

// sizes: what each parameter is measured in.
void expect_trustworthy(const Fit &fit, const Family &family, const LogLikelihood &log_likelihood,
                        const double *sizes) {
    constexpr int most_iterations = 1000;
    const int n = static_cast<int>(family.parameters.size);
    EXPECT_EQ(find_fault(view_of(fit), family), nullptr) << find_fault(view_of(fit), family);
    EXPECT_LE(fit.iterations, most_iterations);
    if (fit.status != Status::converged) return;

    const double value = log_likelihood(fit.parameters.data()), rounding = 1e-9 * std::fabs(value);
    EXPECT_NEAR(fit.log_likelihood, value, rounding + 1e-9);
    EXPECT_LT(steepest(log_likelihood, fit, n), 1e-6 * std::fabs(value));
    Eigen::MatrixXd covariance(n, n);  // of the logarithms of the parameters
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
            covariance(i, j) = fit.covariance[covariance_index(i, j)] / (fit.parameters[i] * fit.parameters[j]);
    EXPECT_EQ(covariance.llt().info(), Eigen::Success) << covariance;
    EXPECT_GE(value + rounding, best_around(log_likelihood, fit.parameters.data(), n));
    EXPECT_GE(value + rounding, best_around(log_likelihood, sizes, n));
}

// ---- models of purchases

struct OrdersFit {
    const Family &family;
    double typical[4];
    bool time[4];  // parameters that are times
};
void PrintTo(const OrdersFit &fit, std::ostream *out) { *out << fit.family.name; }

const OrdersFit orders_fits[] = {
    {bgnbd::family, {.7, 30, .8, 2.4}, {false, true, false, false}},
    {mbgnbd::family, {.7, 30, .8, 2.4}, {false, true, false, false}},
    {pnbd::family, {.7, 30, .6, 100}, {false, true, false, true}},
    {nbd::family, {.7, 30}, {false, true}},
    {bgbb::family, {1.2, .75, .66, 2.78}, {}},
};

class HostileOrders : public testing::TestWithParam<OrdersFit> {
protected:
    const OrdersFit &model() const { return GetParam(); }
    bool discrete() const { return model().family.orders->discrete; }

    Base ordinary(int customers, double span, std::uint64_t seed) const {
        Random random(seed);
        return simulated_customers(*model().family.orders, model().typical, customers, span, random);
    }

    // A model of opportunities is not asked about bases that are none.
    Fit expect_trust(Base base) const {
        std::sort(base.begin(), base.end(), [](const CustomerCount &one, const CustomerCount &other) {
            const auto key = [](const Customer &c) { return std::make_tuple(c.frequency, c.recency, c.tenure); };
            return key(one.customer) < key(other.customer);
        });
        double purchases = 0, time = 0, count = 0;
        for (const CustomerCount &row : base) {
            if (discrete() && !is_discrete(row.customer)) return refused(Status::not_converged, 0);
            purchases += row.count * row.customer.frequency;
            time += row.count * row.customer.tenure;
            count += row.count;
        }
        const Fit fit = model().family.fit_orders({base.data(), base.size()}, 1, never_stop);
        const LogLikelihood log_likelihood = [&](const double *p) {
            const OrdersFamily &orders = *model().family.orders;
            double sum = 0;
            for (const CustomerCount &row : base) sum += row.count * orders.log_likelihood(p, row.customer);
            return sum;
        };
        double sizes[4];
        for (int i = 0; i < 4; ++i) sizes[i] = !model().time[i] ? 1 : i == 1 ? time / purchases : time / count;
        expect_trustworthy(fit, model().family, log_likelihood, sizes);
        expect_answer(
            fit, model().family,
            [&](const Form &form, const double *p) {
                double sum = 0;
                for (const CustomerCount &row : base) sum += row.count * form.orders->log_likelihood(p, row.customer);
                return sum;
            },
            sizes);
        return fit;
    }
};

TEST_P(HostileOrders, AllOneTimers) {
    Base base;
    for (double tenure = 1; tenure <= 500; ++tenure) base.push_back({{0, 0, tenure}, 3});
    EXPECT_EQ(expect_trust(base).status, Status::no_repeat_purchases);
}

TEST_P(HostileOrders, AllDailyBuyers) {
    Base base;
    for (double tenure = 1; tenure <= 365; ++tenure) base.push_back({{tenure, tenure, tenure}, 3});
    EXPECT_NE(expect_trust(base).status, Status::converged);
}

TEST_P(HostileOrders, OneCohort) {
    Base base = ordinary(1000, 100, 41);
    for (CustomerCount &row : base) row.customer.tenure = 100;
    expect_trust(base);
}

TEST_P(HostileOrders, NoTimeToObserve) {
    EXPECT_NE(expect_trust({{{0, 0, 0}, 1000}}).status, Status::converged);
    Base base = ordinary(1000, 100, 42);
    base.push_back({{0, 0, 0}, 1000});
    expect_trust(base);
}

// The unit of time is nobody's business.
TEST_P(HostileOrders, ExtremeUnitsOfTime) {
    if (discrete()) return;  // opportunities have no unit
    const Base days = ordinary(1000, 300, 43);
    const Fit expected = expect_trust(days);
    ASSERT_EQ(expected.status, Status::converged);
    for (const double unit : {1e-6, 1e6}) {
        Base base = days;
        for (CustomerCount &row : base) {
            row.customer.recency *= unit;
            row.customer.tenure *= unit;
        }
        const Fit fit = expect_trust(base);
        ASSERT_EQ(fit.status, Status::converged);
        for (int i = 0; i < static_cast<int>(fit.parameters.size()); ++i)
            EXPECT_NEAR(fit.parameters[i] / (expected.parameters[i] * (model().time[i] ? unit : 1)), 1, 1e-7) << i;
    }
}

TEST_P(HostileOrders, FewCustomers) {
    for (const int customers : {12, 50})
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            SCOPED_TRACE(testing::Message() << customers << " customers, seed " << seed);
            expect_trust(ordinary(customers, 100, seed));
        }
    EXPECT_TRUE(expect_trust(ordinary(9, 100, 44)).usable());
}

TEST_P(HostileOrders, TwoPopulations) {
    Base base;
    for (double tenure = 30; tenure <= 365; ++tenure) {
        base.push_back({{std::floor(tenure / 3), 3 * std::floor(tenure / 3), tenure}, 1});
        base.push_back({{0, 0, tenure}, 1});
    }
    expect_trust(base);
}

TEST_P(HostileOrders, ABillionAlike) {
    EXPECT_EQ(expect_trust({{{3, 50, 100}, 1e9}}).status, Status::identical_customers);
    expect_trust({{{3, 50, 100}, 1e9}, {{0, 0, 100}, 1e9}});
    expect_trust({{{3, 50, 100}, 1e9}, {{0, 0, 100}, 1}});
}

TEST_P(HostileOrders, OneBuyerLikeNoOther) {
    for (const double frequency : {99999.0, 1e6}) {
        Base base = ordinary(1000, 300, 45);
        base.push_back({{frequency, discrete() ? frequency : 299, discrete() ? frequency : 300}, 1});
        expect_trust(base);
    }
}

TEST_P(HostileOrders, Weights) {
    const Base base = ordinary(1000, 300, 46);
    const Fit expected = expect_trust(base);
    ASSERT_EQ(expected.status, Status::converged);
    for (const double weight : {0.1, 1e12}) {
        Base weighted = base;
        for (CustomerCount &row : weighted) row.count *= weight;
        const Fit fit = expect_trust(weighted);
        ASSERT_EQ(fit.status, Status::converged) << weight;
        for (int i = 0; i < static_cast<int>(fit.parameters.size()); ++i) {
            EXPECT_NEAR(fit.parameters[i] / expected.parameters[i], 1, 1e-6) << i;
            const int ii = covariance_index(i, i);
            EXPECT_NEAR(fit.covariance[ii] * weight / expected.covariance[ii], 1, 1e-5) << i;
        }
    }
    Base uneven = base, light = base;
    for (std::size_t i = 0; i < base.size(); ++i) {
        uneven[i].count = i % 2 == 0 ? 1e6 : 1e-12;
        light[i].count = 1e-12;
    }
    expect_trust(uneven);
    expect_trust(light);
}

INSTANTIATE_TEST_SUITE_P(Fits, HostileOrders, testing::ValuesIn(orders_fits),
                         [](const auto &info) { return std::string(info.param.family.name); });

// ---- Gamma-Gamma

Fit expect_trust(Spends base) {
    std::sort(base.begin(), base.end(), [](const SpendCount &one, const SpendCount &other) {
        return one.spend.frequency < other.spend.frequency;
    });
    const Fit fit = gg::fit({base.data(), base.size()}, 1, never_stop);
    double spend = 0, count = 0;
    for (const SpendCount &row : base) {
        spend += row.count * row.spend.monetary_value;
        count += row.count;
    }
    const double sizes[] = {1, 1, spend / count};
    if (fit.status == Status::boundary || fit.status == Status::weak) {
        // An answer there is: between what a customer spends and what everybody does, give or take rounding.
        const SpendFamily &form = *gg::family.find_form(fit.form)->spend;
        const double mean = form.population_mean(fit.parameters.data());
        EXPECT_TRUE(std::isfinite(mean) && mean > 0);
        for (const SpendCount &row : base) {
            const double expected = form.expected_spend(fit.parameters.data(), row.spend), m = row.spend.monetary_value;
            EXPECT_GE(expected, std::fmin(m, mean) * (1 - 1e-9));
            EXPECT_LE(expected, std::fmax(m, mean) * (1 + 1e-9));
        }
        return fit;
    }
    expect_trustworthy(fit, gg::family, [&](const double *p) {
        double sum = 0;
        for (const SpendCount &row : base) sum += row.count * gg::family.spend->log_likelihood(p, row.spend);
        return sum;
    }, sizes);
    return fit;
}

Spends ordinary_spends(int customers, std::uint64_t seed) {
    const double p[] = {6, 4, 15};
    Random random(seed);
    return simulated_spends(*gg::family.spend, p, customers, random);
}

TEST(HostileSpends, NobodyDiffers) {
    Spends base;
    for (double frequency = 1; frequency <= 30; ++frequency) base.push_back({{frequency, 9.99}, 20});
    EXPECT_NE(expect_trust(base).status, Status::converged);
    EXPECT_EQ(expect_trust(Spends{{{3, 9.99}, 1e9}}).status, Status::boundary);
}

TEST(HostileSpends, FewCustomers) {
    for (const int customers : {12, 50})
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            SCOPED_TRACE(testing::Message() << customers << " customers, seed " << seed);
            expect_trust(ordinary_spends(customers, seed));
        }
    EXPECT_TRUE(expect_trust(ordinary_spends(3, 51)).usable());
}

TEST(HostileSpends, OddOnes) {
    for (const Spend odd : {Spend{1, 1e9}, Spend{1, 1e-9}, Spend{1e6, 20}, Spend{1e6, 1e-6}}) {
        Spends base = ordinary_spends(1000, 52);
        base.push_back({odd, 1});
        SCOPED_TRACE(testing::Message() << odd.frequency << " times " << odd.monetary_value);
        expect_trust(base);
    }
}

TEST(HostileSpends, OnePurchaseEach) {
    Spends base = ordinary_spends(1000, 53);
    for (SpendCount &row : base) row.spend.frequency = 1;
    expect_trust(base);
}

TEST(HostileSpends, TwoPopulations) {
    Spends base;
    for (double frequency = 1; frequency <= 30; ++frequency) {
        base.push_back({{frequency, 1}, 20});
        base.push_back({{frequency, 1000}, 20});
    }
    expect_trust(base);
}

TEST(HostileSpends, UnitsOfMoneyAndWeights) {
    const Spends base = ordinary_spends(1000, 54);
    const Fit expected = expect_trust(base);
    ASSERT_EQ(expected.status, Status::converged);
    for (const double unit : {1e-6, 1.0, 1e9})
        for (const double weight : {0.1, 1.0, 1e12}) {
            Spends other = base;
            for (SpendCount &row : other) {
                row.spend.monetary_value *= unit;
                row.count *= weight;
            }
            const Fit fit = expect_trust(other);
            ASSERT_EQ(fit.status, Status::converged) << unit << ' ' << weight;
            for (int i = 0; i < 3; ++i)
                EXPECT_NEAR(fit.parameters[i] / (expected.parameters[i] * (i == 2 ? unit : 1)), 1, 1e-6) << i;
        }
}

// ---- sBG

Fit expect_trust(Contracts base) {
    std::sort(base.begin(), base.end(), [](const ContractCount &one, const ContractCount &other) {
        return one.contract.periods < other.contract.periods;
    });
    const Fit fit = sbg::fit({base.data(), base.size()}, never_stop);
    const double sizes[] = {1, 1};
    expect_trustworthy(fit, sbg::family, [&](const double *p) {
        double sum = 0;
        for (const ContractCount &row : base) sum += row.count * sbg::family.contract->log_likelihood(p, row.contract);
        return sum;
    }, sizes);
    return fit;
}

TEST(HostileContracts, NothingToLearn) {
    EXPECT_EQ(expect_trust(Contracts{{{5, 0}, 1000}, {{6, 0}, 1000}}).status, Status::nobody_churned);
    EXPECT_FALSE(expect_trust(Contracts{{{0, 0}, 1000}}).usable());
    EXPECT_EQ(expect_trust(Contracts{{{1, 1}, 1e9}}).status, Status::identical_customers);
    EXPECT_EQ(expect_trust(Contracts{{{1, 1}, 500}, {{1, 0}, 500}}).status, Status::boundary);
    EXPECT_TRUE(expect_trust(Contracts{{{1, 1}, 5}, {{2, 0}, 4}}).usable());
}

TEST(HostileContracts, EverybodyLeavesAlike) {
    Contracts geometric;
    for (double period = 1; period <= 30; ++period) geometric.push_back({{period, 1}, 1e6 * std::pow(0.5, period)});
    EXPECT_NE(expect_trust(geometric).status, Status::converged);
    EXPECT_NE(expect_trust(Contracts{{{5, 1}, 1000}, {{6, 1}, 1000}}).status, Status::converged);
}

TEST(HostileContracts, TwoPopulations) {
    expect_trust(Contracts{{{1, 1}, 1000}, {{36, 0}, 1000}});
    expect_trust(Contracts{{{1, 1}, 1000}, {{100000, 0}, 1000}});
    expect_trust(Contracts{{{1, 1}, 1e9}, {{2, 0}, 1}});
    expect_trust(Contracts{{{1, 1}, 1e12}, {{2, 1}, 1e-12}, {{3, 0}, 1}});
}

TEST(HostileContracts, FewCustomers) {
    Random random(61);
    for (int sample = 0; sample < 200; ++sample) {
        Contracts base;
        for (int i = 0; i < 12; ++i)
            base.push_back({{std::floor(1 + 6 * draw_uniform(random)), draw_uniform(random) < 0.5 ? 1.0 : 0.0}, 1});
        SCOPED_TRACE(sample);
        expect_trust(base);
    }
}

}  // namespace
}  // namespace cltv
