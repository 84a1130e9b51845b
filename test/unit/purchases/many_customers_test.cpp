// Fits of so many customers that the search begins among some of them: it ends at the maximum of all.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/families.hpp"
#include "unit/purchases/limit_checks.hpp"
#include "unit/purchases/simulated_base.hpp"

namespace cltv {
namespace {

// Where the likelihood of all, by what the family says of one customer, has no slope and bends down. A tenth of a standard
// error is the step: a slope of 1e-5 of what it costs is a place within a millionth of one.
void expect_maximum(const Family &family, const Fit &fit, View<CustomerCount> base) {
    ASSERT_TRUE(fit.usable()) << family.name << ' ' << static_cast<int>(fit.status);
    const Form &form = *family.find_form(fit.form);
    EXPECT_NEAR(fit.log_likelihood / log_likelihood_of(*form.orders, fit.parameters.data(), base), 1, 1e-12);
    for (std::size_t i = 0; i < fit.parameters.size(); ++i) {
        const double error = std::sqrt(fit.covariance[covariance_index(static_cast<int>(i), static_cast<int>(i))]);
        const auto moved = [&](double steps) {
            std::vector<double> p = fit.parameters;
            p[i] += 0.1 * steps * error;
            return log_likelihood_of(*form.orders, p.data(), base) - fit.log_likelihood;
        };
        const double up = moved(1), down = moved(-1), up2 = moved(2), down2 = moved(-2);
        const double slope = (8 * (up - down) - (up2 - down2)) / 12, bend = -(up + down);
        EXPECT_GT(bend, 0) << family.name << ' ' << i;
        EXPECT_LT(std::fabs(slope / bend), 1e-3) << family.name << ' ' << i;
    }
}

// The customers' own, added up in 64 bits of mantissa: so many terms rounded as doubles would leave 1e-8 between them.
double exact_log_likelihood(const OrdersFamily &orders, const double *p, View<CustomerCount> base) {
    long double sum = 0;
    for (const CustomerCount &row : base) sum += static_cast<long double>(row.count) * orders.log_likelihood(p, row.customer);
    return static_cast<double>(sum);
}

TEST(ManyCustomers, TheMaximumIsThatOfAll) {
    struct Shop {
        const Family &family;
        std::vector<double> p;
    };
    for (const Shop &shop : {Shop{bgnbd::family, {0.9, 40, 0.8, 2.5}}, Shop{mbgnbd::family, {0.9, 40, 0.8, 2.5}},
                             Shop{pnbd::family, {0.9, 40, 0.7, 200}}, Shop{nbd::family, {0.9, 40}}}) {
        Random random(11);
        const std::vector<CustomerCount> rows = simulated_customers(*shop.family.orders, shop.p.data(), 70000, 500, random);
        const View<CustomerCount> base{rows.data(), rows.size()};
        const Fit fit = shop.family.fit_orders(base, 1, never_stop);
        EXPECT_EQ(fit.status, Status::converged) << shop.family.name;
        expect_maximum(shop.family, fit, base);
        EXPECT_NEAR(fit.log_likelihood, exact_log_likelihood(*shop.family.orders, fit.parameters.data(), base), 1e-9) << shop.family.name;
    }
}

// Frequencies from a mixture and recencies from anywhere: the maximum lies at a limit, and no other form is higher.
TEST(ManyCustomers, OfNoModelHaveTheHighestOfAllForms) {
    Random random(5);
    std::vector<CustomerCount> rows;
    for (int i = 0; i < 70000; ++i) {
        const double u = draw_uniform(random), tenure = 30 + std::floor(700 * draw_uniform(random));
        const double x = u < 0.5 ? 0 : u < 0.8 ? 1 + std::floor(3 * draw_uniform(random)) : 5 + std::floor(25 * draw_uniform(random));
        rows.push_back({{x, x == 0 ? 0 : std::ceil(tenure * draw_uniform(random)), tenure}, 1});
    }
    std::stable_sort(rows.begin(), rows.end(), [](const CustomerCount &one, const CustomerCount &other) {
        return one.customer.frequency < other.customer.frequency;
    });
    const View<CustomerCount> base{rows.data(), rows.size()};
    // Some of them, of whom a fit looks at all, see the same form ahead.
    std::vector<CustomerCount> few;
    for (std::size_t i = 0; i < rows.size(); i += 7) few.push_back(rows[i]);
    for (const Family *family : {&bgnbd::family, &mbgnbd::family, &pnbd::family}) {
        const Fit fit = family->fit_orders(base, 1, never_stop), of_few = family->fit_orders({few.data(), few.size()}, 1, never_stop);
        expect_maximum(*family, fit, base);
        EXPECT_EQ(fit.form, of_few.form) << family->name;
        EXPECT_EQ(fit.status, of_few.status) << family->name;
    }
}

// Who stands for others stands for as many: counts and rows are the same.
TEST(ManyCustomers, CountAsTheyCome) {
    Random random(3);
    const double p[] = {0.9, 40, 0.8, 2.5};
    std::vector<CustomerCount> rows = simulated_customers(*bgnbd::family.orders, p, 65000, 500, random);
    const Fit once = bgnbd::family.fit_orders({rows.data(), rows.size()}, 1, never_stop);
    for (CustomerCount &row : rows) row.count = 3;
    const Fit thrice = bgnbd::family.fit_orders({rows.data(), rows.size()}, 1, never_stop);
    EXPECT_NEAR(thrice.log_likelihood / once.log_likelihood, 3, 1e-9);
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(thrice.parameters[i] / once.parameters[i], 1, 1e-8) << i;
}

}  // namespace
}  // namespace cltv
