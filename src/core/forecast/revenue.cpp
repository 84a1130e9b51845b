#include "core/forecast/revenue.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "core/fit/interval.hpp"
#include "core/forecast/acquisition.hpp"
#include "core/forecast/gain.hpp"
#include "core/forecast/net_interval.hpp"
#include "core/forecast/spend_scatter.hpp"
#include "core/purchases/ahead.hpp"

namespace cltv {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Customers with the same purchases have one expectation; what a purchase of each brings is summed, and so is its
// square.
struct Alike {
    HistoryDays days;
    int pattern;
    double count, spend, squares;
};

// Sums of the purchases expected in periods: plain, with the weights of a row of the result, and with the squared
// weights.
struct Weighted {
    double counted, plain, squares;
};

// Sorts customers, so that sums are the same to the last bit whatever order they came in.
void sort_customers(std::vector<KnownCustomer> &customers) {
    const auto key = [](const KnownCustomer &c) {
        const auto number = [](double x) { return std::isnan(x) ? HUGE_VAL : x; };  // NaN has no order
        return std::make_tuple(c.tenure, c.recency, c.frequency, c.pattern, number(c.monetary_value), number(c.first_value));
    };
    std::sort(customers.begin(), customers.end(),
              [&key](const KnownCustomer &one, const KnownCustomer &other) { return key(one) < key(other); });
}

bool are_alike(const KnownCustomer &one, const KnownCustomer &other) {
    return one.tenure == other.tenure && one.recency == other.recency && one.frequency == other.frequency && one.pattern == other.pattern;
}

class RevenueForecast {
public:
    RevenueForecast(const RevenueModels &models, const std::vector<KnownCustomer> &customers, const std::vector<Pattern> &patterns,
                    const RevenueQuestion &question, Stop stop)
        : model_(models.model), question_(question), stop_(stop), horizon_(question.ends.back()), n_periods_(question.ends.size()),
          n_rows_(question.weights.empty() ? n_periods_ : 1), n_weeks_((static_cast<std::size_t>(horizon_) + 6) / 7),
          any_sign_(models.spend != nullptr && models.spend->any_sign), may_lose_(question.losses && (any_sign_ || models.spend == nullptr)),
          scatter_(customers, any_sign_),
          first_brings_(question.net * scatter_.first_mean), repeat_brings_(question.net * scatter_.repeat_mean),
          ahead_(models.orders, model_, question.clock, horizon_),
          own_(models.design, models.orders.shift, models.n_form, Role::purchases, Role::dropout, patterns), rows_(n_rows_, RevenueAhead{}), variance_(n_rows_, 0), of_mean_(n_rows_, 0), silence_(n_rows_, 0), cost_variance_(n_rows_, 0), with_cost_(n_rows_, 0) {
        put(model_.parameters);
        take(customers, models, patterns);
        add_scatter();
        win(customers);
        const std::vector<double> scatter = variance_;
        add_parameters();
        for (std::size_t r = 0; r < n_rows_; ++r) soften_silence(r, variance_[r] - scatter[r]);
    }

    std::vector<RevenueAhead> rows() {
        for (std::size_t r = 0; r < n_rows_; ++r) {
            RevenueAhead &row = rows_[r];
            row.revenue = row.existing_revenue + row.new_revenue;
            set_bounds(r, variance_[r] + of_mean_[r] * of_mean_[r] * scatter_.mean_variance);
        }
        return std::move(rows_);
    }

private:
    bool is_one_sum() const { return !question_.weights.empty(); }
    double weight(std::size_t row, std::size_t period) const { return is_one_sum() ? question_.weights[period] : row == period; }

    Weighted weighted(std::size_t row, const double *in_periods) const {
        if (!is_one_sum()) return {in_periods[row], in_periods[row], in_periods[row]};
        Weighted sums = {0, 0, 0};
        for (std::size_t k = 0; k < n_periods_; ++k) {
            const double w = question_.weights[k];
            sums.counted += in_periods[k];
            sums.plain += w * in_periods[k];
            sums.squares += w * w * in_periods[k];
        }
        return sums;
    }

