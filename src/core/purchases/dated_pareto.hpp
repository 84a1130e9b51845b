// Pareto/NBD and its limits whose customers leave in time, with a calendar: purchases go by its clock, departures by the days
// since the first purchase or, where the calendar acts on dropout, by a clock of their own,
//     L = product of w(t_k) times common(x) [e^B + integral over t_x..T of f],
//     e^B = P(silent, and there) by the clocks' times of T, f(t) = the same at t times the hazard to leave, m(t) that on the
//     clock of dropout.
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

#include "core/purchases/calendar_fit.hpp"
#include "core/purchases/dated_pareto_model.hpp"
#include "core/purchases/pareto_terms.hpp"
#include "core/purchases/rates.hpp"

namespace cltv {

// The customers of one first day, at places of the search. Their integrals go over the same nodes, at which purchases and
// departures have the same potentials and slopes whatever the frequency x, and f is that of x - 1 times a ratio. So a node
// is worked out once for a range of frequencies; what is left for each is f, the sums of the first derivatives of ln f,
// which are needed from each day of a last purchase on, and a weight: the second derivatives of the integrals, each by its
// customers' share of it, add up to f times weight times the derivatives at the node, for all frequencies at once.
template <class Rates, class Departures>
class DatedGroup {
public:
    DatedGroup(const double *theta, const SlopedClock &clock, DatedSums &sums, Stop stop)
        : clock_(clock), base_(clock.base), sums_(sums), stop_(stop), k_(clock.k), leave_k_(clock.leaving.k), all_(4 + k_ + leave_k_),
          theta_(theta),
          rates_(theta), departures_(silence_of(Departures(theta + Rates::n_parameters).after(0, 0))),
          leave_unit_(1 / theta[Rates::n_parameters]), gone_(all_), apart_(all_), stayed_(all_), pulled_(k_), leave_pulled_(leave_k_) {}

    // Adds the rows from one to another, which have the first day in common.
    void add(std::size_t begin, std::size_t end) {
        first_ = base_.customers[begin].first;
        mark(begin, end);
        for (std::size_t from = begin; from < end;) {
            // Nodes are as close as the highest frequency of a range wants them.
            const double head = base_.customers[from].frequency, most = widest * head + widest_more;
            std::size_t to = from;
            while (to < end && base_.customers[to].frequency >= head && base_.customers[to].frequency <= most) ++to;
            place_nodes(from, to);
            double before = -1;
            for (std::size_t row = from; row < to;) {
                std::size_t next = row;
                while (next < to && base_.customers[next].frequency == base_.customers[row].frequency) ++next;
                poll_at(row, stop_);
                add_frequency(row, next, before);
                before = base_.customers[row].frequency;
                row = next;
            }
            take_nodes();
            from = to;
        }
        take_pieces();
    }

    // At the end: what changes neither with the silence nor with the days.
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

    // Where the calendar changes or a silence begins, and, to the next one, which nodes are there.
    struct Mark {
        std::uint32_t day;
        double clock, A, a, left, B, b;  // since the first day: the times, and potentials and slopes at them
        double pace, leave_pace;         // of the clocks, up to the next mark
        std::size_t nodes;         // the first of the piece that begins here
        double fall, fall_ratio;   // e^-(silence) at the next mark by that here, and by how much it changes with x
    };
    struct Count {
        double frequency, count;
    };
    // Of a node: f relative to the silence at the begin of its piece, for the current x, is from + gained.
    struct Node {
        double weight, gained, ratio;  // of f: what does not change with x; the potential of purchases gained; see Mark
        double A, p, B, b, q, share;   // potentials; slopes, p and q by their sizes; the share of the piece behind
        double in_all[3];              // sums over x of weight f times 1, size, size (size + 1)
    };
    // What pieces owe to the slopes of the clocks at their begin and their end, and to that of the length that they have on the
    // clock of dropout, of which f is a share: all x together.
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
        masses_.resize(marks_.size());
        for (std::size_t i = 0; i < end_; ++i) {
            Mark &at = marks_[i];
            const Mark &next = marks_[i + 1];
            at.pace = (next.clock - at.clock) / (next.day - at.day);
            at.leave_pace = is_even(i) ? clock_.leaving.weight[at.day] : (next.left - at.left) / (next.day - at.day);
        }
        // Slopes on the clock of dropout: of its times and, relative to it, of the pieces' length.
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
    // Whether the calendar does not change up to the next mark.
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

