#include "core/base/draws.hpp"
#include "core/base/random.hpp"
#include "core/purchases/calendar_fit.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/families.hpp"
#include "core/fit/clock_times.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/dated_pareto.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "unit/base/reference_table.hpp"
#include "unit/purchases/dated_shop.hpp"

namespace cltv {
namespace {

// Customers who purchase evenly on the clock of the calendar at gamma.
std::vector<CalendarRow> simulated(const Family &family, const double *p, int customers, const Calendar &calendar,
                                   const double *gamma, unsigned seed) {
    const CalendarClock clock(calendar, first_day, 901, gamma);
    Random random(seed);
    std::vector<CalendarRow> rows;
    std::vector<double> purchases(901);
    for (int i = 0; i < customers; ++i)
        rows.push_back(simulated_customer(*family.orders, p, first_of(i), clock, random, purchases));
    return sorted_days(rows, purchases);
}

constexpr double parameters[] = {1.3, 55, 0.8, 3.5}, gamma_of_shop[] = {0.4, -0.3, 0.9};

// Derivatives against differences of the value, in every form.
void check_derivatives(const DatedSearch &search, const char *name, bool departure_times = false, bool dropout = false,
                       std::uint32_t least_run = 1) {
    const Made calendar(true, true, dropout);
    const std::vector<CalendarRow> rows = simulated(bgnbd::family, parameters, 300, *calendar, gamma_of_shop, 7);
    DatedBase base({{rows.data(), rows.size()}, as_of}, *calendar, never_stop, departure_times);
    base.least_run = least_run;
    for (int number = 0; number < PurchaseSearch::n_forms; ++number) {
        const DatedForm &form = search.forms[number];
        if (form.add == nullptr || (dropout && !form.in_time)) continue;
        const int n = form.size(), k = dropout ? 6 : 3;
        Eigen::VectorXd at(n + k);
        for (int i = 0; i < n; ++i) at(i) = (form.n_first == 1 ? 0.02 : i == 1 ? 55 : 1.3) * (i < form.n_first ? 1 : 0);
        for (int i = form.n_first; i < n; ++i) at(i) = i == form.n_first ? 0.3 : 2.5;
        if (departure_times && !form.odds && form.n_last > 0) at(n - 1) = form.n_last == 1 ? 0.003 : 200;
        at.tail(k).head(3) << 0.2, -0.1, 0.15;
        if (dropout) at.tail(3) << -0.4, 0.3, 0.2;
        const auto surface = [&](const Eigen::VectorXd &point) {
            return dated_surface(form, point.data(), point.data() + n, base, never_stop);
        };
        const Surface<Eigen::Dynamic> here = surface(at);
        for (int i = 0; i < n + k; ++i) {
            const double step = 1e-4 * std::fmax(std::fabs(at(i)), 0.01);
            Eigen::VectorXd up = at, down = at;
            up(i) += step;
            down(i) -= step;
            const Surface<Eigen::Dynamic> above = surface(up), below = surface(down);
            const double scale = 1 / std::fmax(std::fabs(at(i)), 0.01);
            EXPECT_NEAR(here.gradient(i), (above.value - below.value) / (2 * step), 1e-4 * scale) << name << number << " " << i;
            for (int j = 0; j < n + k; ++j) {
                const double slope = (above.gradient(j) - below.gradient(j)) / (2 * step);
                EXPECT_NEAR(here.hessian(i, j), slope, 1e-6 * std::fmax(std::fabs(slope), 1)) << name << number << " " << i << " " << j;
            }
        }
    }
}

TEST(CalendarFit, DerivativesOfBgNbd) { check_derivatives(dated_search<0>(), "BG/NBD "); }
TEST(CalendarFit, DerivativesOfMbgNbd) { check_derivatives(dated_search<1>(), "MBG/NBD "); }
TEST(CalendarFit, DerivativesOfParetoNbd) { check_derivatives(dated_time_search(), "Pareto/NBD ", true); }
TEST(CalendarFit, DerivativesOfParetoNbdWithDropout) {
    check_derivatives(dated_time_search(), "Pareto/NBD ", true, true);
    check_derivatives(dated_time_search(), "Pareto/NBD in runs ", true, true, 16);
}

TEST(CalendarFit, WithoutEffectItIsTheModelItself) {
    const Made calendar;
    const std::vector<CalendarRow> rows = simulated(bgnbd::family, parameters, 500, *calendar, gamma_of_shop, 3);
    const CalendarCustomers customers = {{rows.data(), rows.size()}, as_of};
    const DatedBase base(customers, *calendar, never_stop);
    const double none[3] = {};
    const Surface<Eigen::Dynamic> dated = dated_surface(dated_search<0>().forms[0], parameters, none, base, never_stop);
    std::vector<CustomerCount> plain;
    for (const CalendarRow &row : customers.customers()) plain.push_back({{row.frequency, row.recency, row.tenure}, row.count});
    double gradient[4], hessian[16];
    const double value = bgnbd::log_likelihood({plain.data(), plain.size()}, parameters, gradient, hessian, never_stop);
    EXPECT_NEAR(dated.value, value, 1e-9);
    for (int i = 0; i < 4; ++i) {
        EXPECT_NEAR(dated.gradient(i), gradient[i], 1e-9 * std::fabs(gradient[i]) + 1e-10);
        for (int j = 0; j < 4; ++j) EXPECT_NEAR(dated.hessian(i, j), hessian[4 * i + j], 1e-9 * std::fabs(hessian[4 * i + j]) + 1e-10);
    }
}

// In every form whose customers leave in time.
TEST(CalendarFit, WithoutEffectParetoNbdIsTheModelItself) {
    const Made calendar(true, false);
    const std::vector<CalendarRow> rows = simulated(bgnbd::family, parameters, 200, *calendar, gamma_of_shop + 2, 7);
    const DatedBase base({{rows.data(), rows.size()}, as_of}, *calendar, never_stop);
    const DatedSearch search = dated_time_search();
    for (const int number : {PurchaseSearch::within, PurchaseSearch::one_leaving, PurchaseSearch::one_rate, PurchaseSearch::one_rate_one_leaving}) {
        const DatedForm &form = search.forms[number];
        const int n = form.size();
        Eigen::VectorXd at(n + 1);
        for (int i = 0; i < form.n_first; ++i) at(i) = form.n_first == 1 ? 0.02 : i == 1 ? 55 : 1.3;
        for (int i = form.n_first; i < n; ++i) at(i) = form.n_last == 1 ? 0.003 : i == form.n_first ? 0.6 : 200;
        at(n) = 0.15;
        const auto surface = [&](const Eigen::VectorXd &point) {
            return dated_surface(form, point.data(), point.data() + n, base, never_stop);
        };
        const Surface<Eigen::Dynamic> here = surface(at);
        for (int i = 0; i <= n; ++i) {
            const double step = 1e-5 * std::fabs(at(i));
            Eigen::VectorXd up = at, down = at;
            up(i) += step;
            down(i) -= step;
            const double slope = (surface(up).value - surface(down).value) / (2 * step);
            EXPECT_NEAR(here.gradient(i), slope, 1e-6 * std::fabs(slope) + 1e-5 / std::fabs(at(i))) << number << " " << i;
        }
        EXPECT_LT((here.hessian - here.hessian.transpose()).norm(), 1e-9 * here.hessian.norm());
        // Without effects it is the model itself.
        const double none = 0;
        const Surface<Eigen::Dynamic> plain = dated_surface(form, at.data(), &none, base, never_stop);
        std::vector<CustomerCount> customers;
        for (const CalendarRow &row : rows)
            if (!row.is_day()) customers.push_back({{row.frequency, row.recency, row.tenure}, row.count});
        const TwoTermBase two_terms({customers.data(), customers.size()}, never_stop);
        const auto table = std::make_unique<TwoTermTable>();
        // Sundays are closed, so that the clock goes differently even so; without them below.
        EXPECT_TRUE(std::isfinite(plain.value));
        const Made open(false, false);
        const DatedBase open_base({{rows.data(), rows.size()}, as_of}, *open, never_stop);
        const Surface<Eigen::Dynamic> dated = dated_surface(form, at.data(), &none, open_base, never_stop);
        const SearchedForm searched = time_search().forms[number];
        const Surface<4> exact = searched.surface(at.data(), two_terms, {0, two_terms.size()}, *table, never_stop);
        EXPECT_NEAR(dated.value, exact.value, 1e-11 * std::fabs(exact.value));
        for (int i = 0; i < n; ++i) {
            EXPECT_NEAR(dated.gradient(i), exact.gradient(searched.place(i)), 1e-10 * std::fabs(exact.gradient(searched.place(i))) + 1e-9);
            for (int j = 0; j < n; ++j) {
                const double second = exact.hessian(searched.place(i), searched.place(j));
                EXPECT_NEAR(dated.hessian(i, j), second, 1e-9 * std::fabs(second) + 1e-9 / (at(i) * at(j))) << number << i << j;
            }
        }
    }
}

// The order of customers tells only how fast they are added up: those of one first day share their nodes.
TEST(CalendarFit, ParetoInAnyOrder) {
    const Made calendar(true);
    const double p[] = {1.2, 12, 0.7, 250};
    const std::vector<CalendarRow> rows = simulated(pnbd::family, p, 600, *calendar, gamma_of_shop, 5);
    const CalendarCustomers customers = {{rows.data(), rows.size()}, as_of};
    const DatedBase alone(customers, *calendar, never_stop), shared(customers, *calendar, never_stop, true);
    const DatedSearch search = dated_time_search();
    for (int number = 0; number < PurchaseSearch::n_forms; ++number) {
        const DatedForm &form = search.forms[number];
        double theta[4] = {1.2, 12, 0.7, 250};
        if (form.n_first == 1) theta[0] = 0.05;
        if (form.n_last == 1) theta[form.n_first] = 0.003;
        if (form.n_last == 2 && form.n_first == 1) theta[1] = 0.7, theta[2] = 250;
        const double gamma[] = {0.2, -0.1, 0.15};
        const Surface<Eigen::Dynamic> one = dated_surface(form, theta, gamma, alone, never_stop);
        const Surface<Eigen::Dynamic> other = dated_surface(form, theta, gamma, shared, never_stop);
        EXPECT_NEAR(other.value, one.value, 1e-13 * std::fabs(one.value)) << number;
        for (Eigen::Index i = 0; i < one.gradient.size(); ++i) {
            const double unit = std::sqrt(std::fabs(one.hessian(i, i)));
            EXPECT_NEAR(other.gradient(i), one.gradient(i), 1e-10 * unit + 1e-11 * std::fabs(one.gradient(i))) << number << i;
            for (Eigen::Index j = 0; j <= i; ++j)
                EXPECT_NEAR(other.hessian(i, j), one.hessian(i, j),
                            1e-11 * std::sqrt(std::fabs(one.hessian(i, i) * one.hessian(j, j))))
                    << number << i << j;
        }
    }
}

// The sum of the customers' likelihoods, as predictions have them, is that of the fit.
TEST(CalendarFit, ParetoCustomersAddUp) {
    const Made calendar(true, false);
    const double p[] = {1.2, 40, 0.7, 250}, gamma = 0.9;
    const std::vector<CalendarRow> rows = simulated(pnbd::family, p, 300, *calendar, &gamma, 5);
    const DatedBase base({{rows.data(), rows.size()}, as_of}, *calendar, never_stop);
    const double scaled = gamma * base.scale[0];
    const Surface<Eigen::Dynamic> all = dated_surface(dated_time_search().forms[0], p, &scaled, base, never_stop);
    const CalendarClock clock(*calendar, first_day, 1400, &gamma);
    std::vector<double> times;
    for (int day = 0; day <= 1400; ++day) times.push_back(clock.time(first_day + day));
    const DatedOrders &orders = *pnbd::family.orders->dated;
    double sum = 0;
    for (const CalendarRow &row : rows) {
        if (row.is_day()) {
            sum += row.count * std::log(clock.weight(as_of - static_cast<Day>(row.tenure)));
            continue;
        }
        const auto first = static_cast<std::uint32_t>(900 - row.tenure);
        const DatedHistory history = {row.frequency, static_cast<std::uint32_t>(row.recency), static_cast<std::uint32_t>(row.tenure),
                                      1400 - first, times.data() + first};
        sum += row.count * orders.log_likelihood(p, history);
        // Predictions agree with each other.
        const double alive = 1 / (1 + std::exp(orders.log_odds_dead(p, history)));
        EXPECT_NEAR(orders.prob_no_purchase(p, history, 0), 1, 1e-12);
        EXPECT_NEAR(orders.prob_alive_after(p, history, 0), alive, 1e-14);
        const double soon = 1e-3, expected = orders.expected_purchases(p, history, soon);
        EXPECT_NEAR(1 - orders.prob_no_purchase(p, history, soon), expected, 1e-3 * expected + 1e-12);
        // Nothing is discounted by more than 1e-12 a day.
        const double ahead = orders.expected_purchases(p, history, 400);
        const double less = ahead - orders.discounted_purchases(p, history, 400, 1e-12);
        EXPECT_GE(less, -1e-12 * ahead);
        EXPECT_LE(less, 400 * 1e-12 * ahead);
        EXPECT_LT(orders.expected_purchases(p, history, 600), orders.expected_purchases(p, history, 700));
    }
    EXPECT_NEAR(sum, all.value, 1e-9 * std::fabs(sum));
}

TEST(CalendarFit, ParetoFindsTheSeason) {
    const Made calendar(false, false);
    const double p[] = {1.2, 40, 0.7, 250}, gamma = 0.9;
    const std::vector<CalendarRow> rows = simulated(pnbd::family, p, 2000, *calendar, &gamma, 12);
    const Fit fit = pnbd::family.fit_calendar({{rows.data(), rows.size()}, as_of}, *calendar, 1, never_stop);
    ASSERT_EQ(fit.status, Status::converged);
    for (int i = 0; i < 5; ++i) {
        const double error = std::sqrt(fit.covariance[covariance_index(i, i)]);
        EXPECT_LT(std::fabs(fit.parameters[i] - (i < 4 ? p[i] : gamma)), 3.5 * error) << i;
    }
    EXPECT_GT(fit.parameters[4], 5 * std::sqrt(fit.covariance[covariance_index(4, 4)]));
}

// Where the calendar changes by the day the search begins with longer runs, and ends at the likelihood's own maximum.
TEST(CalendarFit, ParetoEndsAtTheMaximum) {
    const Made calendar;
    const double p[] = {1.2, 40, 0.7, 250};
    const std::vector<CalendarRow> rows = simulated(pnbd::family, p, 2000, *calendar, gamma_of_shop, 12);
    const CalendarCustomers customers = {{rows.data(), rows.size()}, as_of};
    const Fit fit = pnbd::family.fit_calendar(customers, *calendar, 0, never_stop);
    ASSERT_EQ(fit.status, Status::converged);
    const DatedBase base(customers, *calendar, never_stop, true);
    double gamma[3];
    for (int i = 0; i < 3; ++i) gamma[i] = fit.parameters[4 + i] * base.scale[i];
    const Surface<Eigen::Dynamic> here = dated_surface(dated_time_search().forms[0], fit.parameters.data(), gamma, base, never_stop);
    EXPECT_NEAR(here.value, fit.log_likelihood, 1e-9);
    for (int i = 0; i < 7; ++i) {
        const double scale = i < 4 ? 1 : base.scale[i - 4], error = std::sqrt(fit.covariance[covariance_index(i, i)]) * scale;
        EXPECT_LT(std::fabs(here.gradient(i)) * error, 1e-5) << i;
    }
    const Eigen::MatrixXd covariance = (-here.hessian).inverse();
    for (int i = 0; i < 7; ++i) {
        const double scale = i < 4 ? 1 : base.scale[i - 4];
        EXPECT_NEAR(covariance(i, i) / (scale * scale * fit.covariance[covariance_index(i, i)]), 1, 1e-6) << i;
    }
}

// Pareto/NBD's forms, which count the sums over all customers: by days, and over longer runs.
struct Counted {
    static inline const DatedSearch plain = dated_time_search();
    static inline int by_days = 0, over_runs = 0;

