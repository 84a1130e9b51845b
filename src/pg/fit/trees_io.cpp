#include "pg/fit/trees_io.hpp"

#include <cstring>

#include "pg/base/binary.hpp"
#include "pg/base/guard.hpp"

namespace cltv::pg {

TreeParts ScannedTrees::parts() const {
    TreeParts parts;
    parts.objective = objective;
    std::memcpy(parts.base, base, sizeof base);
    parts.n_columns = n_cuts.size;
    parts.n_cuts = n_cuts.data;
    parts.cuts = cuts.data;
    parts.n_sets = sets.size;
    parts.sets = sets.data;
    parts.n_trees = n_nodes.size;
    parts.n_nodes = n_nodes.data;
    parts.nodes = nodes.data;
    parts.values = values.data;
    parts.covers = covers.data;
    return parts;
}

void ScannedTrees::write(StoredModel &model) const {
    if (there) guarded([&] { write_trees(parts(), model.trees()); });
}

void append_trees(StringInfo out, const Trees &trees) {
    appendStringInfo(out, "{\"objective\":\"%s\",\"base\":", objective_name(trees.objective));
    for (int i = 0; i < trees.n_outputs(); ++i) {
        appendStringInfoChar(out, i == 0 ? '[' : ',');
        append_number(out, trees.base[i]);
    }
    appendStringInfoString(out, "],\"cuts\":[");
    for (uint32 c = 0; c < trees.n_columns; ++c) {
        appendStringInfoString(out, c == 0 ? "[" : ",[");
        for (uint32 i = trees.cuts_begin()[c]; i < trees.cuts_begin()[c + 1]; ++i) {
            if (i > trees.cuts_begin()[c]) appendStringInfoChar(out, ',');
            append_number(out, trees.cuts()[i]);
        }
        appendStringInfoChar(out, ']');
    }
    appendStringInfoString(out, "],\"sets\":[");
    for (uint32 i = 0; i < trees.n_sets; ++i) {
        appendStringInfoString(out, i == 0 ? "[" : ",[");
        const char *separator = "";
        for (unsigned code = 0; code < 256; ++code) {
            if (!trees.sets()[i].has(code)) continue;
            appendStringInfo(out, "%s%u", separator, code);
            separator = ",";
        }
        appendStringInfoChar(out, ']');
    }
    appendStringInfoString(out, "],\"trees\":[");
    for (uint32 t = 0; t < trees.n_trees; ++t) {
        const uint32 begin = trees.places()[t].begin, n = trees.n_nodes_of(t);
        for (uint32 i = begin; i < begin + n; ++i) {
            if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
            const TreeNode &node = trees.nodes()[i];
            appendStringInfoString(out, i > begin ? ",[" : t > 0 ? ",[[" : "[[");
            if (!node.is_leaf(i))
                appendStringInfo(out, "%u,%u,%d,%u,", node.attribute(), node.where, node.unknown_goes_right(), node.left - begin);
            append_number(out, trees.values()[i]);
            appendStringInfoChar(out, ',');
            append_number(out, trees.covers()[i]);
            appendStringInfoChar(out, ']');
        }
        appendStringInfoChar(out, ']');
    }
    appendStringInfoString(out, "]}");
}

namespace {

uint32 scan_whole(Scanner &scanner, uint32 most) {
    const int64 value = scanner.integer();
    if (value < 0 || value > most) scanner.fail("A number of a tree is out of range.");
    return static_cast<uint32>(value);
}

TreeObjective scan_objective(Scanner &scanner) {
    char name[NAMEDATALEN];
    scanner.string(name, sizeof name);
    for (int i = 0; i < n_tree_objectives; ++i)
        if (std::strcmp(objective_name(static_cast<TreeObjective>(i)), name) == 0) return static_cast<TreeObjective>(i);
    scanner.fail("The objective of the trees is unknown.");
}

// A leaf has two numbers, a question six.
void scan_node(Scanner &scanner, uint32 number, ScannedTrees &trees) {
    double numbers[6];
    int n = 0;
    scanner.array([&] {
        if (n == 6) scanner.fail("A node of a tree has two numbers, or six.");
        numbers[n++] = scanner.number() + 0.0;
    });
    if (n != 2 && n != 6) scanner.fail("A node of a tree has two numbers, or six.");
    TreeNode &node = trees.nodes.append() = TreeNode{number, 0, 0, TreeNode::no_cut};
    if (n == 6) {
        constexpr double most[] = {Features::most - 1, 16777216, 1, 4294967294.0};
        for (int i = 0; i < 4; ++i)
            if (!(numbers[i] >= 0 && numbers[i] <= most[i] && numbers[i] == std::floor(numbers[i])))
                scanner.fail("A number of a tree is out of range.");
        node.column = static_cast<uint16>(2 * numbers[0] + numbers[2]);
        node.where = static_cast<uint32>(numbers[1]);
        node.left = static_cast<uint32>(numbers[3]);
    }
    trees.values.append() = numbers[n - 2];
    trees.covers.append() = numbers[n - 1];
}

const char *fault_of(const ScannedTrees &trees) {
    const char *fault = nullptr;
    guarded([&] { fault = find_fault(trees.parts()); });
    return fault;
}

}  // namespace

ScannedTrees scan_trees(Scanner &scanner) {
    static constexpr const char *keys[] = {"objective", "base", "cuts", "sets", "trees"};
    ScannedTrees trees;
    trees.there = true;
    int bases = 0;
    unsigned seen = 0;
    scanner.object([&](const char *name) {
        int key = 0;
        while (key < 5 && std::strcmp(keys[key], name) != 0) ++key;
        if (key == 5) scanner.fail(psprintf("There is no key %s in trees.", name));
        if (seen & 1u << key) scanner.fail(psprintf("The key %s occurs twice.", name));
        seen |= 1u << key;
        switch (key) {
            case 0: trees.objective = scan_objective(scanner); break;
            case 1:
                scanner.array([&] {
                    if (bases == most_outputs) scanner.fail("There is a base for each margin.");
                    trees.base[bases++] = scanner.number() + 0.0;
                });
                break;
            case 2:
                scanner.array([&] {
                    const uint32 before = trees.cuts.size;
                    scanner.array([&] { trees.cuts.append() = scanner.number() + 0.0; });
                    trees.n_cuts.append() = trees.cuts.size - before;
                });
                break;
            case 3:
                scanner.array([&] {
                    CodeSet &set = trees.sets.append() = CodeSet{};
                    scanner.array([&] { set.put(scan_whole(scanner, most_level_codes)); });
                });
                break;
            default:
                scanner.array([&] {
                    uint32 n = 0;
                    scanner.array([&] { scan_node(scanner, n++, trees); });
                    trees.n_nodes.append() = n;
                });
        }
    });
    for (int i = 0; i < 5; ++i)
        if (!(seen & 1u << i)) scanner.fail(psprintf("The key %s is missing.", keys[i]));
    if (bases != n_outputs(trees.objective)) scanner.fail("There is a base for each margin.");
    if (const char *fault = fault_of(trees)) scanner.fail(fault);
    return trees;
}

void send_trees(StringInfo out, const Trees &trees) {
    send_number(out, static_cast<uint16>(trees.objective));
    for (const double base : trees.base) send_number(out, base);
    send_number(out, trees.n_columns);
    for (uint32 c = 0; c < trees.n_columns; ++c) send_number(out, trees.cuts_begin()[c + 1] - trees.cuts_begin()[c]);
    for (uint32 i = 0; i < trees.n_cuts; ++i) send_number(out, trees.cuts()[i]);
    send_number(out, trees.n_sets);
    for (uint32 i = 0; i < trees.n_sets; ++i)
        for (const uint64 bits : trees.sets()[i].bits) send_number(out, bits);
    send_number(out, trees.n_trees);
    for (uint32 t = 0; t < trees.n_trees; ++t) {
        const uint32 begin = trees.places()[t].begin, n = trees.n_nodes_of(t);
        send_number(out, n);
        for (uint32 i = begin; i < begin + n; ++i) {
            if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
            const TreeNode &node = trees.nodes()[i];
            send_number(out, node.left - begin);
            send_number(out, node.column);
            send_number(out, node.where);
            send_number(out, trees.values()[i]);
            send_number(out, trees.covers()[i]);
        }
    }
}

ScannedTrees receive_trees(StringInfo in, const char *type_name) {
    // Allocates no more than the message can hold.
    const auto count = [&](Size bytes_of_one) {
        uint32 n;
        receive_number(in, n);
        check_binary(n <= static_cast<Size>(in->len - in->cursor) / bytes_of_one, type_name, "There are more numbers than bytes.");
        return n;
    };
    const auto receive_double = [in] { return pq_getmsgfloat8(in) + 0.0; };
    ScannedTrees trees;
    trees.there = true;
    uint16 objective;
    receive_number(in, objective);
    check_binary(objective < n_tree_objectives, type_name, "The objective of the trees is unknown.");
    trees.objective = static_cast<TreeObjective>(objective);
    for (double &base : trees.base) base = receive_double();
    const uint32 n_columns = count(sizeof(uint32));
    Size n_cuts = 0;
    for (uint32 c = 0; c < n_columns; ++c) {
        uint32 n;
        receive_number(in, n);
        check_binary(n <= most_cuts, type_name, "A column has more than 254 cuts.");
        trees.n_cuts.append() = n;
        n_cuts += n;
    }
    for (Size i = 0; i < n_cuts; ++i) trees.cuts.append() = receive_double();
    const uint32 n_sets = count(sizeof(CodeSet));
    for (uint32 i = 0; i < n_sets; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        CodeSet &set = trees.sets.append() = CodeSet{};
        for (uint64_t &bits : set.bits) bits = static_cast<uint64_t>(pq_getmsgint64(in));
    }
    const uint32 n_trees = count(sizeof(uint32));
    for (uint32 t = 0; t < n_trees; ++t) {
        CHECK_FOR_INTERRUPTS();
        const uint32 n = count(26);
        trees.n_nodes.append() = n;
        for (uint32 i = 0; i < n; ++i) {
            TreeNode &node = trees.nodes.append() = TreeNode{};
            receive_number(in, node.left);
            receive_number(in, node.column);
            receive_number(in, node.where);
            trees.values.append() = receive_double();
            trees.covers.append() = receive_double();
        }
    }
    if (const char *fault = fault_of(trees)) refuse_binary(type_name, fault);
    return trees;
}

}  // namespace cltv::pg
