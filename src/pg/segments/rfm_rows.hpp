// Results of the type rfm. They depend only on three scores and bins, so each of the few that occur is built once and
// kept while the statement runs.
#pragma once

#include "core/segments/rfm.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

class RfmRows {
  public:
    // Turns zeroed memory in function->fn_mcxt into the rows of a function that returns rfm.
    void prepare(FunctionCallInfo fcinfo);

    // The row of three scores 1..bins, 0 for NULL.
    Datum row(int bins, int r, int f, int m) {
        const int side = bins + 1;
        if (unlikely(rows_[bins] == nullptr)) make_room(bins);
        Datum &row = rows_[bins][(r * side + f) * side + m];
        if (unlikely(row == 0)) row = build(bins, r, f, m);
        return row;
    }

  private:
    void make_room(int bins);
    Datum build(int bins, int r, int f, int m) const;

    TupleDesc type_;
    MemoryContext context_;
    Datum *rows_[rfm_max_bins + 1];  // by bins: a cube over the scores
};

}  // namespace cltv::pg