    void put(const double *parameters) {
        ahead_.put(parameters);
        own_.put(parameters);
    }

    // Calls that follow are about customers with these attributes.
    void be(int pattern) { ahead_.put_own(own_.of(pattern)); }

    HistoryDays days_of(const KnownCustomer &c) const {
        const Day first = question_.as_of - static_cast<Day>(c.tenure);
        return {c.frequency, first, first + static_cast<Day>(c.recency), question_.as_of};
    }

    // Expected purchases in each period, at the current parameters.
    void expect(const HistoryDays &days, double *in_periods) const {
        double before = 0;
        for (std::size_t k = 0; k < n_periods_; ++k) {
            const double until = ahead_.expected(days, question_.ends[k]);
            in_periods[k] = std::fmax(until - before, 0);
            before = until;
        }
    }

    // kappa in the variance E + kappa E^2 of the purchases over the whole horizon: a single period has the same kappa
    // where nobody leaves, and nearly the same elsewhere.
    double kappa(const HistoryDays &days, double mean) const {
        return mean > 0 ? std::fmax(ahead_.variance(days, horizon_) - mean, 0) / (mean * mean) : 0;
    }

    void take(const std::vector<KnownCustomer> &customers, const RevenueModels &models, const std::vector<Pattern> &patterns) {
        const SpendFamily *const spend = models.spend;
        OwnParameters spend_own(spend == nullptr ? nullptr : models.spend_design, spend == nullptr ? nullptr : spend->shift,
                                models.n_spend_form, Role::spend, Role::spend, patterns);
        spend_own.put(models.spend_parameters);
        const auto brings = [&](const KnownCustomer &c) {
            if (spend == nullptr) return repeat_brings_;
            const bool repeats = c.frequency > 0 && !std::isnan(c.monetary_value);
            const Spend known = {repeats ? c.frequency : 0, repeats ? c.monetary_value : 0, std::isnan(c.first_value) ? 0 : c.first_value};
            const double expected = spend->expected_spend(spend_own.of(c.pattern), known);
            if (!std::isfinite(expected)) return repeat_brings_;
            // A straight line through first purchases goes below 0 for the least of them.
            return question_.net * (question_.losses ? expected : std::fmax(expected, 0));
        };
        for (std::size_t i = 0; i < customers.size();) {
            if ((alike_.size() & 0xFF) == 0) poll(stop_);
            const KnownCustomer &first = customers[i];
            Alike same = {days_of(first), first.pattern, 0, 0, 0};
            be(first.pattern);
            for (; i < customers.size() && are_alike(customers[i], first); ++i) {
                const double each = brings(customers[i]);
                same.count += 1;
                same.spend += each;
                same.squares += each * each;
            }
            alike_.push_back(same);
            expected_.resize(expected_.size() + n_periods_);
            expect(same.days, &expected_[expected_.size() - n_periods_]);
            add(same, &expected_[expected_.size() - n_periods_]);
        }
        rank();
    }

    void add(const Alike &same, const double *in_periods) {
        const double shrunk = scatter_.share_of_all(same.days.frequency + 1);
        for (std::size_t r = 0; r < n_rows_; ++r) {
            const Weighted sums = weighted(r, in_periods);
            rows_[r].existing_customers += is_one_sum() ? same.count : same.count * ahead_.alive_after(same.days, question_.ends[r]);
            rows_[r].existing_purchases += same.count * sums.counted;
            rows_[r].existing_revenue += same.spend * sums.plain;
            of_mean_[r] += shrunk * same.spend * sums.plain;
        }
    }

    double all_periods(std::size_t i) const {
        return std::accumulate(&expected_[i * n_periods_], &expected_[i * n_periods_] + n_periods_, 0.0);
    }

    // Puts those who will bring most first.
    void rank() {
        std::vector<double> brings(alike_.size());
        for (std::size_t i = 0; i < alike_.size(); ++i) brings[i] = all_periods(i) * std::sqrt(alike_[i].squares);
        ranked_.resize(alike_.size());
        std::iota(ranked_.begin(), ranked_.end(), std::size_t{0});
        std::sort(ranked_.begin(), ranked_.end(), [&brings](std::size_t one, std::size_t other) {
            return brings[one] != brings[other] ? brings[one] > brings[other] : one < other;
        });
    }

