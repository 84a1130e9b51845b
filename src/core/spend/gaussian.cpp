#include "core/spend/gaussian.hpp"

namespace cltv::spends {

GaussianSample gaussian_sample(const Sample &sample, bool logarithms) {
    GaussianSample moments;
    const auto y_of = [logarithms](const Spend &spend) {
        return logarithms ? std::log(spend.monetary_value) : spend.monetary_value;
    };
    for (const SpendCount &row : sample.rows) {
        moments.centre += row.count / sample.customers * y_of(row.spend);
        if (logarithms) moments.log_mean += row.count * std::log(row.spend.monetary_value);
    }
    double square = 0;
    for (const Group &group : sample.groups) {
        Moments sums{group.frequency, 0, 0, 0, 0, 0, 0};
        for (std::size_t row = group.begin; row < group.end; ++row) {
            const double count = sample.rows[row].count, t = sample.told[row];
            const double y = y_of(sample.rows[row].spend) - moments.centre;
            sums.n += count;
            sums.y += count * y;
            sums.t += count * t;
            sums.yy += count * y * y;
            sums.yt += count * y * t;
            sums.tt += count * t * t;
        }
        square += sums.yy;
        moments.groups.push_back(sums);
    }
    moments.sd = std::sqrt(square / sample.customers);
    return moments;
}

}  // namespace cltv::spends