    // For the silences of these rows.
    void place_nodes(std::size_t from, std::size_t to) {
        const Purchases purchases = silence_of(rates_.after(base_.customers[to - 1].frequency, 0));
        std::uint32_t earliest = base_.end;
        for (std::size_t row = from; row < to; ++row) earliest = std::min(earliest, base_.customers[row].last);
        nodes_.clear();
        for (begin_ = 0; marks_[begin_].day < earliest; ++begin_) marks_[begin_].nodes = 0;
        for (std::size_t i = begin_; i < end_; ++i) {
            Mark &at = marks_[i];
            const Mark &next = marks_[i + 1];
            const DatedInterval interval = {static_cast<double>(at.day - first_), static_cast<double>(next.day - first_), at.clock,
                                            at.pace, at.left, at.leave_pace};
            const double days = interval.to - interval.from;
            at.nodes = nodes_.size();
            at.fall_ratio = Purchases::fallen(at.a, next.clock - at.clock);
            for_each_node(purchases, departures_, interval, [&](double t, double weight) {
                Node node{};
                const double later = t - interval.from, on_clock = at.pace * later, gone = at.leave_pace * later;
                node.gained = Purchases::gained(at.a, on_clock);
                node.ratio = Purchases::fallen(at.a, on_clock);
                node.A = at.A + node.gained;
                node.p = Purchases::steepness_by_size(purchases.slope(at.clock + on_clock));
                const double left = Leaving::gained(at.b, gone);
                node.B = at.B + left;
                node.b = departures_.slope(at.left + gone);
                node.q = Leaving::steepness_by_size(node.b);
                node.weight = weight * at.leave_pace * departures_.hazard(node.b) * std::exp(-departures_.size * left);
                node.share = later / days;
                nodes_.push_back(node);
            });
        }
        marks_[end_].nodes = nodes_.size();
        f_.resize(nodes_.size());
    }

    // f of the next frequency: by its ratio where that is not far, and now and then by itself.
    void move_to(const Purchases &purchases, double x, double before) {
        const int steps = static_cast<int>(std::fmin(x - before, exact_every + 1));
        const bool near = before >= 0 && steps > 0 && since_exact_ + steps <= exact_every;
        since_exact_ = near ? since_exact_ + steps : 0;
        if (!Purchases::has_slope && before >= 0) return;  // at a known rate x does not matter
        const auto times = [steps](double f, double ratio) {
            for (int i = 0; i < steps; ++i) f *= ratio;
            return f;
        };
        for (std::size_t i = begin_; i < end_; ++i) {
            Mark &at = marks_[i];
            if (near)
                at.fall = times(at.fall, at.fall_ratio);
            else
                at.fall = std::exp(-purchases.size * Purchases::gained(at.a, marks_[i + 1].clock - at.clock) -
                                   departures_.size * Leaving::gained(at.b, marks_[i + 1].left - at.left));
        }
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const Node &node = nodes_[i];
            f_[i] = near ? times(f_[i], node.ratio) : node.weight * std::exp(-purchases.size * node.gained);
        }
    }

