#include "core/rows/feature_means.hpp"

#include <cmath>

namespace cltv {

std::vector<FeatureMean> means_of_missing(const FeatureSet &set, Stop stop) {
    std::vector<double> weight(set.attribute_rows);
    for (std::uint32_t i = 0; i < set.used; ++i) weight[static_cast<std::size_t>(set.rows()[i].row)] += set.rows()[i].count;
    struct Known {
        double weight = 0, mean = 0;
        bool of_all = true;
    };
    std::vector<Known> known(set.n_attributes());
    for (std::uint32_t row = 0; row < set.attribute_rows; ++row) {
        poll_at(row, stop);
        const double *const values = set.attributes(row);
        for (std::uint32_t column = 0; column < set.n_attributes(); ++column) {
            Known &here = known[column];
            if (std::isnan(values[column])) {
                here.of_all = here.of_all && weight[row] == 0;
            } else if (weight[row] > 0) {
                here.weight += weight[row];
                // Halved, because the distance of two numbers may exceed the largest double.
                here.mean += 2 * ((0.5 * values[column] - 0.5 * here.mean) * (weight[row] / here.weight));
            }
        }
    }
    std::vector<FeatureMean> means;
    for (std::uint32_t column = 0; column < set.n_attributes(); ++column)
        if (set.kind(column) == FeatureKind::number && !known[column].of_all && known[column].weight > 0)
            means.push_back({column, known[column].mean});
    return means;
}

}  // namespace cltv
