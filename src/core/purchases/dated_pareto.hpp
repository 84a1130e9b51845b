// The likelihood of Pareto/NBD, and of those of its limits whose customers leave in time, with a calendar: purchases
// follow its clock, departures go by the days since the first purchase or, where the calendar acts on dropout, by a
// clock of their own,
//     L = product of w(t_k) times common(x) [e^B + integral over t_x..T of f],
//     e^B = P(silent, and active) by the clocks' times of T, f(t) = the same at t times the hazard of leaving,
//     m(t) that on the clock of dropout.
// P. Bachmann, M. Meierer, J. Naef: The role of time-varying contextual factors in latent attrition models, Marketing
// Science 40 (2021). The integral goes over panels within which the calendar does not change, by Gauss-Legendre rules.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "core/base/eigen.hpp"
#include "core/purchases/calendar_fit.hpp"
#include "core/purchases/dated_pareto_model.hpp"
#include "core/purchases/pareto_terms.hpp"
#include "core/purchases/rates.hpp"

namespace cltv {

// The customers of one first day, at points of the search. Their integrals share the same nodes, at which purchases and
// departures have the same potentials and slopes whatever the frequency x, and f is that of x - 1 times a ratio. So a
// node is computed once for a range of frequencies, and read twice. On the way back, from the end, each frequency adds
// up its f and the first derivatives of ln f, which are needed from each day of a last purchase on. On the way forward,
// from the first such day, the second derivatives of the integrals, each weighted by its customers' share of it, add up
// to f times weight times the derivatives at the node, for all frequencies at once. Numbers of the frequencies lie side
// by side, two to a register.
template <class Rates, class Departures>
class DatedGroup {
public:
    DatedGroup(const double *theta, const SlopedClock &clock, DatedSums &sums, Stop stop)
        : clock_(clock), base_(clock.base), sums_(sums), stop_(stop), k_(clock.k), leave_k_(clock.leaving.k), all_(4 + k_ + leave_k_),
          theta_(theta),
          rates_(theta), departures_(silence_of(Departures(theta + Rates::n_parameters).after(0, 0))),
          leave_unit_(1 / theta[Rates::n_parameters]), gone_(all_), apart_(all_) {}

    // Adds the rows of a range that have the first day in common.
    void add(std::size_t begin, std::size_t end) {
        first_ = base_.customers[begin].first;
        mark(begin, end);
        for (std::size_t from = begin; from < end;) {
            // Nodes are as dense as the highest frequency of a range needs them.
            const double head = base_.customers[from].frequency, most = widest * head + widest_more;
            std::size_t to = from;
            while (to < end && base_.customers[to].frequency >= head && base_.customers[to].frequency <= most) ++to;
            poll_at(from, stop_);
            gather(from, to);
            place_nodes(to);
            go_back();
            end_frequencies();
            go_on();
            from = to;
        }
        take_pieces();
    }

    // At the end: what depends neither on the silence nor on the days.
    void add_common() {
        std::sort(counts_.begin(), counts_.end(), [](const Count &a, const Count &b) { return a.frequency < b.frequency; });
        RateTerms<Rates> rates(theta_);
        LogTerm departure{};
        RateTerms<Departures>(theta_ + Rates::n_parameters).add_common(0, departure);
        for (std::size_t i = 0; i < counts_.size();) {
            const double x = counts_[i].frequency;
            double count = 0;
            for (; i < counts_.size() && counts_[i].frequency == x; ++i) count += counts_[i].count;
            LogTerm common{};
            rates.add_common(x, common);
            sums_.value += count * (common.value + departure.value);
            for (int j = 0, h = 0; j < 2; ++j) {
                sums_.gradient[j] += count * common.gradient[j];
                sums_.gradient[2 + j] += count * departure.gradient[j];
                for (int l = 0; l <= j; ++l, ++h) {
                    sums_.direct(j, l) += count * common.hessian[h];
                    sums_.direct(2 + j, 2 + l) += count * departure.hessian[h];
                }
            }
        }
    }

private:
    using Purchases = decltype(silence_of(std::declval<Rates>().after(0, 0)));
    using Leaving = decltype(silence_of(std::declval<Departures>().after(0, 0)));
    static constexpr double widest = 4, widest_more = 16;

    // f relative to the silence at the beginning of a piece, for the size of purchases: weight e^(-size gained); ratio:
    // its ratio to f of the frequency before.
    struct Wave {
        double weight, gained, ratio;
    };

