#include "core/segments/kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "core/base/hash.hpp"
#include "core/base/sort_rows.hpp"

namespace cltv {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Customers with their numbers as distances take them.
struct Points {
    std::size_t n, p;
    const double *values, *counts;
    const double *row(std::size_t i) const { return values + i * p; }
};

double square(const double *a, const double *b, std::size_t p) {
    double sum = 0;
    for (std::size_t j = 0; j < p; ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

// Uniform on [0, 1), by number.
class Draws {
public:
    Draws(std::uint64_t seed, std::uint64_t start)
        : hash_(hashed(hashed(0, static_cast<double>(seed)), static_cast<double>(start) + 1)) {}
    double next() {
        // A second round, for one does not mix all bits of small numbers.
        const std::uint64_t hash = hashed(hashed(hash_, ++number_), 0.5);
        return static_cast<double>(hash >> 11) * 0x1p-53;
    }

private:
    std::uint64_t hash_;
    double number_ = 0;
};

std::size_t draw_by(const std::vector<double> &weights, double total, double uniform) {
    double sum = 0;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] == 0) continue;
        sum += weights[i];
        chosen = i;
        if (sum > uniform * total) break;
    }
    return chosen;
}

std::vector<double> start(const Points &points, std::size_t k, Draws draws, Stop stop) {
    std::vector<double> centres, weights(points.counts, points.counts + points.n), nearest(points.n, infinity), least, trial;
    const auto take = [&](std::size_t i) { centres.insert(centres.end(), points.row(i), points.row(i) + points.p); };
    const auto with = [&](std::size_t chosen, std::vector<double> &distances) {
        distances.resize(points.n);
        double total = 0;
        for (std::size_t i = 0; i < points.n; ++i) {
            poll_at(i, stop);
            distances[i] = std::min(nearest[i], square(points.row(i), points.row(chosen), points.p));
            total += points.counts[i] * distances[i];
        }
        return total;
    };
    const std::size_t first = draw_by(weights, std::accumulate(weights.begin(), weights.end(), 0.0), draws.next());
    take(first);
    double total = with(first, least);
    nearest.swap(least);
    const int candidates = 2 + static_cast<int>(std::log(static_cast<double>(k)));
    for (std::size_t c = 1; c < k; ++c) {
        for (std::size_t i = 0; i < points.n; ++i) weights[i] = points.counts[i] * nearest[i];
        double best = infinity;
        std::size_t best_row = 0;
        for (int t = 0; t < candidates; ++t) {
            const std::size_t row = draw_by(weights, total, draws.next());
            if (const double left = with(row, trial); left < best) {
                best = left;
                best_row = row;
                least.swap(trial);
            }
        }
        take(best_row);
        total = best;
        nearest.swap(least);
    }
    return centres;
}

// Lloyd's steps from some centres, to a fixed point.
class Lloyd {
public:
    Lloyd(const Points &points, std::vector<double> centres, Stop stop)
        : points_(points), centres_(std::move(centres)), k_(centres_.size() / points.p), labels_(points.n), upper_(points.n),
          lower_(points.n), stop_(stop) {
        assign_all();
        for (;;) {
            if (k_ > 1 && fill_empty()) assign_bounds();
            move();
            if (assign() == 0 && assign_all() == 0 && !has_empty()) break;
            if (++steps_ == most_steps) break;  // rounding only can lead there
        }
    }

    const std::vector<std::uint32_t> &labels() const { return labels_; }
    const std::vector<double> &centres() const { return centres_; }
    double within() const {
        double sum = 0;
        for (std::size_t i = 0; i < points_.n; ++i) sum += points_.counts[i] * square(points_.row(i), centre(labels_[i]), points_.p);
        return sum;
    }

private:
    static constexpr int most_steps = 100000;
    const double *centre(std::size_t c) const { return centres_.data() + c * points_.p; }

