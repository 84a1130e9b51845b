// Measures of predictions and of customers, against their definitions on all pairs of customers.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/rows/gain_curve.hpp"
#include "core/rows/scored.hpp"
#include "core/segments/rfm_base.hpp"
#include "core/segments/rfm_segment.hpp"
#include "core/segments/value_tier.hpp"
#include "core/shop/concentration.hpp"
#include "core/shop/customer_metrics.hpp"
#include "core/shop/rates.hpp"
#include "core/validation/confusion_matrix.hpp"
#include "core/validation/ranking_metrics.hpp"
#include "core/validation/regression_metrics.hpp"
#include "property.hpp"

namespace cltv::property {

namespace {

double any_value(Source &source) {
    const double kind = source.uniform();
    if (kind < 0.6) return source.count(10);
    return (kind < 0.7 ? -1 : 1) * source.log_uniform(1e-3, 1e3);
}

View<ScoredCount> view_of(const std::vector<ScoredCount> &rows) { return {rows.data(), rows.size()}; }

// NaN where either is.
void expect_same(double value, double expected, double error) {
    if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(value)) << value;
    } else {
        EXPECT_NEAR(value, expected, error);
    }
}

}  // namespace

// With s a sign and each pair of customers counted by how many of them there are.
void rankings(Source &source) {
    const bool label = source.chance(0.5), counted = source.chance(0.5);
    std::vector<ScoredCount> rows(static_cast<std::size_t>(source.number(1, 30)));
    for (ScoredCount &row : rows) {
        row.scored.predicted = any_value(source);
        row.scored.actual = label ? source.number(0, 1) : std::fabs(any_value(source));
        row.count = counted ? source.whole(1, 5) : 1;
    }
    sort_scored(rows, never_stop);
    const auto ascending = [](const ScoredCount &a, const ScoredCount &b) {
        return a.scored.predicted < b.scored.predicted ||
               (a.scored.predicted == b.scored.predicted && a.scored.actual < b.scored.actual);
    };
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), ascending));
    std::vector<ScoredCount> perfect = perfectly_ranked(view_of(rows), never_stop);
    for (std::size_t i = 1; i < perfect.size(); ++i)
        EXPECT_TRUE(perfect[i - 1].scored.actual <= perfect[i].scored.actual &&
                    perfect[i - 1].scored.predicted <= perfect[i].scored.predicted);

    double customers = 0, total = 0, won = 0, pairs = 0, covariance = 0, spread = 0;
    for (const ScoredCount &a : rows) {
        customers += a.count;
        total += a.count * a.scored.actual;
        for (const ScoredCount &b : rows) {
            const double both = a.count * b.count, apart = a.scored.actual - b.scored.actual;
            const double ahead = a.scored.predicted - b.scored.predicted;
            const double sign = (ahead > 0) - (ahead < 0);
            covariance += both * apart * sign / 2;
            spread += both * std::fabs(apart) / 2;
            if (!label || a.scored.actual == 0 || b.scored.actual != 0) continue;
            pairs += both;
            won += both * (sign + 1) / 2;
        }
    }
    if (label) expect_same(auc(view_of(rows), never_stop), won / pairs, 1e-15);
    const double ranked = gini(view_of(rows), never_stop);
    expect_same(ranked, covariance / spread, 1e-12);
    if (label) expect_same(ranked, 2 * auc(view_of(rows), never_stop) - 1, 1e-12);
    const GainTotals totals = gain_totals(view_of(rows), never_stop);
    EXPECT_EQ(totals.customers, customers);
    EXPECT_NEAR(totals.actual.hi / totals.scale, total, 1e-13 * total);
    EXPECT_NEAR(rank_sum(view_of(rows), totals, never_stop).hi / totals.scale, covariance, 1e-12 * (spread + total));

    // From the highest prediction down, customers of one prediction in equal shares.
    const double top = std::fmax(source.uniform(), 1e-3);
    double room = top * customers, gained = 0;
    for (auto row = rows.rbegin(); row != rows.rend() && room > 0;) {
        double count = 0, actual = 0;
        const double predicted = row->scored.predicted;
        for (; row != rows.rend() && row->scored.predicted == predicted; ++row) {
            count += row->count;
            actual += row->count * row->scored.actual;
        }
        gained += actual * std::fmin(1, room / count);
        room -= count;
    }
    expect_same(gain(view_of(rows), top, never_stop), total > 0 ? gained / total : std::nan(""), 1e-12);
    expect_same(lift(view_of(rows), top, never_stop), total > 0 ? gained / total / top : std::nan(""), 1e-12 / top);
    expect_same(gain(view_of(rows), 1, never_stop), total > 0 ? 1 : std::nan(""), 1e-15);

    for (ScoredCount &row : perfect) row.scored.predicted = row.scored.actual;
    const double gini_coefficient = concentration(view_of(perfect), never_stop);
    expect_same(gini_coefficient, total > 0 ? spread / (customers * total) : std::nan(""), 1e-12);
    const double share = top_share(view_of(perfect), top, never_stop);
    expect_same(share, total > 0 ? gain(view_of(perfect), top, never_stop) : std::nan(""), 1e-15);
    if (total > 0) {
        EXPECT_TRUE(gini_coefficient >= -1e-15 && gini_coefficient < 1 && share >= top - 1e-12 && share <= 1 + 1e-15);
    }
}

