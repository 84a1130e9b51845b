// The weights of a neural net in the text and the binary form of its model.
#pragma once

#include "core/fit/net.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/base/scan.hpp"
#include "pg/fit/cltv_model.hpp"

namespace cltv::pg {

// A net as it is read, with as many weights as its shape has.
struct ScannedNet {
    bool there = false;
    NetShape shape;
    PallocList<double> weights;

    Size bytes() const { return there ? net_bytes(shape) : 0; }
    // Writes it to its place in a model that has the right number of bytes for it.
    void write(StoredModel &model) const;
};

// Text: an object such as {"objective":"logistic","hidden":[2],"weights":[0.5,1.2,-0.3,0.1,0.7,0.2,-1.1,0.9,0.4]} for a
// design of two coefficients: layer after layer and unit after unit, the bias and then a weight for each unit of the
// layer before. Raise 22P02.
void append_net(StringInfo out, const Net &net);
ScannedNet scan_net(Scanner &scanner, uint32 n_inputs);

// Binary: the objective, the number of layers and their units, and the weights.
void send_net(StringInfo out, const Net &net);
ScannedNet receive_net(StringInfo in, uint32 n_inputs, const char *type_name);

}  // namespace cltv::pg
