// A small neural net as a model carries it, and its predictions: one or two layers of units, each the hyperbolic
// tangent of a sum, and a sum of these for each margin (C. M. Bishop: Pattern Recognition and Machine Learning,
// Springer 2006, chapter 5). The inputs are those that a design's coefficients would multiply.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>

#include "core/fit/trees.hpp"
#include "core/rows/design.hpp"
#include "core/rows/features.hpp"

namespace cltv {

constexpr std::uint32_t most_layers = 2, widest_layer = 64;

struct NetShape {
    TreeObjective objective = TreeObjective::squared;  // squared, logistic or ziln: the meaning of the margins
    std::uint16_t n_hidden = 1;
    std::uint32_t n_inputs = 0;
    std::uint32_t width[most_layers] = {};  // of the hidden layers

    int n_outputs() const { return cltv::n_outputs(objective); }
    std::uint32_t n_before_output() const { return width[n_hidden - 1]; }
    std::size_t n_weights() const {
        std::size_t before = n_inputs, n = 0;
        for (std::uint16_t i = 0; i < n_hidden; before = width[i++]) n += width[i] * (1 + before);
        return n + static_cast<std::size_t>(n_outputs()) * (1 + before);
    }
};

// A flat record. Layer after layer, unit after unit: the bias, then a weight for each unit of the layer before.
struct Net {
    std::uint64_t bytes;  // of the whole
    NetShape shape;

    const double *weights() const { return reinterpret_cast<const double *>(this + 1); }
    double *weights() { return reinterpret_cast<double *>(this + 1); }
};
static_assert(sizeof(Net) == 24);

inline std::size_t net_bytes(const NetShape &shape) { return sizeof(Net) + shape.n_weights() * sizeof(double); }

// What is wrong with a shape that claims to be a net's, in a sentence, or nullptr.
const char *find_fault(const NetShape &shape);
const char *find_fault(const Net &net, const Design &design);

// The sums of a layer for inputs that are not all 0, unit by unit: the bias plus the weights times the inputs.
inline void add_layer(const double *weights, std::uint32_t units, std::uint32_t n, const double *inputs, double *sums) {
    for (std::uint32_t j = 0; j < units; ++j, weights += 1 + n) {
        double sum = weights[0];
        for (std::uint32_t i = 0; i < n; ++i) sum += weights[1 + i] * inputs[i];
        sums[j] = sum;
    }
}

// The inputs of a customer, as many as the design has coefficients; `sum` of the result has no meaning. The design's
// columns must be among the features.
Match net_inputs(const Design &design, const Features &features, double *inputs);

void margins_of(const Net &net, const double *inputs, double *margins);

}  // namespace cltv