    // The customers at the top, each for itself, and a sample of the others, which stands for them all: visit(row, is
    // one of the others).
    template <class Visit>
    void visit_sample(std::size_t top, std::size_t others, Visit &&visit) const {
        top = std::min(top, ranked_.size());
        for (std::size_t i = 0; i < top; ++i) visit(ranked_[i], false);
        const std::size_t every = std::max<std::size_t>(1, (ranked_.size() - top + others - 1) / others);
        for (std::size_t i = top + every / 2; i < ranked_.size(); i += every) {
            poll(stop_);
            visit(ranked_[i], true);
        }
    }

    // -ln P(none) of a negative binomial number of this mean, whose variance is mean + kappa mean^2.
    static double log_some(double mean, double kappa) { return kappa > 1e-9 ? std::log1p(kappa * mean) / kappa : mean; }

    // -ln P(no purchase) of a customer in the periods of a row, in which `mean` are expected: nobody who has left buys, and the
    // purchases of one who has not are negative binomial with what is left of the mean and variance of all.
    double silence(const HistoryDays &days, std::size_t row, double mean, double kappa) const {
        const double alive = ahead_.alive_after(days, is_one_sum() || row == 0 ? 0 : question_.ends[row - 1]);
        if (!(mean > 0 && alive > 0)) return 0;
        const double some = log_some(mean / alive, std::fmax(alive * (1 + kappa) - 1, 0));
        return -std::log1p(alive * std::expm1(-some));
    }

    // The variance of existing customers' purchases about their expectation, and of what they bring. For the others the
    // sample tells how the variance relates to the sum of E times squares, which is known for all.
    void add_scatter() {
        constexpr std::size_t top = 200, others = 200;
        std::vector<double> of_others(n_rows_, 0), measure(n_rows_, 0), all(n_rows_, 0);
        std::vector<double> silence_of_others(n_rows_, 0), sampled(n_rows_, 0), purchases(n_rows_, 0);
        for (std::size_t i = 0; i < alike_.size(); ++i)
            for (std::size_t r = 0; r < n_rows_; ++r) all[r] += alike_[i].squares * weighted(r, &expected_[i * n_periods_]).squares;
        visit_sample(top, others, [&](std::size_t i, bool is_other) {
            const Alike &same = alike_[i];
            be(same.pattern);
            const double k = kappa(same.days, all_periods(i));
            for (std::size_t r = 0; r < n_rows_; ++r) {
                const Weighted sums = weighted(r, &expected_[i * n_periods_]);
                const double variance =
                    same.count * scatter_.variance(sums.plain, sums.squares, k, same.days.frequency + 1, same.squares / same.count);
                const double silent = same.count * silence(same.days, r, sums.counted, k), expected = same.count * sums.counted;
                if (is_other) {
                    of_others[r] += variance;
                    measure[r] += same.squares * sums.squares;
                    silence_of_others[r] += silent;
                    sampled[r] += expected;
                } else {
                    variance_[r] += variance;
                    all[r] -= same.squares * sums.squares;
                    silence_[r] += silent;
                    purchases[r] += expected;
                }
            }
        });
        for (std::size_t r = 0; r < n_rows_; ++r) {
            if (measure[r] > 0) variance_[r] += of_others[r] * std::fmax(all[r] / measure[r], 0);
            if (sampled[r] > 0) silence_[r] += silence_of_others[r] * std::fmax((rows_[r].existing_purchases - purchases[r]) / sampled[r], 0);
        }
    }

    // For each week ahead and each period: the repeat purchases of a customer won on some day of the week, and how much
    // of the week is in the period.
    struct Newcomers {
        std::vector<double> repeats, firsts;
    };

