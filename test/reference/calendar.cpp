// BG/NBD, MBG/NBD and Pareto/NBD with a calendar: a customer's purchase rate is lambda w(t), w the same for all, a day's weight
// from the day on to the next one. Weights are e^(the sum of three effects), by their mean over the last year of the calendar:
// the sine and the cosine of the year, each year from its first day on, and a sale of 0.7 on 9 days of 97.
// In the second table the calendar acts on dropout, too, by such weights of effects of its own: a rise of 1.5 on 50 days of
// 131, and the sine and the cosine of the year.
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <vector>

#include "table.hpp"

namespace reference {

namespace {

constexpr int calendar_days = 1500;  // from 2021-01-01 to 2025-02-08
constexpr int year_days[] = {365, 365, 365, 366, 365};
constexpr int last_year = 366;  // the last days of the calendar, from 2024-02-09 on

struct Dated {
    int kind;  // 0 BG/NBD, 1 MBG/NBD, 2 Pareto/NBD
    Real p[4], effects[3];
    int first, repeats, recency, tenure;
};

// The clock at the beginning of each day.
struct Clock {
    std::vector<Real> weight, time;

    // By the effects of sine and cosine, and of a column.
    template <class Column>
    Clock(const Real &sine, const Real &cosine, const Real &effect, Column &&column) : weight(calendar_days), time(calendar_days + 1) {
        const Real two_pi = 2 * acos(Real(-1));
        int year = 0, day_of_year = 0;
        Real sum = 0;
        for (int day = 0; day < calendar_days; ++day) {
            const Real phase = two_pi * day_of_year / year_days[year];
            weight[day] = exp(Real(sine * sin(phase) + cosine * cos(phase) + effect * column(day)));
            if (day >= calendar_days - last_year) sum += weight[day];
            if (++day_of_year == year_days[year]) ++year, day_of_year = 0;
        }
        for (int day = 0; day < calendar_days; ++day) {
            weight[day] *= last_year / sum;
            time[day + 1] = time[day] + weight[day];
        }
    }
};

Real sale(int day) { return day % 97 < 9 ? Real(0.7) : Real(0); }
Real rise(int day) { return day % 131 < 50 ? Real(1.5) : Real(0); }

// ln of a (a + 1) ... (a + n - 1)
Real log_rising(const Real &a, int n) {
    Real product = 1;
    for (int i = 0; i < n; ++i) product *= a + i;
    return log(product);
}

// Repeat purchases are spread over the days from the first to the last one.
int purchase_day(const Dated &c, int number) { return c.first + (number * c.recency + c.repeats / 2) / c.repeats; }

Real log_likelihood(const Dated &c) {
    const Clock clock(c.effects[0], c.effects[1], c.effects[2], sale);
    const auto on_clock = [&](int days) { return Real(clock.time[c.first + days] - clock.time[c.first]); };
    Real weights = 0;
    for (int i = 1; i <= c.repeats; ++i) weights += log(clock.weight[purchase_day(c, i)]);
    const Real r = c.p[0], alpha = c.p[1], m = r + c.repeats;
    // Gamma(r + x)/Gamma(r) alpha^r, which the integral over lambda leaves
    const Real rate = log_rising(r, c.repeats) + r * log(alpha);
    const auto silent = [&](const Real &clock_time) { return Real(-m * log(Real(alpha + clock_time))); };
    if (c.kind < 2) {
        // E[(1 - p)^k] and E[p (1 - p)^(k - 1)] of p ~ Beta(a, b)
        const int k = c.repeats + c.kind;
        const Real a = c.p[2], b = c.p[3];
        const Real stays = log_rising(b, k) - log_rising(Real(a + b), k);
        Real both = exp(Real(stays + silent(on_clock(c.tenure))));
        if (k > 0) both += a / (b + k - 1) * exp(Real(stays + silent(on_clock(c.recency))));
        return weights + rate + log(both);
    }
    const Real s = c.p[2], beta = c.p[3];
    Real both = exp(Real(silent(on_clock(c.tenure)) - s * log(Real(beta + c.tenure))));
    using Rule = boost::math::quadrature::gauss<Real, 20>;
    for (int day = c.recency; day < c.tenure; ++day)
        both += s * Rule::integrate(
                        [&](const Real &part) {
                            return Real(exp(Real(silent(Real(on_clock(day) + part * clock.weight[c.first + day])) -
                                                 (s + 1) * log(Real(beta + day + part)))));
                        },
                        Real(0), Real(1));
    return weights + rate + s * log(beta) + log(both);
}

// Pareto/NBD with both clocks.
struct Leaving {
    Real p[4], effects[6];  // on purchases sine, cosine and sale; on dropout rise, sine and cosine
    int first, repeats, recency, tenure, horizon, n;
};

struct Said {
    Real log_likelihood, prob_alive, expected_purchases, purchase_pmf;
};

Said said(const Leaving &c) {
    const Clock purchases(c.effects[0], c.effects[1], c.effects[2], sale), dropout(c.effects[4], c.effects[5], c.effects[3], rise);
    const Real r = c.p[0], alpha = c.p[1], s = c.p[2], beta = c.p[3], m = r + c.repeats;
    // The time of a part of a day after so many days.
    const auto on = [&](const Clock &clock, int days, const Real &part) {
        return Real(clock.time[c.first + days] - clock.time[c.first] + part * clock.weight[c.first + days]);
    };
    using Rule = boost::math::quadrature::gauss<Real, 20>;
    const auto over_days = [&](int from, int to, const auto &f) {
        Real sum = 0;
        for (int day = from; day < to; ++day)
            sum += Rule::integrate([&](const Real &part) { return Real(f(day, part)); }, Real(0), Real(1));
        return sum;
    };
    Real weights = 0;
    for (int i = 1; i <= c.repeats; ++i) weights += log(purchases.weight[c.first + (i * c.recency + c.repeats / 2) / c.repeats]);
    const Real alpha_now = alpha + on(purchases, c.tenure, 0), beta_now = beta + on(dropout, c.tenure, 0);
    const Real there = exp(Real(-m * log(alpha_now) - s * log(beta_now)));
    const Real left = over_days(c.recency, c.tenure, [&](int day, const Real &part) {
        const Real silent = -m * log(Real(alpha + on(purchases, day, part))) - (s + 1) * log(Real(beta + on(dropout, day, part)));
        return Real(dropout.weight[c.first + day] * s * exp(silent));
    });
    Said result;
    result.log_likelihood = weights + log_rising(r, c.repeats) + r * log(alpha) + s * log(beta) + log(Real(there + left));
    result.prob_alive = there / (there + left);
    const auto stays = [&](int day, const Real &part) {
        return Real(exp(Real(s * log(Real(beta_now / (beta + on(dropout, day, part)))))));
    };
    const int end = c.tenure + c.horizon;
    result.expected_purchases = result.prob_alive * m / alpha_now * over_days(c.tenure, end, [&](int day, const Real &part) {
        return Real(purchases.weight[c.first + day] * stays(day, part));
    });
    // Gamma(m + n)/(Gamma(m) n!) (alpha/(alpha + t))^m (t/(alpha + t))^n
    Real ways = exp(log_rising(m, c.n));
    for (int i = 2; i <= c.n; ++i) ways /= i;
    const auto count = [&](int day, const Real &part) {
        const Real t = on(purchases, day, part) - on(purchases, c.tenure, 0);
        return Real(ways * exp(Real(m * log(Real(alpha_now / (alpha_now + t))))) * pow(Real(t / (alpha_now + t)), c.n));
    };
    const Real then_left = over_days(c.tenure, end, [&](int day, const Real &part) {
        return Real(count(day, part) * stays(day, part) * s * dropout.weight[c.first + day] / (beta + on(dropout, day, part)));
    });
    result.purchase_pmf = result.prob_alive * (count(end, 0) * stays(end, 0) + then_left);
    return result;
}

}  // namespace

void calendar_dropout_table(Part part) {
    print_header(part, "r alpha s beta sin cos sale rise leave_sin leave_cos first repeats recency tenure horizon n log_likelihood "
                       "d_r d_alpha d_s d_beta d_sin d_cos d_sale d_rise d_leave_sin d_leave_cos prob_alive expected_purchases "
                       "purchase_pmf");
    Draws draw(23);
    constexpr int rows = 40;
    for (int row = 0; row < rows; ++row) {
        const double inputs[] = {draw.log_uniform(0.1, 20), draw.log_uniform(5, 500), draw.log_uniform(0.05, 20),
                                 draw.log_uniform(5, 1000), draw.uniform(-1, 1), draw.uniform(-1, 1), draw.uniform(-2, 2),
                                 draw.uniform(-3, 3), draw.uniform(-1, 1), draw.uniform(-1, 1)};
        Leaving c;
        for (int i = 0; i < 10; ++i) (i < 4 ? c.p[i] : c.effects[i - 4]) = inputs[i];
        c.tenure = 1 + draw.below(400);
        c.horizon = 1 + draw.below(40);
        c.first = draw.below(calendar_days - c.tenure - c.horizon - 1);
        c.recency = draw.chance(0.3) ? 0 : 1 + draw.below(c.tenure);
        if (c.tenure - c.recency > 60) c.recency = c.tenure - 60;
        c.repeats = c.recency == 0 ? 0 : 1 + draw.below(c.recency < 30 ? c.recency : 30);
        c.n = 1 + draw.below(6);
        if (!part.holds(row)) continue;
        for (const double input : inputs) print_input(input);
        for (const int input : {c.first, c.repeats, c.recency, c.tenure, c.horizon, c.n}) print_input(input);
        const Said here = said(c);
        print_result(here.log_likelihood, '\t');
        // As in the first table.
        for (int i = 0; i < 10; ++i) {
            const auto at = [&](const Real &step) {
                Leaving moved = c;
                moved.horizon = 0;
                (i < 4 ? moved.p[i] : moved.effects[i - 4]) += step;
                return said(moved).log_likelihood;
            };
            const Real step = Real(1e-15) * (i < 4 ? c.p[i] : Real(1));
            print_result(Real((at(step) - at(-step)) / (2 * step)), '\t');
        }
        print_result(here.prob_alive, '\t');
        print_result(here.expected_purchases, '\t');
        print_result(here.purchase_pmf, '\n');
        std::fflush(stdout);
    }
}

void calendar_table(Part part) {
    print_header(part, "kind r alpha third fourth sin cos sale first repeats recency tenure log_likelihood "
                       "d_r d_alpha d_third d_fourth d_sin d_cos d_sale");
    Draws draw(17);
    constexpr int rows = 60;
    for (int row = 0; row < rows; ++row) {
        const int kind = row % 3;
        double inputs[] = {draw.log_uniform(0.1, 20), draw.log_uniform(5, 500), draw.log_uniform(0.05, 20),
                           kind < 2 ? draw.log_uniform(0.1, 50) : draw.log_uniform(5, 1000),
                           draw.uniform(-1, 1), draw.uniform(-1, 1), draw.uniform(-2, 2)};
        Dated c;
        c.kind = kind;
        for (int i = 0; i < 4; ++i) c.p[i] = inputs[i];
        for (int i = 0; i < 3; ++i) c.effects[i] = inputs[4 + i];
        c.tenure = 1 + draw.below(kind == 2 ? 400 : 900);
        c.first = draw.below(calendar_days - c.tenure - 1);
        c.recency = draw.chance(0.3) ? 0 : 1 + draw.below(c.tenure);
        if (kind == 2 && c.tenure - c.recency > 40) c.recency = c.tenure - 40;
        c.repeats = c.recency == 0 ? 0 : 1 + draw.below(c.recency < 30 ? c.recency : 30);
        if (!part.holds(row)) continue;
        print_input(kind);
        for (const double input : inputs) print_input(input);
        for (const int input : {c.first, c.repeats, c.recency, c.tenure}) print_input(input);
        print_result(log_likelihood(c), '\t');
        // A step of 1e-15 leaves 30 digits of the slope.
        for (int i = 0; i < 7; ++i) {
            const auto at = [&](const Real &step) {
                Dated moved = c;
                (i < 4 ? moved.p[i] : moved.effects[i - 4]) += step;
                return log_likelihood(moved);
            };
            const Real step = Real(1e-15) * (i < 4 ? c.p[i] : Real(1));
            print_result(Real((at(step) - at(-step)) / (2 * step)), i == 6 ? '\n' : '\t');
        }
        std::fflush(stdout);
    }
}

}  // namespace reference