    // A point where the calendar changes or a silence begins, and the nodes from there to the next one.
    struct Mark {
        std::uint32_t day;
        double clock, A, a, left, B, b;  // since the first day: the times, with potentials and slopes there
        double pace, leave_pace;         // of the clocks, up to the next mark
        std::size_t nodes;         // the first of the piece that begins here
        Wave fall;                 // the silence at the next mark
    };
    struct Count {
        double frequency, count;
    };
    struct Node {
        Wave wave;
        double A, p, B, b, q, share;   // potentials; slopes, p and q times their sizes; the share of the piece behind
    };
    struct Frequency {
        double x, size, next_size;
        std::size_t begin, end;  // its rows still to be taken, by the last purchase, the last row first
        double count, stay_weight, left_count, log_stayed;
    };
    struct Row {
        std::size_t row, frequency;
    };
    // For customers whose silence began at a mark: the share who have left, from the integral that begins there.
    struct Share {
        std::size_t mark, frequency;
        double value;
    };
    // Sums over active frequencies, in this order, followed by those of the first derivatives in the coefficients.
    enum : std::size_t { mass, to_A, to_p, to_B, to_b, n_sums };
    using Lanes = Eigen::Array2d;
    static Eigen::Map<Lanes> lanes(double *at) { return Eigen::Map<Lanes>(at); }
    static Eigen::Map<const Lanes> lanes(const double *at) { return Eigen::Map<const Lanes>(at); }
    // The dependence of pieces on the slopes of the clocks at their beginning and end, and on that of their length on
    // the clock of dropout, to which f is proportional: all x together.
    struct Piece {
        double pull[2], mixed[2][4], both[3];
        double leave_pull[2], leave_mixed[2][4], leave_both[3], cross[3], length, length_mixed[4];
    };

    void mark(std::size_t begin, std::size_t end) {
        lasts_.clear();
        for (std::size_t row = begin; row < end; ++row) lasts_.push_back(base_.customers[row].last);
        std::sort(lasts_.begin(), lasts_.end());
        marks_.clear();
        std::size_t next = 0;
        for (std::uint32_t day = lasts_[0];;) {
            add_mark(day);
            if (day == base_.end) break;
            while (next < lasts_.size() && lasts_[next] <= day) ++next;
            day = std::min(std::max(base_.run_end[day], day + base_.least_run), base_.end);
            if (next < lasts_.size()) day = std::min(day, lasts_[next]);
        }
        pieces_.assign(marks_.size(), Piece{});
        slopes_.resize(marks_.size() * k_);
        for (std::size_t i = 0; i < marks_.size(); ++i)
            for (std::size_t c = 0; c < k_; ++c)
                slopes_[i * k_ + c] = clock_.slope_of(marks_[i].day)[c] - clock_.slope_of(first_)[c];
        end_ = marks_.size() - 1;
        for (std::size_t i = 0; i < end_; ++i) {
            Mark &at = marks_[i];
            const Mark &next = marks_[i + 1];
            at.pace = (next.clock - at.clock) / (next.day - at.day);
            at.leave_pace = is_even(i) ? clock_.leaving.weight[at.day] : (next.left - at.left) / (next.day - at.day);
        }
        // Slopes on the clock of dropout: of its times and, relative to it, of the lengths of the pieces.
        if (leave_k_ == 0) return;
        leave_slopes_.resize(marks_.size() * leave_k_);
        lengths_.assign(marks_.size() * leave_k_, 0);
        for (std::size_t i = 0; i < marks_.size(); ++i)
            for (std::size_t c = 0; c < leave_k_; ++c)
                leave_slopes_[i * leave_k_ + c] = clock_.leaving.slope_of(marks_[i].day)[c] - clock_.leaving.slope_of(first_)[c];
        for (std::size_t i = 0; i < end_; ++i)
            for (std::size_t c = 0, at = i * leave_k_; c < leave_k_; ++c, ++at)
                lengths_[at] = is_even(i) ? clock_.leaving.tilt_of(marks_[i].day)[c]
                                          : (leave_slopes_[at + leave_k_] - leave_slopes_[at]) / (marks_[i + 1].left - marks_[i].left);
    }
    // Whether the calendar is constant up to the next mark.
    bool is_even(std::size_t i) const { return base_.run_end[marks_[i].day] >= marks_[i + 1].day; }
    void add_mark(std::uint32_t day) {
        Mark mark{};
        mark.day = day;
        mark.clock = clock_.time[day] - clock_.time[first_];
        mark.left = clock_.leaving.time[day] - clock_.leaving.time[first_];
        const Purchases purchases = silence_of(rates_.after(0, 0));
        mark.A = purchases.potential(mark.clock);
        mark.a = purchases.slope(mark.clock);
        mark.B = departures_.potential(mark.left);
        mark.b = departures_.slope(mark.left);
        marks_.push_back(mark);
    }

    // The frequencies of these rows, and the rows by the last purchase, the latest first.
    void gather(std::size_t from, std::size_t to) {
        frequencies_.clear();
        for (std::size_t row = from; row < to;) {
            std::size_t next = row;
            const double x = base_.customers[row].frequency;
            while (next < to && base_.customers[next].frequency == x) ++next;
            const Purchases purchases = silence_of(rates_.after(x, 0));
            frequencies_.push_back({x, purchases.size, purchases.next_size(), row, next, 0, 0, 0, 0});
            row = next;
        }
        order_.clear();
        for (std::size_t f = 0; f < frequencies_.size(); ++f)
            for (std::size_t row = frequencies_[f].begin; row < frequencies_[f].end; ++row) order_.push_back({row, f});
        std::sort(order_.begin(), order_.end(), [&](const Row &a, const Row &b) {
            const std::uint32_t last = base_.customers[a.row].last, other = base_.customers[b.row].last;
            return last != other ? last > other : a.row < b.row;
        });
    }

