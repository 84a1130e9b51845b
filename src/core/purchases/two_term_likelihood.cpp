#include "core/purchases/two_term_likelihood.hpp"

#include <algorithm>

#include "core/base/hash.hpp"

namespace cltv {

namespace {

// The distinct times of a block with their numbers, in order of first occurrence; linear probing.
class TimeNumbers {
public:
    TimeNumbers() : slots_(n_slots, Slot{0, none}) {}

    std::size_t size() const { return times_.size(); }
    const std::vector<double> &times() const { return times_; }

    std::uint16_t number(double time) {
        std::size_t place = hashed(0, time) >> (64 - slot_bits);
        while (slots_[place].number != none && slots_[place].time != time) place = (place + 1) % n_slots;
        Slot &slot = slots_[place];
        if (slot.number == none) {
            slot = {time, static_cast<std::uint16_t>(times_.size())};
            times_.push_back(time);
            taken_.push_back(place);
        }
        return slot.number;
    }

    void clear() {
        for (const std::size_t place : taken_) slots_[place].number = none;
        taken_.clear();
        times_.clear();
    }

private:
    static constexpr int slot_bits = 14;
    static constexpr std::size_t n_slots = std::size_t{1} << slot_bits;
    static constexpr std::uint16_t none = 0xffff;
    static_assert(TwoTermBase::max_times <= n_slots / 4 && TwoTermBase::max_times < none);

    struct Slot {
        double time;
        std::uint16_t number;
    };

    std::vector<Slot> slots_;
    std::vector<std::size_t> taken_;
    std::vector<double> times_;
};

}  // namespace

TwoTermBase::TwoTermBase(View<CustomerCount> customers, Stop stop, View<std::size_t> cuts, double k)
    : k_(k), customers_(customers) {
    constexpr std::size_t rows_between_polls = 4096;
    places_.reserve(customers.size);
    TimeNumbers numbers;
    std::vector<std::uint16_t> ranks, by_rank;

    auto finish_block = [&] {
        const std::vector<double> &times = numbers.times();
        by_rank.resize(times.size());
        ranks.resize(times.size());
        for (std::size_t i = 0; i < times.size(); ++i) by_rank[i] = static_cast<std::uint16_t>(i);
        std::sort(by_rank.begin(), by_rank.end(), [&](auto i, auto j) { return times[i] < times[j]; });
        for (std::size_t rank = 0; rank < by_rank.size(); ++rank) {
            times_.push_back(times[by_rank[rank]]);
            ranks[by_rank[rank]] = static_cast<std::uint16_t>(rank);
        }
        for (std::size_t i = blocks_.back().customer; i < places_.size(); ++i)
            places_[i] = {ranks[places_[i].recency], ranks[places_[i].tenure]};
        numbers.clear();
    };
    for (std::size_t i = 0; i < customers.size; ++i) {
        if (i % rows_between_polls == 0) poll(stop);
        const Customer &customer = customers[i].customer;
        const bool other = i > 0 && customer.frequency != customers[i - 1].customer.frequency;
        const bool cut = block_at_.size() < cuts.size && cuts[block_at_.size()] == i;
        if (numbers.size() > 0 && (other || cut || numbers.size() + 2 > max_times)) finish_block();
        if (cut) block_at_.push_back(blocks_.size());
        if (numbers.size() == 0) blocks_.push_back({i, times_.size()});
        const std::uint16_t recency = numbers.number(customer.recency);
        places_.push_back({recency, numbers.number(customer.tenure)});
    }
    if (numbers.size() > 0) finish_block();
}

TwoTermBlock TwoTermBase::block(std::size_t number) const {
    const Begin begin = blocks_[number];
    const Begin end = number + 1 < blocks_.size() ? blocks_[number + 1] : Begin{customers_.size, times_.size()};
    return {{customers_.data + begin.customer, end.customer - begin.customer},
            {times_.data() + begin.time, end.time - begin.time},
            places_.data() + begin.customer};
}

void add_block(Surface<4> &total, PreciseSum &value, const TwoTermBlock &block, const LogTerm &common, const TwoTermTable &table) {
    // Logarithms of single customers' sums, each from 1 to 2, are taken together, as that of their product.
    constexpr double largest_product = 1e300;
    double count = 0, product = 1, outer[10] = {};
    // The contribution of a term is linear in it, so its weights are summed first.
    double left_weight[TwoTermBase::max_times], stayed_weight[TwoTermBase::max_times];
    std::fill_n(left_weight, block.times.size, 0.0);
    std::fill_n(stayed_weight, block.times.size, 0.0);

    for (std::size_t row = 0; row < block.customers.size; ++row) {
        const CustomerCount &customer = block.customers[row];
        const std::size_t recency = block.places[row].recency, tenure = block.places[row].tenure;
        const LogTerm &left = table.left[recency], &stayed = table.stayed[tenure];

        const double difference = left.value - stayed.value, ratio = std::exp(-std::fabs(difference));
        const double larger = 1 / (1 + ratio), n = customer.count;
        const double share = difference > 0 ? larger : ratio * larger;
        count += n;
        value += n * std::fmax(left.value, stayed.value);
        if (n == 1) {
            product *= 1 + ratio;
            if (product > largest_product) {
                value += std::log(product);
                product = 1;
            }
        } else {
            value += n * std::log1p(ratio);
        }
        left_weight[recency] += n * share;
        stayed_weight[tenure] += n * (difference > 0 ? ratio * larger : larger);

        const double both = n * ratio * larger * larger;
        double apart[4];
        for (int i = 0; i < 4; ++i) apart[i] = left.gradient[i] - stayed.gradient[i];
        for (int i = 0, k = 0; i < 4; ++i) {
            const double weighted = both * apart[i];
            for (int j = 0; j <= i; ++j, ++k) outer[k] += weighted * apart[j];
        }
    }

    value += std::log(product);
    value += count * common.value;
    for (std::size_t time = 0; time < block.times.size; ++time) {
        const LogTerm &left = table.left[time], &stayed = table.stayed[time];
        for (int i = 0; i < 4; ++i)
            total.gradient(i) += left_weight[time] * left.gradient[i] + stayed_weight[time] * stayed.gradient[i];
        for (int k = 0; k < 10; ++k)
            outer[k] += left_weight[time] * left.hessian[k] + stayed_weight[time] * stayed.hessian[k];
    }
    for (int i = 0, k = 0; i < 4; ++i) {
        total.gradient(i) += count * common.gradient[i];
        for (int j = 0; j <= i; ++j, ++k) total.hessian(i, j) += outer[k] + count * common.hessian[k];
    }
}

}  // namespace cltv
