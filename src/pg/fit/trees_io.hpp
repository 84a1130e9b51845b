// The trees of a model in the model's text and binary forms.
#pragma once

#include "core/fit/trees.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/base/scan.hpp"
#include "pg/fit/cltv_model.hpp"

namespace cltv::pg {

// Trees as they are read.
struct ScannedTrees {
    bool there = false;
    TreeObjective objective = TreeObjective::mean;
    double base[most_outputs] = {};
    PallocList<uint32> n_cuts, n_nodes;
    PallocList<double> cuts, values, covers;
    PallocList<CodeSet> sets;
    PallocList<TreeNode> nodes;

    TreeParts parts() const;
    Size bytes() const { return there ? trees_bytes(parts()) : 0; }
    // Writes them to their place in a model that has the right number of bytes for them.
    void write(StoredModel &model) const;
};

// Text: an object such as
// {"objective":"logistic","base":[-1.02],"cuts":[[16.5],[]],"sets":[[1,2]],"trees":[[[0,0,1,1,120.5,
// 7043],[-0.2,2000],[0.1,5043]]]}: the cuts of each attribute; sets of levels of categories, which count from 0, the
// reference; and the nodes of each tree. A leaf is what it adds and the number of its customers. A question is its
// attribute, what it asks (right if above the cut of this number or, from 256 up, if in the set of this number less
// 256; 254: above all), whether a missing number goes right, the left one of the two nodes that it leads to, how much
// it lowers the loss, and the number of its customers.
void append_trees(StringInfo out, const Trees &trees);
ScannedTrees scan_trees(Scanner &scanner);

// Binary: the same numbers; each list is preceded by its length.
void send_trees(StringInfo out, const Trees &trees);
ScannedTrees receive_trees(StringInfo in, const char *type_name);

}  // namespace cltv::pg