    // Places the nodes for the silences of these rows.
    void place_nodes(std::size_t to) {
        const Purchases purchases = silence_of(rates_.after(base_.customers[to - 1].frequency, 0));
        const std::uint32_t earliest = base_.customers[order_.back().row].last;
        nodes_.clear();
        std::size_t most = 0;
        for (begin_ = 0; marks_[begin_].day < earliest; ++begin_) marks_[begin_].nodes = 0;
        for (std::size_t i = begin_; i < end_; ++i) {
            Mark &at = marks_[i];
            const Mark &next = marks_[i + 1];
            const DatedInterval interval = {static_cast<double>(at.day - first_), static_cast<double>(next.day - first_), at.clock,
                                            at.pace, at.left, at.leave_pace};
            const double days = interval.to - interval.from;
            at.nodes = nodes_.size();
            at.fall.gained = Purchases::gained(at.a, next.clock - at.clock);
            at.fall.ratio = Purchases::has_slope ? Purchases::fallen(at.a, next.clock - at.clock) : 1;
            at.fall.weight = exp_of_minus(departures_.size * Leaving::gained(at.b, next.left - at.left));
            for_each_node(purchases, departures_, interval, [&](double t, double weight) {
                Node node;
                const double later = t - interval.from, on_clock = at.pace * later, gone = at.leave_pace * later;
                node.wave.gained = Purchases::gained(at.a, on_clock);
                node.wave.ratio = Purchases::has_slope ? Purchases::fallen(at.a, on_clock) : 1;
                node.A = at.A + node.wave.gained;
                node.p = Purchases::steepness_by_size(at.a * node.wave.ratio);
                const double left = Leaving::gained(at.b, gone);
                node.B = at.B + left;
                node.b = Leaving::has_slope ? at.b * Leaving::fallen(at.b, gone) : 0;
                node.q = Leaving::steepness_by_size(node.b);
                node.wave.weight = weight * at.leave_pace * departures_.hazard(node.b) * exp_of_minus(departures_.size * left);
                node.share = later / days;
                nodes_.push_back(node);
            });
            most = std::max(most, nodes_.size() - at.nodes);
        }
        marks_[end_].nodes = nodes_.size();
        // Rows with a number for each active frequency: f at the nodes of a piece and at its end, and the sums.
        wide_ = frequencies_.size() + frequencies_.size() % 2;
        f_.assign((most + 1 + at_once) * wide_, 0);
        sums_of_.assign((n_sums + k_ + leave_k_) * wide_, 0);
        active_.clear();
    }

    // e^-z for z >= 0, by its series where z is small, as at the nodes of short pieces: accurate to the last digit
    // there.
    static double exp_of_minus(double z) {
        constexpr double near = 0.125;  // z^11/11! is 3e-18 there
        if (!(z <= near)) return std::exp(-z);
        // Even and odd powers are summed separately, so that two sums proceed at a time.
        const double zz = z * z;
        const double even = 0.5 + zz * (1.0 / 24 + zz * (1.0 / 720 + zz * (1.0 / 40320 + zz * (1.0 / 3628800))));
        const double odd = 1 + zz * (1.0 / 6 + zz * (1.0 / 120 + zz * (1.0 / 5040 + zz * (1.0 / 362880))));
        return 1 - (z * odd - zz * even);
    }

    // For each active frequency, the number of ratios by which its f follows from that of the one before; 0: computed
    // by itself.
    void count_steps() {
        constexpr int exact_every = 32, farthest = 12;
        steps_.resize(active_.size());
        int since_exact = 0;
        for (std::size_t slot = 0; slot < active_.size(); ++slot) {
            const double gap = slot == 0 ? 0 : frequencies_[active_[slot]].x - frequencies_[active_[slot - 1]].x;
            const bool near = gap > 0 && gap <= farthest && since_exact + gap <= exact_every;
            steps_[slot] = near ? static_cast<int>(gap) : 0;
            since_exact = near ? since_exact + steps_[slot] : 0;
        }
    }

    double *sums_of(std::size_t what) { return sums_of_.data() + what * wide_; }

