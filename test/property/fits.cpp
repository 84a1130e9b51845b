#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <vector>

#include "core/base/row_numbers.hpp"
#include "core/base/special.hpp"
#include "core/fit/maximum_likelihood.hpp"
#include "core/fit/newton.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/two_term_likelihood.hpp"
#include "core/spend/gg.hpp"
#include "property.hpp"

namespace cltv::property {

namespace {

// Rows as a base has them: sorted, equal ones counted.
template <class Row>
std::vector<Row> base_of(const std::vector<Row> &rows) {
    std::map<Numbers<Row>, double> counts;
    for (Row row : rows) {
        const double count = row.count;
        row.count = 0;
        counts[numbers_of(row)] += count;
    }
    std::vector<Row> base;
    for (const auto &[numbers, count] : counts) {
        base.push_back(row_of<Row>(numbers));
        base.back().count = count;
    }
    return base;
}

double any_weight(Source &source, bool weighted) { return weighted ? source.log_uniform(1e-6, 1e6) : source.count(50) + 1; }

std::vector<CustomerCount> any_customers(Source &source, bool discrete) {
    const double extreme = discrete ? source.log_uniform(1, 3000) : source.log_uniform(1e-6, 1e6);
    const double longest = source.chance(0.1) ? extreme : source.whole(1, 400);
    const bool weighted = source.chance(0.2), one_cohort = source.chance(0.2), whole = discrete || source.chance(0.5);
    const double most = source.count(discrete ? 100 : 1000);
    std::vector<CustomerCount> rows(static_cast<std::size_t>(source.number(1, 40)));
    for (CustomerCount &row : rows) {
        double tenure = one_cohort ? longest : longest * (1 - source.uniform());
        double recency = tenure * (1 - source.uniform()), frequency = source.chance(0.3) ? 0 : source.count(most);
        if (whole) {
            tenure = std::ceil(tenure);
            recency = std::ceil(recency);
        }
        if (discrete) frequency = std::fmin(frequency, recency);
        if (frequency == 0) recency = 0;
        row = {{frequency, recency, tenure}, any_weight(source, weighted)};
    }
    return base_of(rows);
}

// A fit ends, says why if it refuses, and is a maximum in every direction if it does not: of a log-likelihood that is
// the customers' own, added up.
void check_fit(const Fit &fit, const Family &family, const std::function<double(const double *)> &log_likelihood) {
    constexpr double step = 1e-3;
    EXPECT_EQ(find_fault(view_of(fit), family), nullptr) << find_fault(view_of(fit), family);
    EXPECT_LE(fit.iterations, 1000);
    if (fit.status != Status::converged) return;
    const double value = log_likelihood(fit.parameters.data()), rounding = 1e-9 * (1 + std::fabs(value));
    EXPECT_NEAR(fit.log_likelihood, value, rounding);
    for (std::size_t i = 0; i < fit.parameters.size(); ++i)
        for (const double sign : {-1.0, 1.0}) {
            if (fit.states[i] != ParameterState::estimated) continue;
            std::vector<double> moved = fit.parameters;
            const double rest = family.parameters[i].domain == Domain::share ? moved[i] * std::expm1(sign * step) : 0;
            moved[i] *= std::exp(sign * step) / (1 + rest);  // a share by its odds
            EXPECT_LE(log_likelihood(moved.data()), value + rounding) << "parameter " << i;
        }
}

}  // namespace

// A strictly concave function: the search ends at its top from anywhere. -sum of w ln cosh((u, x) - c), with the unit
// vectors among the u.
void newton_ascents(Source &source) {
    using Vector = Eigen::Vector3d;
    constexpr double reach = 300;  // beyond what the largest steps of all iterations lead to
    struct Ridge {
        Vector u;
        double c, w;
    };
    std::vector<Ridge> ridges;
    for (int i = 0; i < 3; ++i) ridges.push_back({Vector::Unit(i), source.between(-3, 3), source.log_uniform(1, 1e4)});
    for (int i = source.number(0, 5); i > 0; --i) {
        const double x = source.between(-2, 2), y = source.between(-2, 2), z = source.between(-2, 2);
        ridges.push_back({Vector(x, y, z), source.between(-3, 3), source.log_uniform(1e-2, 1e4)});
    }
    const auto f = [&](const Vector &x) {
        Surface<3> surface{0, Vector::Zero(), Eigen::Matrix3d::Zero()};
        for (const Ridge &ridge : ridges) {
            const double t = ridge.u.dot(x) - ridge.c, slope = std::tanh(t), sech = 1 / std::cosh(t);
            surface.value -= ridge.w * (log1p_exp(2 * t) - t);
            surface.gradient -= ridge.w * slope * ridge.u;
            surface.hessian -= ridge.w * sech * sech * ridge.u * ridge.u.transpose();
        }
        return surface;
    };
    const double x = source.between(-10, 10), y = source.between(-10, 10), z = source.between(-10, 10);
    const Ascent<3> ascent = newton_ascent<3>(f, Vector(x, y, z), Vector(0, 0, 0), reach);
    EXPECT_FALSE(ascent.escaped);
    if (!ascent.settled) return;  // where all is flat the search gives up
    EXPECT_GE(ascent.surface.value, f(Vector(x, y, z)).value);
    const Vector newton = (-ascent.surface.hessian).inverse() * ascent.surface.gradient;
    EXPECT_LE(ascent.surface.gradient.dot(newton), 1e-9 + 1e-12 * std::fabs(ascent.surface.value));
    EXPECT_EQ(ascent.surface.value, f(ascent.point).value);

    // In logarithms, by the chain rule: against the gradient at a point next to it.
    const Vector theta = ascent.point.cwiseAbs() + Vector(0.1, 0.1, 0.1);
    const Surface<3> here = in_logarithms<3>(f(theta), theta);
    for (int i = 0; i < 3; ++i) {
        constexpr double step = 1e-6;
        Vector up = theta, down = theta;
        up(i) *= std::exp(step);
        down(i) *= std::exp(-step);
        const Vector bend = (in_logarithms<3>(f(up), up).gradient - in_logarithms<3>(f(down), down).gradient) / (2 * step);
        const double size = here.hessian.cwiseAbs().maxCoeff() + here.gradient.cwiseAbs().maxCoeff() + 1e-3;
        EXPECT_LE((bend - here.hessian.col(i)).cwiseAbs().maxCoeff(), 1e-5 * (1 + theta.maxCoeff()) * size);
    }
}

// A gamma distribution with shape r and rate a, from the mean and the mean logarithm of n numbers: the estimates solve
// ln r - digamma(r) = ln mean - mean logarithm and a = r/mean, and the information is known.
void maximum_likelihoods(Source &source) {
    const double n = source.log_uniform(10, 1e9), mean = source.log_uniform(1e-6, 1e6);
    const double gap = source.log_uniform(1e-9, 50);
    SCOPED_TRACE(testing::Message() << n << ' ' << mean << ' ' << gap);
    const auto log_likelihood = [&](const Eigen::Vector2d &theta) {
        const double r = theta(0), a = theta(1), mean_log = std::log(mean) - gap;
        Surface<2> surface;
        surface.value = n * (r * std::log(a) - log_gamma(r) + (r - 1) * mean_log - a * mean);
        surface.gradient = n * Eigen::Vector2d(std::log(a) - digamma(r) + mean_log, r / a - mean);
        surface.hessian << -n * trigamma(r), n / a, n / a, -n * r / (a * a);
        return surface;
    };
    const Fit fit = maximum_likelihood<2>(log_likelihood, Eigen::Vector2d(1, 1 / mean), n,
                                          {Eigen::Vector2d(1, 1), Eigen::Vector2d(10, 10), Eigen::Vector2d(0.1, 0.1)});
    static constexpr Parameter parameters[] = {{"r"}, {"a"}};
    Family gamma;
    gamma.parameters = view_of(parameters);
    EXPECT_EQ(find_fault(view_of(fit), gamma), nullptr) << find_fault(view_of(fit), gamma);
    // Nothing but its flatness can hide the maximum: with so many numbers and such a gap it is found.
    if (n > 100 && gap > 1e-3 && gap < 20) {
        ASSERT_EQ(fit.status, Status::converged);
    }
    if (fit.status != Status::converged) return;
    const double r = fit.parameters[0], a = fit.parameters[1], determinant = r * trigamma(r) - 1;
    EXPECT_NEAR(std::log(r) - digamma(r), gap, 1e-6 * gap);
    EXPECT_NEAR(a, r / mean, 1e-6 * a);
    EXPECT_NEAR(fit.covariance[0] / (r / (n * determinant)), 1, 1e-4);
    EXPECT_NEAR(fit.covariance[1] / (a / (n * determinant)), 1, 1e-4);
    EXPECT_NEAR(fit.covariance[2] / (a * a * trigamma(r) / (n * determinant)), 1, 1e-4);
}

// Terms add up like the quantities that they stand for; a base's likelihood is that of its customers.
void two_term_likelihoods(Source &source) {
    const auto any_term = [&] {
        LogTerm term;
        term.value = source.between(-500, 500);
        for (double &slope : term.gradient) slope = source.between(-5, 5);
        for (double &bend : term.hessian) bend = source.between(-5, 5);
        return term;
    };
    const LogTerm u = any_term(), v = any_term(), sum = u + v, other = v + u, same = u + LogTerm::zero();
    const double share = 1 / (1 + std::exp(v.value - u.value));
    EXPECT_NEAR(sum.value, std::fmax(u.value, v.value) + std::log1p(std::exp(-std::fabs(u.value - v.value))), 1e-12);
    EXPECT_EQ(sum.value, other.value);
    EXPECT_EQ(same.value, u.value);
    for (int i = 0; i < 4; ++i) {
        EXPECT_NEAR(sum.gradient[i], share * u.gradient[i] + (1 - share) * v.gradient[i], 1e-13);
        EXPECT_EQ(sum.gradient[i], other.gradient[i]);
        EXPECT_EQ(same.gradient[i], u.gradient[i]);
    }

    const std::vector<CustomerCount> rows = any_customers(source, false);
    const View<CustomerCount> customers{rows.data(), rows.size()};
    const TwoTermBase base(customers, never_stop);
    std::size_t seen = 0;
    for (std::size_t i = 0; i < base.size(); ++i) {
        const TwoTermBlock block = base.block(i);
        for (std::size_t row = 0; row < block.customers.size; ++row, ++seen) {
            EXPECT_EQ(block.customers.data + row, rows.data() + seen);
            EXPECT_EQ(block.times[block.places[row].recency], block.customers[row].customer.recency);
            EXPECT_EQ(block.times[block.places[row].tenure], block.customers[row].customer.tenure);
            EXPECT_EQ(block.customers[row].customer.frequency, block.customers[0].customer.frequency);
        }
        for (std::size_t time = 1; time < block.times.size; ++time) EXPECT_LT(block.times[time - 1], block.times[time]);
    }
    EXPECT_EQ(seen, rows.size());

    double p[4], gradient[4], hessian[16], expected = 0, size = 0;
    for (double &parameter : p) parameter = source.log_uniform(1e-3, 1e4);
    const double value = bgnbd::log_likelihood(customers, p, gradient, hessian, never_stop);
    for (const CustomerCount &row : rows) {
        const double one = row.count * bgnbd::family.orders->log_likelihood(p, row.customer);
        expected += one;
        size += std::fabs(one) + row.count * (1 + row.customer.frequency);
    }
    EXPECT_NEAR(value, expected, 1e-10 * size);
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) EXPECT_TRUE(std::isfinite(gradient[i]) && hessian[4 * i + j] == hessian[4 * j + i]);
}

