// Do the fits find what was put in? For random parameters of each family, simulates customers who follow the model
// exactly, fits it to them and compares: how often the fit converges or refuses, why, how far the gradient is from
// zero, and how often the truth lies in the 95 % intervals of the single parameters, which are approximations, and in
// the region of all of them whose log-likelihood is within half a quantile of chi-squared of the greatest. Prints the
// table of docs/purchases/recovery.md.
//
//   recovery [SETS [CUSTOMERS]]      default: 300 sets of 5,000 customers each; takes minutes

#include <Eigen/Cholesky>
#include <boost/math/distributions/chi_squared.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/random.hpp"
#include "core/contracts/bdw.hpp"
#include "core/contracts/sbg.hpp"
#include "core/fit/interval.hpp"
#include "core/purchases/bgbb.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/mbgnbd.hpp"
#include "core/purchases/pnbd.hpp"
#include "core/spend/gg.hpp"

namespace {

using namespace cltv;

// The ranges are those of shops: days, purchases every few days to every few years, lives of weeks to years.
struct Range {
    double low, high;
    double draw(Random &random) const { return low * std::pow(high / low, draw_uniform(random)); }
};

int n_parameters(const Family &family) { return static_cast<int>(family.parameters.size); }

struct OrdersCase {
    const Family &family;
    Range ranges[4];
    Range tenure;  // spread evenly; whole opportunities of a discrete model
};

const OrdersCase orders_cases[] = {
    {bgnbd::family, {{0.1, 5}, {5, 200}, {0.2, 5}, {0.5, 10}}, {0, 730}},
    {mbgnbd::family, {{0.1, 5}, {5, 200}, {0.2, 5}, {0.5, 10}}, {0, 730}},
    {pnbd::family, {{0.1, 5}, {5, 200}, {0.2, 3}, {20, 1000}}, {0, 730}},
    {bgbb::family, {{0.3, 5}, {0.3, 10}, {0.2, 3}, {0.5, 20}}, {6, 60}},
};

constexpr Range spend_ranges[] = {{0.5, 20}, {1.5, 10}, {1, 100}};
constexpr Range contract_ranges[] = {{0.2, 3}, {0.5, 20}, {0.6, 2}};
constexpr Range contract_periods = {5, 36};

// The largest change of the log-likelihood for a relative change of one parameter, by central differences.
template <class LogLikelihood>
double steepest(LogLikelihood &&log_likelihood, const Fit &fit) {
    constexpr double step = 1e-4;
    std::vector<double> moved = fit.parameters;
    double worst = 0;
    for (std::size_t i = 0; i < moved.size(); ++i) {
        moved[i] = fit.parameters[i] * std::exp(step);
        const double above = log_likelihood(moved.data());
        moved[i] = fit.parameters[i] * std::exp(-step);
        const double below = log_likelihood(moved.data());
        moved[i] = fit.parameters[i];
        worst = std::max(worst, std::fabs(above - below) / (2 * step));
    }
    return worst;
}

struct Tally {
    int sets = 0, converged = 0;
    std::map<std::string, int> refusals;
    int covered[4] = {}, covered_jointly = 0;
    double worst_gradient = 0;
    bool definite = true;  // every covariance is positive definite