    // The rows of a frequency, by the last purchase.
    void add_frequency(std::size_t begin, std::size_t end, double before) {
        const double x = base_.customers[begin].frequency;
        const Purchases purchases = silence_of(rates_.after(x, 0));
        const double m = purchases.size, n = departures_.next_size();
        move_to(purchases, x, before);

        // Who is still active.
        const Mark &last = marks_[end_];
        const double *const slope_end = slopes_.data() + end_ * k_;
        const double pull = m * Purchases::steepness_by_size(last.a), bend = pull * last.a;
        const double own = Purchases::has_slope ? pull : 0, leave = Leaving::has_slope ? departures_.size * last.b : 0;
        const double log_stayed = -m * last.A - departures_.size * last.B;
        stayed_[0] = -last.A;
        stayed_[1] = -own;
        stayed_[2] = -last.B;
        stayed_[3] = -leave;
        for (std::size_t c = 0; c < k_; ++c) stayed_[4 + c] = -pull * slope_end[c];
        const double leave_pull = departures_.size * Leaving::steepness_by_size(last.b), leave_bend = leave_pull * last.b;
        for (std::size_t c = 0; c < leave_k_; ++c) stayed_[4 + k_ + c] = -leave_pull * leave_slopes_[end_ * leave_k_ + c];

        // From the end back: the integral and its first derivatives, in units of the silence at the mark.
        double count = 0, stay_weight = 0, left_count = 0;
        double mass = 0, to_A = 0, to_p = 0, to_B = 0, to_b = 0;
        std::fill(pulled_.begin(), pulled_.end(), 0);
        std::fill(leave_pulled_.begin(), leave_pulled_.end(), 0);
        std::size_t row = end;
        std::size_t i = end_;
        for (;; --i) {
            masses_[i] = 0;
            if (i < end_) {
                const Mark &at = marks_[i];
                const double fall = at.fall;
                double sum = 0, sum_A = 0, sum_p = 0, sum_B = 0, sum_b = 0, sum_end = 0;
                for (std::size_t j = at.nodes; j < marks_[i + 1].nodes; ++j) {
                    const Node &node = nodes_[j];
                    const double f = f_[j], fp = f * node.p;
                    sum += f;
                    sum_A += f * node.A;
                    sum_p += fp;
                    sum_B += f * node.B;
                    sum_b += f * node.b;
                    sum_end += fp * node.share;
                }
                mass = mass * fall + sum;
                to_A = to_A * fall + sum_A;
                to_p = to_p * fall + sum_p;
                to_B = to_B * fall + sum_B;
                to_b = to_b * fall + sum_b;
                const double *const here = slopes_.data() + i * k_, *const there = here + k_;
                const double sum_begin = sum_p - sum_end;
                for (std::size_t c = 0; c < k_; ++c)
                    pulled_[c] = pulled_[c] * fall + (sum_begin * here[c] + sum_end * there[c]);
                if (leave_k_ > 0) pull_leaving(i, n, sum);
            }
            for (; row > begin && base_.customers[row - 1].last == marks_[i].day; --row) {
                const double customers = base_.customers[row - 1].count;
                const double log_left = mass > 0 ? -m * marks_[i].A - departures_.size * marks_[i].B + std::log(mass)
                                                 : -std::numeric_limits<double>::infinity();
                const double difference = log_left - log_stayed, ratio = std::exp(-std::fabs(difference));
                const double larger = 1 / (1 + ratio);
                const double share = difference > 0 ? larger : ratio * larger, rest = difference > 0 ? ratio * larger : larger;
                sums_.value += customers * (std::fmax(log_left, log_stayed) + std::log1p(ratio));
                count += customers;
                stay_weight += customers * rest;
                if (!(mass > 0)) continue;
                const double left = customers * share, product = left * rest;
                left_count += left;
                masses_[i] += left / mass;
                gone_[0] = -to_A / mass;
                gone_[1] = Purchases::has_slope ? -m * (to_p / mass) : 0;
                gone_[2] = -to_B / mass;
                gone_[3] = Leaving::has_slope ? -n * (to_b / mass) : 0;
                for (std::size_t c = 0; c < k_; ++c) gone_[4 + c] = -m * (pulled_[c] / mass);
                for (std::size_t c = 0; c < leave_k_; ++c) gone_[4 + k_ + c] = leave_pulled_[c] / mass;
                for (std::size_t j = 0; j < all_; ++j) apart_[j] = gone_[j] - stayed_[j];
                apart_[2] += leave_unit_;
                for (int j = 0; j < 4; ++j) sums_.gradient[j] += left * gone_[j];
                for (std::size_t l = 0; l < all_; ++l) {
                    const double of_gone = left * gone_[l], of_apart = product * apart_[l];
                    double *const to = &sums_.direct(0, static_cast<Eigen::Index>(l));
                    for (std::size_t j = l; j < all_; ++j) to[j] += of_apart * apart_[j] - of_gone * gone_[j];
                }
            }
            if (row == begin || i == 0) break;
        }
        const std::size_t start = i;

        // The hazard to leave is in the integral.
        counts_.push_back({x, count});
        sums_.gradient[2] += left_count * leave_unit_;
        sums_.direct(2, 2) -= left_count * leave_unit_ * leave_unit_;
        for (int j = 0; j < 4; ++j) sums_.gradient[j] += stay_weight * stayed_[j];
        // The Hessian of who stays.
        if (Purchases::has_slope) {
            sums_.direct(1, 0) -= stay_weight * last.a;
            sums_.direct(1, 1) += stay_weight * bend;
        }
        sums_.direct(3, 2) -= stay_weight * last.b;
        sums_.direct(3, 3) += stay_weight * leave * last.b;
        Piece &piece = pieces_[end_];
        piece.pull[0] += stay_weight * pull;
        piece.mixed[0][0] -= stay_weight * Purchases::steepness_by_size(last.a);
        if (Purchases::has_slope) piece.mixed[0][1] += stay_weight * bend;
        piece.both[0] += stay_weight * bend;
        piece.leave_pull[0] += stay_weight * leave_pull;
        piece.leave_mixed[0][2] -= stay_weight * Leaving::steepness_by_size(last.b);
        if (Leaving::has_slope) piece.leave_mixed[0][3] += stay_weight * leave_bend;
        piece.leave_both[0] += stay_weight * leave_bend;

        // From the first silence on: the weight of the customers whose silence has begun.
        double weight = 0;
        const double next_m = purchases.next_size();
        for (std::size_t j = start; j < end_; ++j) {
            weight += masses_[j];
            for (std::size_t node = marks_[j].nodes; node < marks_[j + 1].nodes; ++node) {
                const double in_all = weight * f_[node], sized = in_all * m;
                nodes_[node].in_all[0] += in_all;
                nodes_[node].in_all[1] += sized;
                nodes_[node].in_all[2] += sized * next_m;
            }
            weight *= marks_[j].fall;
        }
    }