    // f of the active frequencies at the nodes of a piece, a row each, followed by f at its end.
    void find_f(std::size_t i) {
        const Mark &at = marks_[i];
        const std::size_t n = marks_[i + 1].nodes - at.nodes;
        const auto wave = [&](std::size_t j) -> const Wave & { return j < n ? nodes_[at.nodes + j].wave : at.fall; };
        for (std::size_t j = 0; j <= n; j += at_once)
            find_f(wave(j), wave(j + 1), wave(j + 2), wave(j + 3), f_.data() + j * wide_);
    }
    void find_f(const Wave &a, const Wave &b, const Wave &c, const Wave &d, double *row) const {
        const double ratio_a = a.ratio, ratio_b = b.ratio, ratio_c = c.ratio, ratio_d = d.ratio;
        double *const row_b = row + wide_, *const row_c = row_b + wide_, *const row_d = row_c + wide_;
        double f_a = 0, f_b = 0, f_c = 0, f_d = 0;
        const std::size_t n_active = active_.size();
        for (std::size_t slot = 0; slot < n_active; ++slot) {
            int steps = steps_[slot];
            if (steps == 0) {
                const double size = frequencies_[active_[slot]].size;
                f_a = a.weight * exp_of_minus(size * a.gained);
                f_b = b.weight * exp_of_minus(size * b.gained);
                f_c = c.weight * exp_of_minus(size * c.gained);
                f_d = d.weight * exp_of_minus(size * d.gained);
            }
            for (; steps > 0; --steps) {
                f_a *= ratio_a;
                f_b *= ratio_b;
                f_c *= ratio_c;
                f_d *= ratio_d;
            }
            row[slot] = f_a;
            row_b[slot] = f_b;
            row_c[slot] = f_c;
            row_d[slot] = f_d;
        }
    }

    // The derivatives, in the parameters and coefficients, of ln f for customers who are still active.
    void find_stayed() {
        const Mark &last = marks_[end_];
        const double *const slope_end = slopes_.data() + end_ * k_;
        const double leave = Leaving::has_slope ? departures_.size * last.b : 0;
        const double leave_pull = departures_.size * Leaving::steepness_by_size(last.b);
        stayed_.resize(frequencies_.size() * all_);
        double *stayed = stayed_.data();
        for (Frequency &frequency : frequencies_) {
            const double pull = frequency.size * Purchases::steepness_by_size(last.a);
            frequency.log_stayed = -frequency.size * last.A - departures_.size * last.B;
            *stayed++ = -last.A;
            *stayed++ = Purchases::has_slope ? -pull : 0;
            *stayed++ = -last.B;
            *stayed++ = -leave;
            for (std::size_t c = 0; c < k_; ++c) *stayed++ = -pull * slope_end[c];
            for (std::size_t c = 0; c < leave_k_; ++c) *stayed++ = -leave_pull * leave_slopes_[end_ * leave_k_ + c];
        }
    }

    // From the end backwards: the integrals and their first derivatives, in units of the silence at the mark.
    void go_back() {
        find_stayed();
        for (std::size_t f = 0; f < frequencies_.size(); ++f) active_.push_back(f);
        count_steps();
        shares_.clear();
        std::size_t next = 0;
        for (std::size_t i = end_;; --i) {
            if (i < end_) add_piece(i);
            bool left = false;
            for (; next < order_.size() && base_.customers[order_[next].row].last == marks_[i].day; ++next) {
                Frequency &frequency = frequencies_[order_[next].frequency];
                take_row(i, order_[next].row, order_[next].frequency);
                left = --frequency.end == frequency.begin || left;
            }
            if (next == order_.size()) break;
            if (left) leave_out();
        }
        active_.clear();
    }

    // Adds a piece in front of the integrals of all active frequencies.
    void add_piece(std::size_t i) {
        find_f(i);
        const Node *const node = nodes_.data() + marks_[i].nodes;
        const std::size_t n = marks_[i + 1].nodes - marks_[i].nodes;
        const double *const here = slopes_.data() + i * k_, *const there = here + k_;
        const double *const leave_here = leave_slopes_.data() + i * leave_k_, *const leave_there = leave_here + leave_k_;
        const double *const length = lengths_.data() + i * leave_k_;
        const double next_size = departures_.next_size();
        for (std::size_t slot = 0; slot < active_.size(); slot += 2) {
            Lanes sum = Lanes::Zero(), sum_A = sum, sum_p = sum, sum_B = sum, sum_b = sum, sum_end = sum;
            const double *at = f_.data() + slot;
            for (std::size_t j = 0; j < n; ++j, at += wide_) {
                const Lanes f = lanes(at), fp = f * node[j].p;
                sum += f;
                sum_A += f * node[j].A;
                sum_p += fp;
                sum_B += f * node[j].B;
                sum_b += f * node[j].b;
                sum_end += fp * node[j].share;
            }
            const Lanes fall = lanes(at);
            const auto add = [&](std::size_t what, const Lanes &part) {
                double *const to = sums_of(what) + slot;
                lanes(to) = lanes(static_cast<const double *>(to)) * fall + part;
            };
            add(mass, sum);
            add(to_A, sum_A);
            add(to_p, sum_p);
            add(to_B, sum_B);
            add(to_b, sum_b);
            const Lanes sum_begin = sum_p - sum_end;
            for (std::size_t c = 0; c < k_; ++c) add(n_sums + c, sum_begin * here[c] + sum_end * there[c]);
            if (leave_k_ == 0) continue;
            // The first derivatives in the coefficients of dropout; next_size is the size of the silence times the
            // hazard.
            Lanes sum_q = Lanes::Zero(), to_end = sum_q;
            at = f_.data() + slot;
            for (std::size_t j = 0; j < n; ++j, at += wide_) {
                const Lanes fq = lanes(at) * node[j].q;
                sum_q += fq;
                to_end += fq * node[j].share;
            }
            const Lanes from_begin = next_size * (sum_q - to_end), from_end = next_size * to_end;
            for (std::size_t c = 0; c < leave_k_; ++c)
                add(n_sums + k_ + c, sum * length[c] - from_begin * leave_here[c] - from_end * leave_there[c]);
        }
    }

