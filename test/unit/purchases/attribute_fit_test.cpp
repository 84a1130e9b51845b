#include "core/base/random.hpp"
#include "core/purchases/orders_attributes.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/families.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "core/rows/coding.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

std::vector<unsigned char> bytes_of(const FeatureSet &set) {
    const auto *begin = reinterpret_cast<const unsigned char *>(&set);
    std::vector<unsigned char> bytes(begin, begin + set.bytes());
    std::fill_n(bytes.begin(), sizeof(std::int32_t), 0);  // the server's
    return bytes;
}

// Customers of a shop in which attributes matter, at parameters of the family: gamma and delta by channel, a number z.
Shop simulated(const Family &family, const double *p, int customers, double gamma, double delta, double slope, unsigned seed,
               double span = 730) {
    Random random(seed);
    Shop shop;
    const char *const channels[] = {"ads", "friends", "mail"};
    for (int i = 0; i < customers; ++i) {
        const int channel = i % 3;
        const double z = 50 + 10 * ((i * 7919) % 21 - 10) / 5.0;
        double own[4];
        family.orders->shift(p, gamma * (channel == 1) + slope * z, delta * (channel == 2), own);
        const Traits traits = family.orders->draw(own, random);
        const double tenure = span * (0.3 + 0.7 * draw_uniform(random));
        Customer customer = {0, 0, tenure};
        for (double now = 0, n = 1;; ++n) {
            now = family.orders->next_purchase(traits, n, now, random);
            if (!(now < tenure)) break;
            customer.frequency = n;
            customer.recency = now;
        }
        shop.add(customer, features({category("channel", channels[channel]), number("z", z)}),
                 features({category("channel", channels[channel])}));
    }
    return shop;
}

TEST(FeatureSet, BytesDoNotDependOnTheOrderOrOnMerging) {
    std::mt19937 random(1);
    struct Row {
        Customer customer;
        const Features *purchases, *dropout;
    };
    std::vector<Row> rows;
    for (int i = 0; i < 3000; ++i) {
        const double frequency = i % 4, recency = frequency == 0 ? 0 : 1 + i % 11;
        const std::string level = "level " + std::to_string(i * 31 % 97);
        const Attribute other = i % 5 == 0 ? Attribute{"z", FeatureKind::null, 0, ""} : number("z", i % 13 / 4.0);
        rows.push_back({{frequency, recency, 20.0 + i % 3}, features({category("country", level.c_str()), other}),
                        features({number("a", i % 2)})});
    }
    Shop forwards, backwards, parts[3];
    for (std::size_t i = 0; i < rows.size(); ++i) {
        forwards.add(rows[i].customer, rows[i].purchases, rows[i].dropout);
        parts[random() % 3].add(rows[i].customer, rows[i].purchases, rows[i].dropout);
    }
    for (std::size_t i = rows.size(); i-- > 0;) backwards.add(rows[i].customer, rows[i].purchases, rows[i].dropout);
    FeatureSet *all = parts[2].table();
    ASSERT_EQ(merge(all, *parts[0].table(), [] {}, allocate).fault, FeatureFault::none);
    ASSERT_EQ(merge(all, parts[1].sorted(), [] {}, allocate).fault, FeatureFault::none);
    const auto whole = bytes_of(forwards.sorted());
    EXPECT_EQ(whole, bytes_of(backwards.sorted()));
    EXPECT_EQ(whole, bytes_of(*copy_sorted(*all, allocate(sorted_bytes(*all)), never_stop)));
    const FeatureSet &sorted = forwards.sorted();
    double customers = 0;
    for (std::uint32_t i = 0; i < sorted.used; ++i) customers += sorted.rows()[i].count;
    EXPECT_EQ(customers, 3000);
    EXPECT_EQ(sorted.levels, 97u);
}

