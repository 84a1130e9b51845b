// The level of spend that follows from first purchases, (first/reference)^b, over all customers of a sample.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/spend/search.hpp"

namespace cltv::spends {

// The mean of the levels e^(b t) of all customers whose first purchase is known.
template <int N>
Jet<N> mean_level(const Jet<N> &b, const Sample &sample) {
    double s = 0, st = 0, stt = 0;
    for (const SpendCount &row : sample.firsts) {
        const double t = std::log(row.spend.first_value / sample.reference);
        const double part = row.count / sample.n_firsts * std::exp(b.value * t);
        s += part;
        st += t * part;
        stt += t * t * part;
    }
    return b.chain(s, st, stt);
}

// The first purchase whose level is the mean of all customers' levels: f with (f/reference)^b = mean_level.
inline Known level_reference(double b, const Sample &sample) {
    double s = 0, st = 0;
    for (const SpendCount &row : sample.firsts) {
        const double t = std::log(row.spend.first_value / sample.reference);
        s += row.count / sample.n_firsts * std::expm1(b * t);
        st += row.count / sample.n_firsts * t;
    }
    const double f = sample.reference * std::exp(std::fabs(b) < 1e-8 ? st : std::log1p(s) / b);
    return {f, sample.first_error * f / sample.reference};
}

}  // namespace cltv::spends
