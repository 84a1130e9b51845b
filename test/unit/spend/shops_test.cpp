// Shops of every kind, and what each family of spend models says of them.
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/base/stop.hpp"
#include "core/spend/gg.hpp"
#include "core/spend/lognormal.hpp"
#include "core/spend/own.hpp"
#include "core/spend/spend_fit.hpp"

namespace cltv {
namespace {

using Rows = std::vector<SpendCount>;

const Family *const fits[] = {&gg::family, &lognormal::family, &own::family};

View<SpendCount> sorted(Rows &rows) {
    std::sort(rows.begin(), rows.end(), [](const SpendCount &one, const SpendCount &other) {
        return one.spend.frequency < other.spend.frequency;
    });
    return {rows.data(), rows.size()};
}

// Every customer purchases 1 to 7 times; amount(own level) is drawn for each purchase, first ones included if told.
Rows shop(int customers, bool first, const std::function<double(Random &)> &level,
          const std::function<double(double, Random &)> &amount, std::uint64_t seed = 1) {
    Random random(seed);
    Rows rows;
    for (int i = 0; i < customers; ++i) {
        const double own = level(random), frequency = 1 + i % 7;
        double sum = 0;
        const double earlier = amount(own, random);
        for (int k = 0; k < frequency; ++k) sum += amount(own, random);
        rows.push_back({{frequency, sum / frequency, first ? earlier : 0}, 1});
    }
    return rows;
}

const Form &form_of(const Family *which, const Fit &fit) { return *which->find_form(fit.form); }

double expected(const Family *which, const Fit &fit, const Spend &spend) {
    return form_of(which, fit).spend->expected_spend(fit.parameters.data(), spend);
}

// A fit is sound: a model that could be stored, whose likelihood is the sum of its customers', with finite answers.
void expect_sound(const Family *which, const Fit &fit, const Rows &rows) {
    ASSERT_TRUE(fit.usable());
    const char *fault = find_fault(view_of(fit), *which);
    EXPECT_EQ(fault, nullptr) << fault;
    double sum = 0;
    for (const SpendCount &row : rows) {
        EXPECT_TRUE(std::isfinite(expected(which, fit, row.spend)));
        if (row.spend.frequency > 0 && (row.spend.monetary_value > 0 || which->spend->any_sign))
            sum += row.count * form_of(which, fit).spend->log_likelihood(fit.parameters.data(), row.spend);
    }
    if (fit.status != Status::no_repeat_purchases && fit.skipped == 0) {
        EXPECT_NEAR(fit.log_likelihood, sum, 1e-7 * std::fabs(sum) + 1e-7);
    }
    for (const Spend &customer : {Spend{0, 0, 0}, Spend{0, 0, 7}, Spend{1, 20, 0}, Spend{400, 20, 7}})
        EXPECT_TRUE(std::isfinite(expected(which, fit, customer)));
}

void expect_form(Rows rows, const char *limit, const std::function<void(const Family *, const Fit &)> &check) {
    for (const Family *which : fits) {
        SCOPED_TRACE(which->name);
        const Fit fit = which->fit_spend(sorted(rows), 1, never_stop);
        expect_sound(which, fit, rows);
        if (!fit.usable()) continue;
        EXPECT_EQ(fit.status, Status::boundary);
        EXPECT_STREQ(form_of(which, fit).limit, limit);
        check(which, fit);
    }
}

double price_of_three(Random &random) {
    const double prices[] = {10, 20, 50};
    return prices[static_cast<int>(draw_uniform(random) * 3)];
}

double own_price(double own, Random &) { return own; }

TEST(Shops, OnePrice) {
    // 3 times 9.99 over 3 is not 9.99 to the last digit.
    expect_form(shop(200, true, [](Random &) { return 9.99; }, own_price), "one price",
                [](const Family *which, const Fit &fit) {
                    EXPECT_NEAR(expected(which, fit, {0, 0, 0}), 9.99, 1e-12);
                    EXPECT_NEAR(expected(which, fit, {3, 5, 5}), 9.99, 1e-12);
                });
}

TEST(Shops, Plans) {
    expect_form(shop(300, false, price_of_three, own_price), "fixed prices", [](const Family *which, const Fit &fit) {
        EXPECT_EQ(expected(which, fit, {1, 50, 0}), 50);
        EXPECT_NEAR(expected(which, fit, {0, 0, 0}), 27, 3);
    });
    expect_form(shop(300, true, price_of_three, own_price), "as the first order",
                [](const Family *which, const Fit &fit) {
                    EXPECT_EQ(expected(which, fit, {1, 50, 50}), 50);
                    EXPECT_EQ(expected(which, fit, {0, 0, 20}), 20);
                });
}

// Means of x purchases scatter as 1/x, less than the means of independent ones do.
TEST(Shops, EverybodyAlike) {
    Random random(4);
    Rows rows;
    for (int i = 0; i < 2000; ++i) {
        const double frequency = 1 + i % 7;
        rows.push_back({{frequency, 20 * (1 + 0.2 * draw_normal(random) / frequency), 0}, 1});
    }
    expect_form(rows, "customers alike", [](const Family *which, const Fit &fit) {
        EXPECT_NEAR(expected(which, fit, {5, 90, 0}), 20, 0.2);
        EXPECT_EQ(expected(which, fit, {5, 90, 0}), expected(which, fit, {0, 0, 0}));
    });
}

TEST(Shops, FreeOrders) {
    expect_form(shop(30, true, [](Random &) { return 0; }, own_price), "free orders",
                [](const Family *which, const Fit &fit) { EXPECT_EQ(expected(which, fit, {3, 0, 0}), 0); });
}

TEST(Shops, NobodyCameBack) {
    Rows rows;
    for (int i = 0; i < 30; ++i) rows.push_back({{0, 0, 5.0 + i}, 1});
    for (const Family *which : fits) {
        SCOPED_TRACE(which->name);
        const Fit fit = which->fit_spend(sorted(rows), 1, never_stop);
        EXPECT_EQ(fit.status, Status::no_repeat_purchases);
        expect_sound(which, fit, rows);
        EXPECT_DOUBLE_EQ(expected(which, fit, {0, 0, 0}), 19.5);
    }
    EXPECT_FALSE(gg::fit({}, 1, never_stop).usable());
}

// A mean does not exist where q <= 1, and yet every prediction is finite, and that of nobody the customers' mean.
TEST(Shops, TailsWithoutAMean) {
    Rows rows = shop(2000, false, [](Random &random) { return 20 / draw_gamma(0.8, random); },
                     [](double own, Random &random) { return own / 2 * draw_gamma(2, random); });
    double mean = 0;
    for (const SpendCount &row : rows) mean += row.spend.monetary_value / 2000;
    const Fit fit = gg::fit(sorted(rows), 1, never_stop);
    expect_sound(fits[0], fit, rows);
    EXPECT_EQ(fit.status, Status::weak);
    EXPECT_EQ(fit.subject, 1);
    EXPECT_TRUE(fit.prior);
    EXPECT_NEAR(expected(fits[0], fit, {0, 0, 0}) / mean, 1, 1e-9);
    const Fit plain = gg::fit(sorted(rows), 0, never_stop);
    EXPECT_EQ(plain.status, Status::converged);
    EXPECT_LT(plain.parameters[1], 1);
}

TEST(Shops, AHundredWholesaleBuyers) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        Rows rows = shop(100, seed % 2 == 1,
                         [](Random &random) { return std::exp(7 + 1.5 * draw_normal(random)); },
                         [](double own, Random &random) { return own * std::exp(0.5 * draw_normal(random)); }, seed);
        for (const Family *which : fits) {
            SCOPED_TRACE(which->name + std::string(", seed ") + std::to_string(seed));
            expect_sound(which, which->fit_spend(sorted(rows), 1, never_stop), rows);
        }
    }
}

