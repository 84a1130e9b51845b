// Does the total that a fit expects come, and does its interval hold it? Simulates shops at the limits of each family of
// purchases and next to them, fits them at a cut, and goes on for a horizon. Prints the tables of docs/purchases/limits.md and
// docs/purchases/bgbb.md.
//
//   totals [SHOPS [CUSTOMERS [FAMILY]]]      default: 30 shops of 2,000 customers a kind, of every family

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <tuple>
#include <vector>

#include "core/base/random.hpp"
#include "core/purchases/bgbb.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/mbgnbd.hpp"
#include "core/purchases/nbd.hpp"
#include "core/purchases/pnbd.hpp"
#include "core/purchases/total_interval.hpp"

namespace {

using namespace cltv;

struct ShopKind {
    const char *name;
    const Family &family;
    int form;  // whose customers are simulated
    std::vector<double> truth;
};

const ShopKind kinds[] = {
    {"nobody leaves", bgnbd::family, 1, {.8, 60}},
    {"hardly anybody leaves", bgnbd::family, 0, {.8, 60, .03, 2}},
    {"one leaving rate", bgnbd::family, 2, {.8, 40, .1}},
    {"leaving much alike", bgnbd::family, 0, {.8, 40, 5, 45}},
    {"at once or never", bgnbd::family, 3, {.8, 40, .2}},
    {"one purchase rate", bgnbd::family, 4, {.02, .5, 3}},
    {"one purchase rate, nobody leaves", bgnbd::family, 5, {.01}},
    {"nobody leaves", mbgnbd::family, 1, {.8, 60}},
    {"hardly anybody leaves", mbgnbd::family, 0, {.8, 60, .03, 2}},
    {"one leaving rate", mbgnbd::family, 2, {.8, 40, .1}},
    {"leaving much alike", mbgnbd::family, 0, {.8, 40, 5, 45}},
    {"at once or never", mbgnbd::family, 3, {.8, 40, .2}},
    {"one purchase rate", mbgnbd::family, 4, {.02, .5, 3}},
    {"hardly anybody returns", mbgnbd::family, 0, {.05, 100, .8, 2}},
    {"nobody leaves", pnbd::family, 1, {.8, 60}},
    {"hardly anybody leaves", pnbd::family, 0, {.8, 60, .1, 2000}},
    {"one leaving rate", pnbd::family, 2, {.8, 40, .003}},
    {"leaving much alike", pnbd::family, 0, {.8, 40, 6, 2000}},
    {"at once or never", pnbd::family, 3, {.8, 40, .2}},
    {"one purchase rate", pnbd::family, 4, {.02, .5, 200}},
    {"no dropout", nbd::family, 0, {.8, 60}},
    {"all alike", nbd::family, 1, {.01}},
    {"nobody leaves", bgbb::family, 1, {.6, 2}},
    {"hardly anybody leaves", bgbb::family, 0, {.6, 2, .05, 1}},
    {"one leaving rate", bgbb::family, 2, {.6, 2, .08}},
    {"leaving much alike", bgbb::family, 0, {.6, 2, 5, 57}},
    {"at once or never", bgbb::family, 3, {.6, 2, .3}},
    {"one purchase rate", bgbb::family, 4, {.3, .5, 4}},
    {"purchasing much alike", bgbb::family, 0, {15, 35, .5, 4}},
    {"one purchase rate, nobody leaves", bgbb::family, 5, {.1}},
    {"one purchase rate, one leaving rate", bgbb::family, 6, {.3, .08}},
    {"one purchase rate, at once or never", bgbb::family, 7, {.3, .3}},
    {"always until they leave", bgbb::family, 8, {.7, 4}},
    {"always or never, until they leave", bgbb::family, 11, {.6, .7, 4}},
};

// Opportunities are whole.
double longest_tenure(const Family &family) { return family.orders->discrete ? 24 : 500; }
double horizon_of(const Family &family) { return family.orders->discrete ? 9 : 180; }

struct Shop {
    std::vector<CustomerCount> base;
    double later = 0;  // purchases within the horizon
};

Shop simulate(const ShopKind &kind, int customers, Random &random) {
    const OrdersFamily &orders = *kind.family.find_form(kind.form)->orders;
    const double *truth = kind.truth.data(), longest = longest_tenure(kind.family), horizon = horizon_of(kind.family);
    Shop shop;
    for (int i = 0; i < customers; ++i) {
        const Traits traits = orders.draw(truth, random);
        const double tenure = longest * (1 - draw_uniform(random));
        Customer customer{0, 0, orders.discrete ? std::ceil(tenure) : tenure};
        double n = 0, now = 0;
        while ((now = orders.next_purchase(traits, ++n, now, random)) <= customer.tenure + horizon) {
            if (now > customer.tenure) {
                ++shop.later;
                continue;
            }
            customer.recency = now;
            ++customer.frequency;
        }
        shop.base.push_back({customer, 1});
    }
    std::sort(shop.base.begin(), shop.base.end(), [](const CustomerCount &one, const CustomerCount &other) {
        const auto key = [](const Customer &c) { return std::make_tuple(c.frequency, c.recency, c.tenure); };
        return key(one.customer) < key(other.customer);
    });
    return shop;
}

}  // namespace

int main(int argc, char **argv) {
    const int shops = argc > 1 ? std::atoi(argv[1]) : 30, customers = argc > 2 ? std::atoi(argv[2]) : 2000;
    std::printf("| model | customers | at the limit, weak, of %d | bias of the total | in the 95 %% interval |\n", shops);
    std::printf("|---|---|---|---|---|\n");
    int all = 0, all_held = 0;
    for (const ShopKind &kind : kinds) {
        if (argc > 3 && std::strcmp(argv[3], kind.family.name) != 0) continue;
        Random random(20260103);
        double expected = 0, actual = 0;
        int held = 0, limits = 0, weak = 0;
        for (int i = 0; i < shops; ++i) {
            const Shop shop = simulate(kind, customers, random);
            const Fit fit = kind.family.fit_orders({shop.base.data(), shop.base.size()}, 1, never_stop);
            if (!fit.usable()) continue;
            limits += fit.status == Status::boundary;
            weak += fit.status == Status::weak;
            const OrdersFamily &orders = *kind.family.find_form(fit.form)->orders;
            const double horizon = horizon_of(kind.family);
            const ConfidenceInterval interval = total_purchases_interval(
                orders, view_of(fit), {shop.base.data(), shop.base.size()}, horizon, 0.95, never_stop);
            held += interval.lower <= shop.later && shop.later <= interval.upper;
            expected += interval.estimate;
            actual += shop.later;
        }
        all += shops;
        all_held += held;
        std::printf("| %s | %s | %d, %d | %+.1f %% | %d of %d |\n", kind.family.name, kind.name, limits, weak,
                    100 * (expected / actual - 1), held, shops);
        std::fflush(stdout);
    }
    std::printf("\nIn the interval: %.1f %% of all.\n", 100.0 * all_held / all);
    return 0;
}
