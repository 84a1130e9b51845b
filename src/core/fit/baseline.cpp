#include "core/fit/baseline.hpp"

#include <algorithm>
#include <limits>

#include "core/rows/design.hpp"

namespace cltv {

const char *find_fault(const BaselineStratum *strata, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        const BaselineStratum &stratum = strata[i];
        if (i > 0 && compare_levels(strata[i - 1].name, stratum.name) >= 0)
            return "Strata must be in the order of their names, each once.";
        double time = -1, hazard = 0;
        for (std::uint32_t j = 0; j < stratum.n_steps; ++j) {
            const HazardAt &step = stratum.steps[j];
            if (!(step.time >= 0 && std::isfinite(step.time) && step.time > time))
                return "The times of a baseline must be finite numbers from 0 up, each above the one before.";
            if (!(step.hazard >= hazard && std::isfinite(step.hazard)))
                return "The cumulative hazards of a baseline must be finite numbers from 0 up that do not fall.";
            time = step.time;
            hazard = step.hazard;
        }
        if (!(stratum.last >= 0 && std::isfinite(stratum.last) && stratum.last >= time))
            return "The last time of a stratum is none of its times' past.";
    }
    return nullptr;
}

std::size_t baseline_bytes(const BaselineStratum *strata, std::size_t n) {
    constexpr std::size_t head = 32;
    std::size_t bytes = sizeof(Baseline);
    for (std::size_t i = 0; i < n; ++i)
        bytes += head + strata[i].n_steps * sizeof(HazardAt) + (strata[i].name.size + 7) / 8 * 8;
    return bytes;
}

void write_baseline(double null_log_likelihood, double events, double centre, const BaselineStratum *strata, std::size_t n,
                    void *memory) {
    static_assert(sizeof(StoredStratum::Head) == 32 && sizeof(HazardAt) == 16 && sizeof(Baseline) == 32);
    const std::size_t bytes = baseline_bytes(strata, n);
    std::memset(memory, 0, bytes);
    Baseline &baseline = *static_cast<Baseline *>(memory);
    baseline = {static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(n), null_log_likelihood, events, centre};
    char *at = reinterpret_cast<char *>(&baseline + 1);
    for (std::size_t i = 0; i < n; ++i) {
        const BaselineStratum &stratum = strata[i];
        const StoredStratum::Head head = {baseline_bytes(&stratum, 1) - sizeof(Baseline), stratum.n_steps,
                                          static_cast<std::uint32_t>(stratum.name.size), stratum.last,
                                          stratum.name.data == nullptr ? std::uint64_t{0} : std::uint64_t{1}};
        std::memcpy(at, &head, sizeof head);
        char *const steps = at + sizeof head;
        if (stratum.n_steps > 0) std::memcpy(steps, stratum.steps, stratum.n_steps * sizeof(HazardAt));
        if (stratum.name.size > 0)
            std::memcpy(steps + stratum.n_steps * sizeof(HazardAt), stratum.name.data, stratum.name.size);
        at += head.bytes;
    }
}

std::vector<double> baseline_of(double null_log_likelihood, double events, double centre,
                                const std::vector<BaselineStratum> &strata) {
    std::vector<double> bytes(baseline_bytes(strata.data(), strata.size()) / sizeof(double));
    write_baseline(null_log_likelihood, events, centre, strata.data(), strata.size(), bytes.data());
    return bytes;
}

double StoredStratum::hazard(double time) const {
    if (!(time <= head_.last)) return std::numeric_limits<double>::quiet_NaN();
    const HazardAt *const begin = steps(), *const end = begin + head_.n_steps;
    const HazardAt *const above =
        std::upper_bound(begin, end, time, [](double t, const HazardAt &step) { return t < step.time; });
    return above == begin ? 0 : above[-1].hazard;
}

}  // namespace cltv