TEST(Shops, AFewCustomers) {
    for (int customers = 1; customers <= 12; ++customers)
        for (std::uint64_t seed = 0; seed < 10; ++seed) {
            Rows rows = shop(customers, seed % 2 == 1, [](Random &random) { return 10 * draw_gamma(3, random); },
                             [](double own, Random &random) { return own * draw_gamma(4, random) / 4; }, seed);
            for (const Family *which : fits) {
                SCOPED_TRACE(testing::Message() << which->name << ' ' << customers << " seed " << seed);
                expect_sound(which, which->fit_spend(sorted(rows), 1, never_stop), rows);
            }
        }
}

TEST(Shops, OnePurchaseEach) {
    Rows rows = shop(1000, false, [](Random &random) { return std::exp(3 + 0.5 * draw_normal(random)); },
                     [](double own, Random &random) { return own * std::exp(0.7 * draw_normal(random)); });
    for (SpendCount &row : rows) row.spend.frequency = 1;
    for (const Family *which : fits) {
        SCOPED_TRACE(which->name);
        const Fit fit = which->fit_spend(sorted(rows), 1, never_stop);
        expect_sound(which, fit, rows);
        const double far = expected(which, fit, {1, 200, 0}), mean = expected(which, fit, {0, 0, 0});
        EXPECT_GT(far, mean);
        EXPECT_LT(far, 200);
    }
}

