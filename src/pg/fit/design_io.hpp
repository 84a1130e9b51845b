// The design of a model's attributes in the model's text and binary forms.
#pragma once

#include "core/rows/design.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/base/scan.hpp"
#include "pg/fit/cltv_model.hpp"

namespace cltv::pg {

// Columns of a design as they are read and, from the text form, the coefficients of all of them.
struct DesignParts {
    PallocList<DesignColumn> columns;
    PallocList<double> coefficients;
    PallocList<double> means, deviations;  // of all of them, or none

    uint32 n_coefficients() const {
        uint32 n = 0;
        for (uint32 i = 0; i < columns.size; ++i) n += columns.data[i].n_coefficients();
        return n;
    }
    Size bytes() const { return columns.size == 0 ? 0 : design_bytes(columns.data, columns.size); }
    // Writes it to its place in a model that has the right number of bytes for it.
    void write(StoredModel &model) const {
        if (columns.size > 0) write_design(columns.data, columns.size, model.design());
    }
};

// Text: an array of objects such as {"role":"purchases","name":"age","coefficients":[0.01]} and
// {"role":"purchases","name":"country","levels":["AT","DE"],"other":true,"coefficients":[0.2,-0.1]}, whose first level
// is the reference. A missing level is null, and so are coefficients that are not identified or belong to a fit that
// refused. In a regression on a response an attribute also has the means and standard deviations of what they multiply.
// The design of trees and nets has no coefficients. Keys may come in any order, because jsonb has its own.
void append_design(StringInfo out, const StoredModel &model);
DesignParts scan_design(Scanner &scanner, bool with_coefficients = true);

// Binary: each column's role, kind and whether it has other levels, its name, the number of its levels, and each level
// after a byte that says whether it is known.
void send_design(StringInfo out, const Design &design);
DesignParts receive_design(StringInfo in, uint32 n_columns, const char *type_name);

}  // namespace cltv::pg