    // log_likelihood of the whole base, at any parameters; size: the sum of its terms without their signs.
    template <class LogLikelihood>
    void add(const Family &family, const double *truth, const Fit &fit, double size, LogLikelihood &&log_likelihood) {
        ++sets;
        const int n = n_parameters(family);
        if (fit.status != Status::converged) {
            const Form &form = *family.find_form(fit.form);
            const char *name = fit.status == Status::boundary        ? form.limit
                               : fit.status == Status::weak          ? "weak"
                               : fit.status == Status::runaway       ? "runaway"
                               : fit.status == Status::ridge         ? "ridge"
                               : fit.status == Status::not_converged ? "not converged"
                                                                     : "other";
            ++refusals[fit.subject < 0 ? std::string(name) : std::string(name) + ' ' + form.parameters[fit.subject].name];
            return;
        }
        ++converged;
        worst_gradient = std::max(worst_gradient, steepest(log_likelihood, fit) / size);
        const double quantile = boost::math::quantile(boost::math::chi_squared(n), 0.95);
        covered_jointly += fit.log_likelihood - log_likelihood(truth) <= quantile / 2;
        // In units of the estimates, whose sizes differ by orders of magnitude.
        Eigen::MatrixXd relative(n, n);
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j)
                relative(i, j) = fit.covariance[covariance_index(i, j)] / (fit.parameters[i] * fit.parameters[j]);
        definite = definite && relative.llt().info() == Eigen::Success;
        for (int i = 0; i < n_parameters(family); ++i) {
            const double std_error = std::sqrt(fit.covariance[covariance_index(i, i)]);
            const ConfidenceInterval interval = log_normal_interval(fit.parameters[i], std_error, 0.95);
            covered[i] += interval.lower <= truth[i] && truth[i] <= interval.upper;
        }
    }

    void print(const Family &family) const {
        std::printf("| %s | %d | %d | ", family.name, sets, converged);
        const char *separator = "";
        for (const auto &refusal : refusals) {
            std::printf("%s%s %d", separator, refusal.first.c_str(), refusal.second);
            separator = ", ";
        }
        std::printf(" | %.0e | %s | ", worst_gradient, definite ? "yes" : "no");
        for (int i = 0; i < n_parameters(family); ++i)
            std::printf("%s%s %.1f", i > 0 ? ", " : "", family.parameters[i].name,
                        100.0 * covered[i] / std::max(converged, 1));
        std::printf(" | %.1f |\n", 100.0 * covered_jointly / std::max(converged, 1));
        std::fflush(stdout);
    }
};

// Rows in order, equal ones counted together, as a base has them.
template <class Row, class Key>
void merge_equal(std::vector<Row> &rows, Key &&key) {
    std::sort(rows.begin(), rows.end(), [&](const Row &x, const Row &y) { return key(x) < key(y); });
    std::size_t last = 0;
    for (std::size_t i = 1; i < rows.size(); ++i)
        if (key(rows[i]) == key(rows[last]))
            rows[last].count += rows[i].count;
        else
            rows[++last] = rows[i];
    rows.resize(last + 1);
}

std::vector<CustomerCount> simulate_customers(const OrdersCase &which, const double *truth, int customers,
                                              Random &random) {
    const OrdersFamily &orders = *which.family.orders;
    std::vector<CustomerCount> base;
    for (int i = 0; i < customers; ++i) {
        const double share = 1 - draw_uniform(random);
        const double tenure = which.tenure.low + share * (which.tenure.high - which.tenure.low);
        Customer customer{0, 0, orders.discrete ? std::round(tenure) : tenure};
        const Traits traits = orders.draw(truth, random);
        while (true) {
            const double next = orders.next_purchase(traits, customer.frequency + 1, customer.recency, random);
            if (!(next <= customer.tenure)) break;
            customer.recency = next;
            ++customer.frequency;
        }
        base.push_back({customer, 1});
    }
    merge_equal(base, [](const CustomerCount &row) {
        return std::make_tuple(row.customer.frequency, row.customer.recency, row.customer.tenure);
    });
    return base;
}

std::vector<SpendCount> simulate_spends(const SpendFamily &spend, const double *truth, int customers, Random &random) {
    std::vector<SpendCount> base;
    for (int i = 0; i < customers; ++i) {
        const double frequency = 1 + std::floor(-3 * std::log(1 - draw_uniform(random)));
        const Traits traits = spend.draw(truth, random);
        double total = 0;
        for (double n = 0; n < frequency; ++n) total += spend.next_spend(traits, random);
        base.push_back({{frequency, total / frequency}, 1});
    }
    merge_equal(base, [](const SpendCount &row) {
        return std::make_tuple(row.spend.frequency, row.spend.monetary_value);
    });
    return base;
}

