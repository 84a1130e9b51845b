#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "core/base/random.hpp"
#include "core/purchases/bgcnbd.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/mbgcnbd.hpp"
#include "core/purchases/mbgnbd.hpp"
#include "core/purchases/regular_fit.hpp"
#include "core/purchases/regularity.hpp"
#include "unit/base/reference_table.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const OrdersFamily &regular = *mbgcnbd::family.orders, &regular_bg = *bgcnbd::family.orders;
const Customer customers[] = {{0, 0, 0}, {0, 0, 300}, {1, 20, 30}, {3, 100, 200}, {7, 300, 301}, {40, 390, 400}};

TEST(Regular, AtOneTheyAreBgnbdAndMbgnbd) {
    const double p[] = {.55, 60, .7, 2.4, 1};
    const std::tuple<const OrdersFamily *, const OrdersFamily *> pairs[] = {{&regular, mbgnbd::family.orders},
                                                                            {&regular_bg, bgnbd::family.orders}};
    for (const auto &[ours, theirs] : pairs)
        for (const Customer &c : customers) {
            EXPECT_EQ(ours->log_likelihood(p, c), theirs->log_likelihood(p, c));
            EXPECT_EQ(ours->prob_alive(p, c), theirs->prob_alive(p, c));
            EXPECT_EQ(ours->prob_dead(p, c), theirs->prob_dead(p, c));
            for (const double h : {0.0, 30.0, 365.0, infinity}) {
                EXPECT_EQ(ours->prob_no_purchase(p, c, h), theirs->prob_no_purchase(p, c, h));
                EXPECT_EQ(ours->expected_purchases(p, c, h), theirs->expected_purchases(p, c, h));
                EXPECT_EQ(ours->discounted_purchases(p, c, h, .001), theirs->discounted_purchases(p, c, h, .001));
                EXPECT_EQ(ours->prob_alive_after(p, c, h), theirs->prob_alive_after(p, c, h));
                EXPECT_EQ(ours->purchase_pmf(p, c, h, 2), theirs->purchase_pmf(p, c, h, 2));
            }
        }
}

// As if phases were nothing: the formulas that all others use, with one event a purchase.
TEST(Regular, PhasesOfOneEventAreNone) {
    const GammaBelief now{3.4, 250};
    const Phases<GammaBelief> phases(now, 1, 50, -.3);
    const BetaChances chances(.7, 4.4);
    EXPECT_EQ(phases.log_silence, -.3);
    for (const double h : {1.0, 30.0, 365.0, 3e4}) {
        EXPECT_NEAR(phases.silence(h) / std::exp(now.log_silence(h)), 1, 1e-14);
        EXPECT_NEAR(purchases_ahead(phases, chances, h) / chances.events(now, h), 1, 1e-12) << h;
        EXPECT_NEAR(active_ahead(phases, chances, h) / chances.prob_active(now, h), 1, 1e-12) << h;
        EXPECT_NEAR(discounted_ahead(phases, chances, h, .01) / chances.discounted_events(now, h, .01), 1, 1e-10) << h;
    }
    EXPECT_NEAR(discounted_ahead(phases, chances, infinity, .01) / chances.discounted_events(now, infinity, .01), 1, 1e-10);
}

// Reutterer, Platzer & Schroeder 2021, eq. 7, with the gaps' part replaced by its mean over even scattering.
TEST(Regular, LikelihoodAsPublished) {
    for (const double k : {2.0, 3.0}) {
        const double p[] = {.9, 7, .8, 1.7, k};
        for (const Customer c : {Customer{0, 0, 10}, Customer{1, 3, 10}, Customer{2, 30.4, 38.9}, Customer{6, 38, 39}}) {
            const double r = p[0], alpha = p[1], a = p[2], b = p[3], x = c.frequency, m = r + k * x;
            double stayed = 0;
            for (double j = 0; j < k; ++j)
                stayed += std::tgamma(m + j) / std::tgamma(j + 1) * std::pow(c.tenure - c.recency, j) *
                          std::pow(alpha + c.tenure, -m - j);
            const double left = std::tgamma(m) * std::pow(alpha + c.recency, -m);
            const double gaps = x == 0 ? 1 : std::pow(c.recency, (k - 1) * x) * std::tgamma(x) / std::tgamma(k * x);
            const double common = gaps * std::pow(alpha, r) / std::tgamma(r) / std::beta(a, b);
            EXPECT_NEAR(regular.log_likelihood(p, c),
                        std::log(common * (std::beta(a, b + x + 1) * stayed + std::beta(a + 1, b + x) * left)), 1e-11);
            EXPECT_NEAR(regular.prob_alive(p, c),
                        std::beta(a, b + x + 1) * stayed / (std::beta(a, b + x + 1) * stayed + std::beta(a + 1, b + x) * left),
                        1e-13);
        }
    }
}

