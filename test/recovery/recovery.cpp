// Do the fits find what was put in? For random parameters of each family, simulates customers who follow the model
// exactly, fits it to them and compares: how often the fit converges or refuses, why, how far the gradient is from zero,
// and how often the 95 % intervals hold the truth. Prints the tables of docs/recovery.md.
//
//   recovery [SETS [CUSTOMERS]]      default: 300 sets of 5,000 customers each; takes minutes

#include <boost/random/uniform_01.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "model/bgnbd.hpp"
#include "model/gg.hpp"
#include "model/interval.hpp"
#include "model/simulate.hpp"

namespace {

using namespace cltv;

constexpr double observed_days = 730;

struct Range {
    double low, high;
    double draw(Random &random) const { return low * std::pow(high / low, draw_uniform(random)); }
};

struct OrdersCase {
    const Family &family;
    Fit (*fit)(View<CustomerCount>, Stop);
    Range ranges[max_parameters];
};

const OrdersCase orders_cases[] = {
    {bgnbd::family, bgnbd::fit, {{0.1, 5}, {5, 200}, {0.2, 5}, {0.5, 10}}},
};

constexpr Range spend_ranges[] = {{0.5, 20}, {1.5, 10}, {1, 100}};

struct Tally {
    int sets = 0, converged = 0;
    std::map<std::string, int> refusals;
    int covered[max_parameters] = {};
    double worst_gradient = 0;

    void add(const Family &family, const double *truth, const Fit &fit, double gradient) {
        ++sets;
        if (fit.status != Status::converged) {
            const char *name = fit.status == Status::runaway ? "runaway: " : fit.status == Status::ridge ? "ridge: " : "other";
            ++refusals[std::string(name) + (fit.subject >= 0 ? family.parameter_names[fit.subject] : "")];
            return;
        }
        ++converged;
        worst_gradient = std::max(worst_gradient, gradient);
        for (int i = 0; i < family.n_parameters; ++i) {
            const double std_error = std::sqrt(fit.covariance[covariance_index(i, i)]);
            const ConfidenceInterval interval = log_normal_interval(fit.parameters[i], std_error, 0.95);
            covered[i] += interval.lower <= truth[i] && truth[i] <= interval.upper;
        }
    }

    void print(const Family &family) const {
        std::printf("| %s | %d | %d |", family.name, sets, converged);
        for (const auto &refusal : refusals) std::printf(" %s %d;", refusal.first.c_str(), refusal.second);
        std::printf(" | %.1g |", worst_gradient);
        for (int i = 0; i < family.n_parameters; ++i)
            std::printf(" %s %.1f", family.parameter_names[i], 100.0 * covered[i] / std::max(converged, 1));
        std::printf(" |\n");
        std::fflush(stdout);
    }
};

// The largest change of the log-likelihood for a relative change of one parameter, by central differences, relative to
// the log-likelihood.
template <class LogLikelihood>
double relative_gradient(LogLikelihood &&log_likelihood, const Fit &fit, int n) {
    constexpr double step = 1e-4;
    double moved[max_parameters], worst = 0;
    std::copy(fit.parameters, fit.parameters + n, moved);
    for (int i = 0; i < n; ++i) {
        moved[i] = fit.parameters[i] * std::exp(step);
        const double above = log_likelihood(moved);
        moved[i] = fit.parameters[i] * std::exp(-step);
        const double below = log_likelihood(moved);
        moved[i] = fit.parameters[i];
        worst = std::max(worst, std::fabs(above - below) / (2 * step));
    }
    return worst / std::fabs(fit.log_likelihood);
}

std::vector<CustomerCount> simulate_customers(const OrdersFamily &orders, const double *truth, int customers,
                                              Random &random) {
    std::vector<CustomerCount> base;
    for (int i = 0; i < customers; ++i) {
        Customer customer{0, 0, observed_days * (1 - draw_uniform(random))};
        const Traits traits = orders.draw(truth, random);
        for (double at = 0; (at = orders.next_purchase(traits, customer.frequency + 1, at, random)) < customer.tenure;) {
            customer.recency = at;
            ++customer.frequency;
            if (customer.frequency > 1e6) break;
        }
        if (customer.frequency == 0 || customer.recency > 0) base.push_back({customer, 1});
    }
    std::sort(base.begin(), base.end(), [](const CustomerCount &x, const CustomerCount &y) {
        return x.customer.frequency < y.customer.frequency;
    });
    return base;
}

void recover_orders(const OrdersCase &which, int sets, int customers, Random &random) {
    const OrdersFamily &orders = *which.family.orders;
    Tally tally;
    for (int set = 0; set < sets; ++set) {
        double truth[max_parameters];
        for (int i = 0; i < which.family.n_parameters; ++i) truth[i] = which.ranges[i].draw(random);
        const std::vector<CustomerCount> base = simulate_customers(orders, truth, customers, random);
        const Fit fit = which.fit({base.data(), base.size()}, never_stop);
        auto log_likelihood = [&](const double *p) {
            double sum = 0;
            for (const CustomerCount &row : base) sum += row.count * orders.log_likelihood(p, row.customer);
            return sum;
        };
        const bool converged = fit.status == Status::converged;
        tally.add(which.family, truth, fit,
                  converged ? relative_gradient(log_likelihood, fit, which.family.n_parameters) : 0);
    }
    tally.print(which.family);
}

void recover_spend(int sets, int customers, Random &random) {
    Tally tally;
    const SpendFamily &spend = *gg::family.spend;
    for (int set = 0; set < sets; ++set) {
        double truth[3];
        for (int i = 0; i < 3; ++i) truth[i] = spend_ranges[i].draw(random);
        std::vector<SpendCount> base;
        for (int i = 0; i < customers; ++i) {
            const double frequency = 1 + std::floor(-3 * std::log(1 - draw_uniform(random)));
            const Traits traits = spend.draw(truth, random);
            double total = 0;
            for (double n = 0; n < frequency; ++n) total += spend.next_spend(traits, random);
            base.push_back({{frequency, total / frequency}, 1});
        }
        std::sort(base.begin(), base.end(),
                  [](const SpendCount &x, const SpendCount &y) { return x.spend.frequency < y.spend.frequency; });
        const Fit fit = gg::fit({base.data(), base.size()}, never_stop);
        auto log_likelihood = [&](const double *p) {
            double sum = 0;
            for (const SpendCount &row : base) sum += row.count * spend.log_likelihood(p, row.spend);
            return sum;
        };
        tally.add(gg::family, truth, fit,
                  fit.status == Status::converged ? relative_gradient(log_likelihood, fit, 3) : 0);
    }
    tally.print(gg::family);
}

}  // namespace

int main(int argc, char **argv) {
    const int sets = argc > 1 ? std::atoi(argv[1]) : 300, customers = argc > 2 ? std::atoi(argv[2]) : 5000;
    std::printf("%d random parameter sets a model, %d customers each.\n\n", sets, customers);
    std::printf("| model | sets | converged | refused | gradient | truth in the 95 %% interval, %% of converged |\n");
    std::printf("|---|---|---|---|---|---|\n");
    for (const OrdersCase &which : orders_cases) {
        Random random(20260101);
        recover_orders(which, sets, customers, random);
    }
    Random random(20260102);
    recover_spend(sets, customers, random);
    return 0;
}
