#include "core/fit/model.hpp"

#include <cmath>
#include <cstring>

#include "core/base/random.hpp"
#include "core/fit/family.hpp"
#include "core/fit/interval.hpp"
#include "core/purchases/simulate.hpp"
#include "property.hpp"

namespace cltv::property {

// On the logarithmic scale intervals are symmetric, and wider for a higher level. The delta method is exact for a power
// of one parameter, and for products as the covariance says.
void intervals(Source &source) {
    const double level = source.between(1e-6, 1 - 1e-9), estimate = source.log_uniform(1e-100, 1e100);
    const double error = source.log_uniform(1e-8, 10) * estimate;
    SCOPED_TRACE(testing::Message() << level << ' ' << estimate << ' ' << error);
    const double quantile = normal_quantile(level);
    EXPECT_NEAR(std::erf(quantile / std::sqrt(2.0)), level, 1e-14);
    const ConfidenceInterval interval = log_normal_interval(estimate, error, level);
    EXPECT_TRUE(interval.lower <= estimate && interval.estimate == estimate && interval.upper >= estimate);
    expect_close(interval.upper / estimate, estimate / interval.lower, 1e-14);
    expect_close(std::log(interval.upper / estimate), quantile * error / estimate, 1e-6 + 1e-15 / (quantile * error / estimate));
    EXPECT_GE(log_normal_interval(estimate, error, (1 + level) / 2).upper, interval.upper);
    const ConfidenceInterval nothing = log_normal_interval(0, error, level);
    EXPECT_TRUE(nothing.lower == 0 && nothing.estimate == 0 && nothing.upper == 0);

    const double p[2] = {source.log_uniform(1e-3, 1e4), source.log_uniform(1e-3, 1e4)};
    const double s[2] = {source.log_uniform(1e-3, 1), source.log_uniform(1e-3, 1)}, correlation = source.between(-1, 1);
    const double covariance[3] = {s[0] * s[0] * p[0] * p[0], correlation * s[0] * s[1] * p[0] * p[1],
                                  s[1] * s[1] * p[1] * p[1]};
    const double power = source.between(-3, 3);
    Fit fit = given(p, 2);
    fit.covariance.assign(covariance, covariance + 3);
    const ConfidenceInterval of_power =
        delta_interval([=](const double *q) { return std::pow(q[0], power); }, view_of(fit), level);
    const double exact_power = quantile * std::fabs(power) * s[0];
    EXPECT_NEAR(std::log(of_power.upper / of_power.estimate), exact_power, 1e-8 * exact_power + 1e-9);
    const ConfidenceInterval of_product =
        delta_interval([](const double *q) { return q[0] * q[1]; }, view_of(fit), level);
    const double variance = s[0] * s[0] + s[1] * s[1] + 2 * correlation * s[0] * s[1];
    EXPECT_NEAR(of_product.upper / of_product.estimate / std::exp(quantile * std::sqrt(std::fmax(variance, 0))), 1, 1e-4);
}

// A model without fault has what predictions need, and a covariance that is one.
void model_faults(Source &source) {
    const Family &family = *all_families()[static_cast<std::size_t>(
        source.number(0, static_cast<int>(all_families().size) - 1))];
    const int n = static_cast<int>(family.parameters.size);
    const auto fault = [&](const Fit &fit) { return find_fault(view_of(fit), family); };
    const auto any_number = [&] {
        const double kind = source.uniform();
        if (kind < 0.1) return std::nan("");
        if (kind < 0.15) return infinity;
        return (kind < 0.3 ? -1 : 1) * source.log_uniform(1e-10, 1e10);
    };
    EXPECT_EQ(find_family(family.kind), &family);
    EXPECT_EQ(find_family(family.name), &family);
    EXPECT_EQ((family.orders != nullptr) + (family.spend != nullptr) + (family.contract != nullptr), 1);

    std::vector<double> p(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < p.size(); ++i)
        p[i] = family.parameters[i].domain == Domain::share    ? source.between(0.001, 0.999)
               : family.parameters[i].domain == Domain::number ? source.number(1, 50)
                                                               : source.log_uniform(1e-10, 1e10);
    Fit fit = given(p.data(), n);
    for (std::size_t i = 0; i < p.size(); ++i)
        if (family.parameters[i].domain == Domain::number) fit.states[i] = ParameterState::chosen;
    EXPECT_EQ(fault(fit), nullptr);
    for (int status = 0; status <= 11; ++status) {
        const bool names = status == 5 || status == 6 || status == 10;
        const Fit empty = refused(static_cast<Status>(status), source.count(1e6), names ? source.number(0, n - 1) : -1);
        EXPECT_EQ(fault(empty) == nullptr, status >= 2 && status <= 8) << status;
    }
    for (int i = 0; i < n; ++i)
        for (int j = 0; j <= i; ++j) {
            EXPECT_EQ(covariance_index(i, j), covariance_index(j, i));
            EXPECT_TRUE(covariance_index(i, j) >= 0 && covariance_index(i, j) < n_covariances(n));
        }

    fit = refused(static_cast<Status>(source.number(0, 11)), source.count(100), source.number(-1, 4), source.number(-1, 9));
    fit.form = source.chance(0.1) ? source.number(-1, 9) : 0;
    fit.prior = source.chance(0.2);
    fit.skipped = source.chance(0.2) ? any_number() : 0;
    if (source.chance(0.8)) {
        const double scale = source.chance(0.1) ? any_number() : 1;
        for (int i = source.chance(0.1) ? source.number(0, 5) : n; i > 0; --i) {
            const std::size_t place = fit.parameters.size();
            const bool number = place < family.parameters.size && family.parameters[place].domain == Domain::number;
            fit.parameters.push_back(source.chance(0.05) ? any_number() : number ? 3 : source.log_uniform(1e-3, 1e3));
            fit.states.push_back(static_cast<ParameterState>(source.chance(0.05) ? source.number(0, 5) : number ? 4 : 0));
        }
        for (int i = 0; i < static_cast<int>(fit.parameters.size()); ++i)
            for (int j = 0; j <= i; ++j)
                fit.covariance.push_back(fit.states[static_cast<std::size_t>(i)] == ParameterState::chosen && source.chance(0.9)
                                             ? std::nan("")
                                             : scale * (i == j ? 1 : source.chance(0.05) ? any_number() : source.between(-1.1, 1.1)));
        fit.log_likelihood = any_number();
    }
    if (fault(fit) != nullptr) return;
    const Form &form = *family.find_form(fit.form);
    if (fit.usable()) {
        EXPECT_EQ(fit.parameters.size(), form.parameters.size);
    }
    for (std::size_t i = 0; i < fit.parameters.size(); ++i) {
        const bool positive = form.parameters[i].domain != Domain::real, share = form.parameters[i].domain == Domain::share;
        if (form.parameters[i].domain == Domain::number) {
            EXPECT_EQ(fit.states[i], ParameterState::chosen);
            continue;
        }
        EXPECT_EQ(fit.states[i] == ParameterState::estimated,
                  std::isfinite(fit.parameters[i]) && (fit.parameters[i] > 0 || !positive) &&
                      (fit.parameters[i] < 1 || !share));
        if (fit.status == Status::converged && fit.states[i] == ParameterState::estimated) {
            const int ii = covariance_index(static_cast<int>(i), static_cast<int>(i));
            EXPECT_GT(fit.covariance[static_cast<std::size_t>(ii)], 0);
        }
    }
    EXPECT_EQ(fit.usable() && fit.status != Status::given, std::isfinite(fit.log_likelihood));
}

// Every customer orders at the beginning of a life, then in order of time and within the span; a seed tells all.
void simulated_orders(Source &source) {
    const Family *orders = nullptr, *spend = nullptr;
    const double choice = source.uniform();
    double seen = 0, families = 0;
    for (const Family *family : all_families()) families += family->orders != nullptr;
    for (const Family *family : all_families()) {
        if (family->spend != nullptr && spend == nullptr) spend = family;
        if (family->orders == nullptr) continue;
        if (orders == nullptr && choice < ++seen / families) orders = family;
    }
    double p[5], q[4];
    for (double &parameter : p) parameter = source.log_uniform(1e-2, 1e3);
    p[4] = source.number(1, 12);
    for (double &parameter : q) parameter = source.log_uniform(1e-2, 1e3);
    const double span = source.whole(1, 1000);
    const int customers = source.number(0, 20);
    const auto seed = static_cast<std::uint64_t>(source.count(1e15));
    SCOPED_TRACE(testing::Message() << orders->name << ' ' << p[0] << ' ' << p[1] << ' ' << p[2] << ' ' << p[3] << ", seed "
                                    << seed);
    OrderStream stream(*orders->orders, p, *spend->spend, q, customers, span, seed), again = stream;
    Order order{}, same{};
    std::int64_t customer = 0;
    double now = 0;
    for (int i = 0; i < 300 && stream.next(order); ++i) {
        EXPECT_TRUE(order.customer_id == customer || order.customer_id == customer + 1);
        EXPECT_TRUE(order.at >= (order.customer_id == customer ? now : 0) && order.at < span) << order.at;
        EXPECT_GE(order.amount, 0);
        EXPECT_LE(order.customer_id, customers);
        ASSERT_TRUE(again.next(same));
        EXPECT_TRUE(same.customer_id == order.customer_id && same.at == order.at && same.amount == order.amount);
        customer = order.customer_id;
        now = order.at;
    }

    Random random(seed);
    const double shape = source.log_uniform(1e-3, 1e4), other = source.log_uniform(1e-3, 1e4);
    for (int i = 0; i < 5; ++i) {
        const double uniform = draw_uniform(random);
        EXPECT_TRUE(uniform >= 0 && uniform < 1);
        EXPECT_GE(draw_gamma(shape, random), 0);
        EXPECT_TRUE(is_probability(draw_beta(shape, other, random)));
    }
}

}  // namespace cltv::property