void regressions(Source &source) {
    std::vector<ScoredCount> rows(static_cast<std::size_t>(source.number(1, 30)));
    const double unit = source.chance(0.2) ? std::exp(source.between(-690, 690)) : 1;
    for (ScoredCount &row : rows) {
        row.scored = {unit * any_value(source) + 0.0, 0};
        row.scored.actual = source.chance(0.1) ? row.scored.predicted : unit * any_value(source) + 0.0;
        row.count = source.whole(1, 5);
    }
    sort_scored(rows, never_stop);
    const RegressionMetrics metrics = regression_metrics(view_of(rows), never_stop);
    double n = 0, error = 0, square = 0, bias = 0, relative = 0, known = 0, x = 0, y = 0;
    for (const auto &[scored, count] : rows) {
        const double difference = (scored.predicted - scored.actual) / unit;
        n += count;
        error += count * std::fabs(difference);
        square += count * difference * difference;
        bias += count * difference;
        x += count * (scored.predicted / unit);
        y += count * (scored.actual / unit);
        if (scored.actual == 0) continue;
        relative += count * std::fabs(difference / (scored.actual / unit));
        known += count;
    }
    double xx = 0, yy = 0, xy = 0;
    for (const auto &[scored, count] : rows) {
        const double dx = scored.predicted / unit - x / n, dy = scored.actual / unit - y / n;
        xx += count * dx * dx;
        yy += count * dy * dy;
        xy += count * dx * dy;
    }
    EXPECT_EQ(metrics.customers, n);
    EXPECT_NEAR(metrics.mae / unit, error / n, 1e-13 * error);
    EXPECT_NEAR(metrics.rmse / unit, std::sqrt(square / n), 1e-13 * std::sqrt(square));
    EXPECT_NEAR(metrics.bias / unit, bias / n, 1e-13 * error);
    expect_same(metrics.mape, relative / known, 1e-12 * relative);
    EXPECT_LE(metrics.mae, metrics.rmse * (1 + 1e-14));
    const double size = (x * x + y * y) / n;
    if (xx > 1e-12 * size && yy > 1e-12 * size) {
        EXPECT_NEAR(metrics.correlation, xy / std::sqrt(xx * yy), 1e-3);
    }
    EXPECT_FALSE(std::fabs(metrics.correlation) > 1);

    ConfusionMatrix matrix{};
    for (int i = source.number(1, 50); i > 0; --i) {
        const bool truth = source.chance(0.4);
        matrix.add(truth, source.chance(0.5));
    }
    for (const double rate : {matrix.accuracy(), matrix.precision(), matrix.recall(), matrix.f1()})
        EXPECT_TRUE(std::isnan(rate) || is_probability(rate));
    if (matrix.true_positives > 0) {
        EXPECT_NEAR(2 / matrix.f1(), 1 / matrix.precision() + 1 / matrix.recall(), 1e-12 / matrix.f1());
    }
}

void measures_of_customers(Source &source) {
    std::vector<CustomerTotalsCount> rows(static_cast<std::size_t>(source.number(1, 30)));
    double n = 0, active = 0, orders = 0, revenue = 0, returned = 0, lifespan = 0, known = 0, known_orders = 0;
    for (CustomerTotalsCount &row : rows) {
        CustomerTotals &totals = row.totals;
        totals.revenue_known = source.number(0, 1);
        totals.revenue = totals.revenue_known == 0 ? 0 : source.whole(-100, 1e6) / 100;
        totals.orders = source.count(100) + 1;
        totals.lifespan = source.count(1000);
        totals.active = source.number(0, 1);
        row.count = source.whole(1, 5);
        n += row.count;
        active += row.count * totals.active;
        orders += row.count * totals.orders;
        revenue += row.count * totals.revenue;
        returned += row.count * (totals.lifespan > 0);
        lifespan += row.count * totals.lifespan;
        known += row.count * totals.revenue_known;
        known_orders += row.count * totals.revenue_known * totals.orders;
    }
    const CustomerMetrics metrics = customer_metrics({rows.data(), rows.size()}, never_stop);
    EXPECT_TRUE(metrics.customers == n && metrics.active_customers == active && metrics.orders == orders);
    EXPECT_NEAR(metrics.purchase_frequency, orders / n, 1e-15 * orders);
    EXPECT_NEAR(metrics.repeat_rate, returned / n, 1e-15);
    EXPECT_NEAR(metrics.mean_lifespan, lifespan / n, 1e-13 * (1 + lifespan));
    expect_same(metrics.historic_value, revenue / known, 1e-12 * (1 + std::fabs(revenue)));
    expect_same(metrics.average_order_value, revenue / known_orders, 1e-12 * (1 + std::fabs(revenue)));

    // One margin after another: the first from those who stay, and then the same again.
    const double retention = source.chance(0.1) ? 1 : source.uniform(), periods = source.count(1e6);
    const double discount = source.chance(0.2) ? 0 : source.log_uniform(1e-9, 10);
    const double value = discounted_retention(retention, discount, periods + 1);
    expect_close(value, retention / (1 + discount) * (1 + discounted_retention(retention, discount, periods)), 1e-12);
    EXPECT_LE(value, discounted_retention(retention, discount, infinity) * (1 + 1e-12));
}