TEST(Shops, Profits) {
    Rows rows = shop(3000, true, [](Random &random) { return 4 + 10 * draw_normal(random); },
                     [](double own, Random &random) { return own + 20 * draw_normal(random); });
    const ComparedSpend best = fit_spends(sorted(rows), 1, never_stop).front();
    EXPECT_STREQ(best.family->name, "own");
    expect_sound(fits[2], best.fit, rows);
    // What one purchase tells of the level: 10^2/(10^2 + 20^2).
    ASSERT_EQ(best.fit.parameters.size(), 5u);
    EXPECT_NEAR(best.fit.parameters[3], 0.2, 4 * std::sqrt(best.fit.covariance[covariance_index(3, 3)]));
    EXPECT_NEAR(expected(fits[2], best.fit, {0, 0, 54}), 4 + 0.2 * 50, 1.5);
    EXPECT_LT(expected(fits[2], best.fit, {0, 0, -96}), 0);
}

// The first purchase says as much as the levels vary, and nothing where they do not.
TEST(Shops, FirstPurchases) {
    const auto scatter = [](double own, Random &random) { return own * draw_gamma(4, random) / 4; };
    const Rows varied = shop(8000, true, [](Random &random) { return std::exp(3 + 0.8 * draw_normal(random)); }, scatter);
    const Rows same = shop(8000, true, [](Random &) { return 20; }, scatter);
    for (const Family *which : {fits[0], fits[1]}) {
        SCOPED_TRACE(which->name);
        Rows rows = varied;
        const Fit fit = which->fit_spend(sorted(rows), 1, never_stop);
        expect_sound(which, fit, rows);
        EXPECT_GT(expected(which, fit, {0, 0, 80}), 1.5 * expected(which, fit, {0, 0, 20}));
        EXPECT_GT(expected(which, fit, {0, 0, 20}), 1.5 * expected(which, fit, {0, 0, 5}));
        // Where the amount of the first purchase is not known, the mean of those of whom it is.
        double mean = 0;
        for (const SpendCount &row : rows) mean += expected(which, fit, {0, 0, row.spend.first_value}) / 8000;
        EXPECT_NEAR(expected(which, fit, {0, 0, 0}) / mean, 1, 1e-9);

        rows = same;
        const Fit flat = which->fit_spend(sorted(rows), 1, never_stop);
        expect_sound(which, flat, rows);
        EXPECT_NEAR(expected(which, flat, {0, 0, 80}) / expected(which, flat, {0, 0, 5}), 1, 0.1);
    }
}

// Money has no unit.
TEST(Shops, Currencies) {
    const Rows rows = shop(500, true, [](Random &random) { return 10 * draw_gamma(3, random); },
                           [](double own, Random &random) { return own * draw_gamma(4, random) / 4; });
    for (const Family *which : fits) {
        SCOPED_TRACE(which->name);
        Rows here = rows;
        const Fit one = which->fit_spend(sorted(here), 1, never_stop);
        for (const double unit : {1e-6, 1e9}) {
            Rows there = rows;
            for (SpendCount &row : there) {
                row.spend.monetary_value *= unit;
                row.spend.first_value *= unit;
            }
            const Fit other = which->fit_spend(sorted(there), 1, never_stop);
            ASSERT_EQ(one.form, other.form);
            for (const Spend &customer : {Spend{0, 0, 0}, Spend{0, 0, 40}, Spend{2, 30, 10}})
                EXPECT_NEAR(expected(which, other, {customer.frequency, customer.monetary_value * unit,
                                                    customer.first_value * unit}) / unit,
                            expected(which, one, customer), 1e-6 * expected(which, one, customer));
        }
    }
}

TEST(Shops, TheBestFamily) {
    Rows gamma = shop(3000, false, [](Random &random) { return 20 / draw_gamma(4, random); },
                      [](double own, Random &random) { return own * draw_gamma(5, random); });
    EXPECT_STREQ(fit_spends(sorted(gamma), 1, never_stop).front().family->name, "gg");
    Rows logs = shop(3000, false, [](Random &random) { return std::exp(3 + 1.2 * draw_normal(random)); },
                     [](double own, Random &random) { return own * std::exp(0.5 * draw_normal(random)); });
    EXPECT_STREQ(fit_spends(sorted(logs), 1, never_stop).front().family->name, "lognormal");
    Rows normal = shop(3000, false, [](Random &random) { return 100 + 15 * draw_normal(random); },
                       [](double own, Random &random) { return own + 10 * draw_normal(random); });
    EXPECT_STREQ(fit_spends(sorted(normal), 1, never_stop).front().family->name, "own");
}

}  // namespace
}  // namespace cltv