    // The first derivatives in the coefficients of dropout of the integral from a mark on: the piece there is added, its sum of
    // f given, n of which is the size of the silence times the hazard.
    void pull_leaving(std::size_t i, double n, double sum) {
        double sum_q = 0, sum_end = 0;
        for (std::size_t j = marks_[i].nodes; j < marks_[i + 1].nodes; ++j) {
            const double fq = f_[j] * nodes_[j].q;
            sum_q += fq;
            sum_end += fq * nodes_[j].share;
        }
        const double fall = marks_[i].fall, from_begin = n * (sum_q - sum_end), from_end = n * sum_end;
        const double *const here = leave_slopes_.data() + i * leave_k_, *const there = here + leave_k_;
        const double *const length = lengths_.data() + i * leave_k_;
        for (std::size_t c = 0; c < leave_k_; ++c)
            leave_pulled_[c] = leave_pulled_[c] * fall + (sum * length[c] - from_begin * here[c] - from_end * there[c]);
    }

    // The second derivatives at the nodes, by their weights.
    void take_nodes() {
        const double n = departures_.next_size();
        double AA = 0, pA = 0, p_ = 0, pp = 0, AB = 0, pB = 0, BB = 0, Ab = 0, pb = 0, Bb = 0, b_ = 0, bb = 0;
        for (std::size_t i = begin_; i < end_; ++i) {
            Piece &piece = pieces_[i];
            for (std::size_t j = marks_[i].nodes; j < marks_[i + 1].nodes; ++j) {
                const Node &node = nodes_[j];
                const double f = node.in_all[0], sized = node.in_all[1], both = node.in_all[2] * node.p * node.p;
                const double A = node.A, B = node.B, b = node.b, pull = sized * node.p, single = f * node.p;
                AA += f * A * A;
                pA += pull * A;
                p_ += single;
                pp += both;
                AB += f * A * B;
                pB += pull * B;
                BB += f * B * B;
                Ab += f * A * b;
                pb += pull * b;
                Bb += f * B * b;
                b_ += f * b;
                bb += f * b * b;
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
                if (leave_k_ == 0) continue;
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
        }
        sums_.direct(0, 0) += AA;
        sums_.direct(2, 0) += AB;
        sums_.direct(2, 2) += BB;
        if (Purchases::has_slope) {
            sums_.direct(1, 0) += pA - p_;
            sums_.direct(1, 1) += pp;
            sums_.direct(2, 1) += pB;
        }
        if (Leaving::has_slope) {
            sums_.direct(3, 0) += n * Ab;
            if (Purchases::has_slope) sums_.direct(3, 1) += n * pb;
            sums_.direct(3, 2) += n * Bb - b_;
            sums_.direct(3, 3) += n * (n + 1) * bb;
        }
    }

    // And those in the coefficients, by the slopes of the clock at the marks.
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
            // A calendar may have no coefficients: of days that are closed alone.
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

    // The same of the coefficients of dropout: of the times of their clock, and of the lengths of the pieces on it.
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

    static constexpr int exact_every = 16;

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
    std::size_t begin_ = 0, end_ = 0;  // the first mark that has nodes, and the last one, with no piece behind it
    int since_exact_ = 0;
    std::vector<std::uint32_t> lasts_;
    std::vector<Mark> marks_;
    std::vector<Piece> pieces_;
    std::vector<Node> nodes_;
    std::vector<double> f_, slopes_, masses_;  // of each node; of each mark
    std::vector<double> leave_slopes_, lengths_;
    std::vector<double> gone_, apart_, stayed_, pulled_, leave_pulled_;
    std::vector<Count> counts_;
};

// Customers come by first day, frequency and last day; other orders are as good, but slow.
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