TEST(Regular, AgreesWithTheReference) {
    const char *const names[] = {"log_likelihood", "prob_alive", "prob_dead", "prob_no_purchase", "prob_alive_after",
                                 "expected_purchases", "purchase_pmf"};
    std::vector<WorstError> errors;
    for (const char *name : names) errors.emplace_back(name);
    for (const ReferenceRow &row : reference_table("regular", 18, 70)) {
        const OrdersFamily &orders = row[0] == 0 ? regular_bg : regular;
        const double *const p = row.data() + 1, horizon = row[9];
        const Customer c = {row[6], row[7], row[8]};
        const double computed[] = {orders.log_likelihood(p, c),
                                   orders.prob_alive(p, c),
                                   orders.prob_dead(p, c),
                                   orders.prob_no_purchase(p, c, horizon),
                                   orders.prob_alive_after(p, c, horizon),
                                   orders.expected_purchases(p, c, horizon),
                                   orders.purchase_pmf(p, c, horizon, row[10])};
        for (std::size_t i = 0; i < errors.size(); ++i) {
            // A density of times may be next to 1, where its logarithm has no digits of its own.
            if (i == 0 && std::fabs(row[11]) < 1 && c.frequency > 0)
                errors[i].add(1 + (computed[i] - row[11]), 1, row);
            else
                errors[i].add(computed[i], row[11 + i], row);
        }
    }
    for (const WorstError &error : errors) error.expect_below(1e-12);
}

TEST(Regular, NumbersOfPurchasesAddUp) {
    for (const double k : {2.0, 5.0}) {
        const double p[] = {.55, 30, .7, 2.4, k};
        for (const Customer &c : customers)
            for (const double horizon : {1.0, 30.0, 365.0}) {
                double sum = 0, mean = 0;
                for (double n = 0; n < 700; ++n) {
                    const double probability = regular.purchase_pmf(p, c, horizon, n);
                    sum += probability;
                    mean += n * probability;
                }
                EXPECT_NEAR(sum, 1, 1e-12);
                EXPECT_NEAR(mean / regular.expected_purchases(p, c, horizon), 1, 1e-11);
                EXPECT_NEAR(regular.purchase_pmf(p, c, horizon, 0), regular.prob_no_purchase(p, c, horizon), 1e-14);
            }
    }
}

// The two ways to take a mean over the number of chances.
template <class Belief, class Chances>
void expect_same_by_roots(const Belief &now, const Chances &chances, double k) {
    const Phases<Belief> phases(now, k, 20, -.2);
    for (const double h : {3.0, 100.0, 900.0}) {
        EXPECT_NEAR(phases::purchases_by_roots(phases, chances, h) / purchases_ahead(phases, chances, h), 1, 1e-11) << k << ' ' << h;
        EXPECT_NEAR(phases::active_by_roots(phases, chances, h) / active_ahead(phases, chances, h), 1, 1e-10) << k << ' ' << h;
    }
}

TEST(Regular, ByRootsAndOneByOne) {
    const double beta[] = {.7, 3.1}, heavy[] = {1.9, .4}, one[] = {.15}, none[] = {0};
    for (const double k : {2.0, 3.0, 7.0}) {
        expect_same_by_roots(GammaBelief{3.3, 40}, BetaChances(beta), k);
        expect_same_by_roots(GammaBelief{.4, 9}, BetaChances(heavy), k);
        expect_same_by_roots(GammaBelief{3.3, 40}, OneChance(one), k);
        expect_same_by_roots(GammaBelief{3.3, 40}, NeverLeaves(none), k);
        expect_same_by_roots(GammaBelief{3.3, 40}, AtOnceOrNever(one), k);
        expect_same_by_roots(PointBelief{.08}, BetaChances(beta), k);
        expect_same_by_roots(PointBelief{.08}, OneChance(one), k);
    }
}

// Far beyond: what comes grows with the horizon up to its limit.
TEST(Regular, LongHorizons) {
    const double p[] = {.6, 5, 1.6, 2.4, 3};
    for (const Customer &c : customers) {
        double before = 0;
        for (double h = 1; h < 1e12; h *= 10) {
            const double here = regular.expected_purchases(p, c, h);
            EXPECT_GT(here, before);
            before = here;
        }
        EXPECT_NEAR(before / regular.expected_purchases(p, c, infinity), 1, .05);
        EXPECT_EQ(regular.prob_alive_after(p, c, infinity), 0);
    }
}

