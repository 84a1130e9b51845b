// Gauss's hypergeometric function 2F1(a, b; c; z) for the arguments that purchase models produce.
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv {

// 2F1(a, b; b + rest; z). The third parameter is given by its excess over the second, because a small rest would be
// lost in the sum with a large b.
//
// Domain: z < 1, b > 0, rest > 0, any finite a. There it is the mean of (1 - z P)^-a over P ~ Beta(b, rest) (Euler's
// integral, DLMF 15.6.1), hence positive. Relative error below 1e-12 in the tested box |a|, b, rest <= 1e4, -1e9 <= z <
// 1 wherever the value is a normal number; larger values overflow to infinity, smaller ones underflow to 0. NaN outside
// the domain.
double hyp2f1(double a, double b, double rest, double z);

// 2F1(a, b; c; 1 - gap) for many gaps in descending order in (0, 1], at the cost of one polynomial each, and just as
// accurate near z = 1, where the series at 0 needs thousands of terms. The function is carried from one Taylor
// expansion to the next; the coefficients follow by recurrence from the hypergeometric differential equation (DLMF
// 15.10.1).
//
// Domain: c, b > 0, a > -8. usable() tells whether the parameters allow full accuracy; the relative error is then below
// 1e-12.
class Hyp2f1Path {
public:
    Hyp2f1Path(double a, double b, double c);
    bool usable() const { return usable_; }
    double operator()(double gap);  // gap not larger than before

private:
    static constexpr int max_coefficients = 240;

    void expand(double value, double slope);
    double sum(double t) const;
    void advance();

    double a_, b_, c_;
    bool usable_;
    double gap_ = 1;  // the expansion is in powers of t = (gap_ - gap)/gap_
    double reach_;    // the largest t that it serves
    int count_ = 0;
    double coefficients_[max_coefficients + 1];
};

// The partial sums of 2F1(a, b; c; z) for 0 <= z < 1, c > 0: false where they do not settle within a bounded number of
// terms, or cancel by more than a digit or two.
bool hyp2f1_series(double a, double b, double c, double z, double &value);

}  // namespace cltv
