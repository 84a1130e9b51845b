// Expected purchases of the customer of beta_geometric.hpp for many times ahead, at the cost of a polynomial each.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>

namespace cltv::beta_geometric {

// The expectation E within y, as a function of z = y/(1 + y), carried from one Taylor expansion to the next. By eq. 10
// of P. S. Fader, B. G. S. Hardie, K. L. Lee: "Counting Your Customers" the Easy Way (2005) it is C (1 - 2F1(m, a - 1;
// C; -y))/(a - 1), C = a + g - 1, so the hypergeometric differential equation (DLMF 15.10.1) becomes
//     z q^2 E'' + q (C q + (m + a - 2) z) E' + m (a - 1) E = m C,  q = 1 - z,  E(0) = 0, E'(0) = m:
// smooth through a = 1.
//
// usable() tells whether the parameters allow full accuracy; the relative error is then below 1e-12. Where the
// expansions lie does not depend on earlier calls.
class ExpectedPath {
public:
    ExpectedPath(double m, double a, double g);
    bool usable() const { return usable_; }

    // At n finite y >= 0 in ascending order, none smaller than in the call before; NaN where digits are lost.
    void operator()(const double *y, std::size_t n, double *expected);

private:
    static constexpr int max_coefficients = 160;

    static constexpr int n_bands = 3;

    void expand(double value, double slope);
    void advance();

    double m_, a_, C_;
    bool usable_;
    double gap_ = 1;  // the expansion is in powers of t = (gap_ - gap)/gap_, gap = 1 - z
    double reach_;    // the largest t that it serves
    double value_there_ = 0, slope_there_ = 0;
    int count_ = 0;
    int counts_[n_bands];  // of the coefficients that count in each band of t, the widest one last
    double coefficients_[max_coefficients + 5];  // from the power -1 on
};

}  // namespace cltv::beta_geometric
