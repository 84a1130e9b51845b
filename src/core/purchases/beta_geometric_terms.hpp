// The likelihood of BG/NBD and MBG/NBD as a sum of two terms, with what a fit needs.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

#include "core/base/special.hpp"
#include "core/purchases/chances.hpp"
#include "core/purchases/rate_terms.hpp"
#include "core/purchases/two_term_likelihood.hpp"

namespace cltv {

// What the ways to leave contribute to the terms, with derivatives in the third and fourth place: ln of the probability
// of surviving n chances (add_common, called at ascending n), and ln of the odds of having left at the last one
// (add_left; false where that is impossible). A probability p is given by its odds q = p/(1 - p), which may be any
// number above 0.
template <class Chances>
class ChanceTerms;

// (b)_n/(a + b)_n and a/(b + n - 1).
template <>
class ChanceTerms<BetaChances> {
public:
    static constexpr int n_parameters = 2;

    explicit ChanceTerms(const double *p) : a_(p[0]), b_(p[1]), rising_b_(b_), rising_ab_(a_ + b_) {}

    void add_common(double n, LogTerm &term) {
        rising_b_.advance(n);
        rising_ab_.advance(n);
        term.value += rising_b_.value() - rising_ab_.value();
        term.gradient[2] -= rising_ab_.first();
        term.gradient[3] += rising_b_.first() - rising_ab_.first();
        term.hessian[5] -= rising_ab_.second();
        term.hessian[8] -= rising_ab_.second();
        term.hessian[9] += rising_b_.second() - rising_ab_.second();
    }
    bool add_left(double n, LogTerm &term) const {
        if (n == 0) return false;
        const double to_a = 1 / a_, to_b = -1 / (b_ + n - 1);
        term.value += std::log(a_ / (b_ + n - 1));
        term.gradient[2] += to_a;
        term.gradient[3] += to_b;
        term.hessian[5] -= to_a * to_a;
        term.hessian[9] += to_b * to_b;
        return true;
    }

private:
    double a_, b_;
    RisingLog rising_b_, rising_ab_;
};

// (1 + q)^-n and q.
template <>
class ChanceTerms<OneChance> {
public:
    static constexpr int n_parameters = 1;

    explicit ChanceTerms(const double *p) : odds_(p[0]) {}

    void add_common(double n, LogTerm &term) { add_survival(n, term); }
    bool add_left(double n, LogTerm &term) const {
        if (n == 0) return false;
        add_odds(term);
        return true;
    }

protected:
    void add_survival(double n, LogTerm &term) const {
        const double inverse = 1 / (1 + odds_);
        term.value -= n * std::log1p(odds_);
        term.gradient[2] -= n * inverse;
        term.hessian[5] += n * inverse * inverse;
    }
    void add_odds(LogTerm &term) const {
        term.value += std::log(odds_);
        term.gradient[2] += 1 / odds_;
        term.hessian[5] -= 1 / (odds_ * odds_);
    }

private:
    double odds_;
};

// The same, but at the first chance only.
template <>
class ChanceTerms<AtOnceOrNever> : private ChanceTerms<OneChance> {
public:
    static constexpr int n_parameters = 1;

    explicit ChanceTerms(const double *p) : ChanceTerms<OneChance>(p) {}

    void add_common(double n, LogTerm &term) { add_survival(n == 0 ? 0 : 1, term); }
    bool add_left(double n, LogTerm &term) const {
        if (n != 1) return false;
        add_odds(term);
        return true;
    }
};

template <>
class ChanceTerms<NeverLeaves> {
public:
    static constexpr int n_parameters = 0;

    explicit ChanceTerms(const double *) {}

    void add_common(double, LogTerm &) {}
    bool add_left(double, LogTerm &) const { return false; }
};

// Each of x repeat purchases is a chance to leave, and so are first_chances (0 or 1) before: n = x + first_chances. The
// likelihood is common (left + stayed), where for gamma rates and beta chances
//   common: (r)_x alpha^r (b)_n/(a + b)_n,
//   stayed: (alpha + T)^-(r + x),
//   left:   a/(b + n - 1) (alpha + t_x)^-(r + x), nothing for n = 0.
// Fader, Hardie & Lee 2005, eq. 6; Batislam, Denizel & Filiztekin 2007, eq. 2.
template <class Rates, class Chances, int first_chances>
class BetaGeometricTerms {
public:
    static constexpr int n_first = Rates::n_parameters, n_last = Chances::n_parameters;

    explicit BetaGeometricTerms(const double *theta) : rates_(theta), chances_(theta + n_first) {}

    LogTerm common(double x) {
        LogTerm term{};
        rates_.add_common(x, term);
        chances_.add_common(x + first_chances, term);
        return term;
    }

    void tabulate(double x, View<double> times, TwoTermTable &table, Stop) const {
        LogTerm odds{};
        if (!chances_.add_left(x + first_chances, odds)) odds = LogTerm::zero();
        for (std::size_t i = 0; i < times.size; ++i) {
            const LogTerm stayed = rates_.waiting(x, times[i]);
            LogTerm left = odds;
            left.value += stayed.value;
            for (int k = 0; k < 2; ++k) left.gradient[k] = stayed.gradient[k];
            for (int k = 0; k < 3; ++k) left.hessian[k] = stayed.hessian[k];
            table.stayed[i] = stayed;
            table.left[i] = left;
        }
    }

private:
    RateTerms<Rates> rates_;
    ChanceTerms<Chances> chances_;
};

}  // namespace cltv
