#include "core/spend/spend_attributes.hpp"

#include "core/base/sort_rows.hpp"

namespace cltv::spends {

namespace {

std::vector<SpendCount> spends_of(const FeatureSet &set, Stop stop) {
    std::vector<SpendCount> spends;
    spends.reserve(set.used);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        poll_at(i, stop);
        const FeatureCount &row = set.rows()[i];
        spends.push_back({{row.target[0], row.target[1], 0}, row.count});
    }
    return spends;
}

}  // namespace

std::vector<SpendCount> pooled_spends(const FeatureSet &set, Stop stop) {
    std::vector<SpendCount> spends = spends_of(set, stop), sorted(set.used);
    sorted.resize(copy_sorted(spends.data(), spends.size(), sorted.data(), stop));
    return sorted;
}

SpendAttributes::SpendAttributes(const FeatureSet &set, Stop stop) : AttributeSearch(set) {
    const std::vector<SpendCount> spends = spends_of(set, stop);
    double customers = 0;
    for (std::size_t group = 0; group < groups(); ++group) {
        samples_.push_back(sample_of({spends.data() + begin(group), begin(group + 1) - begin(group)}, false, stop));
        customers += samples_.back().customers;
        mean_ += samples_.back().customers * samples_.back().mean;
    }
    mean_ /= customers;
}

}  // namespace cltv::spends
