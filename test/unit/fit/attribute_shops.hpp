// Shops of customers whose attributes matter, of every family with attributes, and how often fits find what was put in.
#pragma once

#include <cmath>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "core/families.hpp"
#include "core/fit/model.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {

inline constexpr const char *channels[] = {"ads", "friends", "mail"};

// A customer's attributes: a channel, and a number that is none of the channel's.
struct Known {
    int channel;
    double z;
    const Features *features() const { return cltv::features({category("channel", channels[channel]), number("z", z)}); }
};

inline Known known(int i) { return {i % 3 == 2 && i % 2 == 0 ? 0 : i % 3, 50 + 10 * ((i * 7919) % 21 - 10) / 5.0}; }

// What is put in: friends and mail against ads, and a unit of z.
struct Truth {
    double friends, mail, slope;
    double predictor(const Known &k) const { return friends * (k.channel == 1) + mail * (k.channel == 2) + slope * k.z; }
};

struct Example {
    const char *name;
    std::vector<double> parameters;
    Truth first, second;  // of purchases, spend or churn, and of dropout
    int customers;
};
inline void PrintTo(const Example &example, std::ostream *out) { *out << example.name; }

inline const Example examples[] = {
    {"nbd", {1.2, 60}, {0.7, -0.3, 0.01}, {}, 900},
    {"bgnbd", {1.2, 60, 0.8, 3}, {0.7, -0.3, 0.01}, {0, 0.6, 0}, 1200},
    {"mbgnbd", {1.2, 60, 0.8, 3}, {0.7, -0.3, 0.01}, {0, 0.6, 0}, 1200},
    {"pnbd", {1.2, 60, 0.9, 250}, {0.7, -0.3, 0.01}, {0, 0.6, 0}, 1200},
    {"bgbb", {1.2, 0.8, 0.7, 3}, {0.5, -0.4, 0.01}, {0, 0.5, 0}, 1500},
    {"gg", {4, 5, 30}, {0.4, -0.3, 0.01}, {}, 900},
    {"lognormal", {3, 0.6, 0.7}, {0.4, -0.3, 0.01}, {}, 900},
    {"sbg", {0.8, 2.5}, {0.6, -0.4, 0.01}, {}, 1500},
    {"geometric", {0.2}, {0.6, -0.4, 0.01}, {}, 900},
    {"bdw", {0.8, 2.5, 1.3}, {0.6, -0.4, 0.01}, {}, 2500},
};

inline void add_customer(Shop &shop, const Family &family, const double *own, const Known &k, Random &random) {
    if (family.orders != nullptr) {
        const Traits traits = family.orders->draw(own, random);
        const double tenure = family.orders->discrete ? 12 : 730 * (0.3 + 0.7 * draw_uniform(random));
        Customer customer = {0, 0, tenure};
        for (double now = 0, n = 1;; ++n) {
            now = family.orders->next_purchase(traits, n, now, random);
            if (family.orders->discrete ? !(now <= tenure) : !(now < tenure)) break;
            customer.frequency = n;
            customer.recency = now;
        }
        shop.add(customer, k.features(),
                 family.has_attributes_of(Role::dropout) ? features({category("channel", channels[k.channel])}) : nullptr);
    } else if (family.spend != nullptr) {
        const Traits traits = family.spend->draw(own, random);
        const double purchases = 1 + std::floor(4 * draw_uniform(random));
        double sum = 0;
        for (int n = 0; n < purchases; ++n) sum += family.spend->next_spend(traits, random);
        shop.add(Targets::spend, {purchases, sum / purchases}, {{Role::spend, k.features()}});
    } else {
        const double leaves = family.parameters.size == 1 ? own[0] : draw_beta(own[0], own[1], random);
        const double power = family.parameters.size == 3 ? own[2] : 1;
        double periods = 0;
        bool churned = false;
        while (periods < 10 && !churned) {
            ++periods;
            const double asked = std::pow(periods, power) - std::pow(periods - 1, power);
            churned = draw_uniform(random) < -std::expm1(asked * std::log1p(-leaves));
        }
        shop.add(Targets::contracts, {periods, churned ? 1.0 : 0.0}, {{Role::churn, k.features()}});
    }
}

inline Shop simulated(const Family &family, const Example &example, unsigned seed, int customers = 0) {
    Random random(seed);
    Shop shop;
    for (int i = 0; i < (customers == 0 ? example.customers : customers); ++i) {
        const Known k = known(i);
        double own[4];
        family.shift()(example.parameters.data(), example.first.predictor(k), example.second.predictor(k), own);
        add_customer(shop, family, own, k, random);
    }
    return shop;
}

// Of the coefficients of so many shops: how many 95 % intervals hold the truth, and how many there are.
inline std::pair<int, int> recovered(const Family &family, const Example &example, unsigned shops) {
    int within = 0, tried = 0;
    for (unsigned seed = 1; seed <= shops; ++seed) {
        const Fit fit = family.fit_attributes(simulated(family, example, seed).sorted(), 1, 0, never_stop);
        if (!fit.usable() || fit.form != 0) continue;
        // By role, and by name within it: friends, mail and z, then those of dropout.
        std::vector<double> truth = {example.first.friends, example.first.mail, example.first.slope};
        if (family.has_attributes_of(Role::dropout)) {
            truth.push_back(example.second.friends);
            truth.push_back(example.second.mail);
        }
        for (std::size_t i = 0; i < truth.size(); ++i) {
            const int place = static_cast<int>(family.parameters.size + i);
            const double error = std::sqrt(fit.covariance[static_cast<std::size_t>(covariance_index(place, place))]);
            within += std::fabs(fit.parameters[static_cast<std::size_t>(place)] - truth[i]) <= 1.959964 * error;
            ++tried;
        }
    }
    return {within, tried};
}

}  // namespace cltv
