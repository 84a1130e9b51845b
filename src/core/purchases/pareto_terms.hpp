// The likelihood of Pareto/NBD and of its limits as a sum of two terms, with what a fit needs.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

#include "core/base/gauss_panels.hpp"
#include "core/base/special.hpp"
#include "core/purchases/rate_terms.hpp"
#include "core/purchases/rates.hpp"
#include "core/purchases/silence.hpp"
#include "core/purchases/two_term_likelihood.hpp"

namespace cltv {

// A time t with the parts of the integrands there: potentials A and B of purchases and departures, slopes a and b.
template <class Purchases, class Departures>
struct Instant {
    Instant(const Purchases &purchases, const Departures &departures, double t)
        : A(purchases.potential(t)), a(purchases.slope(t)), B(departures.potential(t)), b(departures.slope(t)) {}
    double A, a, B, b;
};

// Moments of (A, a, B, b), as differences from those at a given time, under a density that is not normalised.
struct Moments {
    double mass = 0, first[4] = {}, second[10] = {};

    void add(double weight, const double *difference) {
        mass += weight;
        for (int i = 0, k = 0; i < 4; ++i) {
            const double weighted = weight * difference[i];
            first[i] += weighted;
            for (int j = 0; j <= i; ++j, ++k) second[k] += weighted * difference[j];
        }
    }
};

// ln of the integral of factor e^(-m A - n B), whose moments over its range are given as differences from `here`, where
// its value is e^reference. The derivatives of ln of an integral of e^f are the mean of grad f, and the mean of f's
// Hessian plus the covariance of grad f; here grad f = (-A, -m a, -B, -n b), apart from the factor's.
template <class Here>
LogTerm log_integral_of(const Moments &moments, const Here &here, double reference, double m, double n) {
    const double unit = 1 / moments.mass, scale[4] = {-1, -m, -1, -n}, at[4] = {here.A, here.a, here.B, here.b};
    double mean[4];
    LogTerm term;
    term.value = reference + std::log(moments.mass);
    for (int i = 0, k = 0; i < 4; ++i) {
        mean[i] = unit * moments.first[i];
        term.gradient[i] = scale[i] * (at[i] + mean[i]);
        for (int j = 0; j <= i; ++j, ++k)
            term.hessian[k] = scale[i] * scale[j] * (unit * moments.second[k] - mean[i] * mean[j]);
    }
    const double square_a = unit * moments.second[2] + (2 * mean[1] + here.a) * here.a;
    const double square_b = unit * moments.second[9] + (2 * mean[3] + here.b) * here.b;
    term.hessian[1] -= here.a + mean[1];
    term.hessian[2] += m * square_a;
    term.hessian[8] -= here.b + mean[3];
    term.hessian[9] += n * square_b;
    return term;
}

// Apart from common = (r)_x alpha^r beta^s, and with m = r + x, the likelihood (Fader & Hardie 2005, eq. 14) is
//     (alpha + T)^-m (beta + T)^-s + s times the integral over t_x..T of (alpha + t)^-m (beta + t)^-(s+1) dt,
// and likewise with exponentials in t where a rate is known. Integration by parts from T to any later time E splits it
// into a term of t_x and one of T without a difference:
//     left(t_x) = s times the integral over t_x..E of (alpha + t)^-m (beta + t)^-(s+1) dt,
//     stayed(T) = (alpha + E)^-m (beta + E)^-s + m times the integral over T..E of (alpha + t)^-(m+1) (beta + t)^-s dt.
// E is the last of a block's times, and each integral continues that of the next later time.
template <class Rates, class Departures>
class ParetoTerms {
public:
    static constexpr int n_first = Rates::n_parameters, n_last = Departures::n_parameters;

    explicit ParetoTerms(const double *theta)
        : rates_(theta), departures_(theta + n_first), rate_terms_(theta), departure_terms_(theta + n_first) {}

    LogTerm common(double x) {
        LogTerm term{}, departure{};
        rate_terms_.add_common(x, term);
        departure_terms_.add_common(0, departure);
        add_departure(departure, term);
        return term;
    }