    Newcomers newcomers() {
        Newcomers of = {std::vector<double>(n_weeks_ * n_periods_, 0), std::vector<double>(n_weeks_ * n_periods_, 0)};
        const auto horizon = static_cast<std::size_t>(horizon_);
        for (std::size_t day = 1; day <= horizon; ++day) {
            if ((day & 0xF) == 0) poll(stop_);
            const std::size_t week = (day - 1) / 7 * n_periods_;
            const Day came = question_.as_of + static_cast<Day>(day);
            double before = 0;
            bool has_come = false;
            for (std::size_t k = 0; k < n_periods_; ++k) {
                const double left = question_.ends[k] - static_cast<double>(day);
                if (left < 0) continue;
                if (!has_come) of.firsts[week + k] += 1.0 / 7;
                has_come = true;
                const double until = left > 0 ? newcomer(came, left) : 0;
                of.repeats[week + k] += std::fmax(until - before, 0) / 7;
                before = until;
            }
        }
        return of;
    }

    // The repeat purchases of a customer who came on a day, averaged over attributes.
    double newcomer(Day came, double horizon) {
        double sum = 0;
        for (const OwnParameters::Share &share : own_.to_come()) {
            be(share.pattern);
            sum += share.share * ahead_.expected({0, came, came, came}, horizon);
        }
        return sum;
    }

    // For a newcomer, averaged over attributes: E(E + kappa E^2) and the variance between them.
    double newcomers_kappa(const HistoryDays &today) {
        double mean = 0, square = 0;
        for (const OwnParameters::Share &share : own_.to_come()) {
            be(share.pattern);
            const double expected = ahead_.expected(today, horizon_);
            mean += share.share * expected;
            square += share.share * (1 + kappa(today, expected)) * expected * expected;
        }
        return mean > 0 ? std::fmax(square / (mean * mean) - 1, 0) : 0;
    }

    // Customers still to be won: what they bring, and the variance of their number, of their purchases and of their
    // cost.
    void win(const std::vector<KnownCustomer> &customers) {
        const std::vector<double> counts = weekly_newcomers(customers);
        const Acquisition acquisition({counts.data(), counts.size()}, question_.as_of);
        won_.resize(n_weeks_);
        for (std::size_t w = 0; w < n_weeks_; ++w) won_[w] = counts.empty() ? nan : acquisition.mean(static_cast<int>(w) + 1);
        const Newcomers of = newcomers();
        const HistoryDays today = {0, question_.as_of, question_.as_of, question_.as_of};
        const double k = newcomers_kappa(today);

        // Of a customer won in a week: what they bring and cost, and the probability that they buy at all.
        std::vector<double> value(n_weeks_ * n_rows_), cost(n_weeks_ * n_rows_), buys(n_weeks_ * n_rows_);
        std::vector<double> buyers(n_rows_, 0), surplus(n_rows_, 0);  // how many they are, and what their variance has beyond that
        for (std::size_t w = 0; w < n_weeks_; ++w)
            for (std::size_t r = 0; r < n_rows_; ++r) {
                const Weighted firsts = weighted(r, &of.firsts[w * n_periods_]), repeats = weighted(r, &of.repeats[w * n_periods_]);
                const double revenue = first_brings_ * firsts.plain + repeat_brings_ * repeats.plain;
                value[w * n_rows_ + r] = revenue;
                const double own_cost = cost[w * n_rows_ + r] = question_.cost * firsts.plain;
                rows_[r].new_customers += won_[w] * firsts.counted;
                rows_[r].weighted_new_customers += won_[w] * firsts.plain;
                rows_[r].new_purchases += won_[w] * (firsts.counted + repeats.counted);
                rows_[r].new_revenue += won_[w] * (revenue - own_cost);
                of_mean_[r] += won_[w] * revenue;
                // The first purchase is certain; for all purchases together the customer's own mean is unknown.
                const double square = repeat_brings_ * repeat_brings_, all = repeats.plain + firsts.plain;
                const double purchases = repeats.squares + k * repeats.plain * repeats.plain;
                const double unit = scatter_.relative ? square : 1, own = scatter_.between;
                const double scatter = square * purchases + unit * (own * (purchases + all * all) + (repeats.squares + firsts.squares) *
                                                                    scatter_.within * (scatter_.relative ? 1 + own : 1));
                variance_[r] += won_[w] * (scatter + acquisition.dispersion() * revenue * revenue);
                cost_variance_[r] += won_[w] * acquisition.dispersion() * own_cost * own_cost;
                with_cost_[r] += won_[w] * acquisition.dispersion() * revenue * own_cost;
                const double buy = buys[w * n_rows_ + r] = 1 - std::fmax(1 - firsts.counted, 0) * std::exp(-log_some(repeats.counted, k));
                buyers[r] += won_[w] * buy;
                surplus[r] += won_[w] * (acquisition.dispersion() - 1) * buy * buy;
            }
        for (std::size_t w = 0; w < n_weeks_; ++w) {
            poll(stop_);
            for (std::size_t v = 0; v < n_weeks_; ++v) {
                const double together =
                    won_[w] * won_[v] * acquisition.relative_covariance(static_cast<int>(w) + 1, static_cast<int>(v) + 1);
                for (std::size_t r = 0; r < n_rows_; ++r) {
                    const std::size_t one = w * n_rows_ + r, other = v * n_rows_ + r;
                    variance_[r] += together * value[one] * value[other];
                    cost_variance_[r] += together * cost[one] * cost[other];
                    with_cost_[r] += together * value[one] * cost[other];
                    surplus[r] += together * buys[one] * buys[other];
                }
            }
        }
        for (std::size_t r = 0; r < n_rows_; ++r)
            if (buyers[r] > 0) silence_[r] += log_some(buyers[r], std::fmax(surplus[r], 0) / (buyers[r] * buyers[r]));
    }