// Contracts whose customers leave at each of `periods` decisions with probability theta ~ Beta(alpha, beta) or, where there is
// a c, with 1 - (1 - theta)^(t^c - (t - 1)^c).
std::vector<ContractCount> simulate_contracts(const Family &family, const double *truth, int customers, Random &random) {
    const double power = family.parameters.size == 3 ? truth[2] : 1;
    std::vector<ContractCount> base;
    for (int i = 0; i < customers; ++i) {
        const Range &periods = contract_periods;
        Contract contract{std::round(periods.low + draw_uniform(random) * (periods.high - periods.low)), 0};
        const double leave = draw_beta(truth[0], truth[1], random);
        for (double period = 1; period <= contract.periods; ++period)
            if (draw_uniform(random) <
                -std::expm1((std::pow(period, power) - std::pow(period - 1, power)) * std::log1p(-leave)))
                contract = {period, 1};
        base.push_back({contract, 1});
    }
    merge_equal(base, [](const ContractCount &row) {
        return std::make_tuple(row.contract.periods, row.contract.churned);
    });
    return base;
}

// log_likelihood: that of one row.
template <class Row, class LogLikelihood>
void recover(Tally &tally, const Family &family, const double *truth, const std::vector<Row> &base,
             Fit (*fit)(View<Row>, double, Stop), LogLikelihood &&log_likelihood) {
    const Fit found = fit({base.data(), base.size()}, 1, never_stop);
    const auto total = [&](const double *p) {
        double sum = 0;
        for (const Row &row : base) sum += row.count * log_likelihood(p, row);
        return sum;
    };
    double size = 0;
    for (const Row &row : base) size += row.count * std::fabs(log_likelihood(truth, row));
    tally.add(family, truth, found, size, total);
}

void draw_parameters(const Family &family, const Range *ranges, double *truth, Random &random) {
    for (int i = 0; i < n_parameters(family); ++i) truth[i] = ranges[i].draw(random);
}

}  // namespace

int main(int argc, char **argv) {
    const int sets = argc > 1 ? std::atoi(argv[1]) : 300, customers = argc > 2 ? std::atoi(argv[2]) : 5000;
    std::printf("%d random parameter sets a model, %d customers each.\n\n", sets, customers);
    std::printf("| model | sets | converged | else | gradient | definite | truth in the 95 %% interval, %% of "
                "converged | in the region |\n");
    std::printf("|---|---|---|---|---|---|---|---|\n");
    double truth[4];
    for (const OrdersCase &which : orders_cases) {
        Random random(20260101);
        Tally tally;
        for (int set = 0; set < sets; ++set) {
            draw_parameters(which.family, which.ranges, truth, random);
            recover(tally, which.family, truth, simulate_customers(which, truth, customers, random), which.family.fit_orders,
                    [&](const double *p, const CustomerCount &row) {
                        return which.family.orders->log_likelihood(p, row.customer);
                    });
        }
        tally.print(which.family);
    }
    Random random(20260102);
    Tally spends;
    for (int set = 0; set < sets; ++set) {
        draw_parameters(gg::family, spend_ranges, truth, random);
        recover(spends, gg::family, truth, simulate_spends(*gg::family.spend, truth, customers, random),
                gg::family.fit_spend,
                [](const double *p, const SpendCount &row) { return gg::family.spend->log_likelihood(p, row.spend); });
    }
    spends.print(gg::family);
    for (const Family *family : {&sbg::family, &bdw::family}) {
        Tally contracts;
        for (int set = 0; set < sets; ++set) {
            draw_parameters(*family, contract_ranges, truth, random);
            recover(contracts, *family, truth, simulate_contracts(*family, truth, customers, random), family->fit_contract,
                    [&](const double *p, const ContractCount &row) {
                        return family->contract->log_likelihood(p, row.contract);
                    });
        }
        contracts.print(*family);
    }
    return 0;
}
