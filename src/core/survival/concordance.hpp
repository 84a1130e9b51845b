// How well a score ranks who leaves sooner: among pairs of customers of whom it is known who left first, the share in
// which that one has the higher score; tied scores count half (F. E. Harrell et al.: Evaluating the yield of medical
// tests, J. American Medical Association 247 (1982) 2543-2546). For two who left at the same time nothing is known, and
// one who was last seen at the time at which another left is known to have stayed longer.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/survival/survival_row.hpp"

namespace cltv {

// For sorted rows of one stratum, whose scores are in `compared`. NaN where no pair is comparable. Takes n log n steps.
// Throws Stopped.
double concordance(View<SurvivalRow> rows, Stop stop);

}  // namespace cltv