    // The customers of a row, whose silence begins at the mark.
    void take_row(std::size_t i, std::size_t row, std::size_t number) {
        Frequency &frequency = frequencies_[number];
        const auto slot = static_cast<std::size_t>(std::lower_bound(active_.begin(), active_.end(), number) - active_.begin());
        const double *const sum = sums_of_.data() + slot, *const stayed = stayed_.data() + number * all_;
        const double in_all = sum[mass * wide_], m = frequency.size, n = departures_.next_size();
        const double customers = base_.customers[row].count;
        const double log_left = in_all > 0 ? -m * marks_[i].A - departures_.size * marks_[i].B + std::log(in_all)
                                           : -std::numeric_limits<double>::infinity();
        const double difference = log_left - frequency.log_stayed, ratio = std::exp(-std::fabs(difference));
        const double larger = 1 / (1 + ratio);
        const double share = difference > 0 ? larger : ratio * larger, rest = difference > 0 ? ratio * larger : larger;
        sums_.value += customers * (std::fmax(log_left, frequency.log_stayed) + std::log1p(ratio));
        frequency.count += customers;
        frequency.stay_weight += customers * rest;
        if (!(in_all > 0)) return;
        const double left = customers * share, product = left * rest;
        frequency.left_count += left;
        shares_.push_back({i, number, left / in_all});
        gone_[0] = -sum[to_A * wide_] / in_all;
        gone_[1] = Purchases::has_slope ? -m * (sum[to_p * wide_] / in_all) : 0;
        gone_[2] = -sum[to_B * wide_] / in_all;
        gone_[3] = Leaving::has_slope ? -n * (sum[to_b * wide_] / in_all) : 0;
        for (std::size_t c = 0; c < k_; ++c) gone_[4 + c] = -m * (sum[(n_sums + c) * wide_] / in_all);
        for (std::size_t c = k_; c < k_ + leave_k_; ++c) gone_[4 + c] = sum[(n_sums + c) * wide_] / in_all;
        for (std::size_t j = 0; j < all_; ++j) apart_[j] = gone_[j] - stayed[j];
        apart_[2] += leave_unit_;
        for (int j = 0; j < 4; ++j) sums_.gradient[j] += left * gone_[j];
        for (std::size_t l = 0; l < all_; ++l) {
            const double of_gone = left * gone_[l], of_apart = product * apart_[l];
            double *const to = &sums_.direct(0, static_cast<Eigen::Index>(l));
            for (std::size_t j = l; j < all_; ++j) to[j] += of_apart * apart_[j] - of_gone * gone_[j];
        }
    }

    // On the way back, deactivates frequencies whose silences have all begun.
    void leave_out() {
        std::size_t kept = 0;
        for (std::size_t slot = 0; slot < active_.size(); ++slot) {
            const Frequency &frequency = frequencies_[active_[slot]];
            if (frequency.end == frequency.begin) continue;
            active_[kept] = active_[slot];
            for (double *sum = sums_of_.data(); sum != sums_of_.data() + sums_of_.size(); sum += wide_) sum[kept] = sum[slot];
            ++kept;
        }
        active_.resize(kept);
        if (kept % 2 != 0) {
            for (double *sum = sums_of_.data(); sum != sums_of_.data() + sums_of_.size(); sum += wide_) sum[kept] = 0;
            for (double *f = f_.data(); f != f_.data() + f_.size(); f += wide_) f[kept] = 0;
        }
        count_steps();
    }

    // On the way forward, activates a frequency.
    std::size_t make_active(std::size_t number) {
        const auto place = std::lower_bound(active_.begin(), active_.end(), number);
        const auto slot = static_cast<std::size_t>(place - active_.begin());
        if (place != active_.end() && *place == number) return slot;
        active_.insert(place, number);
        for (std::size_t what = 0; what < 3; ++what) {
            double *const sum = sums_of(what);
            std::copy_backward(sum + slot, sum + active_.size() - 1, sum + active_.size());
            sum[slot] = 0;
        }
        count_steps();
        return slot;
    }