// A sum over small steps of time, with the discount at the middle of each.
TEST(Regular, DiscountedPurchases) {
    for (const double k : {2.0, 6.0}) {
        const double p[] = {.9, 20, .7, 2.4, k};
        for (const Customer &c : {Customer{0, 0, 0}, Customer{3, 100, 130}, Customer{20, 380, 400}})
            for (const double discount : {.0003, .02}) {
                const int steps = 4000;
                double sum = 0, before = 0;
                for (int i = 0; i < steps; ++i) {
                    const double here = regular.expected_purchases(p, c, 365.0 * (i + 1) / steps);
                    sum += (here - before) * std::exp(-discount * 365 * (i + .5) / steps);
                    before = here;
                }
                EXPECT_NEAR(regular.discounted_purchases(p, c, 365, discount) / sum, 1, 1e-6);
            }
        EXPECT_NEAR(regular.discounted_purchases(p, {3, 100, 130}, 365, 1e-12) / regular.expected_purchases(p, {3, 100, 130}, 365), 1, 1e-9);
        EXPECT_NEAR(regular.discounted_purchases(p, {3, 100, 130}, infinity, .01) /
                        regular.discounted_purchases(p, {3, 100, 130}, 4000, .01), 1, 1e-12);
    }
}

struct Simulated {
    Customer seen;
    double log_gaps;
    double purchases_after;
    bool alive_after;
};

// So many customers, whose first purchases are spread over a year, seen for a year and then for half of one.
std::vector<Simulated> simulate(const OrdersFamily &family, const double *p, int n, Random &random) {
    std::vector<Simulated> all;
    for (int i = 0; i < n; ++i) {
        const double tenure = 365 * draw_uniform(random), horizon = 180;
        const Traits traits = family.draw(p, random);
        Simulated one{{0, 0, tenure}, 0, 0, true};
        double now = 0;
        for (double number = 1;; ++number) {
            const double next = family.next_purchase(traits, number, now, random);
            if (next > tenure + horizon) {
                one.alive_after = !std::isinf(next);
                break;
            }
            if (next <= tenure) {
                ++one.seen.frequency;
                one.seen.recency = next;
                one.log_gaps += std::log(next - now);
            } else {
                ++one.purchases_after;
            }
            now = next;
        }
        all.push_back(one);
    }
    return all;
}

// What is foretold of those who look alike is what comes, on the mean, with an error of 4 standard errors at most.
TEST(Regular, ForetellsWhatComes) {
    Random random(5);
    for (const OrdersFamily *family : {&regular, &regular_bg})
        for (const double k : {2.0, 4.0}) {
            const double p[] = {1.2, 12, .6, 2.2, k};
            double off[4] = {}, squares[4] = {};
            const auto add = [&](int i, double difference) {
                off[i] += difference;
                squares[i] += difference * difference;
            };
            for (const Simulated &one : simulate(*family, p, 40000, random)) {
                add(0, family->expected_purchases(p, one.seen, 180) - one.purchases_after);
                add(1, family->prob_no_purchase(p, one.seen, 180) - (one.purchases_after == 0));
                add(2, family->purchase_pmf(p, one.seen, 180, 2) - (one.purchases_after == 2));
                // Who is alive when the horizon ends has a next purchase some time.
                add(3, family->prob_alive_after(p, one.seen, 180) - one.alive_after);
            }
            for (int i = 0; i < 4; ++i) EXPECT_LT(std::fabs(off[i]), 4 * std::sqrt(squares[i])) << k << ' ' << i;
        }
}

std::vector<CustomerCount> base_of(const std::vector<Simulated> &all, double &log_gaps) {
    std::vector<RegularCount> rows;
    for (const Simulated &one : all) rows.push_back({one.seen, one.log_gaps, 1});
    std::sort(rows.begin(), rows.end(), [](const RegularCount &x, const RegularCount &y) {
        return std::tie(x.customer.frequency, x.customer.recency, x.customer.tenure) <
               std::tie(y.customer.frequency, y.customer.recency, y.customer.tenure);
    });
    std::vector<CustomerCount> customers;
    log_gaps = customers_of({rows.data(), rows.size()}, customers);
    return customers;
}

