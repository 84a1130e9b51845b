// Numbers that were computed before, looked up by their arguments.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cltv {

// A table in memory owned by others. Each number has two possible places, and the last two numbers to arrive there
// stay. A number that is found is to the last bit what computing it anew would give, so a memo may be lost, small or
// without any slots.
template <std::size_t n_values>
class MemoOf {
public:
    struct Slot {
        double key[3];
        double value[n_values];
        std::uint64_t parameters;  // which ones; 0: empty
    };
    static constexpr std::size_t most_parameters = 6, least_slots = 64, most_slots = 65536;  // powers of two

    // The numbers that follow depend on these parameters, until others are put. Numbers of the last few sets of
    // parameters are kept.
    void put(const double *p, std::size_t n) {
        if (slots_ == nullptr) return;
        for (std::size_t i = 0; i < n_recent; ++i)
            if (recent_[i].number != 0 && recent_[i].n == n && std::memcmp(recent_[i].p, p, n * sizeof(double)) == 0) {
                now_ = recent_[i].number;
                known_ = true;
                return;
            }
        Recent &oldest = recent_[(newest_ + 1) % n_recent];
        std::copy(p, p + n, oldest.p);
        oldest.n = n;
        newest_ = (newest_ + 1) % n_recent;
        now_ = oldest.number = ++count_;
        known_ = false;
    }

    // The values that compute(values) makes: a function of the keys and the parameters alone, and none of them NaN or
    // -0. compute may use the memo.
    template <class Compute>
    void recall(double a, double b, double c, double *values, Compute &&compute) {
        if (slots_ == nullptr) {
            compute(values);
            return;
        }
        Slot *const places = &slots_[place(a, b, c)];
        for (int i = 0; i < 2; ++i)
            if (places[i].parameters == now_ && places[i].key[0] == a && places[i].key[1] == b && places[i].key[2] == c) {
                for (std::size_t j = 0; j < n_values; ++j) values[j] = places[i].value[j];
                return;
            }
        compute(values);
        places[1] = places[0];
        for (std::size_t j = 0; j < n_values; ++j) places[0].value[j] = values[j];
        places[0].key[0] = a;
        places[0].key[1] = b;
        places[0].key[2] = c;
        places[0].parameters = now_;
        if (known_) ++misses_;
    }

    // The same for the single value compute().
    template <class Compute>
    double operator()(double a, double b, double c, Compute &&compute) {
        static_assert(n_values == 1);
        double value = 0;
        recall(a, b, c, &value, [&](double *values) { *values = compute(); });
        return value;
    }

    // Whether more slots would have found more numbers: there were more misses than there are slots. Parameters that
    // never come back, such as those of customers with attributes, need none.
    bool crowded() const { return misses_ > n_slots_ && n_slots_ < most_slots; }

    // Moves to other slots: a power of two of them, and no fewer than before.
    void move(Slot *slots, std::size_t n) {
        Slot *const before = slots_;
        const std::size_t n_before = n_slots_;
        slots_ = slots;
        n_slots_ = n;
        misses_ = 0;
        for (std::size_t i = 0; i < n; ++i) slots[i].parameters = 0;
        for (std::size_t i = n_before; i-- > 0;) {
            if (before[i].parameters == 0) continue;
            Slot *const places = &slots_[place(before[i].key[0], before[i].key[1], before[i].key[2])];
            places[1] = places[0];
            places[0] = before[i];
        }
    }
    Slot *slots() const { return slots_; }
    std::size_t n_slots() const { return n_slots_; }

private:
    static constexpr std::size_t n_recent = 8;
    struct Recent {
        std::uint64_t number;
        std::size_t n;
        double p[most_parameters];
    };

    // The first of the two places.
    std::size_t place(double a, double b, double c) const {
        const auto bits = [](double x) {
            std::uint64_t word;
            std::memcpy(&word, &x, sizeof word);
            return word;
        };
        // Whole numbers have their digits in the upper half of a word, so both halves take part.
        const auto folded = [&](double x) { return bits(x) ^ (bits(x) >> 32); };
        constexpr std::uint64_t odd = 0x9e3779b97f4a7c15u;
        std::uint64_t mixed = ((folded(a) * odd ^ folded(b)) * odd ^ folded(c)) * odd;
        mixed = (mixed ^ (mixed >> 29)) * odd;
        return static_cast<std::size_t>(mixed >> 48) & (n_slots_ - 2);  // as many bits as most_slots has
    }

    Slot *slots_ = nullptr;
    std::size_t n_slots_ = 0, misses_ = 0, newest_ = 0;
    std::uint64_t now_ = 0, count_ = 0;
    bool known_ = false;
    Recent recent_[n_recent] = {};
};

using Memo = MemoOf<1>;

// A memo that keeps nothing: every value is computed.
struct NoMemo {
    template <class Compute>
    double operator()(double, double, double, Compute &&compute) { return compute(); }
};

}  // namespace cltv