    // Revenues at other parameters: of the top of the sample, of the others in it, and of customers still to be won.
    struct Revenues {
        std::vector<double> top, others, won;
    };

    Revenues revenues_at(const double *p) {
        constexpr std::size_t top = 500, others = 1500;
        Revenues sums = {std::vector<double>(n_rows_, 0), std::vector<double>(n_rows_, 0), std::vector<double>(n_rows_, 0)};
        std::vector<double> in_periods(n_periods_);
        put(p);
        visit_sample(top, others, [&](std::size_t i, bool is_other) {
            be(alike_[i].pattern);
            expect(alike_[i].days, in_periods.data());
            for (std::size_t r = 0; r < n_rows_; ++r)
                (is_other ? sums.others : sums.top)[r] += alike_[i].spend * weighted(r, in_periods.data()).plain;
        });
        const Newcomers of = newcomers();
        for (std::size_t w = 0; w < n_weeks_; ++w)
            for (std::size_t r = 0; r < n_rows_; ++r)
                sums.won[r] += won_[w] * repeat_brings_ * weighted(r, &of.repeats[w * n_periods_]).plain;
        return sums;
    }

    // The delta method, g'Cg, for all rows at once, with g by central differences; the sample's result for the others
    // is scaled to their total.
    void add_parameters() {
        if (model_.covariance == nullptr) {
            variance_.assign(n_rows_, nan);
            return;
        }
        const Revenues here = revenues_at(model_.parameters);
        const int n = model_.n_parameters;
        std::vector<double> moved(model_.parameters, model_.parameters + n), gradient(static_cast<std::size_t>(n) * n_rows_, 0);
        for (int j = 0; j < n; ++j) {
            if (model_.states[j] != ParameterState::estimated) continue;
            const double std_error = std::sqrt(model_.covariance[covariance_index(j, j)]);
            const double reach = 1e-4 * std::fmax(std::fabs(model_.parameters[j]), 0.01 * std_error);
            if (!(reach > 0)) continue;  // known exactly
            moved[j] = model_.parameters[j] + reach;
            const Revenues above = revenues_at(moved.data());
            moved[j] = model_.parameters[j] - reach;
            const Revenues below = revenues_at(moved.data());
            moved[j] = model_.parameters[j];
            for (std::size_t r = 0; r < n_rows_; ++r) {
                const double others = here.others[r] > 0 ? (rows_[r].existing_revenue - here.top[r]) / here.others[r] : 0;
                const double slope = (above.top[r] - below.top[r] + others * (above.others[r] - below.others[r]) + above.won[r] - below.won[r]) / (2 * reach);
                if (std::isfinite(slope)) gradient[static_cast<std::size_t>(j) * n_rows_ + r] = slope;
            }
        }
        put(model_.parameters);
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j)
                for (std::size_t r = 0; r < n_rows_; ++r) {
                    const double product = gradient[static_cast<std::size_t>(i) * n_rows_ + r] * gradient[static_cast<std::size_t>(j) * n_rows_ + r];
                    if (product != 0) variance_[r] += product * model_.covariance[covariance_index(i, j)];
                }
    }

