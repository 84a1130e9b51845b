#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/families.hpp"
#include "core/fit/clock_times.hpp"
#include "core/purchases/rates.hpp"
#include "unit/purchases/dated_shop.hpp"

namespace cltv {
namespace {

constexpr std::uint32_t n_days = 1500;

ClockTimes times_of(const CalendarClock &clock) { return {clock.begin(), n_days, clock.times()}; }

HistoryDays customer(double x, Day recency, Day tenure) { return {x, as_of - tenure, as_of - tenure + recency, as_of}; }

struct Case {
    const OrdersFamily *orders;
    std::vector<double> parameters;
};

// Pareto/NBD and its limits whose customers leave in time.
std::vector<Case> leaving_in_time() {
    std::vector<Case> cases = {{pnbd::family.orders, {0.55, 40, 0.6, 200}},
                               {pnbd::family.orders, {12, 300, 4, 30}},
                               {pnbd::family.orders, {0.02, 0.3, 0.1, 1}}};
    for (const Form &limit : pnbd::family.limits) {
        if (limit.orders->dated == nullptr) continue;
        std::vector<double> p;
        for (std::size_t i = 0; i < limit.parameters.size; ++i) {
            const std::string name = limit.parameters[i].name;
            p.push_back(name == "r" ? 0.8 : name == "alpha" ? 50 : name == "s" ? 0.6 : name == "beta" ? 200 : 0.01);
        }
        cases.push_back({limit.orders, p});
    }
    EXPECT_EQ(cases.size(), 6u);
    return cases;
}

const HistoryDays customers[] = {customer(0, 0, 0), customer(0, 0, 400), customer(3, 250, 260), customer(30, 500, 502),
                                 customer(2, 30, 500)};

// On a clock that goes as days do it is the probability without a calendar, whose own digits end there.
TEST(CalendarPredictions, PmfWithoutSeason) {
    const Made calendar(false, false);
    const double none = 0;
    const CalendarClock clock(*calendar, first_day, n_days, &none);
    const ClockTimes times = times_of(clock);
    for (const Case &one : leaving_in_time())
        for (const HistoryDays &days : customers)
            for (const double horizon : {0.0, 0.5, 1.0, 90.0, 365.25, 5000.0, 1e9, std::numeric_limits<double>::infinity()})
                for (const double n : {0.0, 1.0, 2.0, 3.0, 9.0, 40.0, 300.0, 5000.0}) {
                    const Customer plain = ClockTimes{}.customer(days);
                    const double exact = one.orders->purchase_pmf(one.parameters.data(), plain, horizon, n);
                    const double dated = purchase_pmf(*one.orders, one.parameters.data(), times, days, horizon, n);
                    EXPECT_NEAR(dated, exact, 1e-12 * exact + 1e-300)
                        << one.parameters.size() << " " << one.parameters[0] << " x " << days.frequency << " T "
                        << days.as_of - days.first << " h " << horizon << " n " << n;
                }
}

// By 40-digit quadrature.
TEST(CalendarPredictions, PmfOfManyDigits) {
    const Made calendar(false, false);
    const double none = 0, p[] = {12, 300, 4, 30};
    const CalendarClock clock(*calendar, first_day, n_days, &none);
    const auto pmf = [&](double horizon) {
        return purchase_pmf(*pnbd::family.orders, p, times_of(clock), customer(0, 0, 0), horizon, 40);
    };
    EXPECT_NEAR(pmf(5000) / 1.33065545252693807e-7, 1, 2e-14);
    EXPECT_NEAR(pmf(std::numeric_limits<double>::infinity()) / 1.33065540820339935e-7, 1, 2e-14);
}

// With seasons, sales and closed days it is a distribution, whose mean is what is expected.
TEST(CalendarPredictions, PmfAddsUp) {
    const Made calendar(true);
    const double gamma[] = {0.4, -0.3, 0.9};
    const CalendarClock clock(*calendar, first_day, n_days, gamma);
    const ClockTimes times = times_of(clock);
    const double leaving[] = {0.55, 40, 0.8, 2.5}, timed[] = {1.2, 60, 0.8, 150}, staying[] = {0.8, 60};
    const Case cases[] = {{bgnbd::family.orders, {leaving, leaving + 4}}, {mbgnbd::family.orders, {leaving, leaving + 4}},
                          {pnbd::family.orders, {timed, timed + 4}}, {nbd::family.orders, {staying, staying + 2}}};
    for (const Case &one : cases)
        for (const HistoryDays &days : customers)
            for (const double horizon : {0.25, 1.0, 2.0, 30.0, 300.0}) {
                double sum = 0, mean = 0;
                const double expected = expected_purchases(*one.orders, one.parameters.data(), times, days, horizon);
                for (double n = 0; n < 2000; ++n) {
                    const double p = purchase_pmf(*one.orders, one.parameters.data(), times, days, horizon, n);
                    ASSERT_GE(p, 0);
                    sum += p;
                    mean += n * p;
                    if (n > 4 * expected + 20 && n * p < 1e-16 * mean) break;
                }
                EXPECT_NEAR(sum, 1, 1e-11) << days.frequency << " " << horizon;
                EXPECT_NEAR(mean, expected, 1e-10 * expected) << days.frequency << " " << horizon;
            }
}

// Whoever is simulated: rates and lifetimes are drawn, and purchases come by the clock until the customer leaves.
TEST(CalendarPredictions, PmfAgainstSimulation) {
    const Made calendar(true);
    const double gamma[] = {0.4, -0.3, 0.9}, p[] = {1.2, 60, 0.8, 150};
    const CalendarClock clock(*calendar, first_day, n_days, gamma);
    const ClockTimes times = times_of(clock);
    const HistoryDays new_customer = customer(0, 0, 0);
    constexpr int draws = 200000, most = 6;
    constexpr double horizon = 200;
    Random random(7);
    const OrdersFamily &orders = *pnbd::family.orders;
    double seen[most + 1] = {};
    for (int i = 0; i < draws; ++i) {
        // The traits are the rate and the time that the customer stays.
        const Traits traits = orders.draw(p, random);
        const double until = times.ahead(as_of, std::fmin(traits.value[1], horizon));
        double now = 0;
        int n = -1;
        for (; now < until && n < most; ++n) now += draw_exponential(random) / traits.value[0];
        ++seen[std::max(n, 0)];
    }
    for (int n = 0; n < most; ++n) {
        const double exact = purchase_pmf(orders, p, times, new_customer, horizon, n);
        EXPECT_NEAR(seen[n] / draws, exact, 4.5 * std::sqrt(exact / draws)) << n;
    }
}

}  // namespace
}  // namespace cltv