void fits(Source &source) {
    const Family &family =
        *all_families()[static_cast<std::size_t>(source.number(0, static_cast<int>(all_families().size) - 1))];
    const bool weighted = source.chance(0.2);
    if (family.orders != nullptr) {
        const std::vector<CustomerCount> base = any_customers(source, family.orders->discrete);
        check_fit(family.fit_orders({base.data(), base.size()}, 1, never_stop), family, [&](const double *p) {
            double sum = 0;
            for (const CustomerCount &row : base) sum += row.count * family.orders->log_likelihood(p, row.customer);
            return sum;
        });
    } else if (family.spend != nullptr) {
        std::vector<SpendCount> rows(static_cast<std::size_t>(source.number(1, 40)));
        const double mean = source.log_uniform(1e-3, 1e6), spread = source.log_uniform(1, 1e4), most = source.count(1000);
        for (SpendCount &row : rows)
            row = {{source.count(most) + 1, mean * source.log_uniform(1, spread)}, any_weight(source, weighted)};
        const std::vector<SpendCount> base = base_of(rows);
        check_fit(gg::fit({base.data(), base.size()}, 1, never_stop), gg::family, [&](const double *p) {
            double sum = 0;
            for (const SpendCount &row : base) sum += row.count * gg::family.spend->log_likelihood(p, row.spend);
            return sum;
        });
    } else {
        std::vector<ContractCount> rows(static_cast<std::size_t>(source.number(1, 40)));
        const double most = source.count(1e4);
        for (ContractCount &row : rows) {
            const double churned = source.chance(0.5) ? 1 : 0;
            row = {{source.count(most) + churned, churned}, any_weight(source, weighted)};
        }
        const std::vector<ContractCount> base = base_of(rows);
        check_fit(family.fit_contract({base.data(), base.size()}, 1, never_stop), family, [&](const double *p) {
            double sum = 0;
            for (const ContractCount &row : base)
                sum += row.count * family.contract->log_likelihood(p, row.contract);
            return sum;
        });
    }
}

}  // namespace cltv::property
