// BG/NBD, MBG/NBD and Pareto/NBD with a calendar: a customer's purchase rate is lambda w(t), w the same for all, a day's weight
// from the day on to the next one. Weights are e^(the sum of three effects), by their mean over the last year of the calendar:
// the sine and the cosine of the year, each year from its first day on, and a sale of 0.7 on 9 days of 97.
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

    explicit Clock(const Dated &c) : weight(calendar_days), time(calendar_days + 1) {
        const Real two_pi = 2 * acos(Real(-1));
        int year = 0, day_of_year = 0;
        Real sum = 0;
        for (int day = 0; day < calendar_days; ++day) {
            const Real phase = two_pi * day_of_year / year_days[year];
            const Real sale = day % 97 < 9 ? Real(0.7) : Real(0);
            weight[day] = exp(Real(c.effects[0] * sin(phase) + c.effects[1] * cos(phase) + c.effects[2] * sale));
            if (day >= calendar_days - last_year) sum += weight[day];
            if (++day_of_year == year_days[year]) ++year, day_of_year = 0;
        }
        for (int day = 0; day < calendar_days; ++day) {
            weight[day] *= last_year / sum;
            time[day + 1] = time[day] + weight[day];
        }
    }
};

// ln of a (a + 1) ... (a + n - 1)
Real log_rising(const Real &a, int n) {
    Real product = 1;
    for (int i = 0; i < n; ++i) product *= a + i;
    return log(product);
}

// Repeat purchases are spread over the days from the first to the last one.
int purchase_day(const Dated &c, int number) { return c.first + (number * c.recency + c.repeats / 2) / c.repeats; }

Real log_likelihood(const Dated &c) {
    const Clock clock(c);
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

}  // namespace

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
