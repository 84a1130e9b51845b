#include "core/experiments/uplift.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// One arm: Welford's sums over counted rows, which lose no digits to a large mean.
struct Arm {
    double n = 0, mean = 0, squares = 0;

    void add(double y, double count) {
        n += count;
        const double from_mean = y - mean;
        mean += from_mean * (count / n);
        squares += from_mean * (y - mean) * count;
    }
    double mean_or_none() const { return n > 0 ? mean : none; }
    double variance_of_mean() const { return n > 1 ? squares / (n - 1) / n : none; }
};

struct Arms {
    Arm treated, control;

    void add(const ScoredOutcome &row) { (row.treated ? treated : control).add(row.outcome, row.count); }
    double uplift() const { return treated.mean_or_none() - control.mean_or_none(); }
    double std_error() const { return std::sqrt(treated.variance_of_mean() + control.variance_of_mean()); }
};

// Customers of one score, and the curve after them.
struct Step {
    std::size_t end;      // of its rows
    double n;             // customers
    double before, gain;  // Q before and after
    double control_mean;  // of all so far; 0 while there is none
    double odds;          // N_t / N_c of them; 0 while there is no N_c
};

}  // namespace

std::vector<ScoredOutcome> by_score(const FeatureSet &set, Stop stop) {
    constexpr int score = 0, treated = 1;
    std::vector<ScoredOutcome> rows;
    rows.reserve(set.used);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        const double *const known = set.attributes(static_cast<std::uint32_t>(row.row));
        rows.push_back({known[score], row.target[0], known[treated] != 0, row.count});
    }
    sort_by_key(rows, [](const ScoredOutcome &row) { return ~ordered_bits(row.score); }, stop);
    return rows;
}

Qini qini(const std::vector<ScoredOutcome> &rows, Stop stop) {
    std::vector<Step> steps;
    double n = 0, n_treated = 0, n_control = 0, of_treated = 0, of_control = 0, gain = 0, pairs = 0;
    for (std::size_t i = 0; i < rows.size();) {
        Step step{};
        step.before = gain;
        const double score = rows[i].score;
        double tied_treated = 0, tied_control = 0;
        do {
            poll_at(i, stop);
            const ScoredOutcome &row = rows[i];
            (row.treated ? tied_treated : tied_control) += row.count;
            (row.treated ? of_treated : of_control) += row.outcome * row.count;
        } while (++i < rows.size() && rows[i].score == score);
        // Counts pairs of a treated customer and an untreated one in which the former has the higher score; a tie
        // counts half.
        pairs += tied_control * (n_treated + tied_treated / 2);
        n_treated += tied_treated;
        n_control += tied_control;
        step.end = i;
        step.n = tied_treated + tied_control;
        n += step.n;
        step.control_mean = n_control > 0 ? of_control / n_control : 0;
        step.odds = n_control > 0 ? n_treated / n_control : 0;
        gain = of_treated - step.control_mean * n_treated;
        step.gain = gain;
        steps.push_back(step);
    }

    Qini result;
    result.customers = n;
    double area = 0;
    for (const Step &step : steps) area += (step.before + step.gain) / 2 * (step.n / n);
    result.auuc = area;
    result.qini = area - gain / 2;
    result.treated_auc = pairs / n_treated / n_control;

    // The infinitesimal jackknife: the derivatives of qini in the weight of each customer, whose squares add up to its
    // variance (B. Efron: The Jackknife, the Bootstrap and Other Resampling Plans, SIAM 1982, chapter 6). With m the
    // mean of the control group and r = N_t / N_c, a treated customer moves every Q from its score on by y - m, an
    // untreated one by -r (y - m); and as one more customer of its score, either lengthens its step. qini is the sum of
    // w_j Q_j, where w_j is half the steps on both sides over n, and the last w_j is less by 1/2. The loop runs
    // backwards over the curve: sums of w, w m, w r and w r m from here to its end.
    double w = 0, w_mean = 0, w_odds = 0, w_odds_mean = 0, squares = 0;
    const double average = result.qini / n;
    for (std::size_t j = steps.size(); j-- > 0;) {
        const Step &step = steps[j];
        const bool last = j + 1 == steps.size();
        const double here = (step.n + (last ? 0 : steps[j + 1].n)) / (2 * n) - (last ? 0.5 : 0);
        w += here;
        w_mean += here * step.control_mean;
        w_odds += here * step.odds;
        w_odds_mean += here * step.odds * step.control_mean;
        const double longer = ((step.before + step.gain) / 2 - area) / n;
        for (std::size_t i = j == 0 ? 0 : steps[j - 1].end; i < step.end; ++i) {
            poll_at(i, stop);
            const ScoredOutcome &row = rows[i];
            const double moved = row.treated ? row.outcome * w - w_mean : w_odds_mean - row.outcome * w_odds;
            const double influence = moved + longer - average;
            squares += influence * influence * row.count;
        }
    }
    result.std_error = n > 1 ? std::sqrt(squares * (n / (n - 1))) : none;
    return result;
}

std::vector<UpliftBin> uplift_bins(const std::vector<ScoredOutcome> &rows, int bins, Stop stop) {
    double n = 0, before = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        poll_at(i, stop);
        n += rows[i].count;
    }
    std::vector<UpliftBin> result;
    Arms here, all;
    const auto close = [&] {
        if (result.empty()) return;
        UpliftBin &bin = result.back();
        bin.treated = here.treated.n;
        bin.control = here.control.n;
        bin.customers = bin.treated + bin.control;
        bin.treated_mean = here.treated.mean_or_none();
        bin.control_mean = here.control.mean_or_none();
        bin.uplift = here.uplift();
        bin.std_error = here.std_error();
        bin.all_uplift = all.uplift();
        bin.all_std_error = all.std_error();
    };
    for (std::size_t i = 0; i < rows.size();) {
        const double score = rows[i].score;
        double tied = 0;
        std::size_t end = i;
        do {
            poll_at(end, stop);
            tied += rows[end].count;
        } while (++end < rows.size() && rows[end].score == score);
        const int bin = 1 + std::min(bins - 1, static_cast<int>((before + tied / 2) / n * bins));
        before += tied;
        if (result.empty() || result.back().bin != bin) {
            close();
            here = Arms{};
            UpliftBin next{};
            next.bin = bin;
            next.highest = score;
            result.push_back(next);
        }
        result.back().lowest = score;
        for (; i < end; ++i) {
            poll_at(i, stop);
            here.add(rows[i]);
            all.add(rows[i]);
        }
    }
    close();
    return result;
}

}  // namespace cltv
