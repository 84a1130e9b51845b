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

// Customers with their numbers as distances use them.
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

// Uniform on [0, 1), by the number of the draw.
class Draws {
public:
    Draws(std::uint64_t seed, std::uint64_t start)
        : hash_(hashed(hashed(0, static_cast<double>(seed)), static_cast<double>(start) + 1)) {}
    double next() {
        // A second round, because one does not mix all bits of small numbers.
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

// Lloyd's algorithm from given centres, to a fixed point.
//
// A customer's slack is how much farther the second nearest centre is than the own one. It shrinks by no more than
// these have moved: the drift of the own cluster, which is the same for all in it and is added up separately. So a step
// need not touch a customer whose slack plus the drift at the time when it was found is above the drift now (Hamerly's
// bounds as one number). Customers who may be touched within the next steps are listed, and sums are updated by those
// who move, so late steps cost next to nothing. All distances and sums are computed again before the fixed point is
// declared.
class Lloyd {
public:
    Lloyd(const Points &points, std::vector<double> centres, bool to_the_end, Stop stop)
        : points_(points), centres_(std::move(centres)), k_(centres_.size() / points.p), labels_(points.n), slack_(points.n),
          shift_(k_), other_shift_(k_), drift_(k_), horizon_(k_), stop_(stop) {
        assign_all();
        add_up();
        bool exact = true;
        for (int step = 0; step < most_steps; ++step) {
            poll(stop);
            if (std::count(rows_.begin(), rows_.end(), std::size_t{0}) > 0) {
                fill_empty();
                add_up();
                std::fill(slack_.begin(), slack_.end(), -infinity);
                list();
                exact = true;
            }
            move();
            if (!to_the_end) return;
            if (assign() > 0) {
                exact = false;
                continue;
            }
            if (!exact) {
                add_up();
                move();
                exact = true;
            }
            if (assign_all() == 0) return;
            add_up();
            list();
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
    static constexpr int most_steps = 100000;  // only rounding can lead there
    static constexpr double steps_ahead = 4;
    const double *centre(std::size_t c) const { return centres_.data() + c * points_.p; }

    // The nearest centre; among equals the one that the customer had before. The number of attributes, if it is small,
    // is known to the compiler, which then makes no loop; 0 stands for any.
    template <std::size_t known>
    bool assign_one(std::size_t i) {
        const std::size_t p = known == 0 ? points_.p : known;
        const double *const row = points_.values + i * p, *const centres = centres_.data();
        const auto square_to = [=](std::size_t c) { return square(row, centres + c * p, p); };
        const std::uint32_t before = labels_[i];
        std::uint32_t best = before;
        double least = square_to(best), next = infinity;
        for (std::uint32_t c = 0; c < k_; ++c) {
            if (c == before) continue;
            const double distance = square_to(c);
            next = std::min(next, std::max(least, distance));
            best = distance < least ? c : best;
            least = std::min(least, distance);
        }
        slack_[i] = std::sqrt(next) - std::sqrt(least) + drift_[best];
        labels_[i] = best;
        return best != before;
    }

    bool assign_to_nearest(std::size_t i) { return (this->*assign_one_)(i); }

    std::size_t assign_all() {
        std::size_t moved = 0;
        for (std::size_t i = 0; i < points_.n; ++i) {
            poll_at(i, stop_);
            moved += assign_to_nearest(i);
        }
        return moved;
    }

    void add(std::size_t i, double sign) {
        const std::uint32_t c = labels_[i];
        const double count = sign * points_.counts[i], *const row = points_.row(i);
        double *const sum = sums_.data() + c * points_.p;
        counts_[c] += count;
        for (std::size_t j = 0; j < points_.p; ++j) sum[j] += count * row[j];
        rows_[c] += sign > 0 ? 1 : std::size_t(-1);
    }

    void add_up() {
        sums_.assign(centres_.size(), 0);
        counts_.assign(k_, 0);
        rows_.assign(k_, 0);
        for (std::size_t i = 0; i < points_.n; ++i) {
            poll_at(i, stop_);
            add(i, 1);
        }
    }

    void list() {
        listed_.clear();
        for (std::size_t c = 0; c < k_; ++c) horizon_[c] = drift_[c] + steps_ahead * (shift_[c] + other_shift_[c]);
        for (std::size_t i = 0; i < points_.n; ++i) {
            poll_at(i, stop_);
            if (slack_[i] <= horizon_[labels_[i]]) listed_.push_back(static_cast<std::uint32_t>(i));
        }
    }

    std::size_t assign() {
        for (std::size_t c = 0; c < k_; ++c)
            if (!(drift_[c] <= horizon_[c])) {
                list();
                break;
            }
        std::size_t moved = 0;
        for (std::size_t at = 0; at < listed_.size(); ++at) {
            poll_at(at, stop_);
            const std::size_t i = listed_[at];
            const std::uint32_t before = labels_[i];
            if (slack_[i] > drift_[before] || !assign_to_nearest(i)) continue;
            const std::uint32_t after = labels_[i];
            labels_[i] = before;
            add(i, -1);
            labels_[i] = after;
            add(i, 1);
            ++moved;
        }
        return moved;
    }

    // An empty cluster gets the customer who is farthest from the own centre.
    void fill_empty() {
        for (std::uint32_t c = 0; c < k_; ++c) {
            if (rows_[c] > 0) continue;
            double most = -1;
            std::size_t farthest = 0;
            for (std::size_t i = 0; i < points_.n; ++i) {
                poll_at(i, stop_);
                if (rows_[labels_[i]] < 2) continue;
                const double distance = points_.counts[i] * square(points_.row(i), centre(labels_[i]), points_.p);
                if (distance > most) {
                    most = distance;
                    farthest = i;
                }
            }
            --rows_[labels_[farthest]];
            labels_[farthest] = c;
            rows_[c] = 1;
        }
    }

    // Moves centres to the means of their customers, and computes how far each one and the others have moved.
    void move() {
        for (std::size_t c = 0; c < k_; ++c) {
            double square_of_shift = 0;
            for (std::size_t j = 0; j < points_.p; ++j) {
                const double mean = sums_[c * points_.p + j] / counts_[c], d = mean - centre(c)[j];
                centres_[c * points_.p + j] = mean;
                square_of_shift += d * d;
            }
            shift_[c] = std::sqrt(square_of_shift);
        }
        for (std::size_t c = 0; c < k_; ++c) {
            other_shift_[c] = 0;
            for (std::size_t other = 0; other < k_; ++other)
                if (other != c) other_shift_[c] = std::max(other_shift_[c], shift_[other]);
            drift_[c] += shift_[c] + other_shift_[c];
        }
    }

    using AssignOne = bool (Lloyd::*)(std::size_t);
    static AssignOne assign_one_of(std::size_t p) {
        constexpr AssignOne all[] = {&Lloyd::assign_one<0>, &Lloyd::assign_one<1>, &Lloyd::assign_one<2>,
                                     &Lloyd::assign_one<3>, &Lloyd::assign_one<4>, &Lloyd::assign_one<5>,
                                     &Lloyd::assign_one<6>, &Lloyd::assign_one<7>, &Lloyd::assign_one<8>};
        return all[p <= 8 ? p : 0];
    }

    const Points points_;
    const AssignOne assign_one_ = assign_one_of(points_.p);
    std::vector<double> centres_;
    std::size_t k_;
    std::vector<std::uint32_t> labels_;
    std::vector<double> slack_, shift_, other_shift_, drift_, horizon_, sums_, counts_;
    std::vector<std::size_t> rows_;
    std::vector<std::uint32_t> listed_;
    Stop stop_;
};

// The best of several starts, on all customers or on a sample of them.
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
        const Lloyd lloyd(trial, start(trial, settings.k, Draws(settings.seed, UINT64_C(0x100000000) + static_cast<unsigned>(s)), stop),
                          true, stop);
        if (const double within = lloyd.within(); within < least || best.empty()) {
            least = within;
            best = lloyd.centres();
        }
    }
    if (!(least < infinity)) throw std::overflow_error("the squared distances are out of range: standardise, or give larger units");
    return Lloyd(points, std::move(best), settings.to_the_end || points.n <= wanted, stop);
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
        // Relative to the mean, so that values far from 0 lose no digits.
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
    // The Hungarian method with potentials, a shortest path for each cluster; numbers start at 1, and 0 stands for
    // none.
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