    template <std::size_t number>
    static void add(const double *theta, const SlopedClock &clock, std::size_t begin, std::size_t end, DatedSums &sums, Stop stop) {
        ++(clock.base.least_run == 1 ? by_days : over_runs);
        plain.forms[number].add(theta, clock, begin, end, sums, stop);
    }
    template <std::size_t... number>
    static DatedSearch search(std::index_sequence<number...>) {
        DatedSearch counted = plain;
        ((counted.forms[number].add = add<number>), ...);
        by_days = over_runs = 0;
        return counted;
    }
    static DatedSearch search() { return search(std::make_index_sequence<PurchaseSearch::n_forms>()); }
};

// A box every 30 days until it is cancelled, of customers who are alike: the maximum is a limit. How it is found matters, too: on
// their way to a limit other forms climb a ridge without end, and where a season changes daily, sums by days are long.
TEST(CalendarFit, ParetoOfABoxEndsSoonAtALimit) {
    std::vector<CalendarRow> rows;
    std::vector<double> purchases(901);
    Random random(5);
    for (int i = 0; i < 900; ++i) {
        const Day first = first_day + i * 37 % 800;
        Day last = first;
        double x = 0;
        for (; draw_uniform(random) >= 0.06 && last + 30 <= as_of; ++x) ++purchases[as_of - (last += 30)];
        rows.push_back({x, static_cast<double>(last - first), static_cast<double>(as_of - first), 1});
    }
    rows = sorted_days(rows, purchases);
    const CalendarCustomers customers = {{rows.data(), rows.size()}, as_of};
    for (const bool daily : {false, true}) {
        CalendarPart part{};
        part.rule = daily ? CalendarRule::season : CalendarRule::months;
        part.period = daily ? Period::year : Period::none;
        part.n_columns = daily ? 6 : months_columns;
        std::vector<double> memory(calendar_bytes(&part, 1) / 8);
        write_calendar(first_day, as_of, &part, 1, memory.data());
        const Calendar &calendar = *reinterpret_cast<const Calendar *>(memory.data());
        const DatedSearch counted = Counted::search();
        const Fit fit = fit_calendar(customers, calendar, time_search(), counted, 1, never_stop);
        EXPECT_EQ(fit.status, Status::boundary);
        EXPECT_EQ(fit.form, PurchaseSearch::one_rate);
        EXPECT_LT(fit.iterations, 90);  // of eight forms
        EXPECT_LT(Counted::by_days + Counted::over_runs, 90);
        EXPECT_LT(Counted::by_days, daily ? 10 : 90);

        const DatedBase base(customers, calendar, never_stop, true);
        std::vector<double> gamma(part.n_columns);
        for (std::size_t i = 0; i < gamma.size(); ++i) gamma[i] = fit.parameters[3 + i] * base.scale[i];
        const Surface<Eigen::Dynamic> here = dated_surface(Counted::plain.forms[fit.form], fit.parameters.data(), gamma.data(), base, never_stop);
        EXPECT_NEAR(here.value, fit.log_likelihood, 1e-9 * std::fabs(here.value));
        EXPECT_LT((here.gradient.transpose() * (-here.hessian).inverse() * here.gradient).value(), 1e-9);
    }
}

TEST(CalendarFit, FindsTheSeason) {
    for (const Family *family : {&bgnbd::family, &mbgnbd::family})
        for (const bool closed : {false, true}) {
            const Made calendar(closed);
            const std::vector<CalendarRow> rows = simulated(*family, parameters, 3000, *calendar, gamma_of_shop, 11);
            const Fit fit = family->fit_calendar({{rows.data(), rows.size()}, as_of}, *calendar, 1, never_stop);
            ASSERT_EQ(fit.status, Status::converged) << family->name;
            ASSERT_EQ(fit.parameters.size(), 7u);
            EXPECT_EQ(find_fault(view_of(fit), *family), nullptr);
            for (int i = 0; i < 7; ++i) {
                const double truth = i < 4 ? parameters[i] : gamma_of_shop[i - 4];
                const double error = std::sqrt(fit.covariance[covariance_index(i, i)]);
                EXPECT_LT(std::fabs(fit.parameters[i] - truth), 3.5 * error) << family->name << " " << i;
                if (i >= 4) {
                    EXPECT_LT(error, 0.1);
                    EXPECT_GT(std::fabs(fit.parameters[i]), 4 * error);
                }
            }
        }
}

TEST(CalendarFit, NamesAColumnThatTellsNothing) {
    // Nobody was there before the first sale.
    const Made calendar;
    std::vector<CalendarRow> rows;
    for (int i = 0; i < 30; ++i) rows.push_back({0, 0, static_cast<double>(i % 20 + 1), 1});
    for (int i = 0; i < 30; ++i) rows.push_back({1, 1.0 + i % 3, 60, 1});
    rows.push_back(CalendarRow::of_day(59, 10));
    rows.push_back(CalendarRow::of_day(58, 10));
    rows.push_back(CalendarRow::of_day(57, 10));
    std::vector<CalendarRow> sorted(rows.size());
    sorted.resize(copy_sorted(rows.data(), rows.size(), sorted.data(), never_stop));
    const Fit fit = bgnbd::family.fit_calendar({{sorted.data(), sorted.size()}, first_day + 80}, *calendar, 1, never_stop);
    EXPECT_EQ(fit.status, Status::constant);
    EXPECT_EQ(fit.subject, 2);
    EXPECT_FALSE(fit.usable());
    EXPECT_EQ(find_fault(view_of(fit), bgnbd::family), nullptr);
}

// Each customer of test/reference/calendar.cpp by itself.
TEST(CalendarFit, ReferenceValues) {
    const Made calendar;
    WorstError value("log-likelihood with a calendar"), gradient("its gradient, by the size of what it is a sum of");
    for (const ReferenceRow &row : reference_table("calendar", 20, 50)) {
        const int kind = static_cast<int>(row[0]), first = static_cast<int>(row[8]), repeats = static_cast<int>(row[9]);
        const int recency = static_cast<int>(row[10]), tenure = static_cast<int>(row[11]);
        const Day today = first_day + static_cast<Day>(first + tenure);
        std::vector<CalendarRow> rows;
        for (int i = repeats; i >= 1; --i)
            rows.push_back(CalendarRow::of_day(tenure - (i * recency + repeats / 2) / repeats, 1));
        rows.push_back({row[9], row[10], row[11], 1});
        const DatedBase base({{rows.data(), rows.size()}, today}, *calendar, never_stop);
        double gamma[3];
        for (int i = 0; i < 3; ++i) gamma[i] = row[5 + i] * base.scale[i];
        const DatedSearch search = kind == 0 ? dated_search<0>() : kind == 1 ? dated_search<1>() : dated_time_search();
        const Surface<Eigen::Dynamic> here =
            dated_surface(search.forms[PurchaseSearch::within], row.data() + 1, gamma, base, never_stop);
        value.add(here.value, row[12], row);
        // A slope near 0 is what is left of others: those of the purchases, and of the time since.
        for (int i = 0; i < 7; ++i) {
            const double computed = here.gradient(i) * (i < 4 ? 1 : base.scale[i - 4]), exact = row[13 + i];
            const double size = std::fmax(std::fabs(exact), i < 4 ? 1 / row[1 + i] : 1 + repeats);
            gradient.add(size + computed - exact, size, row);
        }
    }
    value.expect_below(1e-12);
    gradient.expect_below(1e-12);
}

// The same where the calendar acts on dropout, too, and what predictions say there.
TEST(CalendarFit, ReferenceValuesWithDropout) {
    const Made calendar(false, true, true);
    WorstError value("log-likelihood with a calendar of dropout"), gradient("its gradient, by the size of what it is a sum of"),
        alive("P(alive)"), expected("expected purchases"), pmf("P(n purchases)"), customer("log-likelihood of the customer");
    for (const ReferenceRow &row : reference_table("calendar_dropout", 30, 30)) {
        const int first = static_cast<int>(row[10]), repeats = static_cast<int>(row[11]), recency = static_cast<int>(row[12]),
                  tenure = static_cast<int>(row[13]);
        const Day today = first_day + static_cast<Day>(first + tenure);
        std::vector<CalendarRow> rows;
        for (int i = repeats; i >= 1; --i)
            rows.push_back(CalendarRow::of_day(tenure - (i * recency + repeats / 2) / repeats, 1));
        rows.push_back({row[11], row[12], row[13], 1});
        const DatedBase base({{rows.data(), rows.size()}, today}, *calendar, never_stop);
        double gamma[6];
        for (int i = 0; i < 6; ++i) gamma[i] = row[4 + i] * base.scale[i];
        const Surface<Eigen::Dynamic> here =
            dated_surface(dated_time_search().forms[PurchaseSearch::within], row.data(), gamma, base, never_stop);
        value.add(here.value, row[16], row);
        for (int i = 0; i < 10; ++i) {
            const double computed = here.gradient(i) * (i < 4 ? 1 : base.scale[i - 4]), exact = row[17 + i];
            const double size = std::fmax(std::fabs(exact), i < 4 ? 1 / row[i] : 1 + repeats);
            gradient.add(size + computed - exact, size, row);
        }
        const CalendarClock purchases(*calendar, first_day, 1500, row.data() + 4), leaving(*calendar, first_day, 1500, row.data() + 4, ClockOf::dropout);
        double weights = 0;
        for (const CalendarRow &bought : rows)
            if (bought.is_day()) weights += std::log(purchases.weight(today - static_cast<Day>(bought.tenure)));
        const ClockTimes clock = {first_day, 1500, purchases.times(), UINT32_MAX, leaving.times()};
        const HistoryDays days = {row[11], first_day + static_cast<Day>(first), first_day + static_cast<Day>(first + recency), today};
        const OrdersFamily &orders = *pnbd::family.orders;
        customer.add(weights + orders.dated->log_likelihood(row.data(), clock.dated(days)), row[16], row);
        alive.add(1 / (1 + std::exp(orders.dated->log_odds_dead(row.data(), clock.dated(days)))), row[27], row);
        expected.add(expected_purchases(orders, row.data(), clock, days, row[14]), row[28], row);
        pmf.add(purchase_pmf(orders, row.data(), clock, days, row[14], row[15]), row[29], row);
    }
    for (WorstError *error : {&value, &gradient, &customer, &alive, &expected, &pmf}) error->expect_below(1e-12);
}

}  // namespace
}  // namespace cltv