TEST(FeatureSet, SaysWhatDiffers) {
    Shop shop;
    shop.add({0, 0, 5}, features({number("a", 1), number("b", 1)}), nullptr);
    const auto fault = [&](const Features *purchases, const Features *dropout) {
        RoleFeatures roles[2];
        int n = 0;
        if (purchases != nullptr) roles[n++] = {Role::purchases, purchases};
        if (dropout != nullptr) roles[n++] = {Role::dropout, dropout};
        FeatureSet *set = shop.table();
        const double target[] = {0, 0, 5};
        return cltv::add(set, roles, n, target, 1, allocate).fault;
    };
    EXPECT_EQ(fault(features({number("a", 1)}), nullptr), FeatureFault::missing_column);
    EXPECT_EQ(fault(features({number("a", 1), number("b", 1), number("c", 1)}), nullptr), FeatureFault::other_column);
    EXPECT_EQ(fault(features({number("a", 1), category("b", "x")}), nullptr), FeatureFault::other_kind);
    EXPECT_EQ(fault(nullptr, features({number("a", 1)})), FeatureFault::missing_role);
    EXPECT_EQ(fault(features({number("a", 1), number("b", 1)}), features({number("a", 1)})), FeatureFault::other_role);
    EXPECT_EQ(fault(features({number("a", 2), number("b", 1)}), nullptr), FeatureFault::none);
}

// Every form of a family: the value is that of the customers at parameters of their own, and the derivatives are those of
// the value, by differences of fifth order in the step, and the Hessian those of the gradient.
class Derivatives : public testing::TestWithParam<const char *> {};

PurchaseSearch search_of(const std::string &name) {
    return name == "bgnbd" ? chance_search<0>() : name == "mbgnbd" ? chance_search<1>() : time_search();
}

TEST_P(Derivatives, OfEveryForm) {
    const Family &family = *find_family(GetParam());
    const PurchaseSearch search = search_of(GetParam());
    const double p[] = {0.9, 30, 0.8, family.kind == Kind::pnbd ? 200.0 : 3.0};
    const FeatureSet &set = simulated(family, p, 120, 0.5, 0.7, 0.01, 3, 300).sorted();
    for (int form = 0; form < PurchaseSearch::n_forms; ++form) {
        const SearchedForm &searched = search.forms[form];
        const bool leaves = searched.n_last > 0;
        const int coefficients = 3 + (leaves ? 2 : 0), n = searched.size() + coefficients;
        Eigen::VectorXd point(n);
        const double rates[] = {-0.1, 3.4};
        const bool beta = searched.n_last == 2 && !search.departure_times;
        for (int i = 0; i < searched.n_first; ++i) point(i) = searched.n_first == 1 ? -3.5 : rates[i];
        for (int i = 0; i < searched.n_last; ++i)
            point(searched.n_first + i) = beta ? (i == 0 ? -1.4 : 1.3)
                                          : searched.odds ? -1.5
                                          : searched.n_last == 1 ? -5.5
                                                                  : (i == 0 ? -0.3 : 5.2);
        for (int i = 0; i < coefficients; ++i) point(searched.size() + i) = 0.3 - 0.17 * i;

        const auto attributes = orders_attributes(set, search, never_stop);
        const auto at = [&](const Eigen::VectorXd &x) { return attribute_surface(set, *attributes, form, x, never_stop); };
        const Surface<Eigen::Dynamic> here = at(point);
        ASSERT_TRUE(std::isfinite(here.value)) << form;
        for (int i = 0; i < n; ++i) {
            const double step = 4e-3;
            const auto moved = [&](double steps) {
                Eigen::VectorXd x = point;
                x(i) += steps * step;
                return at(x);
            };
            const auto a = moved(1), b = moved(-1), c = moved(2), d = moved(-2), e = moved(3), f = moved(-3);
            const double slope = (45 * (a.value - b.value) - 9 * (c.value - d.value) + (e.value - f.value)) / (60 * step);
            EXPECT_NEAR(here.gradient(i), slope, 1e-8 * (1 + std::fabs(here.value))) << family.name << " form " << form << " " << i;
            const Eigen::VectorXd curve =
                (45 * (a.gradient - b.gradient) - 9 * (c.gradient - d.gradient) + (e.gradient - f.gradient)) / (60 * step);
            for (int j = 0; j < n; ++j)
                EXPECT_NEAR(here.hessian(i, j), curve(j), 1e-8 * (1 + std::fabs(here.value)))
                    << family.name << " form " << form << " " << i << " " << j;
        }
    }
}