    // The nearest centre, the one that a customer had before among equals, and the distances to it and to the next.
    bool assign_one(std::size_t i) {
        const double *const row = points_.row(i);
        std::uint32_t best = labels_[i];
        double least = square(row, centre(best), points_.p), next = infinity;
        for (std::uint32_t c = 0; c < k_; ++c) {
            if (c == labels_[i]) continue;
            const double distance = square(row, centre(c), points_.p);
            if (distance < least) {
                next = least;
                least = distance;
                best = c;
            } else if (distance < next) {
                next = distance;
            }
        }
        upper_[i] = std::sqrt(least);
        lower_[i] = std::sqrt(next);
        const bool moved = best != labels_[i];
        labels_[i] = best;
        return moved;
    }

    std::size_t assign_all() {
        std::size_t moved = 0;
        for (std::size_t i = 0; i < points_.n; ++i) {
            poll_at(i, stop_);
            moved += assign_one(i);
        }
        return moved;
    }

    // After labels were given without a look at distances.
    void assign_bounds() {
        for (std::size_t i = 0; i < points_.n; ++i) {
            upper_[i] = infinity;
            lower_[i] = 0;
        }
    }

    // Whoever is nearer to the own centre than any other can have come, or than half the way to the next centre, stays.
    std::size_t assign() {
        std::vector<double> half(k_, infinity);
        for (std::size_t a = 0; a < k_; ++a)
            for (std::size_t b = 0; b < k_; ++b)
                if (a != b) half[a] = std::min(half[a], square(centre(a), centre(b), points_.p));
        for (double &each : half) each = std::sqrt(each) / 2;
        std::size_t moved = 0;
        for (std::size_t i = 0; i < points_.n; ++i) {
            poll_at(i, stop_);
            upper_[i] += shift_[labels_[i]];
            lower_[i] -= labels_[i] == farthest_ ? next_shift_ : shift_[farthest_];
            const double bound = std::max(lower_[i], half[labels_[i]]);
            if (upper_[i] < bound) continue;
            upper_[i] = std::sqrt(square(points_.row(i), centre(labels_[i]), points_.p));
            if (upper_[i] < bound) continue;
            moved += assign_one(i);
        }
        return moved;
    }

    std::vector<std::size_t> rows_of_clusters() const {
        std::vector<std::size_t> rows(k_);
        for (const std::uint32_t label : labels_) ++rows[label];
        return rows;
    }
    bool has_empty() const {
        const std::vector<std::size_t> rows = rows_of_clusters();
        return std::count(rows.begin(), rows.end(), std::size_t{0}) > 0;
    }

    // A cluster that everybody left gets who is farthest from the own centre.
    bool fill_empty() {
        std::vector<std::size_t> rows = rows_of_clusters();
        bool filled = false;
        for (std::uint32_t c = 0; c < k_; ++c) {
            if (rows[c] > 0) continue;
            double most = -1;
            std::size_t farthest = 0;
            for (std::size_t i = 0; i < points_.n; ++i) {
                if (rows[labels_[i]] < 2) continue;
                const double distance = points_.counts[i] * square(points_.row(i), centre(labels_[i]), points_.p);
                if (distance > most) {
                    most = distance;
                    farthest = i;
                }
            }
            --rows[labels_[farthest]];
            labels_[farthest] = c;
            rows[c] = 1;
            filled = true;
        }
        return filled;
    }

    void move() {
        std::vector<double> sums(centres_.size()), counts(k_);
        for (std::size_t i = 0; i < points_.n; ++i) {
            poll_at(i, stop_);
            const double count = points_.counts[i], *const row = points_.row(i);
            double *const sum = sums.data() + labels_[i] * points_.p;
            counts[labels_[i]] += count;
            for (std::size_t j = 0; j < points_.p; ++j) sum[j] += count * row[j];
        }
        shift_.assign(k_, 0);
        for (std::size_t c = 0; c < k_; ++c) {
            for (std::size_t j = 0; j < points_.p; ++j) sums[c * points_.p + j] /= counts[c];
            shift_[c] = std::sqrt(square(sums.data() + c * points_.p, centre(c), points_.p));
        }
        centres_.swap(sums);
        farthest_ = static_cast<std::uint32_t>(std::max_element(shift_.begin(), shift_.end()) - shift_.begin());
        next_shift_ = 0;
        for (std::size_t c = 0; c < k_; ++c)
            if (c != farthest_) next_shift_ = std::max(next_shift_, shift_[c]);
    }