    // Adds the hazard of leaving, which is in the integral, and the Hessian of customers who stay.
    void end_frequencies() {
        const Mark &last = marks_[end_];
        const double leave = Leaving::has_slope ? departures_.size * last.b : 0;
        const double leave_pull = departures_.size * Leaving::steepness_by_size(last.b), leave_bend = leave_pull * last.b;
        Piece &piece = pieces_[end_];
        for (std::size_t f = 0; f < frequencies_.size(); ++f) {
            const Frequency &frequency = frequencies_[f];
            const double stay_weight = frequency.stay_weight, left_count = frequency.left_count;
            const double pull = frequency.size * Purchases::steepness_by_size(last.a), bend = pull * last.a;
            counts_.push_back({frequency.x, frequency.count});
            sums_.gradient[2] += left_count * leave_unit_;
            sums_.direct(2, 2) -= left_count * leave_unit_ * leave_unit_;
            for (std::size_t j = 0; j < 4; ++j) sums_.gradient[j] += stay_weight * stayed_[f * all_ + j];
            if (Purchases::has_slope) {
                sums_.direct(1, 0) -= stay_weight * last.a;
                sums_.direct(1, 1) += stay_weight * bend;
            }
            sums_.direct(3, 2) -= stay_weight * last.b;
            sums_.direct(3, 3) += stay_weight * leave * last.b;
            piece.pull[0] += stay_weight * pull;
            piece.mixed[0][0] -= stay_weight * Purchases::steepness_by_size(last.a);
            if (Purchases::has_slope) piece.mixed[0][1] += stay_weight * bend;
            piece.both[0] += stay_weight * bend;
            piece.leave_pull[0] += stay_weight * leave_pull;
            piece.leave_mixed[0][2] -= stay_weight * Leaving::steepness_by_size(last.b);
            if (Leaving::has_slope) piece.leave_mixed[0][3] += stay_weight * leave_bend;
            piece.leave_both[0] += stay_weight * leave_bend;
        }
    }

    // From the first silence forward: the second derivatives at the nodes, weighted by the customers whose silence has
    // begun.
    void go_on() {
        if (shares_.empty()) return;
        std::fill(sums_of_.begin(), sums_of_.end(), 0);
        std::fill(f_.begin(), f_.end(), 0);
        std::size_t left = shares_.size();
        double *const weight = sums_of(0), *const sized = sums_of(1), *const twice = sums_of(2);
        for (std::size_t i = shares_.back().mark; i < end_; ++i) {
            for (; left > 0 && shares_[left - 1].mark == i; --left) {
                const Share &share = shares_[left - 1];
                const Frequency &frequency = frequencies_[share.frequency];
                const std::size_t slot = make_active(share.frequency);
                weight[slot] += share.value;
                sized[slot] += share.value * frequency.size;
                twice[slot] += share.value * frequency.size * frequency.next_size;
            }
            find_f(i);
            const double *f = f_.data();
            for (std::size_t j = marks_[i].nodes; j < marks_[i + 1].nodes; ++j, f += wide_) {
                Lanes in_all = Lanes::Zero(), by_size = in_all, by_both = in_all;
                for (std::size_t slot = 0; slot < active_.size(); slot += 2) {
                    const Lanes here = lanes(f + slot);
                    in_all += here * lanes(weight + slot);
                    by_size += here * lanes(sized + slot);
                    by_both += here * lanes(twice + slot);
                }
                take_node(nodes_[j], pieces_[i], in_all.sum(), by_size.sum(), by_both.sum());
            }
            for (std::size_t slot = 0; slot < active_.size(); slot += 2)
                for (double *const sum : {weight, sized, twice})
                    lanes(sum + slot) *= lanes(f + slot);
        }
        take_nodes();
    }

    // Sums over the nodes of f times the ingredients of the second derivatives; see take_node.
    struct Seconds {
        double AA, pA, p, pp, AB, pB, BB, Ab, pb, Bb, b, bb;
    };

