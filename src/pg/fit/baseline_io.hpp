// The baseline of a survival model in the model's text and binary forms.
#pragma once

#include "core/fit/baseline.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/base/scan.hpp"
#include "pg/fit/cltv_model.hpp"

namespace cltv::pg {

// A baseline as it is read.
struct BaselineParts {
    bool there = false;
    double null_log_likelihood = 0, events = 0, centre = 0;
    PallocList<BaselineStratum> strata;

    Size bytes() const { return there ? baseline_bytes(strata.data, strata.size) : 0; }
    // Writes it to its place in a model that has the right number of bytes for it.
    void write(StoredModel &model) const {
        if (there) write_baseline(null_log_likelihood, events, centre, strata.data, strata.size, model.baseline());
    }
};

// Text: an object such as {"null_log_likelihood":-744.5,"events":164,"centre":0.1,"strata":[{"name":null,"last":1022,
// "steps":[[5,0.003],[11,0.01]]}]} with times and cumulative hazards; keys may come in any order, because jsonb has its
// own.
void append_baseline(StringInfo out, const Baseline &baseline);
BaselineParts scan_baseline(Scanner &scanner);

// Binary: the three numbers, the number of strata, and for each a byte that says whether it has a name, the name, the
// last time, the number of steps, and these.
void send_baseline(StringInfo out, const Baseline &baseline);
BaselineParts receive_baseline(StringInfo in, const char *type_name);

}  // namespace cltv::pg
