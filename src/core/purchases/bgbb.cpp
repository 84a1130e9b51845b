#include "core/purchases/bgbb.hpp"

#include <boost/random/uniform_01.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "core/base/beta_lifetime.hpp"
#include "core/base/random.hpp"
#include "core/base/special.hpp"
#include "core/fit/maximum_likelihood.hpp"
#include "core/purchases/discounting.hpp"

namespace cltv::bgbb {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// As named in [FHS].
struct Parameters {
    explicit Parameters(const double *p) : alpha(p[0]), beta(p[1]), gamma(p[2]), delta(p[3]) {}
    double alpha, beta, gamma, delta;
};

// What is known of a customer after the last purchase: p ~ Beta(a, b), theta ~ Beta(c, d).
struct Posterior {
    Posterior(const Parameters &p, const Customer &customer)
        : a(p.alpha + customer.frequency), b(p.beta + (customer.recency - customer.frequency)), c(p.gamma),
          d(p.delta + customer.recency) {}
    double a, b, c, d;
};

// The probabilities of how m opportunities after a purchase go: without a further one, the customer being still there
// or gone before the last of them, or with one.
struct Silence {
    double there, gone, purchase;
    double probability() const { return there + gone; }
};

// The sum over the opportunities i = first, ..., last - 1 (from 0) of f(i) = there E[(1 - p)^(i - first)]
// E[(1 - theta)^(i - first)] event(i), expectations over those who are there at `first`: how likely the silence ends by
// the event at i. event.value(i) is rational and falls as 1/i, event.slope(i) is the derivative of its logarithm.
//
// By the midpoint form of the Euler-Maclaurin formula it is the integral from first - 1/2 to last - 1/2 less 1/24
// of the difference of f' at the ends; `first` is so large, and f falls so slowly where it counts, that the rest is
// below 1e-12.
template <class Event>
double sum_far_ahead(const Posterior &posterior, double there, double first, double last, const Event &event) {
    const double a = posterior.a, b = posterior.b + first, c = posterior.c, d = posterior.d + first;
    const auto f = [&](double ahead) {
        return there * std::exp(log_survival_far(a, b, ahead) + log_survival_far(c, d, ahead)) *
               event.value(first + ahead);
    };
    // f', by digamma(x) = ln(x - 1/2) + O(x^-2).
    const auto slope = [&](double ahead) {
        return f(ahead) * (event.slope(first + ahead) - std::log1p(a / (b + ahead - 0.5)) -
                           std::log1p(c / (d + ahead - 0.5)));
    };
    // Beyond `limit` f is a power of i, whose integral is known.
    const double limit = 1e12 * first, power = a + c, length = last - first;
    const double fastest = (a + 1) / b + (c + 1) / d;  // f is a mixture of powers of (1 - p)(1 - theta)
    double sum = discounted_integral([&](double s) { return f(s - 0.5); }, fastest, std::min(length, limit), 0);
    if (length > limit) sum += f(limit) * (first + limit) / power * -std::expm1(-power * std::log(length / limit));
    return sum + (slope(-0.5) - (std::isinf(last) ? 0 : slope(length - 0.5))) / 24;
}

// Leaving before opportunity i, for those there before.
struct Leaving {
    const Posterior &of;
    double value(double i) const { return of.c / (of.c + of.d + i); }
    double slope(double i) const { return -1 / (of.c + of.d + i); }
};

// Staying and purchasing at opportunity i.
struct Purchasing {
    const Posterior &of;
    double value(double i) const { return (of.d + i) / (of.c + of.d + i) * (of.a / (of.a + of.b + i)); }
    double slope(double i) const { return 1 / (of.d + i) - 1 / (of.c + of.d + i) - 1 / (of.a + of.b + i); }
};

// m may be infinite.
Silence silence(const Posterior &posterior, double m) {
    constexpr double near = 8192;
    const Leaving leaving{posterior};
    const Purchasing purchasing{posterior};
    Silence s{1, 0, 0};
    for (double i = 0; i < m; ++i) {
        // What is to come adds no more than `there`, which may be nothing to a sum of which it is no part any more.
        const bool settled = s.there <= 1e-18 * s.gone && s.there < 1e-300;
        if (settled || i == near) {
            const auto &[a, b, c, d] = posterior;
            if (!settled) {
                s.gone += sum_far_ahead(posterior, s.there, near, m, leaving);
                s.purchase += sum_far_ahead(posterior, s.there, near, m, purchasing);
            }
            s.there *= std::exp(log_survival(a, b + i, m - i) + log_survival(c, d + i, m - i));
            break;
        }
        s.gone += s.there * leaving.value(i);
        s.purchase += s.there * purchasing.value(i);
        const auto &[a, b, c, d] = posterior;
        s.there *= (d + i) / (c + d + i) * ((b + i) / (a + b + i));
    }
    return s;
}

Silence silence_so_far(const Posterior &posterior, const Customer &customer) {
    return silence(posterior, customer.tenure - customer.recency);
}

// ln L of one customer [FHS]: of what happened up to the last purchase, and of the silence since.
double log_likelihood(const double *parameters, const Customer &c) {
    const Parameters p(parameters);
    const Silence s = silence_so_far(Posterior(p, c), c);
    return log_beta_moment(p.alpha, p.beta, c.frequency, c.recency - c.frequency) +
           log_survival(p.gamma, p.delta, c.recency) +
           (s.purchase < 0.5 ? std::log1p(-s.purchase) : std::log(s.probability()));
}

// The customer is there at the next opportunity, number n + 1 [FHS, eq. 11].
double prob_alive(const double *parameters, const Customer &c) {
    const Parameters p(parameters);
    const Silence s = silence_so_far(Posterior(p, c), c);
    return s.there / s.probability() * ((p.delta + c.tenure) / (p.gamma + p.delta + c.tenure));
}

double prob_dead(const double *parameters, const Customer &c) {
    const Parameters p(parameters);
    const Silence s = silence_so_far(Posterior(p, c), c);
    return (s.gone + s.there * (p.gamma / (p.gamma + p.delta + c.tenure))) / s.probability();
}

// The silence so far goes on for a horizon.
double prob_no_purchase(const double *parameters, const Customer &c, double horizon) {
    const Posterior posterior(Parameters(parameters), c);
    const double silent = c.tenure - c.recency;
    return as_probability(silence(posterior, silent + horizon).probability() / silence(posterior, silent).probability());
}

// What a customer who was there at opportunity n purchases at one of the next, if there: E[p].
double purchases_if_there(const Parameters &p, const Customer &c) {
    return (p.alpha + c.frequency) / (p.alpha + p.beta + c.tenure);
}

// The expected purchases of a customer who is expected to be there for so many periods if still there at opportunity n.
double purchases_in(double periods, const Parameters &p, const Customer &c) {
    if (std::isinf(periods)) return periods;  // whatever the probability, which may underflow
    const Silence s = silence_so_far(Posterior(p, c), c);
    return s.there / s.probability() * (purchases_if_there(p, c) * periods);
}

// [FHS, eq. 13].
double expected_purchases(const double *parameters, const Customer &c, double horizon) {
    const Parameters p(parameters);
    return purchases_in(expected_periods(p.gamma, p.delta + c.tenure, horizon), p, c);
}

// Purchases fall on the opportunities 1, 2, ... ahead; over an infinite horizon the discounted expected residual
// transactions of [FHS, eq. 14].
double discounted_purchases(const double *parameters, const Customer &c, double horizon, double discount) {
    const Parameters p(parameters);
    const double periods = discounted_periods(p.gamma, p.delta + c.tenure, horizon, std::expm1(discount));
    return purchases_in(std::exp(-discount) * periods, p, c);
}

// The customer is there at the opportunity after the horizon, in which sense prob_alive is that of horizon 0.
double prob_alive_after(const double *parameters, const Customer &c, double horizon) {
    const Parameters p(parameters);
    const Silence s = silence_so_far(Posterior(p, c), c);
    return s.there / s.probability() * std::exp(log_survival(p.gamma, p.delta + c.tenure, horizon + 1));
}

// As in [FHS], customers with k purchases leave before opportunity i + 1 ahead, having made them at the i before, or
// are there for the whole horizon. w, the probability of k purchases at i opportunities and to be there at all of them,
// follows from one i to the next. It can begin below all doubles and still grow.
double purchase_pmf(const double *parameters, const Customer &customer, double horizon, double k) {
    constexpr double huge = 1e200;
    if (k == 0) return prob_no_purchase(parameters, customer, horizon);
    if (k > horizon) return 0;
    if (horizon > max_opportunities)
        throw std::domain_error("the distribution of purchases is known for at most 100000 opportunities ahead");
    const Parameters p(parameters);
    const Silence s = silence_so_far(Posterior(p, customer), customer);
    const double a = p.alpha + customer.frequency, b = p.beta + (customer.tenure - customer.frequency);
    const double c = p.gamma, d = p.delta + customer.tenure;
    double log_scale = log_survival(b, a, k) + log_survival(c, d, k), w = 1, sum = 0;
    for (double i = k; i < horizon; ++i) {
        sum += w * (c / (c + d + i));
        w *= (i + 1) / (i + 1 - k) * ((b + i - k) / (a + b + i)) * ((d + i) / (c + d + i));
        if (w + sum > huge) {
            w /= huge;
            sum /= huge;
            log_scale += std::log(huge);
        }
    }
    return s.there / s.probability() * as_probability(std::exp(log_scale + std::log(sum + w)));
}

Traits draw(const double *parameters, Random &random) {
    const Parameters p(parameters);
    const double purchase = draw_beta(p.alpha, p.beta, random);
    return {{purchase, draw_beta(p.gamma, p.delta, random), 0}};
}

// Opportunities pass without purchase or departure a geometric number of times; then it is one of the two.
double next_purchase(const Traits &traits, double, double now, Random &random) {
    const double purchase = traits.value[0], leave = traits.value[1];
    const double something = leave + (1 - leave) * purchase;
    if (something == 0) return infinity;
    const double passed = something < 1 ? std::floor(std::log1p(-draw_uniform(random)) / std::log1p(-something)) : 0;
    return draw_uniform(random) * something < leave ? infinity : now + passed + 1;
}

constexpr OrdersFamily orders = [] {
    OrdersFamily f;
    f.log_likelihood = log_likelihood;
    f.prob_alive = prob_alive;
    f.prob_dead = prob_dead;
    f.prob_no_purchase = prob_no_purchase;
    f.expected_purchases = expected_purchases;
    f.discounted_purchases = discounted_purchases;
    f.draw = draw;
    f.next_purchase = next_purchase;
    f.prob_alive_after = prob_alive_after;
    f.purchase_pmf = purchase_pmf;
    f.discrete = true;
    return f;
}();

constexpr Parameter parameters[] = {{"alpha"}, {"beta"}, {"gamma"}, {"delta"}};

enum { alpha, beta, gamma, delta };

// ln (a)_n and its first and second derivatives in a, for n = 0..most.
class RisingTable {
public:
    RisingTable(double a, double most) : rows_(static_cast<std::size_t>(most) + 1) {
        for (std::size_t n = 1; n < rows_.size(); ++n) {
            const Row &before = rows_[n - 1];
            const double factor = a + static_cast<double>(n - 1), inverse = 1 / factor;
            rows_[n] = {before.value + std::log(factor), before.first + inverse, before.second - inverse * inverse};
        }
    }
    struct Row {
        double value, first, second;
    };
    const Row &operator()(double n) const { return rows_[static_cast<std::size_t>(n)]; }

private:
    std::vector<Row> rows_;
};

struct RisingTables {
    RisingTables(const Parameters &p, double most)
        : alpha(p.alpha, most), beta(p.beta, most), both(p.alpha + p.beta, most), delta(p.delta, most),
          dropout(p.gamma + p.delta, most) {}
    RisingTable alpha, beta, both, delta, dropout;
};

// Adds n times sign ln (a)_k, where a is the sum of the parameters i and j (or the one parameter i = j).
void add_rising(Surface<4> &surface, double n, const RisingTable::Row &rising, int i, int j) {
    surface.value += n * rising.value;
    surface.gradient(i) += n * rising.first;
    surface.hessian(i, i) += n * rising.second;
    if (i == j) return;
    surface.gradient(j) += n * rising.first;
    surface.hessian(j, j) += n * rising.second;
    surface.hessian(i, j) += n * rising.second;
    surface.hessian(j, i) += n * rising.second;
}

// A probability that is a product of powers of the parameters and of sums of them, with the derivatives of its
// logarithm.
struct Term {
    double value = 1;
    Eigen::Vector4d gradient = Eigen::Vector4d::Zero();
    Eigen::Matrix4d hessian = Eigen::Matrix4d::Zero();