    // How many purchases are to be expected is itself uncertain: all of them go with a gamma distributed factor of the
    // parameters' variance, which makes it likelier that nobody buys.
    void soften_silence(std::size_t r, double variance) {
        const double gain = rows_[r].existing_revenue + rows_[r].new_revenue + question_.cost * rows_[r].weighted_new_customers;
        if (gain > 0 && variance > 0 && std::isfinite(variance)) silence_[r] = log_some(silence_[r], variance / (gain * gain));
    }

    // The bounds of revenue with this variance. The cost of winning customers is taken off.
    void set_bounds(std::size_t r, double variance) {
        RevenueAhead &row = rows_[r];
        row.lower = row.upper = nan;
        if (!std::isfinite(row.revenue) || !(variance >= 0 && std::isfinite(variance))) return;
        const double cost = question_.cost * row.weighted_new_customers;
        const Moments moments = {row.revenue + cost, variance};
        const Gain gain = may_lose_ || moments.mean < 0 ? Gain::of_any_sign(moments) : Gain::nonnegative(moments, std::exp(-silence_[r]));
        if (cost > 0) {
            const ConfidenceInterval bounds = net_interval(gain, {cost, cost_variance_[r]}, with_cost_[r], question_.level);
            row.lower = bounds.lower;
            row.upper = bounds.upper;
        } else {
            const double reach = normal_quantile(question_.level);
            row.lower = gain.at(-reach);
            row.upper = gain.at(reach);
        }
    }

    const ModelView model_;
    const RevenueQuestion &question_;
    Stop stop_;
    double horizon_;
    std::size_t n_periods_, n_rows_, n_weeks_;
    bool any_sign_, may_lose_;
    SpendScatter scatter_;
    double first_brings_, repeat_brings_;
    AheadOnClock ahead_;
    OwnParameters own_;
    std::vector<Alike> alike_;
    std::vector<double> expected_;  // of each in alike_, one number per period
    std::vector<std::size_t> ranked_;
    std::vector<double> won_;
    std::vector<RevenueAhead> rows_;
    std::vector<double> variance_, of_mean_;         // of revenue; the revenue that depends on the mean of what all spend
    std::vector<double> silence_;                    // -ln of the probability that nobody buys
    std::vector<double> cost_variance_, with_cost_;  // of what winning customers costs, and its covariance with revenue
};

}  // namespace

std::vector<double> weekly_newcomers(const std::vector<KnownCustomer> &customers) {
    double longest = -1;
    for (const KnownCustomer &c : customers) longest = std::fmax(longest, c.tenure);
    const auto weeks = static_cast<std::size_t>((longest + 1) / 7);
    std::vector<double> counts(weeks);
    for (const KnownCustomer &c : customers) {
        const auto ago = static_cast<std::size_t>(c.tenure / 7);
        if (ago < weeks) ++counts[weeks - 1 - ago];
    }
    return counts;
}

std::vector<RevenueAhead> revenue_ahead(const RevenueModels &models, std::vector<KnownCustomer> customers, const std::vector<Pattern> &patterns,
                                        const RevenueQuestion &question, Stop stop) {
    sort_customers(customers);
    poll(stop);
    return RevenueForecast(models, customers, patterns, question, stop).rows();
}

}  // namespace cltv