TEST_P(Derivatives, TheLikelihoodIsThatOfTheCustomers) {
    const Family &family = *find_family(GetParam());
    const double p[] = {0.9, 30, 0.8, family.kind == Kind::pnbd ? 200.0 : 3.0};
    const FeatureSet &set = simulated(family, p, 900, 0.6, 0.7, 0.01, 5).sorted();
    const Fit fit = family.fit_attributes(set, 1, 0, never_stop);
    ASSERT_EQ(fit.status, Status::converged);
    ASSERT_EQ(find_fault(view_of(fit), family), nullptr);
    const Design &design = *view_of(fit).design;
    ASSERT_EQ(design.n_coefficients, 5);
    double sum = 0;
    for (std::uint32_t i = 0; i < set.used; ++i) {
        const FeatureCount &row = set.rows()[i];
        const double *values = set.attributes(static_cast<std::uint32_t>(row.row));
        const std::string channel(set.level_text(static_cast<std::uint32_t>(values[0])).data,
                                  set.level_text(static_cast<std::uint32_t>(values[0])).size);
        const Features *purchases = features({category("channel", channel.c_str()), number("z", values[1])});
        const double *coefficients = fit.parameters.data() + 4;
        double own[4];
        family.orders->shift(fit.parameters.data(), linear_predictor(design, coefficients, Role::purchases, *purchases).sum,
                             linear_predictor(design, coefficients, Role::dropout, *features({category("channel", channel.c_str())})).sum,
                             own);
        sum += row.count * family.orders->log_likelihood(own, {row.target[0], row.target[1], row.target[2]});
    }
    EXPECT_NEAR(fit.log_likelihood, sum, 1e-10 * std::fabs(sum));
}

// The truth lies in the 95 % intervals of the coefficients as often as it should: 5 in 60 is far in the tail of 3.
TEST_P(Derivatives, FindsWhatWasPutIn) {
    const Family &family = *find_family(GetParam());
    const double p[] = {1.2, 60, family.kind == Kind::pnbd ? 0.9 : 0.8, family.kind == Kind::pnbd ? 250.0 : 3.0};
    const double gamma = 0.7, slope = 0.012;
    int within = 0, tried = 0;
    for (unsigned seed = 1; seed <= 30; ++seed) {
        const Fit fit = family.fit_attributes(simulated(family, p, 900, gamma, 0.5, slope, seed).sorted(), 1, 0, never_stop);
        if (fit.status != Status::converged) continue;
        const double truth[] = {gamma, slope};  // friends against ads, the first of equals; and the number
        const int place[] = {4, 6};
        for (int i = 0; i < 2; ++i) {
            const double error = std::sqrt(fit.covariance[covariance_index(place[i], place[i])]);
            within += std::fabs(fit.parameters[place[i]] - truth[i]) <= 1.96 * error;
            ++tried;
        }
    }
    EXPECT_GE(tried, 50);
    EXPECT_GE(within, 0.87 * tried);
}

INSTANTIATE_TEST_SUITE_P(Families, Derivatives, testing::Values("bgnbd", "mbgnbd", "pnbd"),
                         [](const auto &info) { return std::string(info.param); });

TEST(Coding, NamesWhatCannotBeTold) {
    const auto status = [](auto attribute) {
        Shop shop;
        for (int i = 0; i < 600; ++i) {
            const double frequency = i % 4, recency = frequency == 0 ? 0 : 1 + i * 7 % 83;
            shop.add({frequency, recency, 100.0 + i % 50}, features(attribute(i)), nullptr);
        }
        return bgnbd::family.fit_attributes(shop.sorted(), 1, 0, never_stop);
    };
    using List = std::vector<Attribute>;
    const Fit constant = status([](int) { return List{number("a", 1)}; });
    EXPECT_EQ(constant.status, Status::constant);
    const Fit rare = status([](int i) { return List{number("a", i % 7), category("b", i == 5 ? "once" : "else")}; });
    EXPECT_EQ(rare.status, Status::constant);
    EXPECT_EQ(rare.subject, 1);
    const Fit collinear = status([](int i) { return List{number("a", i % 7), number("b", i % 5), number("c", 3.0 * (i % 7) - i % 5)}; });
    EXPECT_EQ(collinear.status, Status::collinear);
    EXPECT_EQ(collinear.subject, 2);
    const Fit separated = status([](int i) { return List{number("a", i % 7), number("b", i % 4 > 0)}; });
    EXPECT_EQ(separated.status, Status::separated);
    EXPECT_EQ(separated.subject, 1);
    for (const Fit *fit : {&constant, &rare, &collinear, &separated}) EXPECT_EQ(find_fault(view_of(*fit), bgnbd::family), nullptr);
}

}  // namespace
}  // namespace cltv