    // By (y + k)/(a + y + k), where y is (up to k) parameter `numerator` and a the parameter `other`.
    void multiply_by_share(double share, double inverse_numerator, double inverse_sum, int numerator, int other) {
        value *= share;
        gradient(numerator) += inverse_numerator - inverse_sum;
        gradient(other) -= inverse_sum;
        const double squared = inverse_sum * inverse_sum;
        hessian(numerator, numerator) += squared - inverse_numerator * inverse_numerator;
        hessian(other, other) += squared;
        hessian(numerator, other) += squared;
        hessian(other, numerator) += squared;
    }
};

// Sums of terms, each with the first and second derivatives of the term itself.
struct Sum {
    double value = 0;
    Eigen::Vector4d gradient = Eigen::Vector4d::Zero();
    Eigen::Matrix4d hessian = Eigen::Matrix4d::Zero();

    void add(const Term &term) {
        value += term.value;
        gradient += term.value * term.gradient;
        hessian += term.value * (term.hessian + term.gradient * term.gradient.transpose());
    }
};

// The silence of customers of one frequency and recency, opportunity by opportunity, with derivatives.
class SilenceSums {
public:
    SilenceSums(const Parameters &p, const Customer &customer) : p_(p), posterior_(p, customer) {}

    // n customers whose silence is m opportunities long; m not smaller than before.
    void add(Surface<4> &surface, double n, double m, Stop stop) {
        for (; i_ < m; ++i_) {
            if (std::fmod(i_, 4096) == 0) poll(stop);
            if (there_.value < 1e-300 && there_.value <= 1e-18 * gone_.value) break;
            step();
        }
        Sum all = gone_;
        all.add(there_);
        const Eigen::Vector4d gradient = all.gradient / all.value;
        surface.value += n * std::log(all.value);
        surface.gradient += n * gradient;
        surface.hessian += n * (all.hessian / all.value - gradient * gradient.transpose());
    }

private:
    void step() {
        const auto &[a, b, c, d] = posterior_;
        const double y = b + i_, z = d + i_, inverse_ay = 1 / (a + y), inverse_cz = 1 / (c + z);
        Term leaves = there_;
        leaves.multiply_by_share(c * inverse_cz, 1 / p_.gamma, inverse_cz, bgbb::gamma, bgbb::delta);
        gone_.add(leaves);
        there_.multiply_by_share(y * inverse_ay, 1 / y, inverse_ay, bgbb::beta, bgbb::alpha);
        there_.multiply_by_share(z * inverse_cz, 1 / z, inverse_cz, bgbb::delta, bgbb::gamma);
    }

