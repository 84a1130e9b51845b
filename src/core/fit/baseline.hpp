// The baseline hazards of a survival model that assumes no distribution, as the model carries them: the cumulative
// hazard up to each time at which somebody left, by stratum.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/rows/features.hpp"

namespace cltv {

// The cumulative hazard from a time on.
struct HazardAt {
    double time, hazard;
};

// A stratum, to be written into a baseline. A null name stands for a model without strata, or for customers whose
// stratum is unknown.
struct BaselineStratum {
    Text name;
    double last;  // the last time at which anybody was seen
    std::uint32_t n_steps;
    const HazardAt *steps;  // times ascend, hazards do not descend
};

// A flat record, with its strata one after the other in the order of their names. Read them by StoredStratum.
struct Baseline {
    std::uint32_t bytes;  // of the whole, a multiple of 8
    std::uint32_t n_strata;
    double null_log_likelihood;  // of the model without attributes
    double events;               // customers of the fit who left
    double centre;               // the linear predictor of the customers to whom these hazards apply
};

// What is wrong with strata that claim to belong to a baseline, in a sentence, or nullptr.
const char *find_fault(const BaselineStratum *strata, std::size_t n);

std::size_t baseline_bytes(const BaselineStratum *strata, std::size_t n);
void write_baseline(double null_log_likelihood, double events, double centre, const BaselineStratum *strata, std::size_t n,
                    void *memory);
std::vector<double> baseline_of(double null_log_likelihood, double events, double centre,
                                const std::vector<BaselineStratum> &strata);

// A stratum as it lies in a baseline.
class StoredStratum {
public:
    explicit StoredStratum(const char *at) : at_(at) { std::memcpy(&head_, at, sizeof head_); }

    Text name() const {
        return head_.named ? Text{at_ + sizeof head_ + head_.n_steps * sizeof(HazardAt), head_.name_size}
                           : Text{nullptr, 0};
    }
    double last() const { return head_.last; }
    std::uint32_t n_steps() const { return head_.n_steps; }
    const HazardAt *steps() const { return reinterpret_cast<const HazardAt *>(at_ + sizeof head_); }

    // The cumulative hazard at a time; NaN at a time when nobody was observed any more.
    double hazard(double time) const;

    StoredStratum next() const { return StoredStratum(at_ + head_.bytes); }

private:
    friend void write_baseline(double, double, double, const BaselineStratum *, std::size_t, void *);
    struct Head {
        std::uint64_t bytes;
        std::uint32_t n_steps, name_size;
        double last;
        std::uint64_t named;
    };

    const char *at_;
    Head head_;
};

inline StoredStratum first_stratum(const Baseline &baseline) {
    return StoredStratum(reinterpret_cast<const char *>(&baseline + 1));
}

}  // namespace cltv