    void tabulate(double x, View<double> times, TwoTermTable &table, Stop stop) const {
        constexpr std::size_t times_between_polls = 256;
        const std::size_t last = times.size - 1;
        table.left[last] = LogTerm::zero();
        table.stayed[last] = rate_terms_.waiting(x, times[last]);
        add_departure(departure_terms_.waiting(0, times[last]), table.stayed[last]);
        const auto purchases = silence_of(rates_.after(x, 0));
        const auto departures = silence_of(departures_.after(0, 0));
        for (std::size_t i = last; i-- > 0;) {
            if (i % times_between_polls == 0) poll(stop);
            add_interval(purchases, departures, times[i], times[i + 1], table.left[i], table.stayed[i]);
            table.left[i] = table.left[i] + table.left[i + 1];
            table.stayed[i] = table.stayed[i] + table.stayed[i + 1];
        }
    }

private:
    // Moves a term in the first two places to the last two.
    static void add_departure(const LogTerm &departure, LogTerm &term) {
        term.value += departure.value;
        for (int i = 0; i < 2; ++i) term.gradient[2 + i] += departure.gradient[i];
        term.hessian[5] += departure.hessian[0];
        term.hessian[8] += departure.hessian[1];
        term.hessian[9] += departure.hessian[2];
    }

    // The two integrals over begin..end.
    template <class Purchases, class Leaving>
    void add_interval(const Purchases &purchases, const Leaving &departures, double begin, double end, LogTerm &left,
                      LogTerm &stayed) const {
        constexpr double negligible = 1e-18;
        const Instant<Purchases, Leaving> here(purchases, departures, begin);
        Moments leaving, buying;
        for (double from = begin; from < end;) {
            const double a = purchases.slope(from), b = departures.slope(from);
            // Rules of n nodes are accurate to 13 digits where the integrand's logarithm, and n powers of the time,
            // change by no more than this: they miss a power's derivative of order 2n.
            constexpr double reach_3 = 0.06, reach_7 = 2, reach_10 = 5.5;
            const double steepness = purchases.steepness(a) + (departures.steepness(b) + b), power = std::fmax(a, b);
            const double rest = end - from, most = reach_10 / (steepness + 10 * power);
            const double length = std::fmin(rest, most), mass_before = leaving.mass;
            auto node = [&](double t, double weight) {
                const double later = t - begin, node_a = purchases.slope(t), node_b = departures.slope(t);
                const double difference[4] = {
                    purchases.gained(here.a, later), purchases.slope_gained(here.a, later, node_a),
                    departures.gained(here.b, later), departures.slope_gained(here.b, later, node_b)};
                const double silent =
                    weight * std::exp(-purchases.size * difference[0] - departures.size * difference[2]);
                leaving.add(silent * departures.hazard(node_b), difference);
                buying.add(silent * purchases.hazard(node_a), difference);
            };
            if (length * (steepness + 3 * power) <= reach_3)
                gauss_panel<3>(from, length, node);
            else if (length * (steepness + 7 * power) <= reach_7)
                gauss_panel<7>(from, length, node);
            else
                gauss_panel<10>(from, length, node);
            from = rest > length * (1 + 1e-12) ? from + length : end;
            if (leaving.mass - mass_before <= negligible * leaving.mass) break;
        }
        const double m = purchases.size, s = departures.size, reference = -m * here.A - s * here.B;
        left = log_integral_of(leaving, here, reference, m, departures.next_size());
        left.gradient[2] += 1 / s;
        left.hessian[5] -= 1 / (s * s);
        stayed = log_integral_of(buying, here, reference, purchases.next_size(), s);
        stayed.gradient[0] += 1 / m;
        stayed.hessian[0] -= 1 / (m * m);
    }

    Rates rates_;
    Departures departures_;
    RateTerms<Rates> rate_terms_;
    RateTerms<Departures> departure_terms_;
};

}  // namespace cltv