    const Parameters &p_;
    Posterior posterior_;
    double i_ = 0;
    Term there_;
    Sum gone_;
};

// Log-likelihood, gradient and Hessian over a sorted base, nobody's tenure above `most`.
Surface<4> surface(const Eigen::Vector4d &theta, View<CustomerCount> base, double most, Stop stop) {
    const Parameters p(theta.data());
    const RisingTables rising(p, most);
    Surface<4> total{0, Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
    for (const CustomerCount *row = base.begin(); row != base.end();) {
        poll(stop);
        const double x = row->customer.frequency, t = row->customer.recency;
        SilenceSums since(p, row->customer);
        double n = 0;
        for (; row != base.end() && row->customer.frequency == x && row->customer.recency == t; ++row) {
            n += row->count;
            since.add(total, row->count, row->customer.tenure - t, stop);
        }
        add_rising(total, n, rising.alpha(x), alpha, alpha);
        add_rising(total, n, rising.beta(t - x), beta, beta);
        add_rising(total, -n, rising.both(t), alpha, beta);
        add_rising(total, n, rising.delta(t), delta, delta);
        add_rising(total, -n, rising.dropout(t), gamma, delta);
    }
    return total;
}

}  // namespace

Fit fit(View<CustomerCount> base, Stop stop) {
    double customers = 0, purchases = 0, opportunities = 0, most = 0;
    int distinct = 0;
    for (const CustomerCount &row : base) {
        if (row.customer.tenure == 0) continue;
        customers += row.count;
        purchases += row.count * row.customer.frequency;
        opportunities += row.count * row.customer.tenure;
        most = std::max(most, row.customer.tenure);
        distinct += distinct < 2;
    }
    if (customers < min_customers) return refused(Status::too_few_customers, customers);
    if (purchases == 0) return refused(Status::no_repeat_purchases, customers);
    if (distinct == 1) return refused(Status::identical_customers, customers);

    // Starts: the purchases of the base are half of what those who are there make of their opportunities, many
    // customers leave or few do.
    const double share = std::min(2 * purchases / opportunities, 0.9);
    const double often = share, seldom = 1 - share;
    return maximum_likelihood<4>(
        [&](const Eigen::Vector4d &theta) { return surface(theta, base, most, stop); }, Eigen::Vector4d(1, 1, 1, 1),
        customers,
        {Eigen::Vector4d(2 * often, 2 * seldom, 0.7, 3), Eigen::Vector4d(often / 2, seldom / 2, 1, 1),
         Eigen::Vector4d(5 * often, 5 * seldom, 1, 20)});
}

const Family family = [] {
    Family f;
    f.kind = Kind::bgbb;
    f.name = "bgbb";
    f.title = "BG/BB";
    f.meaning = "probabilities to purchase at an opportunity are Beta(alpha, beta), probabilities to leave before "
                "one are Beta(gamma, delta)";
    f.source = "Fader, Hardie & Shang 2010";
    f.parameters = view_of(parameters);
    f.orders = &orders;
    f.fit_orders = [](View<CustomerCount> base, double, Stop stop) { return fit(base, stop); };
    f.has_prior = false;
    return f;
}();

}  // namespace cltv::bgbb
