// Predictions with a memo are those without one, to the last bit, whatever the memo forgot.
#include "core/purchases/recalled_orders.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/purchases/beta_geometric_model.hpp"
#include "core/purchases/pareto_model.hpp"
#include "core/purchases/recalled_interval.hpp"

namespace cltv {
namespace {

const OrdersFamily *const families[] = {&BetaGeometricModel<GammaRates, BetaChances, 0>::orders,
                                        &BetaGeometricModel<GammaRates, BetaChances, 1>::orders,
                                        &ParetoModel<GammaRates, GammaRates>::orders,
                                        &BetaGeometricModel<GammaRates, NeverLeaves, 0>::orders};

constexpr double models[][4] = {{1.02, 38.4, 0.8, 2.5}, {1.54, 73.3, 1.57, 413}, {0.55, 60, 0.7, 20}};

// Two models in turns, customers who share what a memo goes by, twice.
void expect_same(std::size_t slots) {
    std::vector<Memo::Slot> memory(slots);
    Memo alive{}, dead{}, none{}, purchases{}, after{}, discounted{}, pmf{};
    std::vector<std::vector<Memo::Slot>> all(7, memory);
    std::size_t i = 0;
    for (Memo *const memo : {&alive, &dead, &none, &purchases, &after, &discounted, &pmf}) {
        if (slots > 0) memo->move(all[i].data(), slots);
        ++i;
    }
    for (const OrdersFamily *const family : families)
        for (int turn = 0; turn < 2; ++turn)
            for (double x = 0; x < 6; ++x)
                for (const double tenure : {10.0, 200.0, 200.5, 700.0})
                    for (const double recency : {0.0, 1.0, 9.75, 150.0})
                        for (const double *const p : models) {
                            if (recency > tenure || (x == 0) != (recency == 0)) continue;
                            const Customer c = {x, recency, tenure};
                            EXPECT_EQ(recalled_prob_alive(*family, p, c, alive), family->prob_alive(p, c));
                            EXPECT_EQ(recalled_prob_dead(*family, p, c, dead), family->prob_dead(p, c));
                            for (const double h : {0.0, 90.0, std::numeric_limits<double>::infinity()}) {
                                EXPECT_EQ(recalled_no_purchase(*family, p, c, h, none), family->prob_no_purchase(p, c, h));
                                EXPECT_EQ(recalled_purchases(*family, p, c, h, purchases), family->expected_purchases(p, c, h));
                                EXPECT_EQ(recalled_alive_after(*family, p, c, h, after), family->prob_alive_after(p, c, h));
                                EXPECT_EQ(recalled_discounted(*family, p, c, h, 3e-4, discounted),
                                          family->discounted_purchases(p, c, h, 3e-4));
                                for (const double n : {0.0, 1.0, 4.0})
                                    EXPECT_EQ(recalled_pmf(*family, p, c, h, n, pmf), family->purchase_pmf(p, c, h, n));
                            }
                        }
}

TEST(RecalledOrders, AreTheSameBits) {
    expect_same(0);
    expect_same(64);
    expect_same(65536);
}

TEST(RecalledOrders, KeepFamiliesApart) {
    std::vector<Memo::Slot> slots(1024);
    Memo memo{};
    memo.move(slots.data(), slots.size());
    const Customer c = {2, 9.75, 200};
    for (const OrdersFamily *const family : families)
        EXPECT_EQ(recalled_purchases(*family, models[0], c, 90, memo), family->expected_purchases(models[0], c, 90));
}

// Beside central differences of the whole expectation in each parameter.
TEST(RecalledInterval, IsTheDeltaMethods) {
    const double covariance[] = {4e-4, 1e-3, 0.9, -2e-5, 3e-4, 1e-3, 1e-4, -1e-3, 2e-4, 4e-2};
    const ParameterState states[4] = {ParameterState::estimated, ParameterState::estimated, ParameterState::estimated,
                                      ParameterState::estimated};
    std::vector<GradientMemo::Slot> slots(1024);
    GradientMemo memo{}, none{};
    memo.move(slots.data(), slots.size());
    int found = 0, asked = 0;
    for (const OrdersFamily *const family : families)
        for (const double *const p : models) {
            ModelView model{};
            model.n_parameters = 4;
            model.parameters = p;
            model.states = states;
            model.covariance = covariance;
            for (int turn = 0; turn < 2; ++turn)
                for (double x = 0; x < 6; ++x)
                    for (const double tenure : {10.0, 200.0, 200.5, 700.0})
                        for (const double recency : {0.0, 1.0, 9.75, 150.0, 199.0}) {
                            if (recency > tenure || (x == 0) != (recency == 0)) continue;
                            const Customer c = {x, recency, tenure};
                            ConfidenceInterval interval, anew;
                            ++asked;
                            const bool known = recalled_interval(*family, model, c, 90, 1.96, memo, interval);
                            EXPECT_EQ(recalled_interval(*family, model, c, 90, 1.96, none, anew), known);
                            if (!known) continue;
                            ++found;
                            EXPECT_EQ(interval.lower, anew.lower);
                            EXPECT_EQ(interval.upper, anew.upper);
                            const auto expected = [&](const double *q) { return family->expected_purchases(q, c, 90); };
                            const double estimate = expected(p), error = std::sqrt(delta_variance(expected, model));
                            EXPECT_EQ(interval.estimate, estimate);
                            const double spread = std::exp(1.96 * error / estimate);
                            EXPECT_NEAR(interval.upper / estimate, spread, 1e-7 * spread);
                            EXPECT_NEAR(interval.lower * spread / estimate, 1, 1e-7);
                        }
        }
    EXPECT_GT(found, asked / 2);  // NBD, the last family, has another way
}

TEST(Memo, WorksOutOnceWhatItKeeps) {
    std::vector<Memo::Slot> few(64), many(65536);
    Memo memo{};
    const double p[] = {1, 2, 3, 4}, q[] = {1, 2, 3, 5};
    int computed = 0;
    const auto ask = [&](const double *parameters, double a, double b) {
        memo.put(parameters, 4);
        return memo(a, b, 90, [&] { return ++computed, parameters[3] * 1000 + a * 10 + b; });
    };
    EXPECT_EQ(ask(p, 1, 2), 4012);  // without slots
    memo.move(few.data(), few.size());
    for (int turn = 0; turn < 3; ++turn) {
        EXPECT_EQ(ask(p, 1, 2), 4012);
        EXPECT_EQ(ask(q, 1, 2), 5012);
    }
    EXPECT_EQ(computed, 3);
    // What was known stays known in more slots; whole numbers find places of their own.
    memo.move(many.data(), many.size());
    EXPECT_EQ(ask(p, 1, 2), 4012);
    EXPECT_EQ(computed, 3);
    for (int turn = 0; turn < 2; ++turn) {
        computed = 0;
        for (int a = 0; a < 30; ++a)
            for (int b = 0; b < 700; ++b) EXPECT_EQ(ask(p, a, b), 4000 + a * 10 + b);
    }
    EXPECT_LT(computed, 21000 / 4);
}

// A ninth model takes the place of the oldest, whose numbers never come back as another's.
TEST(Memo, KeepsModelsApart) {
    std::vector<Memo::Slot> slots(1024);
    Memo memo{};
    memo.move(slots.data(), slots.size());
    for (int turn = 0; turn < 3; ++turn)
        for (double model = 0; model < 20; ++model) {
            memo.put(&model, 1);
            EXPECT_EQ(memo(1, 2, 3, [=] { return model; }), model);
        }
}

TEST(Memo, GrowsForWhatComesBack) {
    std::vector<Memo::Slot> slots(64);
    const auto crowded = [&](double models) {
        Memo memo{};
        memo.move(slots.data(), slots.size());
        for (double turn = 0; turn < 1000; ++turn) {
            const double model = std::fmod(turn, models);
            memo.put(&model, 1);
            memo(turn, 2, 3, [] { return 1.0; });
        }
        return memo.crowded();
    };
    EXPECT_TRUE(crowded(1));
    EXPECT_TRUE(crowded(8));
    EXPECT_FALSE(crowded(100));
}

}  // namespace
}  // namespace cltv
