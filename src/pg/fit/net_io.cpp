#include "pg/fit/net_io.hpp"

#include <algorithm>
#include <cstring>

#include "pg/base/binary.hpp"

namespace cltv::pg {

void ScannedNet::write(StoredModel &model) const {
    if (!there) return;
    Net &net = *model.net();
    net.bytes = bytes();
    net.shape = shape;
    std::copy(weights.data, weights.data + weights.size, net.weights());
}

void append_net(StringInfo out, const Net &net) {
    appendStringInfo(out, "{\"objective\":\"%s\",\"hidden\":", objective_name(net.shape.objective));
    for (uint16 i = 0; i < net.shape.n_hidden; ++i) appendStringInfo(out, "%c%u", i == 0 ? '[' : ',', net.shape.width[i]);
    appendStringInfoString(out, "],\"weights\":");
    for (Size i = 0; i < net.shape.n_weights(); ++i) {
        appendStringInfoChar(out, i == 0 ? '[' : ',');
        append_number(out, net.weights()[i]);
    }
    appendStringInfoString(out, "]}");
}

namespace {

constexpr char other_number[] = "A net has other weights than units.";

}  // namespace

ScannedNet scan_net(Scanner &scanner, uint32 n_inputs) {
    static constexpr const char *keys[] = {"objective", "hidden", "weights"};
    ScannedNet net;
    net.there = true;
    net.shape.n_inputs = n_inputs;
    net.shape.n_hidden = 0;
    unsigned seen = 0;
    scanner.object([&](const char *name) {
        int key = 0;
        while (key < 3 && std::strcmp(keys[key], name) != 0) ++key;
        if (key == 3) scanner.fail(psprintf("There is no key %s in a net.", name));
        if (seen & 1u << key) scanner.fail(psprintf("The key %s occurs twice.", name));
        seen |= 1u << key;
        if (key == 0) {
            char objective[NAMEDATALEN];
            scanner.string(objective, sizeof objective);
            int i = 0;
            while (i < n_tree_objectives && std::strcmp(objective_name(static_cast<TreeObjective>(i)), objective) != 0) ++i;
            if (i == n_tree_objectives) scanner.fail("The objective of a net is squared, logistic or ziln.");
            net.shape.objective = static_cast<TreeObjective>(i);
        } else if (key == 1) {
            scanner.array([&] {
                const int64 width = scanner.integer();
                if (net.shape.n_hidden == most_layers || width < 1 || width > widest_layer)
                    scanner.fail("A net has one or two hidden layers of 1 to 64 units.");
                net.shape.width[net.shape.n_hidden++] = static_cast<uint32>(width);
            });
        } else {
            scanner.array([&] { net.weights.append() = scanner.number() + 0.0; });
        }
    });
    for (int i = 0; i < 3; ++i)
        if (!(seen & 1u << i)) scanner.fail(psprintf("The key %s is missing.", keys[i]));
    if (const char *fault = find_fault(net.shape)) scanner.fail(fault);
    if (net.weights.size != net.shape.n_weights()) scanner.fail(other_number);
    return net;
}

void send_net(StringInfo out, const Net &net) {
    send_number(out, static_cast<uint16>(net.shape.objective));
    send_number(out, static_cast<uint16>(net.shape.n_hidden));
    for (const uint32_t width : net.shape.width) send_number(out, static_cast<uint32>(width));
    for (Size i = 0; i < net.shape.n_weights(); ++i) send_number(out, net.weights()[i]);
}

ScannedNet receive_net(StringInfo in, uint32 n_inputs, const char *type_name) {
    ScannedNet net;
    net.there = true;
    uint16 objective;
    receive_number(in, objective);
    net.shape.objective = static_cast<TreeObjective>(objective);
    receive_number(in, net.shape.n_hidden);
    for (uint32_t &width : net.shape.width) receive_number(in, width);
    net.shape.n_inputs = n_inputs;
    if (const char *fault = find_fault(net.shape)) refuse_binary(type_name, fault);
    check_binary(net.shape.n_hidden == most_layers || net.shape.width[1] == 0, type_name, other_number);
    check_binary(net.shape.n_weights() <= static_cast<Size>(in->len - in->cursor) / sizeof(double), type_name, other_number);
    for (Size i = 0; i < net.shape.n_weights(); ++i) net.weights.append() = pq_getmsgfloat8(in) + 0.0;
    return net;
}

}  // namespace cltv::pg