TEST(Regular, FitFindsKAndTheParameters) {
    Random random(3);
    for (const double k : {1.0, 2.0, 3.0, 4.0}) {
        const double p[] = {1.4, 10, .5, 2, k};
        double log_gaps;
        const std::vector<CustomerCount> base = base_of(simulate(regular, p, 4000, random), log_gaps);
        const View<CustomerCount> view{base.data(), base.size()};
        const Fit fit = mbgcnbd::family.fit_regular(view, 1, 12, &log_gaps, never_stop);
        ASSERT_EQ(fit.status, Status::converged);
        EXPECT_EQ(fit.parameters[4], k);
        EXPECT_EQ(fit.states[4], ParameterState::chosen);
        EXPECT_EQ(free_parameters(view_of(fit)), 4);
        EXPECT_EQ(find_fault(view_of(fit), mbgcnbd::family), nullptr);
        for (int i = 0; i < 4; ++i)
            EXPECT_LT(std::fabs(fit.parameters[i] - p[i]), 4 * std::sqrt(fit.covariance[covariance_index(i, i)])) << k << ' ' << i;
        // Without the gaps, the log-likelihood is that of the customers.
        const Fit plain = mbgcnbd::family.fit_regular(view, static_cast<int>(k), static_cast<int>(k), nullptr, never_stop);
        double sum = 0;
        for (const CustomerCount &row : base) sum += row.count * regular.log_likelihood(plain.parameters.data(), row.customer);
        EXPECT_NEAR(plain.log_likelihood, sum, 1e-8 * std::fabs(sum));
        for (int i = 0; i < 5; ++i) EXPECT_EQ(plain.parameters[i], fit.parameters[i]);
    }
}

// Central differences of each form's log-likelihood, and of its gradient.
TEST(Regular, Derivatives) {
    Random random(2);
    const double p[] = {1.4, 10, .5, 2, 3};
    double log_gaps;
    const std::vector<CustomerCount> base = base_of(simulate(regular, p, 200, random), log_gaps);
    for (const int first : {0, 1}) {
        const PurchaseSearch search = first == 0 ? regular_search<0>(3) : regular_search<1>(3);
        const TwoTermBase blocks({base.data(), base.size()}, never_stop, {nullptr, 0}, 3);
        TwoTermTable &table = *new TwoTermTable;
        for (const SearchedForm &form : search.forms) {
            std::vector<double> theta;
            for (int i = 0; i < form.size(); ++i)
                theta.push_back(i >= form.n_first ? 1.1 + .6 * (i - form.n_first) : form.n_first == 1 ? .14 : i == 0 ? 1.3 : 11);
            const auto at = [&](int i, double factor) {
                std::vector<double> moved = theta;
                moved[i] *= factor;
                return form.surface(moved.data(), blocks, {0, blocks.size()}, table, never_stop);
            };
            const Surface<4> here = at(0, 1);
            for (int i = 0; i < form.size(); ++i) {
                const double step = 1e-5;
                const Surface<4> above = at(i, 1 + step), below = at(i, 1 - step);
                const double width = 2 * step * theta[i];
                const double slope = (above.value - below.value) / width;
                EXPECT_NEAR(here.gradient(form.place(i)), slope, 1e-5 * (1 + std::fabs(slope)));
                for (int j = 0; j < form.size(); ++j) {
                    const double bend = (above.gradient(form.place(j)) - below.gradient(form.place(j))) / width;
                    EXPECT_NEAR(here.hessian(form.place(i), form.place(j)), bend, 1e-5 * (1 + std::fabs(bend)));
                }
            }
        }
        delete &table;
    }
}

TEST(Regular, FitsThatTellNothing) {
    const CustomerCount never[] = {{{0, 0, 100}, 50}, {{0, 0, 200}, 50}}, same[] = {{{3, 50, 100}, 50}};
    const Fit none = mbgcnbd::family.fit_orders(view_of(never), 1, never_stop);
    EXPECT_EQ(none.status, Status::no_repeat_purchases);
    EXPECT_EQ(find_fault(view_of(none), mbgcnbd::family), nullptr);
    EXPECT_EQ(none.parameters.back(), 1);
    EXPECT_EQ(mbgcnbd::family.fit_orders(view_of(same), 1, never_stop).status, Status::identical_customers);
    EXPECT_EQ(mbgcnbd::family.fit_orders({nullptr, 0}, 1, never_stop).status, Status::no_repeat_purchases);
}

// Of k = 1, 2, ... the share of the first of two gaps has the variance 1/(8k + 4).
TEST(Regular, Regularity) {
    Random random(1);
    for (const double k : {.5, 1.0, 3.0}) {
        std::vector<ScoredCount> shares;
        for (int i = 0; i < 20000; ++i) {
            const double first = draw_gamma(k, random), second = draw_gamma(k, random);
            shares.push_back({{first / (first + second), 0}, 1});
        }
        EXPECT_NEAR(regularity({shares.data(), shares.size()}), k, .05 * k);
    }
    const ScoredCount alike[] = {{{.5, 0}, 7}};
    EXPECT_EQ(regularity(view_of(alike)), infinity);
}

}  // namespace
}  // namespace cltv
