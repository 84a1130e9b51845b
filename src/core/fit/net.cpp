#include "core/fit/net.hpp"

#include <algorithm>
#include <cmath>

#include "core/rows/design_match.hpp"

namespace cltv {

const char *find_fault(const NetShape &shape) {
    switch (shape.objective) {
        case TreeObjective::squared:
        case TreeObjective::logistic:
        case TreeObjective::ziln: break;
        default: return "The objective of a net is squared, logistic or ziln.";
    }
    if (shape.n_hidden < 1 || shape.n_hidden > most_layers) return "A net has one or two hidden layers.";
    for (std::uint16_t i = 0; i < shape.n_hidden; ++i)
        if (shape.width[i] < 1 || shape.width[i] > widest_layer) return "A layer of a net has 1 to 64 units.";
    if (shape.n_inputs < 1 || shape.n_inputs > most_coefficients) return "A net has 1 to 500 inputs.";
    return nullptr;
}

const char *find_fault(const Net &net, const Design &design) {
    if (const char *fault = find_fault(net.shape)) return fault;
    if (net.shape.n_inputs != design.n_coefficients) return "The net is not of the attributes of the model.";
    StoredColumn column = first_column(design);
    for (int i = 0; i < design.n_columns; ++i) {
        if (i > 0) column = column.next();
        if (column.role() != Role::any) return "Attributes of this family do not act on that.";
    }
    for (std::size_t i = 0; i < net.shape.n_weights(); ++i)
        if (!std::isfinite(net.weights()[i])) return "The numbers of a net must be finite.";
    return nullptr;
}

Match net_inputs(const Design &design, const Features &features, double *inputs) {
    std::fill(inputs, inputs + design.n_coefficients, 0.0);
    return match_design(design, Role::any, features, [&](std::uint32_t coefficient, double value) { inputs[coefficient] = value; });
}

void margins_of(const Net &net, const double *inputs, double *margins) {
    const NetShape &shape = net.shape;
    double units[most_layers][widest_layer];
    const double *weights = net.weights(), *before = inputs;
    std::uint32_t n = shape.n_inputs;
    for (std::uint16_t layer = 0; layer < shape.n_hidden; ++layer) {
        const std::uint32_t width = shape.width[layer];
        add_layer(weights, width, n, before, units[layer]);
        for (std::uint32_t j = 0; j < width; ++j) units[layer][j] = std::tanh(units[layer][j]);
        weights += std::size_t{width} * (1 + n);
        before = units[layer];
        n = width;
    }
    add_layer(weights, static_cast<std::uint32_t>(shape.n_outputs()), n, before, margins);
}

}  // namespace cltv