    const Points points_;
    std::vector<double> centres_;
    std::size_t k_;
    std::vector<std::uint32_t> labels_;
    std::vector<double> upper_, lower_, shift_;
    std::uint32_t farthest_ = 0;
    double next_shift_ = 0;
    int steps_ = 0;
    Stop stop_;
};

// The best of so many starts, on all customers or on a draw of them.
Lloyd best_of(const Points &points, const KMeans &settings, Stop stop) {
    const std::size_t wanted = std::max(start_rows, std::size_t{50} * settings.k);
    std::vector<double> values, counts;
    Points trial = points;
    if (points.n > wanted) {
        const double share = static_cast<double>(wanted) / static_cast<double>(points.n);
        for (std::size_t i = 0; i < points.n; ++i) {
            Draws draws(settings.seed, i);
            if (draws.next() >= share) continue;
            values.insert(values.end(), points.row(i), points.row(i) + points.p);
            counts.push_back(points.counts[i]);
        }
        trial = {counts.size(), points.p, values.data(), counts.data()};
    }
    std::vector<double> best;
    double least = infinity;
    for (int s = 0; s < settings.starts; ++s) {
        poll(stop);
        const Lloyd lloyd(trial, start(trial, settings.k, Draws(settings.seed, UINT64_C(0x100000000) + static_cast<unsigned>(s)), stop), stop);
        if (const double within = lloyd.within(); within < least || best.empty()) {
            least = within;
            best = lloyd.centres();
        }
    }
    if (!(least < infinity)) throw std::overflow_error("the squared distances are out of range: standardise, or give larger units");
    return Lloyd(points, std::move(best), stop);
}

FittedClusters begin_fit(const ClusterRows &rows, const KMeans &settings, Stop stop) {
    FittedClusters fitted;
    fitted.standardised = settings.standardise;
    fitted.distinct = static_cast<std::uint32_t>(rows.n);
    fitted.wanted = settings.k;
    fitted.customers = rows.customers;
    fitted.skipped = rows.skipped;
    fitted.scaling = scaling_of(rows, stop);
    return fitted;
}

}  // namespace

FittedClusters fit_kmeans(const ClusterRows &rows, const KMeans &settings, Stop stop) {
    FittedClusters fitted = begin_fit(rows, settings, stop);
    if (rows.n < settings.k) {
        fitted.status = ClusterStatus::too_few;
        return fitted;
    }
    if (settings.standardise && fitted.scaling.constant >= 0) {
        fitted.status = ClusterStatus::constant;
        fitted.column = static_cast<std::uint32_t>(fitted.scaling.constant);
        return fitted;
    }
    const std::vector<double> values = standardised(rows, fitted.scaling, settings.standardise);
    const Points points = {rows.n, rows.p, values.data(), rows.counts.data()};
    const Lloyd lloyd = best_of(points, settings, stop);

    const std::size_t k = settings.k, p = rows.p;
    std::vector<double> sizes(k), within(k), centres(k * p);
    for (std::size_t i = 0; i < rows.n; ++i) sizes[lloyd.labels()[i]] += rows.counts[i];
    for (std::size_t i = 0; i < rows.n; ++i) {
        poll_at(i, stop);
        const std::uint32_t c = lloyd.labels()[i];
        within[c] += rows.counts[i] * square(points.row(i), lloyd.centres().data() + c * p, p);
        // About the mean: what is far from 0 loses no digits.
        for (std::size_t j = 0; j < p; ++j) centres[c * p + j] += rows.counts[i] * (rows.row(i)[j] - fitted.scaling.mean[j]);
    }
    for (std::size_t c = 0; c < k; ++c)
        for (std::size_t j = 0; j < p; ++j) centres[c * p + j] = fitted.scaling.mean[j] + centres[c * p + j] / sizes[c];
    std::vector<std::size_t> order(k);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (sizes[a] != sizes[b]) return sizes[a] > sizes[b];
        return std::lexicographical_compare(centres.data() + a * p, centres.data() + (a + 1) * p, centres.data() + b * p,
                                            centres.data() + (b + 1) * p);
    });
    for (const std::size_t c : order) {
        fitted.sizes.push_back(sizes[c]);
        fitted.within.push_back(within[c]);
        fitted.centres.insert(fitted.centres.end(), centres.data() + c * p, centres.data() + (c + 1) * p);
    }
    return fitted;
}