void scores_and_tiers(Source &source) {
    std::vector<double> values(static_cast<std::size_t>(source.number(1, 100)));
    for (double &value : values) value = any_value(source);
    const double high = source.number(0, 99) / 100.0, medium = source.whole(100 * high + 1, 100) / 100.0;
    const auto count_from = [&](double value) {
        return static_cast<double>(std::count_if(values.begin(), values.end(), [=](double x) { return x >= value; }));
    };
    std::vector<double> reordered = values;
    const TierCuts by_customers = tiers_by_customers(reordered.data(), reordered.size(), {high, medium}, never_stop);
    const TierCuts by_revenue = tiers_by_revenue(values.data(), values.size(), {high, medium}, never_stop);
    double total = 0;
    for (const double value : values) total += std::fmax(value, 0);
    for (const double value : values) {
        const double cume_dist = count_from(value) / static_cast<double>(values.size());
        const Tier expected = cume_dist <= high ? Tier::high : cume_dist <= medium ? Tier::medium : Tier::low;
        EXPECT_EQ(by_customers.tier(value), expected) << value << " at " << cume_dist;
        double larger = 0;
        for (const double other : values) larger += other > value ? std::fmax(other, 0) : 0;
        const Tier tier = by_revenue.tier(value);
        EXPECT_EQ(tier == Tier::high, value > 0 && larger / total < high * (1 - 1e-14)) << value;
        EXPECT_EQ(tier == Tier::low, !(value > 0 && larger / total < medium * (1 - 1e-14))) << value;
    }

    std::vector<RfmRow> rows(static_cast<std::size_t>(source.number(0, 50)));
    std::vector<std::int64_t> known;
    for (RfmRow &row : rows) {
        const auto column = [&](auto unknown) {
            return source.chance(0.1) ? unknown : static_cast<decltype(unknown)>(source.number(-20, 20));
        };
        row.last_order = column(unknown_time);
        row.orders = column(unknown_orders);
        row.revenue = column(unknown_revenue);
        if (row.last_order != unknown_time) known.push_back(row.last_order);
    }
    const int bins = source.number(rfm_min_bins, rfm_max_bins);
    const RfmCuts cuts = rfm_cut_points(rows.data(), rows.size(), bins, never_stop);
    const CutPoints<std::int64_t> expected = select_cut_points(known.data(), known.size(), bins, never_stop);
    EXPECT_EQ(cuts.last_order.count, expected.count);
    EXPECT_TRUE(std::equal(expected.at, expected.at + expected.count, cuts.last_order.at));
    sort_rfm_rows(rows.data(), rows.size(), never_stop);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));

    // The first rule that covers a cell names it.
    const auto any_range = [&] {
        const int least = source.number(1, 5);
        return ScoreRange{least, source.number(least, 5)};
    };
    SegmentRule rules[3] = {{"first", {}, {}, {}, {}}, {"second", {}, {}, {}, {}}, {"third", {}, {}, {}, {}}};
    Segments segments{};
    for (SegmentRule &rule : rules) {
        rule.r = any_range();
        rule.f = any_range();
        rule.fm = any_range();
        apply_rule(segments, rule);
    }
    for (int cell = 0; cell < rfm_cells; ++cell) {
        const CellScores scores = scores_of_cell(cell);
        EXPECT_EQ(rfm_cell(scores.r, scores.f, scores.m), cell);
        const SegmentRule *first = std::find_if(std::begin(rules), std::end(rules),
                                                [=](const SegmentRule &rule) { return rule.covers(scores); });
        EXPECT_STREQ(segments[static_cast<std::size_t>(cell)], first == std::end(rules) ? nullptr : first->segment);
        EXPECT_NE(segment_of(scores.r, scores.f, scores.m), nullptr);
        EXPECT_STREQ(segment_of(scores.r, scores.f, scores.m), segment_of(scores.r, scores.m, scores.f));
    }
    const int unnamed = first_unnamed_cell(segments);
    EXPECT_TRUE(unnamed == rfm_cells || segments[static_cast<std::size_t>(unnamed)] == nullptr);
}

}  // namespace cltv::property