    // in_all: the sum of weight times f over the frequencies; the same times their sizes, and times size (size + 1).
    void take_node(const Node &node, Piece &piece, double f, double sized, double twice) {
        const double n = departures_.next_size(), both = twice * node.p * node.p;
        const double A = node.A, B = node.B, b = node.b, pull = sized * node.p, single = f * node.p;
        seconds_.AA += f * A * A;
        seconds_.pA += pull * A;
        seconds_.p += single;
        seconds_.pp += both;
        seconds_.AB += f * A * B;
        seconds_.pB += pull * B;
        seconds_.BB += f * B * B;
        seconds_.Ab += f * A * b;
        seconds_.pb += pull * b;
        seconds_.Bb += f * B * b;
        seconds_.b += f * b;
        seconds_.bb += f * b * b;
        const double share = node.share, before = 1 - share;
        const double mixed[4] = {pull * A - single, Purchases::has_slope ? both : 0, pull * B, n * pull * b};
        piece.pull[0] += before * pull;
        piece.pull[1] += share * pull;
        for (int l = 0; l < 4; ++l) {
            piece.mixed[0][l] += before * mixed[l];
            piece.mixed[1][l] += share * mixed[l];
        }
        piece.both[0] += before * before * both;
        piece.both[1] += before * share * both;
        piece.both[2] += share * share * both;
        if (leave_k_ == 0) return;
        const double q = node.q, leave = n * f * q, leave_both = (Leaving::has_slope ? n * (n + 1) : n * n) * f * q * q;
        const double crossed = pull * n * q;
        const double leave_mixed[4] = {leave * A, Purchases::has_slope ? crossed : 0, leave * B - f * q,
                                       Leaving::has_slope ? leave_both : 0};
        const double length_mixed[4] = {f * A, Purchases::has_slope ? pull : 0, f * B, Leaving::has_slope ? leave : 0};
        piece.length += f;
        piece.leave_pull[0] += before * leave;
        piece.leave_pull[1] += share * leave;
        for (int l = 0; l < 4; ++l) {
            piece.leave_mixed[0][l] += before * leave_mixed[l];
            piece.leave_mixed[1][l] += share * leave_mixed[l];
            piece.length_mixed[l] += length_mixed[l];
        }
        piece.leave_both[0] += before * before * leave_both;
        piece.leave_both[1] += before * share * leave_both;
        piece.leave_both[2] += share * share * leave_both;
        piece.cross[0] += before * before * crossed;
        piece.cross[1] += before * share * crossed;
        piece.cross[2] += share * share * crossed;
    }

    // The second derivatives in the parameters.
    void take_nodes() {
        const double n = departures_.next_size();
        const Seconds &s = seconds_;
        sums_.direct(0, 0) += s.AA;
        sums_.direct(2, 0) += s.AB;
        sums_.direct(2, 2) += s.BB;
        if (Purchases::has_slope) {
            sums_.direct(1, 0) += s.pA - s.p;
            sums_.direct(1, 1) += s.pp;
            sums_.direct(2, 1) += s.pB;
        }
        if (Leaving::has_slope) {
            sums_.direct(3, 0) += n * s.Ab;
            if (Purchases::has_slope) sums_.direct(3, 1) += n * s.pb;
            sums_.direct(3, 2) += n * s.Bb - s.b;
            sums_.direct(3, 3) += n * (n + 1) * s.bb;
        }
        seconds_ = Seconds{};
    }

    // And those in the coefficients, through the slopes of the clock at the marks.
    void take_pieces() {
        double in_all = 0;
        for (std::size_t i = 0; i <= end_; ++i) {
            const Piece &piece = pieces_[i];
            const Piece none{};
            const Piece &before = i > 0 ? pieces_[i - 1] : none;
            const double *const here = slopes_.data() + i * k_, *const next = here + (i < end_ ? k_ : 0);
            const double pull = piece.pull[0] + before.pull[1], square = piece.both[0] + before.both[2], cross = piece.both[1];
            sums_.by_time[marks_[i].day] -= pull;
            in_all += pull;
            // A calendar of closed days alone has no coefficients.
            for (int l = 0; l < 4 && k_ > 0; ++l) {
                const double mixed = piece.mixed[0][l] + before.mixed[1][l];
                double *const to = &sums_.direct(4, l);
                for (std::size_t c = 0; c < k_; ++c) to[c] += mixed * here[c];
            }
            for (std::size_t d = 0; d < k_; ++d) {
                const double own = square * here[d] + cross * next[d], other = cross * here[d];
                double *const to = &sums_.direct(4, static_cast<Eigen::Index>(4 + d));
                for (std::size_t c = d; c < k_; ++c) to[c] += own * here[c] + other * next[c];
            }
        }
        sums_.by_time[first_] += in_all;
        if (leave_k_ > 0) take_leaving_pieces();
    }