void match_labels(FittedClusters &fitted, const Clusters &before) {
    const std::size_t k = fitted.sizes.size(), p = fitted.scaling.mean.size();
    const auto cost = [&](std::size_t own, std::size_t place) {
        double sum = 0;
        for (std::size_t j = 0; j < p; ++j) {
            const double d = (fitted.centres[own * p + j] - before.centre(static_cast<std::uint32_t>(place))[j]) /
                             (fitted.standardised ? fitted.scaling.deviation[j] : 1);
            sum += d * d;
        }
        return std::min(sum, std::numeric_limits<double>::max() / 4);
    };
    // The Hungarian method with potentials, a shortest path for each cluster; numbers from 1, 0 is none.
    std::vector<double> of_own(k + 1), of_place(k + 1);
    std::vector<std::size_t> owner(k + 1), way(k + 1);
    for (std::size_t own = 1; own <= k; ++own) {
        owner[0] = own;
        std::size_t place = 0;
        std::vector<double> least(k + 1, infinity);
        std::vector<bool> seen(k + 1);
        do {
            seen[place] = true;
            std::size_t next = 0;
            double step = infinity;
            for (std::size_t other = 1; other <= k; ++other) {
                if (seen[other]) continue;
                const double left = cost(owner[place] - 1, other - 1) - of_own[owner[place]] - of_place[other];
                if (left < least[other]) {
                    least[other] = left;
                    way[other] = place;
                }
                if (least[other] < step) {
                    step = least[other];
                    next = other;
                }
            }
            for (std::size_t other = 0; other <= k; ++other) {
                if (seen[other]) {
                    of_own[owner[other]] += step;
                    of_place[other] -= step;
                } else {
                    least[other] -= step;
                }
            }
            place = next;
        } while (owner[place] != 0);
        while (place != 0) {
            owner[place] = owner[way[place]];
            place = way[place];
        }
    }
    const FittedClusters unordered = fitted;
    for (std::size_t place = 0; place < k; ++place) {
        const std::size_t own = owner[place + 1] - 1;
        fitted.sizes[place] = unordered.sizes[own];
        fitted.within[place] = unordered.within[own];
        std::copy_n(unordered.centres.data() + own * p, p, fitted.centres.data() + place * p);
    }
}

std::vector<ClusterChoice> choose_k(const ClusterRows &rows, std::uint32_t most_k, const KMeans &settings, Stop stop) {
    std::vector<ClusterChoice> choices;
    const Scaling scaling = scaling_of(rows, stop);
    if (rows.n == 0 || (settings.standardise && scaling.constant >= 0)) return choices;
    const std::vector<double> values = standardised(rows, scaling, settings.standardise);
    const Points points = {rows.n, rows.p, values.data(), rows.counts.data()};
    KMeans one = settings;
    for (one.k = 1; one.k <= most_k && one.k <= rows.n; ++one.k) {
        const Lloyd lloyd = best_of(points, one, stop);
        choices.push_back({one.k, lloyd.within(), silhouette(values, rows.counts, rows.p, lloyd.labels(), one.k, stop)});
    }
    return choices;
}

}  // namespace cltv