    // The same for the coefficients of dropout, through the times of their clock and the lengths of the pieces on it.
    void take_leaving_pieces() {
        double in_all = 0;
        for (std::size_t i = 0; i <= end_; ++i) {
            const Piece &piece = pieces_[i];
            const Piece none{};
            const Piece &before = i > 0 ? pieces_[i - 1] : none;
            const std::size_t next = i < end_ ? 1 : 0;
            const double *const here = slopes_.data() + i * k_, *const there = here + next * k_;
            const double *const leave_here = leave_slopes_.data() + i * leave_k_, *const leave_there = leave_here + next * leave_k_;
            const double *const length = lengths_.data() + i * leave_k_;
            const double pull = piece.leave_pull[0] + before.leave_pull[1];
            const double square = piece.leave_both[0] + before.leave_both[2], both = piece.leave_both[1];
            const double cross = piece.cross[0] + before.cross[2], across = piece.cross[1];
            sums_.leave_by_time[marks_[i].day] -= pull;
            in_all += pull;
            if (i < end_ && piece.length > 0) {
                const double by_length = piece.length / (marks_[i].leave_pace * (marks_[i + 1].day - marks_[i].day));
                sums_.leave_by_time[marks_[i + 1].day] += by_length;
                sums_.leave_by_time[marks_[i].day] -= by_length;
            }
            for (int l = 0; l < 4; ++l) {
                const double mixed = piece.leave_mixed[0][l] + before.leave_mixed[1][l];
                double *const to = &sums_.direct(4 + static_cast<Eigen::Index>(k_), l);
                for (std::size_t c = 0; c < leave_k_; ++c) to[c] += mixed * leave_here[c] - piece.length_mixed[l] * length[c];
            }
            // With the clock of purchases.
            for (std::size_t d = 0; d < k_; ++d) {
                const double own = cross * here[d] + across * there[d], other = across * here[d];
                const double by_length = piece.pull[0] * here[d] + piece.pull[1] * there[d];
                double *const to = &sums_.direct(4 + static_cast<Eigen::Index>(k_), static_cast<Eigen::Index>(4 + d));
                for (std::size_t c = 0; c < leave_k_; ++c)
                    to[c] += own * leave_here[c] + other * leave_there[c] - by_length * length[c];
            }
            // With itself.
            const double *const pulls = piece.leave_pull;
            for (std::size_t d = 0; d < leave_k_; ++d) {
                const double own = square * leave_here[d] + both * leave_there[d], other = both * leave_here[d];
                const double by_length = pulls[0] * leave_here[d] + pulls[1] * leave_there[d];
                const auto column = static_cast<Eigen::Index>(4 + k_ + d);
                double *const to = &sums_.direct(4 + static_cast<Eigen::Index>(k_), column);
                for (std::size_t c = d; c < leave_k_; ++c)
                    to[c] += own * leave_here[c] + other * leave_there[c] - by_length * length[c] -
                             length[d] * (pulls[0] * leave_here[c] + pulls[1] * leave_there[c]);
            }
        }
        sums_.leave_by_time[first_] += in_all;
    }

    static constexpr std::size_t at_once = 4;

    const SlopedClock &clock_;
    const DatedBase &base_;
    DatedSums &sums_;
    Stop stop_;
    std::size_t k_, leave_k_, all_;  // coefficients of purchases, of dropout, and with the four parameters
    const double *theta_;
    Rates rates_;
    Leaving departures_;
    double leave_unit_;

    std::uint32_t first_ = 0;
    std::size_t begin_ = 0, end_ = 0;  // the first mark with nodes, and the last one, which has no piece behind it
    std::vector<std::uint32_t> lasts_;
    std::vector<Mark> marks_;
    std::vector<Piece> pieces_;
    std::vector<Node> nodes_;
    std::vector<double> slopes_, leave_slopes_, lengths_;  // of each mark
    std::vector<Frequency> frequencies_;
    std::vector<Row> order_;
    std::vector<Share> shares_;
    std::vector<std::size_t> active_;  // frequencies, ascending; rows have wide_ numbers
    std::vector<int> steps_;
    std::size_t wide_ = 0;
    std::vector<double> f_, sums_of_, stayed_;
    std::vector<double> gone_, apart_;
    Seconds seconds_{};
    std::vector<Count> counts_;
};

// Customers should come by first day, frequency and last day; other orders give the same result, but slowly.
template <class Rates, class Departures>
void add_dated_pareto(const double *theta, const SlopedClock &clock, std::size_t begin, std::size_t end, DatedSums &sums,
                      Stop stop) {
    const std::vector<DatedCustomer> &customers = clock.base.customers;
    DatedGroup<Rates, Departures> group(theta, clock, sums, stop);
    for (std::size_t row = begin; row < end;) {
        std::size_t next = row + 1;
        while (next < end && customers[next].first == customers[row].first) ++next;
        group.add(row, next);
        row = next;
    }
    group.add_common();
}

// The forms of Pareto/NBD; where customers leave at once or never, they do so at their first purchase.
inline DatedSearch dated_time_search() {
    const auto timed = [](int n_first, int n_last, auto add) {
        DatedForm form;
        form.n_first = n_first;
        form.n_last = n_last;
        form.add = add;
        form.in_time = true;
        return form;
    };
    return {{timed(2, 2, add_dated_pareto<GammaRates, GammaRates>), dated<GammaRates, NeverLeaves, 1>(),
             timed(2, 1, add_dated_pareto<GammaRates, OneRate>), dated<GammaRates, AtOnceOrNever, 1>(true),
             timed(1, 2, add_dated_pareto<OneRate, GammaRates>), dated<OneRate, NeverLeaves, 1>(),
             timed(1, 1, add_dated_pareto<OneRate, OneRate>), dated<OneRate, AtOnceOrNever, 1>(true)}};
}

}  // namespace cltv
